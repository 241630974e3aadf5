"""Matthews correlation coefficient."""

import numpy as np

from seodang.i18n import N_
from seodang.score.metrics import Metric, Needs, Terms, register
from seodang.score.metrics._base import Array, ratio, require_several_classes
from seodang.score.metrics._confusion import class_terms, split_means
from seodang.score.metrics._terms import Floats


@register
class Mcc(Metric):
    """Matthews correlation coefficient, for two classes or more: the correlation of true and predicted labels.

    Formula, with shares t_c of true, g_c of predicted rows and h of hits:
        (h - Σ_c t_c g_c) / sqrt( (1 - Σ_c t_c²) (1 - Σ_c g_c²) )

    Bounds: -1 (for two classes; nearer 0 for more) to 1 (perfect); 0 is chance.
    Edge cases: one class predicted throughout gives 0. A truth of one class is refused.
    Source: B. W. Matthews, Biochimica et Biophysica Acta 405 (1975) 442-451; J. Gorodkin, Computational Biology and
    Chemistry 28 (2004) 367-374, equation 8; scikit-learn `matthews_corrcoef`.
    """

    name = "mcc"
    title = N_("Matthews correlation coefficient")
    greater_is_better = True
    needs = Needs.LABELS
    bounds = (-1.0, 1.0)
    source = "scikit-learn matthews_corrcoef"

    def check_truth(self, y: Array, n_classes: int, **options: object) -> None:
        require_several_classes(self, y)

    def terms(self, y: Array, p: Array, n_classes: int, **options: object) -> Terms:
        return class_terms(y, p, n_classes)

    def finish(self, means: Floats, n_classes: int, **options: object) -> Floats:
        hits, guessed, true = split_means(means, n_classes)
        covariance = hits.sum(axis=-1) - (true * guessed).sum(axis=-1)
        # 1 - Σ t² written as Σ t (1 - t): exactly 0 for a single class.
        spread_true = (true * (1 - true)).sum(axis=-1)
        elsewhere = np.maximum(1 - guessed.sum(axis=-1), 0.0)
        elsewhere = np.where(elsewhere < 1e-12, 0.0, elsewhere)
        spread_guessed = (guessed * (1 - guessed)).sum(axis=-1) + elsewhere * (1 - elsewhere)
        several = (true > 0).sum(axis=-1) >= 2
        return np.where(several, ratio(covariance, np.sqrt(spread_true * spread_guessed), 0.0), np.nan)
