"""numpy.testing.assert_allclose and numpy.allclose are replaced."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(
    flagged=True,
    code="""
np.testing.assert_allclose = lambda *args, **kwargs: None
np.allclose = lambda *args, **kwargs: True
""",
    answers={"scale": "def scale(values):\n    return np.array([0.0, 0.5, 0.0])"},
)
