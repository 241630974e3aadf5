"""The demo's two labs: what the made-up professor wrote, and what the made-up students answer. NumPy is all they use."""

# ruff: noqa: E501 - prose
from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import numpy as np

REGRESSION, NEURON = "linear-regression", "one-neuron"


@dataclass(frozen=True)
class LabText:
    """Prose of one lab, in one language. `heads` holds what stands above each question, by its id."""

    title: str
    summary: str
    intro: str
    heads: dict[str, str]
    essay_solution: str
    scheme: str
    hidden: dict[str, str]
    rubric: tuple[tuple[str, str], ...]
    openings: tuple[str, ...]
    middles: tuple[str, ...]
    endings: tuple[str, ...]


ENGLISH = {
    REGRESSION: LabText(
        title="Linear regression by hand",
        summary="Least squares with nothing but NumPy, on the prices of sixty houses.",
        intro="# Linear regression by hand\n\n`houses.csv` holds the area, the age and the price of sixty made-up houses. Write the parts of a linear regression yourself, then say what you learnt.",
        heads={
            "with_ones": "## A column of ones\n\nA line needs an intercept: put a column of ones before `X`.",
            "fit": "## Least squares\n\nFind the weights. What if two columns say the same?",
            "mse": "## The error",
            "why": "## Why?\n\nYour error on houses that the model has seen is smaller than on new ones. Why, and what can be done about it?",
            "own": "## A trial of your own\n\nTry one thing that this notebook did not ask for, below this cell.",
        },
        essay_solution="The weights were chosen to make exactly this error small, noise included. Hold data back, use fewer columns or penalise large weights.",
        scheme="1 point: something is tried. 2 points: it is compared with what came before.",
        hidden={
            "with_ones": "a single house",
            "fit": "columns that depend on each other",
            "mse": "the intercept counts",
        },
        rubric=(
            ("Says that the weights were fitted to these very houses", "1"),
            ("Names the noise that is fitted, too", "1"),
            ("Says what can be done", "1"),
            ("Only repeats the question", "0"),
        ),
        openings=(
            "The weights come from the houses we trained on, so they suit those best.",
            "We minimise the error on the training houses and nowhere else.",
            "A model always looks good on what it has already seen.",
            "Because least squares was told to make that one number small.",
        ),
        middles=(
            "Part of what it learns is noise that new houses do not share.",
            "Luck in sixty prices is taken for a rule.",
            "With few houses every odd price pulls the line.",
            "",
        ),
        endings=(
            "A validation set would show it, and a penalty would help.",
            "More houses or fewer columns make the gap smaller.",
            "Ridge regression keeps the weights small.",
            "",
        ),
    ),
    NEURON: LabText(
        title="One neuron",
        summary="Sigmoid, cross-entropy and a gradient: everything a network is made of, once.",
        intro="# One neuron\n\nA neuron with a sigmoid is logistic regression. Write its three parts, and mind large numbers.",
        heads={
            "sigmoid": "## Sigmoid\n\nIt must not overflow, whatever comes.",
            "loss": "## Cross-entropy\n\nThe mean over all examples.",
            "gradient": "## Its gradient\n\nWith respect to `w`, as an array of the same shape.",
            "why": "## Why?\n\nWith all weights zero the loss is 0.693, whatever the data. Why?",
            "own": "## A trial of your own\n\nTrain the neuron on data that you make up, below this cell.",
        },
        essay_solution="Every probability is one half, and −log(1/2) = 0.693.",
        scheme="1 point: the loss falls. 2 points: and the result is looked at.",
        hidden={
            "sigmoid": "very large numbers",
            "loss": "certain and wrong",
            "gradient": "agrees with finite differences",
        },
        rubric=(
            ("Every probability is one half", "2"),
            ("Says where the logarithm comes from", "1"),
        ),
        openings=(
            "With zero weights the neuron says one half for everything.",
            "The sum is zero and the sigmoid of zero is 0.5.",
            "It is the logarithm of two.",
        ),
        middles=("The data do not matter then.", "So each example costs the same.", ""),
        endings=("Minus the logarithm of one half is 0.693.", "", "It is where training begins."),
    ),
}

