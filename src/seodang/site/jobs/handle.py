"""What a task holds while it runs: its job, to tell how far it is and to ask whether it is still its own."""

from __future__ import annotations

import time

from seodang.site.jobs import live, services
from seodang.site.jobs.models import Job

PROGRESS_SECONDS = 0.5


class JobHandle:
    """Passed to every task as `job`."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._last_written = float("-inf")

    @property
    def id(self) -> int:
        return self._job.pk

    @property
    def attempt(self) -> int:
        """1 for the first."""
        return self._job.attempts

    def progress(self, done: int, total: int, text: str = "", *, topic: str = "") -> None:
        """Tell how far the work is; call it as often as you like, it is written at most twice a second.

        Listeners of `job:<id>`, and of `topic` if given, hear of it once the surrounding transaction commits, so
        call it outside of one.

        Raises:
            LeaseLost: another worker may have the job by now, so this one should stop.
        """
        now = time.monotonic()
        if now - self._last_written < PROGRESS_SECONDS and done < total:
            return
        self._last_written = now
        services.record_progress(self._job, {"done": done, "total": total, "text": text})
        live.announce(self._job.topic)
        if topic:
            live.announce(topic)

    def still_mine(self) -> bool:
        """Ask inside the transaction that writes the result: true promises that no other worker has the job."""
        return services.still_holds(self._job)
