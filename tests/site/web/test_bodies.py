"""How much one request may send, before anybody knows who sends it."""

from __future__ import annotations

from asgiref.sync import async_to_sync

from seodang.site.web.bodies import FILES_OF_ONE_FORM, FORM_BYTES, STRANGERS_BYTES, BodyLimit

MIB = 1024 * 1024


def ask(*, pieces: int, headers: dict[str, str] | None = None, path: str = "/join/") -> tuple[int, bytes, int]:
    """(status, body, MiB that the application was given) of a request of so many MiB."""
    taken = 0

    async def site(scope, receive, send) -> None:
        nonlocal taken
        while (message := await receive())["type"] == "http.request":
            taken += len(message["body"]) // MIB
            if not message["more_body"]:
                await send({"type": "http.response.start", "status": 200, "headers": []})
                await send({"type": "http.response.body", "body": b"fine"})
                return

    sent: list[dict] = []
    left = iter(range(pieces, 0, -1))

    async def receive() -> dict:
        return {"type": "http.request", "body": bytes(MIB), "more_body": next(left) > 1}

    async def send(message: dict) -> None:
        sent.append(message)

    lines = [(name.lower().encode(), value.encode()) for name, value in (headers or {}).items()]
    scope = {"type": "http", "method": "POST", "path": path, "headers": lines, "query_string": b""}
    async_to_sync(BodyLimit(site, upload_bytes=2 * MIB))(scope, receive, send)
    return sent[0]["status"], sent[-1]["body"], taken


def test_small_body_of_a_stranger_is_taken():
    assert ask(pieces=3) == (200, b"fine", 3)


def test_large_body_of_a_stranger_is_cut_off():
    status, body, taken = ask(pieces=50)
    assert (status, taken) == (413, STRANGERS_BYTES // MIB)
    assert b"larger than this site takes" in body


def test_body_that_says_it_is_large_is_not_read_at_all():
    status, body, taken = ask(pieces=50, headers={"Content-Length": str(50 * MIB)}, path="/api/v1/me")
    assert (status, taken) == (413, 0)
    assert b'"too_large"' in body


def test_who_shows_a_session_or_a_token_may_send_the_files_of_one_form():
    most = (FILES_OF_ONE_FORM * 2 * MIB + FORM_BYTES) // MIB
    for headers in ({"Cookie": "theme=dark; sessionid=abc"}, {"Authorization": "Bearer sd_x"}):
        assert ask(pieces=most, headers=headers)[0] == 200
        assert ask(pieces=most + 1, headers=headers)[0] == 413
