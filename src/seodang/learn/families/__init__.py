"""Model families, one file each, found by name through `FAMILIES`, in the course's order through `ladder_order`.

A new file in this folder that defines a `Family` and decorates it with `@register` is a new rung: no list names it,
and `tests/contracts/test_families.py` tests it.
"""

from seodang.learn.families._base import Family, register_in
from seodang.registry import Registry

FAMILIES: Registry[Family] = Registry("family", "seodang.learn.families")
register = register_in(FAMILIES)


def ladder_order() -> list[Family]:
    """All families, the first rung first."""
    return sorted(FAMILIES, key=lambda family: (family.order, family.name))


__all__ = ["FAMILIES", "Family", "ladder_order", "register"]
