"""Making a course, its settings and its join code."""

import re

import pytest
from django.core.exceptions import PermissionDenied

from seodang.site.accounts.secrets import UNAMBIGUOUS
from seodang.site.courses import access, services
from seodang.site.courses.errors import SettingRefused
from seodang.site.courses.models import Course, Enrollment, Role
from seodang.site.courses.services.courses import slug_of_title


def test_who_opens_a_course_is_its_instructor(professor):
    course = services.create_course(by=professor, title="Cloud  Computing")
    assert access.of(professor, course).may_manage
    assert (course.title, course.slug) == ("Cloud Computing", "cloud-computing")


def test_join_code_has_eight_letters_that_cannot_be_confused(professor):
    course = services.create_course(by=professor, title="A course")
    assert len(course.join_code) == 8
    assert set(course.join_code) <= set(UNAMBIGUOUS)
    assert not set(UNAMBIGUOUS) & set("01OIL")


def test_only_teachers_open_courses(outsider):
    with pytest.raises(PermissionDenied):
        services.create_course(by=outsider, title="Mine")
    assert not Course.objects.exists()


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("Deep Learning 2026", "deep-learning-2026"),
        ("딥러닝과 클라우드", ""),
        ("딥러닝 AI 개론", "ai"),
        ("2026", ""),
        ("x" * 200, "x" * 60),
        ("<script>", "script"),
    ],
)
def test_address_is_made_of_the_ascii_words_of_a_title(title, slug):
    assert slug_of_title(title) == slug


def test_korean_title_gets_a_numbered_address(professor):
    slugs = [services.create_course(by=professor, title="딥러닝").slug for _ in range(3)]
    assert slugs == ["course-1", "course-2", "course-3"]


def test_second_course_of_a_title_gets_another_address(professor):
    slugs = [services.create_course(by=professor, title="New").slug for _ in range(2)]
    assert slugs == ["new-2", "new-3"]  # /courses/new/ is a page
    assert services.create_course(by=professor, title="Deep Learning").slug == "deep-learning-2"


@pytest.mark.parametrize("slug", ["new", "a b", "-a", "a-", "딥러닝", "a/b", "x" * 61, "a_b"])
def test_impossible_address_is_refused_by_its_field(professor, slug):
    with pytest.raises(SettingRefused) as error:
        services.create_course(by=professor, title="A", slug=slug)
    assert error.value.field == "slug"


def test_address_of_another_course_is_refused(professor, course):
    with pytest.raises(SettingRefused) as error:
        services.create_course(by=professor, title="A", slug="Deep-Learning")
    assert error.value.field == "slug"


@pytest.mark.parametrize(
    ("field", "value"),
    [("time_zone", "Mars/Olympus"), ("time_zone", "../etc"), ("language", "fr"), ("title", "  ")],
)
def test_impossible_setting_is_refused_by_its_field(professor, course, field, value):
    with pytest.raises(SettingRefused) as error:
        services.update_course(access=access.of(professor, course), **{field: value})
    assert error.value.field == field


def test_instructor_changes_settings(professor, course):
    services.update_course(access=access.of(professor, course), title="딥러닝", time_zone="Europe/Berlin")
    course.refresh_from_db()
    assert (course.title, str(course.tz)) == ("딥러닝", "Europe/Berlin")


@pytest.mark.parametrize("who", ["assistant", "student", "outsider"])
def test_nobody_else_changes_settings(who, request, course):
    person = request.getfixturevalue(who)
    with pytest.raises(PermissionDenied):
        services.update_course(access=access.of(person, course), title="Mine")
    with pytest.raises(PermissionDenied):
        services.rotate_join_code(access=access.of(person, course))


def test_new_code_shuts_the_old_one(professor, outsider, course):
    old = course.join_code
    new = services.rotate_join_code(access=access.of(professor, course))
    assert services.course_of_code(old) is None
    assert services.course_of_code(new) == course


# --- pages -------------------------------------------------------------------------------------------------------


def test_visitor_sees_what_this_is(client, outsider):
    page = client.get("/").content.decode()
    assert "Sign in" in page
    assert "competition" in page


def test_person_sees_their_courses_and_no_others(student, professor, course, client_for):
    services.create_course(by=professor, title="Another one")
    page = client_for(student).get("/").content.decode()
    assert "Deep Learning" in page
    assert "Another one" not in page


def test_admin_sees_all_courses(admin, course, client_for):
    assert "Deep Learning" in client_for(admin).get("/").content.decode()
    assert client_for(admin).get("/courses/deep-learning/settings/").status_code == 200


