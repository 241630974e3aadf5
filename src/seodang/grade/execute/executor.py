"""Executor: keeps a zygote for each set of packages, and runs submissions in its children.

Owns what happens when something dies: a zygote is started anew and the submission run again once; a cell that ends
its process is replaced by an error and the notebook run again, at most twice.
"""

from __future__ import annotations

import os
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from seodang.grade.execute.executed import CellError, CellStatus, Executed, ExecutedCell, Outcome, TestRun
from seodang.grade.execute.findings import flags_of, without_reached
from seodang.grade.execute.plan import Plan, plan
from seodang.grade.execute.session import Found, Lost, Session, Timing, outcomes_from_cells
from seodang.grade.lab import Lab
from seodang.grade.merge import Merged
from seodang.grade.results import Flag, Severity
from seodang.i18n import N_
from seodang.run.errors import ZygoteError
from seodang.run.spec import Limits

if TYPE_CHECKING:
    from seodang.run.sandboxes import Sandbox
    from seodang.run.zygote import Zygote

ENTRY = "seodang.grade.execute.harness:main"
# Imported beforehand with what the lab names: what students and tests commonly add to it.
COMPANIONS = {
    "numpy": ("numpy.testing", "numpy.random", "numpy.linalg"),
    "pandas": ("pandas.testing",),
    "matplotlib": ("matplotlib.pyplot", "matplotlib_inline.backend_inline"),
    "sklearn": ("sklearn.metrics", "sklearn.utils.validation"),
}
ALWAYS = ("unittest", "unittest.mock", "seodang.grade.execute.warm")
MAX_ZYGOTES = 3
MAX_LOST_CELLS = 2
MAX_LOST_TESTS = 3  # tests that took the whole process with them (a memory bomb in a tested function)
DEFAULT_CELL_SECONDS = 60.0
INLINE = "module://matplotlib_inline.backend_inline"

_LOST = {
    "ended": N_("The cell ended the process it ran in; the notebook was run again without it."),
    "timeout": N_("The cell did not stop when its time was over; the notebook was run again without it."),
    "forged": N_("The cell disturbed the marking process; the notebook was run again without it."),
    "memory": N_("The cell used more memory than allowed; the notebook was run again without it."),
    "cpu": N_("The cell used more processor time than allowed; the notebook was run again without it."),
    "wall": N_("The notebook took longer than allowed; what ran until then counts."),
}


class Executor:
    """Thread-safe. Several threads may execute at once; at most `workers` children run at a time.

    Args:
        workers: 0 takes the number of cores.
        own_work: the submissions are the caller's own, so that a sandbox without walls is enough.

    Raises:
        SandboxUnavailable: the sandbox has no walls, and the work is not one's own.
    """

    def __init__(self, *, sandbox: Sandbox, workers: int = 0, own_work: bool = False) -> None:
        self.sandbox = sandbox
        self.workers = workers or os.cpu_count() or 1
        self.own_work = own_work
        self._lock = threading.Lock()
        self._zygotes: OrderedDict[tuple[str, ...], Zygote] = OrderedDict()
        self._starting: dict[tuple[str, ...], threading.Lock] = {}
        self._places = threading.Semaphore(self.workers)
        self._checked = own_work
        if not own_work:
            from seodang.run.check import begin

            begin(sandbox)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def check(self) -> None:
        """Work of others is refused while a limit does not hold. Waits for the sandbox's attack on itself."""
        if not self._checked:
            from seodang.run.check import require_holding

            require_holding(self.sandbox)
            self._checked = True

    def close(self) -> None:
        with self._lock:
            zygotes = list(self._zygotes.values())
            self._zygotes.clear()
        for zygote in zygotes:
            zygote.close()

    def warm(self, lab: Lab) -> None:
        """Start the zygote that this lab needs. Raises ImageLacks, SandboxUnavailable, ZygoteError.

        It imports while the sandbox attacks itself; nothing of anybody's is run before that has ended well.
        """
        self._zygote(modules_for(lab))
        self.check()

    def execute(
        self,
        lab: Lab,
        merged: Merged,
        *,
        compat: bool = False,
        seed: int = 0,
        on_progress: Callable[[int, int], None] | None = None,
        stop: threading.Event | None = None,
    ) -> Executed:
        """Run a merged submission. A bad submission raises nothing.

        Raises:
            ImageLacks, SandboxUnavailable: nothing of this lab can be run here.
            ZygoteError: the zygote died twice over this submission.
        """
        self.check()
        made = plan(merged, compat=compat)
        with self._places:
            for last in (False, True):
                began = time.monotonic()
                try:
                    run = _Run(self._zygote(modules_for(lab)), lab, made, compat, seed, on_progress, stop)
                    return replace(run.executed(), wall_seconds=time.monotonic() - began)
                except ZygoteError:
                    if last:
                        raise
        raise AssertionError("not reached")

    def _zygote(self, modules: tuple[str, ...]) -> Zygote:
        with self._lock:
            starting = self._starting.setdefault(modules, threading.Lock())
        with starting:
            with self._lock:
                zygote = self._zygotes.get(modules)
                if zygote is not None and zygote.alive:
                    self._zygotes.move_to_end(modules)
                    return zygote
            zygote = self._start(modules)
            with self._lock:
                self._zygotes[modules] = zygote
                old = [key for key in self._zygotes if key != modules][: max(0, len(self._zygotes) - MAX_ZYGOTES)]
                gone = [self._zygotes.pop(key) for key in old]
        for other in gone:
            other.close()
        return zygote

    def _start(self, modules: tuple[str, ...]) -> Zygote:
        from seodang.run.zygote import Zygote

        zygote = Zygote(sandbox=self.sandbox, modules=modules, entry=ENTRY, ballast={"MPLBACKEND": INLINE})
        zygote.start()
        return zygote


