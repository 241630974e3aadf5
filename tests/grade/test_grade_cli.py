"""`seodang grade`: what it prints, how it ends, what it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from tests.grade.notebooks import answer, as_bytes, checked, notebook

from seodang.cli.grade import feedback_name, find_notebooks
from seodang.cli.main import main
from seodang.grade.lab import Lab

SOURCE = notebook(
    answer("a", "### BEGIN SOLUTION\nx = 1\n### END SOLUTION"),
    checked("test_x", "assert x == 1\n### BEGIN HIDDEN TESTS\nassert x + 1 == 2\n### END HIDDEN TESTS", 2),
)
OWN = ["--sandbox", "none", "--my-own-work"]


@pytest.fixture
def course(tmp_path: Path) -> Path:
    (tmp_path / "lab.ipynb").write_bytes(as_bytes(SOURCE))
    released = json.dumps(Lab.read(tmp_path / "lab.ipynb").release())
    folder = tmp_path / "submitted"
    for name, source in (("kim", "x = 1"), ("lee", "x = 2")):
        (folder / name).mkdir(parents=True)
        document = json.loads(released)
        document["cells"][0]["source"] = source
        (folder / name / "lab.ipynb").write_text(json.dumps(document))
    (folder / "broken.ipynb").write_text("{")
    return tmp_path


def run(*arguments: str | Path):
    return CliRunner().invoke(main, ["grade", *map(str, arguments)], catch_exceptions=False)


def test_json_has_the_promised_form_and_a_line_for_every_submission(course: Path):
    result = run(course / "lab.ipynb", course / "submitted", *OWN, "--json")
    assert result.exit_code == 0
    found = json.loads(result.stdout)["submissions"]
    assert [Path(one["path"]).parent.name for one in found] == ["submitted", "kim", "lee"]
    assert {"path", "points", "max_points", "flags", "questions"} <= set(found[1])
    assert found[1]["points"] == 2
    assert {key: found[1]["questions"][0][key] for key in ("id", "points", "max_points", "status")} == {
        "id": "test_x",
        "points": 2,
        "max_points": 2,
        "status": "passed",
    }
    assert found[2]["points"] == 0
    assert found[0]["problem"]["code"] == "not_a_notebook"


def test_people_get_a_table_and_the_reason_for_what_was_not_marked(course: Path):
    result = run(course / "lab.ipynb", course / "submitted", *OWN)
    assert "kim" in result.stdout
    assert "not marked" in result.stdout
    assert "broken.ipynb" in result.stderr


def test_nothing_marked_is_a_failure(course: Path):
    assert run(course / "lab.ipynb", course / "submitted" / "broken.ipynb", *OWN).exit_code == 1


def test_a_lab_that_is_none_is_a_failure(course: Path):
    (course / "bad.ipynb").write_text("{}")
    result = run(course / "bad.ipynb", course / "submitted", *OWN, "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["error"]["code"]


def test_work_of_others_needs_walls(course: Path):
    result = run(course / "lab.ipynb", course / "submitted", "--sandbox", "none", "--json")
    assert result.exit_code == 1
    error = json.loads(result.stdout)["error"]
    assert error["code"] == "sandbox_unavailable"
    assert "--my-own-work" in error["hint"]


def test_feedback_is_one_page_for_each(course: Path):
    run(course / "lab.ipynb", course / "submitted", *OWN, "--feedback", course / "pages")
    pages = {path.name: path.read_text() for path in (course / "pages").iterdir()}
    assert set(pages) == {"broken.html", "submitted_kim_lab.html", "submitted_lee_lab.html"} or len(pages) == 3
    assert all("x + 1 == 2" not in page for page in pages.values())


def test_what_is_given_twice_is_marked_once_and_said(course: Path):
    kim = course / "submitted/kim/lab.ipynb"
    result = run(course / "lab.ipynb", kim, course / "submitted/kim", *OWN, "--json")
    assert len(json.loads(result.stdout)["submissions"]) == 1
    assert "given twice" in result.stderr


def test_folders_are_searched_without_checkpoints(tmp_path: Path):
    for name in ("a.ipynb", "b/c.ipynb", "b/.ipynb_checkpoints/c-checkpoint.ipynb", "notes.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    assert [path.name for path in find_notebooks([tmp_path])] == ["a.ipynb", "c.ipynb"]


def test_names_of_pages_are_safe_and_differ():
    paths = [Path("a/lab.ipynb"), Path("b/lab.ipynb"), Path("c/../../etc/김 철수?.ipynb")]
    names = [feedback_name(str(path), paths) for path in paths]
    assert len(set(names)) == 3
    assert names[2] == "김_철수.html"
    assert all("/" not in name for name in names)
