"""The API by role: what each sees, may do, and is told when not."""

from __future__ import annotations

import hashlib
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from tests.site import world

from seodang.site.accounts.models import Token
from seodang.site.competitions.models import Competition, CompetitionState, Entry
from seodang.site.courses.models import Course, Enrollment

ONE = "/api/v1/competitions/deep-learning/forty-numbers"


@pytest.fixture
def competition(course) -> Competition:
    return world.make_competition(course)


def enter(client: Client, content: bytes, name: str = "prediction.csv", language: str = "en", **fields):
    data = {"file": SimpleUploadedFile(name, content), **fields}
    return client.post(f"{ONE}/entries", data, headers={"accept-language": language})


# --- who one is --------------------------------------------------------------------------------------------


def test_without_a_token_nothing_opens(db):
    answer = Client().get("/api/v1/me")
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == "Bearer"
    assert answer.json()["error"]["code"] == "not_signed_in"


def test_a_visitor_who_posts_lacks_a_token_and_not_a_csrf_token(competition):
    browser = Client(enforce_csrf_checks=True)
    assert browser.post(f"{ONE}/publish").status_code == 401


def test_a_token_says_whose_it_is(api_for, student):
    assert api_for(student).get("/api/v1/me").json() == {
        "name": "Student",
        "email": "student@example.com",
        "may_teach": False,
        "is_staff": False,
    }


def test_a_browser_session_reads_and_needs_the_csrf_token_to_write(student, competition):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(student)
    assert browser.get("/api/v1/me").status_code == 200
    answer = browser.put(f"{ONE}/finals", {"entries": []}, content_type="application/json")
    assert answer.status_code == 403
    assert answer.json()["error"]["code"] == "forbidden"


def test_a_token_that_was_given_up_opens_nothing(api_for, student):
    client = api_for(student)
    assert client.delete("/api/v1/me/token").status_code == 204
    assert client.get("/api/v1/me").status_code == 401
    assert not Token.objects.exists()


def test_an_unknown_address_answers_in_the_one_shape(db):
    answer = Client().get("/api/v1/nothing/here", headers={"accept-language": "ko"})
    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "not_found"


# --- logging in a device -----------------------------------------------------------------------------------


def test_a_device_gets_its_token_once_its_person_approved(student, api_for):
    from seodang.site.accounts import services

    begun = Client().post("/api/v1/device", {"client_name": "laptop"}, content_type="application/json").json()
    ask = {"device_code": begun["device_code"]}
    waiting = Client().post("/api/v1/device/token", ask, content_type="application/json")
    assert (waiting.status_code, waiting.json()["error"]["code"]) == (400, "authorization_pending")
    assert begun["user_code"] in begun["verification_uri_complete"]

    services.approve_device_login(begun["user_code"], student)
    given = Client().post("/api/v1/device/token", ask, content_type="application/json").json()
    me = Client(headers={"authorization": f"Bearer {given['access_token']}"}).get("/api/v1/me").json()
    assert me["email"] == student.email
    again = Client().post("/api/v1/device/token", ask, content_type="application/json")
    assert again.json()["error"]["code"] == "expired_token"


def test_beginning_to_log_in_is_rate_limited(db):
    answers = [Client().post("/api/v1/device", {}, content_type="application/json") for _ in range(11)]
    assert [answer.status_code for answer in answers] == [200] * 10 + [429]
    assert answers[-1].json()["error"]["code"] == "too_many"
    assert int(answers[-1]["Retry-After"]) > 0


# --- reading -----------------------------------------------------------------------------------------------


def test_courses_come_with_ones_role(api_for, student, course):
    answer = api_for(student).get("/api/v1/courses").json()
    assert answer["count"] == 1
    assert answer["items"][0]["role"] == "student"


def test_the_list_holds_what_one_may_see(api_for, student, professor, outsider, course, competition):
    world.make_competition(course, "draft", state=CompetitionState.READY)

    def names(user):
        return [item["slug"] for item in api_for(user).get("/api/v1/competitions").json()["items"]]

    assert names(student) == ["forty-numbers"]
    assert sorted(names(professor)) == ["draft", "forty-numbers"]
    assert names(outsider) == []


def test_the_list_is_filtered_and_paged(api_for, student, course, competition):
    world.make_competition(course, "second", title="Something else", summary="")
    client = api_for(student)
    assert client.get("/api/v1/competitions?search=forty").json()["count"] == 1
    assert client.get("/api/v1/competitions?slug=second").json()["count"] == 1
    assert client.get("/api/v1/competitions?course=nowhere").json()["count"] == 0
    page = client.get("/api/v1/competitions?limit=1&offset=1").json()
    assert (len(page["items"]), page["count"]) == (1, 2)
    assert client.get("/api/v1/competitions?limit=0").status_code == 422


