"""Prove a lab: its own solution earns full points, and the released notebook none.

A test that the released notebook passes gives points for nothing; a solution that fails its test will make every
student fail. Both are named with the question and the reason.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from seodang.errors import fill
from seodang.grade.errors import LabProblem
from seodang.grade.lab import Lab
from seodang.grade.results import Graded, Kind, QuestionGrade
from seodang.i18n import N_

if TYPE_CHECKING:
    from seodang.grade.execute import Executor


@dataclass(frozen=True)
class Finding:
    """Something that does not hold. `question` is "" where it is about the whole; `template` is a msgid."""

    code: str
    question: str
    template: str
    params: dict[str, Any]

    @property
    def message(self) -> str:
        return fill(self.template, self.params)

    def as_json(self) -> dict[str, Any]:
        return {
            "code": self.code,
            "question": self.question,
            "template": self.template,
            "params": self.params,
            "message": self.message,
        }


@dataclass(frozen=True)
class QuestionReport:
    """points of the solution and of the released notebook; None for a question that a person marks."""

    id: str
    title: str
    kind: Kind
    max_points: Decimal
    solution_points: Decimal | None
    released_points: Decimal | None
    holds: bool

    def as_json(self) -> dict[str, Any]:
        def text(value: Decimal | None) -> str | None:
            return None if value is None else str(value)

        return {
            "id": self.id,
            "title": self.title,
            "kind": str(self.kind),
            "max_points": str(self.max_points),
            "solution_points": text(self.solution_points),
            "released_points": text(self.released_points),
            "holds": self.holds,
        }


@dataclass(frozen=True)
class LabReport:
    """`holds`: the lab can be handed out. warnings: odd, but no hindrance."""

    questions: tuple[QuestionReport, ...]
    findings: tuple[Finding, ...] = ()
    warnings: tuple[LabProblem, ...] = ()
    seconds: float = 0.0

    @property
    def holds(self) -> bool:
        return not self.findings

    @property
    def max_points(self) -> Decimal:
        return sum((question.max_points for question in self.questions), Decimal(0))

    def as_json(self) -> dict[str, Any]:
        return {
            "holds": self.holds,
            "max_points": str(self.max_points),
            "questions": [question.as_json() for question in self.questions],
            "findings": [finding.as_json() for finding in self.findings],
            "warnings": [warning.kept() for warning in self.warnings],
            "seconds": self.seconds,
        }


def check_lab(lab: Lab, executor: Executor, *, compat: bool = False) -> LabReport:
    """Mark the solution and the released notebook.

    Raises:
        ImageLacks, SandboxUnavailable: the lab cannot be run here.
    """
    from seodang.grade.grade import grade_notebook

    solved = grade_notebook(lab, "solution", lab.solution(), executor, compat=compat)
    released = grade_notebook(lab, "released", lab.released(), executor, compat=compat)
    findings: list[Finding] = []
    cannot = (
        ("solution", solved, N_("The solution could not be run:")),
        ("released", released, N_("The released notebook could not be run:")),
    )
    for name, graded, template in cannot:
        if graded.problem is not None:
            findings.append(Finding("not_run", "", template, {"which": name}))
            # Why it is, as a finding of its own: it is put into words in the language of whoever reads it.
            problem = graded.problem
            findings.append(Finding(problem["code"], "", problem["template"], problem["params"]))
    if findings:
        return LabReport((), tuple(findings))
    empty = {question.id: question for question in released.questions}
    reports = []
    for question in solved.questions:
        other = empty[question.id]
        found = [*_solution_faults(question, solved), *_released_faults(other)]
        findings += found
        reports.append(
            QuestionReport(
                id=question.id,
                title=question.title,
                kind=question.kind,
                max_points=question.max_points,
                solution_points=question.points,
                released_points=other.points,
                holds=not found,
            )
        )
    seconds = round(solved.wall_seconds + released.wall_seconds, 3)
    return LabReport(tuple(reports), tuple(findings), lab.warnings, seconds)


def _solution_faults(question: QuestionGrade, solved: Graded) -> list[Finding]:
    if question.points is None or question.kind is not Kind.AUTOGRADED or question.points == question.max_points:
        return []
    params = {"question": question.id, "points": str(question.points), "max_points": str(question.max_points)}
    reason = next((check.staff_message for check in question.checks if check.passed is False), "")
    flags = [flag for flag in solved.flags if flag.cell == question.id] if not reason else []
    if not flags and (reason := reason or _first_failure(solved)):  # Python's own words
        template = N_("%(question)s: the solution earns %(points)s of %(max_points)s points: %(reason)s")
        return [Finding("solution", question.id, template, {**params, "reason": reason})]
    template = N_("%(question)s: the solution earns %(points)s of %(max_points)s points.")
    return [
        Finding("solution", question.id, template, params),
        *(Finding(flag.code, question.id, flag.template, flag.params) for flag in flags[:1]),
    ]


def _first_failure(solved: Graded) -> str:
    """A cell of the solution that raised: often why a test later on fails."""
    for cell in (solved.notebook or {}).get("cells", ()):
        for output in cell.get("outputs", ()):
            if output.get("output_type") == "error":
                return f"{output.get('ename')}: {output.get('evalue')}"
    return ""


def _released_faults(question: QuestionGrade) -> list[Finding]:
    if not question.points:
        return []
    params = {"question": question.id, "points": str(question.points)}
    template = N_("%(question)s: the released notebook earns %(points)s points with nothing done; test more.")
    return [Finding("released", question.id, template, params)]
