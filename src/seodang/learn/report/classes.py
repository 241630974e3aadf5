"""Which classes are taken for which: the confusion matrix."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from seodang.i18n import N_, gettext
from seodang.learn.report._html import Html, join, paragraph, safe, say, table, tag
from seodang.learn.report._reading import Reading
from seodang.learn.report._section import section
from seodang.learn.report._words import cut, percent
from seodang.learn.rungs import Rung

MOST_CLASSES = 12


@section("classes", N_("Right and wrong, class by class"), order=40)
def render(reading: Reading) -> Html | None:
    if not reading.task.has_classes or not reading.shown:
        return None
    parts = [paragraph(_INTRODUCTION)]
    for place, rung in enumerate(reading.shown):
        body = _matrix(reading, rung)
        if place == 0:
            parts += [tag("h3", reading.title(rung)), body]
        else:
            parts.append(tag("details", tag("summary", reading.title(rung)), body))
    return join(parts)


_INTRODUCTION = N_(
    "Each row of the table is a true class, each column what the model said; the diagonal is right. Shares are of "
    "the row’s class. The class of the greatest probability counts as what the model said, which need not be the "
    "best choice where one mistake costs more than another."
)


def confusion(y: NDArray[Any], said: NDArray[Any], n_classes: int) -> NDArray[np.int64]:
    """Counts, (n_classes, n_classes): true classes down, predicted ones across."""
    cells = np.bincount(y.astype(np.int64) * n_classes + said, minlength=n_classes**2)
    return np.asarray(cells.reshape(n_classes, n_classes))


def _matrix(reading: Reading, rung: Rung) -> Html:
    rows, p = reading.oof(rung)
    y, said = reading.y[rows], p.argmax(axis=1)
    counts = confusion(y, said, len(reading.labels))
    right = float((y == said).mean())
    kept = _worth_showing(counts)
    told = [paragraph(N_("%(share)s of %(n)s rows are right."), share=percent(right, 1), n=f"{len(y):,}")]
    if len(kept) < len(reading.labels):
        told.append(
            paragraph(
                N_("Of %(all)s classes these %(n)s are confused most; the others are left out of the table."),
                class_="note",
                all=len(reading.labels),
                n=len(kept),
            )
        )
    return join([*told, _table(reading, counts, kept)])


def _worth_showing(counts: NDArray[np.int64]) -> list[int]:
    wrong = counts.sum(axis=0) + counts.sum(axis=1) - 2 * np.diag(counts)
    kept = np.argsort(-wrong, kind="stable")[:MOST_CLASSES]
    return sorted(int(index) for index in kept)


def _table(reading: Reading, counts: NDArray[np.int64], kept: list[int]) -> Html:
    names = [cut(reading.labels[index], 24) for index in kept]
    head = [
        tag("th", say(N_("true ↓  said →")), scope="col"),
        *(tag("th", name, scope="col", class_="num") for name in names),
        tag("th", say(N_("found")), scope="col", class_="num"),
    ]
    body = []
    for index, name in zip(kept, names, strict=True):
        total = int(counts[index].sum())
        cells = [_cell(int(counts[index, other]), total, index == other) for other in kept]
        recall = percent(counts[index, index] / total) if total else "–"
        body.append(tag("tr", tag("th", name, scope="row"), *cells, tag("td", recall, class_="num sum")))
    precisions = [
        percent(counts[index, index] / counts[:, index].sum()) if counts[:, index].sum() else "–" for index in kept
    ]
    last = [tag("td", each, class_="num sum") for each in precisions]
    body.append(
        tag(
            "tr",
            tag("th", say(N_("right when said")), scope="row"),
            *last,
            tag("td", "", class_="sum"),
            class_="sum",
        )
    )
    return table(gettext("Confusion matrix, out-of-fold predictions"), head, body, class_="matrix")


def _cell(count: int, total: int, right: bool) -> Html:
    share = count / total if total else 0.0
    tint = f"--share:{round(70 * share)}%"
    inside = [tag("b", f"{count:,}"), tag("small", percent(share) if count else safe(" "))]
    return tag("td", *inside, class_="num cell right" if right else "num cell", style=tint)