def test_a_competition_tells_a_student_their_quota(api_for, student, professor, competition):
    told = api_for(student).get(ONE).json()
    assert (told["quota"]["left_today"], told["may_enter"], told["may_manage"]) == (3, True, False)
    assert (told["metric"], told["greater_is_better"], told["is_open"]) == ("rmse", False, True)
    assert api_for(professor).get(ONE).json()["quota"] is None


@pytest.mark.parametrize("rest", ["", "/files", "/files/train.csv", "/leaderboard", "/entries", "/export"])
def test_an_outsider_finds_nothing(api_for, outsider, competition, rest):
    assert api_for(outsider).get(ONE + rest).status_code == 404


def test_a_draft_is_not_there_for_students(api_for, student, assistant, competition):
    Competition.objects.update(state=CompetitionState.READY)
    assert api_for(student).get(ONE).status_code == 404
    assert api_for(assistant).get(ONE).status_code == 200


def test_files_are_those_made_for_students(api_for, student, professor, competition):
    for person in (student, professor):
        items = api_for(person).get(f"{ONE}/files").json()["items"]
        assert [(item["name"], item["role"]) for item in items] == [
            ("train.csv", "train"),
            ("test.csv", "test"),
            ("sample_entry.csv", "sample"),
        ]


def test_a_file_comes_with_its_checksum(api_for, student, competition):
    client = api_for(student)
    answer = client.get(f"{ONE}/files/sample_entry.csv")
    content = answer.getvalue()
    digest = hashlib.sha256(content).hexdigest()
    assert content == world.sample_csv()
    assert answer["ETag"] == f'"{digest}"'
    assert client.get(f"{ONE}/files/sample_entry.csv", headers={"if-none-match": answer["ETag"]}).status_code == 304


def test_a_file_streams_under_asgi_too(student, competition):
    from asgiref.sync import async_to_sync
    from django.test import AsyncClient

    from seodang.site.accounts import services

    secret = services.create_token(student, "test")[1]

    async def fetch() -> bytes:
        headers = {"authorization": f"Bearer {secret}"}
        answer = await AsyncClient().get(f"{ONE}/files/sample_entry.csv", headers=headers)
        assert answer.is_async
        return b"".join([piece async for piece in answer.streaming_content])

    assert async_to_sync(fetch)() == world.sample_csv()


@pytest.mark.parametrize("name", ["truth.parquet", "numbers.csv", "..%2Fhidden%2F1%2Ftruth.parquet", "%00"])
@pytest.mark.parametrize("who", ["student", "assistant", "professor"])
def test_truth_and_source_leave_by_no_address(request, api_for, competition, name, who):
    user = request.getfixturevalue(who)
    assert api_for(user).get(f"{ONE}/files/{name}").status_code == 404


# --- entering ----------------------------------------------------------------------------------------------


def test_an_entry_is_taken_scored_and_placed(api_for, student, competition):
    client = api_for(student)
    answer = enter(client, world.prediction_csv(0.5), message="first")
    assert answer.status_code == 201
    taken = answer.json()
    assert (taken["ordinal"], taken["state"], taken["public"]) == (1, "waiting", None)
    assert taken["quota"]["left_today"] == 2

    world.score_all()
    entry = client.get(f"{ONE}/entries/1").json()
    assert entry["state"] == "scored"
    assert entry["public"]["score"] == pytest.approx(0.5)
    assert entry["private"] is None
    assert entry["standing"] == {"rank": 1, "n_teams": 1, "in_leading_band": True}
    assert (entry["message"], entry["filename"]) == ("first", "prediction.csv")


def test_a_wrong_file_is_refused_with_its_first_five_rows_and_costs_nothing(api_for, student, competition):
    client = api_for(student)
    answer = enter(client, world.wrong_csv())
    assert answer.status_code == 422
    error = answer.json()["error"]
    assert error["code"] == "prediction_refused"
    (problem,) = error["problems"]
    assert (problem["code"], problem["count"]) == ("not_a_number", 7)
    assert [row["line"] for row in problem["rows"]] == [2, 3, 4, 5, 6]
    assert problem["rows"][0] == {"line": 2, "id": "1", "received": "oops"}
    assert client.get(ONE).json()["quota"]["left_today"] == 3
    assert not Entry.objects.exists()


