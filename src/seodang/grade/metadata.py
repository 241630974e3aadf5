"""What a lab says of itself in `metadata.seodang`: its title, packages, data files and limits.

Also reads the same key of single cells, where it holds a question's title.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from pydantic import ValidationError

from seodang.grade.errors import LabProblem
from seodang.i18n import N_
from seodang.run.spec import Limits

KEY = "seodang"
AUTOTEST_TEMPLATES = "autotests.yml"  # makes tests, and is no data
_KNOWN = frozenset({"title", "packages", "data", "limits", "cell_seconds"})
_NOTEBOOK_SUFFIXES = frozenset({".ipynb", ".rmd", ".qmd"})
_TEXT_NOTEBOOK_MARKS = (b"# %%", b"jupytext:", b"{code-cell}", b"nbgrader=")


_NO_LIMITS_SAID = Limits()


@dataclass(frozen=True)
class Settings:
    """packages, data: None where the notebook does not say and they are found out instead.
    cell_seconds: time for one cell or test; None for the default.
    """

    title: str = ""
    packages: tuple[str, ...] | None = None
    data: tuple[str, ...] | None = None
    limits: Limits = _NO_LIMITS_SAID
    cell_seconds: float | None = None


def read_settings(metadata: Mapping[str, Any]) -> tuple[Settings, list[LabProblem]]:
    """The settings of a notebook, and what is wrong with them."""
    raw = metadata.get(KEY, {})
    if not isinstance(raw, dict):
        return Settings(), [LabProblem("settings", N_("“seodang” in the notebook's metadata must be a mapping."))]
    problems: list[LabProblem] = []
    for key in sorted(set(raw) - _KNOWN, key=str):
        template = N_("“%(key)s” in metadata.seodang is not known; known are: %(known)s.")
        problems.append(LabProblem("settings", template, {"key": key, "known": ", ".join(sorted(_KNOWN))}))
    settings = Settings(
        title=_title(raw, problems),
        packages=_names(raw, "packages", problems),
        data=_names(raw, "data", problems),
        limits=_limits(raw.get("limits", {}), problems),
        cell_seconds=_seconds(raw.get("cell_seconds"), problems),
    )
    for name in settings.packages or ():
        if not all(part.isidentifier() for part in name.split(".")):
            template = N_("“%(name)s” in metadata.seodang.packages is not a name that Python imports.")
            problems.append(LabProblem("settings", template, {"name": name}))
    for name in settings.data or ():
        if not _is_inside(name):
            template = N_("“%(name)s” in metadata.seodang.data must be a path inside the notebook's folder.")
            problems.append(LabProblem("settings", template, {"name": name}))
    return settings, problems


def cell_title(metadata: Mapping[str, Any]) -> str:
    own = metadata.get(KEY)
    title = own.get("title") if isinstance(own, dict) else None
    return title.strip() if isinstance(title, str) else ""


def _title(raw: Mapping[str, Any], problems: list[LabProblem]) -> str:
    title = raw.get("title", "")
    if isinstance(title, str):
        return title.strip()
    problems.append(LabProblem("settings", N_("“title” in metadata.seodang must be text.")))
    return ""


def _names(raw: Mapping[str, Any], key: str, problems: list[LabProblem]) -> tuple[str, ...] | None:
    if key not in raw:
        return None
    value = raw[key]
    if isinstance(value, list) and all(isinstance(name, str) and name for name in value):
        return tuple(dict.fromkeys(value))
    template = N_("“%(key)s” in metadata.seodang must be a list of names.")
    problems.append(LabProblem("settings", template, {"key": key}))
    return None


def _limits(raw: Any, problems: list[LabProblem]) -> Limits:
    try:
        return Limits.model_validate(raw)
    except ValidationError as fault:
        first = fault.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        template = N_("metadata.seodang.limits does not fit: %(field)s: %(reason)s.")
        problems.append(LabProblem("settings", template, {"field": where or "limits", "reason": first["msg"]}))
        return Limits()


def _seconds(raw: Any, problems: list[LabProblem]) -> float | None:
    if raw is None:
        return None
    if isinstance(raw, int | float) and not isinstance(raw, bool) and 0 < raw < float("inf"):
        return float(raw)
    problems.append(LabProblem("settings", N_("“cell_seconds” in metadata.seodang must be a number above 0.")))
    return None


def _is_inside(name: str) -> bool:
    path = PurePosixPath(name)
    return not path.is_absolute() and ".." not in path.parts and "\\" not in name and "\0" not in name


# --- files beside the notebook --------------------------------------------------------------------------------


def find_data(folder: Path, *, source: Path | None) -> Iterator[str]:
    """Every file that lies with the notebook and is no notebook itself, as a path relative to the folder.

    Left out: notebooks in any form (a text twin of the source holds the solutions), templates of tests, hidden
    files and folders, caches, links, and a notebook's checkpoints.
    """
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder)
        if any(part.startswith((".", "__pycache__")) for part in name.parts):
            continue
        if path.is_symlink() or not path.is_file() or _is_notebook(path) or path.name == AUTOTEST_TEMPLATES:
            continue
        if source is not None and path.stem == source.stem and path.suffix.lower() in {".py", ".md", ".html"}:
            continue
        yield name.as_posix()


def _is_notebook(path: Path) -> bool:
    suffix = path.suffix.lower()
    if suffix in _NOTEBOOK_SUFFIXES:
        return True
    if suffix not in {".py", ".md"}:
        return False
    with path.open("rb") as file:
        text = file.read(1024 * 1024)
    return any(mark in text for mark in _TEXT_NOTEBOOK_MARKS)
