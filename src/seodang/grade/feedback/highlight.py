"""Python source as HTML in five colours: keywords, strings, comments, numbers, names that are defined."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from html import escape
from itertools import groupby

from pygments.lexer import Lexer
from pygments.lexers.python import PythonLexer
from pygments.token import Token, _TokenType

_CLASSES = (
    (Token.Comment, "co"),
    (Token.Keyword, "kw"),
    (Token.Operator.Word, "kw"),
    (Token.Literal.String, "st"),
    (Token.Literal.Number, "nu"),
    (Token.Name.Function, "fn"),
    (Token.Name.Class, "fn"),
    (Token.Name.Decorator, "fn"),
)
MOST_CHARACTERS = 40_000


def python(source: str) -> str:
    """Escaped source with spans. Whoever calls shows what is longer than `MOST_CHARACTERS` as plain text."""
    parts = []
    for name, pieces in groupby(_classed(source), key=lambda piece: piece[0]):
        text = escape("".join(piece for _name, piece in pieces), quote=False)
        parts.append(f'<span class="{name}">{text}</span>' if name else text)
    return "".join(parts)


@cache
def _lexer() -> Lexer:
    return PythonLexer(stripnl=False, ensurenl=False)


def _classed(source: str) -> Iterator[tuple[str, str]]:
    for kind, text in _lexer().get_tokens(source):
        yield ("" if text.isspace() else _class(kind)), text


@cache
def _class(kind: _TokenType) -> str:
    return next((name for parent, name in _CLASSES if kind in parent), "")
