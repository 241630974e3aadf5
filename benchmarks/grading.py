"""Notebooks marked in a minute: nbgrader, otter-grader and Seodang, the same notebooks, the same machine, by turns.

    python benchmarks/grading.py [--labs plain deep train] [--submissions 30] [--rounds 3] [--peers DIR] [--json]
    python benchmarks/grading.py --storm [--submissions 300]

Three labs (`_grading_labs.py`) and a class of submissions to each. In every round each system takes its turn:

    nbgrader      `nbgrader autograde` on a course of its own, its defaults (one kernel for each notebook, one after
                  the other) but for the time limit of a cell, raised to 300 s
    otter         `otter.api.grade_submission`, what `otter run` calls, for one notebook after the other in one
                  process: no container, no start of a program for each notebook. Visible tests run where they stand
                  in the notebook; its own tests hold the hidden ones, so that nothing is executed twice.
    (each again with as many processes at once as there are cores, the class dealt out among them: the most that one
    could get from it by hand)
    seodang       `seodang grade LAB SUBMISSION... --json`, the whole command: start, imports, sandbox, marks
    seodang warm  the same by an executor that already runs, as in the site's workers
    bound         all code cells with their full tests, executed one after the other in one process that has
                  imported the packages, no sandbox, nothing else: its time by the number of cores. Threads of
                  numerical libraries: one, as in Seodang's runs. "fork" is the same where each notebook has a fork
                  of its own, so that none finds TensorFlow already started by an earlier one.

Peers are slow, so they mark fewer notebooks; all numbers are rates. Each peer lives in an environment of its own
under `--peers` (made with pip where it is missing), with the versions of NumPy, pandas and Keras that run here.
Every system's points are compared with what the submissions deserve, so nobody is quick by being wrong.

`--storm`: 300 submissions handed in on the site within five minutes, workers killed meanwhile. Listens on loopback
only, and ends by itself.
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
import venv
import zipfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from _grading_labs import LABS, Lab, code_cells, honest_points, source, submission

PEERS = {"nbgrader": "nbgrader>=0.9.5,<1", "otter": "otter-grader>=6,<8"}
SAME_VERSIONS = ("numpy", "pandas", "keras", "tensorflow-cpu")
ONE_THREAD = dict.fromkeys(
    (
        "OMP_NUM_THREADS",
        "OPENBLAS_NUM_THREADS",
        "MKL_NUM_THREADS",
        "TF_NUM_INTRAOP_THREADS",
        "TF_NUM_INTEROP_THREADS",
    ),
    "1",
)
# Times nbgrader, that an issue of this project asks for.
GOALS = {"plain": 12.0, "deep": 20.0, "train": 8.0}
BOUND_GOAL = 1.3
OURS = {"plain": 1.0, "deep": 1.0, "train": 0.5}  # part of --submissions
OF_PEERS = {"plain": 8, "deep": 6, "train": 4}  # notebooks that each peer marks, times the processes at once
CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@dataclass
class Measured:
    """Seconds that a system took for `notebooks`, once for each round; wrong: points that it should not give."""

    notebooks: int
    seconds: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    @property
    def per_minute(self) -> float:
        return 60 * self.notebooks / statistics.median(self.seconds) if self.seconds else float("nan")


def write_json(path: Path, value: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value))
    return path


def run(command: Sequence[str | Path], *, cwd: Path, environment: dict[str, str] | None = None) -> str:
    """stdout of a program; its own words where it fails."""
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env={**os.environ, **(environment or {})},
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise RuntimeError(
            f"{command[0]} failed ({done.returncode}):\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
        )
    return done.stdout


def timed(work: Callable[[], Any]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def compare_points(measured: Measured, lab: Lab, got: dict[int, float]) -> None:
    """Keep the first few differences from what each submission deserves."""
    for student, points in sorted(got.items()):
        due = honest_points(lab, student)
        if abs(points - due) > 1e-6 and len(measured.wrong) < 3:
            measured.wrong.append(f"student {student}: {points:g} instead of {due}")


# --- peers -----------------------------------------------------------------------------------------------------


def environment_of(peer: str, folder: Path) -> Path:
    """Python of the peer's own environment, made where it is missing."""
    home = folder / peer
    python = home / "bin" / "python"
    if not python.exists():
        print(f"making an environment for {peer} in {home} …", file=sys.stderr)
        venv.create(home, with_pip=True)
    ready = home / "ready-for-grading-benchmark"
    if not ready.exists():
        pins = [f"{name}=={found}" for name in SAME_VERSIONS if (found := _version(name))]
        run([python, "-m", "pip", "install", "--quiet", PEERS[peer], "ipykernel", *pins], cwd=folder)
        ready.touch()
    return python


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def apart(home: Path, python: Path) -> dict[str, str]:
    """The peer's environment as if activated, and a home without anybody's Jupyter settings."""
    home.mkdir(parents=True, exist_ok=True)
    path = f"{python.parent}{os.pathsep}{os.environ.get('PATH', '')}"
    return {"HOME": str(home), "PATH": path, "JUPYTER_PATH": "", "TF_CPP_MIN_LOG_LEVEL": "2"}


