"""Everything that is wrong with an entry: which rows, what they hold, what was expected, what to do.

Reads the file as text, so what a message shows is what the file says. Slower than the quick way of
`score.prediction`, and still without a Python loop over rows. Knows the sample entry alone, never the truth.
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from seodang.i18n import N_
from seodang.score.errors import SHOWN_ROWS, OffendingRow, PredictionRefused, Problem, TableUnreadable
from seodang.score.ids import Alignment, align
from seodang.score.labels import encode_labels
from seodang.score.metrics._base import Needs
from seodang.score.metrics._runs import find_faults
from seodang.score.prediction import GREATEST, SUM_TOLERANCE, EntryFormat
from seodang.score.tables import NULLS, TableFile, read_text, record_lines

Array = NDArray[Any]
Mask = NDArray[np.bool_]

_LONGEST_SHOWN = 60
_LABELS_SHOWN = 12
_NUMBER = r"^[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$"
_INFINITE = r"^[-+]?(?i:inf|infinity)$"


def examine(table: TableFile, fmt: EntryFormat) -> Array:
    """The values of a file that only looked wrong ("+0.5", say).

    Raises:
        PredictionRefused: with all problems.
        TableUnreadable: no table at all.
    """
    return _Examination(table, fmt).run()


@dataclass
class _Examination:
    table: TableFile
    fmt: EntryFormat
    problems: list[Problem] = field(default_factory=list)

    def run(self) -> Array:
        fmt = self.fmt
        self.check_columns()
        present = [n for n in (fmt.id_column, *fmt.value_columns) if n in self.table.names]
        if self.table.repeated or not present:
            raise PredictionRefused(self.problems)
        try:
            self.text = read_text(self.table, present)
        except TableUnreadable as fault:
            if not self.problems:
                raise
            raise PredictionRefused([*self.problems, fault.as_problem()]) from fault
        if not len(self.text):
            self.add("empty", N_("The file has a header and no rows."), hint=N_("One row per id is expected."))
            raise PredictionRefused(self.problems)
        alignment = self.check_ids()
        values = self.check_values([n for n in fmt.value_columns if n in present])
        if self.problems:
            raise PredictionRefused(self.problems)
        assert values is not None
        return values if alignment is None else alignment.apply(values)

    # --- columns ---------------------------------------------------------------------------------------------

    def check_columns(self) -> None:
        names, fmt = self.table.names, self.fmt
        expected = [fmt.id_column, *fmt.columns] if fmt.id_column else list(fmt.columns)
        missing = [name for name in expected if name not in names]
        extra = [] if fmt.may_have_more else [name for name in dict.fromkeys(names) if name not in expected]
        if self.table.repeated:
            self.add(
                "wrong_columns",
                N_("The header names these columns more than once: %(names)s."),
                hint=N_("Give every column a name of its own."),
                names=_listed(self.table.repeated),
            )
        if not missing and not extra:
            return
        template = N_("The columns must be %(expected)s; missing: %(missing)s; not expected: %(extra)s.")
        if not extra:
            template = N_("The columns must be %(expected)s; missing: %(missing)s.")
        elif not missing:
            template = N_("The columns must be %(expected)s; not expected: %(extra)s.")
        hint, params = _hint_for_columns(missing, extra)
        lists = {"expected": _listed(expected), "missing": _listed(missing), "extra": _listed(extra)}
        self.problems.append(Problem("wrong_columns", template, {**lists, **params}, hint_template=hint))

    # --- ids -------------------------------------------------------------------------------------------------

    def check_ids(self) -> Alignment | None:
        """What is wrong with the ids; where all is well, how they lie (None: rows are compared in order)."""
        fmt = self.fmt
        if not fmt.id_column:
            if len(self.text) != len(fmt.ids):
                self.add(
                    "missing_ids" if len(self.text) < len(fmt.ids) else "unknown_ids",
                    N_("The file has %(received)s rows; %(expected)s are expected, in the order of the test data."),
                    received=len(self.text),
                    expected=len(fmt.ids),
                )
            return None
        if fmt.id_column not in self.text.column_names:
            return None
        found = align(fmt.ids, self.ids)
        if len(found.missing):
            rows = tuple(OffendingRow(None, _short(fmt.ids[int(i)]), "") for i in found.missing[:SHOWN_ROWS])
            self.add(
                "missing_ids",
                N_("Missing ids: %(count)s of %(expected)s."),
                hint=N_("Predict every row of the test data; the sample entry lists all ids."),
                rows=rows,
                count=len(found.missing),
                expected=len(fmt.ids),
            )
        if len(found.unknown):
            self.add_rows(
                "unknown_ids",
                N_("Rows with an id that is not expected: %(count)s."),
                found.unknown,
                received=None,
                hint=N_("Ids are compared letter by letter; the expected ones look like “%(example)s”."),
                example=_short(fmt.ids[0]) if len(fmt.ids) else "",
            )
        if len(found.repeated):
            self.add_rows(
                "duplicate_ids",
                N_("Rows that repeat an id: %(count)s."),
                found.repeated,
                received=None,
                hint=N_("Give every id exactly one row."),
            )
        return found

    @property
    def ids(self) -> pa.ChunkedArray:
        return self.text.column(self.fmt.id_column)

    # --- values ----------------------------------------------------------------------------------------------

    def check_values(self, names: Sequence[str]) -> Array | None:
        if not names:
            return None
        columns = [self.text.column(name) for name in names]
        if self.fmt.needs is Needs.LABELS:
            return self.check_labels(columns[0])
        if self.fmt.needs is Needs.MASK:
            return self.check_masks(columns[0])
        if self.fmt.needs is Needs.RANKING:
            return np.asarray(columns[0].to_numpy())
        return self.check_numbers(names, columns)

    def check_labels(self, column: pa.ChunkedArray) -> Array:
        codes = encode_labels(column, self.fmt.labels)
        shown = self.fmt.labels[:_LABELS_SHOWN]
        self.add_rows(
            "unknown_label",
            N_("Rows with a label that is not one of the classes: %(count)s."),
            np.flatnonzero(codes < 0),
            received=column,
            hint=N_("The classes are: %(labels)s."),
            labels=_listed([*shown, "…"] if len(self.fmt.labels) > len(shown) else shown),
        )
        return codes

    def check_masks(self, column: pa.ChunkedArray) -> Array:
        cells = column.to_numpy()
        faults = find_faults(cells, self.fmt.n_pixels)
        self.add_rows(
            "not_a_number",
            N_("Masks that are not pairs of whole numbers from 1: %(count)s."),
            np.flatnonzero(faults.malformed),
            received=column,
            hint=N_("A mask is “start length start length …”, counted from 1 down the columns of the image."),
        )
        self.add_rows(
            "out_of_range",
            N_("Masks with runs that overlap or leave the image: %(count)s."),
            np.flatnonzero(faults.outside),
            received=column,
            hint=N_("No pixel may be named twice, and none beyond the last of the image."),
        )
        return np.asarray(cells)

    def check_numbers(self, names: Sequence[str], columns: Sequence[pa.ChunkedArray]) -> Array:
        parsed = [_numbers(column) for column in columns]
        several = list(names) if len(names) > 1 else None
        self.add_cells(
            "not_a_number",
            N_("Cells that are not numbers: %(count)s."),
            [part.not_a_number for part in parsed],
            columns,
            several,
            hint=N_("Write numbers like 0.25 or 2.5e-3, with a point for decimals and nothing around them."),
        )
        self.add_cells(
            "not_finite",
            N_("Cells that are empty, NaN or infinite: %(count)s."),
            [part.not_finite for part in parsed],
            columns,
            several,
            hint=N_("Every row needs a finite number."),
        )
        low, high = max(self.fmt.limits[0], -GREATEST), min(self.fmt.limits[1], GREATEST)
        outside = [part.is_finite & ((part.values < low) | (part.values > high)) for part in parsed]
        template = N_("Numbers that are not between %(low)s and %(high)s: %(count)s.")
        if low > -GREATEST and not any((part.values > high).any() for part in parsed):
            template = N_("Numbers below %(low)s: %(count)s.")
        self.add_cells("out_of_range", template, outside, columns, several, low=f"{low:g}", high=f"{high:g}")
        values = np.column_stack([part.values for part in parsed]) if several else parsed[0].values
        if self.fmt.needs is Needs.PROBABILITIES and len(names) == len(self.fmt.labels):
            sums = values.sum(axis=1)
            usable = np.logical_and.reduce([part.is_finite for part in parsed]) & ~np.logical_or.reduce(outside)
            self.check_sums(sums, usable & ~(np.abs(sums - 1) <= SUM_TOLERANCE))
            values = values / np.where(usable, sums, 1.0)[:, None]
        return values

    def check_sums(self, sums: Array, wrong: Mask) -> None:
        rows = np.flatnonzero(wrong)
        texts = pa.chunked_array([pa.array([f"{total:.6g}" for total in sums[rows[:SHOWN_ROWS]]], pa.string())])
        self.add_rows(
            "not_summing_to_one",
            N_("Rows whose probabilities do not sum to 1: %(count)s."),
            rows,
            received=texts,
            received_is_short=True,
            hint=N_("Every row must sum to 1, give or take %(tolerance)s; the sums are shown."),
            tolerance=f"{SUM_TOLERANCE:g}",
        )

    # --- noting ----------------------------------------------------------------------------------------------

    def add(
        self,
        code: str,
        template: str,
        *,
        hint: str = "",
        rows: tuple[OffendingRow, ...] = (),
        count: int = 0,
        **params: Any,
    ) -> None:
        self.problems.append(Problem(code, template, {"count": count, **params}, rows, count, hint))

    def add_rows(
        self,
        code: str,
        template: str,
        records: Array,
        *,
        received: pa.ChunkedArray | None,
        received_is_short: bool = False,
        hint: str = "",
        **params: Any,
    ) -> None:
        """Note a problem of these rows, if any. `received_is_short`: it holds the first rows' texts only."""
        if not len(records):
            return
        first = [int(record) for record in records[:SHOWN_ROWS]]
        texts = [""] * len(first)
        if received is not None:
            texts = [_short(received[i if received_is_short else r]) for i, r in enumerate(first)]
        self.add(code, template, hint=hint, rows=self.rows_at(first, texts), count=len(records), **params)

    def add_cells(
        self,
        code: str,
        template: str,
        wrong: Sequence[Mask],
        columns: Sequence[pa.ChunkedArray],
        names: Sequence[str] | None,
        *,
        hint: str = "",
        **params: Any,
    ) -> None:
        """Note a problem of cells in one or several columns; with several, the text says which column."""
        count = int(sum(mask.sum() for mask in wrong))
        if not count:
            return
        firsts = [(int(r), c) for c, mask in enumerate(wrong) for r in np.flatnonzero(mask)[:SHOWN_ROWS]]
        firsts = sorted(firsts)[:SHOWN_ROWS]
        texts = [(f"{names[c]} = " if names else "") + _short(columns[c][r]) for r, c in firsts]
        rows = self.rows_at([r for r, _ in firsts], texts)
        self.add(code, template, hint=hint, rows=rows, count=count, **params)

    def rows_at(self, records: Sequence[int], texts: Sequence[str]) -> tuple[OffendingRow, ...]:
        lines = record_lines(self.table, records)
        has_ids = self.fmt.id_column in self.text.column_names
        ids = [_short(self.ids[record]) if has_ids else str(record + 1) for record in records]
        return tuple(OffendingRow(*row) for row in zip(lines, ids, texts, strict=True))


