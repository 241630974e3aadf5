"""Comparing every model family on one table or one folder of images: the ladder. Knows no user and no database.

Public names load when they are first used, so that `import seodang.learn` costs nothing.
"""

from __future__ import annotations

import importlib
from typing import Any

_HOMES = {
    "FAMILIES": "families",
    "Clustering": "cluster",
    "Family": "families",
    "Ladder": "ladder",
    "LearnError": "errors",
    "Progress": "rungs",
    "Rung": "rungs",
    "SavedModel": "saved",
    "Task": "task",
    "cluster": "cluster",
    "fit": "ladder",
    "load": "saved",
}
__all__ = sorted(_HOMES)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
