"""What Z is told about one child, and what it tells about it: plain values that travel as JSON."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

WORKING_DIRECTORY = "/lab"


@dataclass(frozen=True)
class Plan:
    """One child: its limits (the fields of `spec.Limits`), environment and files (name, size in bytes)."""

    number: int
    memory_bytes: int
    processes: int
    open_files: int
    file_bytes: int
    disk_bytes: int
    cpu_seconds: float
    wall_seconds: float
    environment: dict[str, str]
    files: tuple[tuple[str, int], ...]
    channels: int
    label: str

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Plan:
        files = tuple((str(name), int(size)) for name, size in value["files"])
        return cls(**(value | {"files": files}))


@dataclass(frozen=True)
class ChildState:
    """How a child fares; the same fields once more, for good, when it has ended.

    over: the limit that ended it: "memory", "cpu", "wall", or None.
    memory_peak_bytes: resident memory of all its processes beyond what they inherited, at its highest (looked at
        about twenty times a second).
    cpu_seconds: of all its processes.
    processes: alive at the last look.
    """

    alive: bool = True
    exit_code: int | None = None
    signal: int | None = None
    over: str | None = None
    memory_peak_bytes: int = 0
    cpu_seconds: float = 0.0
    wall_seconds: float = 0.0
    processes: int = 0

    def as_json(self) -> dict[str, Any]:
        return asdict(self)
