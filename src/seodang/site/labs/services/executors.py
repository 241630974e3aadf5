"""The one executor of a worker process: warm parents that have imported the labs' packages, kept between jobs.

Only workers call this, and only inside a task, so that what it starts belongs to the worker and not to the keeper
that forks workers. It is closed when the worker ends and when nothing was marked for some minutes; the executor
itself keeps only the few sets of packages that were used last. A refusal (no sandbox holds) is kept for some
seconds, so that a queue of three hundred does not make the sandbox attack itself three hundred times.
"""

from __future__ import annotations

import logging
import os
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings

from seodang.run.errors import SandboxUnavailable

if TYPE_CHECKING:
    from seodang.grade.execute import Executor

log = logging.getLogger(__name__)
IDLE_SECONDS = 300.0
REFUSED_SECONDS = 20.0


@dataclass
class _Kept:
    executor: Executor | None = None
    pid: int = 0
    used_at: float = 0.0
    refusal: SandboxUnavailable | None = None
    refused_at: float = 0.0


_kept = _Kept()


def executor() -> Executor:
    """The worker's executor, made when it is first needed.

    Raises:
        SandboxUnavailable: naming the limit that does not hold.
    """
    now = time.monotonic()
    if _kept.refusal is not None and now - _kept.refused_at < REFUSED_SECONDS:
        raise _kept.refusal
    if _kept.executor is None or _kept.pid != os.getpid():
        _kept.executor, _kept.pid = _made(), os.getpid()
    _kept.used_at = now
    return _kept.executor


def _made() -> Executor:
    from seodang.grade.execute import Executor
    from seodang.run.sandboxes import choose

    made = Executor(sandbox=choose(settings.SANDBOX or None), workers=1)
    made.check()
    _kept.refusal = None
    return made


def refuse(error: SandboxUnavailable) -> None:
    """Keep a refusal for some seconds, and nothing that was made before it."""
    if error is not _kept.refusal:
        close()
        _kept.refusal, _kept.refused_at = error, time.monotonic()


def close() -> None:
    """End the warm parents. A process that inherited them by a fork leaves them alone."""
    found, _kept.executor = _kept.executor, None
    if found is not None and _kept.pid == os.getpid():
        found.close()


def close_if_idle() -> None:
    if _kept.executor is not None and time.monotonic() - _kept.used_at > IDLE_SECONDS:
        log.info("nothing was marked for a while; the warm parents make room")
        close()
