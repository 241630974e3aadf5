"""IPython's showing of errors is replaced by nothing."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(
    code="""
shell = get_ipython()
for name in ("showtraceback", "_showtraceback", "showsyntaxerror", "showindentationerror"):
    setattr(shell, name, lambda *args, **kwargs: None)
    setattr(type(shell), name, lambda *args, **kwargs: None)
""",
)
