"""Runs a command on given cores and samples how much memory it takes, all its processes together."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

MARK = "FIT_BENCHMARK_RUN"
SAMPLE_SECONDS = 0.25


@dataclass(frozen=True)
class Watched:
    """peak_bytes: the largest sum of proportional set sizes (shared pages counted once) over all processes that
    carry the run's mark, wherever they were moved."""

    code: int
    wall_seconds: float
    peak_bytes: int
    output: str
    was_ended: bool


def watch(command: Sequence[str], *, cores: Sequence[int], most_seconds: float, log: Path) -> Watched:
    """Run it; end it with all its processes where it takes longer than `most_seconds`."""
    mark = uuid.uuid4().hex
    threads = str(len(cores))
    environment = {
        **os.environ,
        MARK: mark,
        "OMP_NUM_THREADS": threads,
        "OPENBLAS_NUM_THREADS": threads,
        "MKL_NUM_THREADS": threads,
        "CUDA_VISIBLE_DEVICES": "",
        "PYTHONHASHSEED": "0",
        "PYTHONWARNINGS": "ignore",
    }
    sampler = _Sampler(mark)
    begun = time.monotonic()
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            stdout=output,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            env=environment,
            start_new_session=True,
            preexec_fn=lambda: os.sched_setaffinity(0, set(cores)),
        )
        sampler.start()
        was_ended = False
        try:
            code = process.wait(most_seconds)
        except subprocess.TimeoutExpired:
            was_ended, code = True, -signal.SIGKILL
        finally:
            wall = time.monotonic() - begun
            peak = sampler.stop()
            _end_all(mark)
            process.wait()
    text = log.read_text(errors="replace")
    return Watched(code, wall, peak, text[-4_000:], was_ended)


class _Sampler(threading.Thread):
    def __init__(self, mark: str) -> None:
        super().__init__(daemon=True)
        self._mark = mark.encode()
        self._known: dict[tuple[int, str], bool] = {}
        self._peak = 0
        self._done = threading.Event()

    def run(self) -> None:
        while not self._done.wait(SAMPLE_SECONDS):
            self._peak = max(self._peak, sum(_pss(pid) for pid in _marked(self._mark, self._known)))

    def stop(self) -> int:
        self._done.set()
        self.join()
        return self._peak


def _marked(mark: bytes, known: dict[tuple[int, str], bool]) -> list[int]:
    """Processes whose environment carries the mark. known: by number and start, so that each is read once."""
    found = []
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            about = (folder / "stat").read_text()
            key = (int(folder.name), about.rpartition(")")[2].split()[19])
            if key not in known:
                known[key] = mark in (folder / "environ").read_bytes()
        except (OSError, IndexError):
            continue
        if known[key]:
            found.append(key[0])
    return found


def _pss(pid: int) -> int:
    try:
        for line in Path("/proc", str(pid), "smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    except (OSError, ValueError, IndexError):
        pass
    return 0


def _end_all(mark: str) -> None:
    for pid in _marked(mark.encode(), {}):
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
