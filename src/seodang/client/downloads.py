"""Files of a competition on this machine: checked by SHA-256, whole or not at all."""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import IO, Any

from seodang.client.errors import Damaged
from seodang.client.models import File
from seodang.client.transport import Transport
from seodang.client.uploads import Progress
from seodang.i18n import N_

PIECE_BYTES = 1 << 18


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def is_here(path: Path, file: File) -> bool:
    """Whether that very file lies there already."""
    return path.is_file() and path.stat().st_size == file.size_bytes and sha256_of(path) == file.sha256


def fetch(transport: Transport, address: str, file: File, folder: Path, progress: Progress | None = None) -> Path:
    """Bring one file into `folder`; one that is there already, unchanged, is not asked for again.

    Raises:
        Damaged: what came is not what the site promised, also the second time.
    """
    # The name comes from the site: nothing of it may lead out of the folder.
    target = folder / Path(file.name).name
    if is_here(target, file):
        return target
    folder.mkdir(parents=True, exist_ok=True)
    for _attempt in range(2):
        digest: str = transport.repeat(lambda: _write(transport, address, file, target, progress))
        if digest == file.sha256:
            return target
    raise Damaged(
        N_("%(name)s arrived damaged: its SHA-256 is not the one that the site promised."),
        hint=N_("Something between you and the site changes what passes through. Try another network."),
        name=file.name,
    )


def save(transport: Transport, address: str, target: Path, *, params: Mapping[str, Any] | None = None) -> None:
    """Bring something without a promised checksum to `target`."""

    def write() -> None:
        with _beside(target) as (out, keep):
            with transport.stream(address, params) as response:
                for piece in response.iter_bytes(PIECE_BYTES):
                    out.write(piece)
            keep()

    transport.repeat(write)


def _write(transport: Transport, address: str, file: File, target: Path, progress: Progress | None) -> str:
    """The digest of what came; the file is kept only if that is right."""
    digest, done = hashlib.sha256(), 0
    with _beside(target) as (out, keep):
        with transport.stream(address) as response:
            for piece in response.iter_bytes(PIECE_BYTES):
                out.write(piece)
                digest.update(piece)
                done += len(piece)
                if progress:
                    progress(done, file.size_bytes)
        if digest.hexdigest() == file.sha256:
            keep()
    return digest.hexdigest()


@contextlib.contextmanager
def _beside(target: Path) -> Iterator[tuple[IO[bytes], Callable[[], None]]]:
    """A temporary file in the target's folder, and what puts it in the target's place; else it goes away."""
    descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}-")
    temporary = Path(name)

    def keep() -> None:
        out.close()
        # mkstemp makes files for their owner alone; data is as open as the folder it lies in.
        umask = os.umask(0)
        os.umask(umask)
        temporary.chmod(0o666 & ~umask)
        temporary.replace(target)

    try:
        with os.fdopen(descriptor, "wb") as out:
            yield out, keep
    finally:
        temporary.unlink(missing_ok=True)
