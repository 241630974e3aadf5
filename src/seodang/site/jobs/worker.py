"""The loop of one worker process: claim, run, finish; and its pulse, which renews the lease meanwhile.

A task runs on the main thread. The pulse, a second thread with a connection of its own, says every few seconds that
the worker lives, holds the lease of the job at hand, and ends the process where a task overstays its limit or the
end of the process: a thread cannot be stopped from outside, a process can.

`run_due` runs jobs in the calling thread without any of that, for tests and for making the demo.
"""

from __future__ import annotations

import gc
import logging
import os
import secrets
import signal
import socket
import threading
import time
import traceback
from collections.abc import Callable
from contextlib import suppress

from django.db import DatabaseError, close_old_connections, connections

from seodang.site.jobs import live, registry, services
from seodang.site.jobs.errors import GiveUp, LeaseLost
from seodang.site.jobs.handle import JobHandle
from seodang.site.jobs.models import Job

log = logging.getLogger(__name__)

BUSY_SECONDS = 0.05
IDLE_SECONDS = 0.5
PULSE_SECONDS = 5.0
GRACE_SECONDS = 10.0
HOUSEKEEPING_SECONDS = 60.0
PURGE_SECONDS = 3600.0
MAX_JOBS = 5000
MAX_GROWTH_BYTES = 1024**3
LIST_TOPIC = "jobs"
OVERSTAYED, STOPPED_HARD = 75, 0


def make_name() -> str:
    """Host, process and a random word: no two workers ever share a name, so a name stands for one process."""
    return f"{socket.gethostname()[:40]}:{os.getpid()}:{secrets.token_hex(3)}"


def run_due(*, limit: int = 1000, worker: str = "here") -> int:
    """Run jobs that are due, one after the other, in this thread; the number that ran.

    What a task enqueues meanwhile is run too; what waits for a later time is left.
    """
    count = 0
    while count < limit and (job := services.claim(worker=worker)) is not None:
        run_job(job)
        count += 1
    return count


def run_job(job: Job) -> bool:
    """Run one claimed job and record how it ended; whether it ended well."""
    begun = time.monotonic()
    about = {"job": job.pk, "task": job.task, "attempt": job.attempts}
    try:
        registry.get(job.task).function(JobHandle(job), **job.arguments)
        services.finish(job)
    except LeaseLost:
        log.warning("lease lost; the answer was dropped", extra=about)
        return False
    except Exception as error:
        _record_failure(job, error, about)
        return False
    log.info("job done", extra={**about, "seconds": round(time.monotonic() - begun, 3)})
    return True


def _record_failure(job: Job, error: Exception, about: dict[str, object]) -> None:
    reason = str(error) if isinstance(error, GiveUp) else "".join(traceback.format_exception(error))
    try:
        given_up = services.fail(job, reason=reason, final=isinstance(error, GiveUp))
    except LeaseLost:
        log.warning("lease lost; the failure was dropped", extra=about)
        return
    if not given_up:
        log.warning(
            "job failed; it will be tried again", extra={**about, "error": f"{type(error).__name__}: {error}"}
        )


