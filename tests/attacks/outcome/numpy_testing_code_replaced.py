"""The code object inside numpy.testing.assert_allclose is exchanged, the function stays the same."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(
    code="""
def nothing(actual, desired, rtol=1e-07, atol=0, equal_nan=True, err_msg="", verbose=True, *, strict=False):
    pass

np.testing.assert_allclose.__code__ = nothing.__code__
for part in vars(np.testing).values():
    inner = getattr(part, "__wrapped__", None)
    if inner is not None and not inner.__code__.co_freevars:
        inner.__code__ = (lambda *args, **kwargs: True).__code__
""",
    answers={"scale": "def scale(values):\n    return np.array([0.0, 0.5, 0.0])"},
)
