"""Scoring a prediction, alone: tables, metrics, their uncertainty, leaderboards. Knows no user and no database.

Public names load when they are first used, so that `import seodang.score` costs nothing.
"""

from __future__ import annotations

import importlib
from typing import Any

_HOMES = {
    "EntryFormat": "prediction",
    "METRICS": "metrics",
    "Metric": "metrics",
    "MetricUndefined": "errors",
    "Needs": "metrics",
    "OffendingRow": "errors",
    "OptionInvalid": "errors",
    "Prediction": "prediction",
    "PredictionRefused": "errors",
    "Problem": "errors",
    "ScoreError": "errors",
    "SpecInvalid": "errors",
    "TableUnreadable": "errors",
    "Truth": "truth",
    "interval": "uncertainty",
    "read_prediction": "prediction",
    "read_table": "tables",
    "replicates": "uncertainty",
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
