"""From a host's data to a competition: what students get, and the truth, which they do not.

Owns: cutting one table into train, test and truth, or checking files that the host has split; the sample entry;
every check that keeps a broken competition from opening. Writes `out/shown/…` (train, test, sample entry, extra
files) and `out/hidden/truth.parquet`. Cells are written as they were read. Does not cover: who may read `hidden`.

How order and ids keep silent: without an id column every row gets a new number at random, and both files are sorted
by it; with one, the test rows are shuffled. Rows of train keep their order only in a split by time.
"""

from __future__ import annotations

import difflib
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from seodang.i18n import N_
from seodang.score._csv import joined, quoted, write_csv
from seodang.score._target import Target, check_defined, rows_with_target
from seodang.score.columns import evenly_spaced
from seodang.score.errors import Problem, TableUnreadable
from seodang.score.ids import first_repeated
from seodang.score.leaks import columns_that_tell, twins
from seodang.score.metrics import Needs
from seodang.score.profile import profile_table
from seodang.score.spec import CompetitionSpec, FieldInvalid, file_in
from seodang.score.splits import (
    PUBLIC,
    TRAIN,
    Parts,
    Shares,
    parse_times,
    shuffled,
    split_at_random,
    split_by_group,
    split_by_time,
    split_stratified,
)
from seodang.score.tables import TableFile, open_table, read_text, repeated_columns

MOST_BYTES = 2**30
TABLES = {".csv", ".tsv", ".parquet"}
# With fewer rows a score says little, and its interval is wide.
FEW_ROWS = 50
# How far the share of a part may lie from the wanted one before the host is told.
TOLERANCE = 0.1

Rows = npt.NDArray[np.int64]


@dataclass(frozen=True)
class PreparedFile:
    """A file that was written. `role`: train, test, sample, extra (shown) or truth (hidden)."""

    path: Path
    name: str
    role: str
    n_rows: int | None
    profile: dict[str, Any] | None = None


@dataclass
class Prepared:
    """What `prepare` made.

    Attributes:
        labels: class labels in pinned order; of two the second is the positive one.
        id_column, columns: the sample entry's header.
        warnings: what the host should look at; nothing that stands in the way.
    """

    files: list[PreparedFile]
    needs: Needs
    labels: tuple[str, ...]
    id_column: str
    columns: tuple[str, ...]
    n_train: int
    n_public: int
    n_private: int
    warnings: list[Problem] = field(default_factory=list)

    def file(self, role: str) -> PreparedFile | None:
        return next((file for file in self.files if file.role == role), None)


def prepare(spec: CompetitionSpec, source: str | Path, out: str | Path, *, max_bytes: int = MOST_BYTES) -> Prepared:
    """Make a competition's files.

    Args:
        source: the folder that holds the files the spec names, or the one table itself.
        out: a folder that is made; `shown` and `hidden` are written in it.

    Raises:
        FieldInvalid (a SpecInvalid): spec and data do not fit together.
        MetricUndefined: the metric has no value on the public or the private rows.
        TableUnreadable: a file is no table; of several files the message says which.
    """
    source, out = Path(source), Path(out)
    for wall in ("shown", "hidden"):
        (out / wall).mkdir(parents=True, exist_ok=True)
    if spec.data.is_split:
        from seodang.score._host_split import prepare_split_files

        return prepare_split_files(spec, source, out, max_bytes)
    path = source if source.is_file() else file_in(source, spec.data.table or "", field="data")
    made = _from_table(spec, path, out, max_bytes)
    kept = made.file("sample")
    ids = read_all(kept.path, max_bytes)[1].column(0) if kept is not None and spec.id is not None else None
    made.files += copy_extra(spec, source, out, max_bytes, made.id_column, ids)
    return made


# ---------------------------------------------------------------- one table


