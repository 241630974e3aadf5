"""nbgrader itself, as the oracle: its steps run on notebooks in memory, without its database."""

from __future__ import annotations

import os
import sys
import warnings
from pathlib import Path
from typing import Any

import nbformat
import nbgrader
from nbgrader import utils
from nbgrader.nbgraderformat import MetadataValidator
from nbgrader.preprocessors import (
    CheckCellMetadata,
    ClearHiddenTests,
    ClearMarkScheme,
    ClearOutput,
    ClearSolutions,
    ComputeChecksums,
    LockCells,
)

# nbgrader starts alembic by its bare name when it makes a database.
os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])

WHEEL = Path(nbgrader.__file__).parent
USER_GUIDE = WHEEL / "docs/source/user_guide"
BEFORE_SAVING = (LockCells, ClearSolutions, ClearOutput, CheckCellMetadata, ComputeChecksums)
AFTER_SAVING = (ClearHiddenTests, ClearMarkScheme, ComputeChecksums, CheckCellMetadata)


def notebooks() -> list[Path]:
    """Every notebook that nbgrader's wheel carries."""
    return sorted(WHEEL.rglob("*.ipynb"))


def read(path: Path) -> nbformat.NotebookNode:
    """A source notebook as `nbgrader update` leaves it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        notebook = nbformat.read(path, as_version=4)
    return MetadataValidator().upgrade_notebook_metadata(notebook)


def run(notebook: nbformat.NotebookNode, steps: tuple[type, ...]) -> nbformat.NotebookNode:
    resources: dict[str, Any] = {}
    for step in steps:
        notebook, resources = step().preprocess(notebook, resources)
    return notebook


def release(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    return run(run(notebook, BEFORE_SAVING), AFTER_SAVING)


def saved(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """What nbgrader keeps in its database, and puts back into submissions."""
    return run(notebook, BEFORE_SAVING)


def points(cell_type: str, nbgrader_metadata: dict[str, Any], source: str, outputs: list[dict[str, Any]]) -> Any:
    """nbgrader's determine_grade: (points or None, max)."""
    cell = nbformat.from_dict(
        {
            "cell_type": cell_type,
            "metadata": {"nbgrader": nbgrader_metadata},
            "source": source,
            "outputs": outputs,
        }
    )
    return utils.determine_grade(cell)
