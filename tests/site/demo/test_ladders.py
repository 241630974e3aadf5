"""The demo's ladders: climbed on each competition's data, and on the board as baselines."""

from __future__ import annotations

import importlib
import sys

import pytest
from tests.site import world
from tests.site.ladders.conftest import FAKE

from seodang.site.competitions.models import Competition, Entry
from seodang.site.demo import ladders
from seodang.site.ladders import climbing, services
from seodang.site.ladders.models import Ladder

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_storage(settings, tmp_path, monkeypatch):
    backend = {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": tmp_path / "files"},
    }
    settings.STORAGES = {**settings.STORAGES, "default": backend}
    monkeypatch.setattr(climbing, "COMMAND", [sys.executable, "-I", "-S", str(FAKE)])
    importlib.import_module("seodang.site.demo.tasks")  # the demo is no installed app of the tests


@pytest.fixture
def competition(course, professor) -> Competition:
    return world.make_competition(course, created_by=professor)


def test_the_rungs_are_posted_once_the_ladder_is_climbed(competition):
    ladders.climb(competition)
    ladders.climb(competition)  # asked again, nothing more is made
    assert not ladders.post_when_done(competition)
    world.score_all()
    assert ladders.post_when_done(competition)
    assert ladders.post_when_done(competition)
    teams = Entry.objects.values_list("team__name", flat=True)
    assert sorted(teams) == ["Baseline", "Ensemble", "Linear model", "Random forest"]
    assert Ladder.objects.get().shared


def test_a_ladder_that_found_no_time_gets_more(competition, professor):
    ladders.climb(competition)
    ladder = Ladder.objects.get()
    services.begin(ladder=ladder)
    problem = {"code": "budget_too_small", "template": "Too little time."}
    services.record_failed(ladder=ladder, problem=problem, given_up=True)
    assert not ladders.post_when_done(competition)
    ladder.refresh_from_db()
    assert (ladder.state, ladder.budget_seconds) == ("waiting", ladders.SECONDS[-1])
    services.record_failed(ladder=ladder, problem=problem, given_up=True)
    assert ladders.post_when_done(competition)  # and no third time
