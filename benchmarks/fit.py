"""How good a ladder is, beside AutoGluon (medium, best quality), FLAML and LazyPredict: held-out loss and memory.

    python benchmarks/fit.py --data DIR --peers DIR --results FILE [--budgets 60 300] [--tables NAME …]
                             [--tools NAME …] [--seeds 0 …] [--again] [--print]

Each contestant has an environment of its own below `--peers` (made with pip where it is missing), gets the same
training and test file, the same two cores and the same seconds, and runs alone. The loss is log loss for classes
and RMSE for numbers, of a quarter of the rows that nobody saw. Memory is the largest sum of proportional set sizes
of all of a contestant's processes. Seconds are of the call that fits, as the contestant's own process measured it,
without imports; who is not done after twice the budget and two minutes is ended, and that counts as a failure.

Results are written after every run into `--results`, and what stands there is not run again; `--print` runs
nothing. Tables: those that the README beside `--data` lists, and scikit-learn's.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from _fit_contestant import TOOLS
from _fit_tables import Table, all_tables, loss, read_plainly, split
from _fit_tell import told
from _fit_watch import watch

HERE = Path(__file__).resolve().parent
N_CORES = 2
# What pip installs into each environment, by the folder's name; the smallest that gives a tool's usual presets.
PEERS = {
    "autogluon": ["autogluon.tabular[lightgbm,catboost,xgboost,fastai,ray]"],
    "flaml": ["flaml[automl]", "pandas", "scikit-learn"],
    "lazypredict": ["lazypredict", "pandas"],
}
# Tables on which portfolios and defaults of this project were chosen; all others only judge.
LEARNT_ON: tuple[str, ...] = ()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--peers", type=Path, required=True)
    parser.add_argument("--results", type=Path, required=True)
    parser.add_argument("--budgets", type=float, nargs="+", default=[60.0, 300.0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--tables", nargs="+")
    parser.add_argument("--tools", nargs="+", choices=list(TOOLS), default=list(TOOLS))
    parser.add_argument("--again", action="store_true", help="run what failed before again")
    parser.add_argument("--print", action="store_true", dest="only_print", help="run nothing")
    arguments = parser.parse_args()
    tables = all_tables(arguments.data)
    if arguments.tables:
        unknown = set(arguments.tables) - {table.name for table in tables}
        if unknown:
            parser.error(f"no such table: {', '.join(sorted(unknown))}; known: {', '.join(t.name for t in tables)}")
        tables = [table for table in tables if table.name in arguments.tables]
    records = Records(arguments.results)
    if not arguments.only_print:
        pythons = {tool: environment(tool, arguments.peers) for tool in arguments.tools}
        run_all(tables, arguments, pythons, records)
    print(machine(), "\n")
    for budget in arguments.budgets:
        print(told(records.all, budget, arguments.tools, LEARNT_ON), "\n")
    for tool in arguments.tools:
        versions = next((r["versions"] for r in records.all[::-1] if r["tool"] == tool and "versions" in r), {})
        print(f"{tool}: " + ", ".join(f"{name} {v}" for name, v in versions.items() if v != "-"))


class Records:
    """What was measured, in a file that is written anew after every run."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.all: list[dict[str, Any]] = json.loads(path.read_text())["runs"] if path.exists() else []

    def has(self, *, again: bool, **key: Any) -> bool:
        return any(all(r[k] == v for k, v in key.items()) and not (again and r.get("error")) for r in self.all)

    def add(self, record: dict[str, Any]) -> None:
        names = ("table", "seed", "budget", "tool")
        self.all = [r for r in self.all if any(r[name] != record[name] for name in names)] + [record]
        partial = self.path.with_suffix(".part")
        partial.write_text(json.dumps({"machine": machine(), "runs": self.all}, indent=1))
        partial.replace(self.path)


def run_all(tables: list[Table], arguments: Any, pythons: dict[str, Path], records: Records) -> None:
    for seed in arguments.seeds:
        for table in tables:
            for budget in arguments.budgets:
                for tool, python in pythons.items():
                    key = {"table": table.name, "seed": seed, "budget": budget, "tool": tool}
                    if records.has(again=arguments.again, **key):
                        continue
                    record = {**key, "metric": table.metric, **run_one(tool, python, table, seed, budget)}
                    records.add(record)
                    shown = record.get("error") or f"{record['loss']:.5g}"
                    seconds, memory = record["wall_seconds"], record["peak_bytes"] / 2**30
                    line = f"{table.name:20} seed {seed} {budget:5g} s {tool:17} {shown}"
                    print(f"{line}  {seconds:.0f} s  {memory:.2f} GiB", file=sys.stderr, flush=True)


def run_one(tool: str, python: Path, table: Table, seed: int, budget: float) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="fit-benchmark-") as name:
        folder = Path(name)
        train, test, truth = split(table, seed, folder)
        kind = "classes" if table.has_classes else "numbers"
        paths = [str(HERE / "_fit_contestant.py"), tool, str(train), str(test), table.target, kind]
        command = [str(python), *paths, f"{budget:g}", str(seed), name]
        cores = sorted(os.sched_getaffinity(0))[:N_CORES]
        found = watch(command, cores=cores, most_seconds=2 * budget + 120, log=folder / "log.txt")
        record: dict[str, Any] = {
            "wall_seconds": round(found.wall_seconds, 1),
            "peak_bytes": found.peak_bytes,
            "at": time.strftime("%Y-%m-%dT%H:%M:%S"),
        }
        if (folder / "told.json").exists():
            record |= json.loads((folder / "told.json").read_text())
        if found.was_ended:
            return {**record, "error": f"not done after {found.wall_seconds:.0f} s"}
        if found.code or not (folder / "prediction.csv").exists():
            return {**record, "error": last_line(found.output) or f"ended with status {found.code}"}
        try:
            return {**record, "loss": loss(read_plainly(folder / "prediction.csv"), truth, table.has_classes)}
        except (ValueError, KeyError) as error:
            return {**record, "error": f"its prediction cannot be judged: {error}"}


def last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1][:200] if lines else ""


def environment(tool: str, peers: Path) -> Path:
    """The Python of a contestant's environment; made where it is missing."""
    if tool == "seodang":
        return Path(sys.executable)
    name = tool.partition("-")[0]
    python = peers / name / "bin" / "python"
    ready = peers / name / "ready"
    if not ready.exists():
        print(f"installing {name} …", file=sys.stderr, flush=True)
        subprocess.run([sys.executable, "-m", "venv", peers / name], check=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *PEERS[name]], check=True)
        ready.touch()
    return python


def machine() -> str:
    model = next(
        (line.partition(":")[2].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")), "?"
    )
    memory = next(
        (int(line.split()[1]) / 2**20 for line in _lines("/proc/meminfo") if line.startswith("MemTotal")), 0
    )
    n_cores = min(N_CORES, len(os.sched_getaffinity(0)))
    return (
        f"{model}, {n_cores} cores used, {memory:.0f} GiB, {platform.system()}, Python {platform.python_version()}"
    )


def _lines(path: str) -> list[str]:
    try:
        return Path(path).read_text().splitlines()
    except OSError:
        return []


if __name__ == "__main__":
    main()
