"""What can go wrong when a lab is read, released or marked.

    GradeError
    ├── LabInvalid             a source notebook that is no lab; `.problems` names each cell
    └── SubmissionRefused      a student's file that cannot be marked: costs no attempt

`SubmissionRefused.code` is one of: unreadable, empty_file, not_a_notebook, conflict, not_utf8, too_large,
too_complex, future_format, schema, no_cells, too_many_cells, another_lab. A source notebook that cannot be read
raises LabInvalid with the same codes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from seodang.errors import SeodangError, fill
from seodang.i18n import N_


class GradeError(SeodangError):
    code = "grade"


@dataclass(frozen=True)
class LabProblem:
    """One thing that is wrong in a source notebook, and where. `template` is an English msgid."""

    code: str
    template: str
    params: dict[str, Any] = field(default_factory=dict)
    cell: str = ""  # grade_id, or "#7" for the seventh cell
    line: int | None = None  # counted from 1 in the cell

    @property
    def message(self) -> str:
        text = fill(self.template, self.params)
        places = {"cell": self.cell, "line": self.line, "text": text}
        if self.cell and self.line is not None:
            return fill(N_("Cell %(cell)s, line %(line)s: %(text)s"), places)
        if self.cell:
            return fill(N_("Cell %(cell)s: %(text)s"), places)
        return text

    def as_json(self) -> dict[str, Any]:
        return {"code": self.code, "cell": self.cell, "line": self.line, "message": self.message}

    def kept(self) -> dict[str, Any]:
        """With its template, for whoever shows it later in the language of a reader."""
        return {**self.as_json(), "template": self.template, "params": self.params}

    @classmethod
    def from_kept(cls, kept: dict[str, Any]) -> LabProblem:
        return cls(**{name: kept[name] for name in ("code", "template", "params", "cell", "line")})


class LabInvalid(GradeError):
    """`problems` is empty where the file could not be read at all; the message says it then."""

    code = "lab_invalid"

    def __init__(self, message: str, /, *, problems: Sequence[LabProblem] = (), **rest: Any) -> None:
        super().__init__(message, **rest)
        self.problems = tuple(problems)

    @property
    def message(self) -> str:
        return "\n".join([super().message, *(problem.message for problem in self.problems)])

    def as_json(self) -> dict[str, Any]:
        return {**super().as_json(), "problems": [problem.as_json() for problem in self.problems]}


class SubmissionRefused(GradeError):
    code = "submission_refused"
