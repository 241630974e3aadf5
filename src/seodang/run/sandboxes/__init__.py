"""Sandboxes by name. A new file in this folder that registers a `Sandbox` is a new sandbox."""

from __future__ import annotations

import os

from seodang.registry import Registry
from seodang.run.sandboxes._base import Sandbox, Wrapped

SANDBOXES: Registry[Sandbox] = Registry("sandbox", "seodang.run.sandboxes")
DEFAULT = "bubblewrap"


def choose(name: str | None = None) -> Sandbox:
    """The one named; without a name that of `SEODANG_SANDBOX`, else bubblewrap.

    Raises:
        UnknownNameError: no sandbox is called that.
    """
    return SANDBOXES.get(name or os.environ.get("SEODANG_SANDBOX") or DEFAULT)


__all__ = ["DEFAULT", "SANDBOXES", "Sandbox", "Wrapped", "choose"]
