"""From files to points, through the same door that shell and site use."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import nbformat
import pytest
from tests.grade.notebooks import answer, as_bytes, checked, code, locked, manual, markdown, notebook

from seodang.errors import fill
from seodang.grade.execute import Executor
from seodang.grade.grade import check_lab, grade_bytes, grade_file, grade_many
from seodang.grade.lab import Lab
from seodang.grade.results import Graded, Severity, Status
from seodang.i18n import speaking
from seodang.run.errors import ImageLacks
from seodang.run.sandboxes import choose

TEST = (
    "assert square(3) == 9\n### BEGIN HIDDEN TESTS: negative numbers\nassert square(-41) == 1681, 'hush'\n"
    "### END HIDDEN TESTS"
)
SOURCE = notebook(
    markdown("# Squares"),
    locked("imports", "import math"),
    answer("square", "def square(x):\n    ### BEGIN SOLUTION\n    return x * x\n    ### END SOLUTION"),
    checked("test_square", TEST, 2),
    checked("test_part", "square(2) / 8", 1),
    manual("essay", "### BEGIN SOLUTION\nBecause.\n### END SOLUTION", 3),
    code("print('end')"),
)


@pytest.fixture(scope="module")
def lab(tmp_path_factory) -> Lab:
    path = tmp_path_factory.mktemp("lab") / "squares.ipynb"
    path.write_bytes(as_bytes(SOURCE))
    (path.parent / "numbers.csv").write_text("a\n1\n")
    return Lab.read(path)


@pytest.fixture(scope="module")
def executor():
    name = "bubblewrap" if choose("bubblewrap").unavailable() is None else "none"
    with Executor(sandbox=choose(name), workers=2, own_work=True) as executor:
        yield executor


def handed_in(lab: Lab, source: str, essay: str = "Because I say so.") -> bytes:
    released = json.loads(json.dumps(lab.release()))
    cells = {cell["metadata"].get("nbgrader", {}).get("grade_id"): cell for cell in released["cells"]}
    cells["square"]["source"] = source
    cells["essay"]["source"] = essay
    return json.dumps(released).encode()


def points(graded: Graded) -> dict[str, Decimal | None]:
    return {question.id: question.points for question in graded.questions}


def test_a_right_notebook_earns_everything_that_needs_no_person(lab, executor):
    graded = grade_bytes(lab, "kim.ipynb", handed_in(lab, "def square(x):\n    return x * x"), executor)
    assert points(graded) == {"test_square": 2, "test_part": Decimal("0.5"), "essay": None}
    assert graded.points == Decimal("2.5")
    assert graded.max_points == 6
    assert graded.waits_for_a_person
    assert graded.flags == ()
    assert Graded.from_json(json.loads(json.dumps(graded.as_json()))).questions == graded.questions


def test_a_hidden_test_shows_its_title_and_nothing_else(lab, executor):
    graded = grade_bytes(lab, "kim.ipynb", handed_in(lab, "def square(x):\n    return abs(x) * 3"), executor)
    (visible, hidden) = graded.questions[0].checks
    assert (visible.passed, hidden.passed) == (True, False)
    assert (hidden.title, hidden.message) == ("negative numbers", "")
    assert "hush" in hidden.staff_message
    assert "hush" not in json.dumps(graded.notebook)
    assert "1681" not in json.dumps(graded.notebook)


def test_the_executed_notebook_is_valid_and_holds_what_ran(lab, executor):
    graded = grade_bytes(lab, "kim.ipynb", handed_in(lab, "def square(x):\n    return x * x"), executor)
    nbformat.validate(nbformat.from_dict(graded.notebook))
    last = graded.notebook["cells"][-1]
    assert last["outputs"] == [{"output_type": "stream", "name": "stdout", "text": "end\n"}]


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("a.ipynb", b"{nonsense", "not_a_notebook"),
        ("b.ipynb", b"", "empty_file"),
        ("c.ipynb", as_bytes(notebook(code("1"))), "another_lab"),
        ("d.ipynb", as_bytes(notebook()), "no_cells"),
        ("e.ipynb", as_bytes(notebook(code("1"))).decode().replace("1", "\xe9").encode("latin-1"), "not_utf8"),
    ],
)
def test_a_bad_file_gets_a_sentence_and_no_points(lab, executor, name, data, code):
    graded = grade_bytes(lab, name, data, executor)
    assert graded.problem["code"] == code
    assert graded.questions == ()
    assert graded.problem["hint"]


def test_one_bad_notebook_never_stops_a_batch(lab, executor, tmp_path: Path):
    good = handed_in(lab, "def square(x):\n    return x * x")
    paths = [tmp_path / f"{number}.ipynb" for number in range(6)]
    for number, path in enumerate(paths):
        path.write_bytes(b"not a notebook" if number == 2 else good)
    paths[4].unlink()
    found = {Path(graded.path).name: graded for graded in grade_many(lab, paths, executor)}
    assert set(found) == {path.name for path in paths}
    assert [name for name, graded in sorted(found.items()) if graded.problem] == ["2.ipynb", "4.ipynb"]
    assert {graded.points for graded in found.values() if not graded.problem} == {Decimal("2.5")}


def test_a_fault_of_ours_costs_one_submission_and_is_said(lab, executor, tmp_path: Path, monkeypatch):
    good = tmp_path / "good.ipynb"
    good.write_bytes(handed_in(lab, "def square(x):\n    return x * x"))
    monkeypatch.setattr("seodang.grade.grade.mark", lambda *args, **kwargs: 1 / 0)
    (graded,) = grade_many(lab, [good], executor)
    assert graded.problem["code"] == "broken"
    assert "ZeroDivisionError" in graded.problem["params"]["error"]


def test_data_files_are_there_and_can_be_read(lab, executor):
    source = "def square(x):\n    assert open('numbers.csv').read() == 'a\\n1\\n'\n    return x * x"
    assert points(grade_bytes(lab, "kim.ipynb", handed_in(lab, source), executor))["test_square"] == 2


def test_a_notebook_that_uses_a_forbidden_way_is_flagged_and_keeps_its_points(lab, executor):
    source = "import ctypes\ndef square(x):\n    return x * x"
    graded = grade_bytes(lab, "kim.ipynb", handed_in(lab, source), executor)
    assert points(graded)["test_square"] == 2
    (flag,) = graded.flags
    assert (flag.code, flag.severity, flag.cell, flag.line) == ("unusual_code", Severity.LOOK, "square", 1)


def test_a_cell_that_crashes_is_told_by_its_number(lab, executor):
    graded = grade_bytes(lab, "kim.ipynb", handed_in(lab, "import os\nos._exit(1)"), executor)
    assert graded.questions[0].status is Status.FAILED
    assert any(flag.code == "lost_ended" and flag.cell == "#3" for flag in graded.flags)


def test_compat_mode_gives_what_nbgrader_gives(lab, executor):
    data = handed_in(lab, "import sys\ndef square(x):\n    print('log', file=sys.stderr)\n    return x * x")
    assert points(grade_bytes(lab, "kim.ipynb", data, executor))["test_square"] == 2
    assert points(grade_bytes(lab, "kim.ipynb", data, executor, compat=True))["test_square"] == 0


def test_a_package_that_the_image_lacks_is_named(executor):
    source = notebook(locked("l", "import no_such_package"), answer("a", "x = 1"), checked("t", "assert x == 1"))
    lab = Lab.read(as_bytes(source), name="lab.ipynb")
    with pytest.raises(ImageLacks, match="no_such_package"):
        grade_bytes(lab, "kim.ipynb", json.dumps(lab.release()).encode(), executor)


def test_a_good_lab_holds(lab, executor):
    report = check_lab(lab, executor)
    assert not report.holds  # the half point of test_part is partial credit that the solution does not reach
    assert [finding.question for finding in report.findings] == ["test_part"]


def test_a_lab_whose_solution_fails_or_whose_stub_passes_is_named(executor):
    source = notebook(
        answer("a", "### BEGIN SOLUTION\nx = 1\n### END SOLUTION"),
        checked("wrong", "assert x == 2", 1),
        checked("free", "assert True", 1),
        checked("good", "assert x == 1", 1),
    )
    report = check_lab(Lab.read(as_bytes(source), name="lab.ipynb"), executor)
    assert [(finding.question, finding.code) for finding in report.findings] == [
        ("wrong", "solution"),
        ("free", "released"),
    ]
    assert "assert x == 2" in report.findings[0].message
    assert not report.as_json()["holds"]


def test_why_a_lab_could_not_be_run_is_told_in_the_readers_language(lab, executor, monkeypatch):
    problem = {"code": "no_cells", "template": "The notebook has no cells.", "hint": "", "params": {}}
    monkeypatch.setattr("seodang.grade.grade.grade_notebook", lambda *_, **__: Graded("x", problem=problem))
    with speaking("en"):  # the worker's
        kept = check_lab(lab, executor).as_json()["findings"]
    with speaking("ko"):  # the reader's
        told = [fill(one["template"], one["params"]) for one in kept]
    assert len(told) == 4
    assert all(any("가" <= letter <= "힣" for letter in text) for text in told), told


def test_a_single_file_is_marked_by_its_path(lab, executor, tmp_path: Path):
    path = tmp_path / "kim.ipynb"
    path.write_bytes(handed_in(lab, "def square(x):\n    return x * x"))
    assert grade_file(lab, path, executor).path == str(path)
