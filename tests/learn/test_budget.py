"""A budget is a promise: whatever a family or a table does, `fit` comes back.

These stand-ins work for ever, so that a test that ends at all shows it. What is measured in seconds stands in
`benchmarks/fit.py`.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import textwrap
import time
from pathlib import Path

import pandas as pd
import pytest
from tests.learn.climb.standins import Slow, StandIn, Stubborn, Uneven

from seodang.learn.climb.clock import MOST_FOR_FINISHING, Clock
from seodang.learn.climb.crew import Crew
from seodang.learn.errors import BudgetTooSmall, ChoiceInvalid
from seodang.learn.ladder import fit
from seodang.learn.task import Facts, Task

ROOT = Path(__file__).parents[2]


def table(n=60):
    return pd.DataFrame(
        {
            "x": [0.37 * i for i in range(n)],
            "z": [i % 7 for i in range(n)],
            "price": [2.0 * i + i % 3 for i in range(n)],
        }
    )


def test_families_that_would_never_end_are_skipped_and_say_so():
    families = ["baseline", Stubborn(name="stubborn", order=10), Slow(3_600, name="slow", order=20)]
    ladder = fit(table(), "price", families=families, budget=8, most_candidates=1)
    rungs = {rung.name: rung for rung in ladder.rungs}
    assert rungs["baseline"].score is not None
    for name in ("stubborn", "slow"):
        assert rungs[name].skipped.code in ("too_slow", "time_up")
        assert rungs[name].seconds > 0


def test_a_candidate_that_takes_far_longer_than_the_first_is_ended_alone():
    uneven = Uneven(0.0, name="uneven", portfolio=[{"shift": 0.0}, {"shift": 0.5}])
    ladder = fit(table(), "price", families=["baseline", uneven], budget=12)
    assert {rung.name: rung for rung in ladder.rungs}["uneven"].n_candidates == 1


def test_a_budget_for_not_one_rung_is_refused_with_what_came_and_what_is_needed():
    with pytest.raises(BudgetTooSmall) as raised:
        fit(table(), "price", families=[Stubborn(name="stubborn")], budget=1)
    assert "1 s" in str(raised.value)
    assert "larger budget" in raised.value.hint


@pytest.mark.parametrize("budget", [0, -5, float("nan"), float("inf"), "soon", None])
def test_a_budget_that_is_no_time_is_refused(budget):
    with pytest.raises(ChoiceInvalid, match="budget"):
        Clock.start(budget)


def test_fits_end_before_the_budget_does_and_never_take_all_of_it():
    clock = Clock.start(60)
    small = Facts(Task.BINARY, n_rows=500, n_train=400, n_columns=5, n_classes=2)
    huge = Facts(Task.CLASSES, n_rows=500_000, n_train=400_000, n_columns=5, n_classes=50)
    assert clock.deadline - clock.fits_end(small, 10) < 5
    assert clock.deadline - clock.fits_end(huge, 10) == pytest.approx(MOST_FOR_FINISHING * 60)
    assert clock.fits_end(small, 10, saving=3.0) < clock.fits_end(small, 10)
    assert clock.deadline < clock.last_moment <= clock.started + 60 * 1.05 + 2


def test_a_climb_that_is_through_does_not_wait_for_its_budget():
    ladder = fit(table(), "price", families=["baseline", StandIn()], budget=3_600)
    assert ladder.seconds < 1_800


# --- ends ------------------------------------------------------------------------------------------------------


SCRIPT = """
    import os, sys
    sys.path.insert(0, {root!r})
    import pandas as pd
    from seodang.learn import fit
    from tests.learn.climb.standins import Stubborn

    def tell(progress):
        if progress.stage == "climbing":
            print(os.getpid(), flush=True)

    frame = pd.DataFrame({{"x": [0.37 * i for i in range(40)], "y": [2.0 * i for i in range(40)]}})
    fit(frame, "y", families=["baseline", Stubborn(name="stubborn")], budget=600, on_progress=tell)
"""


@pytest.fixture
def climbing(tmp_path):
    """A climb in a process of its own that would last ten minutes; yielded when it has begun to fit."""
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(SCRIPT).format(root=str(ROOT))],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    )
    assert process.stdout.readline().strip() == str(process.pid), process.stderr.read()
    yield process, tmp_path
    process.kill()
    process.communicate()


def alive_in(folder):
    """Processes whose work lies in a folder: a climb's launcher and workers hold its logs open."""
    found = set()
    for descriptors in Path("/proc").glob("[0-9]*/fd"):
        try:
            targets = [str(descriptor.readlink()) for descriptor in descriptors.iterdir()]
        except OSError:
            continue
        if any(target.startswith(str(folder)) for target in targets):
            found.add(int(descriptors.parent.name))
    return found


def until_gone(folder):
    for _ in range(600):
        if not alive_in(folder) and not any(folder.iterdir()):
            return True
        time.sleep(0.1)
    return False


needs_proc = pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="looks for processes in /proc")


@needs_proc
def test_control_c_ends_workers_and_leaves_nothing_in_temp(climbing):
    process, folder = climbing
    assert alive_in(folder)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate()
    assert "KeyboardInterrupt" in errors
    assert not alive_in(folder)
    assert not any(folder.iterdir())


@needs_proc
def test_workers_end_with_their_climb_even_where_it_is_killed(climbing):
    process, folder = climbing
    process.kill()
    process.wait()
    assert until_gone(folder)


def test_a_crew_without_a_launcher_does_the_same(tmp_path, monkeypatch):
    """Where processes must not be forked (macOS), each worker is an interpreter of its own."""
    crew_init = Crew.__init__

    def without_forks(self, *arguments, **named):
        crew_init(self, *arguments, **{**named, "forks": False})

    monkeypatch.setattr(Crew, "__init__", without_forks)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with fit(table(), "price", families=["baseline", "linear"], budget=60, most_candidates=1) as ladder:
        assert ladder.best.name == "linear"
    assert not any(tmp_path.iterdir())
