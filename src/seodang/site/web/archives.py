"""A folder as it comes from outside: a zip, or files by name.

Owns the wall before them: names cannot leave the folder, links and encrypted members are refused, and count, size
and expansion are capped while unpacking, whatever a zip's directory claims. Does not cover what the files say.
"""

from __future__ import annotations

import io
import lzma
import stat
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from django.conf import settings
from django.template.defaultfilters import filesizeformat

from seodang.i18n import N_
from seodang.site.web import files
from seodang.site.web.errors import FolderRefused

MAX_FILES = 200
MAX_NAME_BYTES = 240  # of one part of a path
MAX_EXPANSION = 200  # a table of text compresses perhaps thirtyfold
SLACK_BYTES = 1024 * 1024  # below this, expansion is not looked at
# What file managers put into zips beside what one meant.
CLUTTER = ("__MACOSX", ".DS_Store", "Thumbs.db", "desktop.ini", ".git")
# What Python's zipfile lets through of a broken archive, whichever way its members were packed.
_UNREADABLE = (
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error),
    *(NotImplementedError, EOFError, RuntimeError, OSError, ValueError),
)


@contextmanager
def unpacked(archive_or_files: BinaryIO | Mapping[str, BinaryIO]) -> Iterator[Path]:
    """The folder in a temporary place; it goes away with the `with` block.

    Raises:
        FolderRefused, FileTooLarge
    """
    with tempfile.TemporaryDirectory(prefix="seodang-folder-") as temporary:
        folder = Path(temporary)
        if isinstance(archive_or_files, Mapping):
            _write_files(archive_or_files, folder)
        else:
            with files.received(archive_or_files, "folder.zip") as upload:
                _unzip(upload.path, folder)
        yield folder


def _write_files(streams: Mapping[str, BinaryIO], folder: Path) -> None:
    if len(streams) > MAX_FILES:
        raise _too_many()
    budget = _Budget()
    for name, stream in streams.items():
        if (target := _target(name, folder)) is not None:
            budget.copy(stream, target)


def _unzip(archive: Path, folder: Path) -> None:
    try:
        with zipfile.ZipFile(archive) as bundle:
            members = [member for member in bundle.infolist() if not member.is_dir()]
            if len(members) > MAX_FILES:
                raise _too_many()
            budget = _Budget(allowed=max(SLACK_BYTES, archive.stat().st_size * MAX_EXPANSION))
            for member in members:
                _refuse_odd(member)
                if (target := _target(member.filename, folder)) is not None:
                    with bundle.open(member) as source:
                        budget.copy(source, target)
    except _UNREADABLE as error:
        raise FolderRefused(
            N_("This is no zip file that can be read."),
            hint=N_("Make it again with your system's own zip, without a password."),
        ) from error


def _refuse_odd(member: zipfile.ZipInfo) -> None:
    mode = member.external_attr >> 16
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG):
        raise FolderRefused(
            N_("“%(name)s” in the zip is a link or a device."),
            hint=N_("Put the file itself there."),
            name=member.filename,
        )
    if member.flag_bits & 1:
        raise FolderRefused(N_("The zip has a password."), hint=N_("Make it again without one."))


def _target(name: str, folder: Path) -> Path | None:
    """Where a member goes; None for clutter."""
    path = PurePosixPath(name.replace("\\", "/"))
    if any(part in CLUTTER for part in path.parts):
        return None
    wrong = (
        path.is_absolute()
        or not path.parts
        or any(part in {"..", "."} or ":" in part or not part.isprintable() for part in path.parts)
    )
    if wrong or len(path.as_posix()) > 120 or any(len(part.encode()) > MAX_NAME_BYTES for part in path.parts):
        raise FolderRefused(
            N_("“%(name)s” cannot be the name of a file here."),
            hint=N_("Names stay inside the folder and have at most 120 characters."),
            name=name[:200],
        )
    target = folder / path
    if target.exists():
        raise FolderRefused(N_("“%(name)s” is there twice."), name=name)
    target.parent.mkdir(parents=True, exist_ok=True)
    return target


def _too_many() -> FolderRefused:
    return FolderRefused(
        N_("There are more than %(most)s files."),
        hint=N_("Leave out what is not needed."),
        most=MAX_FILES,
    )


class _Budget:
    """How many bytes may still be written, over all files together."""

    def __init__(self, allowed: int | None = None) -> None:
        self.cap = settings.UPLOAD_BYTES
        self.left = min(self.cap, allowed) if allowed is not None else self.cap

    def copy(self, source: BinaryIO | io.BufferedIOBase, target: Path) -> None:
        with target.open("xb") as file:
            while chunk := source.read(files.CHUNK_BYTES):
                self.left -= len(chunk)
                if self.left < 0:
                    raise FolderRefused(
                        N_("Unpacked, this is more than the %(most)s that the site takes, or too much for a zip."),
                        hint=N_("Leave out what is not needed."),
                        most=filesizeformat(self.cap),
                    )
                file.write(chunk)
