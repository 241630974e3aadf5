"""Compat mode against nbgrader itself: what is restored of a submission, and what each cell earns."""

from __future__ import annotations

import copy
import json
from decimal import Decimal
from pathlib import Path

import nbformat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nbgrader.api import Gradebook
from nbgrader.preprocessors import (
    ClearOutput,
    DeduplicateIds,
    OverwriteCells,
    OverwriteKernelspec,
    SaveCells,
)
from nbgrader.utils import determine_grade, is_grade, is_solution, is_task
from tests.grade import oracle
from tests.grade.notebooks import answer, as_bytes, checked, code, locked, manual, markdown, notebook, task

from seodang.grade.cells import claimed_id
from seodang.grade.execute.executed import Executed, ExecutedCell, Outcome, TestRun
from seodang.grade.lab import Lab
from seodang.grade.merge import merge
from seodang.grade.notebook import read_notebook
from seodang.grade.points import BadCredit, mark, nbgrader_points
from seodang.grade.results import Status

SOURCE = notebook(
    markdown("# Lab"),
    locked("read", "import math"),
    markdown("## One"),
    answer("one", "def f():\n    ### BEGIN SOLUTION\n    return 1\n    ### END SOLUTION"),
    checked("test_one", "assert f() == 1\n### BEGIN HIDDEN TESTS\nassert f()\n### END HIDDEN TESTS", 2),
    checked("test_more", "f() / 2", 1),
    markdown("## Two"),
    manual("essay", "Because.", 3),
    manual("plot", "plot()", 2.5, cell_type="code"),
    task("project", "Do.\n=== BEGIN MARK SCHEME ===\nWell.\n=== END MARK SCHEME ===", 4),
    code("print('end')"),
)
NUMBERS = [
    "0",
    "1",
    "0.5",
    " 0.25 ",
    "2",
    "2.0",
    "1e-3",
    "-1",
    "-0.0",
    "nan",
    "inf",
    "1e999",
    "3",
    "1_0",
    "１",
    "1\n",
]
RESULT_TEXTS = st.sampled_from(
    [*NUMBERS, "True", "None", "'1'", "np.float64(0.5)", "", "0x1", "array([1])", "Ellipsis"]
)

TEXTS = (
    RESULT_TEXTS | st.lists(RESULT_TEXTS, max_size=2) | st.floats(allow_nan=True).map(repr) | st.text(max_size=3)
)
OUTPUTS = st.lists(
    st.one_of(
        st.builds(lambda text: {"output_type": "stream", "name": "stdout", "text": text}, st.text(max_size=3)),
        st.just({"output_type": "stream", "name": "stderr", "text": "W0000 tensorflow"}),
        st.just({"output_type": "error", "ename": "AssertionError", "evalue": "", "traceback": []}),
        st.builds(
            lambda text: {"output_type": "display_data", "data": {"text/plain": text}, "metadata": {}}, TEXTS
        ),
        st.builds(
            lambda text: {
                "output_type": "execute_result",
                "data": {"text/plain": text},
                "metadata": {},
                "execution_count": 1,
            },
            TEXTS,
        ),
        st.just({"output_type": "execute_result", "data": {}, "metadata": {}, "execution_count": 1}),
    ),
    max_size=4,
)


@given(outputs=OUTPUTS, points=st.sampled_from([0, 0.5, 1, 2, 10, 2.25]))
def test_random_outputs_earn_what_nbgrader_gives(outputs, points):
    metadata = {"schema_version": 3, "grade": True, "solution": False, "locked": True, "grade_id": "t"}
    try:
        theirs, most = oracle.points("code", {**metadata, "points": points}, "f()", outputs)
    except (KeyError, ValueError):
        with pytest.raises(BadCredit):
            nbgrader_points(outputs, float(points))
    else:
        assert nbgrader_points(outputs, most) == theirs


class Nbgrader:
    """A gradebook, and nbgrader's own steps over submissions. Making its database takes seconds: one for all."""

    def __init__(self, folder: Path) -> None:
        self.url = f"sqlite:///{folder / 'gradebook.db'}"
        with Gradebook(self.url, "course") as gradebook:
            gradebook.update_or_create_assignment("lab")

    def keep(self, name: str, source: nbformat.NotebookNode) -> None:
        SaveCells().preprocess(oracle.saved(source), self._resources(name))

    def sanitized(self, name: str, submission: dict) -> nbformat.NotebookNode:
        node = nbformat.from_dict(copy.deepcopy(submission))
        for number, cell in enumerate(node.cells):
            cell["id"] = f"cell-{number}"  # where a type was changed, nbgrader asks for one
        # Its last step, CheckCellMetadata, refuses every notebook in which DeduplicateIds found something.
        for step in (ClearOutput, DeduplicateIds, OverwriteKernelspec, OverwriteCells):
            node, _ = step().preprocess(node, self._resources(name))
        return node

    def _resources(self, name: str) -> dict:
        return {"nbgrader": {"notebook": name, "assignment": "lab", "student": "s", "db_url": self.url}}


@pytest.fixture(scope="module")
def nbgrader(tmp_path_factory) -> Nbgrader:
    made = Nbgrader(tmp_path_factory.mktemp("gradebook"))
    made.keep("lab", nbformat.from_dict(copy.deepcopy(SOURCE)))
    return made


@pytest.fixture(scope="module")
def lab() -> Lab:
    return Lab.read(as_bytes(SOURCE), name="lab.ipynb")


