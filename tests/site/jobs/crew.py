"""Tasks for tests, and a worker process that knows them: `python crew.py NAME [--drain] [--lease SECONDS]`.

What a task did is left behind as rows of `Announcement`, which every process can count.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time

from django.db import transaction


def register() -> None:
    from seodang.site.jobs import registry
    from seodang.site.jobs.live import announce

    @registry.task("crew.note")
    def note(job, *, text: str) -> None:
        announce(f"begun:{text}")
        with transaction.atomic():
            if job.still_mine():
                announce(f"done:{text}")

    @registry.task("crew.slow")
    def slow(job, *, text: str, seconds: float) -> None:
        announce(f"begun:{text}")
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            time.sleep(0.02)
        with transaction.atomic():
            if job.still_mine():
                announce(f"done:{text}")

    @registry.task("crew.fail", max_attempts=2)
    def fail(job, *, text: str) -> None:
        raise RuntimeError(f"no luck with {text}")

    @registry.task("crew.poison", max_attempts=2)
    def poison(job) -> None:
        announce("poison")
        os.kill(os.getpid(), signal.SIGKILL)

    @registry.task("crew.endless", max_attempts=1, max_seconds=0.5)
    def endless(job) -> None:
        while True:
            time.sleep(0.05)

    @registry.task("crew.steps")
    def steps(job, *, total: int) -> None:
        for done in range(total + 1):
            job.progress(done, total, f"step {done}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("name")
    parser.add_argument("--drain", action="store_true")
    parser.add_argument("--lease", type=float, default=30.0)
    given = parser.parse_args()
    import django

    django.setup()
    from seodang.site.jobs.worker import Worker

    register()
    Worker(name=given.name, lease_seconds=given.lease).run(drain=given.drain)
    sys.exit(0)
