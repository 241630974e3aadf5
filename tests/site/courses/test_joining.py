"""Coming into a course: by its code, by an invitation, by a confirmed address."""

import pytest
from allauth.account.models import EmailAddress
from django.core.exceptions import PermissionDenied

from seodang.site.courses import access, services
from seodang.site.courses.errors import InvitationRefused, JoinRefused
from seodang.site.courses.models import Enrollment, Invitation, Role


@pytest.fixture
def teaching(professor, course):
    return access.of(professor, course)


@pytest.fixture
def unconfirmed(make_user):
    """Signed up with an address that is perhaps not theirs."""
    return make_user("Unconfirmed", email="ta@example.com", verified=False)


def role_of(user, course):
    return Enrollment.objects.filter(course=course, user=user).values_list("role", flat=True).first()


# --- by code -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("typed", ["JOIN2345", " join-2345 ", "joiN 2345"])
def test_code_lets_a_person_in_as_a_student(outsider, course, typed):
    services.join(user=outsider, code=typed)
    assert role_of(outsider, course) == Role.STUDENT


@pytest.mark.parametrize("typed", ["", "JOIN2346", "JOIN2345X", "'; drop table", "참여코드"])
def test_wrong_code_lets_nobody_in(outsider, course, typed):
    with pytest.raises(JoinRefused):
        services.join(user=outsider, code=typed)


def test_code_of_a_closed_course_lets_nobody_in(outsider, course):
    course.joining_open = False
    course.save()
    with pytest.raises(JoinRefused):
        services.join(user=outsider, code=course.join_code)


@pytest.mark.parametrize("who", ["professor", "assistant", "student"])
def test_joining_again_changes_nothing(who, request, course):
    person = request.getfixturevalue(who)
    before = role_of(person, course)
    services.join(user=person, code=course.join_code)
    assert role_of(person, course) == before
    assert Enrollment.objects.filter(user=person).count() == 1


def test_joining_takes_the_role_of_an_invitation(outsider, teaching, course):
    Invitation.objects.create(course=course, email=outsider.email, role=Role.ASSISTANT, student_number="9")
    enrollment = services.join(user=outsider, code=course.join_code)
    assert (enrollment.role, enrollment.student_number) == (Role.ASSISTANT, "9")
    assert not Invitation.objects.exists()


def test_unconfirmed_address_joins_as_a_student_whatever_was_kept_for_it(unconfirmed, course):
    Invitation.objects.create(course=course, email="ta@example.com", role=Role.ASSISTANT)
    services.join(user=unconfirmed, code=course.join_code)
    assert role_of(unconfirmed, course) == Role.STUDENT
    assert Invitation.objects.exists()


def test_unconfirmed_address_takes_a_students_seat_by_the_code(unconfirmed, course):
    Invitation.objects.create(course=course, email="ta@example.com", student_number="2026007")
    assert services.join(user=unconfirmed, code=course.join_code).student_number == "2026007"


def test_page_joins(outsider, course, client_for):
    client = client_for(outsider)
    response = client.post("/join/", {"code": "join2345"})
    assert response["Location"] == "/courses/deep-learning/"
    assert client.get("/courses/deep-learning/").status_code == 200


def test_address_with_the_code_asks_before_joining(outsider, course, client_for):
    client = client_for(outsider)
    assert "Deep Learning" in client.get("/join/JOIN2345/").content.decode()
    assert role_of(outsider, course) is None
    client.post("/join/JOIN2345/")
    assert role_of(outsider, course) == Role.STUDENT
    assert client.get("/join/JOIN2345/")["Location"] == "/courses/deep-learning/"


def test_visitor_comes_back_to_the_code_after_signing_in(client, course, outsider):
    assert client.get("/join/?code=join 2345")["Location"] == "/join/JOIN2345/"
    assert client.get("/join/JOIN2345/")["Location"] == "/accounts/login/?next=/join/JOIN2345/"
    form = {"login": outsider.email, "password": "Correct-horse-1", "next": "/join/JOIN2345/"}
    assert client.post("/accounts/login/", form)["Location"] == "/join/JOIN2345/"


def test_sign_up_keeps_the_way_to_the_code(client, course, outsider):
    page = client.get("/accounts/login/?next=/join/JOIN2345/").content.decode()
    assert "/accounts/signup/?next=%2Fjoin%2FJOIN2345%2F" in page
    form = {"email": "n@example.com", "password1": "Correct-horse-1", "name": "N", "next": "/join/JOIN2345/"}
    assert client.post("/accounts/signup/", form)["Location"] == "/join/JOIN2345/"


def test_unknown_code_says_no_more_than_that(outsider, course, client_for):
    response = client_for(outsider).get("/join/WRONG222/")
    assert response.status_code == 404
    assert "Deep Learning" not in response.content.decode()


def test_codes_cannot_be_tried_for_ever(outsider, course, client_for):
    client = client_for(outsider)
    statuses = [client.post("/join/", {"code": f"WRONG{n:03}"}).status_code for n in range(12)]
    statuses += [client.get(f"/join/WRANG{n:03}/").status_code for n in range(9)]
    assert statuses == [422] * 12 + [404] * 8 + [429]
    assert client.post("/join/", {"code": course.join_code}).status_code == 429
    assert role_of(outsider, course) is None


def test_right_codes_are_not_counted(make_user, course, client_for):
    for number in range(25):
        assert client_for(make_user(f"S{number}")).post("/join/", {"code": course.join_code}).status_code == 302


