"""What a metric is: a function of truth and prediction with a direction, a name and needs.

Shapes, for n rows:

    needs           truth                              prediction
    VALUES          float64 (n,) or (n, n_targets)     the same
    LABELS          codes into `labels`, int (n,)      codes into `labels`, int (n,)
    PROBABILITY     codes, 1 the positive class (n,)   float64 (n,) in [0, 1]
    PROBABILITIES   codes into `labels`, int (n,)      float64 (n, n_classes), rows summing to 1; of two classes
                                                       also (n,), the probability of the second
    RANKING         text, items between spaces (n,)    the same
    MASK            text, "start length …" (n,)        the same

Without `labels`, labels are found in the truth, sorted, and both sides are encoded. Of two labels the second is the
positive one.
"""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from seodang.i18n import N_, gettext
from seodang.score.errors import MetricUndefined, OptionInvalid, ScoreError
from seodang.score.metrics._terms import Floats, Terms

if TYPE_CHECKING:
    from seodang.registry import Registry

Array = NDArray[Any]


class Needs(StrEnum):
    """What one row of a prediction holds."""

    VALUES = "values"  # a number
    LABELS = "labels"  # one class label
    PROBABILITY = "probability"  # one column: the probability of the positive class
    PROBABILITIES = "probabilities"  # one column per class
    RANKING = "ranking"  # a list of items, best first, in one cell, separated by spaces
    MASK = "mask"  # a run-length mask in one cell


# Where the truth is a class label.
LABELLED = frozenset({Needs.LABELS, Needs.PROBABILITY, Needs.PROBABILITIES})
PROBABLE = frozenset({Needs.PROBABILITY, Needs.PROBABILITIES})