def test_new_course_is_made_on_its_page(professor, client_for):
    form = {"title": "Vision", "slug": "", "description": "", "language": "ko", "time_zone": "Asia/Seoul"}
    response = client_for(professor).post("/courses/new/", form)
    assert response["Location"] == "/courses/vision/settings/"
    assert Course.objects.get(slug="vision").language == "ko"


def test_page_says_why_an_address_is_refused(professor, client_for):
    form = {"title": "Vision", "slug": "deep-learning", "language": "ko", "time_zone": "Asia/Seoul"}
    response = client_for(professor).post("/courses/new/", form)
    assert "Another course has the address" in response.content.decode()


def test_page_for_new_courses_is_for_teachers(student, client_for):
    assert client_for(student).get("/courses/new/").status_code == 403
    assert client_for(student).post("/courses/new/", {"title": "Mine"}).status_code == 403


@pytest.mark.parametrize(
    ("who", "seen", "staff", "managed"),
    [
        ("professor", 200, 200, 200),
        ("assistant", 200, 200, 403),
        ("student", 200, 403, 403),
        ("outsider", 404, 404, 404),
        ("admin", 200, 200, 200),
    ],
)
def test_each_role_opens_its_pages(who, seen, staff, managed, request, course, client_for):
    client = client_for(request.getfixturevalue(who))
    root = "/courses/deep-learning/"
    assert client.get(root).status_code == seen
    assert client.get(f"{root}people/").status_code == staff
    assert client.get(f"{root}people/export/").status_code == staff
    assert client.get(f"{root}settings/join-page/").status_code == staff
    assert client.get(f"{root}people/import/").status_code == managed
    assert client.get(f"{root}people/import/example/").status_code == managed
    assert client.get(f"{root}settings/").status_code == managed
    assert client.post(f"{root}settings/", {"action": "rotate"}).status_code == (302 if managed == 200 else managed)


def test_visitor_is_asked_to_sign_in(client, course, professor):
    for page in ("", "people/", "settings/"):
        response = client.get(f"/courses/deep-learning/{page}")
        assert response["Location"].startswith("/accounts/login/?next=/courses/deep-learning/")


def test_front_page_shows_students_teachers_and_not_each_other(student, professor, make_user, course, client_for):
    other = make_user("Classmate")
    Enrollment.objects.create(course=course, user=other, role=Role.STUDENT)
    page = client_for(student).get("/courses/deep-learning/").content.decode()
    assert "Professor" in page
    assert "Classmate" not in page
    assert course.join_code not in page
    assert "/people/" not in page


def test_description_is_markdown_and_harmless(student, course, client_for):
    course.description = "**Bold** <script>alert(1)</script> [x](javascript:alert(1))"
    course.save()
    page = client_for(student).get("/courses/deep-learning/").content.decode()
    assert "<strong>Bold</strong>" in page
    assert "<script>alert" not in page
    assert 'href="javascript' not in page


def test_title_is_text_everywhere(professor, course, client_for):
    course.title = "<b>x</b>"
    course.save()
    for path in (
        "/",
        "/courses/deep-learning/",
        "/courses/deep-learning/people/",
        "/courses/deep-learning/settings/",
    ):
        assert "<b>x</b>" not in client_for(professor).get(path).content.decode()


def test_settings_page_saves(professor, course, client_for):
    form = {"title": "새 제목", "description": "x", "language": "ko", "time_zone": "Asia/Tokyo"}
    assert client_for(professor).post("/courses/deep-learning/settings/", form).status_code == 302
    course.refresh_from_db()
    assert (course.title, course.time_zone) == ("새 제목", "Asia/Tokyo")


def test_settings_page_closes_and_opens_joining(professor, course, client_for):
    client = client_for(professor)
    client.post("/courses/deep-learning/settings/", {"action": "close"})
    assert services.course_of_code(course.join_code) is None
    client.post("/courses/deep-learning/settings/", {"action": "open"})
    assert services.course_of_code(course.join_code) == course


def test_join_page_shows_code_address_and_qr(professor, course, client_for):
    page = client_for(professor).get("/courses/deep-learning/settings/join-page/").content.decode()
    assert course.join_code in page
    assert "http://testserver/join/JOIN2345/" in page
    assert re.search(r'<svg class="qr"[^>]*>.*<path d="M', page)
    assert "style=" not in page


def test_korean_reader_gets_korean(professor, course, client_for):
    page = client_for(professor).get("/courses/deep-learning/settings/", headers={"accept-language": "ko"})
    assert "참여 코드" in page.content.decode()