# --- by confirmed address ----------------------------------------------------------------------------------------


def test_confirmed_address_takes_its_seats(outsider, teaching, course):
    Invitation.objects.create(course=course, email=outsider.email, role=Role.ASSISTANT)
    services.claim_invitations(outsider)
    assert role_of(outsider, course) == Role.ASSISTANT
    assert not Invitation.objects.exists()


def test_unconfirmed_address_takes_none(unconfirmed, course):
    Invitation.objects.create(course=course, email="ta@example.com", role=Role.ASSISTANT)
    assert services.claim_invitations(unconfirmed) == []
    assert role_of(unconfirmed, course) is None


def test_seat_never_takes_a_role_away(professor, course):
    Invitation.objects.create(course=course, email=professor.email, role=Role.STUDENT)
    services.claim_invitations(professor)
    assert role_of(professor, course) == Role.INSTRUCTOR


def test_signing_in_takes_the_seat(outsider, course, client):
    Invitation.objects.create(course=course, email=outsider.email)
    client.post("/accounts/login/", {"login": outsider.email, "password": "Correct-horse-1"})
    assert role_of(outsider, course) == Role.STUDENT


def test_confirming_the_address_takes_the_seat(unconfirmed, course, client):
    from allauth.account.internal.flows.email_verification import verify_email
    from django.contrib.messages.storage.fallback import FallbackStorage
    from django.test import RequestFactory

    Invitation.objects.create(course=course, email="ta@example.com", role=Role.ASSISTANT)
    request = RequestFactory().get("/")
    request.session, request.user = client.session, unconfirmed
    request._messages = FallbackStorage(request)
    verify_email(request, EmailAddress.objects.get(user=unconfirmed))
    assert role_of(unconfirmed, course) == Role.ASSISTANT


def test_name_on_the_list_fills_an_empty_one(make_user, course):
    nameless = make_user("", email="x@example.com")
    Invitation.objects.create(course=course, email="x@example.com", name="홍길동")
    services.claim_invitations(nameless)
    nameless.refresh_from_db()
    assert nameless.name == "홍길동"


# --- inviting ----------------------------------------------------------------------------------------------------


def test_person_with_the_confirmed_address_is_in_at_once(teaching, outsider, course):
    made = services.invite(access=teaching, email=outsider.email.upper(), role=Role.ASSISTANT)
    assert isinstance(made, Enrollment)
    assert role_of(outsider, course) == Role.ASSISTANT


def test_unconfirmed_account_is_invited_not_enrolled(teaching, unconfirmed, course):
    made = services.invite(access=teaching, email="ta@example.com", role=Role.ASSISTANT)
    assert isinstance(made, Invitation)
    assert role_of(unconfirmed, course) is None


def test_inviting_again_changes_the_seat(teaching, course):
    services.invite(access=teaching, email="a@example.com", role=Role.STUDENT)
    services.invite(access=teaching, email="A@Example.com", role=Role.ASSISTANT, name="A")
    seat = Invitation.objects.get()
    assert (seat.email, seat.role, seat.name) == ("a@example.com", Role.ASSISTANT, "A")


def test_inviting_somebody_of_the_course_changes_nothing(teaching, student, course):
    services.invite(access=teaching, email=student.email, role=Role.INSTRUCTOR)
    assert role_of(student, course) == Role.STUDENT


@pytest.mark.parametrize("who", ["assistant", "student", "outsider"])
def test_only_instructors_invite(who, request, course):
    with pytest.raises(PermissionDenied):
        services.invite(access=access.of(request.getfixturevalue(who), course), email="a@example.com")


def test_link_lets_one_person_in_once(teaching, outsider, make_user, course, client_for):
    seat = services.invite(access=teaching, email="other@example.com", student_number="2026009")
    path = f"/invitations/{services.invitation_token(seat)}/"
    client = client_for(outsider)
    assert "other@example.com" in client.get(path).content.decode()
    assert role_of(outsider, course) is None
    client.post(path)
    assert Enrollment.objects.get(user=outsider).student_number == "2026009"
    second = client_for(make_user("Second"))
    assert second.get(path).status_code == 404
    assert second.post(path).status_code == 404


def test_staff_link_is_for_its_address_only(teaching, outsider, unconfirmed, course):
    seat = services.invite(access=teaching, email="ta@example.com", role=Role.ASSISTANT)
    token = services.invitation_token(seat)
    with pytest.raises(InvitationRefused):
        services.accept_invitation(user=outsider, token=token)
    services.accept_invitation(user=unconfirmed, token=token)  # who holds the link has shown the address
    assert role_of(unconfirmed, course) == Role.ASSISTANT


def test_made_up_or_withdrawn_link_opens_nothing(teaching, outsider, course, client_for):
    seat = services.invite(access=teaching, email="a@example.com")
    token = services.invitation_token(seat)
    services.withdraw_invitation(access=teaching, invitation=seat)
    client = client_for(outsider)
    for wrong in (token, token[:-2] + "xx", "x", "a:b:c"):
        assert client.get(f"/invitations/{wrong}/").status_code == 404
        with pytest.raises(InvitationRefused):
            services.accept_invitation(user=outsider, token=wrong)


def test_visitor_with_a_link_signs_in_first(teaching, course, client):
    path = f"/invitations/{services.invitation_token(services.invite(access=teaching, email='a@example.com'))}/"
    assert client.get(path)["Location"].startswith("/accounts/login/?next=/invitations/")
