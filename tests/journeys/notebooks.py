"""A small lab that a class could have had, in two languages, and what its students hand in.

Two tested questions (one of them gives partial credit), an essay and a drawing that a person marks, a data file.
`SECRET` stands in every hidden test and `SCHEME` in everything that only staff read, so that a journey can look for
them in what students get.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.grade import notebooks as cells

SECRET = "sphinx-of-black-quartz"
SCHEME = "pack-my-box-with-jugs"
SOLVED = "centred"  # a name in the teacher's solution alone
DATA = "measurements.csv"
POINTS = {"read-tests": 2, "slope-tests": 4, "why": 3, "draw": 2}
HIDDEN_ERROR = "that hidden number"  # what a hidden test says when it fails

ROWS = [(number, 3 * number + (number * 7) % 5) for number in range(12)]
TABLE = ("x,y\n" + "".join(f"{x},{y}\n" for x, y in ROWS)).encode()

READ = """def read(path):
    table = np.loadtxt(path, delimiter=",", skiprows=1)
    return table[:, 0], table[:, 1]
"""
SLOPE = """def slope(x, y):
    x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    centred = x - x.mean()
    return float((centred * (y - y.mean())).sum() / (centred**2).sum())
"""
# What a student writes who works alone: two ways that are right, one that is half right, one that is wrong.
READ_ALONE = """import csv

def read(path):
    with open(path) as file:
        rows = list(csv.DictReader(file))
    return np.array([float(row["x"]) for row in rows]), np.array([float(row["y"]) for row in rows])
"""
SLOPE_OF_FIT = "def slope(x, y):\n    return np.polyfit(x, y, 1)[0]\n"
SLOPE_RISING = "def slope(x, y):\n    return float(abs(np.polyfit(x, y, 1)[0]))\n"
READ_WITH_HEAD = 'def read(path):\n    rows = open(path).read().split("\\n")\n    return rows, rows\n'
# Long enough, and odd enough, that two who both have it did not both think of it.
SLOPE_BY_STEPS = """def slope(x, y):
    total_x, total_y, total_xy, total_xx, count = 0.0, 0.0, 0.0, 0.0, 0
    for place in range(len(x)):
        total_x = total_x + float(x[place])
        total_y = total_y + float(y[place])
        total_xy = total_xy + float(x[place]) * float(y[place])
        total_xx = total_xx + float(x[place]) * float(x[place])
        count = count + 1
    upper = count * total_xy - total_x * total_y
    lower = count * total_xx - total_x * total_x
    if lower == 0:
        raise ValueError("all x are the same")
    return upper / lower