def modules_for(lab: Lab) -> tuple[str, ...]:
    """What is imported before the fork: the lab's modules, their companions, the shell."""
    names: dict[str, None] = dict.fromkeys((*lab.packages, *lab.modules))
    tops = {name.partition(".")[0] for name in names}
    for top, companions in COMPANIONS.items():
        if top in tops:
            names |= dict.fromkeys(companions)
    return (*sorted(names), *ALWAYS)


class _Run:
    """One submission, with as many children as it takes."""

    def __init__(
        self,
        zygote: Zygote,
        lab: Lab,
        made: Plan,
        compat: bool,
        seed: int,
        on_progress: Callable[[int, int], None] | None,
        stop: threading.Event | None,
    ) -> None:
        self.zygote, self.lab, self.plan, self.compat, self.seed = zygote, lab, made, compat, seed
        self.on_progress, self.stop = on_progress, stop
        self.lost: dict[int, tuple[str, CellStatus]] = {}
        self.flags: list[Flag] = []
        self.cpu_seconds, self.memory_peak_bytes = 0.0, 0
        wall = lab.limits.wall_seconds
        cell = getattr(lab.settings, "cell_seconds", None) or DEFAULT_CELL_SECONDS
        # One cell alone never takes all the time there is.
        self.timing = Timing(cell_seconds=min(cell, wall / 2), wall_seconds=wall)

    def executed(self) -> Executed:
        """Run, and run again without what ended the process, until it ends well or too much was lost."""
        tests: dict[str, TestRun] = {}
        left = dict.fromkeys(self.plan.tests)
        killers = 0
        while True:
            made = self.plan.testing(left)
            made = made.without({index: _reason(reason) for index, (reason, _status) in self.lost.items()})
            found, lost = self._once(made)
            if lost is not None and lost.reason == "test" and killers < MAX_LOST_TESTS:
                killers += 1
                tests |= found.tests
                left = dict.fromkeys(name for name in left if name not in tests)
                continue
            if lost is None or not self._can_go_on(lost):
                break
        if lost is not None and lost.index is not None and lost.reason not in ("test", "wall", "timeout"):
            # One loss too many: what stands before it still counts.
            found, _lost = self._once(made.until(lost.index))
        found.tests = tests | found.tests
        return self._gather(found, lost)

    def _can_go_on(self, lost: Lost) -> bool:
        """Note what was lost; whether the notebook is worth running again without that cell."""
        self._flag_lost(lost)
        index = lost.index
        if index is None or not self._is_worth_it(lost):
            return False
        status = CellStatus.TIMEOUT if lost.reason == "timeout" else CellStatus.CRASHED
        self.lost[index] = (lost.reason, status)
        return True

    def _is_worth_it(self, lost: Lost) -> bool:
        known = lost.index is None or lost.index in self.lost
        return not known and lost.reason not in ("wall", "test") and len(self.lost) < MAX_LOST_CELLS

    def _once(self, made: Plan) -> tuple[Found, Lost | None]:
        limits = self._limits(len(self.plan.tests))
        with self.zygote.spawn(
            limits=limits,
            files=dict(self.lab.data_files),
            channels=2 + len(self.plan.tests),
        ) as child:
            session = Session(
                child,
                self.lab,
                made,
                self.timing,
                seed=self.seed,
                guarded=not self.compat,
                stop=self.stop,
                on_cell=self._tell,
            )
            lost = None
            try:
                session.run()
            except Lost as error:
                lost = self._why(error, child)
                if lost.reason in ("wall", "timeout") and not self._is_worth_it(lost):
                    with suppress(Lost):
                        session.after_loss()
            state = child.state()
            self.cpu_seconds += state.cpu_seconds
            self.memory_peak_bytes = max(self.memory_peak_bytes, state.memory_peak_bytes)
            return session.found, lost

    def _tell(self, index: int) -> None:
        if self.on_progress is not None:
            cells = [step.index for step in self.plan.steps if step.kind == "cell"]
            self.on_progress(cells.index(index) if index in cells else 0, len(cells))

    @staticmethod
    def _why(lost: Lost, child: Any) -> Lost:
        state = child.wait(1.0) if lost.reason in ("ended", "closed") else child.state()
        if lost.reason == "test":
            return lost
        if state.over in ("memory", "cpu", "wall"):
            return Lost(state.over, lost.index)
        return Lost("ended", lost.index) if lost.reason == "closed" else lost

    def _limits(self, tests: int) -> Limits:
        """The lab's, and room for the forks that wait for tests; the driver's own clock comes first."""
        limits = self.lab.limits
        more = {"processes": limits.processes + tests, "open_files": limits.open_files + tests + 8}
        return limits.model_copy(update={**more, "wall_seconds": limits.wall_seconds * 2 + 30})

    def _flag_lost(self, lost: Lost) -> None:
        if lost.reason == "test":
            return
        template = _LOST.get(lost.reason, _LOST["ended"])
        cell = "" if lost.index is None else f"#{lost.index + 1}"
        severity = Severity.LOOK if lost.reason == "forged" else Severity.INFO
        self.flags.append(Flag(f"lost_{lost.reason}", severity, template, cell=cell))

    def _gather(self, found: Found, lost: Lost | None) -> Executed:
        cells = []
        for step in self.plan.steps:
            if step.kind != "cell":
                continue
            cell = found.cells.get(step.index, ExecutedCell(step.index, status=CellStatus.SKIPPED))
            if step.index in self.lost:
                cell = replace(cell, status=self.lost[step.index][1])
            elif lost is not None and lost.index == step.index:
                cell = _lost_cell(step.index, lost.reason)
            cells.append(cell)
        if self.compat:
            tests = outcomes_from_cells(self.plan, {cell.index: cell for cell in cells})
        else:
            missing = Outcome.NOT_RUN if lost is None or lost.reason != "wall" else Outcome.TIMEOUT
            told = {name: found.tests.get(name, TestRun(name, missing)) for name in self.plan.tests}
            tests = without_reached(told, found.findings, self.plan.index_of, found.forks)
        return Executed(
            cells=tuple(cells),
            tests=tests,
            flags=(*self.flags, *flags_of(found.findings, tests)),
            cpu_seconds=self.cpu_seconds,
            memory_peak_bytes=self.memory_peak_bytes,
        )


def _reason(code: str) -> str:
    """In the replaced cell's own traceback, which students read; English like every Python traceback."""
    return _LOST.get(code, _LOST["ended"])


def _lost_cell(index: int, reason: str) -> ExecutedCell:
    text = _reason(reason)
    output = {
        "output_type": "error",
        "ename": "RuntimeError",
        "evalue": text,
        "traceback": [f"RuntimeError: {text}"],
    }
    status = CellStatus.TIMEOUT if reason in ("timeout", "wall") else CellStatus.CRASHED
    return ExecutedCell(index, (output,), CellError("RuntimeError", text, (text,)), status=status)
