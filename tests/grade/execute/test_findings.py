"""Which tests are void once a notebook has reached for memory by its address."""

from __future__ import annotations

import pytest

from seodang.grade.execute.executed import Outcome, TestRun
from seodang.grade.execute.findings import without_reached

PLACES = {"before": 1, "after": 5}
AT_CELL_FOUR = [("memory", "", "#4")]


def void(findings, forks, **runs: TestRun) -> set[str]:
    tests = {name: TestRun(name, Outcome.PASSED) for name in PLACES} | runs
    found = without_reached(tests, findings, PLACES, forks)
    return {name for name, run in found.items() if run.outcome is Outcome.TAMPERED}


@pytest.mark.parametrize(
    ("findings", "forks", "expected"),
    [
        ([], {"before": 7, "after": 8}, set()),
        ([("native", "", "#4")], {"before": 7, "after": 8}, set()),
        (AT_CELL_FOUR, {"before": 7, "after": 8}, {"after"}),
        (AT_CELL_FOUR, {"before": 0, "after": 8}, {"before", "after"}),  # it ran in the notebook's own process
        ([("memory", "", "#0")], {"before": 7, "after": 8}, {"before", "after"}),  # before any cell
    ],
)
def test_a_test_is_spared_only_in_a_process_of_its_own_that_was_there_before(findings, forks, expected):
    assert void(findings, forks) == expected


def test_one_test_that_reached_voids_those_that_share_its_process():
    reached = TestRun("before", Outcome.TAMPERED, evidence=("memory",))
    assert void([], {"before": 0, "after": 0}, before=reached) == {"before", "after"}
    assert void([], {"before": 7, "after": 8}, before=reached) == {"before"}


def test_a_test_that_failed_keeps_its_reason():
    failed = TestRun("after", Outcome.FAILED)
    assert void(AT_CELL_FOUR, {"before": 7, "after": 8}, after=failed) == set()
