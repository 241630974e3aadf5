"""“Something changed”: announced in the transaction that changed it, heard by every open page.

An announcement is a row, so it exists exactly when the change does, whichever process wrote it. One poller per web
process reads new rows a few times a second, and only while somebody listens; idle event streams hold neither a
thread nor a database connection.

Does not carry what changed: a page that hears of its topic asks for itself again, under its own permissions.
Whoever calls `event_stream` has checked that this person may see the topic.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import timedelta
from weakref import WeakKeyDictionary

from asgiref.sync import SyncToAsync, sync_to_async
from django.conf import settings
from django.db import DatabaseError, connections
from django.db.models import Max, Q
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from seodang.site.jobs.models import Announcement

log = logging.getLogger(__name__)

POLL_SECONDS = 0.4
KEEP_ALIVE_SECONDS = 15.0
REST_SECONDS = 0.5  # between two events to one listener: a burst of changes becomes one
STREAMS_PER_PERSON = 20
JUST_NOW = timedelta(seconds=15)
MAX_GAPS = 500
GAP_SECONDS = 300.0


def announce(topic: str) -> None:
    """Tell the listeners of a topic, once the surrounding transaction commits."""
    Announcement.objects.create(topic=topic)


# --- reading what was announced ----------------------------------------------------------------------------


class Reader:
    """Reads announcements in the order in which they become visible.

    On PostgreSQL a number is given when a row is written and the row is seen when its transaction commits, so 8 can
    become visible before 7. Numbers that were passed over are remembered and asked for again until they appear
    or are too old (their transaction was rolled back).
    """

    def __init__(self) -> None:
        self.highest = 0
        self.gaps: dict[int, float] = {}  # number → when it was first missed

    def start(self, now: float) -> None:
        """Begin with what is there; the last few numbers may still be on their way."""
        self.highest = Announcement.objects.aggregate(highest=Max("pk"))["highest"] or 0
        first = max(1, self.highest - 100)
        present = set(Announcement.objects.filter(pk__gte=first).values_list("pk", flat=True))
        self.gaps = {number: now for number in range(first, self.highest) if number not in present}

    def read(self, now: float) -> list[tuple[int, str]]:
        """What has become visible since the last call: (number, topic)."""
        news = Q(pk__gt=self.highest)
        if self.gaps:
            news |= Q(pk__in=list(self.gaps))
        rows = list(Announcement.objects.filter(news).order_by("pk").values_list("pk", "topic"))
        for number, _topic in rows:
            if number > self.highest:
                for missed in range(max(self.highest + 1, number - MAX_GAPS), number):
                    self.gaps[missed] = now
                self.highest = number
            self.gaps.pop(number, None)
        self.gaps = {
            number: since for number, since in list(self.gaps.items())[-MAX_GAPS:] if now - since < GAP_SECONDS
        }
        return rows

    @property
    def complete_up_to(self) -> int:
        """Every number up to this one was read; what a page remembers as its last event."""
        return min(self.gaps) - 1 if self.gaps else self.highest


def missed(topic: str, last_seen: int | None) -> bool:
    """Whether the topic was announced since a page last looked: after `last_seen`, or within the last moments,
    which a page that just loaded may have been too early for."""
    found = Announcement.objects.filter(topic=topic)
    if last_seen is not None:
        return found.filter(pk__gt=last_seen).exists()
    return found.filter(created_at__gte=timezone.now() - JUST_NOW).exists()


# --- handing it to listeners -------------------------------------------------------------------------------


class Listener:
    """One open event stream. However many changes come, what waits for it is one bit."""

    def __init__(self, topic: str, person: object) -> None:
        self.topic = topic
        self.person = person
        self.woken = asyncio.Event()


class Hub:
    """The listeners of one process, and the one poller that serves them."""

    def __init__(self) -> None:
        self.listeners: set[Listener] = set()
        self.closing = False
        self.reader = Reader()
        self._poller: asyncio.Task[None] | None = None
        self._ready = asyncio.Event()

    @contextmanager
    def listening(self, topic: str, person: object) -> Iterator[Listener]:
        listener = Listener(topic, person)
        self.listeners.add(listener)
        if self._poller is None or self._poller.done():
            self._ready.clear()
            self._poller = asyncio.create_task(self._poll(), name="live announcements")
        try:
            yield listener
        finally:
            self.listeners.discard(listener)

    async def ready(self) -> None:
        """Wait until the poller knows where it begins, so that nothing falls between it and the first look."""
        await self._ready.wait()

    def close(self) -> None:
        """End every stream; browsers come back by themselves."""
        self.closing = True
        for listener in self.listeners:
            listener.woken.set()

    async def _poll(self) -> None:
        loop = asyncio.get_running_loop()
        started = False
        while self.listeners and not self.closing:
            try:
                if started:
                    self._wake(await _in_thread(self.reader.read, loop.time()))
                else:
                    await _in_thread(self.reader.start, loop.time())
                    started = True
                    self._ready.set()
                await asyncio.sleep(POLL_SECONDS)
            except DatabaseError as error:
                log.warning("could not read announcements; trying again", extra={"error": str(error).strip()})
                await asyncio.sleep(5 * POLL_SECONDS)

    def _wake(self, rows: list[tuple[int, str]]) -> None:
        topics = {topic for _number, topic in rows}
        if not topics:
            return
        for listener in self.listeners:
            if listener.topic in topics:
                listener.woken.set()


_hubs: WeakKeyDictionary[asyncio.AbstractEventLoop, Hub] = WeakKeyDictionary()


def hub() -> Hub:
    """The hub of the running event loop."""
    loop = asyncio.get_running_loop()
    if loop not in _hubs:
        _hubs[loop] = Hub()
    return _hubs[loop]


def close_all() -> None:
    """End the event streams of this process's loop, at shutdown."""
    hub().close()


