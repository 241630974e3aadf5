"""Fitted estimators of scikit-learn in files, through skops: a format that is read, not executed.

Owns the fixed list of types that a saved model of this project may hold. A file that names any other type is
refused whole, before anything of it is built.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any
from zipfile import BadZipFile

FILE = "estimator.skops"
_HERE = "seodang.learn.families"
TRUSTED = [
    f"{_HERE}._common.Standardiser",
    f"{_HERE}._common.TargetScale",
    f"{_HERE}.baseline.BaselineClassifier",
    f"{_HERE}.baseline.BaselineRegressor",
    f"{_HERE}.linear.Curves",
    f"{_HERE}.linear.LinearClassifier",
    f"{_HERE}.linear.LinearRegressor",
    f"{_HERE}.neighbours.NeighboursClassifier",
    f"{_HERE}.neighbours.NeighboursRegressor",
    f"{_HERE}.svm.KernelMap",
    f"{_HERE}.svm.SVMClassifier",
    f"{_HERE}.svm.SVMRegressor",
    f"{_HERE}.tree.TreeClassifier",
    f"{_HERE}.tree.TreeRegressor",
    "sklearn.tree._tree.Tree",
    "numpy.dtype",
]


def save(estimator: Any, folder: Path) -> None:
    from skops.io import dump

    dump(estimator, folder / FILE)


def load(folder: Path) -> Any:
    """
    Raises:
        ModelUnreadable: no such file, or it holds types that are not trusted.
    """
    from skops.io import load as read
    from skops.io.exceptions import UntrustedTypesFoundException

    from seodang.i18n import N_
    from seodang.learn.errors import ModelUnreadable

    try:
        return read(folder / FILE, trusted=TRUSTED)
    except UntrustedTypesFoundException as error:
        raise ModelUnreadable(
            N_("The saved model holds objects of a kind that is not trusted: %(why)s"), why=str(error)
        ) from error
    except (OSError, ValueError, KeyError, TypeError, BadZipFile) as error:
        raise ModelUnreadable(N_("The saved model cannot be read: %(why)s"), why=str(error)) from error
