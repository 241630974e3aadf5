"""What numpy.testing.assert_allclose calls inside is replaced."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(
    code="""
import numpy.testing._private.utils as utils

utils.assert_array_compare = lambda *args, **kwargs: None
""",
    answers={"scale": "def scale(values):\n    return np.array([0.0, 0.5, 0.0])"},
)
