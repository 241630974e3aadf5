"""What may be submitted: a path, an open file, or a data frame (pandas or polars, known by their methods)."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from seodang.client.errors import NotSendable
from seodang.i18n import N_

# Called with (bytes so far, bytes in all).
Progress = Callable[[int, int], None]


@dataclass
class Upload:
    """A named stream that can be read again from its beginning."""

    name: str
    stream: IO[bytes]
    size_bytes: int
    owned: bool = False

    def reader(self, progress: Progress | None) -> IO[bytes] | Counted:
        """The stream from its beginning, telling `progress` what has been read."""
        self.stream.seek(0)
        return Counted(self.stream, self.size_bytes, progress) if progress else self.stream

    def close(self) -> None:
        if self.owned:
            self.stream.close()


class Counted:
    """Passes reads on and counts them. httpx finds its length by seeking, as in any file."""

    def __init__(self, stream: IO[bytes], size_bytes: int, progress: Progress) -> None:
        self._stream = stream
        self._size = size_bytes
        self._progress = progress

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._stream.seek(offset, whence)

    def tell(self) -> int:
        return self._stream.tell()

    def read(self, size: int = -1) -> bytes:
        piece = self._stream.read(size)
        self._progress(min(self._stream.tell(), self._size), self._size)
        return piece


def as_upload(source: Any, filename: str | None = None) -> Upload:
    """Make something sendable.

    A pandas frame keeps its index as the first column where that index has a name, and drops it otherwise.

    Raises:
        NotSendable: no such file, or not a thing we can read.
    """
    if isinstance(source, str | Path):
        return _from_path(Path(source).expanduser(), filename)
    if hasattr(source, "to_csv"):
        keeps_index = getattr(getattr(source, "index", None), "name", None) is not None
        return _from_bytes(source.to_csv(index=keeps_index).encode("utf-8"), filename or "entry.csv")
    if hasattr(source, "write_csv"):
        return _from_bytes(str(source.write_csv()).encode("utf-8"), filename or "entry.csv")
    if hasattr(source, "read"):
        return _from_file(source, filename)
    raise NotSendable(
        N_("A %(kind)s cannot be submitted."),
        hint=N_("Give the path of a CSV or Parquet file, an open file, or a data frame."),
        kind=type(source).__name__,
    )


def _from_path(path: Path, filename: str | None) -> Upload:
    try:
        stream = path.open("rb")
    except OSError as error:
        raise NotSendable(
            N_("%(path)s cannot be opened: %(reason)s."),
            hint=N_("Check the name and the folder you are in."),
            path=path,
            reason=error.strerror or error,
        ) from None
    return Upload(filename or path.name, stream, path.stat().st_size, owned=True)


def _from_bytes(content: bytes, filename: str) -> Upload:
    return Upload(filename, io.BytesIO(content), len(content))


def _from_file(file: IO[Any], filename: str | None) -> Upload:
    name = filename or Path(str(getattr(file, "name", "") or "entry.csv")).name
    content = file.read()
    return _from_bytes(content.encode("utf-8") if isinstance(content, str) else bytes(content), name)