def test_a_refusal_speaks_the_callers_language(api_for, student, competition):
    client = api_for(student)
    english = enter(client, world.wrong_csv(), language="en").json()["error"]
    korean = enter(client, world.wrong_csv(), language="ko").json()["error"]
    assert english["code"] == korean["code"]
    assert english["message"] != korean["message"]
    assert any("가" <= letter <= "힣" for letter in korean["problems"][0]["message"])
    assert not any("가" <= letter <= "힣" for letter in english["problems"][0]["message"])


def test_no_refusal_holds_a_value_of_the_truth(api_for, student, competition):
    client = api_for(student)
    for content in (world.wrong_csv(), b"", b"id,prediction\n1,2\n", b"\xff\xfe\x00", b"a;b\n"):
        text = enter(client, content).content.decode()
        assert not any(str(value) in text for value in world.VALUES)


def test_the_quota_answers_429_and_says_when_it_resets(api_for, student, competition):
    Competition.objects.update(daily_quota=1)
    client = api_for(student)
    assert enter(client, world.prediction_csv()).status_code == 201
    answer = enter(client, world.prediction_csv())
    assert answer.status_code == 429
    assert answer.json()["error"]["code"] == "quota"
    assert 0 < int(answer["Retry-After"]) <= 86400


def test_after_the_close_nothing_is_taken(api_for, student, competition):
    Competition.objects.update(closes_at=timezone.now() - timedelta(minutes=1))
    answer = enter(api_for(student), world.prediction_csv())
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "closed")


def test_staff_enter_marked_baselines_only(api_for, professor, competition):
    client = api_for(professor)
    answer = enter(client, world.prediction_csv(1.0), baseline_name="Mean")
    assert answer.status_code == 201
    assert (answer.json()["is_baseline"], answer.json()["team"]) == (True, "Mean")
    assert answer.json()["quota"] is None


def test_a_student_cannot_enter_a_baseline(api_for, student, competition):
    assert enter(api_for(student), world.prediction_csv(), baseline_name="Mine").status_code == 403


def test_text_that_no_database_keeps_is_refused(api_for, student, competition):
    answer = enter(api_for(student), world.prediction_csv(), message="a\x00b")
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "invalid")


def test_a_broken_multipart_body_is_a_bad_request(api_for, student, competition):
    answer = api_for(student).post(f"{ONE}/entries", b"junk", content_type="multipart/form-data; boundary=x")
    assert answer.status_code in {400, 422}


# --- whose entries -----------------------------------------------------------------------------------------


@pytest.fixture
def other_student(make_user, course):
    user = make_user("Other")
    Enrollment.objects.create(course=course, user=user, role="student")
    return user


def test_a_student_sees_the_entries_of_their_team_and_staff_all(
    api_for, student, other_student, assistant, competition
):
    enter(api_for(student), world.prediction_csv())
    enter(api_for(other_student), world.prediction_csv())
    assert [e["ordinal"] for e in api_for(student).get(f"{ONE}/entries").json()["items"]] == [1]
    assert api_for(assistant).get(f"{ONE}/entries").json()["count"] == 2
    assert api_for(other_student).get(f"{ONE}/entries/1").status_code == 404
    assert api_for(other_student).post(f"{ONE}/entries/1/withdraw", {}, "application/json").status_code == 404


def test_listing_entries_takes_as_many_queries_for_one_as_for_three(
    api_for, student, competition, django_assert_num_queries
):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client = api_for(student)
    counts = []
    for _ in range(3):
        assert enter(client, world.prediction_csv()).status_code == 201
        with CaptureQueriesContext(connection) as asked:
            client.get(f"{ONE}/entries")
        counts.append(len(asked))
    assert counts[0] == counts[2]


def test_picks_replace_each_other(api_for, student, competition):
    client = api_for(student)
    for _ in range(2):
        enter(client, world.prediction_csv())
    world.score_all()

    def pick(*ordinals):
        return client.put(f"{ONE}/finals", {"entries": ordinals}, "application/json")

    assert [e["ordinal"] for e in pick(1, 2).json()["items"]] == [2, 1]
    assert [e["ordinal"] for e in pick(2).json()["items"]] == [2]
    assert pick(99).status_code == 404


def test_a_withdrawn_entry_leaves_the_board(api_for, student, competition):
    client = api_for(student)
    enter(client, world.prediction_csv())
    world.score_all()
    assert len(client.get(f"{ONE}/leaderboard").json()["rows"]) == 1
    answer = client.post(f"{ONE}/entries/1/withdraw", {"reason": "wrong file"}, "application/json")
    assert answer.json()["withdrawn_reason"] == "wrong file"
    assert client.get(f"{ONE}/leaderboard").json()["rows"] == []


# --- boards ------------------------------------------------------------------------------------------------


