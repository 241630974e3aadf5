"""Engines by name: where a run happens. A new file in this folder that registers an `Engine` is a new engine."""

from __future__ import annotations

import os

from seodang.registry import Registry
from seodang.run.engines._base import Engine, RunHandle

ENGINES: Registry[Engine] = Registry("engine", "seodang.run.engines")
DEFAULT = "local"


def choose(name: str | None = None) -> Engine:
    """The one named; without a name that of `SEODANG_ENGINE`, else this machine.

    Raises:
        UnknownNameError: no engine is called that.
    """
    return ENGINES.get(name or os.environ.get("SEODANG_ENGINE") or DEFAULT)


__all__ = ["DEFAULT", "ENGINES", "Engine", "RunHandle", "choose"]
