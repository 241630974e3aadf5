"""The zygote's own process, Z: imports packages once, then forks, freezes, kills and watches. Knows no answers.

One loop, one thread. It reads commands (JSON, with descriptors beside them) from the host's socket, and about
twenty times a second it looks at every child's memory, processor time and clock, and kills what is over. When the
host goes away, its socket ends, and so does everything here.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import importlib.util
import json
import os
import resource
import select
import shutil
import signal
import socket
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from seodang.run.zygote import confine, linux, watch
from seodang.run.zygote.plan import ChildState, Plan

MESSAGE_BYTES = 1 << 17
_LOOK_SECONDS = 0.05
_MEASURE_SECONDS = 0.5  # between slow measures of memory, unless it may have grown by much
_FREEZE_SECONDS = 10.0
_THREADS_END_SECONDS = 2.0
_HUGE = 2 * 1024 * 1024
SETUP_FAILED = 71  # exit code of a child that could not be confined

Entry = Callable[[list[socket.socket], str], None]


class Watched:
    """One living child, as Z sees it."""

    def __init__(self, plan: Plan, pid: int, ended: int) -> None:
        self.plan, self.pid, self.ended = plan, pid, ended
        self.pidfd = os.pidfd_open(pid)
        self.began = time.monotonic()
        self.over: str | None = None
        self.memory_peak_bytes = 0
        self.cpu_seconds = 0.0
        self.processes = 1
        self.measure_again_above = 0  # bytes by the cheap reckoning beneath which the slow measure can wait
        self.measured_at = self.began
        self.shared_before = watch.shared_memory_of_machine()

    @property
    def wall_seconds(self) -> float:
        return time.monotonic() - self.began

    def state(self, **ended: Any) -> ChildState:
        fields = {
            "over": self.over,
            "memory_peak_bytes": self.memory_peak_bytes,
            "cpu_seconds": round(self.cpu_seconds, 3),
            "wall_seconds": round(self.wall_seconds, 3),
            "processes": self.processes,
        }
        return ChildState(**(fields | ended))


class Refused(Exception):
    """A command that cannot be carried out; the host raises it as a ZygoteError."""


class Zygote:
    def __init__(self, command: socket.socket) -> None:
        self.command = command
        self.children: dict[int, Watched] = {}  # by the host's number
        self.files: list[int] = []  # descriptors for the next child
        self.poll = select.poll()
        self.poll.register(command, select.POLLIN)
        self.own_namespace = os.open("/proc/self/ns/pid", os.O_RDONLY | os.O_CLOEXEC)
        self.entry: Entry
        self.confined = True
        self.folder = Path()
        self.own_memory = 0
        self.host = -1  # a pidfd: readable once the host has died, even where a fork of it holds the socket
        self.looked = 0.0
        self.shared = 0  # bytes of shared memory on the whole machine, at the last look

    # -- life

    def serve(self) -> None:
        while True:
            timeout = _LOOK_SECONDS * 1000 if self.children else None
            ready = {descriptor for descriptor, _event in self.poll.poll(timeout)}
            command = self.command.fileno() in ready
            if self.host in ready or (command and not self.answer()):
                break
            if ready - {self.command.fileno()} or time.monotonic() - self.looked >= _LOOK_SECONDS:
                self.look()

    def answer(self) -> bool:
        """One command; False when the host is gone."""
        try:
            data, descriptors, _flags, _address = socket.recv_fds(
                self.command, MESSAGE_BYTES, 128, socket.MSG_CMSG_CLOEXEC
            )
        except OSError:
            return False
        if not data:
            return False
        try:
            message = json.loads(data)
            if message["do"] == "close":
                return False
            reply, passed = getattr(self, "do_" + message.pop("do"))(descriptors, **message)
        except Refused as error:
            reply, passed = {"error": str(error)}, []
        except Exception as error:
            reply, passed = {"error": f"{type(error).__name__}: {error}"}, []
            traceback.print_exc()
        try:
            socket.send_fds(self.command, [json.dumps(reply).encode()], passed)
        except OSError:
            return False
        finally:
            for descriptor in passed:
                os.close(descriptor)
        return True

    # -- commands

    def do_start(
        self,
        descriptors: list[int],
        *,
        modules: list[str],
        entry: str,
        confined: bool,
        folder: str,
        environment: dict[str, str],
    ) -> tuple[dict[str, Any], list[int]]:
        (self.host,) = descriptors
        self.poll.register(self.host, select.POLLIN)
        os.environ.update(environment)
        self.confined, self.folder = confined, Path(folder)
        if confined:
            _seal_devices()
        else:
            linux.prctl(linux.PR_SET_CHILD_SUBREAPER, 1)
        began = time.monotonic()
        missing = [name for name in modules if importlib.util.find_spec(name.partition(".")[0]) is None]
        if missing:
            return {"missing": missing}, []
        threads: dict[str, int] = {}
        module, _, function = entry.partition(":")
        gc.disable()  # an import makes objects that stay: looking through them for garbage is a quarter of its time
        for name in (*modules, module):
            importlib.import_module(name)
            threads[name] = watch.threads_of_this_process()
            gc.freeze()
        gc.enable()
        self.entry = getattr(sys.modules[module], function)
        if not _alone():
            culprit = next((name for name, count in threads.items() if count > 1), entry)
            return {"threads": watch.threads_of_this_process(), "culprit": culprit}, []
        _into_huge_pages()
        self.own_memory = watch.memory_bound(os.getpid())
        return {"pid": os.getpid(), "import_seconds": round(time.monotonic() - began, 3)}, []

    def do_files(self, descriptors: list[int]) -> tuple[dict[str, Any], list[int]]:
        self.files += descriptors
        return {}, []

    def do_spawn(self, _descriptors: list[int], *, plan: dict[str, Any]) -> tuple[dict[str, Any], list[int]]:
        wanted = Plan.from_json(plan)
        files, self.files = self.files, []
        if watch.threads_of_this_process() != 1:
            raise Refused("the zygote has started threads and can no longer fork")
        channels = [socket.socketpair() for _ in range(wanted.channels)]
        output_read, output_write = os.pipe()
        ready_read, ready_write = os.pipe()
        ended_read, ended_write = os.pipe()
        if self.confined:
            linux.unshare(linux.CLONE_NEWPID)
        try:
            pid = os.fork()
            if pid == 0:
                self._become_child(wanted, [inner for _outer, inner in channels], output_write, ready_write, files)
        finally:
            if self.confined:
                linux.setns(self.own_namespace, linux.CLONE_NEWPID)
        for _outer, inner in channels:
            inner.close()
        for descriptor in (output_write, ready_write, *files):
            os.close(descriptor)
        child = Watched(wanted, pid, ended_write)
        self.children[wanted.number] = child
        self.poll.register(child.pidfd, select.POLLIN)
        passed = [outer.detach() for outer, _inner in channels]
        return {"pid": pid}, [*passed, output_read, ready_read, ended_read]

    def do_freeze(
        self, _descriptors: list[int], *, number: int, but: int | None
    ) -> tuple[dict[str, Any], list[int]]:
        child = self._child(number)
        until = time.monotonic() + _FREEZE_SECONDS
        while True:
            spared = self._stop(child, but)
            alive = [process for process in self._members(child) if not process.ended]
            if all(process.stopped or process.pid == spared for process in alive):
                pids = [watch.inner_pid(process.pid) if self.confined else process.pid for process in alive]
                return {"alive": sorted(pid for pid in pids if pid)}, []
            if time.monotonic() > until:
                self.kill(number)
                raise Refused("the child's processes could not be stopped; it was killed")
            time.sleep(0.001)

    def do_thaw(self, _descriptors: list[int], *, number: int) -> tuple[dict[str, Any], list[int]]:
        for process in self._members(self._child(number)):
            _send(process.pid, signal.SIGCONT)
        return {}, []

    def do_interrupt(self, _descriptors: list[int], *, number: int) -> tuple[dict[str, Any], list[int]]:
        _send(self._child(number).pid, signal.SIGINT)
        return {}, []

    def do_kill(self, _descriptors: list[int], *, number: int) -> tuple[dict[str, Any], list[int]]:
        """The host hears of the end on the child's own pipe; others need not wait while its memory is freed."""
        child = self.children.get(number)
        if self.confined and child is not None:
            _send(child.pid, signal.SIGKILL)
        else:
            self.kill(number)
        return {}, []

    def do_state(self, _descriptors: list[int], *, number: int) -> tuple[dict[str, Any], list[int]]:
        if number not in self.children:
            return {"ended": True}, []
        child = self.children[number]
        self._measure(child, watch.processes(), self._forks())
        return child.state().as_json(), []

    def _child(self, number: int) -> Watched:
        if number not in self.children:
            raise Refused("the child has ended")
        return self.children[number]

    # -- the child

    def _become_child(
        self, plan: Plan, channels: list[socket.socket], output: int, ready: int, files: list[int]
    ) -> None:
        """Never returns. No frame of Z's stack below this one is ever entered again."""
        code = SETUP_FAILED
        try:
            linux.prctl(linux.PR_SET_PDEATHSIG, signal.SIGKILL)
            os.setsid()
            self.command.detach()
            confine.standard_streams(output)
            confine.close_all_but({ready, *files, *(channel.fileno() for channel in channels)})
            signal.signal(signal.SIGINT, signal.default_int_handler)
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            try:
                if self.confined:
                    confine.into_namespaces(plan, files)
                else:
                    confine.into_folder(plan, files, self.folder / str(plan.number))
            except BaseException as error:
                os.write(ready, f"{type(error).__name__}: {error}"[:2000].encode())
                os._exit(SETUP_FAILED)
            for descriptor in files:
                os.close(descriptor)
            os.write(ready, b"ok")
            os.close(ready)
            entry = self.entry
            self.children.clear()
            code = _run(entry, channels, plan.label)
        finally:
            os._exit(code)

    # -- watching

    def _members(self, child: Watched, table: dict[int, watch.Process] | None = None) -> list[watch.Process]:
        table = watch.processes() if table is None else table
        return watch.of_group(table, child.pid) if self.confined else watch.descendants(table, child.pid)

    def _forks(self) -> int:
        """Processes among which the zygote's own pages are divided."""
        return 1 + sum(child.processes for child in self.children.values())

    def look(self) -> None:
        self.looked = time.monotonic()
        self.shared = watch.shared_memory_of_machine() if self.children else 0
        table = watch.processes() if self.children else {}
        forks = self._forks()
        for number, child in list(self.children.items()):
            if table.get(child.pid) is None or table[child.pid].ended:
                self._bury(number)
                continue
            self._measure(child, table, forks)
            if child.over:
                self.kill(number)
        if not self.confined:
            self._kill_orphans()

    def _measure(self, child: Watched, table: dict[int, watch.Process], forks: int) -> None:
        members = self._members(child, table)
        child.processes = sum(1 for process in members if not process.ended)
        child.cpu_seconds = max(child.cpu_seconds, sum(process.cpu_seconds for process in members))
        used = self._memory(child, members, forks)
        child.memory_peak_bytes = max(child.memory_peak_bytes, used)
        limits = child.plan
        if used > limits.memory_bytes:
            child.over = "memory"
        elif child.cpu_seconds > limits.cpu_seconds:
            child.over = "cpu"
        elif child.wall_seconds > limits.wall_seconds:
            child.over = "wall"

    def _memory(self, child: Watched, members: list[watch.Process], forks: int) -> int:
        bound = sum(watch.memory_bound(process.pid) for process in members)
        limit, now = child.plan.memory_bytes, time.monotonic()
        if self.shared - child.shared_before > limit // 2:
            hidden = watch.hidden_bound(process.pid for process in members)
            if hidden > limit:
                return hidden
            limit -= hidden
        likely = max(0, bound - len(members) * self.own_memory)
        if bound <= limit:
            return likely
        # Every page that a process took over from the zygote and then changed cost it one fault at least.
        own = likely + watch.PAGE * sum(process.faults for process in members)
        is_due = now - child.measured_at >= _MEASURE_SECONDS or own > max(limit // 2, child.measure_again_above)
        if not is_due:
            return min(likely, child.plan.memory_bytes)
        inherited = self.own_memory * len(members) // max(forks, 1 + len(members))
        used = max(0, sum(watch.memory_share(process.pid) for process in members) - inherited)
        child.measured_at = now
        child.measure_again_above = own + (limit - used) // 2
        return used if used <= limit else used + child.plan.memory_bytes - limit

    # -- ending

    def _stop(self, child: Watched, but: int | None) -> int:
        """Stop all at one instant where they share a process group; returns Z's number of the one spared, or 0."""
        if self.confined:
            try:
                os.killpg(child.pid, signal.SIGSTOP)
            except ProcessLookupError:
                return 0
        spared = 0
        for process in self._members(child):
            number = watch.inner_pid(process.pid) if self.confined else process.pid
            if but is not None and number == but:
                spared = process.pid
                _send(process.pid, signal.SIGCONT)
            elif not process.stopped:
                _send(process.pid, signal.SIGSTOP)
        return spared

    def kill(self, number: int) -> None:
        """Everything of the child, and not back before it is gone."""
        child = self.children.get(number)
        if child is None:
            return
        if not self.confined:
            for _ in range(1000):
                members = [process for process in self._members(child) if not process.stopped]
                if not members:
                    break
                for process in members:
                    _send(process.pid, signal.SIGSTOP)
            for process in self._members(child):
                if process.pid != child.pid:
                    _send(process.pid, signal.SIGKILL)
        # The first process of a process namespace takes all others with it, and cannot be reaped before them.
        _send(child.pid, signal.SIGKILL)
        self._bury(number)
        if not self.confined:
            self._kill_orphans()

    def _bury(self, number: int) -> None:
        child = self.children.pop(number)
        self.poll.unregister(child.pidfd)
        _pid, status, usage = os.wait4(child.pid, 0)
        os.close(child.pidfd)
        child.cpu_seconds = max(child.cpu_seconds, usage.ru_utime + usage.ru_stime)
        code = os.waitstatus_to_exitcode(status)
        ended_by = -code if code < 0 else None
        if child.over is None and ended_by in (signal.SIGXCPU, signal.SIGKILL):
            child.over = "cpu" if child.cpu_seconds >= child.plan.cpu_seconds else None
        state = child.state(alive=False, exit_code=code if code >= 0 else None, signal=ended_by, processes=0)
        if not self.confined:
            shutil.rmtree(self.folder / str(number), ignore_errors=True)
        with contextlib.suppress(OSError):  # the host may look no more
            os.write(child.ended, json.dumps(state.as_json()).encode())
        os.close(child.ended)

    def _kill_orphans(self) -> None:
        """Without a namespace: what outlived its child has come to Z, the nearest subreaper. It goes too."""
        own, living = os.getpid(), {child.pid for child in self.children.values()}
        for _ in range(1000):
            table = watch.processes()
            orphans = [p for p in table.values() if p.parent == own and p.pid not in living]
            if not orphans:
                return
            for orphan in orphans:
                for process in watch.descendants(table, orphan.pid):
                    _send(process.pid, signal.SIGKILL)
                with contextlib.suppress(ChildProcessError):
                    os.waitpid(orphan.pid, os.WNOHANG)
            time.sleep(0.001)


def _run(entry: Entry, channels: list[socket.socket], label: str) -> int:
    try:
        entry(channels, label)
        code = 0
    except SystemExit as error:
        code = error.code if isinstance(error.code, int) else int(error.code is not None)
    except BaseException:
        traceback.print_exc()
        code = 1
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    return code & 0xFF


def _into_huge_pages() -> None:
    """What was imported, as far as the kernel can: a fork copies one entry instead of 512. A child's own pages
    are made as before, one by one, when it writes. A kernel before 6.1 refuses, and nothing is different."""
    for begin, end in watch.anonymous_mappings():
        first, last = -(-begin // _HUGE) * _HUGE, end // _HUGE * _HUGE
        if first < last:
            linux.collapse(first, last)


def _alone() -> bool:
    """One thread. A library's timer may need a moment to end."""
    until = time.monotonic() + _THREADS_END_SECONDS
    while watch.threads_of_this_process() != 1:
        if time.monotonic() > until:
            return False
        time.sleep(0.01)
    return True


def _seal_devices() -> None:
    """/dev is a tmpfs of unlimited size: from now on devices can be used, and no file can be made beside them."""
    flags = linux.MS_REMOUNT | linux.MS_BIND | linux.MS_RDONLY | linux.MS_NOSUID | linux.MS_NOEXEC
    linux.mount("none", "/dev", flags=flags)


def _send(pid: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


def main(descriptor: int) -> None:
    os.set_inheritable(descriptor, False)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    command = socket.socket(fileno=descriptor)
    # Whoever asks it to end politely: bubblewrap's first process when it dies, or the host under sandbox `none`.
    signal.signal(signal.SIGTERM, lambda _number, _frame: command.shutdown(socket.SHUT_RDWR))
    linux.prctl(linux.PR_SET_PDEATHSIG, signal.SIGTERM)
    zygote = Zygote(command)
    try:
        zygote.serve()
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        for number in list(zygote.children):
            zygote.kill(number)
        if not zygote.confined:
            shutil.rmtree(zygote.folder, ignore_errors=True)
