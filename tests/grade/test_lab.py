"""Reading labs: every fault with its cell, and what is found out of a source."""

from __future__ import annotations

import json

import pytest
from tests.grade.notebooks import (
    answer,
    as_bytes,
    checked,
    code,
    locked,
    manual,
    markdown,
    marked,
    notebook,
    task,
)

from seodang.grade.errors import LabInvalid
from seodang.grade.lab import Lab
from seodang.grade.results import Kind

SOLUTION = "x = 1"


def read(*cells: dict, **metadata) -> Lab:
    return Lab.read(as_bytes(notebook(*cells, **metadata)), name="week3.ipynb", needs_questions=False)


def faults(*cells: dict, **metadata) -> list[tuple]:
    with pytest.raises(LabInvalid) as caught:
        read(*cells, **metadata)
    error = caught.value
    assert "%(" not in str(error)
    assert json.dumps(error.as_json())
    return [(problem.code, problem.cell, problem.line) for problem in error.problems]


@pytest.mark.parametrize("kind", ["SOLUTION", "HIDDEN TESTS", "MARK SCHEME"])
def test_regions_that_do_not_close_or_nest_are_named_by_cell_and_line(kind):
    make = {
        "SOLUTION": lambda source: answer("cell", source),
        "HIDDEN TESTS": lambda source: checked("cell", source),
        "MARK SCHEME": lambda source: task("cell", source),
    }[kind]
    begin, end = f"### BEGIN {kind}", f"### END {kind}"
    assert faults(make(f"x\n{begin}\ny")) == [("unclosed", "cell", 2)]
    assert faults(make(f"{begin}\n{begin}\n{end}")) == [("nested", "cell", 2)]
    assert [(w.code, w.cell, w.line) for w in read(make(f"x\n{end}")).warnings] == [("stray", "cell", 2)]


def test_regions_in_the_wrong_cells_are_named():
    found = faults(
        code("### BEGIN SOLUTION\n### END SOLUTION"),
        locked("read", "### BEGIN HIDDEN TESTS\n### END HIDDEN TESTS"),
        markdown("=== BEGIN MARK SCHEME ===\n=== END MARK SCHEME ==="),
    )
    assert found == [("misplaced", "#1", 1), ("misplaced", "read", 1), ("misplaced", "#3", 1)]


def test_all_faults_are_told_at_once():
    found = faults(
        checked("same", "assert x"),
        checked("same", "assert y"),
        marked("code", "", "no-points", grade=True),
        marked("code", "", "", locked=True),
        marked("markdown", "", "words", grade=True, points=1),
        marked("markdown", "", "text", solution=True),
        marked("code", "", "do", task=True, points=1),
        marked("code", "", "bad id!", locked=True),
        marked("code", "", "minus", grade=True, points=-1),
        marked("code", "", "bool", grade=True, points=True),
    )
    assert {(code, cell) for code, cell, _ in found} == {
        ("duplicate_id", "same"),
        ("no_points", "no-points"),
        ("no_id", "#4"),
        ("markdown_test", "words"),
        ("markdown_answer", "text"),
        ("task_not_markdown", "do"),
        ("bad_id", "bad id!"),
        ("bad_points", "minus"),
        ("no_points", "bool"),
    }


def test_a_schema_of_the_future_is_refused():
    cell = checked("t", "assert x")
    cell["metadata"]["nbgrader"]["schema_version"] = 4
    assert faults(cell) == [("schema_too_new", "#1", None)]


@pytest.mark.parametrize("version", ["3", True, None, 3.0])
def test_a_schema_version_that_is_no_number_is_refused(version):
    cell = checked("t", "assert x")
    cell["metadata"]["nbgrader"]["schema_version"] = version
    assert faults(cell) == [("metadata", "#1", None)]


