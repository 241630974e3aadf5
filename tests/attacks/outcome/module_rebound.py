"""np is bound to an object whose testing module never fails."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(
    code="""
real = np

class Testing:
    def __getattr__(self, name):
        return lambda *args, **kwargs: None

class Numpy:
    testing = Testing()

    def allclose(self, *args, **kwargs):
        return True

    def __getattr__(self, name):
        return getattr(real, name)

np = Numpy()
""",
    answers={"scale": "def scale(values):\n    return real.array([0.0, 0.5, 0.0])"},
)
