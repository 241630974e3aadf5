"""Submissions lined up with their lab: what is restored, kept, named."""

from __future__ import annotations

import copy

import pytest
from tests.grade.notebooks import answer, as_bytes, checked, code, locked, manual, markdown, notebook, task

from seodang.grade.errors import SubmissionRefused
from seodang.grade.lab import Lab
from seodang.grade.merge import Merged, merge
from seodang.grade.notebook import read_notebook

CELLS = (
    markdown("# Lab"),
    locked("read", "import math"),
    answer("one", "def f():\n    ### BEGIN SOLUTION\n    return 1\n    ### END SOLUTION"),
    checked("test", "assert f() == 1\n### BEGIN HIDDEN TESTS\nassert f() > 0\n### END HIDDEN TESTS"),
    manual("essay", "Because."),
    task("project", "Do it."),
)
LAB = Lab.read(as_bytes(notebook(*CELLS)), name="lab.ipynb")
READ, ONE, TEST, ESSAY, PROJECT = 1, 2, 3, 4, 5


def cells() -> list[dict]:
    return copy.deepcopy(LAB.release()["cells"])


def merged(made: list[dict], **options) -> Merged:
    return merge(LAB, read_notebook(as_bytes(notebook(*made))), **options)


def flags(found: Merged) -> set[tuple[str, str]]:
    assert all("%(" not in flag.message for flag in found.flags)
    return {(flag.code, flag.cell) for flag in found.flags}


def test_an_untouched_notebook_has_nothing_to_say():
    found = merged(cells())
    assert not found.flags
    assert not found.missing
    assert [cell.role for cell in found.cells] == ["markdown", "locked", "answer", "test", "manual", "task"]
    assert [cell.index for cell in found.cells] == list(range(6))
    assert found.cells[ESSAY].is_unchanged


def test_the_hidden_part_of_a_test_stays_outside_its_source():
    test = merged(cells()).cells[TEST]
    assert "f() > 0" not in test.source
    assert "f() > 0" in test.test.full


def test_tests_and_read_only_cells_get_their_own_text_back():
    made = cells()
    for index in (READ, TEST, PROJECT):
        made[index]["source"] = "assert True"
    found = merged(made)
    assert [found.cells[index].source for index in (READ, TEST, PROJECT)] == [
        "import math",
        "assert f() == 1",
        "Do it.",
    ]
    assert flags(found) == {("cell_restored", name) for name in ("read", "test", "project")}


def test_answers_are_the_students():
    made = cells()
    made[ONE]["source"] = "f = lambda: 1"
    made[ESSAY]["source"] = "I think."
    found = merged(made)
    assert found.cells[ONE].source == "f = lambda: 1"
    assert (found.cells[ESSAY].source, found.cells[ESSAY].is_unchanged) == ("I think.", False)
    assert not found.flags


def test_metadata_of_the_student_is_never_used():
    made = cells()
    made[ONE]["metadata"]["nbgrader"] |= {"grade": True, "points": 1000, "solution": True, "schema_version": 4}
    made[TEST]["metadata"]["nbgrader"] |= {"grade": False, "solution": True, "locked": False, "points": 1000}
    made[ESSAY]["metadata"]["nbgrader"] |= {"points": "many", "schema_version": "x", "task": True}
    found = merged(made)
    assert [cell.role for cell in found.cells] == ["markdown", "locked", "answer", "test", "manual", "task"]


@pytest.mark.parametrize(
    "metadata", [{}, {"nbgrader": None}, {"nbgrader": []}, {"nbgrader": {"grade_id": ["test"]}}]
)
def test_odd_metadata_makes_an_ordinary_cell(metadata):
    found = merged([*cells(), code("x") | {"metadata": metadata}])
    assert found.cells[-1].role == "code"


def test_a_changed_cell_type_is_put_back():
    made = cells()
    made[TEST]["cell_type"] = "markdown"
    made[ESSAY]["cell_type"] = "code"
    found = merged(made)
    assert [found.cells[TEST].cell_type, found.cells[ESSAY].cell_type] == ["code", "markdown"]
    assert flags(found) == {("type_restored", "test"), ("type_restored", "essay")}


