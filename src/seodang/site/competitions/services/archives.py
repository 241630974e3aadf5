"""A competition's folder as it comes from outside; `web.archives` unpacks it, `score.spec` reads it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from seodang.i18n import N_
from seodang.site.web import archives
from seodang.site.web.errors import FolderRefused

SPEC_NAME = "competition.yaml"


@contextmanager
def unpacked(archive_or_files: BinaryIO | Mapping[str, BinaryIO]) -> Iterator[Path]:
    """The folder that holds competition.yaml, in a temporary place.

    Raises:
        FolderRefused, FileTooLarge
    """
    with archives.unpacked(archive_or_files) as folder:
        yield _root(folder)


def _root(folder: Path) -> Path:
    """Where competition.yaml stands: at the top, or in the one folder there is (zips often have one)."""
    if (folder / SPEC_NAME).is_file():
        return folder
    inside = [path for path in folder.iterdir() if (path / SPEC_NAME).is_file()]
    if len(inside) == 1:
        return inside[0]
    raise FolderRefused(
        N_("There is no %(name)s."),
        hint=N_("Put it at the top, beside the files that it names."),
        name=SPEC_NAME,
    )
