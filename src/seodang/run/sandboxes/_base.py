"""What every sandbox offers: a command line around a program, and one whole run.

A sandbox confines; it does not decide where a run happens (an engine does) and does not know whose work it is.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from seodang.run.errors import SandboxUnavailable
from seodang.run.image import Image

if TYPE_CHECKING:
    from seodang.run.spec import RunResult, RunSpec


@dataclass
class Wrapped:
    """A program's command line inside a sandbox; `close` it when the program has ended.

    descriptors: to be passed on to it (and to be closed here, once it is started).
    confined: children of a zygote started like this confine themselves in namespaces.
    folder: where children keep their files when they are not confined.
    """

    argv: list[str]
    confined: bool
    folder: Path | None = None
    descriptors: list[int] = field(default_factory=list)
    release: Callable[[], None] = lambda: None

    def close(self) -> None:
        release, self.release = self.release, lambda: None
        release()


class Sandbox:
    """name: how it is chosen. title: a msgid. confines: whether the work of others may ever run in it."""

    name = ""
    title = ""
    confines = False

    def unavailable(self) -> SandboxUnavailable | None:
        """Why it cannot be used on this machine, with what to install; None when it can."""
        raise NotImplementedError

    def wrap(self, program: Sequence[str], image: Image) -> Wrapped:
        """The command line that starts `program` (a zygote) inside."""
        raise NotImplementedError

    def run(
        self,
        spec: RunSpec,
        *,
        on_output: Callable[[bytes], None] | None = None,
        stop: threading.Event | None = None,
        artifacts_to: Path | None = None,
    ) -> RunResult:
        """One command, from start to end. Sandboxes that stand around a zygote share this way."""
        from seodang.run.command import run_in_zygote

        return run_in_zygote(self, spec, on_output=on_output, stop=stop, artifacts_to=artifacts_to)
