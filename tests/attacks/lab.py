"""The lab that is attacked: eight autograded questions and one essay, and the notebooks that are handed in for it.

Hidden tests carry words and numbers that are drawn anew for every session: whoever shows one has read a test.
"""

from __future__ import annotations

import copy
import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from tests.attacks.attack import Attack

POINTS = {"total": 1, "square": 2, "scale": 2, "constant": 1, "predict": 4, "greet": 2, "count": 1, "double": 1}
FULL = Decimal(sum(POINTS.values()))

RIGHT = {
    "total": "def total(values):\n    return sum(values)",
    "square": "def square(x):\n    return x * x",
    "scale": (
        "def scale(values):\n    values = np.asarray(values, dtype=float)\n"
        "    return (values - values.min()) / (values.max() - values.min())"
    ),
    "constant": "the_answer = sum(int(house['price']) for house in houses)",
    "predict": "predictions = ['large' if int(house['rooms']) > 4 else 'small' for house in houses]",
    "greet": "def greet(name):\n    return f'Hello, {name}!'",
    "count": "count = len(houses)",
    "double": "def double(x):\n    return x + x",
}
WRONG = {
    **RIGHT,
    "square": "def square(x):\n    return None",
    "scale": "def scale(values):\n    return np.zeros(len(values)) - 7",
    "constant": "the_answer = None",
    "predict": "predictions = ['none'] * len(houses)",
    "greet": "def greet(name):\n    return ''",
    "count": "count = 0",
}

# What the student happens to know of the machine, and how an attack says that it came through.
KNOWLEDGE = """class known:
{facts}

def harm(what):
    print("HA" + "RM: " + str(what), flush=True)
"""


@dataclass(frozen=True)
class AttackedLab:
    """source: the professor's notebook (nbformat dict); files: beside it; hidden: words only hidden tests hold."""

    source: dict[str, Any]
    files: Mapping[str, bytes]
    hidden: tuple[str, ...]

    def source_bytes(self) -> bytes:
        return json.dumps(self.source).encode()


def make_lab() -> AttackedLab:
    words = {name: f"hidden-{name}-{secrets.token_hex(8)}" for name in POINTS}
    number = 10**7 + secrets.randbelow(10**7)
    houses = [(secrets.randbelow(9) + 1, 10**6 + secrets.randbelow(10**6)) for _ in range(12)]
    truth = ["large" if rooms > 4 else "small" for rooms, _ in houses]
    prices = sum(price for _, price in houses)
    tests = {
        "total": _test(
            "assert total([1, 2, 3]) == 6",
            "long lists",
            f"assert total([{number}, 1]) == {number + 1}, {words['total']!r}",
        ),
        "square": _test(
            "assert square(2) == 4\nassert square(-3) == 9",
            "large numbers",
            f"assert square({number}) == {number**2}, {words['square']!r}\nassert square(12) == 144",
        ),
        "scale": _test(
            "np.testing.assert_allclose(scale([0, 5, 10]), [0, 0.5, 1])",
            "negative numbers",
            f"np.testing.assert_allclose(scale([-4.0, 0.0, 4.0]), [0, 0.5, 1], err_msg={words['scale']!r})\n"
            "assert isinstance(scale([1.0, 2.0]), np.ndarray)\n"
            "assert abs(float(scale([1.0, 3.0, 5.0])[1]) - 0.5) < 1e-9\n"
            "assert np.allclose(scale([2.0, 3.0, 4.0]), [0, 0.5, 1])",
        ),
        "constant": _test(
            "assert the_answer is not None",
            "the sum of all prices",
            f"assert the_answer == {prices}, {words['constant']!r}",
        ),
        "predict": _test(
            f"assert len(predictions) == {len(truth)}",
            "every house",
            f"note = {words['predict']!r}\ntruth = {truth!r}\n"
            "right = sum(guess == true for guess, true in zip(predictions, truth))\n4 * right / len(truth)",
        ),
        "greet": _test(
            'import unittest\ncase = unittest.TestCase()\ncase.assertEqual(greet("Ada"), "Hello, Ada!")',
            "other names",
            f'case.assertEqual(greet({words["greet"]!r}), "Hello, {words["greet"]}!")',
        ),
        "count": _test(
            "assert isinstance(count, int)",
            "rows of the file",
            f'assert count == len(list(csv.DictReader(open("houses.csv")))), {words["count"]!r}',
        ),
        "double": _test(
            "assert double(4) == 8",
            "large numbers",
            f"assert double({number}) == {2 * number}, {words['double']!r}",
        ),
    }
    cells = [
        _markdown("# The attacked lab"),
        _code("import csv\nimport os\n\nimport numpy as np", grade_id="imports", locked=True),
        _code('houses = list(csv.DictReader(open("houses.csv")))', grade_id="houses", locked=True),
    ]
    for question, points in POINTS.items():
        cells.append(_code(_solution(RIGHT[question]), grade_id=f"{question}_answer", solution=True))
        cells.append(_code(tests[question], grade_id=question, grade=True, locked=True, points=points))
    essay = _markdown("### BEGIN SOLUTION\nBecause it is so.\n### END SOLUTION")
    essay["metadata"]["nbgrader"] = _settings("essay", grade=True, solution=True, points=2)
    cells.append(essay)
    table = "rooms,price\n" + "".join(f"{rooms},{price}\n" for rooms, price in houses)
    hidden = (*words.values(), str(number), str(number**2), str(2 * number), str(number + 1))
    return AttackedLab(_notebook(cells), {"houses.csv": table.encode()}, hidden)


