"""`seodang lab` as a teacher uses it."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner
from tests.grade.notebooks import answer, as_bytes, checked, code, markdown, notebook

from seodang.cli.main import main


def run(*arguments: object):
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "week3.ipynb"
    solution = "def f():\n    ### BEGIN SOLUTION\n    return 1\n    ### END SOLUTION"
    path.write_bytes(
        as_bytes(notebook(markdown("# Week 3"), answer("f", solution), checked("t", "assert f() == 1", 2)))
    )
    (tmp_path / "train.csv").write_text("x\n1\n")
    return path


def test_release_writes_the_students_notebook(source):
    result = run("lab", "release", source)
    assert result.exit_code == 0, result.output
    released = (source.parent / "release/week3.ipynb").read_text()
    assert "YOUR CODE HERE" in released
    assert "return 1" not in released
    assert "1 question, 2 points" in result.output
    assert "train.csv" in result.output


def test_release_says_in_json_what_it_wrote(source, tmp_path):
    output = tmp_path / "out/students.py"
    result = run("lab", "release", source, "--output", output, "--json")
    told = json.loads(result.stdout)
    assert (told["output"], told["max_points"]) == (str(output), 2)
    assert told["questions"][0]["id"] == "t"
    assert "# %%" in output.read_text()


def test_release_writes_over_nothing_unasked(source):
    assert run("lab", "release", source).exit_code == 0
    again = run("lab", "release", source)
    assert again.exit_code == 2
    assert "--force" in again.output
    assert run("lab", "release", source, "--force").exit_code == 0
    over = run("lab", "release", source, "--output", source, "--force")
    assert over.exit_code == 2
    assert "return 1" in source.read_text()


def test_a_bad_lab_is_refused_with_its_cells(tmp_path):
    path = tmp_path / "bad.ipynb"
    path.write_bytes(as_bytes(notebook(code("### BEGIN SOLUTION"), answer("f", "### BEGIN SOLUTION"))))
    result = run("lab", "release", path)
    assert result.exit_code == 1
    assert "Cell #1, line 1" in result.output
    assert "Cell f, line 1" in result.output
    told = json.loads(run("lab", "release", path, "--json").stdout)["error"]
    assert [problem["cell"] for problem in told["problems"]] == ["#1", "f"]


def test_convert_goes_there_and_back(source, tmp_path):
    script, back = tmp_path / "week3.py", tmp_path / "back.ipynb"
    assert run("lab", "convert", source, script).exit_code == 0
    assert run("lab", "convert", script, back).exit_code == 0
    cells, again = (json.loads(path.read_text())["cells"] for path in (source, back))
    assert ["".join(cell["source"]) for cell in again] == [cell["source"] for cell in cells]
    assert [cell["metadata"] for cell in again] == [cell["metadata"] for cell in cells]


def test_an_unknown_ending_is_refused(source, tmp_path):
    result = run("lab", "convert", source, tmp_path / "week3.docx")
    assert result.exit_code == 1
    assert ".ipynb" in result.output


def test_check_proves_that_the_lab_marks_rightly(source):
    result = run("lab", "check", source, "--sandbox", "none")
    assert result.exit_code == 0, result.output
    assert "full points" in result.output


def test_check_names_the_question_that_gives_points_for_nothing(tmp_path):
    path = tmp_path / "generous.ipynb"
    path.write_bytes(as_bytes(notebook(answer("f", "x = 1"), checked("free", "assert True"))))
    result = run("lab", "check", path, "--sandbox", "none", "--json")
    assert result.exit_code == 1
    told = json.loads(result.stdout)
    assert told["holds"] is False
    assert [finding["question"] for finding in told["findings"]] == ["free"]
