"""Labs as plain text: what goes in comes out, in every form, and hostile text is refused."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from tests.grade import oracle
from tests.grade.notebooks import as_bytes, code, notebook

from seodang.grade.errors import GradeError, SubmissionRefused
from seodang.grade.lab import Lab
from seodang.grade.notebook import read_notebook
from seodang.grade.release import write

SUFFIXES = [".py", ".md", ".myst.md", ".Rmd"]
SCRIPT = """# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
#   seodang:
#     title: Squares
#     packages: [numpy]
#     limits: {wall_seconds: 60}
# ---

# %% [markdown]
# # A lab
#
# Read *this* first.

# %% [markdown]
# ## Squares

# %% nbgrader={"grade": false, "grade_id": "squares", "locked": false, "schema_version": 3, "solution": true}
def squares(n):
    ### BEGIN SOLUTION
    return [i**2 for i in range(1, n + 1)]
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "t", "locked": true, "points": 2.5, "schema_version": 3, "solution": false}
assert squares(2) == [1, 4]
### BEGIN HIDDEN TESTS: larger
assert squares(3) == [1, 4, 9]
### END HIDDEN TESTS

# %% [markdown] nbgrader={"grade": true, "grade_id": "why", "points": 1, "schema_version": 3, "solution": true, "locked": false}
# Because.
"""  # noqa: E501


def _shape(notebook) -> list[tuple]:
    return [(cell.cell_type, cell.source, cell.metadata.get("nbgrader")) for cell in notebook.cells]


@pytest.fixture
def script(tmp_path):
    path = tmp_path / "squares.py"
    path.write_text(SCRIPT)
    return path


def test_a_lab_is_written_as_a_script(script):
    lab = Lab.read(script)
    assert (lab.title, lab.packages, lab.limits.wall_seconds) == ("Squares", ("numpy",), 60)
    assert [(question.id, str(question.max_points)) for question in lab.questions] == [("t", "2.5"), ("why", "1")]
    assert lab.tests["t"].hidden[0].title == "larger"
    assert lab.data == ()


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_text_form_keeps_everything_that_marking_reads(script, tmp_path, suffix):
    source = read_notebook(script)
    document = {
        "cells": [
            {"cell_type": cell.cell_type, "source": cell.source, "metadata": cell.metadata, "id": cell.id}
            | ({"outputs": [], "execution_count": None} if cell.cell_type == "code" else {})
            for cell in source.cells
        ],
        "metadata": source.metadata,
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    path = tmp_path / f"again{suffix}"
    write(document, path)
    back = read_notebook(path)
    assert _shape(back) == _shape(source)
    assert back.metadata["seodang"] == source.metadata["seodang"]
    assert back.language == "python"


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("problem", ["problem1", "problem2"])
def test_the_example_course_survives_every_form(tmp_path, suffix, problem):
    released = Lab.read(oracle.USER_GUIDE / f"source/ps1/{problem}.ipynb").release()
    path = tmp_path / f"{problem}{suffix}"
    write(released, path)
    expected = [(cell["cell_type"], cell["source"], cell["metadata"].get("nbgrader")) for cell in released["cells"]]
    # Markdown joins neighbours that nothing tells apart, and drops blanks at the end of a text.
    assert [(kind, source.rstrip(), marks) for kind, source, marks in _shape(read_notebook(path))] == [
        (kind, source.rstrip(), marks) for kind, source, marks in expected
    ]


def test_an_unknown_form_is_refused(tmp_path):
    with pytest.raises(GradeError, match="ipynb"):
        write(notebook(code("x")), tmp_path / "lab.txt")


def test_a_submission_may_be_text(script):
    assert read_notebook(SCRIPT.encode(), name="mine.py").cells[2].source.startswith("def squares")


LAUGHS = "".join(f"l{i}: &l{i} [{', '.join([f'*l{i - 1}' if i else 'x'] * 9)}]\n" for i in range(10))
COMMENTED = "".join(f"# {line}\n" for line in LAUGHS.splitlines())
BAD = {
    "script.py": "# ---\n# jupyter: {}\n" + COMMENTED + "# ---\n# %%\nx = 1\n",
    "late.py": "#!/usr/bin/python\n\n# ---\n" + COMMENTED + "# ---\n# %%\nx = 1\n",
    "text.md": "---\n" + LAUGHS + "---\n```python\nx\n```\n",
    "myst.md": "---\njupytext:\n  format_name: myst\n" + LAUGHS + "---\n```{code-cell}\nx\n```\n",
    "cells.md": "---\nkernelspec: {name: a}\n---\n```{code-cell}\n---\n" + LAUGHS + "---\nx\n```\n",
    "many.py": "# %%\n" * 100_000,
    "many.md": "```python\n" * 80_000,
    "large.py": "# %%\n" + "x" * 2_000_000,
    "script without cells.py": "print(1)",
    "tag.md": "---\na: !!python/object/apply:os.system ['true']\n---\n```python\nx\n```\n",
}
LIMITED = """
import resource, sys
from seodang.grade.notebook import read_notebook
from seodang.grade.errors import SubmissionRefused
resource.setrlimit(resource.RLIMIT_CPU, (20, 20))
resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
try:
    read_notebook(sys.stdin.buffer.read(), name=sys.argv[1])
except SubmissionRefused as error:
    print(error.code)
"""


@pytest.mark.parametrize("name", BAD)
def test_hostile_text_is_refused_quickly(name):
    command = [sys.executable, "-c", LIMITED, name]
    done = subprocess.run(command, input=BAD[name].encode(), capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()[-2000:]
    assert done.stdout.strip()


def test_a_header_cannot_choose_a_form_that_starts_programs(monkeypatch):
    monkeypatch.setattr(subprocess, "Popen", None)
    for form in ("pandoc", "quarto"):
        representation = f"---\njupyter:\n  jupytext:\n    text_representation:\n      format_name: {form}\n---\n"
        try:
            read = read_notebook((representation + "# Hi\n\n```python\nx = 1\n```\n").encode(), name="lab.md")
        except SubmissionRefused as refusal:
            assert refusal.code == "not_a_notebook"  # noqa: PT017
        else:
            assert [cell.cell_type for cell in read.cells] == ["markdown", "code"]


def test_json_named_like_text_is_read_as_json():
    assert read_notebook(as_bytes(notebook(code("x"))), name="lab.md").cells[0].source == "x"


def test_the_example_of_the_reference_is_a_lab(tmp_path):
    page = (Path(__file__).parents[2] / "docs/reference/lab-format.md").read_text()
    path = tmp_path / "squares.py"
    path.write_text(re.search(r"```python\n(# ---\n.*?)```", page, re.S).group(1))
    lab = Lab.read(path)
    assert (lab.title, [question.id for question in lab.questions]) == ("Squares", ["test"])
