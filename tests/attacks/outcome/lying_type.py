"""A subclass of ndarray answers NumPy's own functions with True."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(
    code="""
class Array(np.ndarray):
    def __array_function__(self, function, types, args, kwargs):
        return np.True_

    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        return np.ones(3, dtype=bool)

    def __getitem__(self, key):
        return 0.5

    def __eq__(self, other):
        return np.ones(3, dtype=bool)

class Anything:
    __class__ = int

    def __eq__(self, other):
        return self

    def __bool__(self):
        return True

    __hash__ = None
""",
    answers={
        "scale": "def scale(values):\n    return np.zeros(3).view(Array)",
        "square": "def square(x):\n    return Anything()",
        "constant": "the_answer = Anything()",
    },
)
