"""The people of a course: roles, leaving, reset links, the page and its export."""

import csv
import io
import logging
import re
import threading

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test import Client

from seodang.site.courses import access, services
from seodang.site.courses.errors import CourseError, ResetRefused, RoleRefused
from seodang.site.courses.models import Course, Enrollment, Invitation, Role

PEOPLE = "/courses/deep-learning/people/"


@pytest.fixture
def teaching(professor, course):
    return access.of(professor, course)


def seat_of(user, course):
    return Enrollment.objects.get(course=course, user=user)


# --- roles -------------------------------------------------------------------------------------------------------


def test_instructor_changes_a_role(teaching, student, course):
    services.change_role(access=teaching, enrollment=seat_of(student, course), role=Role.ASSISTANT)
    assert access.of(student, course).may_assist


def test_there_are_three_roles(teaching, student, course):
    with pytest.raises(RoleRefused):
        services.change_role(access=teaching, enrollment=seat_of(student, course), role="admin")


@pytest.mark.parametrize("who", ["assistant", "student"])
def test_nobody_else_changes_roles(who, request, course, professor):
    person = request.getfixturevalue(who)
    mine = access.of(person, course)
    with pytest.raises(PermissionDenied):
        services.change_role(access=mine, enrollment=seat_of(person, course), role=Role.INSTRUCTOR)
    with pytest.raises(PermissionDenied):
        services.remove(access=mine, enrollment=seat_of(professor, course))


def test_last_instructor_stays(teaching, professor, course):
    with pytest.raises(RoleRefused):
        services.change_role(access=teaching, enrollment=seat_of(professor, course), role=Role.STUDENT)
    with pytest.raises(RoleRefused):
        services.remove(access=teaching, enrollment=seat_of(professor, course))
    assert access.of(professor, course).may_manage


def test_one_of_two_instructors_may_leave(teaching, professor, assistant, course):
    services.change_role(access=teaching, enrollment=seat_of(assistant, course), role=Role.INSTRUCTOR)
    services.remove(access=teaching, enrollment=seat_of(professor, course))
    assert not access.of(professor, course).may_see


def test_enrollment_of_another_course_cannot_be_changed(teaching, student):
    other = Course.objects.create(title="Other", slug="other", join_code="OTHER234")
    foreign = Enrollment.objects.create(course=other, user=student)
    with pytest.raises(ValueError, match="not of the course"):
        services.remove(access=teaching, enrollment=foreign)
    with pytest.raises(ValueError, match="not of the course"):
        services.change_role(access=teaching, enrollment=foreign, role=Role.INSTRUCTOR)


