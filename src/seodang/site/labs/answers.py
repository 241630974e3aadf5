"""An answer as the person who marks it reads it, and what the teacher says of its question.

Everything a student wrote comes out as text for the template to escape, or through the allow-list of
`grade.feedback`. What the teacher says (mark schemes, their own answer) is for staff alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from seodang.site.labs.highlight import code_lines
from seodang.site.labs.models import LabRevision, Submission
from seodang.site.labs.services import inputs
from seodang.site.labs.services.marking import notebook_of

if TYPE_CHECKING:
    from seodang.grade.lab import Lab as GradeLab
    from seodang.grade.merge import Merged, MergedCell

MOST_CELLS = 60
OUTPUT_CHARACTERS = 3_000_000


@dataclass(frozen=True)
class NumberedLine:
    number: int
    html: SafeString


@dataclass(frozen=True)
class AnswerCell:
    """kind: "markdown" (with `html`) or "code" (with `lines`). outputs: what the cell printed and drew."""

    kind: str
    source: str
    html: str = ""
    lines: tuple[NumberedLine, ...] = ()
    outputs: str = ""
    label: str = ""


@dataclass(frozen=True)
class Material:
    """What the teacher wrote: the question's text, how to mark it, and their own answer."""

    text: str = ""
    scheme: str = ""
    model: str = ""
    model_is_code: bool = False


def numbered(source: str, language: str = "python") -> tuple[NumberedLine, ...]:
    return tuple(NumberedLine(n, line) for n, line in enumerate(code_lines(source, language), start=1))


# --- the student's --------------------------------------------------------------------------------------------


def answer_to(submission: Submission, question: str) -> list[AnswerCell]:
    """The cells that answer a question; of a task everything that the student added to the notebook."""
    merged, lab = merged_of(submission)
    if merged is None or lab is None:
        return []
    asked = next((one for one in lab.questions if one.id == question), None)
    if asked is not None and str(asked.kind) == "task":
        cells = list(_added(merged, lab))
    else:
        ids = [*(asked.answer_ids if asked else ()), question]
        found = [merged.find(id) for id in dict.fromkeys(ids)]
        cells = [cell for cell in found if cell is not None and cell.role in {"answer", "manual"}]
    outputs = _outputs(submission, merged)
    several = len(cells) > 1
    return [
        _shown(cell, outputs.get(cell.index, []), lab.language, label=_place(cell) if several else "")
        for cell in cells[:MOST_CELLS]
    ]


def merged_of(submission: Submission) -> tuple[Merged | None, GradeLab | None]:
    """The submission lined up with the revision that marked it; nothing where it can no longer be read."""
    from seodang.grade.errors import GradeError
    from seodang.grade.merge import merge
    from seodang.grade.notebook import read_notebook

    revision = submission.grading.revision if submission.grading else submission.lab.current
    if revision is None:
        return None, None
    try:
        lab = inputs.read_lab(revision, with_data=False)
        with submission.file.open("rb") as file:
            notebook = read_notebook(file.read(), name=submission.filename)
        return merge(lab, notebook), lab
    except (GradeError, OSError):
        return None, None


def _added(merged: Merged, lab: GradeLab) -> Iterator[MergedCell]:
    """Cells of the student's own: neither the lab's marked ones nor its plain text handed out as it is."""
    given = {(cell.cell_type, cell.released.strip()) for cell in lab.cells}
    for cell in merged.cells:
        own = cell.role in {"code", "markdown"} and cell.source.strip()
        if own and (cell.cell_type, cell.source.strip()) not in given:
            yield cell


def _outputs(submission: Submission, merged: Merged) -> dict[int, list[Any]]:
    """By a cell's place in the notebook, what it put out when it ran."""
    notebook = notebook_of(submission.grading)
    ran = notebook.get("cells", []) if notebook else []
    if len(ran) != len(merged.cells):
        return {}
    return {index: cell.get("outputs") or [] for index, cell in enumerate(ran) if isinstance(cell, dict)}


def _shown(cell: MergedCell, outputs: list[Any], language: str, *, label: str) -> AnswerCell:
    from seodang.grade.feedback import prose
    from seodang.grade.feedback.outputs import Budget, shown

    if cell.cell_type == "markdown":
        return AnswerCell("markdown", cell.source, mark_safe(prose.from_markdown(cell.source)), label=label)  # noqa: S308
    drawn = mark_safe(shown(outputs, Budget(OUTPUT_CHARACTERS)))  # noqa: S308 - sanitised by grade.feedback
    return AnswerCell("code", cell.source, lines=numbered(cell.source, language), outputs=drawn, label=label)


def _place(cell: MergedCell) -> str:
    return cell.grade_id or _("Cell %(number)s") % {"number": cell.index + 1}


# --- the teacher's --------------------------------------------------------------------------------------------


def material(revision: LabRevision | None, question: str) -> Material:
    """What the source says of a question: the text above it, its mark scheme, the teacher's answer."""
    from seodang.grade.errors import GradeError

    if revision is None:
        return Material()
    try:
        lab = inputs.read_lab(revision, with_data=False)
    except (GradeError, OSError):
        return Material()
    cell = lab.by_id.get(question)
    if cell is None:
        return Material()
    above = _text_above(lab, cell.index)
    if cell.role == "task":
        shown = "\n\n".join(part for part in (above, cell.released) if part.strip())
        return Material(shown, _region(cell.cell.source, "MARK SCHEME", question))
    model = _region(cell.cell.source, "SOLUTION", question) or cell.cell.source
    return Material(above, "", model.strip(), cell.cell_type == "code")


def _text_above(lab: GradeLab, index: int) -> str:
    """The text cells right above a question, up to the last one that is marked or runs."""
    found: list[str] = []
    for cell in reversed(lab.cells[:index]):
        if cell.cell_type != "markdown" or cell.role not in {"markdown", "locked"}:
            break
        found.insert(0, cell.released)
    return "\n\n".join(found).strip()


def _region(source: str, kind: str, cell: str) -> str:
    """What stands between the marks of that kind."""
    from seodang.grade import regions

    lines = source.split("\n")
    found = regions.find(source, kind, cell=cell).regions
    return "\n\n".join("\n".join(lines[one.first : one.last - 1]) for one in found).strip()
