"""The points of a lab as rows of a table, for staff: one row for each enrolled student.

Column names are the same in every language, for programs that read them; times are ISO 8601 in the course's zone.
Names and titles were typed by people, so every cell goes through `web.csvsafe.guard`.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from seodang.site.labs.models import Lab
from seodang.site.labs.services.points import class_standings
from seodang.site.web.csvsafe import csv_lines, guard


def export_rows(*, lab: Lab) -> Iterator[list[Any]]:
    """Rows for a CSV writer, the first one being the column names; a question's column is named by its id."""
    asked = list(lab.current.questions) if lab.current else []
    header: list[Any] = [
        *("student_number", "name", "email", "state", "attempt", "attempts", "submitted_at", "late_days"),
        *("earned", "penalty", "total", "max_points"),
        *(question["id"] for question in asked),
    ]
    yield [guard(cell) for cell in header]
    for row in class_standings(lab):
        points = row.points
        about = [row.student_number, row.user.name, row.user.email, str(row.state)]
        if points is None or row.submission is None:
            numbers: list[Any] = [None, row.n_attempts, None, None, None, None, None, None] + [None] * len(asked)
        else:
            at = row.submission.submitted_at.astimezone(lab.course.tz).isoformat(timespec="seconds")
            sums = [points.raw, points.penalty, points.total] if points.marked else [None] * 3
            numbers = [row.submission.attempt, row.n_attempts, at, points.late_days]
            numbers += [_plain(value) for value in (*sums, points.max_points)]
            found = {question.id: question.points for question in points.questions}
            numbers += [_plain(found.get(question["id"])) for question in asked]
        yield [guard(cell) for cell in [*about, *numbers]]


def export_csv(lab: Lab) -> Iterator[bytes]:
    """The same as the bytes of a CSV file, line by line."""
    rows = export_rows(lab=lab)
    return (line.encode() for line in csv_lines(next(rows), rows))


def _plain(value: Decimal | None) -> str | None:
    """12.500 → "12.5", without an exponent."""
    return None if value is None else format(value.normalize() if value else Decimal(0), "f")
