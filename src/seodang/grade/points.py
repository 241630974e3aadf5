"""All rules of points: what a submission earns for each question. Pure functions on plain values.

Default mode reads what the tests' own process reported (`TestRun`). Compat mode reads cell outputs as nbgrader 0.9
does, its oddities included: see `nbgrader_points`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from seodang.grade.execute.executed import Executed, ExecutedCell, Outcome, TestRun
from seodang.grade.lab import Lab, LabQuestion, LabTest
from seodang.grade.merge import Merged, MergedCell
from seodang.grade.results import Check, Flag, Kind, QuestionGrade, Severity, Status
from seodang.i18n import N_

VISIBLE_TITLE = N_("Visible tests")
HIDDEN_TITLE = N_("Hidden tests")
_ZERO = Decimal(0)
_PLACES = Decimal("0.000001")
_OUTCOMES = {
    Outcome.FAILED: Status.FAILED,
    Outcome.TIMEOUT: Status.TIMEOUT,
    Outcome.CRASHED: Status.CRASHED,
    Outcome.TAMPERED: Status.TAMPERED,
    Outcome.NOT_RUN: Status.CRASHED,
}


@dataclass(frozen=True)
class Marks:
    """The questions' grades, and what giving them found (see `seodang.grade.results.Flag`)."""

    questions: tuple[QuestionGrade, ...]
    flags: tuple[Flag, ...] = ()


class BadCredit(ValueError):
    """A value that cannot be points of its cell: negative, above the maximum, infinite or no number."""


def mark(lab: Lab, merged: Merged, executed: Executed, *, compat: bool = False) -> Marks:
    """Every question's grade, in the lab's order, and the flags that come with them."""
    placed = {cell.grade_id: cell for cell in merged.cells if cell.grade_id}
    ran = {cell.index: cell for cell in executed.cells}
    questions: list[QuestionGrade] = []
    flags: list[Flag] = []
    for question in lab.questions:
        cell = placed.get(question.id)
        if question.kind is not Kind.AUTOGRADED:
            questions.append(_read_by_a_person(question, cell, compat))
        elif cell is None:
            # nbgrader leaves a deleted test to a person.
            questions.append(
                _grade(question, None if compat else _ZERO, Status.WAITING if compat else Status.MISSING)
            )
        else:
            run = executed.tests.get(question.id)
            rule = _compat if compat else _default
            grade, found = rule(question, lab.tests[question.id], run, ran.get(cell.index))
            questions.append(grade)
            flags += found
    return Marks(tuple(questions), tuple(flags))


def question_grades(
    lab: Lab, merged: Merged, executed: Executed, *, compat: bool = False
) -> tuple[QuestionGrade, ...]:
    """`mark` without its flags."""
    return mark(lab, merged, executed, compat=compat).questions


def _grade(question: LabQuestion, points: Decimal | None, status: Status, **more: Any) -> QuestionGrade:
    return QuestionGrade(
        id=question.id,
        title=question.title,
        kind=question.kind,
        max_points=question.max_points,
        points=points,
        status=status,
        answer_ids=question.answer_ids,
        **more,
    )


def _read_by_a_person(question: LabQuestion, cell: MergedCell | None, compat: bool) -> QuestionGrade:
    if question.kind is Kind.MANUAL and cell is None and not compat:
        return _grade(question, _ZERO, Status.MISSING)
    if question.kind is Kind.MANUAL and cell is not None and cell.is_unchanged:
        return _grade(question, _ZERO, Status.UNCHANGED)
    return _grade(question, None, Status.WAITING)


# --- default mode ---------------------------------------------------------------------------------------------


def _default(
    question: LabQuestion, test: LabTest, run: TestRun | None, _ran: ExecutedCell | None
) -> tuple[QuestionGrade, list[Flag]]:
    if run is None:
        return _grade(question, _ZERO, Status.CRASHED, checks=_checks(test, None)), []
    checks = _checks(test, run)
    if run.outcome is not Outcome.PASSED:
        return _grade(question, _ZERO, _OUTCOMES[run.outcome], checks=checks, seconds=run.seconds), []
    try:
        points = partial_credit(run.value, run.value_kind, question.max_points)
    except BadCredit:
        flag = _bad_credit(question, run.value)
        return _grade(question, _ZERO, Status.FAILED, checks=checks, seconds=run.seconds), [flag]
    return _grade(question, points, _status(points, question.max_points), checks=checks, seconds=run.seconds), []


def partial_credit(value: float | None, value_kind: str, max_points: Decimal) -> Decimal:
    """What a test that passed earns, by the value of its last expression.

    A real number is partial credit, whatever its type (int, float, NumPy's); anything else, a bool included, and no
    value at all earn full points.

    Raises:
        BadCredit: a number that is negative, above the maximum, infinite or NaN.
    """
    if value is None or value_kind.rpartition(".")[2] in {"bool", "bool_"}:
        return max_points
    if not math.isfinite(value) or not 0 <= value <= float(max_points):
        raise BadCredit(value)
    return min(_decimal(value), max_points)


def _decimal(value: float) -> Decimal:
    """Six places, without zeros at the end."""
    rounded = Decimal(repr(float(value))).quantize(_PLACES)
    whole = rounded.to_integral_value()
    return whole if whole == rounded else rounded.normalize()


