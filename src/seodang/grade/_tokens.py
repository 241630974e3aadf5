"""Code and prose as normalised tokens, for comparing what people wrote whatever they named it.

One lexer of our own reads everything: Python, Python with a syntax error, shell lines, half a cell. It never fails,
and it answers alike under every version of Python, so one stray bracket does not hide a copy.

Dropped: comments, docstrings, whitespace, line ends, semicolons, lines of IPython magic. Folded: names to one
token, numbers to one, strings to one. Kept: keywords, operators, built-in functions, and attribute names (`fit` in
`model.fit`), which belong to a library and cannot be renamed, unless the text itself defines them.
"""

from __future__ import annotations

import builtins
import keyword
import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple
from zlib import crc32

# In the order of trial. A triple-quoted string that nobody closed runs to the end, a plain one to the end of line.
_LEXEME = re.compile(
    r"""
      (?P<space>[ \t\f\r]+|\\\r?\n)
    | (?P<newline>\n)
    | (?P<comment>\#[^\n]*)
    | (?P<string>(?:[rRbBuUfFtT]{1,2})?
        (?:'''(?:\\.|[^\\])*?(?:'''|\Z) | \"\"\"(?:\\.|[^\\])*?(?:\"\"\"|\Z)
          | '(?:\\.|[^'\\\n])*(?:'|(?=\n)|\Z) | "(?:\\.|[^"\\\n])*(?:"|(?=\n)|\Z)))
    | (?P<number>(?:0[xXbBoO][0-9a-fA-F_]+|(?:\d[\d_]*)?\.?\d[\d_]*\.?(?:[eE][+-]?\d+)?)[jJ]?)
    | (?P<name>\w+)
    | (?P<operator>\*\*=|//=|>>=|<<=|\.\.\.|->|:=|\*\*|//|>>|<<|[-+*/%@&|^=!<>]=|[^\w\s])
    """,
    re.VERBOSE | re.DOTALL,
)
_MAGIC = re.compile(r"^[ \t]*(?:%|!|\?)[^\n]*|^[^\n#'\"]*\?{1,2}[ \t]*$", re.MULTILINE)
_OWN_NAME = re.compile(r"\b(?:def|class)\s+(\w+)|\b(?:self|cls)\.(\w+)")
_WORD = re.compile(r"\w+(?:['’]\w+)*")
_KEPT = frozenset(keyword.kwlist) | frozenset(dir(builtins)) | {"match", "case"}
_OPENING, _CLOSING = frozenset("([{"), frozenset(")]}")


class Token(NamedTuple):
    """A normalised token as a number, and the 1-based line where it stands."""

    code: int
    line: int


@lru_cache(maxsize=65536)
def _code(text: str) -> int:
    # Stable between processes and machines, unlike hash().
    return crc32(text.encode("utf-8", "surrogatepass"))


NAME, NUMBER, STRING = _code("\0name"), _code("\0number"), _code("\0string")


def own_names(sources: Iterable[str]) -> frozenset[str]:
    """What a submission defines itself: functions, classes and attributes of `self`, which anybody can rename."""
    return frozenset(a or b for source in sources for a, b in _OWN_NAME.findall(source))


def code_tokens(source: str, own: frozenset[str] = frozenset()) -> list[Token]:
    """Tokens of a code cell.

    Args:
        own: names of the submission that fold even after a dot; see `own_names`.
    """
    return list(_fold(_statements(source), own))


def text_tokens(source: str) -> list[Token]:
    """Words of a written answer, in one case and one Unicode form (which joins Korean jamo to syllables)."""
    found = []
    for number, line in enumerate(source.split("\n"), start=1):
        folded = unicodedata.normalize("NFKC", line).casefold()
        found += [Token(_code("w:" + word), number) for word in _WORD.findall(folded)]
    return found


def _lexemes(source: str) -> Iterator[tuple[str, str, int]]:
    """(kind, text, line) of all but spaces and comments."""
    source = _MAGIC.sub("", source.replace("\r\n", "\n"))
    line = 1
    for found in _LEXEME.finditer(source):
        kind, text = found.lastgroup or "", found[0]
        if kind not in ("space", "comment"):
            yield kind, text, line
        line += text.count("\n")


def _statements(source: str) -> Iterator[tuple[str, str, int]]:
    """Lexemes without line ends, and without strings that are a statement of their own (docstrings)."""
    depth = 0
    starting = True  # at the start of a statement
    held: list[tuple[str, str, int]] = []  # strings that may turn out to be a docstring
    for lexeme in _lexemes(source):
        kind, text, _line = lexeme
        ends = (kind == "newline" and depth == 0) or text == ";"
        if ends:
            held.clear()
            starting = True
            continue
        if kind == "newline":
            continue
        if kind == "string" and starting and depth == 0:
            held.append(lexeme)
            continue
        yield from held
        held.clear()
        if text in _OPENING:
            depth += 1
        elif text in _CLOSING:
            depth = max(0, depth - 1)
        starting = text == ":" and depth == 0
        yield lexeme


def _fold(lexemes: Iterable[tuple[str, str, int]], own: frozenset[str]) -> Iterator[Token]:
    before = ""
    for kind, text, line in lexemes:
        if kind == "number":
            code = NUMBER
        elif kind == "string":
            code = STRING
        elif kind == "name":
            attribute = before == "." and text not in own
            code = _code(text) if attribute or (text in _KEPT and text not in own and before != ".") else NAME
        else:
            code = _code(text)
        before = text
        yield Token(code, line)
