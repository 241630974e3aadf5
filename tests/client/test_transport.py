"""Lost connections, troubled sites, damaged downloads: what is tried again, and what is said at last."""

from __future__ import annotations

import hashlib
import json

import httpx
import pytest

from seodang.client import Damaged, ServerFault, Unreachable
from seodang.client import downloads as downloads_module
from seodang.client.models import File
from seodang.client.transport import Transport

URL = "https://seodang.test"


class Road(httpx.BaseTransport):
    """A way to a site on which each request meets the next thing of a list."""

    def __init__(self, *things) -> None:
        self.things = list(things)
        self.requests: list[httpx.Request] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        request.read()
        thing = self.things.pop(0)
        if isinstance(thing, Exception):
            raise thing
        status, body = thing
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return httpx.Response(status, content=content)


def transport(*things) -> tuple[Transport, Road, list[float]]:
    road, pauses = Road(*things), []
    return Transport(URL, "sd_x", http=road, sleep=pauses.append), road, pauses


def test_a_lost_connection_is_tried_again_with_growing_pauses():
    speak, _road, pauses = transport(httpx.ReadError("gone"), httpx.ConnectError("gone"), (200, {"a": 1}))
    assert speak.get("/me") == {"a": 1}
    assert pauses == [0.5, 1.0]


def test_a_troubled_site_is_asked_again_and_then_named():
    speak, road, _pauses = transport(*[(503, b"busy")] * 4)
    with pytest.raises(ServerFault):
        speak.get("/me")
    assert len(road.requests) == 4


def test_an_entry_is_never_sent_twice_once_it_may_have_arrived():
    speak, road, _pauses = transport(httpx.ReadError("gone"), (201, {}))
    with pytest.raises(Unreachable):
        speak.call("POST", "/entries")
    assert len(road.requests) == 1


def test_an_entry_is_sent_again_when_no_connection_was_made():
    speak, road, _pauses = transport(httpx.ConnectError("refused"), (201, {"ordinal": 1}))
    assert speak.call("POST", "/entries", files=lambda: {"file": ("a.csv", b"x")}) == {"ordinal": 1}
    assert b"a.csv" in road.requests[1].content


def test_a_page_that_is_no_site_is_named():
    speak, _road, _pauses = transport((200, b"<html>log in to the hotel</html>"))
    with pytest.raises(ServerFault, match=r"seodang\.test"):
        speak.get("/me")


def test_the_token_goes_in_a_header_and_nowhere_else():
    speak, road, _pauses = transport((200, {}))
    speak.get("/me", limit=1)
    assert road.requests[0].headers["Authorization"] == "Bearer sd_x"
    assert "sd_x" not in str(road.requests[0].url)


def file_of(content: bytes, name: str = "train.csv") -> File:
    return File(name, "train", len(content), hashlib.sha256(content).hexdigest())


def test_a_damaged_download_is_fetched_once_more_and_leaves_nothing_behind(tmp_path):
    speak, _road, _pauses = transport((200, b"bad"), (200, b"good"))
    path = downloads_module.fetch(speak, "/f", file_of(b"good"), tmp_path)
    assert path.read_bytes() == b"good"
    speak, _road, _pauses = transport((200, b"bad"), (200, b"bad"))
    with pytest.raises(Damaged):
        downloads_module.fetch(speak, "/f", file_of(b"other", "b.csv"), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["train.csv"]


def test_a_download_that_breaks_off_is_begun_again(tmp_path):
    speak, _road, pauses = transport(httpx.ReadError("gone"), (200, b"good"))
    assert downloads_module.fetch(speak, "/f", file_of(b"good"), tmp_path).read_bytes() == b"good"
    assert pauses == [0.5]


def test_a_name_from_the_site_never_leads_out_of_the_folder(tmp_path):
    speak, _road, _pauses = transport((200, b"good"))
    path = downloads_module.fetch(speak, "/f", file_of(b"good", "../../evil.csv"), tmp_path / "data")
    assert path == tmp_path / "data" / "evil.csv"
