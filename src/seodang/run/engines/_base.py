"""What every engine offers: start a run in a sandbox, somewhere, and a handle to ask and stop it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from seodang.run.sandboxes import Sandbox
    from seodang.run.spec import RunResult, RunSpec


class RunHandle(Protocol):
    """A run under way. `wait` raises what kept the run from starting, as `poll` does once it is known."""

    def poll(self) -> RunResult | None: ...

    def wait(self, seconds: float | None = None) -> RunResult | None: ...

    def stop(self) -> None: ...


class Engine:
    """name: how it is chosen. title: a msgid."""

    name = ""
    title = ""

    def start(
        self,
        spec: RunSpec,
        sandbox: Sandbox,
        *,
        on_output: Callable[[bytes], None] | None = None,
        artifacts_to: Path | None = None,
    ) -> RunHandle:
        """Begin the run and come back at once; `on_output` is called from another thread."""
        raise NotImplementedError