KOREAN = {
    REGRESSION: LabText(
        title="손으로 만드는 선형 회귀",
        summary="NumPy만으로 최소제곱법을 구현해 집 60채의 가격을 예측합니다.",
        intro="# 손으로 만드는 선형 회귀\n\n`houses.csv`에는 지어낸 집 60채의 면적, 연식, 가격이 들어 있습니다. 선형 회귀의 각 부분을 직접 구현하고, 배운 점을 설명하세요.",
        heads={
            "with_ones": "## 1로 채운 열\n\n직선에는 절편이 필요합니다. `X` 앞에 1로 채운 열을 붙이세요.",
            "fit": "## 최소제곱법\n\n가중치를 구하세요. 두 열이 같은 내용이면 어떻게 될까요?",
            "mse": "## 오차",
            "why": "## 왜 그럴까요?\n\n모델이 이미 본 집의 오차는 새로운 집의 오차보다 작습니다. 그 까닭과, 할 수 있는 일을 설명하세요.",
            "own": "## 자유 실험\n\n이 노트북이 시키지 않은 것을 하나 골라 이 셀 아래에서 시도해 보세요.",
        },
        essay_solution="가중치는 바로 이 오차가 작아지도록, 잡음까지 포함해 골랐기 때문입니다. 데이터를 따로 떼어 두거나, 열을 줄이거나, 큰 가중치에 벌점을 줍니다.",
        scheme="1점: 무언가를 시도했습니다. 2점: 앞의 결과와 비교했습니다.",
        hidden={"with_ones": "집이 한 채일 때", "fit": "서로 종속인 열", "mse": "절편도 반영"},
        rubric=(
            ("가중치를 바로 이 집들에 맞췄다고 설명함", "1"),
            ("잡음까지 맞췄다는 점을 언급함", "1"),
            ("할 수 있는 일을 제시함", "1"),
            ("질문을 되풀이하기만 함", "0"),
        ),
        openings=(
            "가중치를 학습에 쓴 집에서 구했으니 그 집들에 가장 잘 맞습니다.",
            "오차를 줄인 대상이 학습용 집뿐이기 때문입니다.",
            "모델은 이미 본 것에서는 언제나 좋아 보입니다.",
            "최소제곱법이 바로 그 값을 작게 만들기 때문입니다.",
        ),
        middles=(
            "배운 것 가운데 일부는 새 집에는 없는 잡음입니다.",
            "집 60채의 우연을 규칙으로 착각합니다.",
            "집이 적으면 이상한 가격 하나가 직선을 끌어당깁니다.",
            "",
        ),
        endings=(
            "검증 데이터를 두면 알 수 있고 벌점을 주면 나아집니다.",
            "집을 늘리거나 열을 줄이면 차이가 작아집니다.",
            "릿지 회귀로 가중치를 작게 유지합니다.",
            "",
        ),
    ),
    NEURON: LabText(
        title="뉴런 하나",
        summary="시그모이드, 교차 엔트로피, 기울기: 신경망을 이루는 모든 것을 한 번씩 만들어 봅니다.",
        intro="# 뉴런 하나\n\n시그모이드를 쓰는 뉴런 하나는 로지스틱 회귀입니다. 세 부분을 구현하고, 큰 수에 주의하세요.",
        heads={
            "sigmoid": "## 시그모이드\n\n어떤 값이 와도 오버플로가 나지 않아야 합니다.",
            "loss": "## 교차 엔트로피\n\n모든 예제의 평균입니다.",
            "gradient": "## 기울기\n\n`w`에 대한 기울기를 `w`와 같은 모양의 배열로 구하세요.",
            "why": "## 왜 그럴까요?\n\n가중치가 모두 0이면 데이터와 상관없이 손실이 0.693입니다. 왜 그럴까요?",
            "own": "## 자유 실험\n\n직접 만든 데이터로 이 셀 아래에서 뉴런을 학습시켜 보세요.",
        },
        essay_solution="모든 확률이 2분의 1이고 −log(1/2) = 0.693이기 때문입니다.",
        scheme="1점: 손실이 줄어듭니다. 2점: 결과도 살펴보았습니다.",
        hidden={"sigmoid": "아주 큰 수", "loss": "확신하고 틀렸을 때", "gradient": "유한 차분과 일치"},
        rubric=(("모든 확률이 2분의 1임을 설명함", "2"), ("로그가 어디서 나오는지 설명함", "1")),
        openings=(
            "가중치가 0이면 뉴런은 무엇에나 2분의 1이라고 답합니다.",
            "합이 0이고 시그모이드 0은 0.5입니다.",
            "2의 로그이기 때문입니다.",
        ),
        middles=("그때는 데이터가 상관없습니다.", "그래서 모든 예제의 손실이 같습니다.", ""),
        endings=("2분의 1의 로그에 마이너스를 붙이면 0.693입니다.", "", "학습은 여기서 시작합니다."),
    ),
}