# --- the response ------------------------------------------------------------------------------------------


def event_stream(request: HttpRequest, topic: str) -> HttpResponseBase:
    """`text/event-stream` of events named “change” for one topic; 503 where too many are open already.

    An event's id is the number of the announcement up to which the page has heard everything; a browser that
    reconnects names it in Last-Event-ID and hears at once of what it missed.
    """
    person = getattr(getattr(request, "user", None), "pk", None)
    if _too_many(person):
        response = HttpResponse(
            _("Too many pages are listening for changes. Reload this one to see what is new."),
            status=503,
            content_type="text/plain; charset=utf-8",
        )
        response["Retry-After"] = "30"
        return response
    response = StreamingHttpResponse(
        _events(topic, person, _last_seen(request)), content_type="text/event-stream; charset=utf-8"
    )
    response["Cache-Control"] = "no-store"
    response["X-Accel-Buffering"] = "no"
    return response


def _too_many(person: object) -> bool:
    listeners = [listener for found in list(_hubs.values()) for listener in list(found.listeners)]
    if len(listeners) >= settings.LIVE_STREAMS_PER_PROCESS:
        return True
    return person is not None and sum(1 for one in listeners if one.person == person) >= STREAMS_PER_PERSON


def _last_seen(request: HttpRequest) -> int | None:
    given = request.headers.get("Last-Event-ID", "")
    return int(given) if given.isascii() and given.isdigit() and len(given) < 19 else None


async def _events(topic: str, person: object, last_seen: int | None) -> AsyncIterator[str]:
    await _let_go_of_request_thread()
    here = hub()
    if here.closing:
        return
    with here.listening(topic, person) as listener:
        # Spread over a few seconds, so that a restart is not followed by everybody at once.
        yield f"retry: {random.randint(1500, 4500)}\n: listening\n\n"  # noqa: S311 - spreading load
        await here.ready()
        if await _in_thread(missed, topic, last_seen):
            listener.woken.set()
        while True:
            try:
                await asyncio.wait_for(listener.woken.wait(), KEEP_ALIVE_SECONDS)
            except TimeoutError:
                yield ": still here\n\n"
                continue
            if here.closing:
                return
            listener.woken.clear()
            number = here.reader.complete_up_to
            yield f"id: {number}\nevent: change\ndata: {number}\n\n"
            await asyncio.sleep(REST_SECONDS)


async def _in_thread(function, *arguments):
    """Run database work on a thread of the loop's pool and give its connection back at once."""

    def work():
        try:
            return function(*arguments)
        finally:
            _close_idle_connections()

    return await sync_to_async(work, thread_sensitive=False)()


async def _let_go_of_request_thread() -> None:
    """A stream lives for hours; the thread and connection that its request used are free from here on."""
    await sync_to_async(_close_idle_connections, thread_sensitive=True)()
    context = SyncToAsync.thread_sensitive_context.get(None)
    executor = SyncToAsync.context_to_thread_executor.pop(context, None) if context else None
    if executor is not None:
        executor.shutdown(wait=False)


def _close_idle_connections() -> None:
    for connection in connections.all(initialized_only=True):
        if not connection.in_atomic_block:
            connection.close()
