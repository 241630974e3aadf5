"""What the made-up students try: real scikit-learn models, fitted when the demo is built.

A recipe is a name and a function from a seed to an estimator. They stand roughly in the order in which a course
meets them, and a student's entries walk up that order.
"""

from __future__ import annotations

import csv
import io
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from seodang.site.competitions.models import Competition


@dataclass(frozen=True)
class Recipe:
    """What the student writes beside the entry, in English and Korean; `make(seed)` gives an unfitted estimator."""

    name: str
    message: str
    message_ko: str
    make: Callable[[int], Any]


def _scaled(estimator: Any) -> Any:
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    return make_pipeline(StandardScaler(), estimator)


def _few_columns(count: int, estimator: Any) -> Any:
    from sklearn.feature_selection import SelectKBest, f_regression
    from sklearn.pipeline import make_pipeline

    return make_pipeline(SelectKBest(f_regression, k=count), estimator)


def _between(seed: int, low: float, high: float) -> float:
    """A setting of this student's own, drawn evenly on a log scale."""
    return float(np.exp(np.random.default_rng(seed).uniform(np.log(low), np.log(high))))


def classifiers() -> list[Recipe]:
    from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
    from sklearn.ensemble import (
        ExtraTreesClassifier,
        GradientBoostingClassifier,
        HistGradientBoostingClassifier,
        RandomForestClassifier,
    )
    from sklearn.linear_model import LogisticRegression
    from sklearn.naive_bayes import GaussianNB
    from sklearn.neighbors import KNeighborsClassifier
    from sklearn.neural_network import MLPClassifier
    from sklearn.svm import SVC
    from sklearn.tree import DecisionTreeClassifier

    def depth(seed: int) -> int:
        return 1 + seed % 4

    return [
        Recipe(
            "stump",
            "a very small tree",
            "아주 작은 나무",
            lambda s: DecisionTreeClassifier(max_depth=depth(s), random_state=s),
        ),
        Recipe(
            "bayes", "naive Bayes", "나이브 베이즈", lambda s: GaussianNB(var_smoothing=_between(s, 1e-9, 1e-5))
        ),
        Recipe(
            "knn", "nearest neighbours", "최근접 이웃", lambda s: _scaled(KNeighborsClassifier(3 + 2 * (s % 9)))
        ),
        Recipe(
            "logistic",
            "logistic regression",
            "로지스틱 회귀",
            lambda s: _scaled(LogisticRegression(C=_between(s, 0.003, 30))),
        ),
        Recipe(
            "tree",
            "tree, deeper",
            "더 깊은 나무",
            lambda s: DecisionTreeClassifier(min_samples_leaf=3 + s % 9, random_state=s),
        ),
        Recipe(
            "lda",
            "linear discriminant",
            "선형 판별",
            lambda s: LinearDiscriminantAnalysis(solver="lsqr", shrinkage=0.1),
        ),
        Recipe(
            "forest",
            "random forest",
            "랜덤 포레스트",
            lambda s: RandomForestClassifier(60 + 20 * (s % 5), random_state=s),
        ),
        Recipe(
            "boost", "boosting", "부스팅", lambda s: GradientBoostingClassifier(n_estimators=60, random_state=s)
        ),
        Recipe(
            "extra",
            "extra trees",
            "엑스트라 트리",
            lambda s: ExtraTreesClassifier(80 + 20 * (s % 5), random_state=s),
        ),
        Recipe(
            "hist",
            "histogram boosting",
            "히스토그램 부스팅",
            lambda s: HistGradientBoostingClassifier(max_iter=80, random_state=s),
        ),
        Recipe(
            "svm",
            "SVM, RBF",
            "SVM(RBF 커널)",
            lambda s: _scaled(SVC(C=_between(s, 0.3, 30), probability=True, random_state=s)),
        ),
        Recipe(
            "mlp",
            "a small network",
            "작은 신경망",
            lambda s: _scaled(
                MLPClassifier((16 + 8 * (s % 3),), alpha=_between(s, 1e-3, 3), max_iter=400, random_state=s)
            ),
        ),
    ]