"""


def renamed(code: str) -> str:
    """The same program with other names, as somebody hands it in who copied it."""
    for old, new in {"total_": "sum_of_", "place": "i", "count": "n", "upper": "top", "lower": "bottom"}.items():
        code = code.replace(old, new)
    return code


@dataclass(frozen=True)
class Words:
    """What the lab says in one language."""

    title: str
    reading: str
    slope: str
    why: str
    draw: str
    hidden_column: str
    hidden_number: str
    hidden_lines: str
    essay: str
    short_essay: str
    drawing: str


WORDS = {
    "en": Words(
        title="A straight line",
        reading="Reading the measurements",
        slope="The slope",
        why="Why squares?",
        draw="A drawing",
        hidden_column="the second column",
        hidden_number="a plain number",
        hidden_lines="falling and curved points",
        essay="Squares punish **large** errors more than small ones, and their sum has one minimum that we can "
        "write down.\n\n- no sign\n- smooth everywhere",
        short_essay="Because everybody does.",
        drawing="The line runs through the middle of the points; the residuals grow to the right.",
    ),
    "ko": Words(
        title="직선 하나",
        reading="측정값 읽기",
        slope="기울기",
        why="왜 제곱인가?",
        draw="그림",
        hidden_column="둘째 열",
        hidden_number="보통의 수",
        hidden_lines="내려가는 점과 휘어진 점",
        essay="제곱은 **큰** 오차를 작은 오차보다 더 크게 벌하고, 그 합의 최솟값은 하나뿐이라 식으로 쓸 수 "
        "있습니다.\n\n- 부호가 없습니다\n- 어디서나 매끄럽습니다",
        short_essay="다들 그렇게 하니까요.",
        drawing="직선은 점들의 한가운데를 지나고, 오른쪽으로 갈수록 잔차가 커집니다.",
    ),
}


def solution(code: str) -> str:
    head, _line, body = code.partition("\n")
    return f"{head}\n    ### BEGIN SOLUTION\n{body}    ### END SOLUTION\n"


def hidden(title: str, code: str) -> str:
    return f"### BEGIN HIDDEN TESTS: {title}\n# {SECRET}\n{code}\n### END HIDDEN TESTS"


def source(language: str, *, wants_plain_number: bool = False) -> dict[str, Any]:
    """The teacher's notebook. `wants_plain_number`: a hidden test refuses NumPy's numbers, which it should not."""
    words = WORDS[language]
    total = float(sum(y for _x, y in ROWS))
    plain = f'assert type(slope([0, 1], [1, 3])) is float, "{HIDDEN_ERROR}"'
    slope_tests = [
        "assert abs(slope([0, 1], [0, 2]) - 2) < 1e-9",
        *([hidden(words.hidden_number, plain)] if wants_plain_number else []),
        hidden(
            words.hidden_lines,
            "found = [slope([0, 1, 2], [4, 2, 0]), slope([0, 1, 2], [0, 1, 4])]\n"
            "2 * sum(abs(one - right) < 1e-9 for one, right in zip(found, [-2, 2]))",
        ),
    ]
    scheme = f"=== BEGIN MARK SCHEME ===\n{SCHEME}: 1, 1\n=== END MARK SCHEME ==="
    return cells.notebook(
        cells.markdown(f"# {words.title}"),
        cells.locked("setup", "import numpy as np"),
        cells.markdown(f"## {words.reading}"),
        cells.answer("read", solution(READ)),
        cells.checked(
            "read-tests",
            f'x, y = read("{DATA}")\nassert len(x) == {len(ROWS)}\n'
            + hidden(words.hidden_column, f'assert float(sum(y)) == {total}, "{HIDDEN_ERROR}"'),
            POINTS["read-tests"],
        ),
        cells.markdown(f"## {words.slope}"),
        cells.answer("slope", solution(SLOPE)),
        cells.checked("slope-tests", "\n".join(slope_tests), POINTS["slope-tests"]),
        cells.markdown(f"## {words.why}"),
        cells.manual("why", f"### BEGIN SOLUTION\n{words.essay} ({SCHEME})\n### END SOLUTION", POINTS["why"]),
        cells.markdown(f"## {words.draw}"),
        cells.task("draw", f"{words.drawing[:4]} …\n\n{scheme}", POINTS["draw"]),
    )


def broken_source(language: str) -> dict[str, Any]:
    """A solution that begins and does not end."""
    found = source(language)
    for cell in found["cells"]:
        cell["source"] = (
            cell["source"].replace("    ### END SOLUTION\n", "")
            if "def slope" in cell["source"]
            else (cell["source"])
        )
    return found


def nbgrader_folder(assignment: str, notebook: Mapping[str, Any]) -> bytes:
    """A zip of an nbgrader course's folder with this one assignment, as its owner would make it."""
    files = {
        "nbgrader_config.py": b"c = get_config()\n",
        "source/header.ipynb": cells.as_bytes(cells.notebook(cells.markdown("# header"))),
        f"source/{assignment}/{assignment}.ipynb": cells.as_bytes(notebook),
        f"source/{assignment}/{DATA}": TABLE,
        f"release/{assignment}/{assignment}.ipynb": cells.as_bytes(notebook),
        f"source/{assignment}/.ipynb_checkpoints/{assignment}-checkpoint.ipynb": b"{}",
    }
    found = io.BytesIO()
    with zipfile.ZipFile(found, "w") as archive:
        for name, content in files.items():
            archive.writestr(f"course/{name}", content)
    return found.getvalue()


def filled(released: bytes, answers: Mapping[str, str], *more: Mapping[str, Any]) -> bytes:
    """The notebook that was downloaded, with answers by grade_id and cells of the student's own at its end."""
    notebook = json.loads(released)
    for cell in notebook["cells"]:
        answer = answers.get(cell["metadata"].get("nbgrader", {}).get("grade_id", ""))
        if answer is not None:
            cell["source"] = answer
    notebook["cells"] += more
    return json.dumps(notebook).encode()
