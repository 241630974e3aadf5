"""Labs in a shell: release, check and mark a class without any site, and hand in to one."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect
from tests.grade.notebooks import as_bytes, checked, code, notebook
from tests.journeys import labs, notebooks
from tests.journeys.classroom import LAB_CLASSES
from tests.journeys.labs import Watched, root
from tests.journeys.people import DESKTOP
from tests.journeys.sites import PROGRAM, Site, plain_environment

pytestmark = labs.pytestmark

LIMIT_SECONDS = 600
WALL_SECONDS = 20
NUMBER = (int, float)


def seodang(*arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(PROGRAM), *map(str, arguments)],
        env=plain_environment(LC_ALL="C.UTF-8", LANGUAGE="en", **environment),
        capture_output=True,
        text=True,
        timeout=LIMIT_SECONDS,
        check=False,
    )


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A teacher's folder: the notebook with solutions, its data beside it."""
    folder = tmp_path / "source"
    folder.mkdir()
    (folder / notebooks.DATA).write_bytes(notebooks.TABLE)
    path = folder / "line.ipynb"
    document = notebooks.source("en")
    document["metadata"]["seodang"] = {"limits": {"wall_seconds": WALL_SECONDS}}
    path.write_bytes(as_bytes(document))
    return path


def released(source: Path) -> bytes:
    done = seodang("lab", "release", source)
    assert done.returncode == 0, done.stderr
    return (source.parent / "release" / source.name).read_bytes()


def test_a_source_is_proved_and_released(source: Path) -> None:
    proved = seodang("lab", "check", source, "--json")
    assert proved.returncode == 0, proved.stderr
    report = json.loads(proved.stdout)
    assert {line["id"]: line["max_points"] for line in report["questions"]} == notebooks.POINTS
    blank = released(source)
    for word in (notebooks.SECRET, notebooks.SCHEME, notebooks.SOLVED, notebooks.HIDDEN_ERROR):
        assert word.encode() not in blank
    wrong = notebooks.source("en")
    for cell in wrong["cells"]:
        cell["source"] = cell["source"].replace("table[:, 1]", "table[:, 0]")
    source.write_bytes(as_bytes(wrong))
    failed = seodang("lab", "check", source)
    assert failed.returncode == 1
    assert "read-tests" in failed.stderr


def the_class(blank: bytes) -> dict[str, tuple[bytes, float | None]]:
    """Thirty notebooks by name, with the points that tests give, or None where there is nothing to mark."""
    right = {"read": notebooks.READ_ALONE, "slope": notebooks.SLOPE_OF_FIT}
    filled: Callable[..., bytes] = lambda **answers: notebooks.filled(blank, answers)  # noqa: E731
    found: dict[str, tuple[bytes, float | None]] = {}
    for number in range(6):
        found[f"right{number}"] = (filled(**right, why=f"Because {number}."), 6)
        found[f"rising{number}"] = (filled(read=notebooks.READ, slope=notebooks.SLOPE_RISING), 4)
        found[f"head{number}"] = (filled(read=notebooks.READ_WITH_HEAD, slope=notebooks.SLOPE), 4)
    found["blank"] = (blank, 0)
    found["quits"] = (filled(**{**right, "read": "import os\nos._exit(0)"}), 4)
    found["prints"] = (filled(**{**right, "why": "x" * 200_000}), 6)
    found["loops"] = (filled(**{**right, "slope": "while True:\n    pass"}), 2)
    found["syntax"] = (filled(**{**right, "slope": "def slope(x, y:"}), 2)
    found["forged"] = (forged(filled(read="pass", slope="pass")), 0)
    found["untested"] = (without(filled(**right), "slope-tests"), 2)
    found["doubled"] = (doubled(filled(**right), "slope"), 6)
    found["text"] = (b"I was ill.", None)
    found["bytes"] = (b"\xff\xfe\x00\x01 no text", None)
    found["empty"] = (b"", None)
    found["stranger"] = (as_bytes(notebook(code("1"), checked("other", "assert True"))), None)
    assert len(found) == 30
    return found


def forged(content: bytes) -> bytes:
    document = json.loads(content)
    for cell in document["cells"]:
        mark = cell["metadata"].get("nbgrader", {})
        if mark.get("grade"):
            mark |= {"points": 100, "grade": False}
            cell["source"] = "100"
    return as_bytes(document)


def without(content: bytes, grade_id: str) -> bytes:
    document = json.loads(content)
    document["cells"] = [
        cell for cell in document["cells"] if cell["metadata"].get("nbgrader", {}).get("grade_id") != grade_id
    ]
    return as_bytes(document)


def doubled(content: bytes, grade_id: str) -> bytes:
    document = json.loads(content)
    again = [cell for cell in document["cells"] if cell["metadata"].get("nbgrader", {}).get("grade_id") == grade_id]
    document["cells"] += json.loads(json.dumps(again))
    return as_bytes(document)


