"""The students' notebook: stubs for solutions, hidden tests and mark schemes out, outputs out, cells locked.

Cell by cell what nbgrader's `generate_assignment` writes, checksums included. One thing is left out besides:
pictures attached to a cell whose released text no longer shows them, which would give the solution away.
"""

from __future__ import annotations

import copy
import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seodang.grade.cells import upgraded_metadata

if TYPE_CHECKING:
    from seodang.grade.lab import Lab, LabCell
    from seodang.grade.notebook import Notebook

# What Jupyter writes about how a cell's output was shown.
_OF_OUTPUTS = ("collapsed", "scrolled")


def release(lab: Lab) -> dict[str, Any]:
    """The released notebook as nbformat 4."""
    metadata = copy.deepcopy(lab.notebook.metadata)
    metadata.pop("celltoolbar", None)
    taken: set[str] = set()
    return {
        "cells": [_cell(cell, lab.notebook.minor, taken) for cell in lab.cells],
        "metadata": metadata,
        "nbformat": 4,
        "nbformat_minor": lab.notebook.minor,
    }


def _cell(lab_cell: LabCell, minor: int, taken: set[str]) -> dict[str, Any]:
    cell = lab_cell.cell
    found: dict[str, Any] = {"cell_type": cell.cell_type}
    if minor >= 5:
        found["id"] = _fresh_id(cell.id, lab_cell.index, taken)
    found["metadata"] = _metadata(lab_cell)
    found["source"] = lab_cell.released
    attachments = {name: file for name, file in (cell.attachments or {}).items() if _is_shown(name, lab_cell)}
    if attachments:
        found["attachments"] = copy.deepcopy(attachments)
    if cell.cell_type == "code":
        found |= {"execution_count": None, "outputs": []}
    return found


def _metadata(lab_cell: LabCell) -> dict[str, Any]:
    metadata = copy.deepcopy(lab_cell.cell.metadata)
    if lab_cell.cell_type == "code":
        for key in _OF_OUTPUTS:
            metadata.pop(key, None)
    mark = lab_cell.mark
    if mark is None:
        metadata.pop("nbgrader", None)
        return metadata
    if mark.is_solution:
        metadata["deletable"] = False
    elif mark.is_grade or mark.is_locked:
        metadata |= {"deletable": False, "editable": False}
    metadata["nbgrader"] = upgraded_metadata(metadata["nbgrader"], mark)
    if mark.is_grade or mark.is_solution or mark.is_locked:
        metadata["nbgrader"] |= {"checksum": lab_cell.released_checksum, "cell_type": lab_cell.cell_type}
    return metadata


def _is_shown(name: str, lab_cell: LabCell) -> bool:
    return lab_cell.released == lab_cell.cell.source or f"attachment:{name}" in lab_cell.released


def _fresh_id(identity: str, index: int, taken: set[str]) -> str:
    """The cell's own id; one made from its place where it has none or shares it."""
    if not identity or identity in taken:
        identity = hashlib.sha256(f"{index}\0{identity}".encode()).hexdigest()[:12]
    taken.add(identity)
    return identity


def as_file(document: dict[str, Any]) -> str:
    """The text of an `.ipynb` file, as Jupyter lays it out: sources as lists of lines, keys sorted."""
    cells = [{**cell, "source": cell["source"].splitlines(keepends=True)} for cell in document["cells"]]
    return json.dumps({**document, "cells": cells}, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def write(document: dict[str, Any], path: Path) -> None:
    """Write a notebook in the form that the path's suffix names.

    Raises:
        GradeError: a suffix that names no form.
    """
    if path.suffix.lower() == ".ipynb":
        text = as_file(document)
    else:
        from seodang.grade._text import write_text_form

        text = write_text_form(document, path)
    path.write_text(text, encoding="utf-8")


def as_document(notebook: Notebook) -> dict[str, Any]:
    """Any notebook as nbformat 4, as it was read: without outputs."""
    taken: set[str] = set()
    cells = []
    for index, cell in enumerate(notebook.cells):
        found: dict[str, Any] = {"cell_type": cell.cell_type, "metadata": copy.deepcopy(cell.metadata)}
        if notebook.minor >= 5:
            found["id"] = _fresh_id(cell.id, index, taken)
        found["source"] = cell.source
        if cell.attachments:
            found["attachments"] = copy.deepcopy(cell.attachments)
        if cell.cell_type == "code":
            found |= {"execution_count": None, "outputs": []}
        cells.append(found)
    metadata = copy.deepcopy(notebook.metadata)
    return {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": notebook.minor}
