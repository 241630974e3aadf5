"""What nbgrader's cell metadata says of one cell, read from any of its schemas (0 to 3) as schema 3.

Owns `Mark`, the view; `read_mark`, which upgrades and checks; and nbgrader's checksum. Of a student's notebook only
`claimed_id` is ever read: which cell of the lab this one says to be.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from seodang.grade.errors import LabProblem
from seodang.i18n import N_

SCHEMA = 3
_KEYS = ("schema_version", "grade", "solution", "locked", "task", "grade_id", "points", "checksum", "cell_type")
_ID = re.compile(r"[a-zA-Z0-9_\-]*")
MAX_POINTS = 1_000_000


@dataclass(frozen=True)
class Mark:
    """Schema 3. `locked` is what the metadata says; `is_locked` is what nbgrader makes of it."""

    grade_id: str = ""
    is_grade: bool = False
    is_solution: bool = False
    is_task: bool = False
    locked: bool = False
    points: float | int | None = None
    checksum: str = ""
    cell_type: str = ""

    @property
    def is_locked(self) -> bool:
        """Restored when marked: read-only cells and tests, never an answer."""
        return not self.is_solution and (self.is_grade or self.locked)

    @property
    def is_marked(self) -> bool:
        return self.is_grade or self.is_solution or self.is_task or self.locked

    @property
    def max_points(self) -> Decimal:
        return Decimal(0) if self.points is None else Decimal(str(self.points))

    def as_metadata(self) -> dict[str, Any]:
        """The `nbgrader` dict of schema 3."""
        found: dict[str, Any] = {"schema_version": SCHEMA, "grade": self.is_grade}
        found |= {"solution": self.is_solution, "locked": self.locked}
        if self.is_task:
            found["task"] = True
        if self.grade_id:
            found["grade_id"] = self.grade_id
        if self.points is not None:
            found["points"] = self.points
        return found


def upgraded_metadata(raw: Mapping[str, Any], mark: Mark) -> dict[str, Any]:
    """The same `nbgrader` dict in schema 3, as `nbgrader update` writes it: keys it does not know are dropped."""
    kept = {key: raw[key] for key in _KEYS if key in raw}
    if not raw.get("schema_version", 0) and not mark.is_grade:
        kept.pop("points", None)
    return kept | mark.as_metadata()


def claimed_id(metadata: Mapping[str, Any]) -> str:
    """The grade_id that a student's cell bears, "" where it bears none. Everything else it says is not read."""
    nbgrader = metadata.get("nbgrader")
    grade_id = nbgrader.get("grade_id") if isinstance(nbgrader, dict) else None
    return grade_id if isinstance(grade_id, str) else ""


def checksum(mark: Mark, cell_type: str, source: str) -> str:
    """nbgrader's checksum: which cell this is, its source, and what it is worth."""
    parts = [source, cell_type, str(mark.is_grade), str(mark.is_solution), str(mark.is_locked), mark.grade_id]
    if mark.is_grade:
        parts.append(str(float(mark.points or 0)))
    return hashlib.md5("".join(parts).encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest()


def read_mark(metadata: Mapping[str, Any], cell_type: str, number: int) -> tuple[Mark | None, list[LabProblem]]:
    """What the metadata of a source cell says; None for a cell that nbgrader does not know.

    number: counted from 1 in the notebook, to name a cell without an id.
    """
    raw = metadata.get("nbgrader")
    if raw is None or raw == {}:
        return None, []
    place = f"#{number}"
    if not isinstance(raw, dict):
        return None, [LabProblem("metadata", N_("its nbgrader metadata is no mapping."), cell=place)]
    version = raw.get("schema_version", 0)
    if isinstance(version, bool) or not isinstance(version, int):
        return None, [LabProblem("metadata", N_("its nbgrader schema version is no whole number."), cell=place)]
    if version > SCHEMA:
        template = N_("it is written in nbgrader's schema %(version)s; schemas up to %(known)s are known.")
        return None, [LabProblem("schema_too_new", template, {"version": version, "known": SCHEMA}, cell=place)]
    mark = _upgraded(raw, version, cell_type)
    if mark is None:
        return None, []
    return mark, _problems(mark, raw, version, cell_type, place)


def _upgraded(raw: Mapping[str, Any], version: int, cell_type: str) -> Mark | None:
    """nbgrader's own upgrade: absent flags are false; in schema 0 a cell without any flag is an ordinary one."""
    grade, solution, locked = (bool(raw.get(key, False)) for key in ("grade", "solution", "locked"))
    task = bool(raw.get("task", False))
    if version == 0 and not (grade or solution or locked):
        return None
    points = raw.get("points")
    if version == 0:
        points = _points_of_schema_0(points) if grade else None
    elif not (grade or task):
        points = None
    grade_id, kept = raw.get("grade_id"), raw.get("checksum")
    return Mark(
        grade_id=grade_id if isinstance(grade_id, str) else "",
        is_grade=grade,
        is_solution=solution,
        is_task=task,
        locked=locked,
        points=points if _is_number(points) else None,
        checksum=kept if isinstance(kept, str) else "",
        cell_type=cell_type,
    )


def _points_of_schema_0(points: Any) -> Any:
    if points is None or points == "":
        return 0.0
    try:
        return max(0.0, float(points))
    except (TypeError, ValueError):
        return points


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _problems(mark: Mark, raw: Mapping[str, Any], version: int, cell_type: str, place: str) -> list[LabProblem]:
    found: list[LabProblem] = []
    if not mark.is_marked:
        return found

    def add(code: str, template: str, **params: Any) -> None:
        found.append(LabProblem(code, template, params, cell=mark.grade_id or place))

    if not mark.grade_id:
        add("no_id", N_("it has no grade_id."))
    elif not _ID.fullmatch(mark.grade_id):
        add("bad_id", N_("its grade_id may hold letters, digits, “-” and “_” only."))
    for key in ("grade", "solution", "locked", "task"):
        if version and not isinstance(raw.get(key, False), bool):
            add("metadata", N_("“%(key)s” in its nbgrader metadata must be true or false."), key=key)
    if mark.is_grade or mark.is_task:
        if mark.points is None:
            add("no_points", N_("it is marked, but does not say how many points it is worth."))
        elif not 0 <= mark.points <= MAX_POINTS:
            add("bad_points", N_("its points must be between 0 and %(most)s."), most=MAX_POINTS)
    if mark.is_task:
        if cell_type != "markdown":
            add("task_not_markdown", N_("a task must be a Markdown cell."))
    elif cell_type == "markdown" and mark.is_grade and not mark.is_solution:
        add("markdown_test", N_("a Markdown cell cannot hold tests; mark it as a manually graded answer."))
    elif cell_type == "markdown" and mark.is_solution and not mark.is_grade:
        add(
            "markdown_answer",
            N_("a Markdown answer is read by a person, so it must say how many points it is worth."),
        )
    return found