@pytest.mark.django_db(transaction=True)
def test_two_instructors_who_demote_each_other_leave_one(professor, make_user, course):
    second = make_user("Second")
    Enrollment.objects.create(course=course, user=second, role=Role.INSTRUCTOR)
    start, refused = threading.Barrier(2), []

    def demote(by, whom):
        start.wait()
        try:
            mine = access.of(by, course)
            services.change_role(access=mine, enrollment=seat_of(whom, course), role=Role.STUDENT)
        except (RoleRefused, PermissionDenied):
            refused.append(by)
        finally:
            connection.close()

    pairs = [(professor, second), (second, professor)]
    threads = [threading.Thread(target=demote, args=pair) for pair in pairs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 1
    assert Enrollment.objects.filter(course=course, role=Role.INSTRUCTOR).count() == 1


# --- reset links -------------------------------------------------------------------------------------------------


def test_reset_link_sets_a_new_password_once(teaching, student, course, caplog):
    caplog.set_level(logging.WARNING, logger="seodang")
    path = services.reset_link(access=teaching, enrollment=seat_of(student, course))
    assert [record.user for record in caplog.records if record.getMessage() == "reset link made"] == [student.pk]
    client = Client()
    form = client.get(path, follow=True)
    client.post(form.redirect_chain[-1][0], {"password1": "Battery-staple-2", "password2": "Battery-staple-2"})
    student.refresh_from_db()
    assert student.check_password("Battery-staple-2")
    assert "password1" not in Client().get(path, follow=True).content.decode()


@pytest.mark.parametrize(
    "change", [{"is_staff": True}, {"is_superuser": True}, {"may_teach": True}, {"is_active": False}]
)
def test_no_reset_link_for_people_with_rights(teaching, student, course, change):
    for name, value in change.items():
        setattr(student, name, value)
    student.save()
    with pytest.raises(ResetRefused):
        services.reset_link(access=teaching, enrollment=seat_of(student, course))


def test_no_reset_link_for_staff_of_the_course(teaching, assistant, professor, course):
    for person in (assistant, professor):
        with pytest.raises(ResetRefused):
            services.reset_link(access=teaching, enrollment=seat_of(person, course))


@pytest.mark.parametrize("role", Role.values)
def test_no_reset_link_for_who_is_in_somebody_elses_course(teaching, student, course, role):
    other = Course.objects.create(title="Other", slug="other", join_code="OTHER234")
    Enrollment.objects.create(course=other, user=student, role=role)
    with pytest.raises(ResetRefused):
        services.reset_link(access=teaching, enrollment=seat_of(student, course))


def test_reset_link_for_a_student_of_two_courses_of_ones_own(teaching, student, professor, course):
    other = services.create_course(by=professor, title="Second course")
    Enrollment.objects.create(course=other, user=student)
    assert services.reset_link(access=teaching, enrollment=seat_of(student, course))


def test_no_reset_link_without_a_password(teaching, student, course):
    student.set_unusable_password()
    student.save()
    with pytest.raises(ResetRefused):
        services.reset_link(access=teaching, enrollment=seat_of(student, course))


@pytest.mark.parametrize("who", ["assistant", "student"])
def test_only_instructors_make_reset_links(who, request, course, make_user):
    other = make_user("Other")
    Enrollment.objects.create(course=course, user=other)
    with pytest.raises(PermissionDenied):
        services.reset_link(
            access=access.of(request.getfixturevalue(who), course), enrollment=seat_of(other, course)
        )


# --- pages -------------------------------------------------------------------------------------------------------


def test_page_lists_people_with_numbers_for_staff(professor, assistant, student, client_for):
    for person in (professor, assistant):
        page = client_for(person).get(PEOPLE).content.decode()
        assert "2026001" in page
        assert "student@example.com" in page


def test_search_finds_by_name_address_and_number(professor, student, make_user, course, client_for):
    other = make_user("홍길동", email="hong@example.ac.kr")
    Enrollment.objects.create(course=course, user=other, student_number="777")
    client = client_for(professor)
    for query in ("길동", "HONG@", "777"):
        page = client.get(PEOPLE, {"q": query}).content.decode()
        assert "hong@example.ac.kr" in page
        assert "student@example.com" not in page
    page = client.get(PEOPLE, {"role": "instructor"}).content.decode()
    assert "hong@example.ac.kr" not in page
    assert client.get(PEOPLE, {"q": "%", "role": "'", "page": "x"}).status_code == 200


def test_search_takes_a_zero_character_on_every_database(professor, student, client_for):
    answer = client_for(professor).get(PEOPLE, {"q": f"{student.email[:4]}\0"})
    assert student.email in answer.content.decode()


def test_page_invites_and_shows_the_link(professor, course, client_for):
    client = client_for(professor)
    form = {"email": "new@example.com", "name": "New", "student_number": "", "role": "assistant"}
    assert client.post(PEOPLE, form).status_code == 302
    seat = Invitation.objects.get()
    assert (seat.role, seat.invited_by) == (Role.ASSISTANT, professor)
    page = client.get(PEOPLE).content.decode()
    whose, _time, _seal = services.invitation_token(seat).split(":")  # the time is another a second later
    assert f"http://testserver/invitations/{whose}:" in page


def test_assistants_see_no_links_and_invite_nobody(assistant, professor, course, client_for):
    services.invite(access=access.of(professor, course), email="new@example.com")
    client = client_for(assistant)
    assert "/invitations/" not in client.get(PEOPLE).content.decode()
    assert client.post(PEOPLE, {"email": "x@example.com", "role": "student"}).status_code == 403


def test_page_refuses_what_is_no_address(professor, course, client_for):
    response = client_for(professor).post(PEOPLE, {"email": "no", "role": "student"})
    assert response.context["form"].errors["email"]
    response = client_for(professor).post(PEOPLE, {"email": "a@example.com", "role": "owner"})
    assert response.context["form"].errors["role"]
    assert not Invitation.objects.exists()


def test_invitation_is_withdrawn(professor, course, client_for):
    seat = services.invite(access=access.of(professor, course), email="new@example.com")
    path = f"/courses/deep-learning/invitations/{seat.pk}/withdraw/"
    assert client_for(professor).post(path).status_code == 302
    assert not Invitation.objects.exists()
    assert client_for(professor).post(path).status_code == 404


def test_invitation_of_another_course_is_not_there(professor, course, client_for):
    other = Course.objects.create(title="Other", slug="other", join_code="OTHER234")
    seat = Invitation.objects.create(course=other, email="x@example.com")
    path = f"/courses/deep-learning/invitations/{seat.pk}/withdraw/"
    assert client_for(professor).post(path).status_code == 404
    assert Invitation.objects.exists()


def test_person_page_changes_role_and_number(professor, student, course, client_for):
    path = f"{PEOPLE}{seat_of(student, course).pk}/"
    client = client_for(professor)
    assert client.get(path).status_code == 200
    client.post(path, {"action": "save", "role": "assistant", "student_number": "5"})
    seat = seat_of(student, course)
    assert (seat.role, seat.student_number) == (Role.ASSISTANT, "5")


def test_person_page_says_why_the_last_instructor_stays(professor, course, client_for):
    path = f"{PEOPLE}{seat_of(professor, course).pk}/"
    response = client_for(professor).post(path, {"action": "remove"})
    assert "needs an instructor" in response.content.decode()
    assert access.of(professor, course).may_manage


def test_instructor_who_leaves_is_led_out(professor, assistant, course, client_for):
    Enrollment.objects.filter(user=assistant).update(role=Role.INSTRUCTOR)
    path = f"{PEOPLE}{seat_of(professor, course).pk}/"
    assert client_for(professor).post(path, {"action": "remove"})["Location"] == "/"


def test_person_page_shows_a_reset_link(professor, student, course, client_for):
    path = f"{PEOPLE}{seat_of(student, course).pk}/"
    page = client_for(professor).post(path, {"action": "reset"}).content.decode()
    assert re.search(r"http://testserver/accounts/password/reset/key/\S+", page)
    assert "/accounts/password/reset/key/" not in client_for(professor).get(path).content.decode()


@pytest.mark.parametrize(("who", "status"), [("assistant", 403), ("student", 403), ("outsider", 404)])
def test_person_page_is_for_instructors(who, status, request, professor, course, client_for):
    path = f"{PEOPLE}{seat_of(professor, course).pk}/"
    client = client_for(request.getfixturevalue(who))
    assert client.get(path).status_code == status
    for action in ("save", "remove", "reset"):
        assert client.post(path, {"action": action, "role": "student"}).status_code == status


def test_person_of_another_course_is_not_there(professor, outsider, client_for):
    other = Course.objects.create(title="Other", slug="other", join_code="OTHER234")
    foreign = Enrollment.objects.create(course=other, user=outsider)
    assert client_for(professor).post(f"{PEOPLE}{foreign.pk}/", {"action": "remove"}).status_code == 404
    assert Enrollment.objects.filter(pk=foreign.pk).exists()


def test_export_is_safe_to_open_in_a_spreadsheet(professor, make_user, course, client_for):
    evil = make_user('=HYPERLINK("http://evil","x")', email="evil@example.com")
    Enrollment.objects.create(course=course, user=evil, student_number="+821012345678")
    response = client_for(professor).get(f"{PEOPLE}export/")
    assert "deep-learning-people.csv" in response["Content-Disposition"]
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    rows = {row["email"]: row for row in csv.DictReader(io.StringIO(text))}
    assert rows["evil@example.com"]["name"].startswith("'=")
    assert rows["professor@example.com"]["role"] == "instructor"
    assert rows["professor@example.com"]["since"].endswith("+09:00")


def test_export_can_be_imported_again(professor, student, course, client_for):
    from seodang.site.courses.roster import read_roster

    data = b"".join(client_for(professor).get(f"{PEOPLE}export/").streaming_content)
    plan = services.plan_roster(access=access.of(professor, course), rows=read_roster(data))
    assert {item.action for item in plan.items} == {"unchanged"}
    assert not plan.missing


def test_errors_speak_the_readers_language(teaching, professor, course):
    from django.utils.translation import override

    with pytest.raises(CourseError) as error:
        services.remove(access=teaching, enrollment=seat_of(professor, course))
    with override("ko"):
        assert "교수자" in str(error.value)


def test_the_export_ends_with_the_invited_and_their_links_for_instructors_alone(
    teaching, professor, assistant, course, client_for
):
    services.invite(access=teaching, email="new@example.com", role=Role.STUDENT)

    def export(user) -> str:
        return b"".join(client_for(user).get(f"{PEOPLE}export/").streaming_content).decode("utf-8-sig")

    row = list(csv.DictReader(io.StringIO(export(professor))))[-1]
    assert (row["email"], row["role"], row["since"]) == ("new@example.com", "student", "")
    assert "/invitations/" in row["invitation"]
    assert "new@example.com" not in export(assistant)
