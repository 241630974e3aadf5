"""Reading /proc: which processes belong to a child, what they use, whether they are stopped.

A confined child cannot leave its process group (the filter refuses `setsid` and `setpgid`), so its processes are
those of its group. Under sandbox `none` they are its descendants.

Memory is what belongs to the child alone. Pages that it shares with the zygote it forked from are not its own, so
there are two readings: the cheap upper bound (RssAnon + RssShmem of every process), and, only where the bound
exceeds the limit, the proportional one (Pss_Anon + Pss_Shmem) less its share of what the zygote brought. That one
is slow: it is taken twice a second, and at once where new memory and page faults together say that the child may
have come near its limit. A third looks for anonymous shared mappings, whose pages stay although no process has them
resident (MADV_DONTNEED); it is slow too, so it is asked only once the machine's shared memory as a whole has grown.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True)
class Process:
    pid: int
    parent: int
    group: int
    state: str
    cpu_seconds: float
    faults: int  # pages that it asked the kernel for, or asked to change

    @property
    def ended(self) -> bool:
        return self.state in "ZX"

    @property
    def stopped(self) -> bool:
        return self.state in "TtZX"


def processes() -> dict[int, Process]:
    found = {}
    for name in os.listdir("/proc"):  # noqa: PTH208 - twenty times a second
        if name.isdigit():
            process = _process(int(name))
            if process is not None:
                found[process.pid] = process
    return found


def _content(path: str) -> bytes:
    """What the kernel says there, in one read; nothing where the process is gone."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return b""
    try:
        return os.read(descriptor, 1 << 16)
    except OSError:
        return b""
    finally:
        os.close(descriptor)


def _process(pid: int) -> Process | None:
    text = _content(f"/proc/{pid}/stat")
    if not text:
        return None
    fields = text[text.rindex(b")") + 2 :].split()  # the name before it may hold anything
    ticks = sum(int(fields[index]) for index in (11, 12, 13, 14))  # its own and those of children it waited for
    return Process(pid, int(fields[1]), int(fields[2]), fields[0].decode(), ticks / _TICKS, int(fields[7]))


def of_group(table: Mapping[int, Process], group: int) -> list[Process]:
    return [process for process in table.values() if process.group == group]


def descendants(table: Mapping[int, Process], root: int) -> list[Process]:
    """`root` and all that came of it."""
    children: dict[int, list[Process]] = {}
    for process in table.values():
        children.setdefault(process.parent, []).append(process)
    found = [table[root]] if root in table else []
    for process in found:
        found.extend(children.get(process.pid, ()))
    return found


def _fields(path: str, wanted: Iterable[bytes]) -> dict[bytes, int]:
    """Values in bytes of lines such as `RssAnon:  123 kB`."""
    text = b"\n" + _content(path)
    found = {}
    for name in wanted:
        _before, _name, after = text.partition(b"\n" + name + b":")
        found[name] = int(after.split(None, 1)[0]) * 1024 if after else 0
    return found


def memory_bound(pid: int) -> int:
    """Bytes that are not backed by a file, shared or not: never less than what is its own."""
    return sum(_fields(f"/proc/{pid}/status", (b"RssAnon", b"RssShmem")).values())


def memory_share(pid: int) -> int:
    """Bytes not backed by a file, each page divided among the processes that hold it; slower by far."""
    return sum(_fields(f"/proc/{pid}/smaps_rollup", (b"Pss_Anon", b"Pss_Shmem")).values()) or memory_bound(pid)


def shared_memory_of_machine() -> int:
    return sum(_fields("/proc/meminfo", (b"Shmem",)).values())


def hidden_bound(pids: Iterable[int]) -> int:
    """Bytes of anonymous shared mappings that may be held and are not resident in any of these processes."""
    sizes: dict[bytes, int] = {}
    resident = 0
    for pid in pids:
        resident += sum(_fields(f"/proc/{pid}/status", (b"RssShmem",)).values())
        try:
            with Path(f"/proc/{pid}/maps").open("rb") as file:
                for line in file:
                    if line.endswith(b"/dev/zero (deleted)\n"):
                        addresses, _modes, _offset, _device, inode = line.split(maxsplit=5)[:5]
                        begin, end = addresses.split(b"-")
                        sizes[inode] = max(sizes.get(inode, 0), int(end, 16) - int(begin, 16))
        except OSError:
            continue
    return max(0, sum(sizes.values()) - resident)


def anonymous_mappings() -> list[tuple[int, int]]:
    """Addresses of this process's private memory that no file stands behind, stacks aside."""
    found = []
    with Path("/proc/self/maps").open("rb") as file:
        for line in file:
            addresses, modes, _offset, _device, inode, *name = line.split(maxsplit=5)
            if modes == b"rw-p" and inode == b"0" and (not name or name[0].startswith((b"[heap]", b"[anon"))):
                begin, _dash, end = addresses.partition(b"-")
                found.append((int(begin, 16), int(end, 16)))
    return found


def inner_pid(pid: int) -> int:
    """Its number inside the innermost process namespace that it lives in; 0 when it is gone."""
    _before, _name, after = _content(f"/proc/{pid}/status").partition(b"\nNSpid:")
    return int(after.partition(b"\n")[0].split()[-1]) if after else 0


def threads_of_this_process() -> int:
    return sum(1 for _ in Path("/proc/self/task").iterdir())
