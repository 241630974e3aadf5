"""RunSpec, Limits and RunResult: what a run is told, what it may use, and what came of it.

All three are plain data (pydantic), so that they travel as JSON to another process or machine.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

MEBIBYTE = 1024 * 1024
Positive = Annotated[float, Field(gt=0)]


class Limits(BaseModel):
    """What one run may use, together with every process it starts.

    memory_bytes: resident memory of all its processes beyond what it began with (shared pages of a forked parent
        are not its own).
    processes: processes and threads alive at once.
    open_files: descriptors per process.
    file_bytes: the largest file it may write.
    disk_bytes: all files it may hold in its private /tmp and its working directory together.
    output_bytes: what is kept of its standard output and error; the rest is thrown away and said.
    cpu_seconds: processor time of all its processes together.
    wall_seconds: from start to end, whatever it does.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    memory_bytes: int = Field(default=2048 * MEBIBYTE, ge=16 * MEBIBYTE)
    processes: int = Field(default=64, ge=1)
    open_files: int = Field(default=256, ge=16)
    file_bytes: int = Field(default=256 * MEBIBYTE, ge=0)
    disk_bytes: int = Field(default=512 * MEBIBYTE, ge=MEBIBYTE)
    output_bytes: int = Field(default=2 * MEBIBYTE, ge=1024)
    cpu_seconds: Positive = 300.0
    wall_seconds: Positive = 300.0


class RunSpec(BaseModel):
    """One run: what is executed, on which image, with which files, under which limits.

    command: argv; the first is looked up on the PATH of the sandbox.
    image: name of the environment; "local" is the Python environment that Seodang itself runs in.
    inputs: name in the run's working directory → file or folder on this machine, shown read-only.
    environment: variables it sees, beside a minimal PATH, HOME, LANG; nothing of the caller's is inherited.
    artifacts: names (globs) in the working directory that are given back, opened without following links.
    network: false leaves it without any interface.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    command: tuple[str, ...] = Field(min_length=1)
    image: str = "local"
    inputs: dict[str, Path] = Field(default_factory=dict)
    environment: dict[str, str] = Field(default_factory=dict)
    limits: Limits = Limits()
    artifacts: tuple[str, ...] = ()
    network: bool = False


class RunStatus(StrEnum):
    DONE = "done"  # it ended by itself; see exit_code
    STOPPED = "stopped"  # someone stopped it
    WALL_TIME = "wall_time"
    CPU_TIME = "cpu_time"
    MEMORY = "memory"
    CRASHED = "crashed"  # ended by a signal that no limit sent


class Artifact(BaseModel):
    """A declared file of the run, copied out. `path` is where it lies now."""

    model_config = ConfigDict(frozen=True)

    name: str
    path: Path
    size_bytes: int


class RunResult(BaseModel):
    """What came of a run. `reason` is a sentence for people where `status` is not DONE."""

    model_config = ConfigDict(frozen=True)

    status: RunStatus
    exit_code: int | None = None
    signal: int | None = None
    stdout: bytes = b""
    stderr: bytes = b""
    output_cut: bool = False
    wall_seconds: float = 0.0
    cpu_seconds: float = 0.0
    memory_peak_bytes: int = 0
    artifacts: tuple[Artifact, ...] = ()
    reason: str = ""
