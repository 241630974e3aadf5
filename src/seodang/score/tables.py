"""Reading CSV, TSV and Parquet files that a stranger made: fast where they are good, exact where they are not.

Owns: what is accepted as a table, limits, the words for what is refused, and the line numbers of records. pyarrow
reads, on every core. A file is known by its content, never by its name.

Accepted text: UTF-8 (a byte-order mark may lead), columns between commas, tabs or semicolons, lines ended in any of
the three ways, quotes doubled inside quotes. Lines without any character are skipped.

The wall: `max_bytes` bounds a file, and what a Parquet file unpacks to by its own metadata and, batch by batch, in
fact. Not covered: a single Parquet page whose header lies about its size is unpacked by pyarrow before it can be
weighed, so readers of strangers' files should run under a memory limit besides.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from seodang.i18n import N_
from seodang.score.errors import TableUnreadable

DEFAULT_MAX_BYTES = 256 * 2**20
DEFAULT_MAX_ROWS = 20_000_000
MAX_COLUMNS = 10_000
_FIRST_BYTES = 2**16
HEADER_BYTES = 2**20
BLOCK_BYTES = 2**19
# One record (an image's run-length mask, say) may be this long, and no longer.
MAX_RECORD_BYTES = 32 * 2**20
BATCH_ROWS = 65_536

# Content by its first bytes: what it is, and whether unpacking it may help.
_PACKED = {
    b"\x1f\x8b": "gzip",
    b"PK\x03\x04": "ZIP",
    b"BZh": "bzip2",
    b"\xfd7zXZ": "xz",
    b"\x28\xb5\x2f\xfd": "zstd",
}
_PACKED |= {b"7z\xbc\xaf\x27\x1c": "7-Zip", b"Rar!": "RAR"}
_OTHER = {
    b"\xd0\xcf\x11\xe0": "Excel",
    b"\x89PNG": "PNG",
    b"\xff\xd8\xff": "JPEG",
    b"GIF8": "GIF",
    b"%PDF": "PDF",
    b"\x89HDF": "HDF5",
    b"\x93NUMPY": "NumPy",
    b"ARROW1": "Arrow",
    b"FEA1": "Feather",
    b"SQLite format 3": "SQLite",
    b"\x80\x02": "pickle",
    b"\x80\x03": "pickle",
    b"\x80\x04": "pickle",
    b"\x80\x05": "pickle",
    b"<!DOCTYPE": "HTML",
    b"<!doctype": "HTML",
    b"<html": "HTML",
    b'{"': "JSON",
    b"{\n": "JSON",
    b"[{": "JSON",
}
# The system's allocator gives memory back when told to; pyarrow's own keeps what a large file needed for a moment.
_POOL = pa.system_memory_pool()
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
# pyarrow's own list, and what R and spreadsheets write.
NULLS = ["", "nan", "NaN", "NAN", "-nan", "NA", "N/A", "n/a", "null", "NULL", "None", "#N/A", "<NA>"]


@dataclass(frozen=True)
class TableFile:
    """A file that is a table as far as its first bytes and its header tell.

    Attributes:
        names: the columns as written in the header; they may repeat.
        n_rows: known for Parquet alone.
    """

    path: Path
    kind: Literal["csv", "parquet"]
    names: tuple[str, ...]
    delimiter: str = ","
    n_rows: int | None = None
    max_bytes: int = DEFAULT_MAX_BYTES
    max_rows: int = DEFAULT_MAX_ROWS

    @property
    def repeated(self) -> list[str]:
        seen: set[str] = set()
        return list(dict.fromkeys(n for n in self.names if n in seen or seen.add(n)))  # type: ignore[func-returns-value]


def open_table(
    path: str | Path, *, max_bytes: int = DEFAULT_MAX_BYTES, max_rows: int = DEFAULT_MAX_ROWS
) -> TableFile:
    """Look at a file's size, first bytes and header.

    Raises:
        TableUnreadable: empty, too large, compressed, another format, another encoding, no header.
    """
    path = Path(path)
    if not path.is_file():
        raise TableUnreadable(N_("There is no file “%(name)s”."), name=path.name)
    size = path.stat().st_size
    if size == 0:
        raise _empty()
    if size > max_bytes:
        raise _too_large(size, max_bytes)
    with path.open("rb") as file:
        head = file.read(_FIRST_BYTES)
        if b"\n" not in head:
            head += file.read(HEADER_BYTES - _FIRST_BYTES)
    if head[:4] == b"PAR1":
        return _open_parquet(path, max_bytes, max_rows)
    _refuse_other_formats(head)
    delimiter, names = _read_header(path, head, complete=len(head) == size)
    return TableFile(path, "csv", names, delimiter, None, max_bytes, max_rows)


def read_columns(table: TableFile, types: Mapping[str, pa.DataType]) -> pa.Table:
    """The named columns in the given types: `pa.string()`, `pa.float64()`, or a dictionary of strings.

    Raises:
        TableUnreadable: a file that is broken as a table (`find_fault` says how).
        pa.ArrowInvalid: a cell that is not of the wanted type; read the columns as text to find it.
    """
    if table.kind == "parquet":
        return _read_parquet(table, types)
    try:
        return _read_csv(table, types)
    except pa.ArrowInvalid:
        fault = find_fault(table)
        if fault is not None:
            raise fault from None
        raise


def give_back_memory() -> None:
    """Return to the system what freed columns held; worth a call when a large one was dropped.

    The C library keeps freed memory in the arena of each thread that parsed; glibc alone can be told to let go.
    """
    trim = _malloc_trim()
    if trim is not None:
        trim(0)


@cache
def _malloc_trim() -> Callable[[int], int] | None:
    import ctypes

    try:
        return ctypes.CDLL(None).malloc_trim
    except (AttributeError, OSError, TypeError):
        return None


def read_text(table: TableFile, names: Sequence[str]) -> pa.Table:
    """The named columns as written (Parquet: as pyarrow writes them), for finding what is wrong where."""
    return read_columns(table, {name: pa.string() for name in names})


def read_table(
    path: str | Path,
    *,
    text: Iterable[str] = (),
    max_bytes: int = DEFAULT_MAX_BYTES,
    max_rows: int = DEFAULT_MAX_ROWS,
) -> pa.Table:
    """A whole table with types inferred, save that the columns in `text` stay as written.

    Raises:
        TableUnreadable: also when two columns have one name.
    """
    table = open_table(path, max_bytes=max_bytes, max_rows=max_rows)
    if table.repeated:
        raise repeated_columns(table.repeated)
    kept = {name: pa.string() for name in text if name in table.names}
    try:
        if table.kind == "parquet":
            whole = pa.Table.from_batches(list(_batches(table, list(table.names))), _parquet(table).schema_arrow)
            for name, kind in kept.items():
                index = whole.schema.get_field_index(name)
                whole = whole.set_column(index, name, _converted(whole.column(name), kind))
            return whole
        read = _read_csv(table, kept, everything=True)
    except pa.ArrowInvalid as error:
        raise find_fault(table) or TableUnreadable(
            N_("The file cannot be read as a table: %(reason)s"), reason=str(error).splitlines()[0]
        ) from error
    if any(_is_binary(kind) for kind in read.schema.types):
        # pyarrow takes text that is not UTF-8 for bytes.
        raise _encoding_fault(table.path) or _not_utf8()
    return read


def record_lines(table: TableFile, records: Sequence[int]) -> list[int]:
    """The 1-based line on which each record (0-based) begins; for Parquet, its 1-based row."""
    if table.kind == "parquet" or not len(records):
        return [record + 1 for record in records]
    wanted, found = set(records), {}
    last = max(wanted)
    with suppress(csv.Error):  # a cell longer than any record may be; lines from there on are counted
        for record, (line, _cells) in enumerate(_records(table)):
            if record in wanted:
                found[record] = line
            if record >= last:
                break
    return [found.get(record, record + 2) for record in records]


def find_fault(table: TableFile) -> TableUnreadable | None:
    """Read a text file slowly from end to end and say what breaks it as a table, if anything does."""
    if table.kind == "parquet":
        return None
    encoding = _encoding_fault(table.path)
    if encoding is not None:
        return encoding
    width = len(table.names)
    try:
        for line, cells in _records(table):
            if len(cells) != width:
                return _ragged(line, width, len(cells))
    except csv.Error as error:
        return TableUnreadable(N_("The file cannot be read as a table: %(reason)s"), reason=str(error))
    return None


def repeated_columns(names: Sequence[str]) -> TableUnreadable:
    return TableUnreadable(
        N_("The header names these columns more than once: %(names)s."),
        hint=N_("Give every column a name of its own."),
        code="wrong_columns",
        names=", ".join(names[:5]),
    )


# --- text ----------------------------------------------------------------------------------------------------


def _read_csv(table: TableFile, types: Mapping[str, pa.DataType], *, everything: bool = False) -> pa.Table:
    """pyarrow's parse; again with line breaks inside quotes, or larger blocks, where that was the trouble."""
    convert = pacsv.ConvertOptions(
        column_types=dict(types),
        include_columns=None if everything else list(types),
        null_values=NULLS,
        strings_can_be_null=False,
        quoted_strings_can_be_null=everything,
    )
    # A block of a wide table holds few rows, and every column pays for every block.
    block_bytes = min(MAX_RECORD_BYTES, max(BLOCK_BYTES, 2048 * len(table.names)))
    attempts = [(block_bytes, False), (block_bytes, True), (MAX_RECORD_BYTES, True)]
    for last, (block_bytes, newlines) in enumerate(attempts, start=1):
        try:
            found = pacsv.read_csv(
                table.path,
                read_options=pacsv.ReadOptions(block_size=block_bytes),
                parse_options=pacsv.ParseOptions(delimiter=table.delimiter, newlines_in_values=newlines),
                convert_options=convert,
                memory_pool=_POOL,
            )
        except pa.ArrowInvalid as error:
            if "Empty CSV" in str(error):  # a header whose line never ends, and nothing after it
                wanted = dict.fromkeys(table.names, pa.string()) if everything else {}
                return pa.schema({**wanted, **types}).empty_table()
            # A cell of the wrong type stays wrong; only trouble with the parse is worth another attempt.
            if last == len(attempts) or "conversion error" in str(error):
                raise
        else:
            if found.num_rows > table.max_rows:
                raise _too_many_rows(found.num_rows, table.max_rows)
            give_back_memory()
            return found
    raise AssertionError("unreachable")