class Metric(ABC):
    """One metric. The docstring of each subclass gives formula, edge cases, bounds and source.

    A decomposable metric defines `terms` and `finish`. One that is not (metrics of ranks) overrides `raw_score` and
    `resampled_scores`, and may give `influence`, its first-order expansion, for large n.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    greater_is_better: ClassVar[bool]
    needs: ClassVar[Needs]
    decimals: ClassVar[int] = 5
    options: ClassVar[Mapping[str, Any]] = {}
    bounds: ClassVar[tuple[float, float]] = (-np.inf, np.inf)
    # What a predicted number may be in a file (VALUES); probabilities are in [0, 1] whatever this says.
    prediction_limits: ClassVar[tuple[float, float]] = (-np.inf, np.inf)
    source: ClassVar[str]

    def __repr__(self) -> str:
        return f"<Metric {self.name}>"

    # --- for callers -----------------------------------------------------------------------------------------

    def score(
        self,
        truth: ArrayLike,
        prediction: ArrayLike,
        *,
        labels: Sequence[str] | None = None,
        weights: ArrayLike | None = None,
        **options: Any,
    ) -> float:
        """The score of a prediction, in float64.

        Args:
            truth, prediction: shapes as in this module's table; codes when `labels` is given.
            labels: the class labels, pinned from the truth; the second of two is the positive one.
            weights: one non-negative weight per row, shape (n,).
            options: those of `self.options`.

        Raises:
            MetricUndefined: the metric has no value on this truth.
            OptionInvalid: an option is unknown or out of range.
        """
        chosen = self.read_options(options)
        y, p, n_classes = self.arrays(truth, prediction, labels)
        w = None if weights is None else np.asarray(weights, dtype=np.float64)
        if y.ndim == 2:
            return float(np.mean([self._one(y[:, j], p[:, j], n_classes, w, chosen) for j in range(y.shape[1])]))
        return self._one(y, p, n_classes, w, chosen)

    def check(self, truth: ArrayLike, *, labels: Sequence[str] | None = None, **options: Any) -> None:
        """Refuse a truth on which the metric has no value; called while a competition is made.

        Raises:
            MetricUndefined: with a sentence for the host.
            OptionInvalid: an option is unknown or out of range.
        """
        chosen = self.read_options(options)
        y, n_classes = self._truth_array(truth, labels)
        if len(y) == 0:
            raise MetricUndefined(N_("There are no rows to score."))
        for column in y.T if y.ndim == 2 else [y]:
            self.check_truth(column, n_classes, **chosen)

    def read_options(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """The given options in the types of the defaults, over the defaults.

        Raises:
            OptionInvalid
        """
        chosen = dict(self.options)
        for name, value in given.items():
            if name not in chosen:
                known = ", ".join(chosen) or gettext("none")
                raise OptionInvalid(
                    N_("The metric “%(metric)s” has no option “%(name)s”."),
                    hint=N_("Its options: %(known)s."),
                    metric=self.name,
                    name=name,
                    known=known,
                )
            chosen[name] = self._read_option(name, value, type(chosen[name]))
        self.check_options(**chosen)
        return chosen

    def _read_option(self, name: str, value: Any, kind: type) -> Any:
        try:
            read = kind(value)
            if isinstance(value, bool) or (kind is int and float(value) != read):
                raise ValueError(value)
        except (TypeError, ValueError, OverflowError) as error:
            raise OptionInvalid(
                N_("The option “%(name)s” must be %(expected)s; received “%(received)s”."),
                name=name,
                expected=gettext("a whole number") if kind is int else gettext("a number"),
                received=str(value),
            ) from error
        return read

    def needs_for(self, n_classes: int) -> Needs:
        """What an entry holds: of two classes one column says all, so PROBABILITIES become PROBABILITY."""
        return Needs.PROBABILITY if self.needs is Needs.PROBABILITIES and n_classes == 2 else self.needs

    @property
    def is_decomposable(self) -> bool:
        return type(self).terms is not Metric.terms

    @property
    def documentation(self) -> str:
        """The docstring without its indentation."""
        return inspect.cleandoc(type(self).__doc__ or "")

    # --- for metrics -----------------------------------------------------------------------------------------

    def check_options(self, **options: Any) -> None:  # noqa: B027 - most metrics have nothing to check
        """Raise `OptionInvalid` for a value out of range."""

    @abstractmethod
    def check_truth(self, y: Array, n_classes: int, **options: Any) -> None:
        """Raise `MetricUndefined` where the metric has no value on `y` (n,)."""

    def terms(self, y: Array, p: Array, n_classes: int, **options: Any) -> Terms:
        """What each row adds; the score is `finish` of their weighted means."""
        raise NotImplementedError

    def finish(self, means: Floats, n_classes: int, **options: Any) -> Floats:
        """From means of terms (…, width) to scores (…,); NaN where a resample has no value.

        Whether a resample has a value may depend on its truth alone, so that resamples stay paired between entries.
        """
        return means[..., 0]

    def influence(self, y: Array, p: Array, n_classes: int, **options: Any) -> Floats | None:
        """How much each row moves a score that is not decomposable, to first order: (n,), mean 0.

        A resample's score is then score + Σ w·influence / Σ w, up to terms in 1/n. None where n, or a class, is too
        small for that.
        """
        return None

    def raw_score(self, y: Array, p: Array, n_classes: int, weights: Floats | None, **options: Any) -> float:
        """The score of checked arrays; NaN where it has no value."""
        return float(self.finish(self.terms(y, p, n_classes, **options).means(weights), n_classes, **options))

    def resampled_scores(self, y: Array, p: Array, n_classes: int, weights: Array, **options: Any) -> Floats:
        """The score under each row of `weights` (n_replicates, n); NaN where it has no value."""
        means = self.terms(y, p, n_classes, **options).resampled_means(weights)
        return self.finish(means, n_classes, **options)

    # --- inside ----------------------------------------------------------------------------------------------

    def _one(self, y: Array, p: Array, n_classes: int, weights: Floats | None, options: dict[str, Any]) -> float:
        if len(y) == 0:
            raise MetricUndefined(N_("There are no rows to score."))
        value = self.raw_score(y, p, n_classes, weights, **options)
        if np.isnan(value):
            self.check_truth(y, n_classes, **options)
            raise MetricUndefined(
                N_("The metric “%(metric)s” has no value on these rows and weights."), metric=self.name
            )
        return value

    def arrays(
        self, truth: ArrayLike, prediction: ArrayLike, labels: Sequence[str] | None = None
    ) -> tuple[Array, Array, int]:
        """Truth and prediction in this module's shapes, and the number of classes."""
        y, n_classes = self._truth_array(truth, labels)
        if self.needs is Needs.LABELS and labels is None:
            p = encode(prediction, np.unique(np.asarray(truth)))
        elif self.needs is Needs.LABELS:
            p = np.asarray(prediction)
        elif self.needs in (Needs.RANKING, Needs.MASK):
            p = np.asarray(prediction, dtype=object)
        else:
            p = np.asarray(prediction, dtype=np.float64)
        expected = (len(y), n_classes) if self.needs is Needs.PROBABILITIES else y.shape
        if self.needs in PROBABLE and n_classes == 2 and p.shape in ((len(y),), (len(y), 2)):
            expected = p.shape
            p = p[:, 1] if p.ndim == 2 and self.needs is Needs.PROBABILITY else p
        elif p.shape != expected:
            raise ScoreError(
                N_("The prediction must have the shape %(expected)s; received %(received)s."),
                expected=str(expected),
                received=str(p.shape),
            )
        return y, p, n_classes

    def _truth_array(self, truth: ArrayLike, labels: Sequence[str] | None) -> tuple[Array, int]:
        if self.needs in LABELLED:
            if labels is not None:
                return np.asarray(truth), len(labels)
            found, codes = np.unique(np.asarray(truth), return_inverse=True)
            return codes, len(found)
        if self.needs is Needs.VALUES:
            return np.asarray(truth, dtype=np.float64), 0
        return np.asarray(truth, dtype=object), 0


