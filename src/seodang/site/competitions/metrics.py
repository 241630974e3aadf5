"""How metrics are told to people: their one line, their formula, and which of them fit a target."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from seodang.i18n import gettext as toolkit_gettext
from seodang.score.metrics import METRICS, Metric, Needs

NEEDS = {
    Needs.VALUES: gettext_lazy("one number per row"),
    Needs.LABELS: gettext_lazy("one class per row"),
    Needs.PROBABILITY: gettext_lazy("the probability of the positive class"),
    Needs.PROBABILITIES: gettext_lazy("one probability per class"),
    Needs.RANKING: gettext_lazy("a list of items, best first"),
    Needs.MASK: gettext_lazy("a run-length mask"),
}


@dataclass(frozen=True)
class Told:
    """A metric as pages show it; with the classes of a competition, where there are any, it speaks of them."""

    metric: Metric
    labels: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return self.metric.name

    @property
    def title(self) -> str:
        title = toolkit_gettext(self.metric.title)
        return title[:1].upper() + title[1:]

    @property
    def decimals(self) -> int:
        return self.metric.decimals

    @property
    def greater_is_better(self) -> bool:
        return self.metric.greater_is_better

    @property
    def direction(self) -> str:
        return _("higher is better") if self.metric.greater_is_better else _("lower is better")

    @property
    def needs(self) -> str:
        needs = self.metric.needs_for(len(self.labels))
        if needs is Needs.PROBABILITY and len(self.labels) == 2:
            return _("the probability of “%(label)s”") % {"label": self.labels[1]}
        return str(NEEDS[needs])

    @property
    def options(self) -> dict[str, Any]:
        return dict(self.metric.options)

    @property
    def paragraphs(self) -> dict[str, str]:
        """The docstring's labelled parts: Formula, Bounds, Edge cases, Source …"""
        return labelled(self.metric.documentation)

    @property
    def formula(self) -> str:
        return self.paragraphs.get("Formula", "").replace("`", "")

    @property
    def source(self) -> str:
        return self.paragraphs.get("Source", "").replace("`", "")


def labelled(text: str) -> dict[str, str]:
    """“Name: text” blocks of a docstring; lines that follow belong to the block above them."""
    found: dict[str, list[str]] = {}
    current: list[str] = []
    for line in text.splitlines()[1:]:
        label, colon, rest = line.partition(":")
        if colon and line[:1].isupper() and len(label) <= 20:
            current = found.setdefault(label, [rest.strip()])
        elif line.strip() and current:
            current.append(line.strip())
    return {label: "\n".join(lines).strip() for label, lines in found.items()}


def find(name: str, labels: Iterable[str] = ()) -> Told | None:
    """None for a draft that has no metric yet."""
    return Told(METRICS.get(name), tuple(labels)) if name and name in METRICS else None


def all_told() -> list[Told]:
    return sorted((Told(metric) for metric in METRICS), key=lambda told: told.title.casefold())


def choices(fitting: Iterable[str] | None = None) -> list[tuple[str, Any]]:
    """For a select: what fits the target first, then the others, each with what it wants and its direction."""

    def line(told: Told) -> tuple[str, str]:
        return told.name, f"{told.title} ({told.needs}; {told.direction})"

    told = all_told()
    if fitting is None:
        return [line(each) for each in told]
    wanted = list(fitting)
    first = sorted((each for each in told if each.name in wanted), key=lambda each: wanted.index(each.name))
    rest = [each for each in told if each.name not in wanted]
    return [
        (_("Fit this target"), [line(each) for each in first]),
        (_("Others"), [line(each) for each in rest]),
    ]
