"""What came of executing one submission: Executed, ExecutedCell, TestRun. Plain data; who gives points reads these.

Everything in here was said by a student's process and has passed the schema of `protocol`; texts may still hold
anything a student can print, so whoever shows them escapes them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from seodang.grade.results import Flag


class CellStatus(StrEnum):
    OK = "ok"
    ERROR = "error"
    TIMEOUT = "timeout"  # it was interrupted at its limit; the cells after it ran
    CRASHED = "crashed"  # it ended the process; the notebook ran again without it
    SKIPPED = "skipped"  # markdown, raw, or the process could not be kept alive long enough


class Outcome(StrEnum):
    """How a test cell ended. Only PASSED can earn points (default mode)."""

    PASSED = "passed"
    FAILED = "failed"
    TIMEOUT = "timeout"
    CRASHED = "crashed"
    TAMPERED = "tampered"  # an integrity check failed; `evidence` says which
    NOT_RUN = "not_run"


@dataclass(frozen=True)
class CellError:
    """The exception that ended a cell. `traceback` is what IPython showed, ANSI colours included."""

    ename: str
    evalue: str
    traceback: tuple[str, ...] = ()


@dataclass(frozen=True)
class TestError:
    """The exception that ended a test. `line` counts from 1 in the test's full source; None where it is unknown."""

    __test__ = False  # not a class of pytest's

    ename: str
    evalue: str
    line: int | None = None


@dataclass(frozen=True)
class ExecutedCell:
    """One cell as it ran.

    index: `MergedCell.index`.
    outputs: nbformat 4 outputs, capped.
    error: the same error as in `outputs`, apart.
    """

    index: int
    outputs: tuple[dict[str, Any], ...] = ()
    error: CellError | None = None
    seconds: float = 0.0
    status: CellStatus = CellStatus.OK


@dataclass(frozen=True)
class TestRun:
    """One test cell as it ran, with its hidden parts.

    value: the number that the cell's last expression gave (partial credit), None where it gave none.
    value_kind: type name of what it gave ("int", "float", "numpy.float64", "bool", "NoneType", "str" …), "" where
        the cell's last statement is no expression.
    outputs: never shown to students: a hidden test may print. In compat mode, what nbgrader's rules read.
    """

    __test__ = False

    grade_id: str
    outcome: Outcome
    value: float | None = None
    value_kind: str = ""
    error: TestError | None = None
    outputs: tuple[dict[str, Any], ...] = ()
    seconds: float = 0.0
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True)
class Executed:
    """One submission as it ran.

    cells: one for each merged cell that has something to run, in order.
    tests: by grade_id; holds every test cell of the merged notebook.
    problem: why nothing could be executed ({"code", "template", "hint", "params"}), else None.
    """

    cells: tuple[ExecutedCell, ...] = ()
    tests: Mapping[str, TestRun] = field(default_factory=dict)
    flags: tuple[Flag, ...] = ()
    problem: dict[str, Any] | None = None
    wall_seconds: float = 0.0
    cpu_seconds: float = 0.0
    memory_peak_bytes: int = 0