def _read_header(path: Path, head: bytes, *, complete: bool) -> tuple[str, tuple[str, ...]]:
    """The delimiter and the names. `complete`: `head` is the whole file."""
    if not head.strip(b"\xef\xbb\xbf \t\r\n"):
        raise _empty()
    ends = [end for end in (head.find(b"\n"), head.find(b"\r")) if end >= 0]
    if not ends and not complete:
        raise TableUnreadable(
            N_("The first line does not end within %(size)s."),
            hint=N_("A table begins with one line of column names."),
            size=in_bytes(HEADER_BYTES),
        )
    try:
        text = codecs.getincrementaldecoder("utf-8-sig")().decode(head, final=complete)
    except UnicodeDecodeError:
        raise _encoding_fault(path) or _not_utf8() from None
    if "\0" in text.split("\n", 1)[0]:
        raise _encoding_fault(path) or _not_utf8()
    lines = (line for line in io.StringIO(text, newline="") if line.strip("\r\n"))
    first = next(lines)
    counts = {mark: _outside_quotes(first, mark) for mark in (",", "\t", ";")}
    delimiter = max(counts, key=lambda mark: counts[mark])
    if counts[delimiter] >= MAX_COLUMNS:
        raise TableUnreadable(
            N_("The table has %(n)s columns; at most %(most)s are read."),
            code="too_large",
            n=counts[delimiter] + 1,
            most=MAX_COLUMNS,
        )
    try:
        names = next(csv.reader(chain([first], lines), delimiter=delimiter, strict=True))
    except (csv.Error, StopIteration):
        raise TableUnreadable(N_("The header line has a quotation mark that never closes.")) from None
    return delimiter, tuple(names)