def _from_table(spec: CompetitionSpec, path: Path, out: Path, max_bytes: int) -> Prepared:
    file, table = read_all(path, max_bytes)
    _require_named_columns(spec, table)
    present = rows_with_target(table, spec)
    records = np.flatnonzero(present)
    warnings = []
    if len(records) < table.num_rows:
        warnings.append(_blanks(spec, table.num_rows - len(records)))
        table = table.filter(pa.array(present))
    target = Target.of(table, spec, file, records)
    parts = _split(spec, table, target)
    warnings += _odd_shares(spec, parts)

    features = [n for n in table.column_names if n not in (*spec.targets, *spec.leave_out) and n != spec.id]
    id_column, ids = _ids(spec, table, target, features)
    train, test = _ordered(spec, parts, ids)
    warnings += [warning for name in spec.targets for warning in columns_that_tell(table, features, name)]

    # Features are joined once into lines: whole rows then move as one cell.
    lines = joined([table.column(name) for name in features]) if features else None
    rows_of = {part: None if lines is None else lines.take(pa.array(rows)) for part, rows in _both(train, test)}
    if lines is not None and (found := twins(rows_of["train"], rows_of["test"])):
        warnings.append(found)
    written = quoted(ids)
    answers = [quoted(text) for text in target.texts]
    files = []
    for part, rows in _both(train, test):
        index = pa.array(rows)
        columns, header = [written.take(index)], [id_column]
        if rows_of[part] is not None:
            columns.append(rows_of[part])
            header += features
        if part == "train":
            columns += [answer.take(index) for answer in answers]
            header += spec.targets
        shown = out / "shown" / f"{part}.csv"
        write_csv(shown, header, columns)
        profile = _profile(table, ids, header, rows)
        files.append(PreparedFile(shown, shown.name, part, len(rows), profile))

    truth = target.truth(test, ids.take(pa.array(test)), parts[test] == PUBLIC)
    return finish(spec, out, target, truth, id_column, files, train=train, test=test, warnings=warnings)


def finish(
    spec: CompetitionSpec,
    out: Path,
    target: Target,
    truth: Any,
    id_column: str,
    files: list[PreparedFile],
    *,
    train: Rows,
    test: Rows,
    warnings: list[Problem],
    sample: Path | None = None,
) -> Prepared:
    """Check the truth, write it and the sample entry (or take the host's `sample`)."""
    check_defined(truth, spec)
    warnings += _few_rows(truth) + _unseen_classes(spec, target, train, test)
    columns = target.columns
    if id_column in columns or "" in columns:
        raise FieldInvalid(
            N_("A class is called “%(label)s”, which cannot be a column of an entry beside the id “%(id)s”."),
            hint=N_("Give the class, or the id column, another name."),
            field="target",
            label=id_column if id_column in columns else "",
            id=id_column,
        )
    if sample is None:
        path = out / "shown" / "sample_entry.csv"
        n = len(truth)
        constants = target.answer(train)
        cells = [
            pa.array([constant], pa.large_string()).take(pa.array(np.zeros(n, np.int64))) for constant in constants
        ]
        write_csv(path, [id_column, *columns], [quoted(truth.ids), *map(quoted, cells)])
    else:
        path = sample
    files.append(PreparedFile(path, path.name, "sample", len(truth)))
    hidden = out / "hidden" / "truth.parquet"
    truth.write(hidden)
    files.append(PreparedFile(hidden, hidden.name, "truth", len(truth)))
    return Prepared(
        files=files,
        needs=target.needs,
        labels=truth.labels,
        id_column=id_column,
        columns=columns,
        n_train=len(train),
        n_public=truth.n_public,
        n_private=len(truth) - truth.n_public,
        warnings=warnings,
    )


def _split(spec: CompetitionSpec, table: pa.Table, target: Target) -> Parts:
    split = spec.split
    shares = Shares.of(split.test_fraction, split.public_fraction)
    if split.kind == "group":
        return split_by_group(table.column(split.group or ""), shares, split.seed)
    if split.kind == "time":
        times = parse_times(table.column(split.time or ""), split.time or "")
        return split_by_time(times, shares, split.seed, public_is_earlier=split.public_rows == "earlier")
    strata = target.strata(shares) if split.kind == "stratified" else None
    if strata is None:
        return split_at_random(table.num_rows, shares, split.seed)
    return split_stratified(strata, shares, split.seed)