def hand_in(released: Mapping[str, Any], attack: Attack, facts: Mapping[str, Any]) -> bytes:
    """The released notebook as the attacker hands it in."""
    notebook = _filled(released, {**WRONG, **attack.answers})
    knowledge = KNOWLEDGE.format(facts="\n".join(f"    {name} = {value!r}" for name, value in facts.items()))
    cells = notebook["cells"]
    position = 1 + next(i for i, cell in enumerate(cells) if grade_id(cell) == "total")
    cells[position:position] = _own(attack.code)
    cells.extend(_own(attack.last))
    cells[:0] = [*_own(knowledge), *_own(attack.first)]
    changed = attack.edit(notebook) if attack.edit else None
    return changed if isinstance(changed, bytes) else json.dumps(notebook if changed is None else changed).encode()


def honest_notebook(released: Mapping[str, Any]) -> bytes:
    """The released notebook with every question answered rightly."""
    return json.dumps(_filled(released, RIGHT)).encode()


def grade_id(cell: Mapping[str, Any]) -> str:
    return cell.get("metadata", {}).get("nbgrader", {}).get("grade_id", "")  # type: ignore[no-any-return]


def cell_of(notebook: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The cell with this grade_id."""
    return next(cell for cell in notebook["cells"] if grade_id(cell) == name)


def _filled(released: Mapping[str, Any], answers: Mapping[str, str]) -> dict[str, Any]:
    notebook = copy.deepcopy(dict(released))
    for question, answer in answers.items():
        cell_of(notebook, f"{question}_answer")["source"] = answer
    return notebook


def _own(sources: str | Sequence[str]) -> list[dict[str, Any]]:
    return [_code(source.strip("\n")) for source in ([sources] if isinstance(sources, str) else sources)]


def _solution(source: str) -> str:
    return f"### BEGIN SOLUTION\n{source}\n### END SOLUTION"


def _test(visible: str, title: str, hidden: str) -> str:
    return f"{visible}\n### BEGIN HIDDEN TESTS: {title}\n{hidden}\n### END HIDDEN TESTS"


def _settings(grade_id: str, **given: Any) -> dict[str, Any]:
    settings = {"grade": False, "solution": False, "locked": False, "task": False, **given}
    return {**settings, "grade_id": grade_id, "schema_version": 3}


def _code(source: str, grade_id: str = "", **given: Any) -> dict[str, Any]:
    metadata = {"nbgrader": _settings(grade_id, **given)} if grade_id else {}
    return {
        "cell_type": "code",
        "id": secrets.token_hex(4),
        "metadata": metadata,
        "source": source,
        "outputs": [],
        "execution_count": None,
    }


def _markdown(source: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "id": secrets.token_hex(4), "metadata": {}, "source": source}


def _notebook(cells: list[dict[str, Any]]) -> dict[str, Any]:
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    metadata = {"kernelspec": kernel, "language_info": {"name": "python"}}
    return {"nbformat": 4, "nbformat_minor": 5, "metadata": metadata, "cells": cells}
