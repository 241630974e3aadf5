"""The target of a competition as its metric sees it: read from text, judged, and answered by a constant.

Owns: which rows have no target, whether the target suits the metric, the class labels, and the constant prediction
of the sample entry.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from seodang.i18n import N_
from seodang.score.columns import is_blank
from seodang.score.errors import MetricUndefined
from seodang.score.labels import sort_labels
from seodang.score.metrics import LABELLED, Metric, Needs
from seodang.score.spec import CompetitionSpec, FieldInvalid
from seodang.score.splits import Shares, quantile_bins
from seodang.score.tables import TableFile, record_lines
from seodang.score.truth import Truth

# A target of more labels than this is no target of classes.
MOST_LABELS = 1_000
# A list in a sample entry shows so many items.
ITEMS_SHOWN = 5

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


def rows_with_target(table: pa.Table, spec: CompetitionSpec) -> Bools:
    """Rows in which every target is given; an empty mask is an answer, so masks are always given."""
    present = np.ones(table.num_rows, dtype=bool)
    if spec.scored_by.needs is not Needs.MASK:
        for name in spec.targets:
            present &= ~np.asarray(is_blank(table.column(name)).to_numpy(), dtype=bool)
    return present


@dataclass(frozen=True, eq=False)
class Target:
    """The target of n rows.

    Attributes:
        texts: the columns as written, one per target; class labels without blanks around them.
        numbers: shape (n, n_targets) where the metric needs numbers, else None.
        labels: class labels in their order where the metric needs classes, else empty.
    """

    metric: Metric
    names: tuple[str, ...]
    texts: tuple[pa.ChunkedArray, ...]
    numbers: Floats | None
    labels: tuple[str, ...]

    @classmethod
    def of(cls, table: pa.Table, spec: CompetitionSpec, file: TableFile, records: npt.NDArray[np.int64]) -> Target:
        """From a table without blanks in the target.

        Args:
            records: the record of the file, 0-based, that each row of the table was.

        Raises:
            FieldInvalid: the target does not suit the metric.
        """
        metric = spec.scored_by
        if len(spec.targets) > 1 and metric.needs is not Needs.VALUES:
            raise FieldInvalid(
                N_("Several targets are only scored by a metric for numbers; “%(metric)s” is none."),
                hint=N_("Name one target, or choose a metric such as rmse."),
                field="target",
                metric=metric.name,
            )
        texts = tuple(table.column(name) for name in spec.targets)
        numbers: Floats | None = None
        labels: tuple[str, ...] = ()
        if metric.needs is Needs.VALUES:
            columns = [_numbers(t, n, metric, file, records) for n, t in zip(spec.targets, texts, strict=True)]
            numbers = np.column_stack(columns)
        elif metric.needs in LABELLED:
            # Blanks around a class are an accident of the file ("39, State-gov, <=50K") that nobody sees.
            texts = (pc.utf8_trim_whitespace(texts[0]),)
            labels = _labels(texts[0], spec)
        return cls(metric, spec.targets, texts, numbers, labels)

    @property
    def needs(self) -> Needs:
        """What a row of an entry holds: of two classes, one probability is enough."""
        if self.metric.needs is Needs.PROBABILITIES and len(self.labels) == 2:
            return Needs.PROBABILITY
        return self.metric.needs

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of an entry beside the id."""
        return self.labels if self.needs is Needs.PROBABILITIES else self.names

    def strata(self, shares: Shares) -> Any:
        """What a stratified split keeps alike in its parts, or None where the target is a text."""
        if self.numbers is not None:
            return quantile_bins(self.numbers[:, 0], shares)
        return self.texts[0] if self.labels else None

    def truth(self, rows: npt.NDArray[np.int64], ids: Any, public: Bools) -> Truth:
        """The truth of those rows."""
        if self.numbers is not None:
            target: Any = self.numbers[rows] if len(self.names) > 1 else self.numbers[rows, 0]
        else:
            target = self.texts[0].take(pa.array(rows))
        return Truth.of(ids, target, self.metric, labels=self.labels, public=public, targets=self.names)

    def labels_in(self, rows: npt.NDArray[np.int64]) -> set[str]:
        return set(pc.unique(self.texts[0].take(pa.array(rows))).to_pylist()) if self.labels else set()

    def answer(self, train: npt.NDArray[np.int64]) -> tuple[str, ...]:
        """The constant in each column of the sample entry, from the training rows alone.

        The mean of numbers, the most frequent class, the frequencies of the classes, the most frequent items.
        """
        needs = self.needs
        if self.numbers is not None:
            means = self.numbers[train].mean(axis=0) if len(train) else np.zeros(len(self.names))
            return tuple(f"{mean:.6g}" for mean in means)
        if needs is Needs.MASK:
            return ("1 1",)
        seen = self.texts[0].take(pa.array(train))
        if needs is Needs.RANKING:
            return (_frequent_items(seen),)
        counts = {one["values"]: one["counts"] for one in pc.value_counts(seen).to_pylist()}
        shares = _shares([counts.get(label, 0) for label in self.labels])
        if needs is Needs.LABELS:
            return (self.labels[int(np.argmax(shares))],)
        if needs is Needs.PROBABILITY:
            return (f"{shares[-1]:.6g}",)
        return tuple(f"{share:.6f}" for share in shares)