class Nbgrader:
    """Courses in which the class is dealt out; each is marked by one `nbgrader autograde`."""

    def __init__(self, python: Path, folder: Path, lab: Lab, students: Sequence[int], at_once: int) -> None:
        self.lab, self.python = lab, python
        self.home = apart(folder / "home", python)
        self.courses = [folder / f"course{number}" for number in range(at_once)]
        for number, course in enumerate(self.courses):
            write_json(course / "source" / lab.name / "lab.ipynb", source(lab))
            (course / "nbgrader_config.py").write_text(
                "c = get_config()\nc.CourseDirectory.course_id = 'benchmark'\nc.ExecutePreprocessor.timeout = 300\n"
            )
            self._call(course, "generate_assignment", lab.name, "--create")
            for student in students[number::at_once]:
                write_json(
                    course / "submitted" / f"s{student:03}" / lab.name / "lab.ipynb", submission(lab, student)
                )

    def _call(self, course: Path, *arguments: str) -> str:
        return run([self.python, "-m", "nbgrader", *arguments], cwd=course, environment=self.home)

    def mark(self) -> None:
        with ThreadPoolExecutor(len(self.courses)) as pool:
            list(pool.map(lambda course: self._call(course, "autograde", self.lab.name, "--force"), self.courses))

    def points(self) -> dict[int, float]:
        asked = (
            "import json, sys\nfrom nbgrader.api import Gradebook\n"
            "with Gradebook('sqlite:///gradebook.db') as book:\n"
            f"    found = {{s.student.id: s.score for s in book.assignment_submissions({self.lab.name!r})}}\n"
            "print(json.dumps(found))"
        )
        found = {}
        for course in self.courses:
            answer = run([self.python, "-c", asked], cwd=course, environment=self.home)
            found |= {int(student[1:]): points for student, points in json.loads(answer.splitlines()[-1]).items()}
        return found


OTTER_LOOP = """
import json, sys
from otter.api import grade_submission
found = {}
for path in sys.argv[2:]:
    results = grade_submission(path, sys.argv[1], quiet=True)
    found[path] = float(results.total)
print("POINTS " + json.dumps(found))
"""


class Otter:
    """`otter.api.grade_submission` for one notebook after the other, in as many processes as asked."""

    def __init__(self, python: Path, folder: Path, lab: Lab, students: Sequence[int], at_once: int) -> None:
        self.python, self.folder, self.home = python, folder, apart(folder / "home", python)
        self.archive = folder / "autograder.zip"
        with zipfile.ZipFile(self.archive, "w") as archive:
            archive.writestr("otter_config.json", json.dumps({"pdf": False}))
            for question in lab.questions:
                archive.writestr(
                    f"tests/{question.id}.py", self._test(question.id, question.points, question.hidden)
                )
        paths = [
            write_json(folder / "handed-in" / f"s{student:03}.ipynb", submission(lab, student))
            for student in students
        ]
        self.shares = [paths[number::at_once] for number in range(at_once)]
        self.found: dict[int, float] = {}

    @staticmethod
    def _test(name: str, points: int, tests: str) -> str:
        prompted = "\n".join(f"{'...' if line.startswith(' ') else '>>>'} {line}" for line in tests.split("\n"))
        case = {"code": prompted, "hidden": False, "locked": False}
        suite = {"cases": [case], "scored": True, "setup": "", "teardown": "", "type": "doctest"}
        return f"OK_FORMAT = True\n\ntest = { ({'name': name, 'points': points, 'suites': [suite]})!r}\n"

    def mark(self) -> None:
        def one(share: Sequence[Path]) -> str:
            return run(
                [self.python, "-c", OTTER_LOOP, self.archive, *share], cwd=self.folder, environment=self.home
            )

        with ThreadPoolExecutor(len(self.shares)) as pool:
            for answer in pool.map(one, self.shares):
                line = next(line for line in answer.splitlines() if line.startswith("POINTS "))
                self.found |= {int(Path(path).stem[1:]): points for path, points in json.loads(line[7:]).items()}

    def points(self) -> dict[int, float]:
        return self.found


