"""A user id of its own for each zygote that root starts.

From 61184 to 65519: the range that systemd keeps for users made for a moment and never written down (DynamicUser=),
so no account has them. Taken are those that a process runs under, or that another Seodang has claimed: a claim is
the abstract socket of that name, which the kernel takes back when its owner ends, however it ends.
"""

from __future__ import annotations

import random
import socket
from pathlib import Path

from seodang.i18n import N_
from seodang.run.errors import SandboxUnavailable

FIRST, LAST = 61184, 65519


class UserId:
    """Claimed until `close`."""

    def __init__(self) -> None:
        used = _in_use()
        for number in random.SystemRandom().sample(range(FIRST, LAST + 1), 200):
            if number in used:
                continue
            claim = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            try:
                claim.bind(f"\0seodang/user/{number}")
            except OSError:
                claim.close()
                continue
            self.number, self._claim = number, claim
            return
        raise SandboxUnavailable(
            N_("No user id between %(first)s and %(last)s is free."),
            hint=N_("Processes of earlier runs may have been left behind: restart the machine."),
            first=FIRST,
            last=LAST,
        )

    def close(self) -> None:
        self._claim.close()


def _in_use() -> set[int]:
    found = set()
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                found.add(folder.stat().st_uid)
            except OSError:
                continue
    return found
