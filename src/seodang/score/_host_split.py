"""A competition from files that the host has split already: test and truth, and train and a sample entry if any.

Owns the checks that hold those files together. Train, test and sample are copied byte for byte; the truth becomes
`hidden/truth.parquet`, in the order of the test file. Public rows are said by a column `usage` of the truth
("public" or "private"), or are drawn by `split.public_fraction` and `split.seed`.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from seodang.i18n import N_
from seodang.score._csv import joined
from seodang.score._target import Bools, Target, rows_with_target
from seodang.score.errors import Problem, SpecInvalid, TableUnreadable
from seodang.score.ids import Ids, align
from seodang.score.leaks import columns_that_tell, twins
from seodang.score.metrics import Needs
from seodang.score.prepare import (
    Prepared,
    PreparedFile,
    Rows,
    copy_extra,
    finish,
    read_all,
    require_column,
    require_good_ids,
)
from seodang.score.profile import profile_table
from seodang.score.spec import CompetitionSpec, FieldInvalid, file_in
from seodang.score.splits import PUBLIC, Shares, split_at_random, split_stratified
from seodang.score.tables import TableFile

USAGE = "usage"


def prepare_split_files(spec: CompetitionSpec, folder: Path, out: Path, max_bytes: int) -> Prepared:
    """As `prepare`, for data of which the host names test and truth."""
    paths = {
        role: file_in(folder, name, field=f"data.{role}") for role, name in spec.data.named() if role != "extra"
    }
    _, test = _read(paths["test"], max_bytes)
    truth_file, truth = _read(paths["truth"], max_bytes)
    train_file, train = _read(paths["train"], max_bytes) if "train" in paths else (None, None)
    id_column = _id_column(spec, test, truth)
    for name in spec.targets:
        require_column(truth, name, "target")
    _require_no_answers(spec, test, truth)
    truth = truth.take(pa.array(_order(test.column(id_column), truth.column(id_column), "truth")))
    answered, warnings = rows_with_target(truth, spec), []
    if not answered.all():
        raise FieldInvalid(
            N_("The truth has no value of “%(column)s” in %(count)s rows."),
            hint=N_("Fill them in, or take those rows out of the truth and the test."),
            field="data.truth",
            column=", ".join(spec.targets),
            count=int((~answered).sum()),
        )
    both, n_train, blank = _with_train(spec, truth, train)
    if blank:
        warnings.append(
            Problem(
                code="blank_target",
                template=N_("%(count)s rows of the training file have no value of “%(target)s”."),
                params={"count": blank, "target": ", ".join(spec.targets)},
                count=blank,
            )
        )
    target = _target(spec, both, truth_file, train_file, n_train)
    train_rows, test_rows = np.arange(n_train), n_train + np.arange(truth.num_rows)
    public = _public(spec, truth, target, test_rows)
    files = _copies(paths, out, max_bytes)
    warnings += _leaks(spec, train, test, id_column) + _telling(spec, train, test, truth, id_column)
    sample = _sample(spec, paths, out, test, truth, id_column, target, max_bytes)
    made = finish(
        spec,
        out,
        target,
        target.truth(test_rows, test.column(id_column), public),
        id_column,
        files,
        train=train_rows,
        test=test_rows,
        warnings=warnings,
        sample=sample,
    )
    made.files += copy_extra(spec, folder, out, max_bytes, id_column, test.column(id_column))
    return made


def _require_no_answers(spec: CompetitionSpec, test: pa.Table, truth: pa.Table) -> None:
    """Neither a target nor the public rows stand in the test, however the host wrote the column's name."""
    usage = _usage_column(spec, truth)
    kept = {_folded(name) for name in (*spec.targets, *([usage] if usage is not None else []))}
    for name in test.column_names:
        if _folded(name) not in kept:
            continue
        template = N_("The test file holds the target “%(column)s”; students would see the answers.")
        if usage is not None and _folded(name) == _folded(usage):
            template = N_("The test file holds the column “%(column)s”; students would see which rows are public.")
        raise FieldInvalid(
            template, hint=N_("Take the column out of the test file."), field="data.test", column=name
        )


def _folded(name: str) -> str:
    return name.strip().casefold()


