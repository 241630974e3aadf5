"""The target: its rows, its task, its labels, its metric."""

from __future__ import annotations

import difflib
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seodang.i18n import N_
from seodang.learn.data import _cells
from seodang.learn.errors import ChoiceInvalid, LearnError, TargetInvalid
from seodang.learn.rungs import Said
from seodang.learn.task import Task
from seodang.score.errors import ScoreError
from seodang.score.labels import sort_labels

# Whole numbers of at most so many different values are classes …
FEW_NUMBERS = 12
# … and up to this many where they count up without a gap and every one is common.
MOST_NUMBERS = 100
COMMON = 0.25
# More classes than this, or more than half as many as rows, are no classes.
MOST_CLASSES = 1_000
# Words that are all numbers but for this share are numbers with mistakes.
MOSTLY = 0.95

USUAL_METRIC = {Task.REGRESSION: "rmse", Task.BINARY: "log_loss", Task.CLASSES: "log_loss"}


@dataclass
class Target:
    """y: codes or numbers of all rows, arbitrary where not `given`."""

    name: str
    task: Task
    metric: str
    labels: tuple[str, ...]
    y: NDArray[Any]
    given: NDArray[np.bool_]
    notes: list[Said] = field(default_factory=list)

    def check(self, y: NDArray[Any]) -> None:
        """Refuse what cannot be learnt, or not be scored by the metric.

        Raises:
            TargetInvalid, ChoiceInvalid
        """
        if len(np.unique(y)) < 2:
            only = self.labels[int(y[0])] if self.task.has_classes else f"{y[0]:g}"
            raise _constant(self.name, only)
        from seodang.score.metrics import METRICS

        try:
            METRICS.get(self.metric).check(y, labels=list(self.labels) or None)
        except ScoreError as error:
            raise ChoiceInvalid(
                N_("The metric “%(metric)s” does not suit the target “%(target)s”: %(reason)s"),
                hint=N_("Choose another metric; `seodang metrics` lists them."),
                metric=self.metric,
                target=self.name,
                reason=str(error),
            ) from error


def read_target(series: pd.Series, name: str, *, task: Task | None, metric: str | None) -> Target:
    texts = _cells.texts(series)
    given = ~np.asarray(texts.is_null().to_numpy(zero_copy_only=False), dtype=bool)
    if not given.any():
        raise TargetInvalid(
            N_("The target “%(name)s” is blank in every row."),
            hint=N_("Name a column that holds the values to predict."),
            name=name,
        )
    values = _cells.numbers(series)
    inferred = task is None
    if task is None:
        task = _wanted_by(metric, values, given) or _infer(series, values, given)
    notes: list[Said] = []
    y: NDArray[Any]
    if task is Task.REGRESSION:
        y, given, labels = _read_numbers(texts, values, given, name, notes)
    else:
        y, given, labels = _read_labels(texts, given, name)
        task = Task.BINARY if len(labels) == 2 else _several(task, labels, name)
    metric = _metric(metric, task)
    notes[:0] = _said(name, task, labels, metric, int((~given).sum()), inferred)
    return Target(name, task, metric, labels, y, given, notes)


def _several(task: Task, labels: tuple[str, ...], name: str) -> Task:
    if len(labels) == 1:
        raise _constant(name, labels[0])
    if task is Task.BINARY:
        raise ChoiceInvalid(
            N_("The task “binary” needs two classes; “%(name)s” has %(found)s: %(labels)s."),
            hint=N_("Choose the task “classes”, or none: it is inferred."),
            name=name,
            found=len(labels),
            labels=", ".join(labels[:5]),
        )
    return Task.CLASSES


def _infer(series: pd.Series, numbers: NDArray[np.float64], given: NDArray[np.bool_]) -> Task:
    """Classes where the target is words, two values, or few whole numbers; else a regression."""
    if isinstance(series.dtype, pd.CategoricalDtype) or pd.api.types.is_bool_dtype(series.dtype):
        return Task.CLASSES
    present = numbers[given]
    readable = np.isfinite(present).mean()
    unique, counts = np.unique(present[np.isfinite(present)], return_counts=True)
    if readable < MOSTLY or (readable < 1 and len(unique) <= MOST_NUMBERS and _are_classes(unique, counts)):
        return Task.CLASSES
    return Task.CLASSES if len(unique) == 2 or _are_classes(unique, counts) else Task.REGRESSION


def _are_classes(unique: NDArray[np.float64], counts: NDArray[np.int64]) -> bool:
    if not len(unique) or (unique != np.rint(unique)).any():
        return False
    if len(unique) <= FEW_NUMBERS:
        return bool(len(unique) * 2 <= counts.sum())
    without_gap = unique[-1] - unique[0] + 1 == len(unique) and unique[0] in (0, 1)
    return bool(without_gap and len(unique) <= MOST_NUMBERS and counts.min() >= COMMON * counts.mean())


