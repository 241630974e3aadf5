"""Uploads on their way to storage: received in a temporary place with a cap, stored under a name of their own.

Owns the cap on bytes and the promise that storage never overwrites. Does not cover what is inside a file.
"""

from __future__ import annotations

import hashlib
import logging
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from django.conf import settings
from django.core.files import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models.fields.files import FieldFile
from django.template.defaultfilters import filesizeformat

from seodang.i18n import N_
from seodang.site.web.errors import FileTooLarge, StorageFailed

log = logging.getLogger(__name__)
CHUNK_BYTES = 1024 * 1024
TOO_LARGE_HINT = N_("Leave out what is not needed, or ask whoever runs this site to allow more.")


@dataclass(frozen=True)
class Received:
    """A whole upload in a temporary place; it goes away with the `with` block that made it."""

    path: Path
    size_bytes: int
    sha256: str


@contextmanager
def received(stream: BinaryIO, name: str, *, max_bytes: int | None = None, hint: str = "") -> Iterator[Received]:
    """Write a stream to a temporary file, at most `max_bytes` (`settings.UPLOAD_BYTES`) of it.

    Args:
        hint: what to do where it is larger, as a msgid.

    Raises:
        FileTooLarge: as soon as the cap is passed. StorageFailed: the disk takes no more.
    """
    cap = settings.UPLOAD_BYTES if max_bytes is None else max_bytes
    with tempfile.TemporaryDirectory(prefix="seodang-upload-") as folder:
        path = Path(folder) / f"upload{suffix_of(name)}"
        digest, size = hashlib.sha256(), 0
        with _kept(path) as target:
            while chunk := stream.read(CHUNK_BYTES):
                size += len(chunk)
                if size > cap:
                    raise FileTooLarge(
                        N_("“%(name)s” is larger than %(most)s, the most that this site takes."),
                        hint=hint or TOO_LARGE_HINT,
                        name=shown_name(name),
                        most=filesizeformat(cap),
                    )
                digest.update(chunk)
                target.write(chunk)
        yield Received(path, size, digest.hexdigest())


@contextmanager
def _kept(path: Path) -> Iterator[BinaryIO]:
    """A temporary file to write to; a disk that takes no more is told in words."""
    try:
        with path.open("wb") as target:
            yield target
    except OSError as error:
        raise _storage_failed(error) from error


def received_path(path: Path) -> Received:
    """A file that already lies on this machine, described like an upload."""
    with path.open("rb") as source:
        digest = hashlib.file_digest(source, "sha256").hexdigest()
    return Received(path, path.stat().st_size, digest)


def suffix_of(name: str) -> str:
    suffix = PurePosixPath(shown_name(name)).suffix.lower()
    return suffix if suffix.isascii() and suffix[1:].isalnum() and len(suffix) <= 10 else ""


def shown_name(name: str) -> str:
    """The last part of an uploaded name, printable and at most 120 characters; what pages and downloads show."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    last = "".join(letter for letter in last if letter.isprintable()).strip() or "file"
    if len(last) > 120:
        stem, dot, suffix = last.rpartition(".")
        last = f"{stem[: 119 - len(suffix)]}{dot}{suffix}" if dot and len(suffix) < 20 else last[:120]
    return last


def store(field: FieldFile, path: Path) -> str:
    """Copy a file into storage under a name of its own; the row is not saved. Returns the name it got.

    Raises:
        StorageFailed: nothing is left behind.
    """
    name = f"{uuid.uuid4().hex}{suffix_of(path.name)}"
    try:
        with path.open("rb") as source:
            field.save(name, File(source), save=False)
    except OSError as error:
        with suppress(OSError):
            default_storage.delete(field.field.generate_filename(field.instance, name))
        raise _storage_failed(error) from error
    return str(field.name)


def store_at(folder: str, path: Path) -> str:
    """The same for a row that keeps only the name; returns that name.

    Raises:
        StorageFailed: nothing is left behind.
    """
    name = f"{folder}/{uuid.uuid4().hex}{suffix_of(path.name)}"
    try:
        with path.open("rb") as source:
            return str(default_storage.save(name, File(source)))
    except OSError as error:
        with suppress(OSError):
            default_storage.delete(name)
        raise _storage_failed(error) from error


def _storage_failed(error: OSError) -> StorageFailed:
    log.error("storage failed", extra={"error": str(error)})
    return StorageFailed(
        N_("The site cannot keep files right now, so this one was not taken."),
        hint=N_("Try again in a few minutes. If it stays, tell whoever runs this site: its log says why."),
    )


def remove(names: list[str]) -> None:
    for name in names:
        default_storage.delete(name)


def remove_after_commit(names: list[str]) -> None:
    """Take files away once nothing refers to them any more, and not if the transaction fails."""
    if names:
        transaction.on_commit(lambda: remove(names))


@contextmanager
def undone_on_failure() -> Iterator[list[str]]:
    """Names put on the list are removed from storage again when the block fails."""
    stored: list[str] = []
    try:
        yield stored
    except BaseException:
        remove(stored)
        raise
