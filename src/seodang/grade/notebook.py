"""A notebook as marking reads it: cells with their source and metadata, outputs left behind.

`read_notebook` is a wall: the file may be a stranger's. It checks the size before it reads, cuts outputs out of a
large file before it parses (see `_prune`), and checks every field that anything below uses, itself: validation
against nbformat's JSON schema takes longer than marking a plain notebook. What it does not do: judge what the code
does.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from seodang.grade._prune import TooManyParts, without_outputs
from seodang.grade.errors import SubmissionRefused
from seodang.i18n import N_

MEBIBYTE = 1024 * 1024
MAX_FILE_BYTES = 64 * MEBIBYTE  # with outputs
MAX_TEXT_BYTES = 8 * MEBIBYTE  # without them
MAX_CELLS = 5000
_SMALL = MEBIBYTE  # such a file is parsed as it is: nothing in it can grow large
_MAX_METADATA_DEPTH = 50
_CELL_TYPES = frozenset({"code", "markdown", "raw"})
_TEXT_SUFFIXES = frozenset({".py", ".md", ".rmd"})


@dataclass(frozen=True)
class Cell:
    """One cell. `metadata` is whatever the file says, checked to be a dict and nothing more."""

    cell_type: str
    source: str
    metadata: dict[str, Any] = field(default_factory=dict)
    id: str = ""
    attachments: dict[str, Any] | None = None


@dataclass(frozen=True)
class Notebook:
    """A notebook of nbformat 4, without outputs. `minor` is 5 where cells have ids."""

    name: str
    cells: tuple[Cell, ...]
    metadata: dict[str, Any] = field(default_factory=dict)
    minor: int = 5
    is_text: bool = False  # it was read from a text form, whose cells have no ids of their own

    @property
    def language(self) -> str:
        """As nbgrader finds it: the kernel's language, "python" where the file does not say."""
        kernelspec = self.metadata.get("kernelspec")
        language = kernelspec.get("language") if isinstance(kernelspec, dict) else None
        return language if isinstance(language, str) and language else "python"


def read_notebook(source: bytes | Path, *, name: str = "", max_bytes: int = MAX_FILE_BYTES) -> Notebook:
    """Read `.ipynb` (nbformat 1 to 4) or a jupytext text form (`.py` percent, `.md`, MyST `.md`, `.Rmd`).

    name: the file's name, whose suffix tells text forms; a path's own name where it is left out.

    Raises:
        SubmissionRefused: with a code of `errors`; the message says what was expected, what came and what to do.
    """
    if isinstance(source, Path):
        name = name or source.name
        data = _read_file(source, max_bytes)
    else:
        data = source
    if len(data) > max_bytes:
        raise _too_large(len(data), max_bytes)
    data = data.removeprefix(b"\xef\xbb\xbf")
    if not data.strip(b" \t\r\n\0"):
        raise SubmissionRefused(
            N_("The file is empty; a notebook was expected."),
            hint=N_("Save the notebook once more and hand in the saved file."),
            code="empty_file",
        )
    suffix = Path(name).suffix.lower()
    if suffix in _TEXT_SUFFIXES and data.lstrip()[:1] != b"{":
        from seodang.grade._text import read_text_form

        notebook = read_text_form(decode(data), name=name, suffix=suffix)
    else:
        notebook = _read_json(data, name)
    if not notebook.cells:
        raise SubmissionRefused(
            N_("The notebook has no cells."),
            hint=N_("Open it, check that your work is there, save it and hand in the saved file."),
            code="no_cells",
        )
    return notebook


def decode(data: bytes) -> str:
    """The text of a file that must be UTF-8.

    Raises:
        SubmissionRefused: naming the line.
    """
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as fault:
        raise SubmissionRefused(
            N_("The file is not UTF-8 text: line %(line)s holds a byte that cannot be read."),
            hint=N_("Save it as UTF-8, the encoding of every notebook program, and hand it in again."),
            code="not_utf8",
            line=data.count(b"\n", 0, fault.start) + 1,
        ) from None


def _read_file(path: Path, max_bytes: int) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(max_bytes + 1)
            size = file.seek(0, 2) if len(data) > max_bytes else len(data)
    except OSError as fault:
        raise SubmissionRefused(
            N_("“%(name)s” cannot be read: %(reason)s."),
            hint=N_("Give the path of a notebook."),
            code="unreadable",
            name=path.name,
            reason=fault.strerror or type(fault).__name__,
        ) from fault
    if size > max_bytes:
        raise _too_large(size, max_bytes)
    return data


