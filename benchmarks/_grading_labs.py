"""The three labs of `grading.py`, and a class of submissions to each: nbgrader notebooks, made by rule, no chance.

plain    eight questions on NumPy and pandas
deep     imports Keras and TensorFlow, and computes little: eight short questions, one of them builds a small model
train    trains a small Keras network for some seconds
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

STUB = "# YOUR CODE HERE\nraise NotImplementedError()"


@dataclass(frozen=True)
class Question:
    """signature: what stands above the answer; answer: its body; wrong: a body that a student may hand in."""

    id: str
    signature: str
    answer: str
    wrong: str
    visible: str
    hidden: str
    points: int = 2

    @property
    def tests(self) -> str:
        return f"{self.visible}\n{self.hidden}"


@dataclass(frozen=True)
class Lab:
    name: str
    title: str
    setup: str
    questions: tuple[Question, ...]
    packages: tuple[str, ...]

    @property
    def max_points(self) -> int:
        return sum(question.points for question in self.questions)


def source(lab: Lab) -> dict[str, Any]:
    """The instructor's notebook."""
    cells = [_markdown(f"# {lab.title}"), _code(lab.setup)]
    for question in lab.questions:
        answer = f"### BEGIN SOLUTION\n{question.answer}\n### END SOLUTION"
        tests = f"{question.visible}\n### BEGIN HIDDEN TESTS\n{question.hidden}\n### END HIDDEN TESTS"
        cells += _question_cells(question, answer, tests)
    return _notebook(cells, lab)


def submission(lab: Lab, student: int) -> dict[str, Any]:
    """What that student hands in: full marks, except that every student but each fourth gets one answer wrong."""
    cells = [_markdown(f"# {lab.title}"), _code(lab.setup)]
    for number, question in enumerate(lab.questions):
        missed = student % 4 != 0 and number == student % len(lab.questions)
        body = question.wrong if missed else question.answer
        cells += _question_cells(question, f"# my answer, {student}\n{body}", question.visible)
    return _notebook(cells, lab)


def honest_points(lab: Lab, student: int) -> int:
    missed = lab.questions[student % len(lab.questions)].points if student % 4 else 0
    return lab.max_points - missed


def code_cells(lab: Lab, student: int) -> list[str]:
    """All code of a submission with the full tests: what any autograder has to execute."""
    wanted = {f"test_{question.id}": question.tests for question in lab.questions}
    cells = submission(lab, student)["cells"]
    return [
        wanted.get(cell["metadata"].get("nbgrader", {}).get("grade_id", ""), cell["source"])
        for cell in cells
        if cell["cell_type"] == "code"
    ]


def _question_cells(question: Question, body: str, tests: str) -> list[dict[str, Any]]:
    indent = "    " if question.signature.endswith(":") else ""
    inside = "\n".join(f"{indent}{line}" if line else line for line in body.split("\n"))
    return [
        _markdown(f"## {question.id.replace('_', ' ').capitalize()}"),
        _code(f"{question.signature}\n{inside}", _graded(question.id, solution=True)),
        _code(tests, _graded(f"test_{question.id}", points=question.points)),
    ]


def _graded(grade_id: str, *, solution: bool = False, points: int | None = None) -> dict[str, Any]:
    metadata = {"grade_id": grade_id, "schema_version": 3, "solution": solution, "task": False}
    metadata |= {"grade": points is not None, "locked": not solution, "cell_type": "code"}
    return metadata if points is None else {**metadata, "points": points}


def _code(text: str, nbgrader: dict[str, Any] | None = None) -> dict[str, Any]:
    metadata = {} if nbgrader is None else {"nbgrader": nbgrader}
    return {"cell_type": "code", "source": text, "metadata": metadata, "outputs": [], "execution_count": None}


def _markdown(text: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "source": text, "metadata": {}}