def encode(values: ArrayLike, labels: Array) -> Array:
    """Codes of values in sorted `labels`; what is no label gets the code len(labels), which is never right."""
    values = np.asarray(values)
    codes = np.searchsorted(labels, values)
    known = labels[np.minimum(codes, len(labels) - 1)] == values
    return np.where(known, codes, len(labels))


M = TypeVar("M", bound=type[Metric])


def register_in(registry: Registry[Metric]) -> Callable[[M], M]:
    """A class decorator that keeps one instance of the metric in `registry` under the metric's name."""

    def keep(metric_class: M) -> M:
        registry.register(metric_class.name)(metric_class())
        return metric_class

    return keep


def require_two_classes(metric: Metric, y: Array, n_classes: int) -> None:
    """Exactly two labels, and rows of both."""
    if n_classes != 2:
        raise MetricUndefined(
            N_("“%(metric)s” compares two classes; the target has %(n)s."),
            hint=N_("Choose a metric for several classes, or a target with two."),
            metric=metric.name,
            n=n_classes,
        )
    require_several_classes(metric, y)


def require_several_classes(metric: Metric, y: Array) -> None:
    if len(y) == 0 or (y == y[0]).all():
        raise MetricUndefined(
            N_("All rows have the same class, so “%(metric)s” has no value."),
            hint=N_("Put rows of at least two classes in this part, for example by a stratified split."),
            metric=metric.name,
        )


def require_every_class(metric: Metric, y: Array, n_classes: int) -> None:
    """Rows of each label: averages over classes have no value without."""
    require_several_classes(metric, y)
    absent = n_classes - len(np.unique(y))
    if absent:
        raise MetricUndefined(
            N_("“%(metric)s” averages over classes, and %(absent)s of %(n)s classes have no row here."),
            hint=N_("Use a stratified split, make the part larger, or leave rare classes out."),
            metric=metric.name,
            absent=absent,
            n=n_classes,
        )


def require_varying(metric: Metric, y: Array) -> None:
    if len(y) < 2 or (y == y[0]).all():
        raise MetricUndefined(
            N_("All target values are the same, so “%(metric)s” has no value."),
            hint=N_("Choose another metric or another target."),
            metric=metric.name,
        )


def require_whole_number_from_one(name: str, value: int) -> None:
    if value < 1:
        raise OptionInvalid(
            N_("The option “%(name)s” must be %(expected)s; received “%(received)s”."),
            name=name,
            expected=gettext("a whole number from 1"),
            received=str(value),
        )


def ratio(above: Any, below: Any, otherwise: float) -> Floats:
    """above / below, and `otherwise` where below is 0."""
    above, below = np.asarray(above, dtype=np.float64), np.asarray(below, dtype=np.float64)
    safe = np.where(below == 0, 1.0, below)
    return np.where(below == 0, otherwise, above / safe)
