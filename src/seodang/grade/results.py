"""The words in which marking is told: Graded, QuestionGrade, Check, Flag. Plain data that survives JSON.

Points are `Decimal`. Texts are templates with named places, filled in the reader's language when read.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any

from seodang.errors import fill


class Kind(StrEnum):
    """How a question gets its points."""

    AUTOGRADED = "autograded"  # tests in a code cell
    MANUAL = "manual"  # an answer that a person reads
    TASK = "task"  # a task cell with everything the student added to the notebook


class Status(StrEnum):
    PASSED = "passed"  # full points
    PARTIAL = "partial"
    FAILED = "failed"
    UNCHANGED = "unchanged"  # a manual answer as it was handed out: 0 points, nobody needs to read it
    MISSING = "missing"  # its cell is not in the notebook: 0 points
    WAITING = "waiting"  # for a person to mark it; points are None
    TIMEOUT = "timeout"
    CRASHED = "crashed"  # the process that ran it died
    TAMPERED = "tampered"  # an integrity check failed: 0 points and a flag


class Severity(StrEnum):
    INFO = "info"  # good to know: a cell was restored, output was cut
    LOOK = "look"  # a person should look: unusual code, something left running
    TAMPERING = "tampering"  # evidence that the tests were worked around


@dataclass(frozen=True)
class Check:
    """One part of a question's tests: the visible part, or one hidden block.

    passed: None where an earlier part stopped the cell before this one was reached.
    message: what a student may read of a visible part ("AssertionError: …", with the failing line); "" when hidden.
    staff_message: the same for every part, with the trace.
    """

    title: str
    visible: bool
    passed: bool | None
    message: str = ""
    staff_message: str = ""


@dataclass(frozen=True)
class QuestionGrade:
    id: str  # grade_id of the graded cell
    title: str
    kind: Kind
    max_points: Decimal
    points: Decimal | None  # None while WAITING
    status: Status
    checks: tuple[Check, ...] = ()
    answer_ids: tuple[str, ...] = ()  # grade_ids of the answer cells that belong to it
    seconds: float = 0.0


@dataclass(frozen=True)
class Flag:
    """Something about the submission that a person should know. `template` is an English msgid."""

    code: str
    severity: Severity
    template: str
    params: dict[str, Any] = field(default_factory=dict)
    cell: str = ""  # grade_id, or "#7" for the seventh cell
    line: int | None = None

    @property
    def message(self) -> str:
        return fill(self.template, self.params)


@dataclass(frozen=True)
class Graded:
    """One submission, marked.

    problem: why it could not be marked at all ({"code", "template", "hint", "params"}), else None.
    notebook: the executed notebook (nbformat 4 as a dict) for feedback, with the released tests in place: never
        hidden tests, mark schemes or solutions.
    """

    path: str
    questions: tuple[QuestionGrade, ...] = ()
    flags: tuple[Flag, ...] = ()
    problem: dict[str, Any] | None = None
    notebook: dict[str, Any] | None = None
    wall_seconds: float = 0.0
    cpu_seconds: float = 0.0

    @property
    def points(self) -> Decimal:
        """What is certain so far; questions that wait for a person count 0."""
        return sum((question.points or Decimal(0) for question in self.questions), Decimal(0))

    @property
    def max_points(self) -> Decimal:
        return sum((question.max_points for question in self.questions), Decimal(0))

    @property
    def waits_for_a_person(self) -> bool:
        return any(question.status is Status.WAITING for question in self.questions)

    def as_json(self) -> dict[str, Any]:
        """Everything but the notebook, as plain JSON values; `from_json` reads it back."""
        whole = asdict(self)
        whole.pop("notebook")
        return _plain(whole)  # type: ignore[no-any-return]

    @classmethod
    def from_json(cls, value: dict[str, Any], notebook: dict[str, Any] | None = None) -> Graded:
        questions = tuple(
            QuestionGrade(
                **{
                    **question,
                    "kind": Kind(question["kind"]),
                    "status": Status(question["status"]),
                    "max_points": Decimal(question["max_points"]),
                    "points": None if question["points"] is None else Decimal(question["points"]),
                    "checks": tuple(Check(**check) for check in question["checks"]),
                    "answer_ids": tuple(question["answer_ids"]),
                }
            )
            for question in value["questions"]
        )
        flags = tuple(Flag(**{**flag, "severity": Severity(flag["severity"])}) for flag in value["flags"])
        rest = {key: value[key] for key in ("path", "problem", "wall_seconds", "cpu_seconds")}
        return cls(questions=questions, flags=flags, notebook=notebook, **rest)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(entry) for entry in value]
    if isinstance(value, Decimal):
        return str(value)
    return str(value) if isinstance(value, StrEnum) else value