def assert_same(lab: Lab, sanitized: nbformat.NotebookNode, submission: dict, outputs: list[list[dict]]) -> None:
    """Same sources to execute, same cells that count, same points over the same outputs."""
    merged = merge(lab, read_notebook(as_bytes(submission)), compat=True)
    assert len(merged.cells) == len(sanitized.cells)
    runs, cells = {}, []
    for ours, theirs, made in zip(merged.cells, sanitized.cells, outputs, strict=True):
        assert ours.cell_type == theirs.cell_type
        assert (ours.grade_id or None) == (claimed_id(theirs.metadata) or None)
        assert (ours.test.full if ours.test else ours.source) == theirs.source or ours.role == "task"
        if theirs.cell_type == "code":
            theirs.outputs = nbformat.from_dict(made)
            cells.append(ExecutedCell(ours.index, tuple(made)))
            if ours.role == "test":
                runs[ours.grade_id] = TestRun(ours.grade_id, Outcome.PASSED, outputs=tuple(made))
    marks = mark(lab, merged, Executed(cells=tuple(cells), tests=runs), compat=True)
    graded = {claimed_id(cell.metadata): cell for cell in sanitized.cells if is_grade(cell)}
    for grade in marks.questions:
        if grade.id in graded:
            try:
                theirs, most = determine_grade(graded[grade.id])
            except (KeyError, ValueError):
                # nbgrader marks nothing of this notebook; here the cell alone is lost.
                assert grade.points == 0
                assert any(flag.cell == grade.id for flag in marks.flags)
                continue
            assert grade.max_points == Decimal(str(most))
            assert (None if grade.points is None else float(grade.points)) == theirs
        else:
            assert grade.points is None
            assert grade.status is Status.WAITING


def _released() -> list[dict]:
    return json.loads(json.dumps(Lab.read(as_bytes(SOURCE), name="lab.ipynb").release()["cells"]))


EDITS = st.one_of(
    st.tuples(st.just("delete"), st.integers(0, 12)),
    st.tuples(st.just("duplicate"), st.integers(0, 12)),
    st.tuples(st.just("edit"), st.integers(0, 12)),
    st.tuples(st.just("move"), st.integers(0, 12)),
    st.tuples(st.just("retype"), st.integers(0, 12)),
    st.tuples(st.just("points"), st.integers(0, 12)),
    st.tuples(st.just("insert"), st.integers(0, 12)),
)


def _edited(cells: list[dict], edits: list[tuple[str, int]]) -> list[dict]:
    for edit, place in edits:
        index = place % len(cells)
        if edit == "delete" and len(cells) > 6:
            del cells[index]
        elif edit == "duplicate":
            cells.append(copy.deepcopy(cells[index]))
        elif edit == "edit":
            cells[index]["source"] += "\n# mine"
        elif edit == "move":
            cells.insert(0, cells.pop(index))
        elif edit == "points" and "points" in cells[index]["metadata"].get("nbgrader", {}):
            cells[index]["metadata"]["nbgrader"]["points"] = 100
        elif edit == "retype":
            new = "markdown" if cells[index]["cell_type"] == "code" else "code"
            cells[index]["cell_type"] = new
            for key in ("outputs", "execution_count"):
                cells[index].pop(key, None)
            if new == "code":
                cells[index] |= {"outputs": [], "execution_count": None}
        elif edit == "insert":
            cells.insert(index, code("x = 1"))
    return cells


@settings(max_examples=25)
@given(edits=st.lists(EDITS, max_size=5), data=st.data())
def test_any_edited_submission_is_restored_and_marked_as_nbgrader_does(nbgrader, lab, edits, data):
    submission = notebook(*_edited(_released(), edits))
    outputs = [data.draw(OUTPUTS.filter(_is_storable)) for _ in submission["cells"]]
    assert_same(lab, nbgrader.sanitized("lab", submission), submission, outputs)


def _is_storable(outputs: list[dict]) -> bool:
    """nbformat joins a list of texts when it reads a file, so nbgrader never sees one."""
    return not any(isinstance(output.get("data", {}).get("text/plain"), list) for output in outputs)


@pytest.mark.parametrize("problem", ["problem1.ipynb", "problem2.ipynb"])
@pytest.mark.parametrize("student", ["bitdiddle", "hacker"])
def test_the_example_course_is_marked_as_nbgrader_does(nbgrader, problem, student):
    source = oracle.USER_GUIDE / "source/ps1" / problem
    submission = json.loads((oracle.USER_GUIDE / "submitted" / student / "ps1" / problem).read_text())
    for cell in submission["cells"]:
        cell["source"] = "".join(cell["source"])
    executed = json.loads((oracle.USER_GUIDE / "autograded" / student / "ps1" / problem).read_text())
    made = {claimed_id(cell["metadata"]): cell.get("outputs", []) for cell in executed["cells"]}
    outputs = [made.get(claimed_id(cell["metadata"]), []) for cell in submission["cells"]]
    nbgrader.keep(problem, oracle.read(source))
    sanitized = nbgrader.sanitized(problem, submission)
    assert_same(Lab.read(source), sanitized, submission, outputs)


def test_manual_answers_and_tasks_wait_as_in_nbgrader(nbgrader, lab):
    submission = notebook(*_released())
    sanitized = nbgrader.sanitized("lab", submission)
    merged = merge(lab, read_notebook(as_bytes(submission)), compat=True)
    marks = mark(lab, merged, Executed(), compat=True)
    waiting = {grade.id for grade in marks.questions if grade.points is None}
    assert waiting == {claimed_id(cell.metadata) for cell in sanitized.cells if is_task(cell)}
    unchanged = {grade.id for grade in marks.questions if grade.status is Status.UNCHANGED}
    solved = [cell for cell in sanitized.cells if is_grade(cell) and is_solution(cell)]
    assert unchanged == {claimed_id(cell.metadata) for cell in solved if determine_grade(cell)[0] == 0}
