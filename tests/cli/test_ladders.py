"""`seodang ladders` against a real server: what one types, and what one reads."""

from __future__ import annotations

import json
import sys

import pytest
from tests.cli.test_competitions import shell  # noqa: F401
from tests.cli.test_competitions import shell as _competitions_shell
from tests.client.conftest import (  # noqa: F401
    assistant,
    course,
    empty_cache,
    make_user,
    own_home,
    professor,
    quick_password_hashes,
    student,
    token_of,
)
from tests.site import world
from tests.site.ladders.conftest import FAKE, table, to_predict

from seodang.site.ladders import climbing
from seodang.site.ladders.models import Ladder

assert _competitions_shell


@pytest.fixture(autouse=True)
def workers(monkeypatch):
    """While the client sleeps between two questions, workers climb, with a program that has no models."""
    monkeypatch.setattr(climbing, "COMMAND", [sys.executable, "-I", "-S", str(FAKE)])
    monkeypatch.setattr("seodang.client.ladder.time.sleep", lambda _seconds: world.score_all())


@pytest.fixture
def ladders(shell):  # noqa: F811
    """`ladders(student, "list")`: what `seodang ladders list` answers that person."""
    return lambda user, *arguments, **options: shell(user, *arguments, group="ladders", **options)


@pytest.fixture
def houses(tmp_path):
    path = tmp_path / "houses.csv"
    path.write_bytes(table())
    return str(path)


def test_create_waits_and_prints_the_rungs(ladders, course, student, houses):  # noqa: F811
    output = ladders(student, "create", houses, "--course", course.slug, "--target", "price").output
    assert "Random forest" in output
    assert "0.2500 – 0.7500" in output
    assert "Too many rows: 9." in output
    assert "deep-learning/1" in ladders(student, "list").output


def test_everything_is_said_as_json_for_programs(ladders, course, student, houses):  # noqa: F811
    found = json.loads(ladders(student, "create", houses, "--course", course.slug, "--json").stdout)
    assert (found["state"], found["best"], found["number"]) == ("done", "ensemble", 1)
    assert [row["number"] for row in json.loads(ladders(student, "list", "--json").stdout)] == [1]
    assert json.loads(ladders(student, "show", "1", "--json").stdout)["rungs"][0]["name"] == "baseline"


def test_what_it_made_is_brought_home(ladders, course, student, houses, tmp_path):  # noqa: F811
    (tmp_path / "new.csv").write_bytes(to_predict())
    ladders(student, "create", houses, "--course", course.slug, "--predict", str(tmp_path / "new.csv"))
    path = ladders(student, "report", "1", "--to", str(tmp_path)).stdout.strip()
    assert path.endswith("ladder-1-report.html")
    ladders(student, "model", "deep-learning/1", "--to", str(tmp_path / "model.zip"))
    assert (tmp_path / "model.zip").read_bytes() == b"a model"
    ladders(student, "predictions", "1", "--rung", "forest", "--to", str(tmp_path / "forest.csv"))
    assert "t0,1.5" in (tmp_path / "forest.csv").read_text()


def test_another_table_is_predicted(ladders, course, student, houses, tmp_path):  # noqa: F811
    ladders(student, "create", houses, "--course", course.slug)
    (tmp_path / "later.csv").write_bytes(to_predict(2))
    ladders(student, "predict", "1", str(tmp_path / "later.csv"), "-o", str(tmp_path / "out.csv"))
    assert (tmp_path / "out.csv").read_text().splitlines() == ["id,prediction", "t0,1.5", "t1,1.5"]


def test_a_refused_choice_says_what_to_do(ladders, course, student, houses):  # noqa: F811
    result = ladders(student, "create", houses, "--course", course.slug, "--target", "nothing", status=1)
    assert "The table has no column “nothing”" in result.output


def test_one_that_could_not_be_climbed_ends_with_status_1(ladders, course, student, tmp_path):  # noqa: F811
    path = tmp_path / "refused.csv"
    path.write_bytes(table("refused"))
    result = ladders(student, "create", str(path), "--course", course.slug, "--target", "refused", status=1)
    assert "There is one class: 1." in result.output


def test_an_unknown_ladder_says_how_to_find_those_one_has(ladders, course, student):  # noqa: F811
    assert "seodang ladders list" in ladders(student, "show", "7", status=1).output


def test_a_ladder_is_stopped_and_deleted(ladders, course, student, houses):  # noqa: F811
    ladders(student, "create", houses, "--course", course.slug, "--no-wait")
    assert "stopped" in ladders(student, "stop", "1").output
    ladders(student, "delete", "1", "--yes")
    assert not Ladder.objects.exists()
