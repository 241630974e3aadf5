"""The answers display the arguments of hidden tests as pictures, HTML and widgets."""

from __future__ import annotations

from decimal import Decimal

from tests.attacks.attack import Attack

ATTACK = Attack(
    code="from IPython.display import HTML, display",
    answers={
        "square": "def square(x):\n    display(HTML(f'<b>{x}</b>'))\n    return x * x",
        "greet": "def greet(name):\n    display({'text/plain': name, 'application/json': name}, raw=True)",
    },
    honest=Decimal(4),
    keeps=("total", "square", "double"),
)