def test_the_board_marks_ones_own_team(api_for, student, other_student, competition):
    enter(api_for(student), world.prediction_csv(0.5))
    enter(api_for(other_student), world.prediction_csv(0.2))
    world.score_all()
    rows = api_for(student).get(f"{ONE}/leaderboard").json()["rows"]
    assert [(row["rank"], row["is_mine"]) for row in rows] == [(1, False), (2, True)]
    assert rows[0]["score"] == pytest.approx(0.2)


def test_scores_have_the_digits_of_the_metric_and_no_more(api_for, student, competition):
    # All the digits of a score would tell labels: each could be given a digit of its own.
    enter(api_for(student), world.prediction_csv(1 / 3))
    world.score_all()
    public = api_for(student).get(f"{ONE}/entries/1").json()["public"]
    row = api_for(student).get(f"{ONE}/leaderboard").json()["rows"][0]
    for told in (public, row):
        assert (told["score"], told["low"], told["high"]) == (0.33333, 0.33333, 0.33333)


def test_private_scores_and_board_wait_for_the_close(api_for, student, assistant, competition):
    client = api_for(student)
    enter(client, world.prediction_csv(0.5))
    world.score_all()
    refused = client.get(f"{ONE}/leaderboard?part=private")
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "forbidden")
    assert client.get(f"{ONE}/entries/1").json()["private"] is None
    assert api_for(assistant).get(f"{ONE}/entries/1").json()["private"]["score"] == pytest.approx(0.5)
    assert len(api_for(assistant).get(f"{ONE}/leaderboard?part=private").json()["rows"]) == 1

    Competition.objects.update(closes_at=timezone.now(), private_opened_at=timezone.now())
    assert client.get(f"{ONE}/leaderboard?part=private").status_code == 200
    assert client.get(f"{ONE}/entries/1").json()["private"]["score"] == pytest.approx(0.5)


# --- hosting -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["student", "assistant"])
def test_hosting_is_for_instructors(request, api_for, competition, who):
    client = api_for(request.getfixturevalue(who))
    folder = {"files": SimpleUploadedFile("competition.yaml", b"title: x")}
    assert client.post("/api/v1/courses/deep-learning/competitions", folder).status_code == 403
    assert client.post(f"{ONE}/publish").status_code == 403
    assert client.post(f"{ONE}/truth", {"reason": "because", "metric": "mae"}).status_code == 403


def test_a_student_exports_nothing(api_for, student, assistant, competition):
    assert api_for(student).get(f"{ONE}/export").status_code == 403
    assert api_for(assistant).get(f"{ONE}/export").status_code == 200


def test_the_export_has_every_entry_and_no_formula(api_for, student, professor, competition):
    enter(api_for(student), world.prediction_csv(), message="=1+1")
    world.score_all()
    answer = api_for(professor).get(f"{ONE}/export")
    text = answer.getvalue().decode("utf-8-sig")
    assert answer["Content-Type"].startswith("text/csv")
    assert len(text.splitlines()) == 2
    assert ",=1+1" not in text


def test_a_corrected_metric_rescores_every_entry(api_for, student, professor, competition):
    enter(api_for(student), world.prediction_csv(0.5))
    world.score_all()
    answer = api_for(professor).post(f"{ONE}/truth", {"reason": "agreed in class", "metric": "mae"})
    assert answer.status_code == 200
    assert answer.json()["metric"] == "mae"
    world.score_all()
    entry = api_for(student).get(f"{ONE}/entries/1").json()
    assert entry["metric"] == "mae"
    assert entry["public"]["score"] == pytest.approx(0.5)


def test_a_folder_that_is_no_competition_says_where_it_is_wrong(api_for, professor, course: Course):
    files = [SimpleUploadedFile("competition.yaml", b"title: Numbers\ntarget: y\n")]
    answer = api_for(professor).post("/api/v1/courses/deep-learning/competitions", {"files": files})
    assert answer.status_code == 422
    error = answer.json()["error"]
    assert error["code"] == "spec_invalid"
    assert "competition.yaml" in error["message"]
    assert {problem["field"] for problem in error["problems"]} >= {"data", "metric", "closes"}


# --- the page of the API -----------------------------------------------------------------------------------


def test_the_page_of_the_api_has_nothing_inline_and_nothing_from_elsewhere(db):
    import re

    answer = Client().get("/api/v1/docs")
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "script-src 'self'" in answer["Content-Security-Policy"]
    assert not re.search(r"<style|style=|onclick=|https?://", page)
    for attributes, content in re.findall(r"<script([^>]*)>(.*?)</script>", page, re.DOTALL):
        assert "src=" in attributes or ("application/json" in attributes and content)
