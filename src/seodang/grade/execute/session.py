"""One submission in one child: say the steps, collect the answers, then let each fork have its test.

Runs in the driver, one thread per submission. Owns deadlines (of a cell, a test, the whole), interrupting and
freezing, and the judgement of what the child answers: frames with the right key that fit the schema, nothing else.
"""

from __future__ import annotations

import os
import secrets
import select
import socket
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from seodang.grade.execute import answers
from seodang.grade.execute.answers import (
    CellDone,
    End,
    Evidence,
    Forked,
    Noticed,
    Ready,
    Start,
    TestDone,
    read_answer,
)
from seodang.grade.execute.executed import CellError, CellStatus, ExecutedCell, Outcome, TestError, TestRun
from seodang.grade.execute.frames import ForgedFrame, FrameReader, frame
from seodang.grade.execute.plan import Plan, Step, test_message
from seodang.grade.execute.wire import NO_KEY
from seodang.grade.lab import Lab
from seodang.run.errors import ZygoteError

if TYPE_CHECKING:
    from seodang.run.zygote import Child

INTERRUPT_SECONDS = 3.0  # between asking a cell to stop and giving it up
GRACE_SECONDS = 2.0  # a test's own alarm comes first
SLICE_SECONDS = 0.25  # how often the stop event is looked at
MAX_RAW_BYTES = 64 * 1024  # of descriptors 1 and 2 per cell
READY_SECONDS = 20.0


@dataclass(frozen=True)
class Timing:
    """cell_seconds: one cell or test; wall_seconds: everything."""

    cell_seconds: float
    wall_seconds: float


class Stopped(Exception):
    """The caller's stop event was set."""


