"""The answers raise what hidden tests call them with, as message, type's name, note and cause."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(
    answers={
        "square": "def square(x):\n    raise type(f'Error{x}', (Exception,), {})(x)",
        "greet": """
def greet(name):
    if name == "Ada":
        return "Hello, Ada!"
    error = ValueError(name)
    if hasattr(error, "add_note"):
        error.add_note(name)
    raise error from KeyError(name)
""",
    },
)
