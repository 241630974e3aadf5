import numpy as np
import pytest
from sklearn.datasets import load_digits

from seodang.learn.families import FAMILIES
from seodang.learn.networks.cnn import CnnClassifier, CnnRegressor
from seodang.learn.task import Facts, Task

TABLE = Facts(task=Task.BINARY, n_rows=500, n_train=400, n_columns=30, n_classes=2)


@pytest.fixture(scope="module")
def digits():
    data = load_digits()
    return (data.images * 15.9).astype("uint8")[..., None], data.target


def test_it_reads_digits(digits):
    X, y = digits
    model = CnnClassifier(filters=[16, 32], epochs=12, turn=5, batch_size=32).fit(X[:600], y[:600])
    assert model.score(X[600:1000], y[600:1000]) > 0.85
    assert model.curve_["loss"][-1] < 0.6 * model.curve_["loss"][0]


def test_it_measures_pictures(digits):
    X = digits[0][:200]
    y = X.mean(axis=(1, 2, 3))
    model = CnnRegressor(filters=[8, 8], epochs=20, light=0, shift=0, turn=0, zoom=0).fit(X[:150], y[:150])
    assert model.score(X[150:], y[150:]) > 0.3


def test_pictures_of_another_size_are_refused(digits):
    X, y = digits
    model = CnnClassifier(filters=[4], epochs=1).fit(X[:40], y[:40])
    with pytest.raises(ValueError, match="features"):
        model.predict(np.zeros((3, 9, 9, 1), "uint8"))


def test_a_table_is_declined_and_pictures_are_not():
    family = FAMILIES.get("cnn")
    assert "table" in str(family.why_not(TABLE))
    pictures = Facts(task=Task.CLASSES, n_rows=9, n_train=8, n_columns=1, n_classes=3, image_shape=(64, 64, 3))
    assert family.why_not(pictures) is None
    assert family.portfolio(pictures)[0].get("flip", False) is False