def _outside_quotes(line: str, mark: str) -> int:
    return sum(part.count(mark) for part in line.split('"')[::2])


def _records(table: TableFile) -> Iterator[tuple[int, list[str]]]:
    """(line on which it begins, cells) of each record after the header; like pyarrow, it skips blank lines."""
    # The limit is the whole process's: put back afterwards, it would fail another thread that is still reading.
    csv.field_size_limit(MAX_RECORD_BYTES)
    with table.path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        reader = csv.reader((line.replace("\0", "\ufffd") for line in file), delimiter=table.delimiter)
        begins = 1
        header_seen = False
        for cells in reader:
            if cells and header_seen:
                yield begins, cells
            header_seen = header_seen or bool(cells)
            begins = reader.line_num + 1


def _encoding_fault(path: Path) -> TableUnreadable | None:
    """What is wrong with a file as UTF-8 text: another encoding, or NUL bytes."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    line = 1
    with path.open("rb") as file:
        while block := file.read(BLOCK_BYTES):
            try:
                decoder.decode(block)
            except UnicodeDecodeError as error:
                # The error counts from what the decoder still held of the block before.
                line += block[: max(0, error.start)].count(b"\n")
                return _not_utf8(line, korean=_is_korean_codepage(path))
            if b"\0" in block:
                line += block[: block.index(b"\0")].count(b"\n")
                return TableUnreadable(
                    N_("Line %(line)s holds a zero byte; a text table has none."),
                    hint=N_("Save the file as “CSV UTF-8”, or write it anew with your program."),
                    code="wrong_encoding",
                    line=line,
                )
            line += block.count(b"\n")
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return _not_utf8(line)
    return None


def _is_korean_codepage(path: Path) -> bool:
    decoder = codecs.getincrementaldecoder("cp949")()
    try:
        with path.open("rb") as file:
            while block := file.read(BLOCK_BYTES):
                decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _refuse_other_formats(head: bytes) -> None:
    for magic, name in _PACKED.items():
        if head.startswith(magic):
            if name == "ZIP" and (b"[Content_Types].xml" in head[:4096] or b"xl/" in head[:4096]):
                raise _other_format("Excel", code="compressed")
            raise TableUnreadable(
                N_("The file is compressed (%(format)s); a plain table is expected."),
                hint=N_("Unpack it and send the CSV or Parquet file that is inside."),
                code="compressed",
                format=name,
            )
    for magic, name in _OTHER.items():
        if head.startswith(magic):
            raise _other_format(name)
    if head.startswith(_UTF16):
        raise TableUnreadable(
            N_("The file is text in UTF-16; UTF-8 is expected."),
            hint=N_('Save it as “CSV UTF-8”; in pandas: to_csv(…, encoding="utf-8").'),
            code="wrong_encoding",
        )


# --- Parquet -------------------------------------------------------------------------------------------------


def _open_parquet(path: Path, max_bytes: int, max_rows: int) -> TableFile:
    try:
        file = pq.ParquetFile(path, thrift_string_size_limit=2**24, thrift_container_size_limit=2**20)
        metadata, schema = file.metadata, file.schema_arrow
        unpacked = sum(metadata.row_group(i).total_byte_size for i in range(metadata.num_row_groups))
    except (pa.ArrowException, OSError, ValueError) as error:
        raise _broken_parquet(error) from error
    if len(schema.names) > MAX_COLUMNS:
        raise TableUnreadable(
            N_("The table has %(n)s columns; at most %(most)s are read."),
            code="too_large",
            n=len(schema.names),
            most=MAX_COLUMNS,
        )
    if metadata.num_rows > max_rows:
        raise _too_many_rows(metadata.num_rows, max_rows)
    if unpacked > max_bytes:
        raise _unpacks_too_large(max_bytes)
    return TableFile(path, "parquet", tuple(schema.names), ",", metadata.num_rows, max_bytes, max_rows)


def _parquet(table: TableFile, names: Sequence[str] = ()) -> pq.ParquetFile:
    """Text stays dictionary-encoded while it is read: one long value repeated a million times is weighed first."""
    plain = pq.ParquetFile(table.path, thrift_string_size_limit=2**24, thrift_container_size_limit=2**20)
    schema = plain.schema_arrow
    texts = [n for n in names if _is_text(schema.field(n).type)]
    return pq.ParquetFile(table.path, read_dictionary=texts) if texts else plain


def _batches(table: TableFile, names: Sequence[str]) -> Iterator[pa.RecordBatch]:
    rows = unpacked = 0
    try:
        for batch in _parquet(table, names).iter_batches(batch_size=BATCH_ROWS, columns=list(names)):
            rows += batch.num_rows
            unpacked += sum(_plain_bytes(column) for column in batch.columns)
            if rows > table.max_rows:
                raise _too_many_rows(rows, table.max_rows)
            if unpacked > table.max_bytes:
                raise _unpacks_too_large(table.max_bytes)
            yield batch
    except (pa.ArrowException, OSError) as error:
        raise _broken_parquet(error) from error


def _plain_bytes(column: pa.Array) -> int:
    """The bytes of a column once its dictionary is written out, found without writing it out."""
    if not pa.types.is_dictionary(column.type):
        return int(column.nbytes)
    lengths = pc.binary_length(column.dictionary).take(column.indices)
    return int(pc.sum(lengths).as_py() or 0) + 4 * len(column)


def _read_parquet(table: TableFile, types: Mapping[str, pa.DataType]) -> pa.Table:
    names = list(types)
    columns: dict[str, list[pa.Array]] = {name: [] for name in names}
    for batch in _batches(table, names):
        for name in names:
            try:
                columns[name].append(_converted(batch.column(name), types[name]))
            except pa.ArrowNotImplementedError as error:
                if pa.types.is_string(types[name]):
                    raise _odd_kind(batch.column(name).type) from error
                raise pa.ArrowInvalid(str(error)) from error  # dates where numbers are wanted, say
    return pa.table({name: pa.chunked_array(columns[name], types[name]) for name in names})


def _converted(column: Any, kind: pa.DataType) -> Any:
    """A Parquet column in the wanted type; missing text is empty text, as in a CSV file."""
    nested = column.type
    if pa.types.is_dictionary(nested):
        column = column.cast(nested.value_type)
    if pa.types.is_nested(column.type) or _is_binary(column.type):
        raise _odd_kind(column.type)
    if pa.types.is_dictionary(kind):
        return pc.fill_null(column.cast(pa.string()), "").dictionary_encode().cast(kind)
    if pa.types.is_string(kind):
        return pc.fill_null(column.cast(pa.string()), "")
    if _is_text(column.type):
        column = pc.replace_with_mask(
            column, pc.is_in(column, pa.array(NULLS, column.type)), pa.scalar(None, column.type)
        )
    return column.cast(kind)


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _is_binary(kind: pa.DataType) -> bool:
    return bool(pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind))


# --- words ---------------------------------------------------------------------------------------------------


def in_bytes(size: int) -> str:
    for unit in ("bytes", "KB", "MB"):
        if size < 1024:
            return f"{size:.4g} {unit}"
        size /= 1024  # type: ignore[assignment]
    return f"{size:.4g} GB"


def _empty() -> TableUnreadable:
    return TableUnreadable(
        N_("The file is empty."), hint=N_("A table begins with one line of column names."), code="empty"
    )


def _too_large(size: int, most: int) -> TableUnreadable:
    return TableUnreadable(
        N_("The file has %(size)s; at most %(most)s are read."),
        hint=N_("Write fewer digits, or send Parquet."),
        code="too_large",
        size=in_bytes(size),
        most=in_bytes(most),
    )


def _too_many_rows(n_rows: int, most: int) -> TableUnreadable:
    return TableUnreadable(
        N_("The table has %(n)s rows; at most %(most)s are read."), code="too_large", n=n_rows, most=most
    )


def _unpacks_too_large(most: int) -> TableUnreadable:
    return TableUnreadable(
        N_("The file unpacks to more than %(most)s, which is the most that is read."),
        code="too_large",
        most=in_bytes(most),
    )


def _other_format(name: str, code: str = "unreadable") -> TableUnreadable:
    return TableUnreadable(
        N_("The file is %(format)s; a CSV, TSV or Parquet table is expected."),
        hint=N_("Save or export the table as “CSV UTF-8”."),
        code=code,
        format=name,
    )


def _broken_parquet(error: Exception) -> TableUnreadable:
    return TableUnreadable(
        N_("The Parquet file cannot be read: %(reason)s"),
        hint=N_("Write it anew; it may have been cut off on its way."),
        reason=str(error).splitlines()[0][:200] if str(error) else type(error).__name__,
    )


def _odd_kind(kind: pa.DataType) -> TableUnreadable:
    return TableUnreadable(
        N_("A column holds %(kind)s; numbers or text are expected."), code="unreadable", kind=str(kind)[:100]
    )


def _not_utf8(line: int | None = None, *, korean: bool = False) -> TableUnreadable:
    hint = N_('Save it as “CSV UTF-8”; in pandas: to_csv(…, encoding="utf-8").')
    if korean:
        hint = N_(
            "It looks like CP949 (EUC-KR), which Korean Windows writes. In Excel choose “CSV UTF-8” when saving; "
            'in pandas: to_csv(…, encoding="utf-8").'
        )
    if line is None:
        return TableUnreadable(N_("The file is not UTF-8 text."), hint=hint, code="wrong_encoding")
    return TableUnreadable(
        N_("The file is not UTF-8 text: line %(line)s cannot be read."), hint=hint, code="wrong_encoding", line=line
    )


def _ragged(line: int, expected: int, received: int) -> TableUnreadable:
    return TableUnreadable(
        N_("Line %(line)s has %(received)s cells; the header has %(expected)s."),
        hint=N_("A comma inside a cell needs quotation marks around the cell."),
        line=line,
        received=received,
        expected=expected,
    )
