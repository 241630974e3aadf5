"""A bench for execution: cells as text, marked by their first line, run as the submission of their own lab."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from seodang.grade.execute import Executor
from seodang.grade.execute.executed import CellStatus, Executed, ExecutedCell, TestRun
from seodang.grade.lab import Lab
from seodang.grade.merge import merge
from seodang.grade.notebook import Cell, Notebook
from seodang.grade.points import mark
from seodang.run.sandboxes import choose
from seodang.run.spec import Limits

MODULES = ("numpy", "pandas", "matplotlib")


def metadata(grade_id: str, **settings: Any) -> dict[str, Any]:
    fixed = {"schema_version": 3, "grade": False, "solution": False, "locked": False, "task": False}
    return {"nbgrader": {**fixed, "grade_id": grade_id, **settings}}


def cell(number: int, source: str) -> Cell:
    """`#test` makes a test worth 2 points, `#locked` a read-only cell; all else is an answer."""
    first, _newline, rest = source.partition("\n")
    if first == "#test":
        return Cell("code", rest, metadata(f"test{number}", grade=True, locked=True, points=2))
    if first == "#locked":
        return Cell("code", rest, metadata(f"locked{number}", locked=True))
    return Cell("code", source, metadata(f"answer{number}", solution=True))


class Ran:
    """What came of it, with short ways to it."""

    def __init__(self, lab: Lab, merged: Any, executed: Executed, compat: bool) -> None:
        self.lab, self.merged, self.executed = lab, merged, executed
        self.marks = mark(lab, merged, executed, compat=compat)

    def cell(self, index: int) -> ExecutedCell:
        return next(one for one in self.executed.cells if one.index == index)

    def status(self, index: int) -> CellStatus:
        return self.cell(index).status

    def text(self, index: int, name: str = "stdout") -> str:
        outputs = self.cell(index).outputs
        return "".join(one["text"] for one in outputs if one["output_type"] == "stream" and one["name"] == name)

    def result(self, index: int) -> dict[str, Any]:
        return next(one["data"] for one in self.cell(index).outputs if one["output_type"] == "execute_result")

    def error(self, index: int) -> str:
        error = self.cell(index).error
        return "" if error is None else f"{error.ename}: {error.evalue}"

    @property
    def tests(self) -> list[TestRun]:
        return list(self.executed.tests.values())

    @property
    def test(self) -> TestRun:
        (only,) = self.tests
        return only

    @property
    def codes(self) -> set[str]:
        return {flag.code for flag in (*self.executed.flags, *self.marks.flags)}


class Bench:
    def __init__(self, sandbox: str) -> None:
        self.executor = Executor(sandbox=choose(sandbox), workers=2, own_work=True)

    def __enter__(self) -> Bench:
        return self

    def __exit__(self, *_: object) -> None:
        self.executor.close()

    def run(
        self,
        *sources: str,
        handed_in: dict[int, str] | None = None,
        modules: tuple[str, ...] = MODULES,
        compat: bool = False,
        limits: Limits | None = None,
        **options: Any,
    ) -> Ran:
        """handed_in: index → what the student wrote there instead."""
        cells = tuple(cell(number, source) for number, source in enumerate(sources))
        source = Notebook("lab.ipynb", cells, {"seodang": {"packages": list(modules)}}, 5)
        lab = Lab.read(source, needs_questions=False)
        if limits is not None:
            lab = replace(lab, limits=limits)
        given = tuple(
            Cell(one.cell_type, (handed_in or {}).get(index, one.source), one.metadata)
            for index, one in enumerate(lab.solution().cells)
        )
        merged = merge(lab, Notebook("handed_in.ipynb", given, {}, 5), compat=compat)
        return Ran(lab, merged, self.executor.execute(lab, merged, compat=compat, **options), compat)