class Lost(Exception):
    """The child is gone, or says things that no harness says. `index`: the cell that ran, else None."""

    def __init__(self, reason: str, index: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.index = index


@dataclass
class Found:
    """What a session has learnt so far; kept when the child is lost."""

    cells: dict[int, ExecutedCell] = field(default_factory=dict)
    displays: dict[str, tuple[int, int]] = field(default_factory=dict)
    forks: dict[str, int] = field(default_factory=dict)
    tests: dict[str, TestRun] = field(default_factory=dict)
    findings: list[tuple[str, str, str]] = field(default_factory=list)  # (code, detail, cell or test)
    ended: bool = False


class Session:
    """`run` plays the whole; a lost child raises `Lost`, with what was found in `found`."""

    def __init__(
        self,
        child: Child,
        lab: Lab,
        plan: Plan,
        timing: Timing,
        *,
        seed: int,
        guarded: bool,
        stop: threading.Event | None = None,
        on_cell: Callable[[int], None] | None = None,
    ) -> None:
        self.child, self.lab, self.plan, self.timing = child, lab, plan, timing
        self.seed, self.guarded, self.stop, self.on_cell = seed, guarded, stop, on_cell
        self.key = secrets.token_bytes(16)
        self.found = Found()
        self.until = time.monotonic() + timing.wall_seconds
        self._control = child.channels[0]
        self._reader = FrameReader(self.key)
        self._raw = {"stdout": bytearray(), "stderr": bytearray()}
        self._current: int | None = None
        self._last: int | None = None
        self._cell_until = float("inf")
        self._interrupted: set[int] = set()
        self._poll = select.poll()
        self._names = {child.output: "stdout", child.channels[1].fileno(): "stderr"}
        self._open = set(self._names)
        for descriptor in (self._control.fileno(), *self._names):
            self._poll.register(descriptor, select.POLLIN)
        for channel in child.channels:
            channel.setblocking(False)
        os.set_blocking(child.output, False)

    @property
    def _at(self) -> int | None:
        """The cell that runs, else the one that ran last: what happens between cells is its doing."""
        return self._current if self._current is not None else self._last

    # -- the student's part

    def run(self) -> Found:
        self._say(self._control, NO_KEY, self._hello())
        self._cell_until = time.monotonic() + READY_SECONDS
        while not self.found.ended:
            for value in self._next_frames():
                self._hear(self._answer(value))
        self._run_tests()
        return self.found

    def _answer(self, value: dict[str, Any]) -> answers.Answer:
        try:
            return read_answer(value)
        except ForgedFrame as error:
            raise Lost("forged", self._at) from error

    def _hello(self) -> dict[str, Any]:
        steps = [step.as_json() for step in self.plan.steps]
        return {"key": self.key.hex(), "seed": self.seed, "guarded": self.guarded, "steps": steps}

    def _say(self, channel: socket.socket, key: bytes, value: Any) -> None:
        """A child that does not read must not hold the driver up for ever."""
        channel.settimeout(READY_SECONDS)
        try:
            channel.sendall(frame(key, value))
        except OSError as error:
            raise Lost("closed", self._at) from error
        finally:
            channel.setblocking(False)

    def _next_frames(self) -> list[dict[str, Any]]:
        """Wait a little; collect raw output; give whole frames of the control channel."""
        self._look_at_clock()
        wait = max(0.0, min(self._cell_until, self.until) - time.monotonic())
        ready = self._poll.poll(min(wait, SLICE_SECONDS) * 1000)
        frames: list[dict[str, Any]] = []
        for descriptor, _events in ready:
            if descriptor == self._control.fileno():
                data = self._receive(self._control)
                if data is None:
                    continue
                if not data:
                    raise Lost("ended", self._at)
                try:
                    frames = self._reader.feed(data)
                except ForgedFrame as error:
                    raise Lost("forged", self._at) from error
            else:
                self._collect(descriptor)
        return frames

    @staticmethod
    def _receive(channel: socket.socket) -> bytes | None:
        """None: nothing stands there now; b"": the other side has closed."""
        try:
            return channel.recv(1 << 20)
        except BlockingIOError:
            return None
        except OSError:
            return b""

    def _collect(self, descriptor: int) -> int:
        """Raw output into its buffer, of which the first part is kept; how many bytes there were."""
        try:
            data = os.read(descriptor, 1 << 16)
        except BlockingIOError:
            return 0
        except OSError:
            data = b""
        if not data:
            self._open.discard(descriptor)
            with suppress(KeyError):
                self._poll.unregister(descriptor)
        held = self._raw[self._names[descriptor]]
        held += data[: max(0, MAX_RAW_BYTES - len(held))]
        return len(data)

    def _look_at_clock(self) -> None:
        if self.stop is not None and self.stop.is_set():
            raise Stopped
        now = time.monotonic()
        if now >= self.until:
            raise Lost("wall", self._current)
        if now < self._cell_until:
            return
        index = self._current
        if index is None or index in self._interrupted:
            raise Lost("timeout", self._at)
        self._interrupted.add(index)
        self._cell_until = now + INTERRUPT_SECONDS
        self.child.interrupt()

    # -- answers

    def _hear(self, answer: answers.Answer) -> None:
        if isinstance(answer, Start):
            self._start(answer)
        elif isinstance(answer, CellDone):
            self._finish(answer)
        elif isinstance(answer, Forked):
            if answer.test not in self.plan.tests or answer.test in self.found.forks:
                raise Lost("forged", self._at)
            self.found.forks[answer.test] = answer.pid
        elif isinstance(answer, Noticed):
            self._note(answer)
        elif isinstance(answer, End):
            self.found.findings += [(code, detail, "") for code, detail in answer.findings]
            self.found.ended = True
            self._cell_until = float("inf")
        else:
            raise Lost("forged", self._at)

    def _note(self, answer: Noticed) -> None:
        """Once for each kind: the first is what counts, and a process could say it without end."""
        if all(code != answer.code for code, _detail, _cell in self.found.findings):
            at = -1 if self._at is None else self._at
            self.found.findings.append((answer.code, answer.detail, f"#{at + 1}"))

    def _start(self, answer: Start) -> None:
        self._current = self._last = answer.index
        self._cell_until = time.monotonic() + self.timing.cell_seconds
        if self.on_cell is not None:
            self.on_cell(answer.index)

    def _finish(self, answer: CellDone) -> None:
        if answer.index != self._current or answer.index in self.found.cells:
            raise Lost("forged", self._at)
        for descriptor in tuple(self._open):
            self._collect_all(descriptor)
        outputs = []
        for position, output in enumerate(answer.outputs):
            transient = getattr(output, "transient", None)
            if transient is not None:
                self.found.displays[transient.display_id] = (answer.index, position)
            outputs.append(answers.output_dict(output))
        for name, held in self._raw.items():
            if held:
                outputs.append({"output_type": "stream", "name": name, "text": held.decode("utf-8", "replace")})
                held.clear()
        status = CellStatus.ERROR if answer.error is not None else CellStatus.OK
        if answer.index in self._interrupted:
            status = CellStatus.TIMEOUT
        told = answer.error
        error = None if told is None else CellError(told.ename, told.evalue, tuple(told.traceback))
        cell = ExecutedCell(answer.index, tuple(outputs), error, answer.seconds, status)
        self.found.cells[answer.index] = cell
        for update in answer.updates:
            self._update(update)
        self.found.findings += [(code, detail, f"#{answer.index + 1}") for code, detail in answer.findings]
        self._current = None
        self._cell_until = time.monotonic() + self.timing.cell_seconds + READY_SECONDS

    def _collect_all(self, descriptor: int) -> None:
        """What the cell wrote before it answered is in the pipe by now."""
        for _ in range(64):
            if not self._collect(descriptor):
                return

    def _update(self, update: answers.Update) -> None:
        place = self.found.displays.get(update.display_id)
        cell = self.found.cells.get(place[0]) if place is not None else None
        if place is None or cell is None or place[1] >= len(cell.outputs):
            return
        outputs = list(cell.outputs)
        outputs[place[1]] = {**outputs[place[1]], "data": update.data, "metadata": update.metadata}
        self.found.cells[cell.index] = ExecutedCell(
            cell.index, tuple(outputs), cell.error, cell.seconds, cell.status
        )

    # -- the tests

    def _run_tests(self) -> None:
        """Only now does anything hidden leave the driver, and only to a process that runs alone."""
        order = [step for step in self.plan.steps if step.kind == "fork"]
        try:
            self._run_in_forks([step for step in order if self.found.forks.get(step.test)])
            in_here = [step for step in order if self.found.forks.get(step.test) == 0]
            if in_here:
                self._tests_in_child(in_here)
        except ZygoteError:
            self.child.state()  # raises once more where the zygote itself is gone
            raise Lost("test") from None

    def _run_in_forks(self, steps: list[Step]) -> None:
        forks = [self._fork(step) for step in steps]
        for fork in forks:
            fork.hear_ready()  # all of them, before the first freeze stops one that is not that far
        for fork in forks:
            run = self.found.tests[fork.step.test] = self._test_in_fork(fork)
            if run.outcome is Outcome.CRASHED and not self.child.state().alive:
                raise Lost("test")

    def after_loss(self) -> None:
        """The student's process runs wild, but what was forked before still stands: its tests count."""
        self._run_tests()

    def _fork(self, step: Step) -> _Fork:
        talk = _Talk(self, self.child.channels[2 + step.channel], FrameReader(self.key))
        return _Fork(step, self.found.forks[step.test], talk)

    def _test_in_fork(self, fork: _Fork) -> TestRun:
        step = fork.step
        if fork.problem is not None:
            return _failed(step, fork.problem, "forged" if fork.problem is Outcome.TAMPERED else "")
        try:
            self.child.freeze(but=fork.pid)
            if fork.talk.left():
                return _failed(step, Outcome.TAMPERED, "forged")
            return self._converse(step, fork.talk)
        except ForgedFrame:
            return _failed(step, Outcome.TAMPERED, "forged")
        except Lost as lost:
            return _failed(step, Outcome.TIMEOUT if lost.reason == "timeout" else Outcome.CRASHED, "")

    def _tests_in_child(self, steps: list[Step]) -> None:
        """The process cannot be forked: stop all others, and run the tests in the student's own."""
        if 1 not in self.child.freeze(but=1):
            # No process namespace (sandbox `none`): it has the number it has outside.
            self.child.freeze(but=self.child.pid)
        talk = _Talk(self, self._control, self._reader)
        for step in steps:
            try:
                self.found.tests[step.test] = self._converse(step, talk)
            except ForgedFrame:
                self.found.tests[step.test] = _failed(step, Outcome.TAMPERED, "forged")
                return
            except Lost as lost:
                outcome = Outcome.TIMEOUT if lost.reason == "timeout" else Outcome.CRASHED
                self.found.tests[step.test] = _failed(step, outcome, "")
                raise Lost("test") from lost

    def _converse(self, step: Step, talk: _Talk) -> TestRun:
        nonce, token = secrets.token_hex(16), secrets.token_hex(8)
        seconds = max(1.0, min(self.timing.cell_seconds, self.until - time.monotonic()))
        message = test_message(
            self.lab,
            self.plan,
            step.test,
            nonce=nonce,
            token=token,
            seed=self.seed,
            seconds=seconds,
        )
        began = time.monotonic()
        self._say(talk.channel, NO_KEY, message)
        evidence: list[str] = []
        while True:
            answer = talk.next(began + seconds + GRACE_SECONDS - time.monotonic())
            if isinstance(answer, Evidence) and answer.nonce == nonce:
                evidence.append(answer.code)
                continue
            if not isinstance(answer, TestDone) or answer.nonce != nonce:
                return _failed(step, Outcome.TAMPERED, "forged")
            return self._told(step, answer, evidence)

    def _told(self, step: Step, answer: TestDone, evidence: list[str]) -> TestRun:
        evidence += answer.evidence
        self.found.findings += [(*_split(note), step.test) for note in answer.notes]
        outcome = Outcome.TAMPERED if evidence else Outcome(answer.outcome)
        error = answer.error
        output = ({"output_type": "stream", "name": "stdout", "text": answer.output},) if answer.output else ()
        return TestRun(
            grade_id=step.test,
            outcome=outcome,
            value=answer.value if outcome is Outcome.PASSED else None,
            value_kind=answer.value_kind,
            error=None if error is None else TestError(error.ename, error.evalue, error.line),
            outputs=output,
            seconds=answer.seconds,
            evidence=tuple(dict.fromkeys(evidence)),
        )


def _split(note: str) -> tuple[str, str]:
    code, _colon, detail = note.partition(":")
    return code, detail


def _failed(step: Step, outcome: Outcome, evidence: str) -> TestRun:
    return TestRun(step.test, outcome, evidence=(evidence,) if evidence else ())


class _Talk:
    """Frames of one channel, while the outputs of the child are drained beside it."""

    def __init__(self, session: Session, channel: socket.socket, reader: FrameReader) -> None:
        self.session, self.channel, self.reader = session, channel, reader
        self._waiting: list[dict[str, Any]] = []
        self._poll = select.poll()
        self._poll.register(channel.fileno(), select.POLLIN)
        for descriptor in session._open:
            self._poll.register(descriptor, select.POLLIN)

    def next(self, seconds: float) -> answers.Answer:
        """Raises Lost("timeout"), Lost("ended"), ForgedFrame."""
        until = time.monotonic() + seconds
        while not self._waiting:
            if self.session.stop is not None and self.session.stop.is_set():
                raise Stopped
            left = until - time.monotonic()
            if left <= 0:
                raise Lost("timeout")
            self._look(min(left, SLICE_SECONDS))
        return read_answer(self._waiting.pop(0))

    def left(self) -> bool:
        """Whether anything more stands in the channel now: before the test is sent, nothing may."""
        data = self.session._receive(self.channel)
        return bool(data or self._waiting)

    def _look(self, seconds: float) -> None:
        for descriptor, _events in self._poll.poll(seconds * 1000):
            if descriptor == self.channel.fileno():
                data = self.session._receive(self.channel)
                if data is not None and not data:
                    raise Lost("ended")
                self._waiting += self.reader.feed(data or b"")
            else:
                self.session._collect(descriptor)
                if descriptor not in self.session._open:
                    self._poll.unregister(descriptor)


@dataclass
class _Fork:
    """One test's process, which waits for it. `problem`: why it will not be asked."""

    step: Step
    pid: int
    talk: _Talk
    problem: Outcome | None = None

    def hear_ready(self) -> None:
        try:
            ready = self.talk.next(READY_SECONDS)
            if not isinstance(ready, Ready) or ready.pid != self.pid:
                self.problem = Outcome.TAMPERED
        except ForgedFrame:
            self.problem = Outcome.TAMPERED
        except Lost as lost:
            self.problem = Outcome.TIMEOUT if lost.reason == "timeout" else Outcome.CRASHED


def outcomes_from_cells(plan: Plan, cells: Mapping[int, ExecutedCell]) -> dict[str, TestRun]:
    """Compat mode: a test is a cell like others; whoever gives points reads its outputs."""
    found = {}
    for grade_id, index in plan.index_of.items():
        cell = cells.get(index)
        if cell is None:
            found[grade_id] = TestRun(grade_id, Outcome.NOT_RUN)
            continue
        outcome = {
            CellStatus.OK: Outcome.PASSED,
            CellStatus.ERROR: Outcome.FAILED,
            CellStatus.TIMEOUT: Outcome.TIMEOUT,
            CellStatus.CRASHED: Outcome.CRASHED,
            CellStatus.SKIPPED: Outcome.NOT_RUN,
        }[cell.status]
        error = cell.error
        told = None if error is None else TestError(error.ename, error.evalue)
        found[grade_id] = TestRun(grade_id, outcome, error=told, outputs=cell.outputs, seconds=cell.seconds)
    return found
