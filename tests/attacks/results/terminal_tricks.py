"""Outputs and errors hold escape sequences, right-to-left marks and control characters."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(
    code="""
print("\\x1b[2J\\x1b[H\\x1b]0;pwned\\x07\\x1b[31mall tests passed\\x1b[0m\\r\\x08\\x08")
print("\\u202e\\u2066 4/4 \\u2069\\u202c \\u200b\\ufeff")
print("=cmd|' /C calc'!A0")
""",
    answers={"square": "def square(x):\n    raise ValueError('\\x1b[2J\\u202e 2/2 points \\x00 \\ud800')"},
)
