"""Compat mode gives nbgrader's points, cell by cell: nbgrader itself executes and marks the same notebooks."""

from __future__ import annotations

import copy
import json
import warnings
from decimal import Decimal
from pathlib import Path

import nbformat
import pytest
from nbgrader.preprocessors import Execute
from nbgrader.utils import determine_grade, is_grade
from tests.grade import oracle
from tests.grade.notebooks import answer, as_bytes, checked, locked, notebook

from seodang.grade.execute import Executor
from seodang.grade.grade import grade_bytes
from seodang.grade.lab import Lab
from seodang.run.sandboxes import choose

ANSWERS = [
    "import numpy as np\ndef f(x):\n    print('log')\n    return np.float64(x * x)",
    "def f(x):\n    raise NotImplementedError()",
    "import sys\ndef f(x):\n    if x == 3:\n        print('log', file=sys.stderr)\n    return x * x",
    "import sys\ndef f(x):\n    if x == 1:\n        sys.exit(0)\n    display('shown')\n    return 2 * x",
    "class Yes:\n    __eq__ = lambda self, other: True\ndef f(x):\n    return Yes() if x > 1 else '1.0'",
]
SOURCE = notebook(
    locked("imports", "import math"),
    answer("f", "def f(x):\n    ### BEGIN SOLUTION\n    return x * x\n    ### END SOLUTION"),
    checked("asserts", "assert f(2) == 4\n### BEGIN HIDDEN TESTS\nassert f(3) == 9\n### END HIDDEN TESTS", 2),
    checked("credit", "f(1) / 2", 1),
    checked("whole", "f(1)", 1),
    checked("text", "str(f(1))", 1),
    checked("printed", "print(f(2)); f(2) == 4", 1),
    checked("names", "y = f(2)", 1),
    checked("uses", "assert y == 4\nmath.pi", 4),
)


@pytest.fixture(scope="module")
def executor():
    name = "bubblewrap" if choose("bubblewrap").unavailable() is None else "none"
    with Executor(sandbox=choose(name), workers=2, own_work=True) as executor:
        yield executor


def by_nbgrader(restored: nbformat.NotebookNode, folder: Path) -> dict[str, float | None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        notebook, _ = Execute(timeout=60).preprocess(copy.deepcopy(restored), {"metadata": {"path": str(folder)}})
    found = {}
    for cell in notebook.cells:
        if is_grade(cell):
            try:
                found[cell.metadata.nbgrader.grade_id] = determine_grade(cell)[0]
            except ValueError:  # a number above the maximum: nbgrader marks nothing then
                found[cell.metadata.nbgrader.grade_id] = 0
    return found


def by_us(lab: Lab, data: bytes, executor: Executor) -> dict[str, float | None]:
    graded = grade_bytes(lab, "kim.ipynb", data, executor, compat=True)
    assert graded.problem is None
    tasks = {cell.grade_id for cell in lab.cells if cell.mark is not None and cell.mark.is_task}
    return {
        question.id: None if question.points is None else float(question.points)
        for question in graded.questions
        if question.id not in tasks
    }


def handed_in(lab: Lab, answers: str) -> dict:
    released = json.loads(json.dumps(lab.release()))
    for cell in released["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("grade_id") == "f":
            cell["source"] = answers
    return released


def restored(lab: Lab, released: dict) -> nbformat.NotebookNode:
    """What nbgrader executes: the saved tests, hidden parts included, back in the student's notebook."""
    document = copy.deepcopy(released)
    for cell in document["cells"]:
        grade_id = cell["metadata"].get("nbgrader", {}).get("grade_id")
        lab_cell = lab.by_id.get(grade_id)
        if lab_cell is not None and lab_cell.mark.is_locked:
            cell["source"] = lab_cell.saved
    return nbformat.from_dict(document)


def test_compat_points_are_nbgraders_on_generated_notebooks(executor, tmp_path: Path):
    lab = Lab.read(as_bytes(SOURCE), name="lab.ipynb")
    for source in ANSWERS:
        released = handed_in(lab, source)
        ours = by_us(lab, json.dumps(released).encode(), executor)
        assert ours == by_nbgrader(restored(lab, released), tmp_path), source


@pytest.mark.parametrize("student", ["bitdiddle", "hacker"])
@pytest.mark.parametrize("problem", ["problem1", "problem2"])
def test_compat_points_are_nbgraders_on_its_own_example(executor, student, problem, tmp_path: Path):
    guide = oracle.USER_GUIDE
    source, submitted = guide / f"source/ps1/{problem}.ipynb", guide / f"submitted/{student}/ps1/{problem}.ipynb"
    lab = Lab.read(source.read_bytes(), name=source.name)
    document = oracle.read(submitted)
    ours = by_us(lab, submitted.read_bytes(), executor)
    theirs = by_nbgrader(restored(lab, document), tmp_path)
    manual = {question.id for question in lab.questions if question.kind == "manual"}
    assert {key: value for key, value in ours.items() if key not in manual} == {
        key: value for key, value in theirs.items() if key not in manual
    }


def test_default_points_are_the_same_where_nbgrader_is_right(executor):
    lab = Lab.read(as_bytes(SOURCE), name="lab.ipynb")
    released = handed_in(lab, "def f(x):\n    return x * x")
    graded = grade_bytes(lab, "kim.ipynb", json.dumps(released).encode(), executor)
    assert {question.id: question.points for question in graded.questions} == {
        "asserts": 2,
        "credit": Decimal("0.5"),
        "whole": 1,
        "text": 1,
        "printed": 1,
        "names": 1,
        "uses": Decimal("3.141593"),
    }
