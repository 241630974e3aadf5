"""Samples per second in training small networks: the climb's loop beside plain Keras, at the same loss.

    python benchmarks/keras_speed.py [--rows 16384] [--epochs 4] [--json]

The same networks, rows, batch size, optimiser (AdamW, constant rate, no decay) and number of epochs go through

    TensorFlow, plain        keras.Model.compile and .fit as a lesson writes them; the peer
    TensorFlow, 32 steps     the same with steps_per_execution=32
    JAX, plain               the same on Keras's JAX backend
    JAX, 32 steps            with steps_per_execution=32
    NumPy                    written by hand (the perceptron only)
    seodang                  `seodang.learn.networks.training.learn`, one process of one thread
    seodang, members         four networks as one batched tensor (a member's row counts as a sample, since plain
                             Keras would have to show it once for each)
    seodang, as it climbs    two such processes at once, on two cores, with as many members as the rung has

each in a process of its own, one after another. Plain Keras may use all cores. Compiling and the first epoch do not
count in the speed but are told ("first", seconds). The loss is the trained network's on all training rows. The
command fails where a network of the climb is not at least ten times as fast as plain Keras on TensorFlow, or its
loss is more than 10 % higher.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import itertools
import json
import os
import platform
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

LEAST_RATIO, MOST_LOSS = 10.0, 1.10
RATE, CLASSES, MEMBERS = 1e-3, 4, 4
DEEP = {"kind": "deep", "inputs": 32, "outputs": CLASSES, "hidden": [64, 64, 64], "activation": "mish"}
DEEP |= {"numeric": 32, "embedding": "bins", "parts": 16, "width": 5, "members": 1}
NETWORKS: dict[str, tuple[dict[str, Any], int]] = {  # name → spec, batch size
    "perceptron": ({"kind": "dense", "inputs": 32, "outputs": CLASSES, "hidden": [64]}, 64),
    "two layers": ({"kind": "dense", "inputs": 32, "outputs": CLASSES, "hidden": [128, 128]}, 32),
    "deep": (DEEP, 128),
}
WAYS = {  # way → Keras backend
    "TensorFlow, plain": "tensorflow",
    "TensorFlow, 32 steps": "tensorflow",
    "JAX, plain": "jax",
    "JAX, 32 steps": "jax",
    "NumPy": "",
    "seodang": "jax",
    "seodang, members": "jax",
    "seodang, as it climbs": "jax",
}
Result = dict[str, float]


def made_rows(n: int) -> tuple[np.ndarray, np.ndarray]:
    """Four classes of 32 columns, separated by a random network, a tenth of them relabelled."""
    rng = np.random.default_rng(5)
    X = rng.normal(size=(n, 32)).astype(np.float32)
    hidden = np.maximum(X @ rng.normal(size=(32, 24)), 0)
    y = (hidden @ rng.normal(size=(24, CLASSES))).argmax(axis=1)
    return X, np.where(rng.random(n) < 0.1, rng.integers(0, CLASSES, n), y)


def cross_entropy(output: np.ndarray, y: np.ndarray) -> float:
    """Mean over rows, and over members where there are several."""
    output = output.astype(np.float64)
    logs = output - np.logaddexp.reduce(output, axis=-1, keepdims=True)
    return float(-logs[..., np.arange(len(y)), y].mean())


def by_keras(name: str, rows: int, epochs: int, steps: int) -> Result:
    import keras

    from seodang.learn.networks.program import Program

    spec, batch = NETWORKS[name]
    X, y = made_rows(rows)
    program = Program(spec)
    model = program.fill(program.draw(0))
    if len(model.output_shape) == 3:  # one member: (1, n, classes)
        model = keras.Model(model.inputs, keras.ops.squeeze(model.outputs[0], 0))
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    optimizer = keras.optimizers.AdamW(RATE, weight_decay=0.0, beta_2=0.95, epsilon=1e-8)
    model.compile(optimizer, loss, steps_per_execution=steps)
    begun = time.perf_counter()
    model.fit(X, y, batch_size=batch, epochs=1, verbose=0)
    first = time.perf_counter() - begun
    begun = time.perf_counter()
    model.fit(X, y, batch_size=batch, epochs=epochs - 1, verbose=0)
    speed = rows * (epochs - 1) / (time.perf_counter() - begun)
    return {"speed": speed, "first": first, "loss": cross_entropy(model.predict(X, batch_size=1024, verbose=0), y)}


def by_seodang(name: str, rows: int, epochs: int, members: int) -> Result:
    from seodang.learn.networks.backend import prepare_backend

    prepare_backend(threads=1)
    from seodang.learn.networks.program import Program
    from seodang.learn.networks.training import Recipe, learn

    spec, batch = NETWORKS[name]
    if members > 1 and spec["kind"] == "dense":  # the deep network without its tricks is the dense one
        spec = {**DEEP, "hidden": spec["hidden"], "embedding": "none", "activation": "relu"}
    if spec["kind"] == "deep":
        spec = {**spec, "members": members}
    X, y = made_rows(rows)
    program = Program(spec)

    def trained(epochs: int) -> tuple[float, Any]:
        steps = rows * epochs // batch
        how = {"schedule": "flat", "chunk": 64, "loss": "cross_entropy", "rate": RATE}
        begun = time.perf_counter()
        learnt = learn(program, X, y, Recipe(steps=steps - steps % 64, batch=batch, **how), seed=0)  # type: ignore[arg-type]
        return time.perf_counter() - begun, learnt

    first, _ = trained(1)
    _, learnt = trained(epochs)
    loss = cross_entropy(program.output(learnt.weights[-1], X), y)
    seconds, _ = trained(4 * epochs)  # as many epochs as the peers pass too fast to time
    return {"speed": rows * 4 * epochs * members / seconds, "first": first, "loss": loss}


def by_numpy(name: str, rows: int, epochs: int) -> Result:
    spec, batch = NETWORKS[name]
    X, y = made_rows(rows)
    rng = np.random.default_rng(0)
    sizes = [spec["inputs"], *spec["hidden"], CLASSES]
    weights = [rng.normal(size=s, scale=(2 / s[0]) ** 0.5).astype("f") for s in itertools.pairwise(sizes)]
    weights += [np.zeros(size, "f") for size in sizes[1:]]
    first_moments, second_moments = ([np.zeros_like(w) for w in weights] for _ in range(2))
    n, wanted = len(sizes) - 1, np.eye(CLASSES, dtype="f")[y]
    begun, count = time.perf_counter(), 0
    for _ in range(epochs):
        order = rng.permutation(rows)
        for start in range(0, rows, batch):
            x, t, count = X[order[start : start + batch]], wanted[order[start : start + batch]], count + 1
            seen = [x]
            for i in range(n):
                x = seen[-1] @ weights[i] + weights[n + i]
                seen.append(np.maximum(x, 0) if i < n - 1 else x)
            shares = np.exp(seen[-1] - seen[-1].max(axis=1, keepdims=True))
            slope = (shares / shares.sum(axis=1, keepdims=True) - t) / len(t)
            slopes: list[Any] = [None] * (2 * n)
            for i in reversed(range(n)):
                slopes[i], slopes[n + i] = seen[i].T @ slope, slope.sum(axis=0)
                slope = (slope @ weights[i].T) * (seen[i] > 0)
            for w, g, m, v in zip(weights, slopes, first_moments, second_moments, strict=True):
                m += 0.1 * (g - m)
                v += 0.05 * (g * g - v)
                w -= RATE / (1 - 0.9**count) * m / (np.sqrt(v / (1 - 0.95**count)) + 1e-8)
    speed = rows * epochs / (time.perf_counter() - begun)
    for i in range(n):
        X = X @ weights[i] + weights[n + i]
        X = np.maximum(X, 0) if i < n - 1 else X
    return {"speed": speed, "first": 0.0, "loss": cross_entropy(X, y)}


def run_here(way: str, rows: int, epochs: int) -> dict[str, Result]:
    """All networks by one way, in this process."""
    how: dict[str, Callable[[str], Result]] = {
        "NumPy": lambda name: by_numpy(name, rows, epochs),
        "seodang": lambda name: by_seodang(name, rows, epochs, 1),
        "seodang, members": lambda name: by_seodang(name, rows, epochs, MEMBERS),
        "seodang, as it climbs": lambda name: by_seodang(name, rows, epochs, MEMBERS if name == "deep" else 1),
    }
    by = how.get(way, lambda name: by_keras(name, rows, epochs, 32 if "32" in way else 1))
    return {name: by(name) for name in NETWORKS if way != "NumPy" or name == "perceptron"}


def run_apart(way: str, rows: int, epochs: int) -> dict[str, Result]:
    environment = {
        **os.environ,
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "CUDA_VISIBLE_DEVICES": "-1",
        "KERAS_BACKEND": WAYS[way],
    }
    if not WAYS[way]:
        del environment["KERAS_BACKEND"]
    command = [sys.executable, __file__, "--way", way, "--rows", str(rows), "--epochs", str(epochs)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{way} failed:\n{done.stderr[-2000:]}")
    return json.loads(done.stdout.splitlines()[-1])  # type: ignore[no-any-return]


def run_twice(way: str, rows: int, epochs: int) -> dict[str, Result]:
    with ThreadPoolExecutor(2) as pool:
        one, two = (future.result() for future in [pool.submit(run_apart, way, rows, epochs) for _ in range(2)])
    return {name: {**one[name], "speed": one[name]["speed"] + two[name]["speed"]} for name in one}


def requirements(name: str, seen: set[str]) -> Iterator[importlib.metadata.Distribution]:
    """The distribution and all that it needs, as installed."""
    if name in seen:
        return
    seen.add(name)
    try:
        distribution = importlib.metadata.distribution(name)
    except importlib.metadata.PackageNotFoundError:
        return
    yield distribution
    for line in distribution.requires or []:
        if "extra ==" not in line:
            needed = re.match(r"[A-Za-z0-9._-]+", line)
            yield from requirements(re.sub(r"[-_.]+", "-", needed.group().lower() if needed else ""), seen)


def megabytes(name: str, without: str) -> float:
    """What installing `name` adds to an environment that has `without` already."""
    seen: set[str] = set()
    list(requirements(without, seen))
    files = [file for one in requirements(name, seen) for file in one.files or []]
    return sum(Path(str(file.locate())).stat().st_size for file in files if Path(str(file.locate())).exists()) / 1e6


def show(found: dict[str, dict[str, Result]], sizes: dict[str, float]) -> None:
    print(f"{'network':<12}{'batch':>6}  {'way':<22}{'samples/s':>11}{'ratio':>8}{'first':>8}{'loss':>9}")
    for name, (_, batch) in NETWORKS.items():
        for way, results in found.items():
            if name in results:
                one, ratio = results[name], results[name]["speed"] / found["TensorFlow, plain"][name]["speed"]
                print(
                    f"{name:<12}{batch:>6}  {way:<22}{one['speed']:>11,.0f}{ratio:>8.1f}{one['first']:>7.1f}s"
                    f"{one['loss']:>9.4f}"
                )
        print()
    print("on disk, beside Keras and NumPy: " + ", ".join(f"{name} {size:,.0f} MB" for name, size in sizes.items()))


def judge(found: dict[str, dict[str, Result]]) -> bool:
    plain, good = found["TensorFlow, plain"], True
    for name in NETWORKS:
        best = max((way for way in found if "seodang" in way), key=lambda way: found[way][name]["speed"])
        ratio = found[best][name]["speed"] / plain[name]["speed"]
        loss = found[best][name]["loss"] / plain[name]["loss"]
        good &= ratio >= LEAST_RATIO and loss <= MOST_LOSS
        print(f"{name}: {ratio:.1f} × plain Keras ({best}), wanted {LEAST_RATIO:g}; loss × {loss:.3f}")
    return good


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--rows", type=int, default=16_384)
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--way", choices=WAYS, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.way:
        print(json.dumps(run_here(chosen.way, chosen.rows, chosen.epochs)))
        return 0
    found = {way: (run_twice if "climbs" in way else run_apart)(way, chosen.rows, chosen.epochs) for way in WAYS}
    sizes = {name: megabytes(name, "keras") for name in ("tensorflow-cpu", "jax")}
    if chosen.json:
        print(json.dumps({"networks": found, "megabytes": sizes}))
        return 0
    versions = ", ".join(
        f"{name} {importlib.metadata.version(name)}" for name in ("keras", "tensorflow-cpu", "jax")
    )
    print(f"{processor()}, {os.cpu_count()} cores; Python {platform.python_version()}, {versions}")
    print(f"{chosen.rows:,} rows of 32 columns, {chosen.epochs} epochs\n")
    show(found, sizes)
    return 0 if judge(found) else 1


def processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    named = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return named[0] if named else platform.processor()


if __name__ == "__main__":
    raise SystemExit(main())
