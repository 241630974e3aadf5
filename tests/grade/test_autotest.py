"""AUTOTEST lines become nbgrader's own tests, and tests of ours where a course brings no templates."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from click.testing import CliRunner
from tests.grade import oracle

from seodang.cli.main import main
from seodang.grade.autotest import completed
from seodang.grade.autotest_templates import TemplateRefused, find_templates, own_templates, read_templates, render
from seodang.grade.check import check_lab
from seodang.grade.errors import LabInvalid
from seodang.grade.execute import Executor
from seodang.grade.grade import grade_notebook
from seodang.grade.lab import Lab
from seodang.grade.notebook import Cell, Notebook
from seodang.run.sandboxes import choose

APPS = oracle.WHEEL / "tests/apps/files"
NAMES = ("simple", "hashed", "hidden", "multi")
EXAMPLES = [
    (oracle.USER_GUIDE / "source/ps1_autotest/problem1.ipynb", oracle.USER_GUIDE / "autotests.yml"),
    *((APPS / f"autotest-{name}.ipynb", APPS / "autotests.yml") for name in NAMES),
]
IDS = ["ps1", *NAMES]


@pytest.fixture(scope="module")
def executor() -> Iterator[Executor]:
    with Executor(sandbox=choose(None), workers=1, own_work=True) as made:
        yield made


def lab_of(tests: str, *, solution: str = "x = 3", grade: bool = True) -> Lab:
    """An answer `solution`, then a test cell that holds `tests`."""
    answer = {"schema_version": 3, "grade": False, "solution": True, "locked": False, "grade_id": "answer"}
    test = {"schema_version": 3, "grade": grade, "solution": False, "locked": True, "grade_id": "test"}
    if grade:
        test["points"] = 2
    cells = (Cell("code", solution, {"nbgrader": answer}), Cell("code", tests, {"nbgrader": test}))
    return Lab.read(
        Notebook("lab.ipynb", cells, {"kernelspec": {"name": "python3", "language": "python"}}),
        needs_questions=False,
        autotests=True,
    )


def made(lab: Lab, executor: Executor, templates=None) -> str:
    return completed(lab, executor, templates or own_templates()).notebook.cells[1].source


def points(lab: Lab, answer: str, executor: Executor):
    first, *rest = lab.released().cells
    handed_in = Notebook("in.ipynb", (Cell("code", answer, first.metadata), *rest), lab.notebook.metadata)
    return grade_notebook(lab, "in", handed_in, executor).questions[0]


# --- as nbgrader ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("path", "templates"), EXAMPLES, ids=IDS)
def test_the_tests_are_those_that_nbgrader_makes(path, templates, executor, tmp_path):
    pytest.importorskip("ipykernel")
    from nbgrader.preprocessors import InstantiateTests

    shutil.copy(templates, tmp_path / "autotests.yml")
    theirs = nbformat.read(path, as_version=4)
    asyncio.set_event_loop_policy(None)
    theirs, _ = InstantiateTests().preprocess(theirs, {"metadata": {"path": str(tmp_path)}})
    lab = Lab.read(path, needs_questions=False, autotests=True)
    ours = completed(lab, executor, read_templates(templates.read_bytes()))
    assert [cell.cell.source for cell in ours.cells] == [cell.source for cell in theirs.cells]


@pytest.mark.parametrize(("path", "templates"), EXAMPLES, ids=IDS)
@pytest.mark.parametrize("own", [False, True], ids=["theirs", "own"])
def test_the_solution_earns_full_points_and_the_released_notebook_none(path, templates, own, executor):
    lab = Lab.read(path, needs_questions=False, autotests=True)
    lab = completed(lab, executor, own_templates() if own else read_templates(templates.read_bytes()))
    assert check_lab(lab, executor).findings == ()
    assert "AUTOTEST" not in json.dumps(lab.release())


@pytest.mark.parametrize("name", ["changed", "unchanged"])
@pytest.mark.parametrize("kind", ["simple", "hashed", "multi"])
def test_nbgraders_own_submissions_get_what_its_tests_say(kind, name, executor):
    lab = Lab.read(APPS / f"autotest-{kind}.ipynb", needs_questions=False, autotests=True)
    lab = completed(lab, executor, read_templates((APPS / "autotests.yml").read_bytes()))
    from seodang.grade.grade import grade_file

    graded = grade_file(lab, APPS / f"autotest-{kind}-{name}.ipynb", executor)
    assert graded.problem is None
    # What nbgrader's own suite asserts of these files.
    assert graded.points == ({"multi": 3}.get(kind, graded.max_points) if name == "changed" else 0)


# --- what students meet -----------------------------------------------------------------------------------------


def test_a_wrong_answer_fails_with_the_templates_message(executor):
    lab = completed(lab_of("### AUTOTEST x"), executor, own_templates())
    assert points(lab, "x = 3", executor).points == 2
    wrong = points(lab, "x = 4", executor)
    assert wrong.points == 0
    assert "x has another value than expected" in " ".join(check.message for check in wrong.checks)


def test_a_hashed_test_shows_no_value_and_still_tells_right_from_wrong(executor):
    lab = completed(lab_of("### HASHED AUTOTEST x", solution="x = 'sesame'"), executor, own_templates())
    assert "sesame" not in lab.tests["test"].full
    assert points(lab, "x = 'sesame'", executor).points == 2
    assert points(lab, "x = 'barley'", executor).points == 0


def test_a_line_between_hidden_marks_makes_hidden_tests(executor):
    tests = "### AUTOTEST x\n### BEGIN HIDDEN TESTS\n### AUTOTEST x + 1\n### END HIDDEN TESTS"
    test = completed(lab_of(tests), executor, own_templates()).tests["test"]
    assert "x + 1" in test.full
    assert "x + 1" not in test.visible


@pytest.mark.parametrize(
    "value", ['"it\'s \\"quoted\\""', "'two\\nlines'", "'back\\\\slash'", "'한글'", "None", "{}"]
)
def test_any_text_survives_the_own_templates(value, executor):
    lab = completed(lab_of("### AUTOTEST x", solution=f"x = {value}"), executor, own_templates())
    assert check_lab(lab, executor).findings == ()


def test_two_calls_make_the_same_tests(executor):
    lab = lab_of("### HASHED AUTOTEST x; x + 1")
    assert made(lab, executor) == made(lab, executor)


def test_a_lab_without_such_lines_is_left_as_it_is(executor):
    lab = lab_of("assert x == 3")
    assert completed(lab, executor) is lab


# --- what is refused --------------------------------------------------------------------------------------------


def refusal(lab: Lab, executor: Executor, templates=None) -> str:
    with pytest.raises(LabInvalid) as refused:
        completed(lab, executor, templates or own_templates())
    return refused.value.message


def test_a_snippet_that_fails_in_the_solution_is_named(executor):
    said = refusal(lab_of("x\n### AUTOTEST x; y / 0", solution="x = 3; y = 1"), executor)
    assert "Cell test, line 2" in said
    assert "ZeroDivisionError" in said


def test_the_cell_that_failed_before_is_said_too(executor):
    assert "ValueError: no" in refusal(lab_of("### AUTOTEST x", solution="raise ValueError('no')"), executor)


def test_a_snippet_that_is_no_expression_is_named(executor):
    said = refusal(lab_of("### AUTOTEST x +"), executor)
    assert "Cell test, line 1" in said
    assert "x +" in said


def test_a_type_without_tests_is_named(executor):
    text = "python3: {dispatch: 'type({{snippet}})', normalize: 'str({{snippet}})', check: 'assert {{snippet}}', "
    templates = read_templates((text + "templates: {str: [{test: '{{snippet}}', fail: bad}]}}").encode())
    said = refusal(lab_of("### AUTOTEST x"), executor, templates)
    assert "Cell test, line 1" in said
    assert "“x” is a int" in said


def test_a_value_too_long_to_show_is_refused_unless_hashed(executor):
    assert "HASHED" in refusal(lab_of("### AUTOTEST x", solution="x = 'a' * 30_000"), executor)
    assert "sha1" in made(lab_of("### HASHED AUTOTEST x", solution="x = 'a' * 30_000"), executor)


def test_a_line_in_another_cell_is_refused():
    with pytest.raises(LabInvalid, match=r"Cell test, line 2.*no test cell"):
        lab_of("1\n### AUTOTEST x", grade=False)


def test_lab_read_alone_refuses_what_was_not_made_into_tests():
    with pytest.raises(LabInvalid, match="AUTOTEST"):
        Lab.read(EXAMPLES[1][0])


@pytest.mark.parametrize(
    "text",
    [
        b"python3: [",
        b"- a",
        b"ir: {}",
        b"a: &a [1]\nb: *a",
        b"[" * 5000,
        b"\xff\xfe\x00",
        b"python3: {dispatch: 1, normalize: a, check: b, templates: {}}",
        b"python3: {dispatch: a, normalize: a, check: b, templates: {int: [1]}}",
        b"python3: !!python/object/apply:os.system [true]",
        b"#" * 300_000,
    ],
)
def test_templates_that_are_wrong_are_refused_by_name(text):
    with pytest.raises(LabInvalid, match=r"autotests\.yml"):
        read_templates(text)


@pytest.mark.parametrize(
    "template",
    [
        "{% for i in range(9) %}{% endfor %}",
        "{{ snippet.__class__.__mro__ }}",
        "{{ snippet.upper() }}",
        "{{ 'a' * 10 ** 9 }}",
        "{{ snippet | center(999999999) }}",
        "{% set a = 'b' %}",
        "{% include 'a' %}",
        "{{ unknown }}",
        "{{",
    ],
)
def test_templates_hold_no_programs(template):
    with pytest.raises(TemplateRefused):
        render(template, snippet="x")


def test_a_template_that_cannot_be_filled_in_is_named_by_the_line(executor):
    text = (
        "python3: {dispatch: '{{ nothing }}', normalize: a, check: b, templates: {default: [{test: a, fail: b}]}}"
    )
    assert "Cell test, line 1" in refusal(lab_of("### AUTOTEST x"), executor, read_templates(text.encode()))


# --- where templates are found ----------------------------------------------------------------------------------


def test_templates_beside_the_notebook_come_before_those_of_the_course(tmp_path):
    folder = tmp_path / "source/week1"
    folder.mkdir(parents=True)
    assert find_templates(folder / "lab.ipynb").origin == ""
    shutil.copy(APPS / "autotests.yml", tmp_path)
    assert find_templates(folder / "lab.ipynb").origin == str(tmp_path / "autotests.yml")
    shutil.copy(APPS / "autotests.yml", folder)
    assert find_templates(folder / "lab.ipynb").origin == str(folder / "autotests.yml")


def test_templates_above_the_course_are_not_read(tmp_path):
    course = tmp_path / "course"
    course.mkdir()
    (course / "nbgrader_config.py").touch()
    shutil.copy(APPS / "autotests.yml", tmp_path)
    assert find_templates(course / "lab.ipynb").origin == ""


# --- in the shell -----------------------------------------------------------------------------------------------


@pytest.fixture
def source(tmp_path) -> Path:
    shutil.copy(APPS / "autotests.yml", tmp_path)
    return Path(shutil.copy(APPS / "autotest-simple.ipynb", tmp_path / "lab.ipynb"))


def test_release_check_and_grade_take_the_notebook_as_it_stands(source, tmp_path):
    runner = CliRunner()
    released = runner.invoke(main, ["lab", "release", str(source)])
    assert released.exit_code == 0, released.output
    assert "autotests.yml" in released.stderr
    handed_out = (tmp_path / "release/lab.ipynb").read_text()
    assert "AUTOTEST" not in handed_out
    assert "sha1" in handed_out
    checked = runner.invoke(main, ["lab", "check", str(source), "--json"])
    assert json.loads(checked.stdout)["holds"]
    right = str(APPS / "autotest-simple-changed.ipynb")
    graded = runner.invoke(main, ["grade", str(source), right, "--my-own-work", "--json"])
    assert graded.exit_code == 0, graded.output
    one = json.loads(graded.stdout)["submissions"][0]
    assert one["points"] == one["max_points"] > 0
