"""From a host's data to what students get and what they do not."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from seodang.score.errors import MetricUndefined, SpecInvalid, TableUnreadable
from seodang.score.evaluate import evaluate
from seodang.score.metrics import Needs
from seodang.score.prediction import EntryFormat, read_prediction
from seodang.score.prepare import Prepared, prepare
from seodang.score.spec import CompetitionSpec
from seodang.score.truth import Truth

generator = np.random.default_rng(0)
N = 400
NUMBERS = {
    "code": [f"{i:03d}" for i in range(N)],
    "when": [f"2026-{1 + i * 12 // N:02d}-{1 + i % 28:02d}" for i in range(N)],
    "place": [f"p{i}" for i in generator.integers(0, 25, N)],
    "note": ['say "hi", 철수' if i % 7 == 0 else f"n{i % 5}" for i in range(N)],
    "x": [f"{v:.3f}" for v in generator.normal(size=N)],
    "y": [f"{v:.2f}" for v in generator.normal(10, 3, size=N)],
    "kind": [("a", "b", "c")[i] for i in generator.choice(3, N, p=[0.6, 0.3, 0.1])],
    "ill": [("no", "yes")[i] for i in generator.choice(2, N, p=[0.7, 0.3])],
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "folder"
    made.mkdir()
    write(made / "table.csv", NUMBERS)
    return made


def write(path: Path, columns: dict[str, list[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(zip(*columns.values(), strict=True))


def read(path: Path) -> dict[str, list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    return {name: [row[i] for row in rows] for i, name in enumerate(header)}


def make(folder: Path, **fields) -> Prepared:
    fields = {"title": "T", "data": "table.csv", "target": "y", "metric": "rmse", "closes": "2026-12-01"} | fields
    fields["split"] = {"seed": 5} | fields.get("split", {})
    return prepare(CompetitionSpec(**fields), folder, folder / "out")


def shown(made: Prepared, role: str) -> dict[str, list[str]]:
    return read(made.file(role).path)


def truth_of(made: Prepared) -> Truth:
    return Truth.read(made.file("truth").path)


def codes(made: Prepared) -> list[str]:
    return [warning.code for warning in made.warnings]


def altered(folder: Path, **columns) -> None:
    write(folder / "table.csv", NUMBERS | columns)


# ---------------------------------------------------------------- what is written


def test_one_table_becomes_train_test_and_truth(folder):
    made = make(folder)
    assert (made.n_train, made.n_public, made.n_private) == (280, 60, 60)
    train, test, truth = shown(made, "train"), shown(made, "test"), truth_of(made)
    assert list(train) == ["id", "code", "when", "place", "note", "x", "kind", "ill", "y"]
    assert list(test) == ["id", "code", "when", "place", "note", "x", "kind", "ill"]
    assert truth.ids.to_pylist() == test["id"]
    assert int(truth.public.sum()) == 60
    row_of = {code: i for i, code in enumerate(NUMBERS["code"])}
    assert truth.values.tolist() == [float(NUMBERS["y"][row_of[code]]) for code in test["code"]]
    assert sorted(train["code"] + test["code"]) == NUMBERS["code"]


def test_the_truth_lies_behind_the_wall_and_nothing_else_does(folder):
    made = make(folder)
    assert {file.path.parent.name for file in made.files if file.role != "truth"} == {"shown"}
    assert [file.name for file in made.files if file.path.parent.name == "hidden"] == ["truth.parquet"]
    assert sorted(path.name for path in (folder / "out" / "shown").iterdir()) == [
        "sample_entry.csv",
        "test.csv",
        "train.csv",
    ]


def test_cells_are_written_as_they_were_read(folder):
    made = make(folder)
    for role in ("train", "test"):
        written = shown(made, role)
        for i, code in enumerate(written["code"]):
            original = int(code)
            for name in ("code", "when", "place", "note", "x"):
                assert written[name][i] == NUMBERS[name][original]


def test_every_row_gets_a_new_number_that_tells_neither_part_nor_place(folder):
    made = make(folder)
    train, test, truth = shown(made, "train"), shown(made, "test"), truth_of(made)
    numbers = [int(one) for one in train["id"] + test["id"]]
    assert sorted(numbers) == list(range(1, N + 1))
    assert test["id"] == sorted(test["id"], key=int)
    places = [int(code) for code in train["code"] + test["code"]]
    assert abs(np.corrcoef(numbers, places)[0, 1]) < 0.15
    public = truth.public.astype(float)
    assert abs(np.corrcoef(public, [int(one) for one in test["id"]])[0, 1]) < 0.3


def test_ids_of_the_host_are_kept_and_the_test_is_shuffled(folder):
    made = make(folder, id="code")
    test = shown(made, "test")
    assert next(iter(test)) == "code"
    assert truth_of(made).ids.to_pylist() == test["code"]
    assert abs(np.corrcoef(np.arange(len(test["code"])), [int(c) for c in test["code"]])[0, 1]) < 0.25


def test_the_same_spec_makes_the_same_files(folder, tmp_path):
    spec = CompetitionSpec(
        title="T", data="table.csv", target="y", metric="rmse", closes="2026-12-01", split={"seed": 5}
    )
    for place in ("one", "two"):
        prepare(spec, folder, tmp_path / place)
    for name in ("shown/train.csv", "shown/test.csv", "shown/sample_entry.csv"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    one, two = (Truth.read(tmp_path / place / "hidden/truth.parquet") for place in ("one", "two"))
    assert (one.public == two.public).all()


def test_a_column_named_id_keeps_its_name_and_the_new_one_steps_aside(folder):
    altered(folder, id=NUMBERS["x"])
    assert make(folder).id_column == "row_id"


def test_a_column_can_be_left_out(folder):
    assert "note" not in shown(make(folder, leave_out=["note"]), "train")


def test_a_parquet_table_is_taken_too(folder):
    table = pa.table({"x": pa.array(range(N)), "y": pa.array(generator.normal(size=N)), "t": ["a, b"] * N})
    pq.write_table(table, folder / "table.parquet")
    made = make(folder, data="table.parquet")
    assert set(shown(made, "test")["t"]) == {"a, b"}
    assert made.n_train == 280


def test_the_table_may_be_given_by_itself(folder):
    spec = CompetitionSpec(title="T", data="other.csv", target="y", metric="rmse", closes="2026-12-01")
    assert prepare(spec, folder / "table.csv", folder / "out").n_train == 280


def test_line_breaks_and_quotes_in_cells_survive(folder):
    odd = [f'a\nb "{i}", ,' if i % 3 else "" for i in range(N)]
    altered(folder, note=odd)
    made = make(folder)
    train = shown(made, "train")
    assert all(note == odd[int(code)] for code, note in zip(train["code"], train["note"], strict=True))


# ---------------------------------------------------------------- the sample entry


@pytest.mark.parametrize(
    ("fields", "needs", "columns"),
    [
        ({}, Needs.VALUES, ("y",)),
        ({"target": ["x", "y"]}, Needs.VALUES, ("x", "y")),
        ({"target": "kind", "metric": "accuracy"}, Needs.LABELS, ("kind",)),
        ({"target": "kind", "metric": "log_loss"}, Needs.PROBABILITIES, ("a", "b", "c")),
        ({"target": "ill", "metric": "log_loss"}, Needs.PROBABILITY, ("ill",)),
        ({"target": "ill", "metric": "roc_auc"}, Needs.PROBABILITY, ("ill",)),
        ({"target": "ill", "metric": "f1", "positive": "no"}, Needs.LABELS, ("ill",)),
    ],
)
def test_the_sample_entry_is_an_entry_that_scores(folder, fields, needs, columns):
    made = make(folder, **fields)
    assert (made.needs, made.columns) == (needs, columns)
    assert tuple(shown(made, "sample")) == ("id", *columns)
    spec = CompetitionSpec(
        title="T", data="table.csv", closes="2026-12-01", **{"target": "y", "metric": "rmse"} | fields
    )
    sample = made.file("sample").path
    fmt = EntryFormat.from_sample(sample, spec.scored_by, made.labels)
    prediction = read_prediction(sample, fmt)
    for part in ("public", "private", "all"):
        assert np.isfinite(evaluate(truth_of(made), prediction, spec.scored_by, part=part))


def test_the_sample_entry_knows_the_training_rows_alone(folder):
    made = make(folder)
    train = np.array(shown(made, "train")["y"], dtype=float)
    assert {float(value) for value in shown(made, "sample")["y"]} == {float(f"{train.mean():.6g}")}
    made = make(folder, target="kind", metric="log_loss")
    counts = Counter(shown(made, "train")["kind"])
    sample = shown(made, "sample")
    assert float(sample["b"][0]) == pytest.approx(counts["b"] / made.n_train, abs=2e-6)
    assert sum(float(sample[label][0]) for label in "abc") == pytest.approx(1, abs=1e-12)


def test_of_two_classes_the_second_or_the_chosen_one_is_positive(folder):
    assert make(folder, target="ill", metric="roc_auc").labels == ("no", "yes")
    made = make(folder, target="ill", metric="roc_auc", positive="no")
    assert made.labels == ("yes", "no")
    assert float(shown(made, "sample")["ill"][0]) > 0.5


# ---------------------------------------------------------------- splits


def test_classes_are_in_proportion_in_every_part(folder):
    made = make(folder, target="kind", metric="accuracy")
    truth = truth_of(made)
    for part in ("public", "private"):
        share = np.mean(truth.part(part).values == 2)
        assert share == pytest.approx(np.mean(np.array(NUMBERS["kind"]) == "c"), abs=0.02)


def test_no_group_is_in_train_and_test(folder):
    made = make(folder, split={"group": "place"})
    train, test, public = shown(made, "train"), shown(made, "test"), truth_of(made).public
    parts = [set(train["place"]), set(np.array(test["place"])[public]), set(np.array(test["place"])[~public])]
    assert sum(map(len, parts)) == len(set.union(*parts))


def test_a_split_by_time_trains_on_the_past(folder):
    made = make(folder, split={"time": "when"})
    train, test, public = shown(made, "train"), shown(made, "test"), truth_of(made).public
    when = np.array(test["when"])
    assert max(train["when"]) < min(when[public])
    assert max(when[public]) < min(when[~public])


def test_an_uneven_split_is_told(folder):
    altered(folder, place=["big"] * 380 + ["s1"] * 10 + ["s2"] * 10)
    assert "odd_shares" in codes(make(folder, split={"group": "place"}))


# ---------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"target": "Y"}, "“target” names the column “Y”"),
        ({"target": "kinds"}, "Did you mean “kind”?"),
        ({"id": "number"}, "“id” names the column “number”"),
        ({"id": "place"}, "more than once"),
        ({"split": {"group": "plac"}}, "Did you mean “place”?"),
        ({"split": {"time": "place"}}, "cannot be read as times"),
        ({"leave_out": ["xx"]}, "“leave_out” names the column"),
        ({"target": "kind"}, "needs numbers, but the target “kind” holds “"),
        ({"target": "x", "metric": "accuracy"}, "needs classes, but the target “x”"),
        ({"target": ["kind", "ill"], "metric": "accuracy"}, "Several targets"),
        ({"target": "kind", "metric": "accuracy", "positive": "a"}, "one of two classes"),
        ({"target": "ill", "metric": "f1", "positive": "maybe"}, "one of two classes"),
        ({"data": "nothing.csv"}, "table.csv"),
    ],
)
def test_a_choice_that_does_not_suit_the_table_is_refused(folder, fields, words):
    with pytest.raises(SpecInvalid) as refused:
        make(folder, **fields)
    assert words in str(refused.value)


def test_text_among_numbers_is_named_with_its_line(folder):
    y = list(NUMBERS["y"])
    y[0], y[6] = "", "about 5"
    altered(folder, y=y)
    with pytest.raises(SpecInvalid, match="holds “about 5” on line 8 "):
        make(folder)


def test_a_metric_that_is_undefined_on_a_part_is_refused_with_what_to_change(folder):
    altered(folder, ill=["no"] * 395 + ["yes"] * 5)
    with pytest.raises(MetricUndefined) as refused:
        make(folder, target="ill", metric="roc_auc", split={"kind": "time", "time": "when"})
    assert "public rows" in refused.value.message
    assert "stratify" in refused.value.message
    assert "same class" in refused.value.hint


def test_a_metric_for_two_classes_is_refused_for_three(folder):
    with pytest.raises(MetricUndefined, match="two classes; the target has 3"):
        make(folder, target="kind", metric="roc_auc")


def test_a_broken_table_is_refused(folder):
    (folder / "table.csv").write_text("a,b\n1,2\n3\n")
    with pytest.raises(TableUnreadable, match="Line 3"):
        make(folder)
    (folder / "table.csv").write_text("y,y\n1,2\n")
    with pytest.raises(TableUnreadable, match="more than once"):
        make(folder)


def test_a_table_of_two_rows_is_refused(folder):
    (folder / "table.csv").write_text("x,y\n1,2\n3,4\n")
    with pytest.raises(SpecInvalid, match="at least 3"):
        make(folder)


# ---------------------------------------------------------------- what is told


def test_a_sound_table_gives_no_warning(folder):
    assert codes(make(folder)) == []


def test_rows_without_target_are_left_out_and_counted(folder):
    y = list(NUMBERS["y"])
    y[3], y[4], y[5] = "", "NA", " "
    altered(folder, y=y)
    made = make(folder)
    assert codes(made) == ["blank_target"]
    assert made.n_train + made.n_public + made.n_private == N - 3
    assert "3" in made.warnings[0].message


@pytest.mark.parametrize(
    ("name", "column", "fields", "code"),
    [
        ("copy", NUMBERS["y"], {}, "same_as_target"),
        ("euro", [f"{float(v) * 1.5:.4f}" for v in NUMBERS["y"]], {}, "tells_target"),
        ("code2", [v.upper() for v in NUMBERS["kind"]], {"target": "kind", "metric": "accuracy"}, "renames_target"),
        (
            "level",
            [f"{(v == 'yes') * 5 + u:.3f}" for v, u in zip(NUMBERS["ill"], generator.random(N), strict=True)],
            {"target": "ill", "metric": "roc_auc"},
            "tells_target",
        ),
    ],
)
def test_a_column_that_gives_the_target_away_is_named(folder, name, column, fields, code):
    altered(folder, **{name: column})
    found = [warning for warning in make(folder, **fields).warnings if warning.code == code]
    assert [warning.params["column"] for warning in found] == [name]
    assert "leave_out" in found[0].hint


def test_test_rows_that_stand_in_train_are_counted(folder):
    doubled = {name: [*column, *column[:40]] for name, column in NUMBERS.items()}
    write(folder / "table.csv", doubled)
    assert "twins" in codes(make(folder))


def test_classes_that_train_never_shows_are_named(folder):
    altered(folder, kind=["a", "b"] * 190 + ["new"] * 20)
    made = make(folder, target="kind", metric="accuracy", split={"time": "when"})
    assert "unseen_classes" in codes(made)
    assert "new" in next(w for w in made.warnings if w.code == "unseen_classes").message


def test_few_rows_are_told(folder):
    write(folder / "table.csv", {name: column[:60] for name, column in NUMBERS.items()})
    assert "few_rows" in codes(make(folder))


def test_profiles_are_of_shown_files_and_the_tests_has_no_target(folder):
    made = make(folder, data={"table": "table.csv"})
    assert made.file("truth").profile is None
    columns = {role: [c["name"] for c in made.file(role).profile["columns"]] for role in ("train", "test")}
    assert "y" in columns["train"]
    assert "y" not in columns["test"]
    assert made.file("train").profile["n_rows"] == 280


def test_further_files_are_copied_beside_the_table(folder):
    (folder / "readme.txt").write_text("hello")
    made = make(folder, data={"table": "table.csv", "extra": ["readme.txt"]})
    assert made.file("extra").path.read_text() == "hello"
    (folder / "train.csv").write_text("x")
    with pytest.raises(SpecInvalid, match="name of a file that is made"):
        make(folder, data={"table": "table.csv", "extra": ["train.csv"]})


# ---------------------------------------------------------------- files the host has split


SPLIT = {"train": "train.csv", "test": "test.csv", "truth": "truth.csv"}


@pytest.fixture
def split_folder(folder: Path) -> Path:
    rows = {name: column[:300] for name, column in NUMBERS.items()}
    write(folder / "train.csv", rows)
    rest = {name: column[300:] for name, column in NUMBERS.items()}
    write(folder / "test.csv", {name: rest[name] for name in ("code", "when", "x")})
    write(folder / "truth.csv", {"code": rest["code"][::-1], "y": rest["y"][::-1]})
    return folder


def test_split_files_are_kept_byte_for_byte_and_the_truth_follows_the_test(split_folder):
    made = make(split_folder, data=SPLIT)
    for role in ("train", "test"):
        assert made.file(role).path.read_bytes() == (split_folder / SPLIT[role]).read_bytes()
    truth = truth_of(made)
    assert truth.ids.to_pylist() == NUMBERS["code"][300:]
    assert truth.values.tolist() == [float(v) for v in NUMBERS["y"][300:]]
    assert (made.n_train, made.n_public, made.n_private) == (300, 50, 50)
    assert made.id_column == "code"
    assert not (split_folder / "out" / "shown" / "truth.csv").exists()


def test_the_host_may_say_which_rows_are_public(split_folder):
    rows = read(split_folder / "truth.csv")
    usage = ["Public" if int(code) < 330 else "Private" for code in rows["code"]]
    write(split_folder / "truth.csv", rows | {"Usage": usage})
    truth = truth_of(make(split_folder, data=SPLIT))
    assert [int(code) < 330 for code in truth.ids.to_pylist()] == truth.public.tolist()


def test_without_train_the_sample_is_neutral(split_folder):
    made = make(split_folder, data={"test": "test.csv", "truth": "truth.csv"})
    assert set(shown(made, "sample")["y"]) == {"0"}
    assert "no_train" in codes(made)


def test_a_sample_of_the_host_is_checked_and_kept(split_folder):
    sample = {"code": NUMBERS["code"][300:], "y": ["1.5"] * 100}
    write(split_folder / "mine.csv", sample)
    assert shown(make(split_folder, data=SPLIT | {"sample": "mine.csv"}), "sample") == sample
    write(split_folder / "mine.csv", {"code": sample["code"], "z": sample["y"]})
    with pytest.raises(SpecInvalid, match="must have the columns code, y; it has code, z"):
        make(split_folder, data=SPLIT | {"sample": "mine.csv"})
    write(split_folder / "mine.csv", {name: column[:-1] for name, column in sample.items()})
    with pytest.raises(SpecInvalid, match="1 are only in the test"):
        make(split_folder, data=SPLIT | {"sample": "mine.csv"})


@pytest.mark.parametrize(
    ("file", "change", "words"),
    [
        ("truth.csv", {"code": ["x1", *NUMBERS["code"][301:]]}, "1 are only in the test, 1 only in the truth"),
        ("truth.csv", {"code": [NUMBERS["code"][301], *NUMBERS["code"][301:]]}, "more than once"),
        ("truth.csv", {"y": ["", *NUMBERS["y"][301:]]}, "no value of “y” in 1 rows"),
        ("truth.csv", {"y": ["three", *NUMBERS["y"][301:]]}, "holds “three”"),
        ("truth.csv", {"usage": ["ignored"] * 100}, "also says “ignored”"),
        ("truth.csv", {"usage": ["public"] * 100}, "all rows are the same"),
        ("test.csv", {"y": NUMBERS["y"][300:]}, "students would see the answers"),
    ],
)
def test_split_files_that_do_not_belong_together_are_refused(split_folder, file, change, words):
    write(split_folder / file, read(split_folder / file) | change)
    with pytest.raises(SpecInvalid) as refused:
        make(split_folder, data=SPLIT)
    assert words in str(refused.value)


def test_of_several_files_the_broken_one_is_named(split_folder):
    (split_folder / "truth.csv").write_text("code,y\n1\n")
    with pytest.raises(TableUnreadable, match=r"“truth\.csv”: Line 2"):
        make(split_folder, data=SPLIT)


def test_classes_of_a_host_split_come_from_train_and_truth(split_folder):
    write(split_folder / "truth.csv", {"code": NUMBERS["code"][300:], "kind": NUMBERS["kind"][300:]})
    made = make(split_folder, data=SPLIT, target="kind", metric="log_loss")
    assert made.labels == ("a", "b", "c")
    assert made.columns == ("a", "b", "c")


def test_blanks_around_a_class_are_taken_away(folder):
    altered(folder, ill=[f" {value}" for value in NUMBERS["ill"]])
    made = make(folder, target="ill", metric="log_loss", positive="no")
    assert made.labels == ("yes", "no")
    assert set(shown(made, "train")["ill"]) == {"yes", "no"}


def test_a_question_mark_is_a_missing_target(folder):
    kind = list(NUMBERS["kind"])
    kind[7] = "?"
    altered(folder, kind=kind)
    made = make(folder, target="kind", metric="accuracy")
    assert (made.labels, codes(made)) == (("a", "b", "c"), ["blank_target"])


# ---------------------------------------------------------------- what a host must not show by mistake


@pytest.mark.parametrize("name", ["Y", " y ", "y"])
def test_target_in_the_test_is_seen_however_its_name_is_written(split_folder, name):
    write(split_folder / "test.csv", read(split_folder / "test.csv") | {name: NUMBERS["y"][300:]})
    with pytest.raises(SpecInvalid, match="students would see the answers"):
        make(split_folder, data=SPLIT)


def test_test_that_says_which_rows_are_public_is_refused(split_folder):
    usage = ["Public", "Private"] * 50
    rows = read(split_folder / "test.csv")
    write(split_folder / "test.csv", rows | {"usage": usage})
    write(split_folder / "truth.csv", {"code": rows["code"], "y": NUMBERS["y"][300:], "Usage": usage})
    with pytest.raises(SpecInvalid, match="which rows are public"):
        make(split_folder, data=SPLIT)


def test_column_of_the_test_alone_that_tells_the_truth_is_warned_of(split_folder):
    answers = {"hint": [f"{2 * float(value):.2f}" for value in NUMBERS["y"][300:]]}
    write(split_folder / "test.csv", read(split_folder / "test.csv") | answers)
    assert [found.params["column"] for found in make(split_folder, data=SPLIT).warnings] == ["hint"]


def test_truth_given_as_the_sample_entry_is_refused(split_folder):
    write(split_folder / "mine.csv", {"code": NUMBERS["code"][300:], "y": NUMBERS["y"][300:]})
    with pytest.raises(SpecInvalid, match="The sample entry is the truth"):
        make(split_folder, data=SPLIT | {"sample": "mine.csv"})


def test_extra_file_with_answers_is_refused_and_others_are_kept(split_folder):
    write(split_folder / "more.csv", {"code": ["400"], "y": ["1.0"]})
    write(split_folder / "answers.csv", {"code": ["400", "399"], "y": ["1.0", "2.0"]})
    assert make(split_folder, data=SPLIT | {"extra": ["more.csv"]}).file("extra") is not None
    with pytest.raises(SpecInvalid, match="holds the target of test rows"):
        make(split_folder, data=SPLIT | {"extra": ["answers.csv"]})


def test_whole_table_given_as_an_extra_file_is_refused(folder):
    write(folder / "whole.csv", NUMBERS)
    with pytest.raises(SpecInvalid, match="holds the target of test rows"):
        make(folder, id="code", data={"table": "table.csv", "extra": ["whole.csv"]})