@dataclass(frozen=True)
class _Numbers:
    """A column of text read as numbers; `values` is NaN where it is not finite."""

    values: Array
    not_a_number: Mask
    not_finite: Mask

    @property
    def is_finite(self) -> Mask:
        return ~(self.not_a_number | self.not_finite)


def _numbers(column: pa.ChunkedArray) -> _Numbers:
    text = pc.utf8_trim_whitespace(column)
    written = _mask(pc.match_substring_regex(text, _NUMBER))
    infinite = _mask(pc.match_substring_regex(text, _INFINITE))
    missing = _mask(pc.is_in(text, pa.array(NULLS, pa.string())))
    plain = pc.utf8_ltrim(pc.if_else(pa.chunked_array([pa.array(written)]), text, "nan"), "+")
    values = plain.cast(pa.float64()).to_numpy()
    # A number too large for a float, such as 1e999, becomes infinite.
    return _Numbers(values, ~(written | infinite | missing), infinite | missing | (written & ~np.isfinite(values)))


def _mask(found: pa.ChunkedArray) -> Mask:
    return np.asarray(found.to_numpy(), dtype=bool)


def _hint_for_columns(missing: Sequence[str], extra: Sequence[str]) -> tuple[str, dict[str, str]]:
    for name in extra:
        near = _nearest(name, missing)
        if near:
            return N_("Did you mean “%(near)s” where the file says “%(name)s”?"), {
                "near": near,
                "name": _short(name),
            }
    if any(name == "" or name.startswith("Unnamed:") for name in extra):
        return N_(
            "The column without a name is the index of pandas; write the file with to_csv(…, index=False)."
        ), {}
    return N_("Take the header of the sample entry."), {}


def _nearest(name: str, candidates: Sequence[str]) -> str:
    folded = {candidate.strip().casefold(): candidate for candidate in candidates}
    near = difflib.get_close_matches(name.strip().casefold()[:200], folded, n=1, cutoff=0.6)
    return folded[near[0]] if near else ""


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(f"“{_short(name)}”" for name in names[:_LABELS_SHOWN])
    return shown + (", …" if len(names) > _LABELS_SHOWN else "")


def _short(text: Any) -> str:
    """Text of a stranger, fit to be shown: one line, not long."""
    whole = str(text.as_py() if isinstance(text, pa.Scalar) else text)
    shown = "".join(letter if letter.isprintable() else "\ufffd" for letter in whole[:_LONGEST_SHOWN])
    return shown if len(whole) <= _LONGEST_SHOWN else shown[:-1] + "…"
