"""How long scoring a large file takes, and how much memory, beside reading it and computing the bare metric.

    python benchmarks/scoring.py [--rows 1000000] [--repeats 7] [--json]

For each metric and for ids in the same order and shuffled, in one run and turn by turn:

    ours    read both CSV files, check the prediction, line up the ids, score (`score.compare.read_both`,
            `evaluate`)
    bare    read both files with the fastest reader installed (pyarrow, polars, pandas), then call the metric's
            own function on the two arrays, as if order and content were known to be right

The ratio is that of the medians. Memory is the peak resident set of a fresh process that scores the files, less
that of a fresh process that scores files of ten rows (interpreter, imports, thread pools), over the size of both
files. The interval is timed alone, after the score: what a board waits for once the score shows.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv

from seodang.score.compare import read_both
from seodang.score.evaluate import evaluate
from seodang.score.metrics import METRICS
from seodang.score.uncertainty import replicates

NAMES = ("log_loss", "roc_auc", "rmse", "accuracy")
SPEED_LIMIT, MEMORY_LIMIT = 2.0, 3.0


def make_files(folder: Path, name: str, n: int) -> tuple[Path, Path, Path]:
    """Truth, a prediction in its order, and the same prediction shuffled."""
    rng = np.random.default_rng(7)
    signal = rng.normal(size=n)
    if name == "rmse":
        truth, predicted = signal * 40 + 150, signal * 40 + 150 + rng.normal(size=n) * 25
    else:
        truth = (signal + rng.normal(size=n) > 0.4).astype(np.int64)
        predicted = 1 / (1 + np.exp(-signal))
        if name == "accuracy":
            predicted = (predicted > 0.5).astype(np.int64)
    ids = np.arange(1, n + 1)
    order = rng.permutation(n)
    paths = tuple(folder / f"{name}_{n}_{part}.csv" for part in ("truth", "same", "shuffled"))
    for path, rows, values in zip(paths, (ids, ids, order + 1), (truth, predicted, predicted[order]), strict=True):
        pacsv.write_csv(pa.table({"id": rows, "target": values}), path)
    return paths  # type: ignore[return-value]


def readers() -> dict[str, Callable[[Path], np.ndarray]]:
    """Reader → a function that reads a whole file and gives its target column as an array."""
    found: dict[str, Callable[[Path], np.ndarray]] = {
        "pyarrow": lambda path: pacsv.read_csv(path).column("target").to_numpy()
    }
    if find_spec("polars"):
        import polars

        found["polars"] = lambda path: polars.read_csv(path)["target"].to_numpy()
    if find_spec("pandas"):
        import pandas

        found["pandas"] = lambda path: pandas.read_csv(path)["target"].to_numpy()
    return found


def bare(read: Callable[[Path], np.ndarray], truth: Path, prediction: Path, name: str) -> float:
    metric = METRICS.get(name)
    return metric.raw_score(read(truth), read(prediction), 2, None, **metric.options)


def ours(truth: Path, prediction: Path, name: str) -> float:
    metric = METRICS.get(name)
    true, predicted, _ = read_both(truth, prediction, metric)
    return evaluate(true, predicted, metric)


def seconds(work: Callable[[], Any]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def measure_speed(folder: Path, n: int, repeats: int) -> list[dict[str, Any]]:
    rows = []
    for name in NAMES:
        truth, same, shuffled = make_files(folder, name, n)
        rivals = {key: partial(bare, read, truth, same, name) for key, read in readers().items()}
        work = {
            **rivals,
            "same": partial(ours, truth, same, name),
            "shuffled": partial(ours, truth, shuffled, name),
        }
        scores = {key: one() for key, one in work.items()}  # also warms caches of the file system and of imports
        if not np.allclose(list(scores.values()), scores["pyarrow"], rtol=1e-9):
            raise SystemExit(f"{name}: the scores differ: {scores}")
        times: dict[str, list[float]] = {key: [] for key in work}
        for _ in range(repeats):
            for key, one in work.items():
                times[key].append(seconds(one))
        medians = {key: statistics.median(values) for key, values in times.items()}
        fastest = min(rivals, key=lambda key: medians[key])
        true, predicted, _ = read_both(truth, same, METRICS.get(name))
        resample = partial(replicates, true, predicted, name, seed=n)
        first, again = seconds(resample), seconds(resample)
        rows.append(
            {
                "metric": name,
                "reader": fastest,
                "bare_seconds": medians[fastest],
                "same_seconds": medians["same"],
                "shuffled_seconds": medians["shuffled"],
                "same_ratio": medians["same"] / medians[fastest],
                "shuffled_ratio": medians["shuffled"] / medians[fastest],
                "interval_seconds_first": first,
                "interval_seconds_next": again,
            }
        )
    return rows


# --- memory, in processes of their own -------------------------------------------------------------------------


def peak_bytes() -> int:
    """The greatest resident set of this process since it began (Linux), else the system's own count."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) * 1024
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def peak_of_process(truth: Path, prediction: Path, name: str) -> int:
    command = [sys.executable, __file__, "--peak", str(truth), str(prediction), name]
    return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def measure_memory(folder: Path, n: int) -> list[dict[str, Any]]:
    rows = []
    for name in NAMES:
        small_truth, small_same, _ = make_files(folder, name, 10)
        truth, same, shuffled = make_files(folder, name, n)
        baseline = peak_of_process(small_truth, small_same, name)
        for order, path in (("same", same), ("shuffled", shuffled)):
            used = peak_of_process(truth, path, name) - baseline
            size = truth.stat().st_size + path.stat().st_size
            rows.append(
                {
                    "metric": name,
                    "order": order,
                    "used_mb": used / 2**20,
                    "files_mb": size / 2**20,
                    "ratio": used / size,
                }
            )
    return rows


