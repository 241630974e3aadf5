"""The errors of `seodang.score`.

    ScoreError
    ├── MetricUndefined     the metric has no value on this truth: for the host, while the competition is made
    ├── PredictionRefused   what is wrong with an entry, all of it, row by row: for the student, before it counts
    ├── TableUnreadable     a CSV, TSV or Parquet file that cannot be read at all
    ├── OptionInvalid       an option that the metric does not have, or a value that it does not take
    └── SpecInvalid         competition.yaml, or the choices of a host

Nothing here ever carries a value of the truth: `PredictionRefused` is built from the sample entry alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from seodang.errors import SeodangError, fill
from seodang.i18n import N_, gettext

ProblemCode = Literal[
    "unreadable",
    "empty",
    "too_large",
    "wrong_encoding",
    "compressed",
    "wrong_columns",
    "missing_ids",
    "unknown_ids",
    "duplicate_ids",
    "not_a_number",
    "not_finite",
    "unknown_label",
    "out_of_range",
    "not_summing_to_one",
]
PROBLEM_CODES: tuple[str, ...] = get_args(ProblemCode)

# How many offending rows a problem carries; `Problem.count` counts them all.
SHOWN_ROWS = 5


class ScoreError(SeodangError):
    """Whatever goes wrong in `seodang.score` and a person should read."""

    code = "score"


class MetricUndefined(ScoreError):
    """A metric that has no value on this truth (one class only, a constant target …)."""

    code = "metric_undefined"


class OptionInvalid(ScoreError):
    """An option of a metric: unknown, of the wrong type, or out of its range."""

    code = "option_invalid"


class SpecInvalid(ScoreError):
    """The host's choices, in `competition.yaml` or in the browser, do not fit together."""

    code = "spec_invalid"


class TableUnreadable(ScoreError):
    """A file that is no table; `code` is one of the first five problem codes, or "wrong_columns"."""

    code = "unreadable"

    def as_problem(self) -> Problem:
        return Problem(code=self.code, template=self.template, params=self.params, hint_template=self.hint_template)


@dataclass(frozen=True)
class OffendingRow:
    """Where it is wrong.

    Attributes:
        line: 1-based line of the file, the header being line 1; the row's number for Parquet; None for an id that
            the file lacks.
        id: the row's id as written.
        received: the offending text as written, shortened where it is long.
    """

    line: int | None
    id: str
    received: str

    def as_json(self) -> dict[str, Any]:
        return {"line": self.line, "id": self.id, "received": self.received}


@dataclass(frozen=True)
class Problem:
    """One kind of thing wrong with a file: the first `SHOWN_ROWS` rows that show it, and how many do."""

    code: str
    template: str
    params: Mapping[str, Any] = field(default_factory=dict)
    rows: tuple[OffendingRow, ...] = ()
    count: int = 0
    hint_template: str = ""

    @property
    def message(self) -> str:
        return fill(self.template, dict(self.params))

    @property
    def hint(self) -> str:
        return fill(self.hint_template, dict(self.params)) if self.hint_template else ""

    def as_json(self) -> dict[str, Any]:
        return {
            "code": self.code,
            "message": self.message,
            "hint": self.hint,
            "count": self.count,
            "rows": [row.as_json() for row in self.rows],
        }

    def lines(self) -> list[str]:
        """The problem as lines of plain text, in the reader's language."""
        text = [self.message]
        for row in self.rows:
            place = gettext("line %(line)s, ") % {"line": row.line} if row.line is not None else ""
            text.append(
                f"  {place}{gettext('id %(id)s') % {'id': row.id}}" + (f": {row.received}" if row.received else "")
            )
        if self.count > len(self.rows) > 0:
            text.append("  " + gettext("… and %(more)s more") % {"more": self.count - len(self.rows)})
        if self.hint:
            text.append("  " + self.hint)
        return text


class PredictionRefused(ScoreError):
    """An entry that cannot be scored; `problems` holds everything found, most basic first."""

    code = "prediction_refused"

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(N_("The file was not accepted."))
        self.problems = tuple(problems)

    @property
    def message(self) -> str:
        """The sentence, then each problem with its first rows."""
        lines = [gettext(self.template)]
        for problem in self.problems:
            first, *rest = problem.lines()
            lines += [f"- {first}", *rest]
        return "\n".join(lines)

    def as_json(self) -> dict[str, Any]:
        return {
            "code": self.code,
            "message": gettext(self.template),
            "hint": "",
            "problems": [problem.as_json() for problem in self.problems],
        }