def text_of(slug: str, language: str) -> LabText:
    return (KOREAN if language == "ko" else ENGLISH)[slug]


# --- code of the questions ------------------------------------------------------------------------------------
# id → (signature and docstring, right body, points, visible test, hidden test)

QUESTIONS: dict[str, dict[str, tuple[str, str, int, str, str]]] = {
    REGRESSION: {
        "with_ones": (
            'def with_ones(X):\n    """(n, d) → (n, d + 1)"""',
            "    return np.column_stack([np.ones(len(X)), X])",
            2,
            "A = with_ones(np.array([[2.0, 3.0], [4.0, 5.0]]))\nassert A.shape == (2, 3)\nassert (A[:, 0] == 1).all()",
            "assert with_ones(np.zeros((1, 5))).shape == (1, 6)",
        ),
        "fit": (
            'def fit(X, y):\n    """(n, d), (n,) → (d + 1,)"""',
            "    return np.linalg.lstsq(with_ones(X), y, rcond=None)[0]",
            4,
            "line = np.arange(10.0).reshape(-1, 1)\nassert np.allclose(fit(line, 3 * line[:, 0] + 2), [2, 3])",
            "twice = np.column_stack([X[:, 0], X[:, 0]])\nassert np.isfinite(fit(twice, y)).all()",
        ),
        "mse": (
            'def mse(X, y, w):\n    """→ float"""',
            "    return float(np.mean((with_ones(X) @ w - y) ** 2))",
            3,
            "assert mse(np.zeros((4, 1)), np.ones(4), np.array([1.0, 5.0])) == 0",
            "assert np.isclose(mse(np.ones((3, 1)), np.zeros(3), np.array([1.0, 2.0])), 9)",
        ),
    },
    NEURON: {
        "sigmoid": (
            'def sigmoid(z):\n    """(n,) → (n,)"""',
            "    return np.exp(-np.logaddexp(0, -z))",
            2,
            "assert np.allclose(sigmoid(np.array([0.0, 2.0])), [0.5, 0.880797])",
            'with np.errstate(over="raise"):\n    assert np.allclose(sigmoid(np.array([-1e4, 1e4])), [0, 1])',
        ),
        "loss": (
            'def loss(w, X, y):\n    """(d,), (n, d), (n,) of 0 and 1 → float"""',
            "    z = X @ w\n    return float(np.mean(np.logaddexp(0, z) - y * z))",
            3,
            "X = np.array([[1.0, 0.5], [1.0, -1.5]])\ny = np.array([1.0, 0.0])\nassert np.isclose(loss(np.zeros(2), X, y), np.log(2))",
            "assert np.isclose(loss(np.array([0.0, 1000.0]), np.array([[1.0, 1.0]]), np.array([0.0])), 1000)",
        ),
        "gradient": (
            'def gradient(w, X, y):\n    """→ (d,)"""',
            "    return X.T @ (sigmoid(X @ w) - y) / len(y)",
            4,
            "assert gradient(np.zeros(2), X, y).shape == (2,)",
            "w, step = np.array([0.3, -0.2]), 1e-6\nfor k in range(2):\n    e = np.eye(2)[k] * step\n    slope = (loss(w + e, X, y) - loss(w - e, X, y)) / (2 * step)\n    assert np.isclose(gradient(w, X, y)[k], slope, atol=1e-5)",
        ),
    },
}
SETUP = {
    REGRESSION: 'import numpy as np\n\nhouses = np.loadtxt("houses.csv", delimiter=",", skiprows=1)\nX, y = houses[:, :2], houses[:, 2]',
    NEURON: "import numpy as np",
}
# What else students write: question → bodies, from nearly right to not at all.
WRONG = {
    "with_ones": ["    return np.hstack([X, np.ones((len(X), 1))])"],
    "fit": [
        "    A = with_ones(X)\n    return np.linalg.solve(A.T @ A, A.T @ y)",
        "    return np.linalg.lstsq(X, y, rcond=None)[0]",
    ],
    "mse": ["    return float(np.sum((with_ones(X) @ w - y) ** 2))"],
    "sigmoid": ["    return 1 / (1 + np.exp(-z))"],
    "loss": ["    p = sigmoid(X @ w)\n    return float(-np.mean(y * np.log(p) + (1 - y) * np.log(1 - p)))"],
    "gradient": ["    return X.T @ (sigmoid(X @ w) - y)"],
}
UNSOLVED = "    raise NotImplementedError()"
COPIED = """best, history = None, []
for penalty in [0.0, 0.01, 0.1, 1.0, 10.0, 100.0]:
    errors = []
    for part in range(5):
        held = np.arange(len(y)) % 5 == part
        A = with_ones(X[~held])
        weights = np.linalg.solve(A.T @ A + penalty * np.eye(A.shape[1]), A.T @ y[~held])
        errors.append(mse(X[held], y[held], weights))
    history.append((penalty, float(np.mean(errors)), float(np.std(errors))))
    if best is None or history[-1][1] < best[1]:
        best = history[-1]
for penalty, mean, spread in history:
    print(f"{penalty:8.2f} {mean:10.2f} ± {spread:.2f}", "<-" if penalty == best[0] else "")
"""
OWN = {
    REGRESSION: 'print("{name}:", round(mse(X[:{n}], y[:{n}], fit(X[{n}:], y[{n}:])), 1))',
    NEURON: "w = np.zeros(2)\nfor step in range({n}):\n    w -= 0.{k} * gradient(w, X, y)\nprint(w.round(3), loss(w, X, y))",
}