def test_schema_0_is_upgraded():
    old = [
        code("x") | {"metadata": {"nbgrader": {"grade": True, "grade_id": "t", "points": "2"}}},
        code("y") | {"metadata": {"nbgrader": {"solution": True, "grade_id": "s", "points": 3}}},
        code("z") | {"metadata": {"nbgrader": {"grade": False}}},
    ]
    lab = read(*old)
    assert [(q.id, q.max_points) for q in lab.questions] == [("t", 2)]
    released = [cell["metadata"].get("nbgrader") for cell in lab.release()["cells"]]
    assert [found and found["schema_version"] for found in released] == [3, 3, None]
    assert "points" not in released[1]


def test_a_mark_scheme_with_an_attached_picture_is_refused():
    source = "Do.\n=== BEGIN MARK SCHEME ===\n![](attachment:a.png)\n=== END MARK SCHEME ==="
    assert faults(task("t", source)) == [("attachment", "t", 3)]


def test_a_notebook_without_questions_is_refused_where_questions_are_needed():
    with pytest.raises(LabInvalid, match="points"):
        Lab.read(as_bytes(notebook(code("x"))), name="lab.ipynb")


def test_what_is_no_notebook_is_no_lab():
    with pytest.raises(LabInvalid) as caught:
        Lab.read(b"PK\x03\x04", name="lab.ipynb")
    assert (caught.value.code, caught.value.problems) == ("not_a_notebook", ())


# --- questions ---------------------------------------------------------------------------------------------------


def test_answers_belong_to_the_tests_that_follow_them():
    lab = read(
        answer("a", SOLUTION),
        checked("a1", "assert x"),
        checked("a2", "assert x"),
        answer("b", SOLUTION),
        answer("c", SOLUTION),
        manual("essay", "why"),
        checked("bc", "assert x"),
        task("project", "do"),
    )
    assert [(q.id, q.kind, q.answer_ids) for q in lab.questions] == [
        ("a1", Kind.AUTOGRADED, ("a",)),
        ("a2", Kind.AUTOGRADED, ("a",)),
        ("essay", Kind.MANUAL, ("essay",)),
        ("bc", Kind.AUTOGRADED, ("b", "c")),
        ("project", Kind.TASK, ()),
    ]


def test_questions_are_titled_by_themselves_or_by_what_stands_above():
    named = checked("named", "assert x")
    named["metadata"]["seodang"] = {"title": "My own"}
    lab = read(
        checked("first", "assert x"),
        markdown("# Week 3\n\nRead this."),
        checked("second", "assert x"),
        markdown("## Squares\n\nWrite them."),
        checked("third", "assert x"),
        named,
        markdown("More words."),
        checked("fourth", "assert x"),
        task("project", "### Project\n\nDo it."),
    )
    assert [q.title for q in lab.questions] == ["first", "Week 3", "Squares", "My own", "Squares", "Project"]
    assert lab.title == "Week 3"


def test_a_lab_is_titled_by_its_metadata_or_its_file():
    assert read(markdown("# A"), seodang={"title": "B"}).title == "B"
    assert read(markdown("## Part")).title == "week3"


def test_hidden_blocks_have_titles_and_lines():
    source = "a\n### BEGIN HIDDEN TESTS: corner cases ###\nb\nc\n### END HIDDEN TESTS\nd"
    test = read(checked("t", source)).tests["t"]
    assert (test.visible, test.full) == ("a\nd", source)
    (block,) = test.hidden
    assert (block.title, block.first, block.last, block.source) == ("corner cases", 2, 5, "b\nc")


def test_what_a_whole_cell_solution_hides_is_out_of_all_that_students_get():
    lab = read(manual("m", "The answer is 42."), checked("t", "assert 1"))
    assert "42" not in str(lab.release())
    assert lab.solution().cells[0].source == "The answer is 42."
    assert lab.released().cells[0].source == "YOUR ANSWER HERE"


# --- packages, data, limits --------------------------------------------------------------------------------------