class Worker:
    """One worker process. `run` returns when it was told to stop, has nothing more to do, or should be replaced."""

    def __init__(self, *, name: str = "", lease_seconds: float = services.LEASE_SECONDS) -> None:
        self.name = name or make_name()
        self.lease_seconds = lease_seconds
        self.stopping_since: float | None = None
        self.job: Job | None = None
        self.job_since = 0.0
        self._ended = threading.Event()
        self._next_housekeeping = 0.0
        self._next_purge = time.monotonic() + 60.0
        self._list_changed = False
        self._list_announced = 0.0

    # --- the loop ------------------------------------------------------------------------------------------

    def run(self, *, drain: bool = False, limit: int = MAX_JOBS, ready: Callable[[], None] | None = None) -> int:
        """Work until told to stop.

        Args:
            drain: end when no job is due.
            limit: end after so many jobs.
            ready: called once the worker can take jobs.

        Returns:
            The number of jobs that ran.
        """
        registry.load()
        self._catch_signals()
        services.beat(self.name)
        pulse = threading.Thread(target=self._pulse, name="pulse", daemon=True)
        pulse.start()
        log.info("worker ready", extra={"worker": self.name})
        if ready is not None:
            ready()
        try:
            return self._loop(drain=drain, limit=limit)
        finally:
            registry.run_endings()
            self._ended.set()
            pulse.join(timeout=PULSE_SECONDS)
            self._say_goodbye()

    def _loop(self, *, drain: bool, limit: int) -> int:
        count, pause, base = 0, BUSY_SECONDS, resident_bytes()
        while self.stopping_since is None and count < limit:
            job = self._next_job()
            if job is None:
                if drain:
                    break
                self._tell_list()
                self._ended.wait(pause)
                pause = min(IDLE_SECONDS, pause * 1.3)
                continue
            self._work_on(job)
            count, pause = count + 1, BUSY_SECONDS
            if count % 20 == 0 and outgrown(base):
                log.info("worker has grown and makes room for a new one", extra={"worker": self.name})
                break
        return count

    def _next_job(self) -> Job | None:
        close_old_connections()
        try:
            self._keep_house()
            return services.claim(worker=self.name, lease_seconds=self.lease_seconds)
        except DatabaseError as error:
            log.warning("the database does not answer", extra={"error": str(error).strip()})
            self._ended.wait(2.0)
            return None

    def _work_on(self, job: Job) -> None:
        self.job_since, self.job = time.monotonic(), job
        self._list_changed = True
        try:
            self._tell_list()
            run_job(job)
        except DatabaseError as error:
            # The lease runs out and somebody begins the job again.
            log.warning("the job's end could not be recorded", extra={"job": job.pk, "error": str(error).strip()})
        finally:
            self.job = None
            self._list_changed = True

    def _keep_house(self) -> None:
        now = time.monotonic()
        if now >= self._next_housekeeping:
            self._next_housekeeping = now + HOUSEKEEPING_SECONDS
            services.plan_periodic()
            registry.run_between_jobs()
        if now >= self._next_purge:
            self._next_purge = now + PURGE_SECONDS
            services.purge()

    def _tell_list(self) -> None:
        """Let the page of jobs know, now and then rather than with every job."""
        now = time.monotonic()
        if self._list_changed and now - self._list_announced >= 1.0:
            self._list_announced, self._list_changed = now, False
            live.announce(LIST_TOPIC)

    # --- the pulse -----------------------------------------------------------------------------------------

    def _pulse(self) -> None:
        """Runs beside the task until the worker ends."""
        beat_at = time.monotonic() + PULSE_SECONDS
        renew_at = time.monotonic() + self.lease_seconds / 3
        while not self._ended.wait(0.2):
            now = time.monotonic()
            try:
                self._end_what_overstays(now)
                if now >= renew_at:
                    renew_at = now + self.lease_seconds / 3
                    self._renew()
                if now >= beat_at:
                    beat_at = now + PULSE_SECONDS
                    services.beat(self.name)
            except DatabaseError as error:
                log.warning("no sign of life could be written", extra={"error": str(error).strip()})
                close_old_connections()
        connections.close_all()

    def _renew(self) -> None:
        job = self.job
        if job is None:
            return
        try:
            services.renew(job, lease_seconds=self.lease_seconds)
        except LeaseLost:
            if self.job is job:  # else it ended between the two lines
                log.warning("lease lost while the task runs", extra={"job": job.pk, "task": job.task})

    def _end_what_overstays(self, now: float) -> None:
        job = self.job
        if job is None:
            return
        if self.stopping_since is not None and now - self.stopping_since > GRACE_SECONDS:
            with suppress(LeaseLost):
                services.release(job)
            self._exit_now(STOPPED_HARD, "stopped; the job was given back", job)
        seconds = registry.get(job.task).max_seconds
        if now - self.job_since > seconds:
            with suppress(LeaseLost):
                services.fail(job, reason=f"Took longer than its limit of {seconds:g} seconds.")
            self._exit_now(OVERSTAYED, "the job took too long; the worker ends with it", job)

    def _exit_now(self, status: int, message: str, job: Job) -> None:
        log.warning(message, extra={"job": job.pk, "task": job.task, "worker": self.name})
        services.stop_beating(self.name)
        os._exit(status)

    # --- stopping ------------------------------------------------------------------------------------------

    def stop(self) -> None:
        """Begin no more jobs, end the one at hand; a second call gives it back at once."""
        if self.stopping_since is None:
            self.stopping_since = time.monotonic()
        else:
            self.stopping_since = float("-inf")

    def _catch_signals(self) -> None:
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, lambda *_: self.stop())

    def _say_goodbye(self) -> None:
        try:
            services.stop_beating(self.name)
        except DatabaseError:
            log.warning("the worker could not sign off", extra={"worker": self.name})
        log.info("worker ended", extra={"worker": self.name})


def resident_bytes() -> int:
    """Memory that this process holds now; 0 where the system does not tell."""
    try:
        with open("/proc/self/statm") as file:  # noqa: PTH123 - read twenty times a minute, and never a path of ours
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        return 0


def outgrown(base: int) -> bool:
    if resident_bytes() - base <= MAX_GROWTH_BYTES:
        return False
    gc.collect()
    return resident_bytes() - base > MAX_GROWTH_BYTES
