"""Event streams: what a page that stays open hears."""

from __future__ import annotations

import asyncio
import os
import sys
from datetime import timedelta

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.models import AnonymousUser
from django.db import connections, transaction
from django.test import RequestFactory
from django.utils import timezone
from tests.site.processes import database_url

from seodang.site.jobs import live
from seodang.site.jobs.models import Announcement

LONG_AGO = timedelta(minutes=5)


class Page:
    """A page with an open stream; `events` holds the ids of the changes it heard of."""

    def __init__(self, topic: str, *, last_seen: str = "", user=None) -> None:
        request = RequestFactory().get("/live/", headers={"Last-Event-ID": last_seen} if last_seen else {})
        request.user = user or AnonymousUser()
        self.response = live.event_stream(request, topic)
        self.text = ""

    async def __aenter__(self) -> Page:
        self._reading = asyncio.create_task(self._read())
        await self.until(lambda: ": listening" in self.text)
        await live.hub().ready()
        return self

    async def __aexit__(self, *_exc: object) -> None:
        self._reading.cancel()
        await asyncio.gather(self._reading, return_exceptions=True)

    async def _read(self) -> None:
        async for part in self.response:
            self.text += part.decode()

    @property
    def events(self) -> list[str]:
        return [line.removeprefix("id: ") for line in self.text.splitlines() if line.startswith("id: ")]

    @property
    def is_over(self) -> bool:
        return self._reading.done()

    async def until(self, holds, seconds: float = 20) -> None:
        async with asyncio.timeout(seconds):
            while not holds():
                await asyncio.sleep(0.02)


@pytest.fixture
async def in_thread(transactional_db):
    """`await in_thread(function, …)`: database work of an async test."""

    async def call(function, *arguments, **options):
        return await sync_to_async(function)(*arguments, **options)

    yield call
    await sync_to_async(connections.close_all)()


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(live, "POLL_SECONDS", 0.05)
    monkeypatch.setattr(live, "REST_SECONDS", 0.1)


def older(topic: str) -> Announcement:
    return Announcement.objects.create(topic=topic, created_at=timezone.now() - LONG_AGO)


async def test_page_hears_of_a_change_and_of_no_other_topic(in_thread):
    async with Page("board:1") as ours, Page("board:2") as other:
        await in_thread(live.announce, "board:1")
        await ours.until(lambda: ours.events)
        assert "event: change" in ours.text
        await asyncio.sleep(0.3)
        assert other.events == []


async def test_page_hears_of_an_announcement_of_another_process(in_thread):
    program = "import django; django.setup(); from seodang.site.jobs.live import announce; announce('board:1')"
    environment = {**os.environ, "DATABASE_URL": await in_thread(database_url)}
    async with Page("board:1") as page:
        process = await asyncio.create_subprocess_exec(sys.executable, "-c", program, env=environment)
        assert await process.wait() == 0
        await page.until(lambda: page.events)


async def test_change_that_is_rolled_back_is_not_heard(in_thread):
    def change_and_fail() -> None:
        with transaction.atomic():
            live.announce("board:1")
            transaction.set_rollback(True)

    async with Page("board:1") as page:
        await in_thread(change_and_fail)
        await asyncio.sleep(0.3)
        assert page.events == []


async def test_burst_of_changes_becomes_few_events(in_thread):
    def burst() -> None:
        for _ in range(60):
            live.announce("board:1")

    async with Page("board:1") as page:
        await in_thread(burst)
        await page.until(lambda: page.events)
        await asyncio.sleep(0.5)
        assert 1 <= len(page.events) < 20


async def test_page_that_comes_back_hears_at_once_of_what_it_missed(in_thread):
    seen = await in_thread(older, "board:1")
    await in_thread(older, "board:1")
    async with Page("board:1", last_seen=str(seen.pk)) as page:
        await page.until(lambda: page.events)


async def test_page_that_comes_back_and_missed_nothing_hears_nothing(in_thread):
    await in_thread(older, "board:1")
    seen = await in_thread(older, "board:1")
    await in_thread(live.announce, "board:2")
    async with Page("board:1", last_seen=str(seen.pk)) as page:
        await asyncio.sleep(0.3)
        assert page.events == []