def check_defined(truth: Truth, spec: CompetitionSpec) -> None:
    """Refuse a metric that has no value on the public or on the private rows.

    Raises:
        MetricUndefined: what to change, and as its hint why.
    """
    metric = spec.scored_by
    messages = {
        "public": N_(
            "“%(metric)s” has no value on the public rows. Make that part larger, stratify the split, or choose "
            "another metric."
        ),
        "private": N_(
            "“%(metric)s” has no value on the private rows. Make that part larger, stratify the split, or choose "
            "another metric."
        ),
    }
    for part, message in messages.items():
        one = truth.part("public" if part == "public" else "private")
        try:
            metric.check(one.values, labels=one.labels or None, **spec.metric_options)
        except MetricUndefined as error:
            params = {**error.params, "metric": metric.name}
            raise MetricUndefined(message, hint=error.template, **params) from error


def _numbers(
    column: pa.ChunkedArray, name: str, metric: Metric, file: TableFile, records: npt.NDArray[np.int64]
) -> Floats:
    text = pc.utf8_trim_whitespace(column)
    try:
        values = np.asarray(text.cast(pa.float64()).to_numpy(), dtype=np.float64)
        wrong = np.flatnonzero(~np.isfinite(values))
    except pa.ArrowInvalid:
        wrong = np.flatnonzero([not _is_number(cell) for cell in text.to_pylist()])
    if not len(wrong):
        return values
    raise FieldInvalid(
        N_(
            "The metric “%(metric)s” needs numbers, but the target “%(column)s” holds “%(value)s” on line %(line)s "
            "(%(count)s such rows)."
        ),
        hint=N_("Choose a metric for classes, or another target."),
        field="target",
        metric=metric.name,
        column=name,
        value=column[int(wrong[0])].as_py()[:60],
        line=record_lines(file, [int(records[wrong[0]])])[0],
        count=len(wrong),
    )


def _is_number(cell: str) -> bool:
    try:
        return bool(np.isfinite(float(cell)))
    except ValueError:
        return False


def _labels(column: pa.ChunkedArray, spec: CompetitionSpec) -> tuple[str, ...]:
    found = pc.unique(column).to_pylist()
    if len(found) > MOST_LABELS or (len(found) > 20 and len(found) > len(column) / 2):
        raise FieldInvalid(
            N_(
                "The metric “%(metric)s” needs classes, but the target “%(column)s” has %(n)s different values in "
                "%(rows)s rows."
            ),
            hint=N_("Choose a metric for numbers such as rmse, or another target."),
            field="metric",
            metric=spec.metric,
            column=spec.targets[0],
            n=len(found),
            rows=len(column),
        )
    labels = sort_labels(found)
    if spec.positive is None:
        return labels
    if len(labels) != 2 or spec.positive not in labels:
        raise FieldInvalid(
            N_("“%(field)s” must be one of two classes; received “%(received)s”, and the target has: %(labels)s."),
            field="positive",
            received=spec.positive,
            labels=", ".join(labels[:10]),
        )
    return (*[label for label in labels if label != spec.positive], spec.positive)


def _shares(counts: Sequence[int]) -> Floats:
    """Frequencies of six decimals that sum to one exactly; equal ones where nothing was counted."""
    total = sum(counts)
    raw = np.array(counts, dtype=np.float64) / total if total else np.full(len(counts), 1 / len(counts))
    millionths = np.rint(raw * 1_000_000).astype(np.int64)
    millionths[int(np.argmax(millionths))] += 1_000_000 - int(millionths.sum())
    return np.asarray(millionths / 1_000_000, dtype=np.float64)


def _frequent_items(column: pa.ChunkedArray) -> str:
    """The most frequent items of lists in cells, most frequent first, equal ones by name."""
    if not len(column):
        return "1"
    items = pc.list_flatten(pc.utf8_split_whitespace(pc.utf8_trim_whitespace(column)))
    counted = sorted(pc.value_counts(items).to_pylist(), key=lambda one: (-one["counts"], one["values"]))
    return " ".join(one["values"] for one in counted[:ITEMS_SHOWN])
