"""Sources nested so deeply that parsers of Python overflow their stack."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(
    code=(
        "(" * 5000 + ")" * 5000,
        "-" * 200_000 + "1",
        "x" + ".a" * 100_000,
        "1" + "+1" * 100_000,
        "[" * 190 + "]" * 190,
        "\n".join(" " * depth + "if 1:" for depth in range(99)) + "\n" + " " * 99 + "pass",
        "lambda: " * 20_000 + "1",
        "not " * 50_000 + "x",
        "f'" + "{x" * 140 + "}" * 140 + "'",
    ),
)
