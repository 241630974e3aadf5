"""What students get of a lab: the released notebook and its data files, one by one or as one zip.

Owns the wall: only `LabRevision.released` and data files have a name here. Sources leave by none.
"""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import PurePosixPath
from typing import IO

from django.core.files.storage import default_storage

from seodang.site.courses.access import Access
from seodang.site.labs.models import Lab
from seodang.site.labs.services import autotests

ZIP_NAME = "all.zip"
CHUNK_BYTES = 1 << 18


@dataclass(frozen=True)
class ShownFile:
    """A file that students may download. `stored` is its name in storage. role: "notebook" or "data"."""

    name: str
    role: str
    size_bytes: int
    sha256: str
    stored: str

    def open(self) -> IO[bytes]:
        return default_storage.open(self.stored, "rb")  # type: ignore[no-any-return]


def files_for(*, lab: Lab, access: Access) -> tuple[ShownFile, ...]:
    """The notebook, then data files by name; students get none before the opening."""
    if lab.current is None or not (access.may_assist or (access.may_see and lab.is_open())):
        return ()
    size, sha256 = _measured(lab.current.released.name)
    notebook = ShownFile(lab.current.name, "notebook", size, sha256, lab.current.released.name)
    rows = [
        ShownFile(row.name, "data", row.size_bytes, row.sha256, row.file)
        for row in lab.current.files.all()
        if row.name not in (lab.current.name, autotests.FILE_NAME)
    ]
    return (notebook, *rows)


def zip_of(*, lab: Lab, shown: tuple[ShownFile, ...]) -> Iterator[bytes]:
    """One zip of all files in a folder named after the lab, piece by piece; never whole in memory."""
    sink = _Sink()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as bundle:
        for file in shown:
            entry = zipfile.ZipInfo(str(PurePosixPath(lab.slug) / file.name))
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            with file.open() as source, bundle.open(entry, "w", force_zip64=True) as target:
                while piece := source.read(CHUNK_BYTES):
                    target.write(piece)
                    yield sink.taken()
    yield sink.taken()


@lru_cache(maxsize=512)
def _measured(stored: str) -> tuple[int, str]:
    """Size and SHA-256 of a stored file; stored files never change."""
    with default_storage.open(stored, "rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return default_storage.size(stored), digest


class _Sink:
    """A file that can only be written; what was written is taken away piece by piece."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def write(self, piece: bytes) -> int:
        self._pieces.append(bytes(piece))
        return len(piece)

    def flush(self) -> None:
        pass

    def taken(self) -> bytes:
        whole = b"".join(self._pieces)
        self._pieces.clear()
        return whole