def _ids(
    spec: CompetitionSpec, table: pa.Table, target: Target, features: list[str]
) -> tuple[str, pa.ChunkedArray]:
    """The id column: the host's, or new numbers in random order."""
    if spec.id is not None:
        ids = table.column(spec.id)
        require_good_ids(ids, spec.id)
        return spec.id, ids
    taken = {*features, *spec.targets, *target.columns}
    name = next(name for name in ("id", "row_id", "seodang_row_id") if name not in taken)
    numbers = shuffled(table.num_rows, [spec.split.seed, 1]) + 1
    return name, pa.chunked_array([pa.array(numbers).cast(pa.string())])


def _ordered(spec: CompetitionSpec, parts: Parts, ids: pa.ChunkedArray) -> tuple[Rows, Rows]:
    """Rows of train and of test in the order in which they are written."""
    train, test = np.flatnonzero(parts == TRAIN), np.flatnonzero(parts != TRAIN)
    if spec.id is None:
        numbers = ids.cast(pa.int64()).to_numpy()
        test = test[np.argsort(numbers[test])]
        train = train if spec.split.kind == "time" else train[np.argsort(numbers[train])]
        return train, test
    seed = spec.split.seed
    train = train if spec.split.kind == "time" else train[shuffled(len(train), [seed, 2])]
    return train, test[shuffled(len(test), [seed, 3])]


def _both(train: Rows, test: Rows) -> list[tuple[str, Rows]]:
    return [("train", train), ("test", test)]


def _profile(table: pa.Table, ids: pa.ChunkedArray, header: list[str], rows: Rows) -> dict[str, Any]:
    """The profile of the written columns of some rows; no more rows are taken out than are looked at."""
    id_column, *others = header
    seen = pa.array(np.sort(rows)[evenly_spaced(len(rows), len(header))])
    shown = table.select(others).take(seen).add_column(0, id_column, ids.take(seen))
    return profile_table(shown, n_rows=len(rows))


# ---------------------------------------------------------------- reading and checking


def read_all(path: Path, max_bytes: int) -> tuple[TableFile, pa.Table]:
    """Every column of a table as text."""
    file = open_table(path, max_bytes=max_bytes)
    if file.repeated:
        raise repeated_columns(file.repeated)
    return file, read_text(file, file.names)


def require_column(table: pa.Table, name: str, field_name: str) -> None:
    """Refuse a name that is no column, with the nearest one."""
    if name in table.column_names:
        return
    near = difflib.get_close_matches(name, table.column_names, n=1, cutoff=0.6)
    raise FieldInvalid(
        N_("“%(field)s” names the column “%(column)s”, which the table does not have."),
        hint=N_("Did you mean “%(near)s”?") if near else N_("Its columns: %(known)s."),
        field=field_name,
        column=name,
        near="".join(near),
        known=", ".join(table.column_names[:20]) + (" …" if table.num_columns > 20 else ""),
    )


def require_good_ids(ids: pa.ChunkedArray, name: str) -> None:
    """Refuse ids that are blank or occur twice."""
    n_blank = int(pc.sum(pc.equal(pc.utf8_trim_whitespace(ids), "")).as_py() or 0)
    if n_blank:
        raise FieldInvalid(
            N_("The id column “%(column)s” is blank in %(count)s rows."), field="id", column=name, count=n_blank
        )
    twice = first_repeated(ids)
    if twice is not None:
        raise FieldInvalid(
            N_("The id column “%(column)s” holds “%(value)s” more than once; every row needs an id of its own."),
            hint=N_("Leave “id” away, and every row gets a new number."),
            field="id",
            column=name,
            value=twice[:60],
        )


def _require_named_columns(spec: CompetitionSpec, table: pa.Table) -> None:
    for name in spec.targets:
        require_column(table, name, "target")
    for name in spec.leave_out:
        require_column(table, name, "leave_out")
    for field_name, column in (("id", spec.id), ("split.group", spec.split.group), ("split.time", spec.split.time)):
        if column is not None:
            require_column(table, column, field_name)


