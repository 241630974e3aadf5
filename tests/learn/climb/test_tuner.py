from __future__ import annotations

import math

from tests.learn.climb.standins import StandIn

from seodang.learn.climb.tuner import PATIENCE, Tuner, most_tuned
from seodang.learn.task import Facts, Task

FACTS = Facts(Task.REGRESSION, n_rows=4_000, n_train=3_200, n_columns=3, n_classes=0)


def climb(tuner, loss_of, most=500):
    tried = []
    while len(tried) < most and (settings := tuner.ask()) is not None:
        tried.append(settings)
        tuner.tell(settings, loss_of(settings))
    return tried


def test_the_portfolio_comes_first_in_its_order():
    family = StandIn(portfolio=[{"shift": 0.5}, {"shift": 0.2}])
    assert climb(Tuner(family, FACTS, 0), lambda s: s["shift"]) == [{"shift": 0.5}, {"shift": 0.2}]


def test_then_optuna_comes_closer():
    family = StandIn(portfolio=[{"shift": 0.9}], tunes=True)
    tried = climb(Tuner(family, FACTS, 0), lambda s: (s["shift"] - 0.3) ** 2)
    assert min(abs(settings["shift"] - 0.3) for settings in tried) < 0.05


def test_same_seed_gives_the_same_settings():
    family = StandIn(portfolio=[{"shift": 0.9}], tunes=True)
    first, second = (climb(Tuner(family, FACTS, 3), lambda s: s["shift"]) for _ in range(2))
    other = climb(Tuner(family, FACTS, 4), lambda s: s["shift"])
    assert first == second != other


def test_it_stops_after_a_long_stretch_without_gain():
    tuner = Tuner(StandIn(portfolio=[{"shift": 0.0}], tunes=True), FACTS, 0)
    assert len(climb(tuner, lambda s: 1.0)) == 1 + PATIENCE
    assert not tuner.has_more()


def test_a_failed_candidate_does_not_stop_it():
    tuner = Tuner(StandIn(portfolio=[{"shift": 0.0}], tunes=True), FACTS, 0, most=6)
    assert len(climb(tuner, lambda s: math.nan)) == 6


def test_a_small_table_is_tuned_less():
    assert most_tuned(150) < most_tuned(2_000) < most_tuned(50_000)