def test_missing_cells_are_named():
    made = cells()
    del made[TEST], made[READ]
    found = merged(made)
    assert found.missing == ("read", "test")
    assert flags(found) == {("cell_missing", "read"), ("cell_missing", "test")}


def test_of_two_copies_the_students_answer_is_kept():
    made = cells()
    answered = copy.deepcopy(made[ONE]) | {"source": "def f():\n    return 1"}
    found = merged([made[0], made[READ], answered, *made[ONE:]])
    assert found.find("one").source == "def f():\n    return 1"
    # The untouched copy would take the answer away again if it ran.
    assert [cell.cell_type for cell in found.cells if "YOUR CODE" in cell.source] == ["raw"]
    assert flags(found) == {("cell_duplicated", "one")}


def test_of_two_written_answers_the_last_counts_and_both_run():
    made = cells()
    first = copy.deepcopy(made[ESSAY]) | {"source": "First."}
    second = copy.deepcopy(made[ESSAY]) | {"source": "Second."}
    found = merged([*made[:ESSAY], first, second, made[ESSAY], made[PROJECT]])
    assert found.find("essay").source == "Second."
    assert not found.find("essay").is_unchanged


def test_as_in_nbgrader_the_last_copy_counts_in_compat_mode():
    made = cells()
    answered = copy.deepcopy(made[ONE]) | {"source": "def f():\n    return 1"}
    found = merged([made[0], made[READ], answered, *made[ONE:]], compat=True)
    assert "YOUR CODE" in found.find("one").source
    assert [cell.cell_type for cell in found.cells if cell.source.startswith("def f")] == ["code", "code"]


def test_a_test_that_appears_twice_is_a_test_once():
    made = cells()
    found = merged([*made, copy.deepcopy(made[TEST])])
    assert [cell.index for cell in found.cells if cell.role == "test"] == [6]
    assert flags(found) == {("cell_duplicated", "test")}


def test_blanks_at_the_end_are_no_answer():
    made = cells()
    made[ESSAY]["source"] += "\n \n"
    assert merged(made).cells[ESSAY].is_unchanged


@pytest.mark.parametrize("compat", [True, False])
def test_a_notebook_of_another_lab_is_refused(compat):
    with pytest.raises(SubmissionRefused) as refusal:
        merged([code("x"), answer("other", "y")], compat=compat)
    assert refusal.value.code == "another_lab"
    assert "Lab" in str(refusal.value)


def test_a_notebook_with_few_of_the_labs_cells_is_refused():
    many = Lab.read(as_bytes(notebook(*[checked(f"t{i}", "assert x") for i in range(20)])), name="many.ipynb")
    few = notebook(*[checked(f"t{i}", "") for i in range(3)], *[checked(f"other{i}", "") for i in range(17)])
    with pytest.raises(SubmissionRefused, match="3 of its 20"):
        merge(many, read_notebook(as_bytes(few)))


def test_cells_may_stand_in_any_order_and_keep_it():
    made = cells()[::-1]
    found = merged(made)
    assert [cell.role for cell in found.cells] == ["task", "manual", "test", "answer", "locked", "markdown"]
    assert not found.flags


def test_a_notebook_of_another_lab_of_the_course_is_refused_though_both_ask_why():
    mine = [*[checked(f"t{i}", "assert x") for i in range(6)], checked("why", ""), checked("own", "")]
    lab = Lab.read(as_bytes(notebook(*mine)), name="mine.ipynb")
    other = notebook(*[checked(f"other{i}", "") for i in range(6)], checked("why", ""), checked("own", ""))
    with pytest.raises(SubmissionRefused, match="2 of its 8") as refusal:
        merge(lab, read_notebook(as_bytes(other)))
    assert refusal.value.code == "another_lab"
    assert merge(lab, read_notebook(as_bytes(other)), compat=True).missing == tuple(f"t{i}" for i in range(6))


def test_a_notebook_with_cells_deleted_is_still_the_labs():
    lab = Lab.read(as_bytes(notebook(*[checked(f"t{i}", "assert x") for i in range(8)])), name="mine.ipynb")
    few = notebook(*[checked(f"t{i}", "") for i in range(2)], checked("copied_from_elsewhere", ""))
    assert len(merge(lab, read_notebook(as_bytes(few))).missing) == 6
