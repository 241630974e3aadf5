"""Ladders from Python, against the real site."""

from __future__ import annotations

import sys

import pytest
from tests.site import world
from tests.site.ladders.conftest import FAKE, table, to_predict

from seodang.client import NotAllowed, NotFound, Refused
from seodang.site.ladders import climbing


@pytest.fixture(autouse=True)
def climbers(monkeypatch):
    monkeypatch.setattr(climbing, "COMMAND", [sys.executable, "-I", "-S", str(FAKE)])
    monkeypatch.setattr("seodang.client.ladder.time.sleep", lambda _seconds: world.score_all())


@pytest.fixture
def houses(tmp_path):
    path = tmp_path / "houses.csv"
    path.write_bytes(table())
    return path


def test_one_climbs_waits_and_reads_the_rungs(client_of, course, student, houses, tmp_path):
    client = client_of(student)
    ladder = client.create_ladder(houses, course=course.slug, target="price", seconds=9, leave_out=["id", "colour"])
    assert ladder.is_under_way
    ladder = ladder.wait()
    assert (ladder.name, ladder.state, ladder.best) == ("deep-learning/1", "done", "ensemble")
    assert [rung.name for rung in ladder.table() if rung.tied_with_best] == ["forest", "ensemble"]
    assert ladder.json["leave_out"] == ["id", "colour"]
    assert "Random forest" in ladder.table()._repr_html_()
    path = ladder.download("report.html", tmp_path)
    assert path.read_bytes().startswith(b"<!doctype html>")


def test_a_frame_is_a_table_too(client_of, course, student):
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"size": range(12), "price": [0.5 * n for n in range(12)]})
    assert client_of(student).create_ladder(frame, course=course.slug, start=False).state == "draft"


def test_another_table_is_predicted_with_its_model(client_of, course, student, houses, tmp_path):
    (tmp_path / "new.csv").write_bytes(to_predict())
    ladder = client_of(student).create_ladder(houses, course=course.slug).wait()
    ladder = ladder.predict(tmp_path / "new.csv").wait_for_predictions()
    assert ladder.predict_state == "done"
    assert "t0,1.5" in ladder.download("prediction.csv", tmp_path / "p.csv").read_text()


def test_a_short_name_is_enough(client_of, course, student, houses):
    client = client_of(student)
    client.create_ladder(houses, course=course.slug)
    assert client.ladder("1").name == "deep-learning/1"
    with pytest.raises(NotFound):
        client.ladder("2")


def test_refusals_are_told(client_of, course, student, professor, houses):
    with pytest.raises(Refused):
        client_of(student).create_ladder(houses, course=course.slug, target="nothing")
    ladder = client_of(student).create_ladder(houses, course=course.slug).wait()
    with pytest.raises(NotAllowed):
        ladder.share()
    assert client_of(professor).ladder("deep-learning/1").share().shared


def test_staff_post_rungs_of_a_ladder_on_a_competition(client_of, competition, professor):
    client = client_of(professor)
    ladder = client.competition("forty-numbers").climb(seconds=5).wait()
    assert ladder.json["origin"] == f"competition:{competition.pk}"
    posted = client.competition("forty-numbers").post_baselines(ladder.number, ["forest", "svm"])
    assert {one["rung"]: one["state"] for one in posted} == {"forest": "entered", "svm": "unusable"}


def test_a_ladder_goes(client_of, course, student, houses):
    client = client_of(student)
    client.create_ladder(houses, course=course.slug).delete()
    assert not client.ladders()
