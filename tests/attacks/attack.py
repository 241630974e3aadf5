"""An attack and the catalogue of all of them: every other module of this folder's folders holds one `ATTACK`.

An attack is a notebook that a student hands in (or, for a run that gives files back, a program). What the student
gets honestly stands with it, so that one test can say of every attack: points did not rise, and nothing else was
harmed. The first line of an attack's docstring is its line in the table of `benchmarks/attacks.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from importlib import import_module
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
GROUPS = ("outcome", "partial", "secrets", "process", "machine", "notebook", "results")

Edit = Callable[[dict[str, Any]], Any]


@dataclass(frozen=True)
class Attack:
    """What the student hands in, and what may come of it.

    first, code, last: cells of the student's own, at the top, after the first question, at the end; one text or
        several cells.
    answers: question → answer cell, in place of a wrong answer (`lab.WRONG`); questions `total` and `double` are
        answered rightly unless given here.
    edit: changes the finished notebook (a dict) in place, or gives the file's bytes instead.
    file_name: what the student calls the file.
    program: for a run of `seodang.run`: Python source; it writes files that are asked back as `artifacts`.
    again: what the same student hands in next.
    honest: points that these answers deserve; keeps: questions that must keep their full points.
    flagged: a flag for a person (look or tampering) is promised.
    only_told: points may rise, and nothing but a flag for a person stands against it: code that writes into the
        process's own memory past Python. `docs/explanation/attacks.md` says so.
    refused: the file may be refused as a whole instead of being marked.
    needs_wall: only a sandbox that confines can withstand it; `none` must refuse others' work.
    """

    first: str | Sequence[str] = ()
    code: str | Sequence[str] = ()
    last: str | Sequence[str] = ()
    answers: Mapping[str, str] = field(default_factory=dict)
    edit: Edit | None = None
    file_name: str = "attacker.ipynb"
    program: str = ""
    artifacts: tuple[str, ...] = ()
    again: Attack | None = None
    honest: Decimal = Decimal(2)
    keeps: tuple[str, ...] = ("total", "double")
    flagged: bool = False
    only_told: bool = False
    refused: bool = False
    needs_wall: bool = False
    name: str = ""
    group: str = ""
    title: str = ""


def catalogue() -> tuple[Attack, ...]:
    """Every attack, in the order of groups and names."""
    found = []
    for group in GROUPS:
        for path in sorted((HERE / group).glob("*.py")):
            module = import_module(f"tests.attacks.{group}.{path.stem}")
            title = (module.__doc__ or "").strip().splitlines()[0].rstrip(".")
            found.append(replace(module.ATTACK, name=path.stem, group=group, title=title))
    return tuple(found)
