"""NumPy's dispatched functions stay the same, what they call inside is exchanged for something lenient."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(
    code="""
def close(a, b, rtol=1e-05, atol=1e-08, equal_nan=False):
    return np.abs(np.asarray(a, dtype=float) - np.asarray(b, dtype=float)) < 20

def all_close(a, b, rtol=1e-05, atol=1e-08, equal_nan=False):
    return True

def compare(comparison, x, y, *args, **kwargs):
    pass

np.isclose._implementation.__code__ = close.__code__
np.isclose._implementation.__defaults__ = (10, 10, True)
np.allclose._implementation.__defaults__ = (10, 10, True)
np.testing.assert_allclose.__defaults__ = (10, 10)
np.testing.assert_allclose.__kwdefaults__ = {"strict": False}
""",
    answers={"scale": "def scale(values):\n    return np.array([0.0, 0.5, 0.0])"},
)