def _too_large(size: int, limit: int) -> SubmissionRefused:
    return SubmissionRefused(
        N_("The notebook has %(size)s MB; at most %(limit)s MB are accepted."),
        hint=N_("Clear its outputs (“Clear all outputs”), save it and hand it in again: marking makes them anew."),
        code="too_large",
        size=-(-size // 1_000_000),
        limit=limit // 1_000_000,
    )


# --- JSON -----------------------------------------------------------------------------------------------------


def _read_json(data: bytes, name: str) -> Notebook:
    if data.lstrip()[:1] != b"{":
        raise not_a_notebook(data)
    if len(data) > _SMALL:
        try:
            data = without_outputs(data)
        except TooManyParts:
            raise _too_complex() from None
        if len(data) > MAX_TEXT_BYTES:
            raise _too_large(len(data), MAX_TEXT_BYTES)
    text = decode(data)
    try:
        # NaN is no JSON, yet Python writes it and nothing below reads it: it becomes null.
        value = json.loads(text, parse_constant=lambda _: None)
    except RecursionError:
        raise _too_complex() from None
    except ValueError as fault:
        raise _broken_json(data, fault) from None
    return _from_json(value, name)


def _from_json(value: dict[str, Any], name: str) -> Notebook:
    major = value.get("nbformat")
    if not isinstance(major, int) or isinstance(major, bool) or not ("cells" in value or "worksheets" in value):
        raise not_a_notebook(b"{}")
    if major > 4:
        raise SubmissionRefused(
            N_("The notebook is written in format %(major)s; format 4 was expected."),
            hint=N_("Save it with the Jupyter of this course and hand it in again."),
            code="future_format",
            major=major,
        )
    if major < 4:
        value = _upgrade(value, major)
    cells = value.get("cells")
    if not isinstance(cells, list):
        raise _schema(N_("The notebook is damaged: its cells are no list."))
    if len(cells) > MAX_CELLS:
        raise SubmissionRefused(
            N_("The notebook has %(count)s cells; at most %(limit)s are accepted."),
            hint=N_("Delete the cells that are not your work and hand it in again."),
            code="too_many_cells",
            count=len(cells),
            limit=MAX_CELLS,
        )
    minor = value.get("nbformat_minor")
    return Notebook(
        name=name,
        cells=tuple(_cell(cell, number) for number, cell in enumerate(cells, start=1)),
        metadata=_metadata(value.get("metadata")),
        minor=minor if isinstance(minor, int) and 0 <= minor <= 5 else 5,
    )


def _cell(value: Any, number: int) -> Cell:
    if not isinstance(value, dict):
        raise _schema(N_("The notebook is damaged: cell %(number)s is no cell."), number=number)
    cell_type = value.get("cell_type")
    if not isinstance(cell_type, str) or cell_type not in _CELL_TYPES:
        raise _schema(N_("The notebook is damaged: the type of cell %(number)s is unknown."), number=number)
    source = value.get("source")
    if isinstance(source, list) and all(isinstance(line, str) for line in source):
        source = "".join(source)
    if not isinstance(source, str):
        raise _schema(N_("The notebook is damaged: the source of cell %(number)s is no text."), number=number)
    identity = value.get("id")
    return Cell(
        cell_type=cell_type,
        source=clean(source),
        metadata=_metadata(value.get("metadata")),
        id=identity if isinstance(identity, str) and re.fullmatch(r"[\w-]{1,64}", identity, re.ASCII) else "",
        attachments=_attachments(value.get("attachments")),
    )


def _metadata(value: Any) -> dict[str, Any]:
    """The mapping; {} for anything else. What nests too deeply would stop whoever copies or writes it."""
    if not isinstance(value, dict):
        return {}
    level: list[Any] = [value]
    for _ in range(_MAX_METADATA_DEPTH):
        inner = [entry for part in level for entry in (part.values() if isinstance(part, dict) else part)]
        level = [entry for entry in inner if isinstance(entry, dict | list)]
        if not level:
            return value
    raise _too_complex()


def _attachments(value: Any) -> dict[str, Any] | None:
    """Files in a Markdown cell, by name and by MIME type; anything of another shape is left behind."""
    if not isinstance(value, dict):
        return None
    found = {}
    for name, kinds in value.items():
        if isinstance(kinds, dict) and all(isinstance(data, str) for data in kinds.values()):
            found[clean(name)] = {clean(kind): clean(data) for kind, data in kinds.items()}
    return found or None


def clean(text: str) -> str:
    """The text without what no file and no database can hold: lone surrogates and NUL become U+FFFD."""
    if "\0" in text:
        text = text.replace("\0", "\ufffd")
    if text.isascii():
        return text
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        # A pair of surrogates that was escaped apart is one letter; only what is alone is replaced.
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def _upgrade(value: dict[str, Any], major: int) -> dict[str, Any]:
    import nbformat

    try:
        node = nbformat.convert(nbformat.from_dict(value), 4)
    except Exception as fault:
        # nbformat upgrades what is well formed; a stranger's file can make it fail in any way.
        raise _schema(
            N_("The notebook is damaged: its old format %(major)s could not be upgraded."), major=major
        ) from fault
    return dict(node)


# --- refusals -------------------------------------------------------------------------------------------------


def _schema(template: str, **params: Any) -> SubmissionRefused:
    hint = N_("Open it in Jupyter, save it and hand in the saved file.")
    return SubmissionRefused(template, hint=hint, code="schema", **params)


def _too_complex() -> SubmissionRefused:
    return SubmissionRefused(
        N_("The notebook's file is nested too deeply or holds too many values to be read."),
        hint=N_("Clear its outputs (“Clear all outputs”), save it and hand it in again: marking makes them anew."),
        code="too_complex",
    )


def _broken_json(data: bytes, fault: ValueError) -> SubmissionRefused:
    if re.search(rb"^(<{7} |>{7} )", data, re.MULTILINE):
        return SubmissionRefused(
            N_("The file holds the marks of a merge conflict (“<<<<<<<”), so it is no notebook."),
            hint=N_("Settle the conflict in git, open the notebook to check it, and hand it in again."),
            code="conflict",
        )
    hint = N_("Open it in Jupyter, save it and hand in the saved file.")
    if isinstance(fault, json.JSONDecodeError):
        template = N_("The file is no notebook: its JSON is damaged or breaks off at line %(line)s.")
        return SubmissionRefused(template, hint=hint, code="not_a_notebook", line=fault.lineno)
    return SubmissionRefused(N_("The file is no notebook: its JSON is damaged."), hint=hint, code="not_a_notebook")


_KINDS = (
    (rb"PK\x03\x04.{0,2000}?word/", N_("The file is a Word document; a Jupyter notebook (.ipynb) was expected.")),
    (rb"PK\x03\x04", N_("The file is a ZIP archive; a Jupyter notebook (.ipynb) was expected.")),
    (rb"\x1f\x8b", N_("The file is a gzip archive; a Jupyter notebook (.ipynb) was expected.")),
    (rb"%PDF-", N_("The file is a PDF document; a Jupyter notebook (.ipynb) was expected.")),
    (
        rb"\s*<(!doctype\s+html|html|head|body|\?xml)",
        N_("The file is a web page; a Jupyter notebook was expected."),
    ),
    (rb"version https://git-lfs", N_("The file is a pointer of Git LFS; the notebook itself was expected.")),
    (rb"\x89PNG|\xff\xd8\xff|GIF8", N_("The file is a picture; a Jupyter notebook (.ipynb) was expected.")),
    (rb"\xff\xfe|\xfe\xff", N_("The file is text in UTF-16; a notebook in UTF-8 was expected.")),
    (rb"\{", N_("The file is JSON but no notebook: it has no format number or no cells.")),
)


def not_a_notebook(data: bytes) -> SubmissionRefused:
    """Say what came instead, where its first bytes tell."""
    head = data[:4096]
    if head.startswith(b"<<<<<<< "):
        return _broken_json(data, ValueError())
    template = N_("The file is no notebook; a Jupyter notebook (.ipynb) was expected.")
    for pattern, told in _KINDS:
        if re.match(pattern, head, re.IGNORECASE | re.DOTALL):
            template = told
            break
    hint = N_("Hand in the notebook itself, the file that ends in .ipynb.")
    return SubmissionRefused(template, hint=hint, code="not_a_notebook")
