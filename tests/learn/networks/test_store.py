import json
import os
import pickle
import subprocess
import sys
import zipfile

import numpy as np
import pytest

from seodang.learn.errors import ModelUnreadable
from seodang.learn.networks.cnn import CnnClassifier
from seodang.learn.networks.deep import DeepClassifier, DeepRegressor
from seodang.learn.networks.perceptron import PerceptronClassifier, PerceptronRegressor
from seodang.learn.networks.store import load, save

KINDS = (PerceptronClassifier, PerceptronRegressor, DeepClassifier, DeepRegressor, CnnClassifier)
SMALL_DEEP = {"hidden": [8], "members": 2, "epochs": 3}

PREDICT = """
import sys, numpy as np
from pathlib import Path
import keras
from seodang.learn.networks.store import load
from seodang.learn.networks.cnn import CnnClassifier
from seodang.learn.networks.deep import DeepClassifier, DeepRegressor
folder = Path(sys.argv[1])
for name in ("deep", "cnn"):
    model = load(folder / name, DeepClassifier, CnnClassifier)
    np.save(folder / f"{name}.npy", model.predict_proba(np.load(folder / f"{name}-X.npy")))
print(keras.backend.backend())
"""


@pytest.fixture(scope="module")
def table():
    rng = np.random.default_rng(0)
    X = np.column_stack([rng.normal(size=(120, 5)), rng.integers(0, 2, 120)]).astype("float32")
    return X, np.array(["ant", "bee", "cat"])[(X[:, 0] > 0).astype(int) + (X[:, 1] > 0)]


@pytest.fixture(scope="module")
def pictures():
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, 60)
    X = rng.integers(0, 100, (60, 14, 12, 3)).astype("uint8")
    X[y == 1, :7] += 120
    return X, y


def stored(estimator, folder):
    folder.mkdir(exist_ok=True)
    save(estimator, folder)
    return load(folder, *KINDS)


def test_a_stored_network_predicts_the_same(table, tmp_path):
    X, y = table
    model = DeepClassifier(**SMALL_DEEP).fit(X, y)
    again = stored(model, tmp_path / "deep")
    assert again.classes_.tolist() == ["ant", "bee", "cat"]
    assert np.allclose(again.predict_proba(X), model.predict_proba(X), atol=1e-6)
    assert again.curve_ == model.curve_
    number = PerceptronRegressor(epochs=3).fit(X, X[:, 0] * 1e6 + 1e9)
    assert np.allclose(stored(number, tmp_path / "number").predict(X), number.predict(X), rtol=1e-9)


def test_tensorflow_and_jax_predict_the_same_within_1e_5(table, pictures, tmp_path):
    pytest.importorskip("tensorflow")
    pytest.importorskip("jax")
    wanted = {}
    for name, model, (X, y) in (
        ("deep", DeepClassifier(**SMALL_DEEP), table),
        ("cnn", CnnClassifier(filters=[4, 8], epochs=2), pictures),
    ):
        stored(model.fit(X, y), tmp_path / name)
        np.save(tmp_path / f"{name}-X.npy", X)
        wanted[name] = model.predict_proba(X)
    for backend in ("tensorflow", "jax"):
        environment = {**os.environ, "KERAS_BACKEND": backend, "CUDA_VISIBLE_DEVICES": "-1"}
        command = [sys.executable, "-c", PREDICT, str(tmp_path)]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr[-2000:]
        assert done.stdout.split()[-1] == backend
        for name, probabilities in wanted.items():
            assert np.abs(np.load(tmp_path / f"{name}.npy") - probabilities).max() < 1e-5


def test_keras_itself_opens_the_file_in_safe_mode(table, tmp_path):
    import keras

    from seodang.learn.networks import layers  # noqa: F401 - registers them

    X, y = table
    model = DeepClassifier(**SMALL_DEEP).fit(X, y)
    stored(model, tmp_path / "deep")
    opened = keras.saving.load_model(tmp_path / "deep/network.keras", compile=False, safe_mode=True)
    logits = keras.ops.convert_to_numpy(opened(model._prepared(X)))
    shares = keras.ops.convert_to_numpy(keras.ops.softmax(logits)).mean(axis=0)
    assert np.allclose(shares, model.predict_proba(X), atol=1e-5)


def test_nothing_that_a_keras_file_names_is_loaded(table, tmp_path):
    X, y = table
    stored(PerceptronClassifier(epochs=2).fit(X, y), tmp_path / "p")
    path = tmp_path / "p/network.keras"
    with zipfile.ZipFile(path) as old:
        parts = {name: old.read(name) for name in old.namelist()}
    witness = tmp_path / "executed"
    call = {"module": "os", "class_name": "system", "config": f"touch {witness}", "registered_name": None}
    parts["config.json"] = json.dumps(
        {"module": "keras", "class_name": "Sequential", "config": {"layers": [call]}}
    ).encode()
    with zipfile.ZipFile(path, "w") as new:
        for name, content in parts.items():
            new.writestr(name, content)
    assert load(tmp_path / "p", *KINDS).predict(X).shape == (120,)
    assert not witness.exists()


@pytest.mark.parametrize("harm", ["no json", "no keras", "another class", "other shapes", "not json"])
def test_a_damaged_folder_is_refused_in_words(harm, table, tmp_path):
    X, y = table
    stored(PerceptronClassifier(hidden=8, epochs=2).fit(X, y), tmp_path / "p")
    description = tmp_path / "p/network.json"
    content = json.loads(description.read_text())
    if harm == "no json":
        description.unlink()
    elif harm == "not json":
        description.write_text("{")
    elif harm == "no keras":
        (tmp_path / "p/network.keras").unlink()
    elif harm == "another class":
        description.write_text(json.dumps({**content, "estimator": "Popen"}))
    else:
        description.write_text(json.dumps({**content, "spec": {**content["spec"], "hidden": [9]}}))
    with pytest.raises(ModelUnreadable):
        load(tmp_path / "p", *KINDS)


def test_a_fitted_network_can_be_pickled_without_keras(table):
    X, y = table
    model = DeepClassifier(**SMALL_DEEP).fit(X, y)
    again = pickle.loads(pickle.dumps(model))
    assert np.array_equal(again.predict_proba(X), model.predict_proba(X))
    assert b"keras" not in pickle.dumps(model)
