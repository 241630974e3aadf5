"""The text/plain formatter of floats writes the maximum."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(
    code="""
plain = get_ipython().display_formatter.formatters["text/plain"]
for kind in (float, int, np.float64):
    plain.for_type(kind, lambda value, printer, cycle: printer.text("4.0"))
""",
)