def _notebook(cells: Sequence[dict[str, Any]], lab: Lab) -> dict[str, Any]:
    for number, cell in enumerate(cells):
        cell["id"] = re.sub(r"\W", "-", f"{lab.name}-{number}")
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    metadata = {
        "kernelspec": kernel,
        "language_info": {"name": "python"},
        "seodang": {"packages": list(lab.packages)},
    }
    return {"cells": list(cells), "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


# --- plain -----------------------------------------------------------------------------------------------------

_ARRAYS = (
    Question(
        "standardise",
        "def standardise(x):",
        "return (x - x.mean(axis=0)) / x.std(axis=0)",
        "return (x - x.mean()) / x.std()",
        "z = standardise(np.arange(12.0).reshape(4, 3) ** 2)\nassert np.allclose(z.mean(axis=0), 0)",
        "assert np.allclose(z.std(axis=0), 1)\n"
        "assert np.allclose(standardise(np.array([[1., 9.], [3., 1.]]))[0], [-1, 1])",
    ),
    Question(
        "one_hot",
        "def one_hot(labels, n_classes):",
        "return np.eye(n_classes)[labels]",
        "return np.zeros((len(labels), n_classes))",
        "assert one_hot(np.array([0, 2]), 3).shape == (2, 3)",
        "assert one_hot(np.array([0, 2, 1]), 3).sum() == 3\n"
        "assert one_hot(np.array([2]), 3)[0].tolist() == [0, 0, 1]",
    ),
    Question(
        "softmax",
        "def softmax(x):",
        "e = np.exp(x - x.max(axis=1, keepdims=True))\nreturn e / e.sum(axis=1, keepdims=True)",
        "return np.exp(x) / np.exp(x).sum()",
        "p = softmax(np.array([[1.0, 2.0, 3.0], [1000.0, 1000.0, 1000.0]]))\nassert p.shape == (2, 3)",
        "assert np.allclose(p.sum(axis=1), 1)\nassert np.allclose(p[1], 1 / 3)",
    ),
    Question(
        "cross_entropy",
        "def cross_entropy(p, y):",
        "return float(-np.mean(np.log(p[np.arange(len(y)), y])))",
        "return 0.0",
        "assert abs(cross_entropy(np.array([[0.5, 0.5]]), np.array([0])) - 0.6931472) < 1e-6",
        "assert abs(cross_entropy(np.array([[0.2, 0.8], [0.6, 0.4]]), np.array([1, 0])) - 0.3669846) < 1e-6",
    ),
)

PLAIN = Lab(
    "plain",
    "Week 2: arrays and tables",
    "import numpy as np\nimport pandas as pd\n\nrng = np.random.default_rng(0)\n"
    "sales = pd.DataFrame({'shop': rng.integers(0, 500, 100_000), 'day': rng.integers(0, 365, 100_000),\n"
    "                      'amount': rng.gamma(2.0, 20.0, 100_000)})\n"
    "x = rng.normal(size=(5000, 20))\nw_true = rng.normal(size=20)\ny = x @ w_true + 0.1 * rng.normal(size=5000)",
    (
        *_ARRAYS,
        Question(
            "descent",
            "def descent(x, y, rate=0.1, steps=1000):",
            "w = np.zeros(x.shape[1])\nfor _ in range(steps):\n"
            "    w -= rate * 2 * x.T @ (x @ w - y) / len(y)\nreturn w",
            "return np.zeros(x.shape[1])",
            "w = descent(x, y)\nassert w.shape == (20,)",
            "assert np.allclose(w, w_true, atol=0.02)",
        ),
        Question(
            "group_means",
            "def group_means(frame, key, value):",
            "return frame.groupby(key)[value].mean()",
            "return frame[value].mean()",
            "t = pd.DataFrame({'k': list('aabbb'), 'v': [1, 3, 2, 4, 6]})\nm = group_means(t, 'k', 'v')",
            "assert m['a'] == 2\nassert m['b'] == 4\nassert len(group_means(sales, 'shop', 'amount')) == 500",
        ),
        Question(
            "fill_missing",
            "def fill_missing(frame):",
            "return frame.fillna(frame.median(numeric_only=True))",
            "return frame.dropna()",
            "g = pd.DataFrame({'a': [1.0, None, 3.0], 'b': [None, 5.0, 7.0]})\nh = fill_missing(g)",
            "assert h.isna().sum().sum() == 0\nassert h['a'][1] == 2\nassert h['b'][0] == 6",
        ),
        Question(
            "bootstrap",
            "def bootstrap(values, n, seed):",
            "r = np.random.default_rng(seed)\n"
            "return np.array([r.choice(values, len(values)).mean() for _ in range(n)])",
            "return np.full(n, values.mean())",
            "b = bootstrap(sales['amount'].to_numpy()[:5000], 500, 1)\nassert b.shape == (500,)",
            "assert 0.2 < b.std() < 0.8\nassert abs(b.mean() - 40) < 3",
        ),
    ),
    ("numpy", "pandas"),
)

# --- deep: import much, compute little -------------------------------------------------------------------------

DEEP = Lab(
    "deep",
    "Week 5: layers",
    "import numpy as np\nimport tensorflow as tf\nimport keras\nfrom keras import layers",
    (
        *_ARRAYS,
        Question(
            "dense_parameters",
            "def dense_parameters(n_in, n_out):",
            "return n_in * n_out + n_out",
            "return n_in * n_out",
            "assert dense_parameters(1, 1) == 2",
            "assert dense_parameters(784, 128) == 100480",
        ),
        Question(
            "output_size",
            "def output_size(n, kernel, stride=1, padding=0):",
            "return (n + 2 * padding - kernel) // stride + 1",
            "return n - kernel",
            "assert output_size(28, 3) == 26",
            "assert output_size(28, 3, 2, 1) == 14\nassert output_size(32, 5, 1, 2) == 32",
        ),
        Question(
            "relu",
            "def relu(x):",
            "return np.maximum(x, 0)",
            "return abs(x)",
            "assert relu(np.array([-1.0, 2.0])).tolist() == [0, 2]",
            "assert relu(np.array([[-3.0]])).shape == (1, 1)\nassert relu(np.array([-3.0]))[0] == 0",
        ),
        Question(
            "small_model",
            "def small_model():",
            "return keras.Sequential([layers.Input((8,)), layers.Dense(4, activation='relu'), layers.Dense(1)])",
            "return keras.Sequential([layers.Input((8,)), layers.Dense(1)])",
            "model = small_model()\nassert model.output_shape == (None, 1)",
            "assert model.count_params() == 41",
        ),
    ),
    ("numpy", "tensorflow", "keras"),
)

# --- train -----------------------------------------------------------------------------------------------------

TRAIN = Lab(
    "train",
    "Week 6: a network that learns",
    "import numpy as np\nimport keras\nfrom keras import layers\n\n"
    "keras.utils.set_random_seed(3)\nrng = np.random.default_rng(3)\n"
    "x = rng.normal(size=(6000, 20)).astype('float32')\n"
    "y = ((x[:, :5] ** 2).sum(axis=1) > 4.4).astype('float32')\n"
    "x_train, x_test, y_train, y_test = x[:5000], x[5000:], y[:5000], y[5000:]",
    (
        Question(
            "build",
            "def build():",
            "return keras.Sequential([layers.Input((20,)), layers.Dense(64, activation='relu'),\n"
            "                         layers.Dense(64, activation='relu'), layers.Dense(1, activation='sigmoid')])",
            "return keras.Sequential([layers.Input((20,)), layers.Dense(1, activation='sigmoid')])",
            "model = build()\nassert model.output_shape == (None, 1)",
            "assert model.count_params() == 5569",
        ),
        Question(
            "compiled",
            "def compiled(model):",
            "model.compile(optimizer='adam', loss='binary_crossentropy', metrics=['accuracy'])\nreturn model",
            "model.compile(optimizer='sgd', loss='mse', metrics=['accuracy'])\nreturn model",
            "model = compiled(model)",
            "assert model.loss == 'binary_crossentropy'",
        ),
        Question(
            "trained",
            "def trained(model):",
            "return model.fit(x_train, y_train, epochs=10, batch_size=64, validation_split=0.1, verbose=2)",
            "return model.fit(x_train[:64], y_train[:64], epochs=1, verbose=2)",
            "history = trained(model)\nassert 'loss' in history.history",
            "assert len(history.history['loss']) >= 10\n"
            "assert history.history['loss'][-1] < history.history['loss'][0]",
        ),
        Question(
            "accuracy",
            "def accuracy(model, x, y):",
            "return float(((model.predict(x, verbose=0)[:, 0] > 0.5) == y).mean())",
            "return 1.5",
            "assert 0 <= accuracy(model, x_test, y_test) <= 1",
            "assert accuracy(model, x_test[:200], (model.predict(x_test[:200], verbose=0)[:, 0] > 0.5)) == 1.0",
        ),
    ),
    ("numpy", "keras"),
)

LABS = {lab.name: lab for lab in (PLAIN, DEEP, TRAIN)}
