"""The API of labs by role: what each sees, may do, and is told when not."""

from __future__ import annotations

import csv
import json
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from tests.site import world

from seodang.site.labs import services
from seodang.site.labs.models import Lab, Submission

pytestmark = pytest.mark.django_db
ONE = "/api/v1/labs/deep-learning/doubling"
COURSE = "/api/v1/courses/deep-learning/labs"


def send(client, content: bytes | None = None, address: str = f"{ONE}/submissions", name: str = "mine.ipynb"):
    file = SimpleUploadedFile(name, world.answered() if content is None else content)
    return client.post(address, {"file": file}, headers={"accept-language": "en"})


def change(**fields):
    Lab.objects.update(**fields)


# --- reading --------------------------------------------------------------------------------------------------


def test_the_list_holds_what_one_may_see(lab, api_for, student, professor, outsider):
    def slugs(user, **query):
        return [one["slug"] for one in api_for(user).get("/api/v1/labs", query).json()["items"]]

    assert [slugs(user) for user in (student, professor, outsider)] == [["doubling"], ["doubling"], []]
    assert slugs(student, course="other") == []
    change(state="ready")
    assert [slugs(user) for user in (student, professor)] == [[], ["doubling"]]


def test_a_lab_tells_rules_questions_and_ones_own_due_date(lab, api_for, student, assistant):
    services.set_extension(lab=lab, user=student, by=assistant, days=2)
    found = api_for(student).get(ONE).json()
    assert (found["max_points"], found["may_hand_in"], found["may_assist"]) == (9, True, False)
    assert [one["id"] for one in found["questions"]] == ["test_double", "why", "own"]
    assert found["deadline"]["extension_days"] == 2
    assert found["revision"] is None
    assert api_for(assistant).get(ONE).json()["revision"]["number"] == 1


def test_before_the_opening_students_get_neither_files_nor_questions(lab, api_for, student, assistant):
    change(opens_at=timezone.now() + timedelta(hours=1))
    assert api_for(student).get(ONE).json()["questions"] == []
    assert api_for(student).get(f"{ONE}/files").json()["count"] == 0
    assert api_for(student).get(f"{ONE}/files/doubling.ipynb").status_code == 404
    assert api_for(assistant).get(f"{ONE}/files").json()["count"] == 1


def test_files_are_downloaded_with_their_checksum(lab, api_for, student):
    (file,) = api_for(student).get(f"{ONE}/files").json()["items"]
    answer = api_for(student).get(f"{ONE}/files/{file['name']}")
    content = b"".join(answer.streaming_content)
    assert len(content) == file["size_bytes"]
    assert answer["ETag"] == f'"{file["sha256"]}"'
    again = api_for(student).get(f"{ONE}/files/{file['name']}", headers={"if-none-match": answer["ETag"]})
    assert again.status_code == 304


def test_what_one_may_not_see_is_not_there(lab, api_for, outsider, student):
    change(state="ready")
    for user in (outsider, student):
        for address in (ONE, f"{ONE}/files", f"{ONE}/submissions", f"{ONE}/class", f"{ONE}/export"):
            assert api_for(user).get(address).status_code == 404
        assert send(api_for(user)).status_code == 404


# --- handing in -----------------------------------------------------------------------------------------------


def test_a_notebook_is_handed_in_and_followed(lab, api_for, student):
    client = api_for(student)
    answer = send(client)
    assert answer.status_code == 201
    made = answer.json()
    assert (made["attempt"], made["state"], made["points"], made["counts"]) == (1, "waiting", None, True)
    assert made["progress"]["place"] == 1
    world.mark(Submission.objects.get(), world.graded("3"))
    found = client.get(f"{ONE}/submissions/1").json()
    assert (found["state"], found["points"], found["max_points"], found["progress"]) == ("marked", 3, 9, None)
    assert [one["points"] for one in found["questions"]] == [3, None, None]
    assert [row["attempt"] for row in client.get(f"{ONE}/submissions").json()["items"]] == [1]
    content = b"".join(client.get(f"{ONE}/submissions/1/file").streaming_content)
    assert content == world.answered()


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [(b"nothing", 422, "not_a_notebook"), (b"", 422, "empty_file")],
)
def test_a_wrong_file_is_told_and_costs_nothing(lab, api_for, student, content, status, code):
    answer = send(api_for(student), content)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert answer.json()["error"]["hint"]
    assert not Submission.objects.exists()


