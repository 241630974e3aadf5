"""A process that has imported everything once and forks a confined child for each run, in milliseconds.

`host` is what others use (`Zygote`, `Child`). `inside` is the process itself, `confine` what a fork does before
student code, `watch` how its use is measured, `seccomp` and `linux` the kernel's part. Names are loaded when asked
for, because the inside imports this package too and shall stay small.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from seodang.run.zygote.host import Child, Zygote
    from seodang.run.zygote.plan import ChildState

__all__ = ["Child", "ChildState", "Zygote"]


def __getattr__(name: str) -> Any:
    if name in {"Child", "Zygote"}:
        from seodang.run.zygote import host

        return getattr(host, name)
    if name == "ChildState":
        from seodang.run.zygote.plan import ChildState

        return ChildState
    raise AttributeError(name)
