"""Tasks by name. Each app's `tasks` module registers its own; they are imported when first asked for.

    @task("competitions.score_entry", max_attempts=5)
    def score_entry(job: JobHandle, *, entry_id: int) -> None: ...

    @when_failed("competitions.score_entry")          # in the transaction that gives the job up
    def say_so(reason: str, *, entry_id: int) -> None: ...

    @periodic("competitions.open_private_boards", seconds=30)
    def open_private_boards(job: JobHandle) -> None: ...

    between_jobs(close_what_is_idle);  when_worker_ends(close_all)      for what a worker keeps from job to job

A task may run more than once (a worker can die after the work and before its last word), so it must be idempotent;
`job.still_mine()` inside the task's own transaction makes its effect happen once.
"""

from __future__ import annotations

import difflib
import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.module_loading import autodiscover_modules

from seodang.site.jobs.errors import JobError

Function = Callable[..., Any]
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Task:
    """A function that workers may call.

    max_attempts: how often it is begun at most, worker deaths included.
    max_seconds: a run that takes longer is ended together with its worker and counts as failed.
    every_seconds: set for periodic work; one row of it is always waiting or running.
    """

    name: str
    function: Function
    max_attempts: int = 5
    max_seconds: float = 1800
    priority: int = 0
    every_seconds: float | None = None


_tasks: dict[str, Task] = {}
_failure_hooks: dict[str, Function] = {}
_preloads: dict[str, None] = {}
_between_jobs: dict[Callable[[], None], None] = {}
_endings: dict[Callable[[], None], None] = {}
_loaded = False


def task(
    name: str,
    *,
    max_attempts: int = 5,
    max_seconds: float = 1800,
    priority: int = 0,
    preload: Sequence[str] = (),
) -> Callable[[Function], Function]:
    """Register the decorated function; it stays callable as it is.

    `preload` names modules that the function imports and that are slow to: a worker has them before its first job.
    """
    _preloads.update(dict.fromkeys(preload))

    def keep(function: Function) -> Function:
        _add(Task(name, function, max_attempts, max_seconds, priority))
        return function

    return keep


def periodic(name: str, seconds: float, *, max_seconds: float = 600) -> Callable[[Function], Function]:
    """Register work that is done again `seconds` after it last ended, by one worker at a time."""

    def keep(function: Function) -> Function:
        # Ahead of other jobs, so that a full queue does not keep a deadline from being noticed.
        _add(Task(name, function, 3, max_seconds, priority=5, every_seconds=seconds))
        return function

    return keep


def when_failed(name: str) -> Callable[[Function], Function]:
    """Register what to record when a job of this task is given up: called with `reason` and the job's arguments."""

    def keep(function: Function) -> Function:
        _failure_hooks[name] = function
        return function

    return keep


def between_jobs(function: Callable[[], None]) -> Callable[[], None]:
    """Register what each worker does about once a minute while it has no job at hand, on its main thread."""
    _between_jobs[function] = None
    return function


def when_worker_ends(function: Callable[[], None]) -> Callable[[], None]:
    """Register what a worker that ends in good order does last: it leaves by `os._exit`, which runs no `atexit`."""
    _endings[function] = None
    return function


def run_between_jobs() -> None:
    _run_all(_between_jobs)


def run_endings() -> None:
    _run_all(_endings)


def _run_all(functions: Iterable[Callable[[], None]]) -> None:
    for function in functions:
        try:
            function()
        except Exception:  # what one of them meets is no reason to leave out the others
            log.exception("a worker's housekeeping failed", extra={"function": function.__qualname__})


def _add(entry: Task) -> None:
    present = _tasks.get(entry.name)
    if present is not None and present.function.__qualname__ != entry.function.__qualname__:
        raise ValueError(f"two tasks are named {entry.name!r}: {present.function!r} and {entry.function!r}")
    _tasks[entry.name] = entry


def load() -> None:
    """Import every installed app's `tasks` module, once."""
    global _loaded
    if not _loaded:
        autodiscover_modules("tasks")
        _loaded = True


def preloads() -> list[str]:
    """The modules that tasks ask to be imported early."""
    return list(_preloads)


def get(name: str) -> Task:
    """The task of that name.

    Raises:
        JobError: no installed app registers it.
    """
    load()
    if name in _tasks:
        return _tasks[name]
    near = difflib.get_close_matches(name, _tasks, n=1, cutoff=0.5)
    raise JobError(
        "No task is registered as “%(name)s”.",
        hint="Did you mean “%(near)s”?" if near else "Known: %(known)s.",
        code="unknown_task",
        name=name,
        near=near[0] if near else "",
        known=", ".join(sorted(_tasks)),
    )


def failure_hook(name: str) -> Function | None:
    return _failure_hooks.get(name)


def periodic_tasks() -> list[Task]:
    load()
    return [entry for entry in _tasks.values() if entry.every_seconds is not None]
