"""Sandboxes, zygotes that run what a test tells them, and a look at the whole machine from outside."""

from __future__ import annotations

import json
import os
import shutil
import time
from pathlib import Path

import pytest

from seodang.run.sandboxes import SANDBOXES
from seodang.run.spec import MEBIBYTE, Limits
from seodang.run.zygote import Zygote
from seodang.run.zygote.framing import read_message, write_message

PROBE = "seodang.run.zygote.probe:main"


def sandbox_named(name):
    if name == "bubblewrap" and shutil.which("bwrap") is None:
        pytest.skip("bubblewrap is not installed (Debian: apt install bubblewrap)")
    return SANDBOXES.get(name)


@pytest.fixture
def limits():
    return Limits(
        memory_bytes=128 * MEBIBYTE, disk_bytes=16 * MEBIBYTE, cpu_seconds=60, wall_seconds=60, processes=32
    )


@pytest.fixture(scope="session")
def bubblewrap():
    return sandbox_named("bubblewrap")


@pytest.fixture(params=["bubblewrap", "none"], scope="session")
def sandbox(request):
    return sandbox_named(request.param)


@pytest.fixture
def zygote(sandbox):
    with Zygote(sandbox=sandbox, entry=PROBE) as zygote:
        yield zygote


@pytest.fixture
def confined(bubblewrap):
    with Zygote(sandbox=bubblewrap, entry=PROBE) as zygote:
        yield zygote


def tell(child, source):
    """Have the child run `source` and wait for what it leaves in `answer`."""
    begin(child, source)
    reply = read_message(child.channels[0])
    assert reply is not None, f"the child ended: {child.wait(5)}"
    return json.loads(reply)


def begin(child, source):
    write_message(child.channels[0], source.encode())


def living(*, matching, beneath=None):
    """Processes of the whole machine whose command line holds the text, and which are not dead already."""
    found = []
    ours = descendants(beneath) if beneath else None
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit() or (ours is not None and int(folder.name) not in ours):
            continue
        try:
            if matching.encode() in (folder / "cmdline").read_bytes():
                state = (folder / "stat").read_text().rpartition(")")[2].split()[0]
                if state not in "ZX" and (folder / "exe").readlink().name != "bwrap":
                    found.append(int(folder.name))
        except OSError:
            continue
    return found


def descendants(pid):
    """Numbers of all processes that came of `pid`."""
    parents = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                parents[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
    found, new = set(), {pid}
    while new:
        new = {child for child, parent in parents.items() if parent in new}
        found |= new
    return found


def eventually(condition, seconds=20):
    """The condition's value once it is true; a generous patience, so that a busy machine fails nothing."""
    until = time.monotonic() + seconds
    while not (value := condition()) and time.monotonic() < until:
        time.sleep(0.02)
    return value


def drain(descriptor):
    text = b""
    while chunk := os.read(descriptor, 1 << 16):
        text += chunk
    return text