async def test_page_that_loaded_just_before_a_change_hears_of_it(in_thread):
    await in_thread(live.announce, "board:1")
    async with Page("board:1") as page:
        await page.until(lambda: page.events)


@pytest.mark.parametrize("nonsense", ["-1", "abc", "9" * 30, "１２"])
async def test_nonsense_as_last_event_is_ignored(in_thread, nonsense):
    async with Page("board:1", last_seen=nonsense) as page:
        await asyncio.sleep(0.2)
        assert page.events == []


async def test_idle_stream_is_kept_alive(in_thread, monkeypatch):
    monkeypatch.setattr(live, "KEEP_ALIVE_SECONDS", 0.05)
    async with Page("board:1") as page:
        await page.until(lambda: page.text.count(": still here") > 1)
        assert page.events == []


async def test_page_that_leaves_is_forgotten_and_the_poller_rests(in_thread):
    async with Page("board:1"):
        assert len(live.hub().listeners) == 1
    assert live.hub().listeners == set()
    async with asyncio.timeout(10):
        await live.hub()._poller


async def test_streams_end_when_the_process_stops(in_thread):
    async with Page("board:1") as page:
        live.close_all()
        await page.until(lambda: page.is_over)


async def test_poller_survives_a_database_that_does_not_answer(in_thread, monkeypatch):
    from django.db import OperationalError

    async with Page("board:1") as page:
        reader = live.hub().reader
        real, failures = reader.read, []

        def fail_twice(now: float):
            if len(failures) < 2:
                failures.append(now)
                raise OperationalError("gone")
            return real(now)

        monkeypatch.setattr(reader, "read", fail_twice)
        await page.until(lambda: len(failures) == 2)
        await in_thread(live.announce, "board:1")
        await page.until(lambda: page.events)


async def test_too_many_streams_are_refused_politely(in_thread, settings):
    settings.LIVE_STREAMS_PER_PROCESS = 1
    async with Page("board:1"):
        refused = Page("board:1").response
        assert refused.status_code == 503
        assert int(refused["Retry-After"]) > 0


async def test_one_person_cannot_take_all_streams(in_thread, monkeypatch):
    class Person:
        pk = 7

    monkeypatch.setattr(live, "STREAMS_PER_PERSON", 1)
    async with Page("board:1", user=Person()):
        assert Page("board:1", user=Person()).response.status_code == 503
        assert Page("board:1").response.status_code == 200


def test_response_is_not_buffered_or_kept_by_anything_between(db):
    response = Page("board:1").response
    assert response["Content-Type"].startswith("text/event-stream")
    assert response["X-Accel-Buffering"] == "no"
    assert response["Cache-Control"] == "no-store"


# --- numbers that become visible out of order --------------------------------------------------------------


def test_number_that_commits_late_is_still_read(db):
    reader = live.Reader()
    reader.start(0)
    base = reader.highest
    Announcement.objects.create(pk=base + 3, topic="later number, earlier commit")
    assert [topic for _number, topic in reader.read(1)] == ["later number, earlier commit"]
    assert reader.complete_up_to == base
    Announcement.objects.create(pk=base + 1, topic="earlier number, later commit")
    assert [topic for _number, topic in reader.read(2)] == ["earlier number, later commit"]
    assert reader.complete_up_to == base + 1
    assert reader.read(3) == []


def test_number_under_way_when_the_poller_starts_is_read(db):
    Announcement.objects.create(pk=1000, topic="a")
    Announcement.objects.create(pk=1002, topic="b")
    reader = live.Reader()
    reader.start(0)
    Announcement.objects.create(pk=1001, topic="late")
    assert [topic for _number, topic in reader.read(1)] == ["late"]


def test_number_that_never_comes_is_given_up(db):
    reader = live.Reader()
    reader.start(0)
    Announcement.objects.create(pk=reader.highest + 2, topic="after a gap")
    reader.read(1)
    assert reader.gaps
    reader.read(1 + live.GAP_SECONDS)
    assert not reader.gaps
    assert reader.complete_up_to == reader.highest
