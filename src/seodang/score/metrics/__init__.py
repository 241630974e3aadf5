"""Metrics, one file each (or one tight family), found by name through `METRICS`.

A new file in this folder that defines a `Metric` and decorates it with `@register` is a new metric: no list names
it, and `tests/contracts/test_metrics.py` tests it.
"""

from seodang.registry import Registry
from seodang.score.metrics._base import LABELLED, PROBABLE, Metric, Needs, register_in
from seodang.score.metrics._terms import Terms

METRICS: Registry[Metric] = Registry("metric", "seodang.score.metrics")
register = register_in(METRICS)

__all__ = ["LABELLED", "METRICS", "PROBABLE", "Metric", "Needs", "Terms", "register"]
