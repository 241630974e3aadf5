"""Notebooks as plain text, through jupytext: percent scripts, Markdown, MyST and R Markdown, read and written.

The form is always named, never left to the file's header: some of jupytext's forms start other programs (pandoc,
quarto), which a stranger's file must not do.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Any

from seodang.grade.errors import GradeError, SubmissionRefused
from seodang.grade.notebook import MEBIBYTE, Cell, Notebook, clean
from seodang.i18n import N_

MAX_TEXT_FORM_BYTES = MEBIBYTE
MAX_TEXT_FORM_CELLS = 1500  # jupytext takes a time that grows with the square of the cells
_KEPT_METADATA = "seodang,kernelspec,title,language_info,authors"
_CELL_MARK = re.compile(r"^\s*# %%", re.MULTILINE)
_MARKS = re.compile(r"^[ \t]*(?:# %%|```|~~~|\+\+\+|<!-- #)", re.MULTILINE)
# Where jupytext reads YAML: the header (in a script, in comments) and the headers of MyST's cells.
_YAML = re.compile(
    r"\A(?:(?!#* ?---|# ?%%).*\n)*#* ?---[ \t]*\n(?:.*\n)*?#* ?---[ \t]*$"
    r"|^```+\{code-cell[^\n]*\n---[ \t]*\n(?:.*\n)*?---[ \t]*$",
    re.MULTILINE,
)
_ALIAS = re.compile(r"(?:^|[\s:\[{,-])\*[\w-]")
_MYST = re.compile(r"format_name:\s*myst|^```\{code-cell\}|^\+\+\+( |$)", re.MULTILINE)


def form_of(text: str, suffix: str) -> str:
    """jupytext's name of the form that a text is written in."""
    if suffix == ".py":
        return "py:percent"
    if suffix == ".rmd":
        return "Rmd"
    return "md:myst" if _MYST.search(text) else "md:markdown"


def read_text_form(text: str, *, name: str, suffix: str) -> Notebook:
    """The notebook that a text stands for.

    Raises:
        SubmissionRefused: a script without cells, or text that jupytext cannot read.
    """
    if len(text) > MAX_TEXT_FORM_BYTES:
        raise SubmissionRefused(
            N_("The file has %(size)s MB; a notebook written as text has at most %(limit)s MB."),
            hint=N_("Keep data in files of their own."),
            code="too_large",
            size=-(-len(text) // 1_000_000),
            limit=MAX_TEXT_FORM_BYTES // 1_000_000,
        )
    if suffix == ".py" and not _CELL_MARK.search(text):
        raise SubmissionRefused(
            N_("The file is a Python script without cells; a notebook was expected."),
            hint=N_("Hand in the notebook itself (.ipynb), or mark the script's cells with “# %%” lines."),
            code="no_cells",
        )
    # A YAML alias of aliases fills any memory.
    marks = sum(1 for _ in _MARKS.finditer(text))
    if marks > (MAX_TEXT_FORM_CELLS if suffix == ".py" else 2 * MAX_TEXT_FORM_CELLS):
        raise _too_many(marks)
    if any(_ALIAS.search(block) for block in _YAML.findall(text)):
        raise SubmissionRefused(
            N_("The file's header uses YAML aliases (“*name”), which are not read."),
            hint=N_("Write the values out in the header."),
            code="not_a_notebook",
        )
    import jupytext

    try:
        node = jupytext.reads(text, fmt=form_of(text, suffix))
    except Exception as fault:
        # jupytext and the YAML reader beneath it raise whatever a damaged header makes them raise.
        raise SubmissionRefused(
            N_("The file cannot be read as a notebook: its header or a cell's header is damaged."),
            hint=N_("Open it in Jupyter with jupytext, save it and hand in the saved file."),
            code="not_a_notebook",
        ) from fault
    if len(node.cells) > MAX_TEXT_FORM_CELLS:
        raise _too_many(len(node.cells))
    cells = tuple(
        Cell(cell.cell_type, clean(cell.source), _plain(cell.metadata), _stable_id(number, cell.source))
        for number, cell in enumerate(node.cells)
    )
    metadata = _plain(node.metadata)
    metadata.pop("jupytext", None)
    return Notebook(name=name, cells=cells, metadata=metadata, minor=5, is_text=True)


def _too_many(count: int) -> SubmissionRefused:
    return SubmissionRefused(
        N_("The notebook has %(count)s cells; at most %(limit)s are accepted."),
        hint=N_("Delete the cells that are not your work and hand it in again."),
        code="too_many_cells",
        count=count,
        limit=MAX_TEXT_FORM_CELLS,
    )


def write_text_form(document: dict[str, Any], path: Path) -> str:
    """A notebook (nbformat 4 as a dict) as text, in the form that the path's suffix names; outputs are not kept.

    Raises:
        GradeError: a suffix that names no form.
    """
    import jupytext
    import nbformat

    suffix = path.suffix.lower()
    forms = {".py": "py:percent", ".md": "md:markdown", ".myst.md": "md:myst", ".rmd": "Rmd"}
    form = forms.get("".join(path.suffixes[-2:]).lower()) or forms.get(suffix)
    if form is None:
        raise GradeError(
            N_("A notebook cannot be written as “%(suffix)s”."),
            hint=N_("Give a file that ends in .ipynb, .py, .md, .myst.md or .Rmd."),
            code="unknown_form",
            suffix=path.suffix,
        )
    node = nbformat.from_dict(document)
    node.metadata["jupytext"] = {
        "notebook_metadata_filter": _KEPT_METADATA,
        "cell_metadata_filter": "all",
        "text_representation": {"extension": path.suffix, "format_name": form.partition(":")[2] or "rmarkdown"},
    }
    return str(jupytext.writes(node, fmt=form))


def _stable_id(number: int, source: str) -> str:
    """jupytext makes ids at random; one that stays lets two releases of the same source be equal."""
    return hashlib.sha256(f"{number}\0{source}".encode("utf-8", "replace")).hexdigest()[:12]


def _plain(value: Any) -> Any:
    """Plain dicts and lists of what jupytext returns; values JSON does not know (dates of YAML) become text."""
    if isinstance(value, dict):
        return {str(key): _plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(entry) for entry in value]
    return value if isinstance(value, str | int | float | bool) or value is None else str(value)