def copy_extra(
    spec: CompetitionSpec, source: Path, out: Path, max_bytes: int, id_column: str, test_ids: Any
) -> list[PreparedFile]:
    """The host's further files, as they are; none may hold the target of a test row.

    Args:
        test_ids: the ids of the test, or None where rows got new ones.
    """
    if not spec.data.extra:
        return []
    folder = source.parent if source.is_file() else source
    made = []
    for name in spec.data.extra:
        path = file_in(folder, name, field="data.extra")
        target = out / "shown" / name
        if target.exists():
            raise FieldInvalid(
                N_("The extra file “%(name)s” has the name of a file that is made."), field="data.extra", name=name
            )
        if test_ids is not None:
            _require_no_answers(spec, path, id_column, test_ids, max_bytes)
        shutil.copyfile(path, target)
        made.append(PreparedFile(target, name, "extra", None, _profile_or_none(target, max_bytes)))
    return made


def _require_no_answers(spec: CompetitionSpec, path: Path, id_column: str, test_ids: Any, max_bytes: int) -> None:
    if path.suffix.lower() not in TABLES:
        return
    try:
        file = open_table(path, max_bytes=max_bytes)
        if file.repeated or id_column not in file.names or not set(spec.targets) & set(file.names):
            return
        ids = read_text(file, [id_column]).column(0)
    except TableUnreadable:
        return  # no table, so it holds no rows
    if pc.any(pc.is_in(ids, value_set=test_ids.combine_chunks())).as_py():
        raise FieldInvalid(
            N_("The extra file “%(name)s” holds the target of test rows; students would see the answers."),
            hint=N_("Take it out of “extra”."),
            field="data.extra",
            name=path.name,
        )


def _profile_or_none(path: Path, max_bytes: int) -> dict[str, Any] | None:
    if path.suffix.lower() not in TABLES:
        return None
    try:
        return profile_table(path, max_bytes=max_bytes)
    except TableUnreadable:
        return None


# ---------------------------------------------------------------- warnings


def _blanks(spec: CompetitionSpec, count: int) -> Problem:
    return Problem(
        code="blank_target",
        template=N_("Rows left out because “%(target)s” has no value there: %(count)s."),
        params={"count": count, "target": ", ".join(spec.targets)},
        count=count,
    )


def _odd_shares(spec: CompetitionSpec, parts: Parts) -> list[Problem]:
    """Groups and moments cannot be cut, so a part may come out larger or smaller than wanted."""
    found = float(np.mean(parts != TRAIN))
    n_test = int(np.sum(parts != TRAIN))
    public = float(np.sum(parts == PUBLIC) / n_test)
    wanted = spec.split
    if max(abs(found - wanted.test_fraction), abs(public - wanted.public_fraction)) <= TOLERANCE:
        return []
    return [
        Problem(
            code="odd_shares",
            template=N_(
                "The split came out uneven: %(test)s %% of the rows are test rows (wanted: %(wanted_test)s %%), "
                "and %(public)s %% of those are public (wanted: %(wanted_public)s %%)."
            ),
            params={
                "test": round(100 * found),
                "wanted_test": round(100 * wanted.test_fraction),
                "public": round(100 * public),
                "wanted_public": round(100 * wanted.public_fraction),
            },
            hint_template=N_("There are too few groups, moments or rows of a class to cut more finely."),
        )
    ]


def _few_rows(truth: Any) -> list[Problem]:
    n_public, n_private = truth.n_public, len(truth) - truth.n_public
    if min(n_public, n_private) >= FEW_ROWS:
        return []
    return [
        Problem(
            code="few_rows",
            template=N_("Only %(public)s public and %(private)s private rows: scores will vary widely by chance."),
            params={"public": n_public, "private": n_private},
            hint_template=N_("Give a larger table, or a larger share to the test."),
        )
    ]


def _unseen_classes(spec: CompetitionSpec, target: Target, train: Rows, test: Rows) -> list[Problem]:
    if not target.labels or not len(train):
        return []
    unseen = sorted(target.labels_in(test) - target.labels_in(train))
    if not unseen:
        return []
    return [
        Problem(
            code="unseen_classes",
            template=N_("Classes of the test that never occur in the training data: %(classes)s."),
            params={"classes": ", ".join(unseen[:10]) + (" …" if len(unseen) > 10 else "")},
            count=len(unseen),
            hint_template=N_("Stratify the split, or leave those rows out."),
        )
    ]
