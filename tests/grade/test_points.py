"""Points in the default mode: what nbgrader gets wrong, mended."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.grade.notebooks import answer, as_bytes, checked, manual, markdown, notebook, task

from seodang.grade.execute.executed import Executed, Outcome, TestError, TestRun
from seodang.grade.lab import Lab
from seodang.grade.merge import merge
from seodang.grade.notebook import read_notebook
from seodang.grade.points import BadCredit, mark, nbgrader_points, partial_credit, question_grades
from seodang.grade.results import Kind, Severity, Status

TEST = """import math
### BEGIN HIDDEN TESTS: small numbers
assert f() == 1
### END HIDDEN TESTS
assert f() < 5

### BEGIN HIDDEN TESTS
assert f() > 0
### END HIDDEN TESTS
"""
CELLS = (
    markdown("# Lab"),
    answer("one", "x = 1"),
    checked("test", TEST, 2),
    manual("essay", "Because.", 3),
    task("project", "Do it.", 4),
)
LAB = Lab.read(as_bytes(notebook(*CELLS)), name="lab.ipynb")


def _marks(run: TestRun | None, *, drop: str = "", essay: str = "Mine."):
    cells = []
    for cell in LAB.release()["cells"]:
        grade_id = cell["metadata"].get("nbgrader", {}).get("grade_id")
        if grade_id != drop or not drop:
            cells.append(cell | {"source": essay if grade_id == "essay" else cell["source"]})
    merged = merge(LAB, read_notebook(as_bytes(notebook(*cells))))
    tests = {run.grade_id: run} if run is not None else {}
    marks = mark(LAB, merged, Executed(tests=tests))
    assert question_grades(LAB, merged, Executed(tests=tests)) == marks.questions
    return {question.id: question for question in marks.questions}, marks.flags


def _run(outcome: str = "passed", **more) -> TestRun:
    return TestRun("test", Outcome(outcome), **more)


def test_a_test_that_passes_earns_its_points():
    questions, flags = _marks(_run())
    test = questions["test"]
    assert (test.points, test.status, test.kind, test.answer_ids) == (2, Status.PASSED, Kind.AUTOGRADED, ("one",))
    assert not flags


def test_output_on_stderr_is_no_failure():
    warning = {"output_type": "stream", "name": "stderr", "text": "W0000 oneDNN custom operations are on"}
    questions, _ = _marks(_run(outputs=(warning,)))
    assert questions["test"].points == 2
    assert nbgrader_points([warning], 2.0) == 0


@pytest.mark.parametrize("kind", ["int", "float", "numpy.float64", "numpy.int64", "fractions.Fraction"])
def test_any_real_number_is_partial_credit(kind):
    questions, _ = _marks(_run(value=0.5, value_kind=kind))
    assert (questions["test"].points, questions["test"].status) == (Decimal("0.5"), Status.PARTIAL)


def test_numpys_text_is_full_marks_only_in_nbgrader():
    result = {"output_type": "execute_result", "data": {"text/plain": "np.float64(0.5)"}}
    assert nbgrader_points([result], 2.0) == 2


@pytest.mark.parametrize("kind", ["bool", "numpy.bool", "numpy.bool_"])
def test_a_bool_is_no_partial_credit(kind):
    questions, _ = _marks(_run(value=0.0, value_kind=kind))
    assert questions["test"].points == 2


def test_zero_is_no_credit():
    questions, flags = _marks(_run(value=0.0, value_kind="int"))
    assert (questions["test"].points, questions["test"].status) == (0, Status.FAILED)
    assert not flags


@pytest.mark.parametrize("value", [2.1, 1e300, -0.1, float("nan"), float("inf"), float("-inf")])
def test_a_forged_value_costs_its_cell_and_not_the_submission(value):
    questions, flags = _marks(_run(value=value, value_kind="float"))
    assert (questions["test"].points, questions["test"].status) == (0, Status.FAILED)
    assert questions["essay"].status is Status.WAITING
    assert [(flag.code, flag.cell, flag.severity) for flag in flags] == [("bad_credit", "test", Severity.LOOK)]
    assert "%(" not in flags[0].message


@pytest.mark.parametrize(
    ("outcome", "status"),
    [
        ("failed", Status.FAILED),
        ("timeout", Status.TIMEOUT),
        ("crashed", Status.CRASHED),
        ("tampered", Status.TAMPERED),
        ("not_run", Status.CRASHED),
    ],
)
def test_a_test_that_did_not_pass_earns_nothing_whatever_value_it_tells(outcome, status):
    questions, _ = _marks(_run(outcome, value=2.0, value_kind="int"))
    assert (questions["test"].points, questions["test"].status) == (0, status)


def test_a_test_that_nobody_ran_earns_nothing():
    questions, _ = _marks(None)
    assert (questions["test"].points, questions["test"].status) == (0, Status.CRASHED)


def test_a_deleted_test_earns_nothing_and_waits_for_nobody():
    questions, _ = _marks(_run(), drop="test")
    assert (questions["test"].points, questions["test"].status) == (0, Status.MISSING)


def test_a_deleted_answer_earns_nothing_and_a_deleted_task_waits():
    assert _marks(_run(), drop="essay")[0]["essay"].status is Status.MISSING
    assert _marks(_run(), drop="project")[0]["project"].status is Status.WAITING


def test_a_person_marks_what_was_written_and_nobody_what_was_not():
    questions, _ = _marks(_run())
    assert (questions["essay"].points, questions["essay"].status) == (None, Status.WAITING)
    unchanged, _ = _marks(_run(), essay="YOUR ANSWER HERE\n")
    assert (unchanged["essay"].points, unchanged["essay"].status) == (0, Status.UNCHANGED)
    assert (questions["project"].points, questions["project"].status) == (None, Status.WAITING)


@given(value=st.floats() | st.integers().map(float), points=st.sampled_from(["0", "0.5", "1", "2.25", "100"]))
def test_partial_credit_is_never_outside_its_cell(value, points):
    most = Decimal(points)
    try:
        earned = partial_credit(value, "float", most)
    except BadCredit:
        assert not 0 <= value <= float(most)
    else:
        assert 0 <= earned <= most
        assert abs(float(earned) - value) < 1e-6


def test_points_have_no_digits_of_a_binary_fraction():
    assert str(partial_credit(0.1 + 0.2, "float", Decimal(1))) == "0.3"
    assert str(partial_credit(100.0, "float", Decimal(200))) == "100"


def test_each_part_of_a_test_says_how_it_went():
    error = TestError("AssertionError", "", 5)
    questions, _ = _marks(_run("failed", error=error))
    checks = questions["test"].checks
    assert [(check.title, check.visible, check.passed) for check in checks] == [
        ("Visible tests", True, True),
        ("small numbers", False, True),
        ("Visible tests", True, False),
        ("Hidden tests", False, None),
    ]
    assert checks[2].message == "AssertionError\nassert f() < 5"


def test_a_hidden_part_tells_students_nothing():
    error = TestError("ValueError", "the secret is 1", 3)
    questions, _ = _marks(_run("failed", error=error))
    visible, hidden, *rest = questions["test"].checks
    assert (visible.passed, hidden.passed, hidden.message) == (True, False, "")
    assert "secret" in hidden.staff_message
    assert all(check.passed is None and not check.message for check in rest)


def test_an_error_without_a_place_blames_no_part():
    questions, _ = _marks(_run("timeout", error=TestError("CellTimeoutError", "", None)))
    assert {check.passed for check in questions["test"].checks} == {None}


def test_all_parts_of_a_test_that_passed_have_passed():
    questions, _ = _marks(_run())
    assert {check.passed for check in questions["test"].checks} == {True}