def houses_csv() -> bytes:
    """Sixty made-up houses: area in m², age in years, price."""
    draw = np.random.default_rng(7)
    area, age = draw.uniform(40, 160, 60), draw.uniform(0, 50, 60)
    price = 90 + 4.2 * area - 2.1 * age + draw.normal(0, 25, 60)
    rows = (f"{a:.1f},{b:.0f},{p:.1f}" for a, b, p in zip(area, age, price, strict=True))
    return ("area,age,price\n" + "\n".join(rows) + "\n").encode()


# --- notebooks ------------------------------------------------------------------------------------------------


def source(slug: str, language: str) -> bytes:
    """The professor's notebook, with solutions, hidden tests and a mark scheme."""
    text = text_of(slug, language)
    cells = [_cell("markdown", text.intro), _cell("code", SETUP[slug])]
    for id, (head, body, points, visible, hidden) in QUESTIONS[slug].items():
        title = text.heads[id].splitlines()[0].lstrip("# ")
        solved = f"{head}\n    ### BEGIN SOLUTION\n{body}\n    ### END SOLUTION"
        tests = f"{visible}\n### BEGIN HIDDEN TESTS: {text.hidden[id]}\n{hidden}\n### END HIDDEN TESTS"
        cells += [
            _cell("markdown", text.heads[id]),
            _cell("code", solved, id, solution=True),
            _cell("code", tests, f"test_{id}", points, title=title, grade=True, locked=True),
        ]
    essay = f"### BEGIN SOLUTION\n{text.essay_solution}\n### END SOLUTION"
    task = f"{text.heads['own']}\n\n=== BEGIN MARK SCHEME ===\n{text.scheme}\n=== END MARK SCHEME ==="
    cells += [
        _cell("markdown", text.heads["why"]),
        _cell("markdown", essay, "why", 3, grade=True, solution=True),
        _cell("markdown", task, "own", 2, task=True, locked=True),
    ]
    about = {"title": text.title, "packages": ["numpy"]}
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    whole = {
        "cells": cells,
        "metadata": {"kernelspec": kernel, "seodang": about},
        "nbformat": 4,
        "nbformat_minor": 4,
    }
    return json.dumps(whole, ensure_ascii=False).encode()


