"""Released notebooks: ours against nbgrader's own, cell by cell, and what releasing must never let out."""

from __future__ import annotations

import json
from pathlib import Path

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nbgrader import utils
from tests.grade import oracle
from tests.grade.notebooks import answer, as_bytes, checked, code, locked, manual, markdown, notebook, task

from seodang.grade.errors import LabInvalid
from seodang.grade.lab import Lab
from seodang.grade.notebook import read_notebook
from seodang.grade.release import as_file, write

# AUTOTEST lines become tests by running the solution (tests/grade/test_autotest.py); reading alone refuses them.
AUTOTESTS = ("autotest-simple.ipynb", "autotest-hashed.ipynb", "autotest-hidden.ipynb", "autotest-multi.ipynb")


def _name(path: Path) -> str:
    return str(path.relative_to(oracle.WHEEL))


def _cells(document: dict) -> list[dict]:
    return [{key: value for key, value in cell.items() if key != "id"} for cell in document["cells"]]


def _is_autotest(path: Path) -> bool:
    return path.name in AUTOTESTS or "ps1_autotest/problem1" in str(path)


def _labs() -> list[Path]:
    found = []
    for path in oracle.notebooks():
        try:
            oracle.release(oracle.read(path))
        except Exception:
            continue
        if not _is_autotest(path):
            found.append(path)
    return found


LABS = _labs()


def _released(*cells: dict) -> dict:
    return Lab.read(as_bytes(notebook(*cells)), name="lab.ipynb", needs_questions=False).release()


def test_the_wheel_carries_enough_to_compare():
    assert len(LABS) > 60


@pytest.mark.parametrize("path", LABS, ids=_name)
def test_every_notebook_of_nbgraders_wheel_is_released_as_nbgrader_does(path):
    theirs = oracle.release(oracle.read(path))
    ours = Lab.read(path, needs_questions=False).release()
    assert _cells(ours) == _cells(theirs)
    assert ours["metadata"] == theirs["metadata"]
    assert (ours["nbformat"], ours["nbformat_minor"]) == (theirs["nbformat"], theirs["nbformat_minor"])


@pytest.mark.parametrize("path", sorted(set(oracle.notebooks()) - set(LABS)), ids=_name)
def test_what_nbgrader_refuses_is_refused(path):
    with pytest.raises(LabInvalid) as refusal:
        Lab.read(path, needs_questions=False)
    assert refusal.value.problems
    assert ("AUTOTEST" in str(refusal.value)) == ("autotest" in str(path))


@pytest.mark.parametrize("path", LABS, ids=_name)
def test_what_marking_restores_is_what_nbgrader_saves(path):
    lab = Lab.read(path, needs_questions=False)
    for ours, theirs in zip(lab.cells, oracle.saved(oracle.read(path)).cells, strict=True):
        assert ours.saved == theirs.source
        if utils.is_grade(theirs) or utils.is_solution(theirs) or utils.is_locked(theirs):
            assert ours.saved_checksum == theirs.metadata.nbgrader.checksum


def test_the_example_course_is_released_as_the_wheel_shows_it():
    for problem in ("problem1.ipynb", "problem2.ipynb"):
        ours = Lab.read(oracle.USER_GUIDE / "source/ps1" / problem).release()
        theirs = json.loads((oracle.USER_GUIDE / "release/ps1" / problem).read_text())
        sources = [cell["source"] for cell in ours["cells"]]
        # The example's own configuration puts a header in front, and was run with older texts of some cells.
        shown = ["".join(cell["source"]) for cell in theirs["cells"]]
        assert shown[-len(sources) :] == sources or set(sources) & set(shown)


LINES = st.sampled_from(
    [
        "x = 1",
        "    y = 2",
        "",
        "### BEGIN SOLUTION",
        "    ### BEGIN SOLUTION",
        "### END SOLUTION",
        "### BEGIN HIDDEN TESTS",
        "### BEGIN HIDDEN TESTS: corner cases",
        "### END HIDDEN TESTS",
        "=== BEGIN MARK SCHEME ===",
        "=== END MARK SCHEME ===",
        "한글 = '서당'",
        "![a](attachment:a.png)",
    ]
)
SOURCES = st.lists(LINES, max_size=8).map("\n".join)
FLAGS = st.fixed_dictionaries(
    {"grade": st.booleans(), "solution": st.booleans(), "locked": st.booleans()},
    optional={"task": st.booleans(), "points": st.sampled_from([0, 1, 2.5, 10])},
)


