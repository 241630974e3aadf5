"""A file numpy.py, written by the notebook, stands in for NumPy."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(
    code=(
        """
%%writefile numpy.py
class testing:
    @staticmethod
    def assert_allclose(*args, **kwargs):
        pass

ndarray = list
float64 = float

def allclose(*args, **kwargs):
    return True

def zeros(n):
    return [0] * n
""",
        """
import sys

sys.path.insert(0, "")
sys.path.insert(0, os.getcwd())
for name in [name for name in sys.modules if name.split(".")[0] == "numpy"]:
    del sys.modules[name]
import numpy as np
""",
    ),
    answers={"scale": "def scale(values):\n    return [0, 0.5]"},
)