# --- this project ----------------------------------------------------------------------------------------------


class Seodang:
    """The command, whole."""

    def __init__(self, folder: Path, lab: Lab, students: Sequence[int], sandbox: str) -> None:
        self.folder, self.sandbox = folder, sandbox
        self.source = write_json(folder / "source" / "lab.ipynb", source(lab))
        self.paths = [write_json(folder / f"s{student:03}.ipynb", submission(lab, student)) for student in students]
        self.found: dict[int, float] = {}

    def mark(self) -> None:
        command = [sys.executable, "-c", "from seodang.cli import main; main()", "grade", self.source, *self.paths]
        # Points below the maximum are no failure of the command.
        answer = run([*command, "--workers", str(CORES), "--sandbox", self.sandbox, "--json"], cwd=self.folder)
        marked = json.loads(answer)["submissions"]
        self.found = {int(Path(one["path"]).stem[1:]): float(one["points"]) for one in marked}

    def points(self) -> dict[int, float]:
        return self.found


class SeodangWarm(Seodang):
    """An executor that has started, imported the packages and marked one notebook, as in a worker of the site."""

    def __enter__(self) -> SeodangWarm:
        from seodang.grade.execute import Executor
        from seodang.grade.grade import grade_file
        from seodang.grade.lab import Lab as SourceLab
        from seodang.run.sandboxes import choose

        self.lab = SourceLab.read(self.source)
        self.executor = Executor(sandbox=choose(self.sandbox), workers=CORES)
        self.executor.__enter__()
        grade_file(self.lab, self.paths[0], self.executor)
        return self

    def __exit__(self, *exception: Any) -> None:
        self.executor.__exit__(*exception)

    def mark(self) -> None:
        from seodang.grade.grade import grade_many

        for graded in grade_many(self.lab, self.paths, self.executor, CORES):
            self.found[int(Path(graded.path).stem[1:])] = float(graded.points)


def pure_seconds(lab: Lab, students: Sequence[int], *, forked: bool) -> float:
    """Seconds for all of them in one process that has imported the packages, measured in a program of its own."""
    command = [sys.executable, __file__, "--pure", lab.name, *(str(student) for student in students)]
    answer = run([*command, *(["--forked"] if forked else [])], cwd=Path.cwd(), environment=ONE_THREAD)
    return float(answer.splitlines()[-1].removeprefix("SECONDS "))


def execute_purely(name: str, students: Sequence[int], *, forked: bool) -> None:
    """The program of `pure_seconds`. Output of the cells is thrown away."""
    import importlib

    import matplotlib

    matplotlib.use("Agg")
    lab = LABS[name]
    for package in lab.packages:
        importlib.import_module(package)
    compiled = [[compile(cell, "<cell>", "exec") for cell in code_cells(lab, student)] for student in students]
    silence, told = os.open(os.devnull, os.O_WRONLY), os.dup(1)
    os.dup2(silence, 1)
    os.dup2(silence, 2)
    if not forked:
        _execute(compiled[0])  # what only the first notebook of a process pays for
    began = time.perf_counter()
    for cells in compiled:
        if not forked:
            _execute(cells)
        elif (child := os.fork()) == 0:
            _execute(cells)
            os._exit(0)
        else:
            os.waitpid(child, 0)
    os.write(told, f"SECONDS {time.perf_counter() - began}\n".encode())


