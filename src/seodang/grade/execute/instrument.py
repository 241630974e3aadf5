"""A test as the driver sends it: its source with names written around what canaries compare.

Runs in the driver, on the lab's own text; the result is the same for every submission but for the random names, so
that nobody can prepare them. Text is inserted and no line added: an error's line is the line of the lab's test.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

MAX_CANARIES = 200
_OPERATORS: dict[type[ast.cmpop], str] = {ast.Eq: "==", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">="}
_COMPARING = frozenset(
    {
        "isclose",
        "allclose",
        "array_equal",
        "array_equiv",
        "assert_allclose",
        "assert_equal",
        "assert_almost_equal",
        "assert_array_equal",
        "assert_array_almost_equal",
        "assert_approx_equal",
        "assert_frame_equal",
        "assert_series_equal",
        "assert_index_equal",
        "assertEqual",
        "assertAlmostEqual",
        "assertListEqual",
        "assertDictEqual",
        "assertTupleEqual",
    }
)


@dataclass(frozen=True)
class Instrumented:
    """canaries: number → "==", "<" … or "call FUNCTION". `source` has LEFT, RIGHT, VALUE for random names."""

    source: str
    canaries: dict[int, str]
    has_value: bool


LEFT, RIGHT, VALUE = "__seodang_left__", "__seodang_right__", "__seodang_value__"


def instrumented(source: str, token: str) -> dict[str, Any]:
    """The part of a test's message that this module makes, with random names made of `token`."""
    made = _instrument(source)
    left, right, value = f"_l{token}", f"_r{token}", f"_v{token}"
    return {
        "source": made.source.replace(LEFT, left).replace(RIGHT, right).replace(VALUE, value),
        "canaries": {str(number): kind for number, kind in made.canaries.items()},
        "left": left,
        "right": right,
        "value": value if made.has_value else "",
    }


@lru_cache(maxsize=512)
def _instrument(source: str) -> Instrumented:
    """Raises SyntaxError where the test is not Python."""
    source = python_of(source)
    tree = ast.parse(source)
    edits = _Edits(source)
    canaries: dict[int, str] = {}
    for depth, expression in _expressions(tree, 0):
        if len(canaries) < MAX_CANARIES:
            kind, sides = _sides(expression, edits)
            if kind and not any(_is_awkward(side) for side in sides):
                number = len(canaries)
                canaries[number] = kind
                for name, side in zip((LEFT, RIGHT), sides, strict=True):
                    edits.around(side, f"{name}({number},(", "))", depth)
    last = tree.body[-1] if tree.body else None
    if isinstance(last, ast.Expr):
        edits.around(last.value, f"({VALUE}:=(", "))", -1)
    return Instrumented(edits.applied(), canaries, isinstance(last, ast.Expr))


def python_of(source: str) -> str:
    """Magics and `!commands` become calls, as IPython makes them; plain Python stays as it is."""
    try:
        ast.parse(source)
    except SyntaxError:
        from IPython.core.inputtransformer2 import TransformerManager

        transformed: str = TransformerManager().transform_cell(source)
        return transformed
    return source


def _expressions(node: ast.AST, depth: int) -> Iterator[tuple[int, ast.expr]]:
    """Every comparison and comparing call, at any depth."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Compare | ast.Call):
            yield depth, child
        if not isinstance(child, ast.JoinedStr | ast.Match):
            yield from _expressions(child, depth + 1)


def _sides(expression: ast.expr, edits: _Edits) -> tuple[str, tuple[ast.expr, ...]]:
    """(kind, what is compared); ("", ()) for what no canary watches."""
    if isinstance(expression, ast.Compare) and len(expression.ops) == 1:
        kind = _OPERATORS.get(type(expression.ops[0]), "")
        return kind, (expression.left, expression.comparators[0])
    if isinstance(expression, ast.Call) and len(expression.args) >= 2:
        text = edits.text_of(expression.func)
        if text.rpartition(".")[2] in _COMPARING and all(part.isidentifier() for part in text.split(".")):
            return f"call {text}", (expression.args[0], expression.args[1])
    return "", ()


def _is_awkward(node: ast.expr) -> bool:
    return isinstance(node, ast.Starred | ast.GeneratorExp | ast.NamedExpr | ast.Yield | ast.YieldFrom)


class _Edits:
    """Insertions into a text at the places of its syntax tree (columns count bytes there)."""

    def __init__(self, source: str) -> None:
        self.lines = [line.encode() for line in _lines(source)]
        self._inserted: list[tuple[int, int, int, bytes]] = []

    def around(self, node: ast.expr, before: str, after: str, depth: int) -> None:
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        # At one place what encloses more opens first and closes last.
        self._inserted.append((node.lineno - 1, node.col_offset, depth, before.encode()))
        self._inserted.append((node.end_lineno - 1, node.end_col_offset, -depth, after.encode()))

    def text_of(self, node: ast.expr) -> str:
        if node.lineno != node.end_lineno:
            return ""
        return self.lines[node.lineno - 1][node.col_offset : node.end_col_offset].decode()

    def applied(self) -> str:
        """Later places first, so that earlier ones stay where they are."""
        lines = list(self.lines)
        for line, column, _order, text in sorted(self._inserted, key=lambda one: one[:3], reverse=True):
            lines[line] = lines[line][:column] + text + lines[line][column:]
        return b"".join(lines).decode()


def _lines(source: str) -> list[str]:
    """Lines as Python counts them (not at form feeds or Unicode separators)."""
    parts = source.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return [part + "\n" for part in parts[:-1]] + [parts[-1]]
