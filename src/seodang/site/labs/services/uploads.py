"""A lab as it comes from a teacher: a notebook with its data files, or a zip of a folder, nbgrader's layout too."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from seodang.i18n import N_
from seodang.site.labs.errors import NoLab
from seodang.site.labs.services.autotests import templates_beside
from seodang.site.web import archives
from seodang.site.web.files import shown_name

if TYPE_CHECKING:
    from seodang.grade.lab import Lab as GradeLab

NOTEBOOKS = (".ipynb",)
TEXT_FORMS = (".py", ".md", ".rmd")
# What nbgrader makes of a source, and what programs leave lying about.
NOT_SOURCES = {"release", "submitted", "autograded", "feedback", ".ipynb_checkpoints", "__pycache__", "__MACOSX"}


@dataclass(frozen=True)
class Uploaded:
    """A readable lab in a temporary folder. `notebook` is its source, `lab` what the toolkit says of it.

    templates: those of its AUTOTEST lines, where any came with it.
    """

    notebook: Path
    lab: GradeLab
    templates: Path | None = None

    @property
    def folder(self) -> Path:
        return self.notebook.parent

    @property
    def name(self) -> str:
        """File name of the notebook as students get it."""
        return f"{shown_name(self.notebook.stem)[:110]}.ipynb"


@contextmanager
def uploaded(stream: BinaryIO, filename: str, data: Mapping[str, BinaryIO] | None = None) -> Iterator[Uploaded]:
    """What was sent, once it proved to be a lab.

    Raises:
        LabInvalid: naming every bad cell. NoLab: none or several in it. FolderRefused, FileTooLarge: the upload.
    """
    from seodang.grade.lab import Lab as GradeLab

    is_zip = filename.lower().endswith(".zip")
    content = stream if is_zip else {shown_name(filename): stream, **(data or {})}
    with archives.unpacked(content) as folder:
        notebook = _notebook_in(folder) if is_zip else folder / shown_name(filename)
        lab = GradeLab.read(notebook, data_dir=notebook.parent, autotests=True)
        yield Uploaded(notebook, lab, templates_beside(notebook, folder))


def _notebook_in(folder: Path) -> Path:
    """The one source notebook of an unpacked zip."""
    sources = sorted(path for path in folder.rglob("source") if path.is_dir())
    root = sources[0] if sources else folder
    inside = [path for path in sorted(root.rglob("*")) if path.is_file() and _is_source(path.relative_to(root))]
    found = [path for path in inside if path.suffix.lower() in NOTEBOOKS]
    found = found or [path for path in inside if path.suffix.lower() in TEXT_FORMS and _speaks_of_cells(path)]
    if len(found) == 1:
        return found[0]
    if not found:
        raise NoLab(
            N_("There is no notebook in the zip."),
            hint=N_("Put the source notebook (.ipynb) and its data files into it."),
        )
    raise NoLab(
        N_("There are several notebooks in the zip: %(names)s."),
        hint=N_("A lab is one notebook. Send a zip for each, with the data files that belong to it."),
        names=", ".join(path.relative_to(root).as_posix() for path in found[:6]) + (" …" if found[6:] else ""),
    )


def _is_source(path: Path) -> bool:
    return not any(part in NOT_SOURCES or part.startswith(".") for part in path.parts) and path.stem != "header"


def _speaks_of_cells(path: Path) -> bool:
    """Whether a text file is a notebook with marked cells rather than a module or a read-me."""
    with path.open("rb") as file:
        return b"nbgrader" in file.read(1024 * 1024)
