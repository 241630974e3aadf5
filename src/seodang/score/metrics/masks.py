"""Dice and mean intersection over union of run-length masks."""

from __future__ import annotations

from typing import Any

from seodang.i18n import N_
from seodang.score.errors import MetricUndefined, OptionInvalid
from seodang.score.metrics import Metric, Needs, Terms, register
from seodang.score.metrics._base import Array, ratio
from seodang.score.metrics._runs import Faults, find_faults, overlap
from seodang.score.metrics._terms import Floats


class MaskMetric(Metric):
    """What both share: cells, the image's shape, and the mean over images."""

    needs = Needs.MASK
    greater_is_better = True
    options = {"height": 0, "width": 0}
    bounds = (0.0, 1.0)

    def check_options(self, *, height: int, width: int) -> None:  # type: ignore[override]
        if height < 0 or width < 0 or bool(height) != bool(width):
            raise OptionInvalid(
                N_("Give both height and width of the images, or neither; received %(height)s and %(width)s."),
                height=height,
                width=width,
            )

    def check_truth(self, y: Array, n_classes: int, *, height: int, width: int) -> None:  # type: ignore[override]
        faults: Faults = find_faults(y, height * width)
        if faults.any:
            raise MetricUndefined(
                N_("%(n)s masks of the truth are no run-length masks."),
                hint=N_("A mask is “start length start length …”, counted from 1 down the columns of the image."),
                n=int((faults.malformed | faults.outside).sum()),
            )

    def terms(self, y: Array, p: Array, n_classes: int, **options: Any) -> Terms:
        both, in_truth, in_prediction = overlap(y, p)
        return Terms([self.of_image(both, in_truth, in_prediction)])

    def of_image(self, both: Floats, in_truth: Floats, in_prediction: Floats) -> Floats:
        """The score of each image from counts of pixels, each (n,)."""
        raise NotImplementedError


@register
class Dice(MaskMetric):
    """Dice coefficient of run-length masks: the mean over images.

    Formula, per image with true pixels A and predicted pixels B: 2 |A ∩ B| / (|A| + |B|); the mean over images

    A cell holds "start length start length …": runs of pixels counted from 1, down the first column of the
    image, then down the next, as on Kaggle. An empty cell is an empty mask. Overlaps are counted from the runs
    themselves, so the image's shape is needed for one thing alone: with the options height and width, a run
    that leaves the image is refused.

    Bounds: 0 to 1 (perfect). Options: height, width (default 0: not known).
    Edge cases: both masks empty give 1, one of them empty 0.
    Source: L. R. Dice, Ecology 26 (1945) 297-302.
    """

    name = "dice"
    title = N_("Dice coefficient of masks")
    source = "Dice 1945"

    def of_image(self, both: Floats, in_truth: Floats, in_prediction: Floats) -> Floats:
        return ratio(2 * both, in_truth + in_prediction, 1.0)


@register
class MeanIou(MaskMetric):
    """Mean intersection over union (Jaccard index) of run-length masks: the mean over images.

    Formula, per image with true pixels A and predicted pixels B: |A ∩ B| / |A ∪ B|; the mean over images

    A cell holds "start length start length …" as for `dice`: runs counted from 1 down the columns of the image; an
    empty cell is an empty mask; the options height and width make runs outside the image refused.

    Bounds: 0 to 1 (perfect). Options: height, width (default 0: not known).
    Edge cases: both masks empty give 1, one of them empty 0.
    Source: P. Jaccard, Bulletin de la Société vaudoise des sciences naturelles 37 (1901) 547-579.
    """

    name = "mean_iou"
    title = N_("mean intersection over union of masks")
    source = "Jaccard 1901"

    def of_image(self, both: Floats, in_truth: Floats, in_prediction: Floats) -> Floats:
        return ratio(both, in_truth + in_prediction - both, 1.0)