def _wanted_by(metric: str | None, numbers: NDArray[np.float64], given: NDArray[np.bool_]) -> Task | None:
    """A metric of numbers asks for a regression, one of labels or probabilities for classes."""
    if metric is None:
        return None
    from seodang.score.metrics import LABELLED, METRICS, Needs

    needs = METRICS.get(metric).needs
    if needs is Needs.VALUES and np.isfinite(numbers[given]).mean() >= MOSTLY:
        return Task.REGRESSION
    return Task.CLASSES if needs in LABELLED else None


def _read_numbers(
    texts: Any, numbers: NDArray[np.float64], given: NDArray[np.bool_], name: str, notes: list[Said]
) -> tuple[NDArray[np.float64], NDArray[np.bool_], tuple[str, ...]]:
    readable = np.isfinite(numbers)
    unread = given & ~readable
    if unread.sum() > (1 - MOSTLY) * given.sum():
        raise TargetInvalid(
            N_("A regression needs numbers; “%(name)s” holds “%(value)s” and %(count)s more cells that are none."),
            hint=N_("Correct the cells, or choose the task “classes”."),
            name=name,
            value=str(texts[int(np.flatnonzero(unread)[0])].as_py())[:60],
            count=int(unread.sum()) - 1,
        )
    if unread.any():
        notes.append(
            Said(
                "target_unread",
                N_("%(count)s rows are left out: their target “%(column)s” is no number, such as “%(value)s”."),
                {
                    "count": int(unread.sum()),
                    "column": name,
                    "value": str(texts[int(np.flatnonzero(unread)[0])].as_py())[:60],
                },
                column=name,
            )
        )
    return numbers, readable, ()


def _read_labels(
    texts: Any, given: NDArray[np.bool_], name: str
) -> tuple[NDArray[np.int64], NDArray[np.bool_], tuple[str, ...]]:
    encoded = texts.dictionary_encode()
    words: list[str] = encoded.dictionary.to_pylist()
    n_given = int(given.sum())
    if len(words) > MOST_CLASSES or (len(words) > 20 and len(words) > n_given // 2):
        raise TargetInvalid(
            N_(
                "“%(name)s” has %(found)s different values in %(rows)s rows, such as “%(value)s”: too many for "
                "classes."
            ),
            hint=N_("Name a column with fewer classes, or one of numbers for a regression."),
            name=name,
            found=len(words),
            rows=n_given,
            value=words[0][:40],
        )
    labels = sort_labels(words)
    place = {label: code for code, label in enumerate(labels)}
    codes = np.array([*(place[word] for word in words), 0], dtype=np.int64)
    return codes[encoded.indices.fill_null(len(words)).to_numpy(zero_copy_only=False)], given, labels


def _metric(metric: str | None, task: Task) -> str:
    if metric is None:
        return USUAL_METRIC[task]
    from seodang.score.metrics import LABELLED, METRICS, Needs

    needs = METRICS.get(metric).needs
    suits = needs in LABELLED if task.has_classes else needs is Needs.VALUES
    if needs is Needs.PROBABILITY and task is Task.CLASSES:
        suits = False
    if not suits:
        raise ChoiceInvalid(
            N_("The metric “%(metric)s” does not suit the task “%(task)s”."),
            hint=N_("Choose %(usual)s, or another that `seodang metrics` lists."),
            metric=metric,
            task=str(task),
            usual=USUAL_METRIC[task],
        )
    return metric


def _said(name: str, task: Task, labels: tuple[str, ...], metric: str, n_blank: int, inferred: bool) -> list[Said]:
    said = []
    if task is Task.REGRESSION:
        sentence = N_("“%(column)s” is predicted as a number (regression), judged by %(metric)s.")
    elif task is Task.BINARY:
        sentence = N_(
            "“%(column)s” is predicted as one of two classes, “%(first)s” or “%(second)s”, judged by %(metric)s."
        )
    else:
        sentence = N_("“%(column)s” is predicted as one of %(n)s classes, judged by %(metric)s.")
    params: dict[str, Any] = {"column": name, "metric": metric, "n": len(labels)}
    if task is Task.BINARY:
        params |= {"first": labels[0], "second": labels[1]}
    said.append(Said("task_inferred" if inferred else "task", sentence, params, column=name))
    if n_blank:
        said.append(
            Said(
                "target_blank",
                N_("%(count)s rows are left out: their target “%(column)s” is blank."),
                {"count": n_blank, "column": name},
                column=name,
            )
        )
    return said


def _constant(name: str, value: str) -> TargetInvalid:
    return TargetInvalid(
        N_("The target “%(name)s” is “%(value)s” in every row; there is nothing to predict."),
        hint=N_("Name another column, or give rows that differ."),
        name=name,
        value=value[:60],
    )


def no_such_column(name: str, names: list[str]) -> LearnError:
    near = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
    if near:
        return TargetInvalid(
            N_("The table has no column “%(name)s”."), hint=N_("Did you mean “%(near)s”?"), name=name, near=near[0]
        )
    return TargetInvalid(
        N_("The table has no column “%(name)s”."),
        hint=N_("Its columns: %(names)s."),
        name=name,
        names=", ".join(names[:20]) + (" …" if len(names) > 20 else ""),
    )
