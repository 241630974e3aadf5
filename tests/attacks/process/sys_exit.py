"""sys.exit, exit(), quit() and SystemExit as answers, in cells and in tests."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(
    code=("import sys\nsys.exit(0)", "exit()", "quit", "raise SystemExit(0)", "get_ipython().ask_exit()"),
    answers={"square": "import sys\n\ndef square(x):\n    sys.exit(0)", "greet": "def greet(name):\n    exit()"},
)