def test_rules_answer_409_with_their_code(lab, api_for, student):
    client = api_for(student)
    send(client)
    assert send(client).json()["error"]["code"] == "same_file"
    change(attempts_limit=1)
    answer = send(client, world.answered(why="Anew"))
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "attempts")
    change(
        attempts_limit=None,
        due_at=timezone.now() - timedelta(days=30),
        opens_at=timezone.now() - timedelta(days=40),
    )
    assert send(client, world.answered(why="Anew")).json()["error"]["code"] == "closed"


def test_staff_hand_nothing_in(lab, api_for, assistant):
    assert send(api_for(assistant)).status_code == 403


def test_students_reach_only_their_own(lab, api_for, student, add_student, assistant):
    other = add_student("Kim")
    world.mark(world.hand_in(lab, other))
    client = api_for(student)
    for address in ("/submissions/1", "/submissions/1/file"):
        assert client.get(ONE + address).status_code == 404
        assert client.get(ONE + address, {"user": other.pk}).status_code == 404
        assert api_for(assistant).get(ONE + address, {"user": other.pk}).status_code == 200
    assert client.get(f"{ONE}/submissions", {"user": other.pk}).json()["count"] == 0
    assert api_for(assistant).get(f"{ONE}/submissions", {"user": other.pk}).json()["count"] == 1


def test_no_answer_to_a_student_holds_a_secret(lab, api_for, student, assistant):
    world.mark(world.hand_in(lab, student), world.graded("1"))
    services.give_mark(submission=Submission.objects.get(), question="why", by=assistant, comment="SECRET-COMMENT")
    client = api_for(student)
    told = ""
    for address in ("", "/files", "/submissions", "/submissions/1"):
        told += json.dumps(client.get(ONE + address).json())
    assert not any(secret in told for secret in (*world.SECRETS, "SECRET-COMMENT"))
    staffs = json.dumps(api_for(assistant).get(f"{ONE}/submissions/1", {"user": student.pk}).json())
    assert world.HIDDEN in staffs
    assert "SECRET-COMMENT" in staffs


def test_hidden_points_are_null(lab, api_for, student):
    change(points_shown="released")
    world.mark(world.hand_in(lab, student))
    found = api_for(student).get(f"{ONE}/submissions/1").json()
    assert (found["hidden"], found["points"], found["earned"]) == (True, None, None)


def test_while_the_site_cannot_mark_students_learn_that_and_staff_why(lab, api_for, student, assistant):
    from seodang.run.errors import SandboxUnavailable

    submission = world.hand_in(lab, student)
    error = SandboxUnavailable("bubblewrap is not installed.", hint="apt install bubblewrap")
    services.let_wait(grading=submission.grading, error=error, delay_seconds=9)
    told = api_for(student).get(f"{ONE}/submissions/1").json()
    assert "cannot mark right now" in told["progress"]["reason"]
    assert "bubblewrap" not in json.dumps(told)
    staffs = api_for(assistant).get(f"{ONE}/submissions/1", {"user": student.pk}).json()
    assert staffs["problem"]["message"] == "bubblewrap is not installed."


# --- staff ----------------------------------------------------------------------------------------------------


