"""The attacks on the harness know the harness: where it changes, they must follow, or they prove nothing."""

from __future__ import annotations

import inspect

from tests.attacks.payloads import TARGET

from seodang.grade.execute import harness
from seodang.grade.execute.answers import Ready, TestDone


def test_the_function_that_is_replaced_still_runs_the_fork() -> None:
    parameters = list(inspect.signature(getattr(harness, TARGET)).parameters)
    assert parameters[:2] == ["channel", "key"]


def test_the_forged_answers_would_be_believed() -> None:
    assert set(Ready.model_fields) == {"kind", "pid"}
    forged = {"kind", "nonce", "outcome", "value", "value_kind", "error", "output", "seconds", "evidence", "notes"}
    assert set(TestDone.model_fields) == forged