def _status(points: Decimal, max_points: Decimal) -> Status:
    if points >= max_points:
        return Status.PASSED
    return Status.PARTIAL if points > 0 else Status.FAILED


def _bad_credit(question: LabQuestion, value: float | None) -> Flag:
    template = N_("The test gave %(value)s points of %(most)s; such a value earns nothing.")
    params = {"value": "?" if value is None else f"{value:g}", "most": str(question.max_points)}
    return Flag("bad_credit", Severity.LOOK, template, params, cell=question.id)


# --- compat mode ----------------------------------------------------------------------------------------------


def _compat(
    question: LabQuestion, test: LabTest, run: TestRun | None, ran: ExecutedCell | None
) -> tuple[QuestionGrade, list[Flag]]:
    outputs = run.outputs if run is not None else ran.outputs if ran is not None else ()
    seconds = run.seconds if run is not None else ran.seconds if ran is not None else 0.0
    checks = _checks(test, run)
    outcome = Outcome.NOT_RUN if run is None and ran is None else run.outcome if run is not None else Outcome.PASSED
    stopped = outcome in {Outcome.TIMEOUT, Outcome.CRASHED, Outcome.NOT_RUN, Outcome.TAMPERED}
    if stopped or (run is not None and run.error is not None and not has_failed(outputs) and not outputs):
        return _grade(question, _ZERO, _OUTCOMES.get(outcome, Status.FAILED), checks=checks, seconds=seconds), []
    try:
        earned = nbgrader_points(outputs, float(question.max_points))
    except BadCredit:
        return _grade(question, _ZERO, Status.FAILED, checks=checks, seconds=seconds), [_bad_credit(question, None)]
    points = Decimal(repr(earned)) if earned != float(question.max_points) else question.max_points
    return _grade(question, points, _status(points, question.max_points), checks=checks, seconds=seconds), []


def has_failed(outputs: Sequence[Mapping[str, Any]]) -> bool:
    """Whether nbgrader sees an error here: a traceback, or anything at all on stderr."""
    return any(_is_failure(output) for output in outputs)


def nbgrader_points(outputs: Sequence[Mapping[str, Any]], max_points: float) -> float:
    """What nbgrader's `determine_grade` gives for the outputs of a test cell.

    The first output that tells decides: an error or any stderr gives 0; a result whose text reads as a number
    from 0 on gives that number; any other result, negative numbers and NaN among them, gives full points.

    Raises:
        BadCredit: where nbgrader itself stops with an error, and no cell of the notebook is marked: a number above
            the maximum, or a result without text.
    """
    for output in outputs:
        if _is_failure(output):
            return 0.0
        if output.get("output_type") == "execute_result":
            return _credit_of_text(output, max_points)
    return max_points


def _is_failure(output: Mapping[str, Any]) -> bool:
    kind = output.get("output_type")
    return kind == "error" or (kind == "stream" and output.get("name") == "stderr")


def _credit_of_text(output: Mapping[str, Any], max_points: float) -> float:
    data = output.get("data")
    text = data.get("text/plain") if isinstance(data, Mapping) else None
    if not text:
        raise BadCredit("a result without text")
    if isinstance(text, list | tuple):
        if len(text) > 1:
            return max_points
        text = text[0]
    try:
        value = float(text)
    except (ValueError, TypeError):
        return max_points
    if not value >= 0.0:
        return max_points
    if value > max_points:
        raise BadCredit(value)
    return value


# --- checks ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Part:
    title: str
    visible: bool
    first: int
    last: int


def _checks(test: LabTest, run: TestRun | None) -> tuple[Check, ...]:
    """The test's parts in their order, and how far the test came."""
    parts = list(_parts(test))
    if run is None or run.outcome in {Outcome.NOT_RUN, Outcome.CRASHED, Outcome.TAMPERED}:
        return tuple(Check(part.title, part.visible, None) for part in parts)
    if run.outcome is Outcome.PASSED:
        return tuple(Check(part.title, part.visible, True) for part in parts)
    error = run.error
    line = error.line if error is not None else None
    told = f"{error.ename}: {error.evalue}".removesuffix(": ") if error is not None else ""
    if line is None:
        return tuple(Check(part.title, part.visible, None, "", told) for part in parts)
    lines = test.full.split("\n")
    text = lines[line - 1].strip() if 0 < line <= len(lines) else ""
    checks: list[Check] = []
    for part in parts:
        if part.last < line:
            checks.append(Check(part.title, part.visible, True))
        elif part.first <= line:
            message = f"{told}\n{text}" if text else told
            where = f"{told}\n{line}: {text}"
            checks.append(Check(part.title, part.visible, False, message if part.visible else "", where))
        else:
            checks.append(Check(part.title, part.visible, None))
    return tuple(checks)


def _parts(test: LabTest) -> Iterator[_Part]:
    lines = test.full.split("\n")
    next_line = 1
    for block in test.hidden:
        if _has_code(lines[next_line - 1 : block.first - 1]):
            yield _Part(VISIBLE_TITLE, True, next_line, block.first - 1)
        yield _Part(block.title or HIDDEN_TITLE, False, block.first, block.last)
        next_line = block.last + 1
    if not test.hidden or _has_code(lines[next_line - 1 :]):
        yield _Part(VISIBLE_TITLE, True, next_line, len(lines))


def _has_code(lines: Sequence[str]) -> bool:
    return any(line.strip() and not line.lstrip().startswith("#") for line in lines)