def test_a_lab_is_made_checked_and_published(course, api_for, professor, student):
    client = api_for(professor)
    notebook = SimpleUploadedFile("doubling.ipynb", world.lab_source())
    data = SimpleUploadedFile("points.csv", b"x\n")
    given = {"notebook": notebook, "data": data, "due_at": "2099-12-01T23:59", "slug": "twice"}
    answer = client.post(COURSE, given)
    assert answer.status_code == 201, answer.content
    made = answer.json()
    assert (made["slug"], made["state"], made["revision"]["state"]) == ("twice", "draft", "checking")
    assert made["due_at"] == "2099-12-01T23:59:00+09:00"  # the course's own clock
    one = "/api/v1/labs/deep-learning/twice"
    assert client.post(f"{one}/publish").json()["error"]["code"] == "not_ready"
    world.checked(Lab.objects.get().revisions.get(), holds=False)
    assert client.post(f"{one}/accept").json()["state"] == "ready"
    assert client.post(f"{one}/publish").json()["state"] == "published"
    assert api_for(student).get(one).json()["title"] == "Doubling"


def test_a_bad_source_names_its_cells(course, api_for, professor):
    broken = SimpleUploadedFile("doubling.ipynb", world.lab_source().replace(b"### END SOLUTION", b""))
    answer = api_for(professor).post(COURSE, {"notebook": broken, "due_at": "2099-12-01T23:59"})
    assert answer.status_code == 422
    assert {problem["cell"] for problem in answer.json()["error"]["problems"]} == {"double", "why"}


def test_a_mended_notebook_is_a_new_revision(lab, api_for, professor):
    notebook = SimpleUploadedFile("doubling.ipynb", world.lab_source(hidden="assert double(0) == 0"))
    answer = api_for(professor).post(f"{ONE}/revisions", {"notebook": notebook, "note": "fairer"})
    assert answer.status_code == 201
    assert (answer.json()["number"], answer.json()["state"], answer.json()["is_current"]) == (2, "checking", False)


def test_staff_follow_the_class_and_take_points_home(lab, api_for, student, assistant):
    world.mark(world.hand_in(lab, student))
    client = api_for(assistant)
    found = client.get(f"{ONE}/class").json()
    assert (found["counts"]["handed_in"], found["rows"][0]["points"], found["max_points"]) == (1, 4, 9)
    text = b"".join(client.get(f"{ONE}/export").streaming_content).decode("utf-8-sig")
    assert next(csv.DictReader(text.splitlines()))["test_double"] == "4"


def test_marking_again_is_previewed_then_applied(lab, api_for, student, assistant):
    submission = world.mark(world.hand_in(lab, student), world.graded("1"))
    client = api_for(assistant)
    made = client.post(f"{ONE}/regrades", {"students": [student.pk]}, content_type="application/json").json()
    assert (made["state"], made["total"], made["changes"]) == ("running", 1, [])
    world.mark(submission, world.graded("4"))
    where = f"{ONE}/regrades/{made['id']}"
    found = client.get(where).json()
    assert (found["state"], found["up"]) == ("ready", 1)
    assert [(one["before"], one["after"]) for one in found["changes"]] == [(1, 4)]
    assert client.post(where, {"act": "apply"}, content_type="application/json").json()["state"] == "applied"
    assert services.points_of(Submission.objects.get()).total == 4
    again = client.post(where, {"act": "cancel"}, content_type="application/json")
    assert (again.status_code, again.json()["error"]["code"]) == (409, "regrade")


def test_instructors_release_points(lab, api_for, professor, assistant):
    assert api_for(assistant).post(f"{ONE}/release").status_code == 403
    assert api_for(professor).post(f"{ONE}/release").json()["points_released"]


def test_students_may_do_nothing_of_staff(lab, api_for, student):
    client = api_for(student)
    for address in ("/class", "/export", "/regrades/1"):
        assert client.get(ONE + address).status_code == 403
    for address in ("/publish", "/accept", "/release"):
        assert client.post(ONE + address).status_code == 403
    assert client.post(f"{ONE}/regrades", {}, content_type="application/json").status_code == 403
    notebook = SimpleUploadedFile("a.ipynb", world.lab_source())
    assert client.post(f"{ONE}/revisions", {"notebook": notebook}).status_code == 403
    notebook.seek(0)
    assert client.post(COURSE, {"notebook": notebook, "due_at": "2099-12-01T23:59"}).status_code == 403
