"""Run one submission's cells and the tests over them, inside a sandbox.

`executor` keeps zygotes and recovers from losses, `session` talks with one child, `plan` and `instrument` say what
it is told, `answers` what may come back: these run in the driver. `harness`, `shell`, `guard`, `known`, `testing`
and `canaries` run in the submission's process; `wire` is the frames between the two. Names are loaded when asked
for, because the inside imports this package too and shall stay small.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from seodang.grade.execute.executor import Executor

__all__ = ["Executor"]


def __getattr__(name: str) -> Any:
    if name == "Executor":
        from seodang.grade.execute.executor import Executor

        return Executor
    raise AttributeError(name)
