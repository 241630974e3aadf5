"""Log lines: readable, with the request's id, and without what opens doors."""

from __future__ import annotations

import json
import logging

from django.test import RequestFactory

from seodang.site.config.logs import JsonFormatter, PlainFormatter, RequestId
from seodang.site.config.middleware import request_id, shown_path


def record(message: str, **extra: object) -> logging.LogRecord:
    made = logging.getLogger("seodang.site.jobs.worker").makeRecord(
        "seodang.site.jobs.worker", logging.INFO, "file.py", 1, message, (), None, extra=extra
    )
    RequestId().filter(made)
    return made


def test_plain_line_reads_clock_level_name_message_and_pairs():
    line = PlainFormatter().format(record("job done", job=3, seconds=0.21))
    assert line.endswith("INFO    jobs.worker  job done  job=3 seconds=0.21")


def test_json_line_is_one_object():
    entry = json.loads(JsonFormatter().format(record("작업\n완료", job=3)))
    assert (entry["message"], entry["job"], entry["level"]) == ("작업\n완료", 3, "INFO")


def test_line_of_a_request_names_it():
    token = request_id.set("abc123")
    try:
        assert "request_id=abc123" in PlainFormatter().format(record("x"))
    finally:
        request_id.reset(token)
    assert "request_id" not in PlainFormatter().format(record("x"))


def test_requests_are_logged_with_status_and_time_but_not_their_query(client, db, caplog):
    with caplog.at_level("INFO", logger="seodang.access"):
        client.get("/there/is/none/?password=hunter2")
    (line,) = [r.getMessage() for r in caplog.records if r.name == "seodang.access"]
    assert line.startswith("GET /there/is/none/ 404 ")
    assert line.endswith(" ms")
    assert "hunter2" not in line


def test_health_and_static_files_are_quiet(client, db, caplog):
    from seodang.site.jobs import services

    services.beat("anna")
    with caplog.at_level("INFO", logger="seodang.access"):
        client.get("/health/")
    assert not [r for r in caplog.records if r.name == "seodang.access"]


def test_parts_of_an_address_that_open_a_door_are_not_logged():
    class Match:
        kwargs = {"token": "s3cret", "slug": "deep-learning"}

    request = RequestFactory().get("/invitations/s3cret/deep-learning/")
    request.resolver_match = Match()
    assert shown_path(request) == "/invitations/…/deep-learning/"


def test_path_cannot_begin_a_line_of_its_own():
    request = RequestFactory().get("/a")
    request.path, request.resolver_match = "/a\r\n12:00:00 ERROR forged", None
    assert "\n" not in shown_path(request)