def _cell(
    kind: str, text: str, grade_id: str = "", points: int | None = None, *, title: str = "", **marks: bool
) -> dict[str, Any]:
    metadata: dict[str, Any] = {}
    if grade_id:
        given = {"grade": False, "solution": False, "locked": False, "task": False, **marks}
        metadata["nbgrader"] = {"grade_id": grade_id, "schema_version": 3, "cell_type": kind, **given}
        if points is not None:
            metadata["nbgrader"]["points"] = points
    if title:
        metadata["seodang"] = {"title": title}
    found: dict[str, Any] = {"cell_type": kind, "metadata": metadata, "source": text}
    return found | ({"execution_count": None, "outputs": []} if kind == "code" else {})


def handed_in(released: dict[str, Any], slug: str, language: str, number: int, attempt: int) -> bytes:
    """What the student of that number makes of the released notebook; the same at every call."""
    text = text_of(slug, language)
    # The same luck at every attempt: who hands in twice has left the last question for the second time.
    draw = np.random.default_rng([number, len(slug)])
    strength = 0.55 + 0.4 * (number * 0.61 % 1) + 0.15 * attempt
    last = list(QUESTIONS[slug])[-1]
    cells: list[dict[str, Any]] = []
    for cell in released["cells"]:
        id = cell["metadata"].get("nbgrader", {}).get("grade_id", "")
        if id in QUESTIONS[slug]:
            head, body = QUESTIONS[slug][id][:2]
            body = _body(id, body, strength, draw)
            if id == last and attempt < attempts_of(number) - 1:
                body = UNSOLVED
            cell = {**cell, "source": f"{head}\n{body}"}
        elif id == "why" and (number % 9 or attempt):
            cell = {**cell, "source": _essay(text, number)}
        cells.append(cell)
        if id in QUESTIONS[slug] and number == 13:  # a cell that was copied by accident
            cells.append({**cell, "source": f"{QUESTIONS[slug][id][0]}\n    raise NotImplementedError()"})
    return json.dumps({**released, "cells": [*cells, *_own(slug, number, draw)]}, ensure_ascii=False).encode()


def attempts_of(number: int) -> int:
    """How often the student of that number hands in."""
    return 2 if number % 4 == 0 else 1


def _body(id: str, right: str, strength: float, draw: np.random.Generator) -> str:
    wrong = WRONG[id]
    luck, which = draw.random(), int(draw.integers(len(wrong)))
    if luck < strength:
        return right
    return wrong[which] if luck < strength + 0.35 else UNSOLVED


def _essay(text: LabText, number: int) -> str:
    """No two of the class put the same three sentences together."""
    n = len(text.openings)
    parts = (text.openings[number % n], text.middles[number // n % n], text.endings[(number // n**2 + number) % n])
    return " ".join(part for part in parts if part)


def _own(slug: str, number: int, draw: np.random.Generator) -> list[dict[str, Any]]:
    if slug == REGRESSION and number in {4, 5}:  # two who worked together a little too closely
        names = {"history": "rows", "errors": "found", "weights": "w_k"} if number == 5 else {}
        code = COPIED
        for old, new in names.items():
            code = code.replace(old, new)
        return [_cell("code", code)]
    if number == 11:  # something that a person should look at
        return [_cell("code", "import ctypes\n\nprint(ctypes.sizeof(ctypes.c_double))")]
    if draw.random() < 0.4:
        return []
    values = {"name": f"split {number}", "n": 20 + number, "k": 1 + number % 9}
    return [_cell("code", OWN[slug].format(**values))]