def regressors() -> list[Recipe]:
    from sklearn.ensemble import ExtraTreesRegressor, GradientBoostingRegressor, RandomForestRegressor
    from sklearn.gaussian_process import GaussianProcessRegressor
    from sklearn.gaussian_process.kernels import RBF, WhiteKernel
    from sklearn.linear_model import ElasticNet, Lasso, LinearRegression, Ridge
    from sklearn.neighbors import KNeighborsRegressor
    from sklearn.svm import SVR
    from sklearn.tree import DecisionTreeRegressor

    return [
        Recipe(
            "stump",
            "a very small tree",
            "아주 작은 나무",
            lambda s: DecisionTreeRegressor(max_depth=1 + s % 3, random_state=s),
        ),
        Recipe(
            "knn", "nearest neighbours", "최근접 이웃", lambda s: _scaled(KNeighborsRegressor(4 + 2 * (s % 12)))
        ),
        Recipe(
            "tree",
            "one tree",
            "나무 하나",
            lambda s: DecisionTreeRegressor(min_samples_leaf=8 + s % 20, random_state=s),
        ),
        Recipe("linear", "linear regression", "선형 회귀", lambda s: _few_columns(3 + s % 8, LinearRegression())),
        Recipe(
            "forest",
            "random forest",
            "랜덤 포레스트",
            lambda s: RandomForestRegressor(80, min_samples_leaf=3, random_state=s),
        ),
        Recipe("ridge", "ridge", "릿지", lambda s: _scaled(Ridge(alpha=_between(s, 0.1, 300)))),
        Recipe("lasso", "lasso", "라쏘", lambda s: _scaled(Lasso(alpha=_between(s, 0.05, 8)))),
        Recipe(
            "extra",
            "extra trees",
            "엑스트라 트리",
            lambda s: ExtraTreesRegressor(100, min_samples_leaf=4, random_state=s),
        ),
        Recipe(
            "boost",
            "boosting, slow rate",
            "학습률을 낮춘 부스팅",
            lambda s: GradientBoostingRegressor(
                n_estimators=80, learning_rate=0.05, max_depth=2, subsample=0.7, random_state=s
            ),
        ),
        Recipe(
            "elastic",
            "elastic net",
            "엘라스틱넷",
            lambda s: _scaled(ElasticNet(alpha=_between(s, 0.02, 1), l1_ratio=0.5)),
        ),
        Recipe("svr", "support vectors", "서포트 벡터", lambda s: _scaled(SVR(C=_between(s, 5, 80), epsilon=5))),
        Recipe(
            "gp",
            "Gaussian process",
            "가우시안 프로세스",
            lambda s: _scaled(
                GaussianProcessRegressor(
                    3000 * RBF(3 + s % 5) + WhiteKernel(3000), optimizer=None, normalize_y=True
                )
            ),
        ),
    ]


def walk(recipes: list[Recipe], seed: int) -> list[tuple[Recipe, int]]:
    """What one student tries, in order: one to six recipes, from simple to strong, with seeds of their own."""
    generator = np.random.default_rng(seed)
    n_entries = int(generator.integers(1, 7))
    start = int(generator.integers(0, len(recipes) - 3))
    picks = np.sort(
        generator.choice(np.arange(start, len(recipes)), size=min(n_entries, len(recipes) - start), replace=False)
    )
    return [(recipes[int(index)], int(generator.integers(0, 10_000))) for index in picks]


def fit_and_predict(recipe: Recipe, seed: int, competition: Competition) -> bytes:
    """Fit on train.csv and predict test.csv as a student would; the CSV of the entry."""
    from threadpoolctl import threadpool_limits

    train = _read(competition, "train")
    test = _read(competition, "test")
    sample_headings = next(csv.reader(io.StringIO(_text(competition, "sample"))))
    id_column, column = sample_headings[0], sample_headings[1]
    target = competition.spec["target"]
    features = [name for name in test[0] if name != id_column]
    x_train = np.array([[float(row[name]) for name in features] for row in train])
    x_test = np.array([[float(row[name]) for name in features] for row in test])
    y_train = np.array([row[target] for row in train])
    model = recipe.make(seed)
    # One thread each: several workers fit at once, and OpenMP's threads would only wait for one another.
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # students ignore ConvergenceWarning, too
        if competition.spec.get("positive"):
            model.fit(x_train, y_train)
            position = list(model.classes_).index(competition.spec["positive"])
            values = model.predict_proba(x_test)[:, position]
        else:
            model.fit(x_train, y_train.astype(float))
            values = model.predict(x_test)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([id_column, column])
    writer.writerows([row[id_column], f"{value:.6g}"] for row, value in zip(test, values, strict=True))
    return out.getvalue().encode()


def _text(competition: Competition, role: str) -> str:
    with competition.files.get(role=role).file.open("rb") as file:
        return file.read().decode()


def _read(competition: Competition, role: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(_text(competition, role))))
