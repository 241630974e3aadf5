"""How much memory there is, and how much a process holds."""

from __future__ import annotations

import os
import resource
import sys
from pathlib import Path

_PAGE = os.sysconf("SC_PAGE_SIZE")
GIB = 2**30
# Of what is free when the climb begins; the rest is for the reader's other programs.
_SHARE = 0.6
_LEAST = GIB // 2
_GROUP_LIMITS = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")
_GROUP_USES = ("/sys/fs/cgroup/memory.current", "/sys/fs/cgroup/memory/memory.usage_in_bytes")


def held_bytes(pid: int) -> int:
    """What a process holds in memory alone (pages that it shares are not counted); 0 where that is not known."""
    try:
        _, resident, shared, *_ = Path(f"/proc/{pid}/statm").read_text().split()
    except (OSError, ValueError):
        return 0
    return (int(resident) - int(shared)) * _PAGE


def peak_bytes() -> int:
    """The most that this process has held so far."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def free_bytes() -> int:
    """What this machine or this container has left; 4 GiB where that cannot be found out."""
    found = [size for size in (_free_of_machine(), _free_of_group()) if size is not None]
    return min(found, default=4 * GIB)


def part_of_worker(n_workers: int, free: int | None = None) -> int:
    """The bytes that one worker may hold before it is ended."""
    free = free_bytes() if free is None else free
    return max(_LEAST, int(_SHARE * free / max(1, n_workers)))


def _free_of_machine() -> int | None:
    try:
        for line in Path("/proc/meminfo").read_text().splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    except (OSError, ValueError, IndexError):
        pass
    return None


def _free_of_group() -> int | None:
    limit = _first_number(_GROUP_LIMITS)
    if limit is None or limit >= 2**60:
        return None
    return max(0, limit - (_first_number(_GROUP_USES) or 0))


def _first_number(paths: tuple[str, ...]) -> int | None:
    for path in paths:
        try:
            return int(Path(path).read_text())
        except (OSError, ValueError):
            continue
    return None
