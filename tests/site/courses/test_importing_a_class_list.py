"""Importing a class list: the preview shows it, confirming does exactly that."""

import html
import re

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile

from seodang.site.courses import access, services
from seodang.site.courses.errors import RosterRefused
from seodang.site.courses.models import Enrollment, Invitation, Role
from seodang.site.courses.roster import MAX_ROWS, read_roster

PAGE = "/courses/deep-learning/people/import/"


@pytest.fixture
def teaching(professor, course):
    return access.of(professor, course)


def rows_of(text):
    return read_roster(text.encode())


def do(teaching, text, remove=()):
    rows = rows_of(text)
    plan = services.plan_roster(access=teaching, rows=rows)
    return services.apply_roster(access=teaching, rows=rows, digest=plan.digest, remove=remove)


def test_planning_changes_nothing(teaching, outsider, course):
    services.plan_roster(access=teaching, rows=rows_of(f"email\nnew@b.kr\n{outsider.email}\n"))
    assert not Invitation.objects.exists()
    assert Enrollment.objects.count() == 1


def test_accounts_are_enrolled_others_invited_members_changed(teaching, outsider, student, course):
    do(
        teaching,
        f"email,name,number,role\n{outsider.email},X,5,assistant\nnew@b.kr,New,6,\n{student.email},,7,\n",
    )
    assert Enrollment.objects.get(user=outsider).role == Role.ASSISTANT
    assert Enrollment.objects.get(user=student).student_number == "7"
    seat = Invitation.objects.get()
    assert (seat.email, seat.name, seat.student_number, seat.role) == ("new@b.kr", "New", "6", Role.STUDENT)
    outsider.refresh_from_db()
    assert outsider.name == "Outsider"


def test_doing_it_again_changes_nothing(teaching, outsider, course):
    text = f"email,name\n{outsider.email},X\nnew@b.kr,New\n"
    rows = rows_of(text)
    digest = services.plan_roster(access=teaching, rows=rows).digest
    services.apply_roster(access=teaching, rows=rows, digest=digest)
    before = list(Enrollment.objects.values()), list(Invitation.objects.values())
    again = services.apply_roster(access=teaching, rows=rows, digest=digest)
    assert (list(Enrollment.objects.values()), list(Invitation.objects.values())) == before
    assert not again.changes_something


def test_plan_that_no_longer_holds_is_refused_whole(teaching, outsider, course):
    rows = rows_of(f"email\nnew@b.kr\n{outsider.email}\n")
    digest = services.plan_roster(access=teaching, rows=rows).digest
    services.join(user=outsider, code=course.join_code)
    with pytest.raises(RosterRefused) as error:
        services.apply_roster(access=teaching, rows=rows, digest=digest)
    assert error.value.code == "roster_changed"
    assert not Invitation.objects.exists()


def test_unconfirmed_account_is_invited_not_enrolled(teaching, make_user):
    user = make_user("Impostor", email="ta@b.kr", verified=False)
    do(teaching, "email,role\nta@b.kr,instructor\n")
    assert not Enrollment.objects.filter(user=user).exists()
    assert Invitation.objects.get().role == Role.INSTRUCTOR


def test_member_with_an_unconfirmed_address_is_found(teaching, make_user, course):
    user = make_user("Kim", email="kim@b.kr", verified=False)
    services.join(user=user, code=course.join_code)
    do(teaching, "email,number\nkim@b.kr,42\n")
    assert Enrollment.objects.get(user=user).student_number == "42"
    assert not Invitation.objects.exists()


def test_seat_of_an_account_that_came_meanwhile_is_used_up(teaching, outsider, course):
    Invitation.objects.create(course=course, email=outsider.email)
    do(teaching, f"email\n{outsider.email}\n")
    assert Enrollment.objects.filter(user=outsider).exists()
    assert not Invitation.objects.exists()


def test_nobody_leaves_unless_ticked(teaching, student, course):
    Invitation.objects.create(course=course, email="gone@b.kr")
    do(teaching, "email\nnew@b.kr\n")
    assert Enrollment.objects.filter(user=student).exists()
    assert Invitation.objects.filter(email="gone@b.kr").exists()


def test_who_is_ticked_leaves(teaching, student, assistant, course):
    seat = Invitation.objects.create(course=course, email="gone@b.kr")
    enrollment = Enrollment.objects.get(user=student)
    do(teaching, "email\nnew@b.kr\n", remove=[f"e{enrollment.pk}", f"i{seat.pk}"])
    assert not Enrollment.objects.filter(user=student).exists()
    assert [one.email for one in Invitation.objects.all()] == ["new@b.kr"]


@pytest.mark.parametrize("kind", ["staff", "foreign", "made up"])
def test_only_who_was_shown_can_be_ticked(teaching, assistant, outsider, professor, kind):
    other = services.create_course(by=professor, title="Other")
    key = {
        "staff": f"e{Enrollment.objects.get(user=assistant).pk}",
        "foreign": f"e{services.enroll(course=other, user=outsider).pk}",
        "made up": "e0); --",
    }[kind]
    with pytest.raises(RosterRefused):
        do(teaching, "email\nnew@b.kr\n", remove=[key])
    assert Enrollment.objects.filter(user=assistant).exists()
    assert Enrollment.objects.filter(user=outsider).exists()
    assert not Invitation.objects.exists()