def _usage_column(spec: CompetitionSpec, truth: pa.Table) -> str | None:
    named = next((name for name in truth.column_names if name.lower() == USAGE), None)
    return named if named not in spec.targets else None


def _read(path: Path, max_bytes: int) -> tuple[TableFile, pa.Table]:
    try:
        return read_all(path, max_bytes)
    except TableUnreadable as error:
        raise TableUnreadable(
            N_("“%(file)s”: %(reason)s"),
            hint=error.hint_template,
            code=error.code,
            **{**error.params, "file": path.name, "reason": error.message},
        ) from error


def _id_column(spec: CompetitionSpec, test: pa.Table, truth: pa.Table) -> str:
    """The spec's id, else the first column of test if the truth has it too; ids are unique in both."""
    name = spec.id if spec.id is not None else test.column_names[0]
    if name not in truth.column_names and spec.id is None:
        raise FieldInvalid(
            N_("Test and truth have no id column in common: the first of the test is “%(column)s”."),
            hint=N_("Name the id column in “id”."),
            field="id",
            column=name,
        )
    for table in (test, truth):
        require_column(table, name, "id")
        require_good_ids(table.column(name), name)
    return name


def _order(test_ids: Ids, other_ids: Ids, other: str) -> Rows:
    """For each test row, the row of the other file with the same id; both must have the same ids."""
    lie = align(test_ids, other_ids)
    messages = {
        "truth": N_(
            "Test and truth must have the same ids, once each: %(missing)s are only in the test, "
            "%(unknown)s only in the truth."
        ),
        "sample": N_(
            "Test and sample must have the same ids, once each: %(missing)s are only in the test, "
            "%(unknown)s only in the sample."
        ),
    }
    if not lie.is_whole:
        odd = (
            test_ids.take(pa.array(lie.missing[:3])).to_pylist()
            + other_ids.take(pa.array(lie.unknown[:3])).to_pylist()
        )
        raise FieldInvalid(
            messages[other],
            hint=N_("For example: %(examples)s."),
            field=f"data.{other}",
            missing=len(lie.missing),
            unknown=len(lie.unknown) + len(lie.repeated),
            examples=", ".join(f"“{value[:40]}”" for value in odd) or "-",
        )
    return np.arange(len(test_ids)) if lie.positions is None else lie.positions


def _with_train(spec: CompetitionSpec, truth: pa.Table, train: pa.Table | None) -> tuple[pa.Table, int, int]:
    """The targets of train, where given, then of the truth; the rows that are of train, and its blank ones."""
    wanted = truth.select(list(spec.targets))
    if train is None or not set(spec.targets) <= set(train.column_names):
        return wanted, 0, 0
    answered = rows_with_target(train, spec)
    known = train.select(list(spec.targets)).filter(pa.array(answered))
    return pa.concat_tables([known, wanted]), known.num_rows, int((~answered).sum())


def _target(
    spec: CompetitionSpec, both: pa.Table, truth_file: TableFile, train_file: TableFile | None, n_train: int
) -> Target:
    """Read train and truth apart first, so that a complaint names the right file's line."""
    for file, field, rows in (
        (train_file, "data.train", both.slice(0, n_train)),
        (truth_file, "data.truth", both.slice(n_train)),
    ):
        if file is not None and rows.num_rows and spec.scored_by.needs is Needs.VALUES:
            try:
                Target.of(rows, spec, file, np.arange(rows.num_rows))
            except FieldInvalid as error:
                error.field = field
                raise
    return Target.of(both, spec, truth_file, np.arange(both.num_rows))


def _public(spec: CompetitionSpec, truth: pa.Table, target: Target, test_rows: Rows) -> Bools:
    named = _usage_column(spec, truth)
    if named is not None:
        return _said_public(truth.column(named), named)
    shares = Shares(0.0, spec.split.public_fraction, 1 - spec.split.public_fraction)
    seed = spec.split.seed
    strata = target.strata(shares) if spec.split.kind == "stratified" else None
    if strata is not None:
        of_test = strata[test_rows] if isinstance(strata, np.ndarray) else strata.take(pa.array(test_rows))
        try:
            return np.asarray(split_stratified(of_test, shares, seed) == PUBLIC)
        except SpecInvalid:
            # A class of one test row; the host has split, so it cannot be asked for another.
            pass
    return np.asarray(split_at_random(len(test_rows), shares, seed) == PUBLIC)


