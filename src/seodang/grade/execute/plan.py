"""What the driver tells a submission's process: steps before, and messages for the tests after.

Pure functions over a lab and its merged submission. Nothing of a hidden test is in a step: the steps hold the
student's own cells, the lab's read-only cells, and of a test the visible part without its asserts, where later
cells need the names that it binds. What hidden parts define for later tests travels with those tests (`before`).
"""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from seodang.grade.execute.instrument import instrumented, python_of
from seodang.grade.lab import Lab, LabTest
from seodang.grade.merge import Merged, MergedCell

_LEAVES = re.compile(r"\bchdir\b|^\s*%?(?:cd|pushd)\b", re.M)
_WORD = re.compile(r"[^\W\d]\w*")
_BUILTINS = frozenset(name for name in vars(builtins) if not name.startswith("__"))
# So a cell is told that ended the process before; the words are English because they stand in a Python traceback.
REPLACED = "raise RuntimeError({reason!r})"


@dataclass(frozen=True)
class Step:
    """kind: "cell" (answers with outputs), "fork" (a test waits from here on), "quiet" (no outputs)."""

    kind: str
    index: int
    source: str = ""
    test: str = ""
    channel: int = -1

    def as_json(self) -> dict[str, Any]:
        values = {"kind": self.kind, "index": self.index, "source": self.source, "test": self.test}
        return values | {"channel": self.channel}


@dataclass(frozen=True)
class Plan:
    """steps in order; tests: those to run afterwards, with what goes before each."""

    steps: tuple[Step, ...]
    tests: Mapping[str, LabTest] = field(default_factory=dict)
    before: Mapping[str, str] = field(default_factory=dict)
    index_of: Mapping[str, int] = field(default_factory=dict)

    def testing(self, names: Iterable[str]) -> Plan:
        """The same with these tests only."""
        wanted = set(names)
        steps = tuple(step for step in self.steps if step.kind != "fork" or step.test in wanted)
        return replace(self, steps=steps, tests={name: self.tests[name] for name in self.tests if name in wanted})

    def until(self, index: int) -> Plan:
        """The same up to a cell, without it."""
        place = next((n for n, step in enumerate(self.steps) if step.index == index), len(self.steps))
        return replace(self, steps=self.steps[:place])

    def without(self, lost: Mapping[int, str]) -> Plan:
        """The same with some cells replaced by an error that says why."""
        steps = tuple(
            replace(step, source=REPLACED.format(reason=lost[step.index]))
            if step.kind in ("cell", "quiet") and step.index in lost
            else step
            for step in self.steps
        )
        return replace(self, steps=steps)


def plan(merged: Merged, *, compat: bool) -> Plan:
    steps: list[Step] = []
    tests: dict[str, LabTest] = {}
    before: dict[str, str] = {}
    index_of: dict[str, int] = {}
    code = [cell for cell in merged.cells if cell.cell_type == "code"]
    for position, cell in enumerate(code):
        if cell.test is None:
            steps.append(Step("cell", cell.index, cell.source))
            continue
        index_of[cell.grade_id] = cell.index
        if compat:
            steps.append(Step("cell", cell.index, cell.test.full, test=cell.grade_id))
            continue
        before[cell.grade_id] = _hidden_definitions(tests.values(), cell.test)
        steps.append(Step("fork", cell.index, test=cell.grade_id, channel=len(tests)))
        tests[cell.grade_id] = cell.test
        quiet = _needed_later(cell.test.visible, code[position + 1 :])
        if quiet:
            steps.append(Step("quiet", cell.index, quiet))
    return Plan(tuple(steps), tests, before, index_of)


# -- what later cells need


def _needed_later(visible: str, later: Iterable[MergedCell]) -> str:
    """The statements of a visible test that are no asserts, where a later cell uses a name they bind."""
    statements, names = _statements(visible)
    if not names:
        return ""
    for cell in later:
        text = cell.test.full if cell.test is not None else cell.source
        if not names.isdisjoint(_WORD.findall(text)):
            return statements
    return ""


@lru_cache(maxsize=512)
def _statements(source: str) -> tuple[str, frozenset[str]]:
    """(the statements that bind names, the names)."""
    try:
        tree = ast.parse(python_of(source))
    except SyntaxError:
        return "", frozenset()
    kept = [statement for statement in tree.body if not isinstance(statement, ast.Assert | ast.Expr)]
    names = frozenset(name for statement in kept for name in _bound(statement))
    return "\n".join(ast.unparse(_without_asserts(statement)) for statement in kept), names


def _without_asserts(statement: ast.stmt) -> ast.stmt:
    return ast.fix_missing_locations(_NoAsserts().visit(statement))  # type: ignore[no-any-return]


