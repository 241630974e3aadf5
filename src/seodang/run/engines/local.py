"""This machine: a thread for each run, which waits for its sandbox."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from seodang.i18n import N_
from seodang.run.engines import ENGINES
from seodang.run.engines._base import Engine

if TYPE_CHECKING:
    from seodang.run.sandboxes import Sandbox
    from seodang.run.spec import RunResult, RunSpec


class LocalRun:
    def __init__(
        self,
        spec: RunSpec,
        sandbox: Sandbox,
        on_output: Callable[[bytes], None] | None,
        artifacts_to: Path | None,
    ) -> None:
        self._stop = threading.Event()
        self._result: RunResult | None = None
        self._error: BaseException | None = None

        def work() -> None:
            try:
                self._result = sandbox.run(spec, on_output=on_output, stop=self._stop, artifacts_to=artifacts_to)
            except BaseException as error:
                self._error = error

        self._thread = threading.Thread(target=work, name="seodang-run", daemon=True)
        self._thread.start()

    def poll(self) -> RunResult | None:
        return self.wait(0)

    def wait(self, seconds: float | None = None) -> RunResult | None:
        """
        Raises:
            RunError: the run could not be started.
        """
        self._thread.join(seconds)
        if self._error is not None:
            raise self._error
        return self._result

    def stop(self) -> None:
        self._stop.set()


class Local(Engine):
    name = "local"
    title = N_("this machine")

    def start(
        self,
        spec: RunSpec,
        sandbox: Sandbox,
        *,
        on_output: Callable[[bytes], None] | None = None,
        artifacts_to: Path | None = None,
    ) -> LocalRun:
        return LocalRun(spec, sandbox, on_output, artifacts_to)


ENGINES.register(Local.name)(Local())
