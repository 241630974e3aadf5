"""What `fit`, `predict` and `cluster` share: the extra they need, budgets as people write them, output files."""

from __future__ import annotations

import importlib.util
import os
import re
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from seodang.errors import SeodangError
from seodang.i18n import N_
from seodang.i18n import gettext as _

if TYPE_CHECKING:
    import pandas as pd

TABLE_ENDINGS = (".csv", ".tsv", ".parquet", ".csv.gz", ".tsv.gz")
_NEEDED = (
    "numpy",
    "pandas",
    "pyarrow",
    "pydantic",
    "sklearn",
    "skops",
    "lightgbm",
    "optuna",
    "altair",
    "vl_convert",
)
_PART = re.compile(r"(\d+(?:\.\d*)?|\.\d+)\s*(h|min|m|sec|s|)", re.IGNORECASE)
_UNITS = {"h": 3600, "m": 60, "min": 60, "s": 1, "sec": 1, "": 1}


def need_learn() -> None:
    """
    Raises:
        SeodangError: a part of the toolkit is not installed; names the extra.
    """
    for part in _NEEDED:
        if importlib.util.find_spec(part) is None:
            raise SeodangError(
                N_("This command needs %(part)s, which is not installed."),
                hint=N_("Install it: pip install 'seodang[learn]'"),
                code="extra_missing",
                part=part,
            )


class Seconds(click.ParamType):  # type: ignore[type-arg]  # generic in the latest click alone
    """60, 60s, 5m, 1h30m → seconds."""

    name = "TIME"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        text = str(value).strip().lower()
        parts = _PART.findall(text)
        whole = _PART.sub("", text).strip() == ""
        seconds = sum(float(number) * _UNITS[unit] for number, unit in parts) if parts and whole else 0.0
        if not 0 < seconds < 1e7:
            self.fail(
                _("expected a time such as 60, 60s, 5m or 1h, received “%(value)s”") % {"value": value}, param, ctx
            )
        return seconds


def start_seconds() -> float:
    """What starting this program took, where it is a process of its own and the system tells; else 0."""
    program = Path(sys.argv[0] if sys.argv else "")
    if program.stem != "seodang" and program.parts[-2:] != ("cli", "main.py"):
        return 0.0  # called within another program, which began when it liked
    try:
        ticks = float(Path("/proc/self/stat").read_text().rpartition(")")[2].split()[19])
        uptime = float(Path("/proc/uptime").read_text().split()[0])
        return max(0.0, uptime - ticks / os.sysconf("SC_CLK_TCK"))
    except (OSError, ValueError, IndexError):
        return time.process_time()


def check_file(path: Path, endings: tuple[str, ...] = ()) -> None:
    """Before the work begins, that its result can be written.

    Raises:
        SeodangError: no such folder, a folder itself, not writable, or another ending.
    """
    parent = path.absolute().parent
    if path.is_dir():
        raise SeodangError(N_("“%(path)s” is a folder; the name of a file is expected."), path=path, code="output")
    if not parent.is_dir() or not os.access(parent, os.W_OK):
        raise SeodangError(
            N_("“%(path)s” cannot be written: there is no folder “%(folder)s” that can be written to."),
            hint=N_("Make the folder first, or name another."),
            path=path,
            folder=parent,
            code="output",
        )
    if endings and not path.name.lower().endswith(endings):
        raise SeodangError(
            N_("“%(path)s” has an ending that is not known; what is written depends on it."),
            hint=N_("Use one of: %(known)s."),
            path=path.name,
            known=", ".join(endings),
            code="output",
        )


def write_table(frame: pd.DataFrame, path: Path) -> None:
    """A frame as the file's ending says. The file appears whole or not at all."""
    partial = path.with_name(f".{path.name}.{os.getpid()}.part")
    name = path.name.lower()
    try:
        if name.endswith(".parquet"):
            frame.to_parquet(partial, index=False)
        else:
            packing = "gzip" if name.endswith(".gz") else None
            separator = "\t" if ".tsv" in name else ","
            frame.to_csv(partial, index=False, sep=separator, compression=packing)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
