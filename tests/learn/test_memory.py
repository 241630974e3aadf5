from __future__ import annotations

import os

import numpy as np
import pandas as pd
import pytest
from tests.learn.climb.standins import Greedy

from seodang.learn.climb import fitting, memory
from seodang.learn.climb.fitting import Bench, told_stages
from seodang.learn.climb.handover import dump, load, prepare_into, size_of
from seodang.learn.ladder import fit
from seodang.learn.task import View

OPTIONS = {
    "target": "y",
    "task": None,
    "metric": None,
    "group": None,
    "time": None,
    "holdout": 0.0,
    "seed": 0,
    "budget": 60,
}


@pytest.mark.skipif(not memory.held_bytes(os.getpid()), reason="this system does not tell what a process holds")
def test_a_family_that_takes_all_memory_is_ended_and_the_climb_goes_on(monkeypatch):
    monkeypatch.setattr(memory, "part_of_worker", lambda n_workers: 600 * 2**20)
    frame = pd.DataFrame({"x": [0.37 * i for i in range(60)], "y": [2.0 * i for i in range(60)]})
    families = [Greedy(name="greedy", order=-5), "baseline", "linear"]
    ladder = fit(frame, "y", families=families, budget=120, most_candidates=1)
    rungs = {rung.name: rung for rung in ladder.rungs}
    assert rungs["greedy"].skipped.code == "memory"
    assert "GiB" in str(rungs["greedy"].skipped)
    assert rungs["linear"].score is not None


def test_workers_share_what_is_free():
    assert memory.part_of_worker(2, free=8 * memory.GIB) == memory.part_of_worker(1, free=4 * memory.GIB)
    assert memory.part_of_worker(4, free=0) > 0


def test_a_table_is_laid_down_once_and_mapped(tmp_path):
    frame = pd.DataFrame({"x": np.arange(50_000.0), "word": ["a", "b"] * 25_000})
    dump(frame, tmp_path / "frame")
    assert size_of(tmp_path / "frame") > frame["x"].nbytes
    assert load(tmp_path / "frame").equals(frame)
    assert (tmp_path / "frame.0").stat().st_size == frame["x"].nbytes


@pytest.fixture
def bench(tmp_path):
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"a": rng.normal(size=400), "b": rng.choice(["u", "v"], 400), "y": rng.normal(size=400)})
    dump(frame, tmp_path / "frame")
    prepare_into(tmp_path, None, OPTIONS)
    return Bench(tmp_path, seed=0)


def test_an_encoded_fold_is_encoded_once(bench):
    assert bench.encoded(0, View.MATRIX) is bench.encoded(0, View.MATRIX)


def test_encoded_folds_that_were_not_used_lately_are_let_go(bench):
    first = bench.encoded(0, View.MATRIX)
    bench._cache_bytes = int(2.5 * first.n_bytes)
    for fold in range(1, 4):
        bench.encoded(fold, View.MATRIX)
    assert len(bench._cache) == 2
    again = bench.encoded(0, View.MATRIX)
    assert again is not first
    assert np.array_equal(again.train, first.train)


def test_predictions_of_many_classes_are_told_at_fewer_checkpoints(monkeypatch):
    stages = tuple(range(1, 17))
    assert told_stages(stages, 100) == stages
    monkeypatch.setattr(fitting, "STAGE_CELLS", 1_000)
    told = told_stages(stages, 250)
    assert len(told) == 4
    assert told[-1] == 16
    assert told_stages(stages, 10_000) == (16,)
