"""For tests that start other processes of the site: the test's own database, and waiting for what they do."""

from __future__ import annotations

import time
from collections.abc import Callable
from urllib.parse import quote

from django.db import connection


def database_url() -> str:
    """The address of the database that this test runs on."""
    values = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{values['NAME']}"
    person = quote(values["USER"]) + (f":{quote(values['PASSWORD'])}" if values["PASSWORD"] else "")
    host = quote(str(values["HOST"]), safe="")
    return f"postgres://{person}@{host}:{values['PORT'] or 5432}/{values['NAME']}"


def wait_until(holds: Callable[[], bool], *, seconds: float = 20.0) -> None:
    """Wait for another process; the limit only ends a test that would hang."""
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            raise AssertionError("waited in vain")
        time.sleep(0.03)
