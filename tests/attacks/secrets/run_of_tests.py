"""%run, %load and open are tried on the names that a grader might give to the tests."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(
    code=(
        "%run attacked.ipynb",
        "%load tests.py",
        """
for name in ("tests.py", "hidden_tests.py", "autograde.py", "source.ipynb", "lab.ipynb", "/autograder/run.py"):
    try:
        print(open(name).read())
        harm(f"read {name}")
    except OSError:
        pass
""",
    ),
)