# --- printing --------------------------------------------------------------------------------------------------


def machine() -> str:
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        names = [line.split(":", 1)[1].strip() for line in cpuinfo.read_text().splitlines() if "model name" in line]
        model = names[0] if names else model
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    versions = f"Python {platform.python_version()}, NumPy {np.__version__}, pyarrow {pa.__version__}"
    return f"{model}, {cores} cores, {platform.system()}; {versions}; readers: {', '.join(readers())}"


def print_report(report: dict[str, Any]) -> None:
    print(report["machine"])
    print(f"{report['rows']:,} rows, medians of {report['repeats']}\n")
    headings = ("metric", "reader", "bare", "ours", "ratio", "shuffled", "ratio", "interval")
    print("{:<10} {:<8} {:>8} {:>8} {:>6} {:>9} {:>6} {:>9}".format(*headings))
    for row in report["speed"]:
        print(
            f"{row['metric']:<10} {row['reader']:<8} {row['bare_seconds']:7.3f}s {row['same_seconds']:7.3f}s "
            f"{row['same_ratio']:6.2f} {row['shuffled_seconds']:8.3f}s {row['shuffled_ratio']:6.2f} "
            f"{row['interval_seconds_first']:8.3f}s"
        )
    print(f"\n{'metric':<10} {'order':<9} {'memory':>9} {'files':>9} {'ratio':>6}")
    for row in report["memory"]:
        sizes = f"{row['used_mb']:6.0f} MB {row['files_mb']:6.0f} MB"
        print(f"{row['metric']:<10} {row['order']:<9} {sizes} {row['ratio']:6.2f}")
    print(f"\nspeed: worst ratio {report['worst_speed']:.2f}, limit {SPEED_LIMIT:g}")
    print(f"memory: worst ratio {report['worst_memory']:.2f}, limit {MEMORY_LIMIT:g}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--peak", nargs=3, metavar=("TRUTH", "PREDICTION", "METRIC"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.peak:
        truth, prediction, name = arguments.peak
        ours(Path(truth), Path(prediction), name)
        print(peak_bytes())
        return 0
    with tempfile.TemporaryDirectory(prefix="seodang-scoring-") as temporary:
        folder = Path(temporary)
        speed = measure_speed(folder, arguments.rows, arguments.repeats)
        memory = measure_memory(folder, arguments.rows)
    report = {
        "machine": machine(),
        "rows": arguments.rows,
        "repeats": arguments.repeats,
        "speed": speed,
        "memory": memory,
        "worst_speed": max(max(row["same_ratio"], row["shuffled_ratio"]) for row in speed),
        "worst_memory": max(row["ratio"] for row in memory),
    }
    if arguments.json:
        print(json.dumps(report, indent=2))
    else:
        print_report(report)
    return 0 if report["worst_speed"] <= SPEED_LIMIT and report["worst_memory"] <= MEMORY_LIMIT else 1


if __name__ == "__main__":
    sys.exit(main())
