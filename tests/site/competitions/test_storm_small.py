"""Fifty entries through the real site while workers are killed: nothing is lost, whatever it costs in time."""

from __future__ import annotations

import pytest
from benchmarks.storm import Site, make_class, storm
from tests.site.processes import database_url

from seodang.site.competitions import standings
from seodang.site.competitions.models import Competition, Scoring

pytestmark = pytest.mark.storm


@pytest.mark.django_db(transaction=True)
def test_fifty_entries_survive_workers_that_are_killed(tmp_path):
    students = make_class(50)
    site = Site({"SEODANG_STORAGE": str(tmp_path), "DATABASE_URL": database_url()}, "--web", "1", "--workers", "2")
    try:
        weather = storm(site, students, at_once=10, kill_every_scores=5, give_up_seconds=240)
    finally:
        site.end()
    assert weather.statuses == {201: 50}
    assert weather.wrong == []
    assert weather.kills >= 3
    assert Scoring.objects.count() == 50
    competition = Competition.objects.get()
    board = standings.board(competition)
    assert [(row.rank, row.score) for row in board.rows] == [
        (place, pytest.approx(float(place))) for place in range(1, 51)
    ]