def _execute(cells: Sequence[Any]) -> None:
    space: dict[str, Any] = {"__name__": "__main__"}
    for cell in cells:
        try:
            exec(cell, space)
        except Exception:  # a wrong answer fails its tests, and the notebook goes on
            continue


# --- one lab ---------------------------------------------------------------------------------------------------


def measure(lab: Lab, folder: Path, options: argparse.Namespace) -> dict[str, Measured]:
    """Every system by turns; name → what it took."""
    one_by_one, few = range(OF_PEERS[lab.name]), range(OF_PEERS[lab.name] * CORES)
    whole = range(max(CORES, int(options.submissions * OURS[lab.name])))
    systems: dict[str, tuple[Any, int]] = {}
    for peer, kind in (("nbgrader", Nbgrader), ("otter", Otter)):
        if peer in options.only:
            python = environment_of(peer, options.peers)
            for name, students, at_once in ((peer, one_by_one, 1), (f"{peer} x{CORES}", few, CORES)):
                home = folder / name.replace(" ", "-")
                home.mkdir(parents=True)
                systems[name] = kind(python, home, lab, students, at_once), len(students)
    if "seodang" in options.only:
        systems["seodang"] = Seodang(folder / "seodang", lab, whole, options.sandbox), len(whole)
    results = {name: Measured(n) for name, (_system, n) in systems.items()}
    for round_ in range(options.rounds):
        for name, (system, _n) in systems.items():
            results[name].seconds.append(timed(system.mark))
            if round_ == 0:
                compare_points(results[name], lab, system.points())
            say(options, lab, name, results[name])
        if "seodang" in options.only:
            measure_warm(lab, folder / f"warm{round_}", whole, options, results)
    return results


def measure_warm(
    lab: Lab, folder: Path, whole: Sequence[int], options: argparse.Namespace, results: dict[str, Measured]
) -> None:
    """The running executor right beside the bound, so that both meet the same weather."""
    for name, forked in (("bound", False), ("bound, fork", True)):
        measured = results.setdefault(name, Measured(len(whole)))
        measured.seconds.append(pure_seconds(lab, whole, forked=forked) / CORES)
        say(options, lab, name, measured)
    measured = results.setdefault("seodang warm", Measured(len(whole)))
    with SeodangWarm(folder, lab, whole, options.sandbox) as warm:
        measured.seconds.append(timed(warm.mark))
        compare_points(measured, lab, warm.points())
    say(options, lab, "seodang warm", measured)


def say(options: argparse.Namespace, lab: Lab, name: str, measured: Measured) -> None:
    if not options.json:
        took = f"{measured.seconds[-1]:.2f} s for {measured.notebooks}"
        print(f"  {lab.name}: {name}: {took}", file=sys.stderr, flush=True)


# --- the table -------------------------------------------------------------------------------------------------


def summary(results: dict[str, Measured]) -> dict[str, Any]:
    def rate(name: str) -> float:
        return results[name].per_minute if name in results else float("nan")

    fastest_peer = max(
        (rate(name) for name in results if name.startswith(("nbgrader", "otter"))), default=float("nan")
    )
    return {
        "systems": {name: {**asdict(m), "per_minute": m.per_minute} for name, m in results.items()},
        "times_nbgrader": rate("seodang") / rate("nbgrader"),
        "times_nbgrader_warm": rate("seodang warm") / rate("nbgrader"),
        "times_nbgrader_parallel": rate("seodang warm") / rate(f"nbgrader x{CORES}"),
        "times_fastest_peer": rate("seodang warm") / fastest_peer,
        "of_bound": rate("bound") / rate("seodang warm"),
        "of_bound_fork": rate("bound, fork") / rate("seodang warm"),
    }


def machine() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    names = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    model = next((line.split(":", 1)[1].strip() for line in names if "model name" in line), platform.machine())
    versions = ", ".join(f"{name} {found}" for name in SAME_VERSIONS if (found := _version(name)))
    load = f"load {os.getloadavg()[0]:.1f}"
    return f"{model}, {CORES} cores, {platform.system()}, {load}; Python {platform.python_version()}, {versions}"


