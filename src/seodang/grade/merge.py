"""What to execute of a submission: the student's answers among the lab's own tests and read-only cells.

The lab says what every cell is; of the student's metadata only `grade_id` is read, to find the cell again. Tests
and read-only cells get the lab's source back. The order is the submission's.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from seodang.grade.cells import claimed_id
from seodang.grade.errors import SubmissionRefused
from seodang.grade.lab import Lab, LabCell, LabTest
from seodang.grade.notebook import Cell, Notebook
from seodang.grade.results import Flag, Severity
from seodang.i18n import N_

# A notebook that has less of the lab's cells than this share belongs to another lab. So does one that has less than
# half of them and more marked cells that the lab does not know: labs of one course share names such as “why”.
LEAST_SHARE = 0.2
LEAST_SHARE_AMONG_OTHERS = 0.5
_RESTORED_ROLES = frozenset({"test", "locked", "task"})


@dataclass(frozen=True)
class MergedCell:
    """One cell to execute (where `cell_type` is "code") or to show.

    index: its place in the submission, counted from 0.
    role: "code", "markdown", "raw" (the student's own), "answer", "test", "manual", "task", "locked".
    source: what the student handed in, or the lab's own; of a test the VISIBLE part.
    test: the whole test, which never enters the student's process before all answers have run.
    is_unchanged: a manual answer as it was handed out.
    """

    index: int
    grade_id: str
    role: str
    cell_type: str
    source: str
    test: LabTest | None = None
    is_unchanged: bool = False


@dataclass(frozen=True)
class Merged:
    """missing: grade_ids of the lab that the submission lacks, in the lab's order."""

    cells: tuple[MergedCell, ...]
    flags: tuple[Flag, ...] = ()
    missing: tuple[str, ...] = ()

    def find(self, grade_id: str) -> MergedCell | None:
        return next((cell for cell in self.cells if cell.grade_id == grade_id), None)


def merge(lab: Lab, submission: Notebook, *, compat: bool = False) -> Merged:
    """Line a submission up with its lab.

    compat: of cells that appear twice the last one counts, as in nbgrader; otherwise the last one that the student
        changed does, and copies of an unchanged answer are not run.

    Raises:
        SubmissionRefused: the notebook belongs to another lab.
    """
    places: dict[str, list[int]] = defaultdict(list)
    unknown: set[str] = set()
    for index, cell in enumerate(submission.cells):
        grade_id = claimed_id(cell.metadata)
        if grade_id in lab.by_id:
            places[grade_id].append(index)
        elif grade_id:
            unknown.add(grade_id)
    _refuse_another_lab(lab, len(places), len(unknown), compat)
    flags: list[Flag] = []
    counted: dict[int, LabCell] = {}
    idle: set[int] = set()
    for grade_id, indexes in places.items():
        lab_cell = lab.by_id[grade_id]
        chosen = indexes[-1] if compat else _chosen(lab_cell, submission, indexes)
        counted[chosen] = lab_cell
        if len(indexes) > 1:
            flags.append(_duplicated(grade_id, indexes, chosen))
            if not compat and lab_cell.mark is not None and lab_cell.mark.is_solution:
                idle |= {i for i in indexes if i != chosen and _is_stub(lab_cell, submission.cells[i])}
    cells = []
    for index, cell in enumerate(submission.cells):
        if index in counted:
            cells.append(_of_lab(counted[index], cell, index, compat, flags))
        elif index in idle:
            cells.append(MergedCell(index, "", "raw", "raw", cell.source))
        else:
            cells.append(MergedCell(index, "", cell.cell_type, cell.cell_type, cell.source))
    missing = tuple(grade_id for grade_id in lab.by_id if grade_id not in places)
    flags += [_missing(lab.by_id[grade_id]) for grade_id in missing]
    return Merged(tuple(cells), tuple(flags), missing)


def _refuse_another_lab(lab: Lab, found: int, unknown: int, compat: bool) -> None:
    expected = len(lab.by_id)
    least = expected * (LEAST_SHARE_AMONG_OTHERS if unknown > found else LEAST_SHARE)
    if expected == 0 or (found > 0 and (compat or found >= least)):
        return
    template = N_("The notebook does not belong to this lab: it has %(found)s of its %(expected)s marked cells.")
    if found == 0:
        template = N_("The notebook does not belong to this lab: it has none of its %(expected)s marked cells.")
    raise SubmissionRefused(
        template,
        hint=N_(
            "Hand in the notebook that you downloaded for “%(title)s”. If you copied your work into a new "
            "notebook, copy it into the downloaded one instead: its cells carry marks that a copy loses."
        ),
        code="another_lab",
        found=found,
        expected=expected,
        title=lab.title,
    )


def _chosen(lab_cell: LabCell, submission: Notebook, indexes: Sequence[int]) -> int:
    """Of the places of one cell: the last that the student changed, for answers; else the last."""
    if lab_cell.mark is not None and lab_cell.mark.is_solution:
        changed = [index for index in indexes if not _is_stub(lab_cell, submission.cells[index])]
        if changed:
            return changed[-1]
    return indexes[-1]


def _is_stub(lab_cell: LabCell, cell: Cell) -> bool:
    """As it was handed out; blanks at its end do not count, which text forms do not keep."""
    return cell.source.rstrip() == lab_cell.released.rstrip()


def _of_lab(lab_cell: LabCell, cell: Cell, index: int, compat: bool, flags: list[Flag]) -> MergedCell:
    role, source = lab_cell.role, cell.source
    if role in _RESTORED_ROLES:
        source = lab_cell.released
        if cell.source.rstrip() != source.rstrip():
            flags.append(
                _told("cell_restored", N_("The cell was changed; the lab's own text was put back."), lab_cell)
            )
    if cell.cell_type != lab_cell.cell_type:
        params = {"from": cell.cell_type, "to": lab_cell.cell_type}
        template = N_("The cell's type was changed from %(to)s to %(from)s; it was put back.")
        flags.append(_told("type_restored", template, lab_cell, **params))
    # nbgrader compares with what it saved, hidden parts included.
    unchanged = source == lab_cell.saved if compat else _is_stub(lab_cell, cell)
    return MergedCell(
        index=index,
        grade_id=lab_cell.grade_id,
        role=role,
        cell_type=lab_cell.cell_type,
        source=source,
        test=lab_cell.test,
        is_unchanged=role == "manual" and unchanged,
    )


def _told(code: str, template: str, lab_cell: LabCell, **params: Any) -> Flag:
    return Flag(code, Severity.INFO, template, params, cell=lab_cell.grade_id)


def _duplicated(grade_id: str, indexes: Sequence[int], chosen: int) -> Flag:
    template = N_("The cell appears %(count)s times (cells %(places)s); cell #%(chosen)s counts.")
    places = ", ".join(f"#{index + 1}" for index in indexes[:20]) + (", …" if len(indexes) > 20 else "")
    params = {"count": len(indexes), "places": places, "chosen": chosen + 1}
    return Flag("cell_duplicated", Severity.INFO, template, params, cell=grade_id)


def _missing(lab_cell: LabCell) -> Flag:
    templates = {
        "test": N_("The test was deleted; it earns no points."),
        "manual": N_("The answer was deleted; it earns no points."),
        "answer": N_("The answer's cell was deleted."),
        "task": N_("The task's cell was deleted; a person marks what there is."),
    }
    template = templates.get(lab_cell.role, N_("A read-only cell was deleted."))
    return _told("cell_missing", template, lab_cell)
