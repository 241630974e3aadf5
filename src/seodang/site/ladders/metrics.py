"""How metrics and tasks are told to people who climb."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from seodang.i18n import gettext as toolkit_gettext
from seodang.score.inspect_table import metrics_for
from seodang.score.metrics import METRICS, Metric
from seodang.site.ladders.services.asking import CLIMBED_BY

TASKS = {
    "regression": gettext_lazy("a number (regression)"),
    "binary": gettext_lazy("one of two classes"),
    "classes": gettext_lazy("one of several classes"),
}
DECIMALS = 4


def find(name: str) -> Metric | None:
    return METRICS.get(name) if name and name in METRICS else None


def title(metric: Metric) -> str:
    text = toolkit_gettext(metric.title)
    return text[:1].upper() + text[1:]


def direction(metric: Metric) -> str:
    return _("higher is better") if metric.greater_is_better else _("lower is better")


def decimals(name: str) -> int:
    metric = find(name)
    return metric.decimals if metric else DECIMALS


def choices(task: str = "") -> list[tuple[str, Any]]:
    """For a select: those that suit the task first; empty lets the climb take the task's usual one."""
    known = {metric.name: metric for metric in METRICS if metric.needs in CLIMBED_BY}
    usual = [name for name in metrics_for(task) if name in known] if task else []  # type: ignore[arg-type]
    others = sorted((name for name in known if name not in usual), key=lambda name: title(known[name]).casefold())

    def line(name: str) -> tuple[str, str]:
        return name, f"{title(known[name])} ({direction(known[name])})"

    nothing = ("", _("The usual one: log loss for classes, RMSE for numbers"))
    if not usual:
        return [nothing, *map(line, others)]
    return [
        nothing,
        (_("Fit this column"), [line(name) for name in usual]),
        (_("Others"), [line(name) for name in others]),
    ]