def test_packages_are_found_in_the_imports():
    lab = read(
        code("import numpy as np, os\nfrom sklearn.linear_model import Ridge\n%matplotlib inline\n!pip list"),
        code("%%time\nimport pandas.testing"),
        code("def broken(:\n    import keras"),
        code("try:\n    import torch\nexcept ImportError:\n    torch = None\nelse:\n    import torchvision"),
        code("from . import mine\nfrom __future__ import annotations"),
        answer("a", "### BEGIN SOLUTION\nimport scipy.stats\n### END SOLUTION"),
        markdown("import nothing"),
    )
    assert lab.packages == ("numpy", "sklearn", "pandas", "keras", "torchvision", "scipy")
    assert lab.modules[:2] == ("numpy", "sklearn.linear_model")


def test_packages_may_be_declared():
    lab = read(code("import sklearn.svm, pandas"), seodang={"packages": ["sklearn", "tensorflow"]})
    assert lab.packages == ("sklearn", "tensorflow")
    assert lab.modules == ("sklearn", "tensorflow", "sklearn.svm")


def test_limits_are_read_and_wrong_ones_named():
    assert read(code("x"), seodang={"limits": {"wall_seconds": 30}}).limits.wall_seconds == 30
    for wrong in ({"limits": {"wall_seconds": -1}}, {"limits": {"wall": 1}}, {"limits": 7}, {"packages": "numpy"}):
        assert faults(code("x"), seodang=wrong) == [("settings", "", None)]
    for wrong in ({"data": ["../secret"]}, {"data": ["/etc/passwd"]}, {"title": 7}, {"pakages": []}):
        assert faults(code("x"), seodang=wrong) == [("settings", "", None)]
    assert faults(code("x"), seodang=[]) == [("settings", "", None)]


def test_time_for_one_cell_is_read_and_must_be_a_number_above_0():
    assert read(code("x"), seodang={"cell_seconds": 5}).settings.cell_seconds == 5
    assert read(code("x")).settings.cell_seconds is None
    for wrong in (0, -1, True, "5", [5]):
        assert faults(code("x"), seodang={"cell_seconds": wrong}) == [("settings", "", None)]


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "lab.ipynb").write_bytes(as_bytes(notebook(code("import helper, numpy"), checked("t", "assert x"))))
    for name in ("train.csv", "images/one.png", "helper.py", "lab.py", "lab.html", ".secret", "other.ipynb"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x")
    (tmp_path / "__pycache__").mkdir()
    (tmp_path / "__pycache__/helper.pyc").write_text("x")
    (tmp_path / "twin.py").write_text("# %%\nprint('solution')")
    (tmp_path / "passwd").symlink_to("/etc/passwd")
    return tmp_path


def test_files_beside_the_notebook_are_its_data(folder):
    lab = Lab.read(folder / "lab.ipynb")
    assert lab.data == ("helper.py", "images/one.png", "train.csv")
    assert lab.data_files["train.csv"] == folder / "train.csv"
    assert lab.packages == ("numpy",)


def test_declared_data_must_be_there(folder):
    document = notebook(checked("t", "assert x"), seodang={"data": ["train.csv", "gone.csv"]})
    (folder / "lab.ipynb").write_bytes(as_bytes(document))
    with pytest.raises(LabInvalid, match=r"gone\.csv"):
        Lab.read(folder / "lab.ipynb")


def test_bytes_take_their_data_from_the_folder_that_is_named(folder):
    lab = Lab.read((folder / "lab.ipynb").read_bytes(), name="lab.ipynb", data_dir=folder)
    assert "train.csv" in lab.data
    assert Lab.read((folder / "lab.ipynb").read_bytes(), name="lab.ipynb").data == ()


def test_the_digest_tells_labs_apart_by_what_marking_depends_on(folder):
    path = folder / "lab.ipynb"
    first = Lab.read(path).digest
    assert Lab.read(path).digest == first
    document = json.loads(path.read_text())
    document["cells"][0]["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "x"}]
    path.write_text(json.dumps(document))
    assert Lab.read(path).digest == first
    document["cells"][0]["source"] += " "
    path.write_text(json.dumps(document))
    second = Lab.read(path).digest
    assert second != first
    (folder / "train.csv").write_text("y")
    assert Lab.read(path).digest != second
