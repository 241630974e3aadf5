"""What would give the answers away: columns that are the target in other words, and test rows that stand in train.

Owns warnings for the host, never refusals: a perfect predictor is sometimes meant, and twins are sometimes real. At
most `MOST_ROWS` evenly spaced rows are looked at for columns; twins are counted over all rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from seodang.i18n import N_
from seodang.score.columns import as_numbers, is_blank
from seodang.score.errors import Problem

MOST_ROWS = 50_000
MOST_CELLS = 5_000_000
FEWEST_ROWS = 20
# Beyond this, a straight line through column and target leaves nothing to learn.
STRAIGHT = 0.999_999


def columns_that_tell(table: pa.Table, features: Sequence[str], target: str) -> Iterator[Problem]:
    """A warning for each feature that equals the target, renames it, or settles it alone."""
    if table.num_rows < FEWEST_ROWS:
        return
    most = min(MOST_ROWS, max(1_000, MOST_CELLS // max(1, len(features))))
    if table.num_rows > most:
        table = table.take(pa.array(np.linspace(0, table.num_rows - 1, most).astype(np.int64)))
    wanted = _Target(table.column(target))
    if wanted.n_values < 2:
        return
    for name in features:
        if (found := wanted.told_by(table.column(name))) is not None:
            code, template = found
            yield Problem(
                code=code,
                template=template,
                params={"column": name, "target": target},
                hint_template=N_("If it is not known before the answer is, name it in “leave_out”."),
            )


class _Target:
    """The target, encoded once, and the tests of one column against it."""

    def __init__(self, column: pa.ChunkedArray) -> None:
        self.text = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
        self.numbers = as_numbers(self.text)
        encoded = _encoded(self.text)
        self.codes, self.n_values = encoded

    def told_by(self, column: pa.ChunkedArray) -> tuple[str, str] | None:
        text = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
        if text.equals(self.text):
            return "same_as_target", N_("The column “%(column)s” is the same as the target “%(target)s”.")
        codes, n_values = _encoded(text)
        if n_values < 2:
            return None
        n_pairs = len(np.unique(codes * self.n_values + self.codes))
        # One value of the target for each of the column's; without repetition that would be chance.
        if n_pairs == n_values and n_values <= len(codes) // 3:
            if n_values == self.n_values:
                return "renames_target", N_("The column “%(column)s” is the target “%(target)s” under other names.")
            return "tells_target", N_("The column “%(column)s” alone settles the target “%(target)s”.")
        if pc.any(is_blank(text)).as_py():
            return None
        numbers = as_numbers(text)
        if numbers is not None and (self._is_straight(numbers) or self._is_cut_in_two(numbers)):
            return "tells_target", N_("The column “%(column)s” alone settles the target “%(target)s”.")
        return None

    def _is_straight(self, numbers: npt.NDArray[np.float64]) -> bool:
        if self.numbers is None or self.n_values < 3:
            return False
        with np.errstate(all="ignore"):
            return bool(abs(np.corrcoef(numbers, self.numbers)[0, 1]) > STRAIGHT)

    def _is_cut_in_two(self, numbers: npt.NDArray[np.float64]) -> bool:
        """Of two classes, every row of one lies above every row of the other."""
        if self.n_values != 2:
            return False
        first, second = numbers[self.codes == 0], numbers[self.codes == 1]
        if min(len(first), len(second)) < FEWEST_ROWS // 2:
            return False
        return bool(first.max() < second.min() or second.max() < first.min())


def _encoded(text: pa.Array) -> tuple[npt.NDArray[np.int64], int]:
    found = text.dictionary_encode()
    return found.indices.to_numpy(zero_copy_only=False).astype(np.int64), len(found.dictionary)


def twins(train: pa.ChunkedArray | pa.Array, test: pa.ChunkedArray | pa.Array) -> Problem | None:
    """A warning when rows of test have the same features as a row of train; both as lines of CSV."""
    if not len(train) or not len(test):
        return None
    count = int(pc.sum(pc.is_in(test, value_set=train)).as_py() or 0)
    if not count:
        return None
    return Problem(
        code="twins",
        template=N_("%(count)s of %(n)s test rows have the same features as a row of the training data."),
        params={"count": count, "n": len(test)},
        count=count,
        hint_template=N_("Take doubles out of the table, or split by a group that holds them together."),
    )
