"""Made once in the zygote, before the first fork: the shell, its machinery warmed up, the state of all modules.

Importing this module does the work, because a zygote knows modules to import and nothing else. It starts no thread
and reads no submission; what is made here is shared by every child through copy-on-write.
"""

from __future__ import annotations

import ctypes
import os
import sys
import warnings
from typing import Any

os.environ.setdefault("IPYTHONDIR", "/tmp/home/.ipython")  # noqa: S108 - private to each child; nothing is written
os.environ.setdefault("MPLBACKEND", "module://matplotlib_inline.backend_inline")

from seodang.grade.execute.known import take_known
from seodang.grade.execute.shell import StudentShell, make_shell, run_cell, run_quietly

__all__ = [
    "libc",
    "modules",
    "namespace",
    "recorder",
    "restore",
    "restore_builtins",
    "run_cell",
    "run_quietly",
    "shell",
]
WARMING = ("1 + 1", "print(1)", "import asyncio", "1 / 0", "def f(:", "%time 1")


def _warm(shell: StudentShell) -> None:
    """Run what is slow the first time: tracebacks, formatting, magics. Nothing of it stays in the namespace."""
    from seodang.grade.execute.shell import install

    kept = sys.stdout, sys.stderr, sys.displayhook
    install(shell)
    try:
        for source in WARMING:
            shell.recorder.start()
            shell.run_cell(source)
        if "matplotlib" in sys.modules:
            _warm_figures(shell)
        if "pandas" in sys.modules:
            shell.recorder.start()
            shell.run_cell("import pandas\npandas.DataFrame({'a': [1]})")
    finally:
        sys.stdout, sys.stderr, sys.displayhook = kept
    shell.reset(new_session=True)
    shell.execution_count = 1
    shell.recorder.start()


def _warm_figures(shell: StudentShell) -> None:
    """The inline backend and one small figure: fonts are found once and not in every child."""
    shell.recorder.start()
    shell.run_cell("%matplotlib inline\nimport matplotlib.pyplot\nmatplotlib.pyplot.plot([0, 1])")


def _libc() -> Any:
    return ctypes.CDLL(None, use_errno=True)


libc = _libc()
with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # there is no place for IPython's profile, and none is needed
    shell = make_shell()
_warm(shell)
# Kept apart from the shell, whose attributes are the student's to replace.
recorder = shell.recorder
namespace: dict[str, Any] = shell.user_ns
restore_builtins, restore, modules = take_known()