class _NoAsserts(ast.NodeTransformer):
    """Asserts inside loops and conditions become `pass`; those in functions stay, for the tests that call them."""

    def visit_Assert(self, node: ast.Assert) -> ast.stmt:
        return ast.copy_location(ast.Pass(), node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.stmt:
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.stmt:
        return node


def _hidden_definitions(earlier: Iterable[LabTest], test: LabTest) -> str:
    """Imports, functions, classes and constants of earlier tests' hidden parts that this test uses."""
    wanted = set(_WORD.findall(test.full))
    kept: list[str] = []
    for other in reversed(list(earlier)):
        for block in reversed(other.hidden):
            for statement in reversed(_definitions(block.source)):
                names = set(_bound(statement))
                if names & wanted:
                    kept.append(ast.unparse(statement))
                    wanted |= set(_WORD.findall(kept[-1]))
    return "\n".join(reversed(kept))


@lru_cache(maxsize=512)
def _definitions(source: str) -> tuple[ast.stmt, ...]:
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return ()
    kinds = ast.Import | ast.ImportFrom | ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    return tuple(
        statement
        for statement in tree.body
        if isinstance(statement, kinds) or (isinstance(statement, ast.Assign) and _is_constant(statement.value))
    )


def _is_constant(value: ast.expr) -> bool:
    try:
        ast.literal_eval(value)
    except (ValueError, TypeError, SyntaxError, RecursionError):
        return False
    return True


def _bound(statement: ast.AST) -> list[str]:
    """Names that a statement binds at its own level."""
    names: list[str] = []
    for node in _same_scope(statement):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.append(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names += [alias.asname or alias.name.partition(".")[0] for alias in node.names]
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.append(node.id)
    return names


def _same_scope(node: ast.AST) -> Iterable[ast.AST]:
    yield node
    if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
        for child in ast.iter_child_nodes(node):
            yield from _same_scope(child)


# -- the message for one test


@dataclass(frozen=True)
class Bindings:
    """What the lab's own cells bind at their top level.

    imports: name → (module, attribute or "") for names that the lab binds by import and in no other way.
    names: every name that the lab binds.
    expected: names that functions of the solution read from outside and that tests bind or delete: such a test
        sets a variable for the student's function, or takes one away.
    """

    imports: Mapping[str, tuple[str, str]]
    names: frozenset[str]
    expected: frozenset[str]


_BINDINGS: dict[str, Bindings] = {}


def bindings(lab: Lab) -> Bindings:
    key = lab.digest
    if key not in _BINDINGS:
        if len(_BINDINGS) > 64:
            _BINDINGS.clear()
        code = [cell for cell in lab.cells if cell.cell_type == "code"]
        tests = [cell.cell.source for cell in code if cell.test is not None]
        others = [cell.cell.source for cell in code if cell.test is None]
        _BINDINGS[key] = _find_bindings(others, tests)
    return _BINDINGS[key]


def _find_bindings(sources: Iterable[str], tests: Iterable[str]) -> Bindings:
    imports: dict[str, set[tuple[str, str]]] = {}
    names: set[str] = set()
    others: set[str] = set()
    trees = [tree for source in sources if (tree := _parsed(source)) is not None]
    test_trees = [tree for source in tests if (tree := _parsed(source)) is not None]
    for tree in (*trees, *test_trees):
        for statement in tree.body:
            found = _imports_of(statement)
            for name, origin in found:
                imports.setdefault(name, set()).add(origin)
            if not found:
                others |= set(_bound(statement))
            names |= set(_bound(statement))
    sure = {
        name: next(iter(origins)) for name, origins in imports.items() if len(origins) == 1 and name not in others
    }
    set_by_tests = {
        name
        for tree in test_trees
        for statement in tree.body
        if isinstance(statement, ast.Assign | ast.AnnAssign | ast.AugAssign | ast.FunctionDef)
        for name in _bound(statement)
    }
    deleted = {
        part.id
        for tree in test_trees
        for part in ast.walk(tree)
        if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Del)
    }
    return Bindings(sure, frozenset(names), frozenset((set_by_tests | deleted) & _read_from_outside(trees)))


def _parsed(source: str) -> ast.Module | None:
    try:
        return ast.parse(python_of(source))
    except SyntaxError:
        return None


def _read_from_outside(trees: Iterable[ast.Module]) -> set[str]:
    """Names that functions read but do not bind themselves."""
    found: set[str] = set()
    for tree in trees:
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                inner = [part for part in ast.walk(node) if isinstance(part, ast.Name)]
                bound = {part.id for part in inner if isinstance(part.ctx, ast.Store)}
                bound |= {part.arg for part in ast.walk(node) if isinstance(part, ast.arg)}
                found |= {part.id for part in inner if isinstance(part.ctx, ast.Load)} - bound
    return found


def _imports_of(statement: ast.stmt) -> list[tuple[str, tuple[str, str]]]:
    if isinstance(statement, ast.Import):
        return [
            (
                alias.asname or alias.name.partition(".")[0],
                (alias.name if alias.asname else alias.name.partition(".")[0], ""),
            )
            for alias in statement.names
        ]
    if isinstance(statement, ast.ImportFrom) and statement.module and not statement.level:
        return [(alias.asname or alias.name, (statement.module, alias.name)) for alias in statement.names]
    return []


def _stays_in_its_folder(lab: Lab) -> bool:
    return not any(_LEAVES.search(cell.cell.source) for cell in lab.cells if cell.cell_type == "code")


def test_message(
    lab: Lab, made: Plan, grade_id: str, *, nonce: str, token: str, seed: int, seconds: float
) -> dict[str, Any]:
    """Everything that the fork of one test needs. Raises SyntaxError where the lab's test is no Python."""
    test = made.tests[grade_id]
    used = set(_WORD.findall(test.full))
    bound = bindings(lab)
    return {
        **instrumented(test.full, token),
        "kind": "test",
        "test": grade_id,
        "nonce": nonce,
        "filename": f"<test {grade_id} {token}>",
        "before": made.before.get(grade_id, ""),
        "builtins": sorted((used & _BUILTINS) - bound.names),
        "imports": {name: origin for name, origin in bound.imports.items() if name in used},
        "shared": sorted(used & bound.expected),
        "seed": seed,
        "limit_seconds": seconds,
        "data": [name for name in lab.data if name.rpartition("/")[2] in test.full],
        "stays": _stays_in_its_folder(lab),
    }
