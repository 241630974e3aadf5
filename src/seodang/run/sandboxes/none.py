"""No walls: for a person's own code on their own machine.

It limits time, memory and the size of files, and ends what a run leaves behind. It hides nothing, does not cut the
network, and a process that wants to can leave it. The work of others is never run in it.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from seodang.i18n import N_
from seodang.run.errors import SandboxUnavailable
from seodang.run.image import Image
from seodang.run.sandboxes import SANDBOXES
from seodang.run.sandboxes._base import Sandbox, Wrapped


class NoSandbox(Sandbox):
    name = "none"
    title = N_("no walls, only limits: for your own code on your own machine")
    confines = False

    def unavailable(self) -> SandboxUnavailable | None:
        return None

    def wrap(self, program: Sequence[str], image: Image) -> Wrapped:
        folder = Path(tempfile.mkdtemp(prefix="seodang-"))
        return Wrapped(
            argv=list(program),
            confined=False,
            folder=folder,
            release=lambda: shutil.rmtree(folder, ignore_errors=True),
        )


SANDBOXES.register(NoSandbox.name)(NoSandbox())