def print_report(report: dict[str, Any]) -> None:
    print(f"{report['machine']}; {report['peers']}")
    print(f"medians of {report['rounds']} rounds; sandbox {report['sandbox']}\n")
    print(f"{'lab':<7} {'system':<14} {'notebooks':>9} {'seconds':>8} {'a minute':>9}")
    for name, found in report["labs"].items():
        for system, one in found["systems"].items():
            took = statistics.median(one["seconds"])
            print(
                f"{name:<7} {system:<14} {one['notebooks']:>9} {took:>8.2f} {one['per_minute']:>9.1f}",
                *one["wrong"],
            )
    heads = ("nbgrader", "goal", "warm", "its best", "any peer", "of bound", "fork")
    print("\n{:<7} {:>9} {:>6} {:>7} {:>9} {:>9} {:>9} {:>6}".format("lab", *heads))
    for name, found in report["labs"].items():
        print(
            f"{name:<7} {found['times_nbgrader']:>8.1f}x {GOALS[name]:>5g}x {found['times_nbgrader_warm']:>6.1f}x "
            f"{found['times_nbgrader_parallel']:>8.1f}x {found['times_fastest_peer']:>8.1f}x "
            f"{found['of_bound']:>9.2f} {found['of_bound_fork']:>6.2f}"
        )
    print(
        "\nnbgrader: the command against nbgrader's command; warm: a running executor against it; its best, any"
        f"\npeer: against {CORES} processes at once; of bound: time over pure execution (limit {BOUND_GOAL})."
    )


def versions_of(peers: Sequence[str], folder: Path) -> str:
    asked = "import importlib.metadata as m, sys; print(m.version(sys.argv[1]))"
    named = {"nbgrader": "nbgrader", "otter": "otter-grader"}
    return ", ".join(
        f"{named[peer]} {run([environment_of(peer, folder), '-c', asked, named[peer]], cwd=folder).strip()}"
        for peer in peers
        if peer in named
    )


def holds(report: dict[str, Any]) -> bool:
    return all(
        found["times_nbgrader"] >= GOALS[name] and not any(one["wrong"] for one in found["systems"].values())
        for name, found in report["labs"].items()
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--labs", nargs="+", choices=LABS, help="all; with --storm the first, or plain")
    parser.add_argument("--submissions", type=int, help="30 that Seodang marks (peers mark fewer); --storm: 300")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--sandbox", default="bubblewrap")
    parser.add_argument("--peers", type=Path, default=Path(tempfile.gettempdir()) / "seodang-grading-peers")
    parser.add_argument(
        "--only", nargs="+", choices=("nbgrader", "otter", "seodang"), default=["nbgrader", "otter", "seodang"]
    )
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--storm", action="store_true", help="submissions on the site while workers are killed")
    parser.add_argument("--spread", type=float, default=300.0, help="--storm: seconds in which all hand in")
    parser.add_argument("--kill-every", type=float, default=15.0, help="--storm: seconds, on average")
    parser.add_argument("--database", default="", help="--storm: postgres://user@host:port/postgres; else SQLite")
    parser.add_argument("--pure", nargs="+", help=argparse.SUPPRESS)
    parser.add_argument("--forked", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.pure:
        execute_purely(options.pure[0], [int(student) for student in options.pure[1:]], forked=options.forked)
        return 0
    if options.storm:
        from _grading_storm import storm

        return storm(
            submissions=options.submissions or 300,
            spread_seconds=options.spread,
            kill_every_seconds=options.kill_every,
            lab_name=(options.labs or ["plain"])[0],
            workers=CORES,
            database_url=options.database,
            as_json=options.json,
        )
    options.submissions = options.submissions or 30
    options.peers.mkdir(parents=True, exist_ok=True)
    report: dict[str, Any] = {
        "machine": machine(),
        "rounds": options.rounds,
        "sandbox": options.sandbox,
        "labs": {},
    }
    report["peers"] = versions_of(options.only, options.peers)
    for name in options.labs or LABS:
        with tempfile.TemporaryDirectory(prefix="seodang-grading-") as temporary:
            report["labs"][name] = summary(measure(LABS[name], Path(temporary), options))
    if options.json:
        print(json.dumps(report, indent=2))
    else:
        print_report(report)
    return 0 if holds(report) else 1


if __name__ == "__main__":
    sys.exit(main())
