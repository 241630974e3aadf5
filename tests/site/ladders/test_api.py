"""Ladders for programs: the same rules, as JSON."""

from __future__ import annotations

import io

import pytest
from tests.site.ladders.conftest import table, to_predict

from seodang.site.ladders import services
from seodang.site.ladders.models import Ladder

pytestmark = pytest.mark.django_db

ROOT = "/api/v1/courses/deep-learning/ladders"
ONE = "/api/v1/ladders/deep-learning/1"


def named(content: bytes, name: str) -> io.BytesIO:
    stream = io.BytesIO(content)
    stream.name = name
    return stream


def test_a_program_uploads_a_table_and_reads_the_ladder(api_for, course, student, run_jobs):
    program = api_for(student)
    form = {"table": named(table(), "houses.csv"), "predict": named(to_predict(), "new.csv"), "seconds": "9"}
    made = program.post(ROOT, form)
    assert (made.status_code, made.json()["state"], made.json()["place"]) == (201, "waiting", 1)
    assert (made.json()["target"], made.json()["leave_out"]) == ("price", ["id"])
    run_jobs()
    found = program.get(ONE).json()
    assert (found["state"], found["best"], found["metric"], found["task"]) == (
        "done",
        "ensemble",
        "rmse",
        "regression",
    )
    forest = next(rung for rung in found["rungs"] if rung["name"] == "forest")
    assert (forest["ci_low"], forest["score"], forest["ci_high"], forest["tied_with_best"]) == (
        0.5,
        0.75,
        1.0,
        True,
    )
    assert found["rungs"][-1]["skipped"] == "Too many rows: 9."
    assert b"t0,1.5" in b"".join(program.get(f"{ONE}/files/prediction-forest.csv"))


def test_a_wrong_choice_answers_422_and_names_its_field(api_for, course, student):
    answer = api_for(student).post(ROOT, {"table": named(table(), "houses.csv"), "target": "nothing"})
    assert answer.status_code == 422
    assert (answer.json()["error"]["code"], answer.json()["error"]["field"]) == ("choice", "target")
    assert "id, size, colour, price" in answer.json()["error"]["hint"]
    assert not Ladder.objects.exists()


def test_more_seconds_than_the_site_allows_are_refused(api_for, course, student):
    answer = api_for(student).post(ROOT, {"table": named(table(), "houses.csv"), "seconds": "301"})
    assert answer.json()["error"]["field"] == "budget_seconds"


def test_a_file_that_is_no_table_answers_422(api_for, course, student):
    assert api_for(student).post(ROOT, {"table": named(b"\x00\x01", "x.csv")}).status_code == 422


def test_a_climb_is_stopped_by_a_program(api_for, make_ladder, student):
    services.start(ladder=make_ladder(student), by=student)
    assert api_for(student).post(f"{ONE}/stop").json()["state"] == "stopped"


def test_lists_hold_what_one_may_see(api_for, climbed, student, classmate, professor):
    climbed(student)
    assert api_for(student).get("/api/v1/ladders").json()["count"] == 1
    assert api_for(professor).get("/api/v1/ladders?course=deep-learning").json()["count"] == 1
    assert api_for(classmate).get("/api/v1/ladders").json()["count"] == 0
    api_for(professor).post(f"{ONE}/share", {"shared": True}, content_type="application/json")
    assert api_for(classmate).get("/api/v1/ladders").json()["count"] == 1
    assert api_for(classmate).get(ONE).json()["has_model"] is False


def test_why_it_failed_is_told(api_for, climbed, student):
    climbed(student, target="refused")
    problem = api_for(student).get(ONE).json()["problem"]
    assert (problem["code"], problem["message"]) == ("one_class", "There is one class: 1.")


def test_another_table_is_predicted(api_for, climbed, student, run_jobs):
    climbed(student)
    program = api_for(student)
    answer = program.post(f"{ONE}/predictions", {"table": named(to_predict(), "later.csv")})
    assert (answer.status_code, answer.json()["predict_state"]) == (201, "waiting")
    run_jobs()
    assert program.get(ONE).json()["predict_state"] == "done"
    assert b"t3,1.5" in b"".join(program.get(f"{ONE}/files/prediction.csv"))


def test_a_ladder_is_deleted(api_for, climbed, student):
    climbed(student)
    assert api_for(student).delete(ONE).status_code == 204
    assert not Ladder.objects.exists()