@pytest.mark.parametrize("who", ["assistant", "student", "outsider"])
def test_only_instructors_import(who, request, course):
    mine = access.of(request.getfixturevalue(who), course)
    with pytest.raises(PermissionDenied):
        services.plan_roster(access=mine, rows=rows_of("email\nx@b.kr\n"))
    with pytest.raises(PermissionDenied):
        services.apply_roster(access=mine, rows=rows_of("email\nx@b.kr\n"), digest="")


def test_five_thousand_rows_take_few_queries(teaching, django_assert_max_num_queries):
    rows = rows_of("email,name\n" + "".join(f"s{n}@univ.ac.kr,학생{n}\n" for n in range(MAX_ROWS)))
    digest = services.plan_roster(access=teaching, rows=rows).digest
    with django_assert_max_num_queries(60):
        services.apply_roster(access=teaching, rows=rows, digest=digest)
    assert Invitation.objects.count() == MAX_ROWS


# --- page --------------------------------------------------------------------------------------------------------


def upload(client, data, name="list.csv"):
    return client.post(PAGE, {"file": SimpleUploadedFile(name, data)})


def form_of(response):
    """What the browser would send back from the preview."""
    page = response.content.decode()
    digest = re.search(r'name="digest" value="(\w+)"', page).group(1)
    text = html.unescape(re.search(r"<textarea name=\"text\"[^>]*>\n?(.*?)</textarea>", page, re.S).group(1))
    return {"digest": digest, "text": re.sub(r"\r\n|\r|\n", "\r\n", text)}


def test_page_shows_what_will_happen_and_does_it(professor, student, outsider, client_for):
    client = client_for(professor)
    data = f"이메일,이름,역할\n{outsider.email},나,조교\nnew@b.kr,홍길동,\nwrong,x,\n".encode("cp949")
    response = upload(client, data)
    page = response.content.decode()
    assert "홍길동" in page
    assert "“wrong” is not an e-mail address." in page
    assert student.email in page
    assert not Invitation.objects.exists()
    done = client.post(PAGE, form_of(response), follow=True)
    assert "1 enrolled, 1 invited" in done.content.decode()
    assert Enrollment.objects.get(user=outsider).role == Role.ASSISTANT
    assert Enrollment.objects.filter(user=student).exists()


def test_page_takes_out_who_is_ticked(professor, student, client_for):
    client = client_for(professor)
    response = upload(client, b"email\nnew@b.kr\n")
    key = f"e{Enrollment.objects.get(user=student).pk}"
    assert f'value="{key}"' in response.content.decode()
    client.post(PAGE, {**form_of(response), "remove": [key]})
    assert not Enrollment.objects.filter(user=student).exists()


def test_page_takes_out_more_people_than_django_s_own_limit_of_fields(professor, course, client_for):
    Invitation.objects.bulk_create(Invitation(course=course, email=f"s{n}@b.kr") for n in range(1200))
    client = client_for(professor)
    response = upload(client, b"email\nnew@b.kr\n")
    keys = [f"i{pk}" for pk in Invitation.objects.values_list("pk", flat=True)]
    assert client.post(PAGE, {**form_of(response), "remove": keys}).status_code == 302
    assert Invitation.objects.get().email == "new@b.kr"


def test_page_shows_the_new_preview_when_the_course_changed(professor, outsider, course, client_for):
    client = client_for(professor)
    response = upload(client, f"email\nnew@b.kr\n{outsider.email}\n".encode())
    services.join(user=outsider, code=course.join_code)
    again = client.post(PAGE, form_of(response))
    assert again.status_code == 409
    assert "has changed since you looked" in again.content.decode()
    assert client.post(PAGE, form_of(again)).status_code == 302
    assert Invitation.objects.count() == 1


def test_page_says_what_is_wrong_with_a_file(professor, course, client_for):
    client = client_for(professor)
    assert "Excel workbook" in upload(client, b"PK\x03\x04....", "list.xlsx").content.decode()
    assert upload(client, b"").status_code == 422
    assert client.post(PAGE, {}).status_code == 422
    assert client.post(PAGE, {"digest": "x", "text": "nothing"}).status_code == 422


def test_hostile_cells_are_text_on_the_page(professor, course, client_for):
    page = upload(
        client_for(professor), b"email,name\na@b.kr,<img src=x>\n<b>,</textarea><script>\n"
    ).content.decode()
    assert "<img src=x>" not in page
    assert "<script>\n" not in page


def test_largest_list_survives_the_way_through_the_preview(professor, course, client_for):
    client = client_for(professor)
    text = "이메일,이름,학번\n" + "".join(
        f"student{n:05}@univ.ac.kr,홍길동{n},2026{n:05}\n" for n in range(MAX_ROWS)
    )
    response = upload(client, text.encode("cp949"))
    assert client.post(PAGE, form_of(response)).status_code == 302
    assert Invitation.objects.count() == MAX_ROWS


def test_example_file_is_one_that_can_be_imported(professor, course, client_for):
    data = client_for(professor).get(f"{PAGE}example/").content
    assert [bool(row.problem) for row in read_roster(data)] == [False, False]