def _said_public(column: pa.ChunkedArray, name: str) -> Bools:
    said = pc.utf8_lower(pc.utf8_trim_whitespace(column))
    odd = pc.unique(said.filter(pc.invert(pc.is_in(said, value_set=pa.array(["public", "private"]))))).to_pylist()
    if odd:
        raise FieldInvalid(
            N_("The column “%(column)s” of the truth must say “public” or “private”; it also says “%(value)s”."),
            field="data.truth",
            column=name,
            value=odd[0][:40],
        )
    public = np.asarray(pc.equal(said, "public").to_numpy(), dtype=bool)
    if public.all() or not public.any():
        raise FieldInvalid(
            N_("The column “%(column)s” of the truth must leave rows for both boards; all rows are the same."),
            field="data.truth",
            column=name,
        )
    return public


def _copies(paths: dict[str, Path], out: Path, max_bytes: int) -> list[PreparedFile]:
    files = []
    for role in ("train", "test"):
        if role in paths:
            copy = out / "shown" / paths[role].name
            shutil.copyfile(paths[role], copy)
            profile = profile_table(copy, max_bytes=max_bytes)
            files.append(PreparedFile(copy, copy.name, role, profile["n_rows"], profile))
    return files


def _leaks(spec: CompetitionSpec, train: pa.Table | None, test: pa.Table, id_column: str) -> list[Problem]:
    if train is None:
        return [
            Problem(
                code="no_train",
                template=N_("There is no training file; the sample entry holds a neutral constant."),
            )
        ]
    shared = [name for name in test.column_names if name in train.column_names and name != id_column]
    found: list[Problem] = []
    absent = [name for name in spec.targets if name not in train.column_names]
    if absent:
        found.append(
            Problem(
                code="train_without_target",
                template=N_("The training file has no column “%(column)s”."),
                params={"column": ", ".join(absent)},
            )
        )
    for name in set(spec.targets) - set(absent):
        found += columns_that_tell(train, shared, name)
    if shared and (
        same := twins(joined([train.column(n) for n in shared]), joined([test.column(n) for n in shared]))
    ):
        found.append(same)
    return found


def _telling(
    spec: CompetitionSpec, train: pa.Table | None, test: pa.Table, truth: pa.Table, id_column: str
) -> list[Problem]:
    """Columns that the test alone has, against the truth; `truth` is in the order of `test`."""
    in_train = train.column_names if train is not None else []
    alone = [name for name in test.column_names if name not in in_train and name != id_column]
    found: list[Problem] = []
    for name in spec.targets:
        found += columns_that_tell(test.select(alone).append_column(name, truth.column(name)), alone, name)
    return found


def _sample(
    spec: CompetitionSpec,
    paths: dict[str, Path],
    out: Path,
    test: pa.Table,
    truth: pa.Table,
    id_column: str,
    target: Target,
    max_bytes: int,
) -> Path | None:
    """The host's sample entry, checked and copied."""
    if "sample" not in paths:
        return None
    _, sample = _read(paths["sample"], max_bytes)
    wanted = target.columns
    if list(sample.column_names) != [id_column, *wanted]:
        raise FieldInvalid(
            N_("The sample entry must have the columns %(expected)s; it has %(received)s."),
            hint=N_("Leave “sample” away, and one is made."),
            field="data.sample",
            expected=", ".join([id_column, *wanted][:20]),
            received=", ".join(sample.column_names[:20]),
        )
    order = pa.array(_order(test.column(id_column), sample.column(id_column), "sample"))
    if list(wanted) == list(spec.targets) and all(
        sample.column(n).take(order).equals(truth.column(n)) for n in wanted
    ):
        raise FieldInvalid(
            N_("The sample entry is the truth; students would see the answers."),
            hint=N_("Leave “sample” away, and one is made."),
            field="data.sample",
        )
    copy = out / "shown" / paths["sample"].name
    shutil.copyfile(paths["sample"], copy)
    return copy