@given(
    cells=st.lists(
        st.tuples(st.sampled_from(["code", "markdown", "raw"]), SOURCES, FLAGS | st.none()), min_size=1, max_size=5
    )
)
def test_any_notebook_is_released_as_nbgrader_does_or_refused_by_both(cells):
    made = []
    for number, (cell_type, source, flags) in enumerate(cells):
        cell = {"cell_type": cell_type, "metadata": {}, "source": source}
        if cell_type == "code":
            cell |= {"outputs": [], "execution_count": None}
        if flags is not None:
            cell["metadata"]["nbgrader"] = {"schema_version": 3, "grade_id": f"c{number}", **flags}
        made.append(cell)
    document = notebook(*made)
    try:
        theirs = oracle.release(nbformat.from_dict(json.loads(json.dumps(document))))
    except Exception:
        theirs = None
    try:
        ours = Lab.read(as_bytes(document), name="lab.ipynb", needs_questions=False).release()
    except LabInvalid as refusal:
        # A task without points stops nbgrader later, when it saves the cells.
        assert theirs is None or "points" in str(refusal)  # noqa: PT017
    else:
        assert theirs is not None
        assert _cells(ours) == _cells(theirs)


def test_a_released_notebook_is_valid_for_nbformat_and_for_nbgrader():
    from nbgrader.nbgraderformat import reads

    document = _released(
        markdown("# Lab"), answer("a", "x = 1"), checked("t", "assert x"), manual("m", "why"), task("k", "do")
    )
    read = reads(as_file(document), as_version=4)
    nbformat.validate(read)


def test_nothing_of_solutions_hidden_tests_or_schemes_is_left():
    document = _released(
        answer("a", "def f():\n    ### BEGIN SOLUTION\n    return SECRET\n    ### END SOLUTION"),
        answer("b", "SECRET = 2"),
        checked("t", "assert f()\n### BEGIN HIDDEN TESTS: SECRET title\nassert SECRET\n### END HIDDEN TESTS"),
        manual("m", "SECRET"),
        manual("n", "SECRET()", cell_type="code"),
        task("k", "Do it.\n=== BEGIN MARK SCHEME ===\nSECRET\n=== END MARK SCHEME ==="),
        code("print(1)") | {"outputs": [{"output_type": "stream", "name": "stdout", "text": "SECRET"}]},
    )
    assert "SECRET" not in as_file(document)
    assert document["cells"][0]["source"] == "def f():\n    # YOUR CODE HERE\n    raise NotImplementedError()"
    assert document["cells"][3]["source"] == "YOUR ANSWER HERE"


def test_a_picture_attached_to_a_solution_does_not_leave_with_the_stub():
    picture = {"answer.png": {"image/png": "U0VDUkVU"}}
    shown = markdown("![](attachment:answer.png)") | {"attachments": picture}
    hidden = manual("m", "![](attachment:answer.png)") | {"attachments": picture}
    document = _released(shown, hidden)
    assert document["cells"][0]["attachments"] == picture
    assert "attachments" not in document["cells"][1]


@pytest.mark.parametrize(
    ("language", "stub"),
    [
        ("python", "# YOUR CODE HERE\nraise NotImplementedError()"),
        ("R", "# YOUR CODE HERE\nfail()"),
        ("octave", "% YOUR CODE HERE\nerror('No Answer Given!')"),
        ("java", "// YOUR CODE HERE"),
    ],
)
def test_stubs_speak_the_notebooks_language(language, stub):
    document = notebook(answer("a", "x"), kernelspec={"name": "k", "display_name": "K", "language": language})
    lab = Lab.read(as_bytes(document), name="lab.ipynb", needs_questions=False)
    assert lab.release()["cells"][0]["source"] == stub


def test_a_language_without_a_stub_is_refused():
    document = notebook(answer("a", "x"), kernelspec={"name": "k", "display_name": "K", "language": "cobol"})
    with pytest.raises(LabInvalid, match="cobol"):
        Lab.read(as_bytes(document), name="lab.ipynb", needs_questions=False)


def test_a_release_of_the_same_source_is_the_same_file(tmp_path):
    text = "# %% [markdown]\n# # Lab\n\n# %%\nx = 1\n"
    source = tmp_path / "lab.py"
    source.write_text(text)
    first, second = (as_file(Lab.read(source, needs_questions=False).release()) for _ in range(2))
    assert first == second
    nbformat.validate(nbformat.reads(first, as_version=4))


def test_cells_without_ids_or_with_the_same_get_their_own():
    document = notebook(code("a") | {"id": "same"}, code("b") | {"id": "same"}, code("c"))
    document["nbformat_minor"] = 5
    released = Lab.read(as_bytes(document), name="lab.ipynb", needs_questions=False).release()
    assert len({cell["id"] for cell in released["cells"]}) == 3
    nbformat.validate(nbformat.from_dict(released))


@pytest.mark.parametrize("suffix", [".ipynb", ".py", ".md", ".myst.md", ".Rmd"])
def test_a_release_can_be_written_in_every_form(tmp_path, suffix):
    document = _released(
        markdown("# Lab"), locked("r", "import json"), answer("a", "x = 1"), checked("t", "assert x", 2.5)
    )
    path = tmp_path / f"released{suffix}"
    write(document, path)
    back = read_notebook(path)
    assert [cell.source for cell in back.cells] == [cell["source"] for cell in document["cells"]]
    for cell, released in zip(back.cells, document["cells"], strict=True):
        assert cell.metadata.get("nbgrader") == released["metadata"].get("nbgrader")