def must_be_as_promised(one: dict[str, Any]) -> None:
    """The form that the documentation promises to programs."""
    assert isinstance(one["path"], str)
    assert isinstance(one["points"], NUMBER)
    assert isinstance(one["max_points"], NUMBER)
    assert isinstance(one["flags"], list)
    for question in one["questions"]:
        assert isinstance(question["id"], str)
        assert question["points"] is None or isinstance(question["points"], NUMBER)
        assert isinstance(question["max_points"], NUMBER)
        assert isinstance(question["status"], str)


def test_thirty_notebooks_are_marked_and_no_bad_one_stops_the_rest(source: Path, tmp_path: Path) -> None:
    work = the_class(released(source))
    folder, feedback = tmp_path / "submitted", tmp_path / "feedback"
    folder.mkdir()
    for name, (content, _points) in work.items():
        (folder / f"{name}.ipynb").write_bytes(content)
    done = seodang("grade", source, folder, "--workers", 2, "--json", "--feedback", feedback)
    assert done.returncode == 0, done.stderr
    marked = json.loads(done.stdout)
    assert list(marked) == ["submissions"]
    found = {Path(one["path"]).stem: one for one in marked["submissions"]}
    assert found.keys() == work.keys()
    for name, (_content, points) in work.items():
        one = found[name]
        must_be_as_promised(one)
        if points is None:
            assert one["problem"]["message"], name
            assert one["problem"]["hint"], name
            assert one["points"] == 0, name
            continue
        assert one["problem"] is None, (name, one["problem"])
        assert (one["points"], one["max_points"]) == (points, 11), (name, one["questions"])
        assert {question["id"]: question["max_points"] for question in one["questions"]} == notebooks.POINTS
    assert found["right0"]["questions"][2]["points"] is None, "an essay waits for a person"
    assert {flag["cell"] for flag in found["doubled"]["flags"]} >= {"slope"}
    assert found["forged"]["flags"], "who changes a test is named"
    pages = {path.stem: path.read_text(encoding="utf-8") for path in feedback.glob("*.html")}
    assert pages.keys() == work.keys()
    for name, page in pages.items():
        for word in (notebooks.SECRET, notebooks.SCHEME, notebooks.HIDDEN_ERROR, "<script"):
            assert word not in page, f"feedback of {name} shows {word}"

    bad = [folder / f"{name}.ipynb" for name, (_content, points) in work.items() if points is None]
    nothing = seodang("grade", source, *bad)
    assert nothing.returncode == 1, "not one of them could be marked"
    assert nothing.stderr.count(".ipynb") >= len(bad)


def test_a_notebook_handed_in_from_a_shell_shows_in_the_browser(
    browser: Browser, classroom: Site, tmp_path: Path
) -> None:
    labs.make_lab(classroom, "en", tmp_path, slug="from-a-shell", due=timedelta(days=2))
    person = 4
    name = f"{LAB_CLASSES['en'].slug}/from-a-shell"
    tokens = json.loads(classroom.storage.with_name("tokens.json").read_text(encoding="utf-8"))
    login = {
        "SEODANG_URL": classroom.url,
        "SEODANG_TOKEN": tokens[LAB_CLASSES["en"].email(LAB_CLASSES["en"].people[person])],
    }
    with Watched(browser, classroom, person, "en", DESKTOP) as student:
        student.go(f"{root('en')}from-a-shell/")
        student.marked()
        taken = seodang("labs", "download", name, "--to", tmp_path / "mine", **login)
        assert taken.returncode == 0, taken.stderr
        assert (tmp_path / "mine" / notebooks.DATA).read_bytes() == notebooks.TABLE
        path = tmp_path / "mine" / "from-a-shell.ipynb"
        work = {"read": notebooks.READ, "slope": notebooks.SLOPE_RISING}
        path.write_bytes(notebooks.filled(path.read_bytes(), work))
        wrong = seodang("labs", "submit", name, tmp_path / "mine" / notebooks.DATA, **login)
        assert wrong.returncode != 0
        assert wrong.stderr.strip()
        done = seodang("labs", "submit", name, path, "--wait", "--json", **login)
        assert done.returncode == 0, done.stderr
        told = json.loads(done.stdout)
        assert (told["attempt"], told["state"], told["points"]) == (1, "marked", 4)
        line = student.page.locator("#attempts tbody tr")
        expect(line).to_have_count(1)
        expect(line.locator("strong")).to_have_text("4")
        assert student.is_marked(), "the attempt came by a reload"
        said = seodang("labs", "points", name, **login)
        assert said.returncode == 0, said.stderr
        assert "The slope" in said.stdout
        assert notebooks.HIDDEN_ERROR not in said.stdout
        student.look("handed in from a shell")
