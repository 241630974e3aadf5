"""The demo's two data sets, from scikit-learn, as the CSV tables a host would bring.

Sources: Wolberg, Mangasarian, Street and Street (1995), Breast Cancer Wisconsin (Diagnostic), UCI Machine Learning
Repository, https://doi.org/10.24432/C5DW2B; Efron, Hastie, Johnstone and Tibshirani (2004), Least angle regression,
Annals of Statistics 32(2), 407–499 (the diabetes study).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

_DIABETES_NAMES = {
    "bp": "blood_pressure",
    "s1": "total_cholesterol",
    "s2": "ldl",
    "s3": "hdl",
    "s4": "cholesterol_ratio",
    "s5": "log_triglycerides",
    "s6": "blood_sugar",
}


def _csv(headings: Sequence[str], rows: Sequence[Sequence[object]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(headings)
    writer.writerows(rows)
    return text.getvalue().encode()


def breast_cancer_csv() -> bytes:
    """569 biopsies, 30 measurements of cell nuclei; target `diagnosis`: malignant or benign."""
    from sklearn.datasets import load_breast_cancer

    data = load_breast_cancer()
    headings = [str(name).replace(" ", "_") for name in data.feature_names]
    names = [str(name) for name in data.target_names]
    rows = [[*(repr(float(x)) for x in row), names[y]] for row, y in zip(data.data, data.target, strict=True)]
    return _csv([*headings, "diagnosis"], rows)


def diabetes_csv() -> bytes:
    """442 patients, 10 measurements in their own units; target `progression`, one year on."""
    from sklearn.datasets import load_diabetes

    data = load_diabetes(scaled=False)
    headings = [_DIABETES_NAMES.get(str(name), str(name)) for name in data.feature_names]
    rows = [[*(f"{x:g}" for x in row), f"{y:g}"] for row, y in zip(data.data, data.target, strict=True)]
    return _csv([*headings, "progression"], rows)
