"""How many requests one web process works on at the same time, and on which threads.

Under ASGI Django makes a thread for every request, and each thread a database connection; a class of a thousand
that enters at once would open a thousand of both. Here a request takes one of a few lanes (a thread that stays,
with the connection that it keeps) or waits in line for one. Its body was read before and its answer is sent after,
so a slow client or an open event stream holds no lane.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager

from asgiref.sync import ThreadSensitiveContext, sync_to_async
from django.db import close_old_connections


class Lanes:
    """A fixed number of threads; the most recently used goes first, so that few stay warm when little is asked."""

    def __init__(self, count: int) -> None:
        self._free = [ThreadPoolExecutor(1, thread_name_prefix=f"lane-{number}") for number in range(count)]
        self._places = asyncio.Semaphore(count)

    @asynccontextmanager
    async def one(self) -> AsyncIterator[None]:
        """What is thread-sensitive inside runs on one lane, which is this request's alone."""
        async with self._places:
            executor = self._free.pop()
            try:
                async with ThreadSensitiveContext(executor=executor):
                    # Django does this when a request starts, but on a thread that is not the lane's.
                    await sync_to_async(close_old_connections)()
                    yield
            finally:
                self._free.append(executor)


# Set by `asgi`, so that only a real server has lanes; under a test's client requests run on the test's thread.
lanes: Lanes | None = None
