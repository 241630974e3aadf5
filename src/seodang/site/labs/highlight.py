"""Source code as lines of HTML, coloured by classes; nothing of the source is taken as markup."""

from __future__ import annotations

from functools import lru_cache

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

# Pygments' token types, the most exact first, and the class of the style sheet.
_CLASSES = (
    ("Token.Comment", "hl-comment"),
    ("Token.Literal.String", "hl-string"),
    ("Token.Literal.Number", "hl-number"),
    ("Token.Keyword", "hl-keyword"),
    ("Token.Operator.Word", "hl-keyword"),
    ("Token.Name.Function", "hl-name"),
    ("Token.Name.Class", "hl-name"),
    ("Token.Name.Decorator", "hl-name"),
    ("Token.Name.Builtin", "hl-builtin"),
)
LONGEST = 200_000  # characters; a longer text is shown without colours


@lru_cache(maxsize=256)
def code_lines(source: str, language: str = "python") -> tuple[SafeString, ...]:
    """Every line of the source as HTML; as many as the source has, so that line numbers hold."""
    source = source.replace("\r\n", "\n").replace("\r", " ")  # a lone \r ends no line
    if len(source) > LONGEST:
        return tuple(mark_safe(escape(line)) for line in source.split("\n"))  # noqa: S308
    lines = [""]
    for kind, text in _tokens(source, language):
        name = next((css for prefix, css in _CLASSES if kind.startswith(prefix)), "")
        for number, piece in enumerate(text.split("\n")):
            if number:
                lines.append("")
            if piece:
                lines[-1] += f'<span class="{name}">{escape(piece)}</span>' if name else escape(piece)
    return tuple(mark_safe(line) for line in lines)  # noqa: S308 - every piece went through escape


def _tokens(source: str, language: str) -> list[tuple[str, str]]:
    from pygments.lexers import get_lexer_by_name
    from pygments.util import ClassNotFound

    options = {"stripnl": False, "stripall": False, "ensurenl": False}
    try:
        lexer = get_lexer_by_name("python3" if language == "python" else language, **options)
    except ClassNotFound:
        return [("Token.Text", source)]
    return [(str(kind), text) for kind, text in lexer.get_tokens(source)]
