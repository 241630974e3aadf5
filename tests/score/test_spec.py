"""competition.yaml and its fields: five lines are enough, and every mistake is named with its line."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from seodang import i18n
from seodang.score.errors import SpecInvalid
from seodang.score.spec import CompetitionSpec, FieldInvalid, file_in, is_plain_name, slug_of

FIVE_LINES = """\
title: Diabetes progression
data: diabetes.csv
target: progression
metric: rmse
closes: 2026-12-01 18:00
"""
FIVE = {"title": "T", "data": "t.csv", "target": "y", "metric": "rmse", "closes": "2026-12-01 18:00"}
SEOUL = ZoneInfo("Asia/Seoul")


@pytest.fixture
def read(tmp_path: Path):
    def from_text(text: str) -> CompetitionSpec:
        (tmp_path / "competition.yaml").write_text(text, encoding="utf-8")
        return CompetitionSpec.read(tmp_path)

    return from_text


def refused(read, text: str) -> FieldInvalid:
    with pytest.raises(SpecInvalid) as caught:
        read(text)
    return caught.value


# ---------------------------------------------------------------- what is read


def test_five_lines_are_enough(read):
    spec = read(FIVE_LINES)
    assert spec.title == "Diabetes progression"
    assert spec.slug == "diabetes-progression"
    assert spec.data.table == "diabetes.csv"
    assert spec.targets == ("progression",)
    assert spec.closes == datetime(2026, 12, 1, 18, 0)
    assert (spec.split.kind, spec.split.test_fraction, spec.split.public_fraction) == ("stratified", 0.3, 0.5)
    assert (spec.daily_quota, spec.total_quota, spec.team_size, spec.final_picks) == (5, None, 1, 2)
    assert spec.scored_by.name == "rmse"


def test_a_seed_is_drawn_where_none_is_given_because_a_known_one_tells_the_public_rows(read):
    assert read(FIVE_LINES).split.seed != read(FIVE_LINES).split.seed


def test_labels_stay_as_written(read):
    for written in ("yes", "007", "1.0", "no", "0x1F", "2026-01-01"):
        assert read(FIVE_LINES + f"positive: {written}\n").positive == written


def test_numbers_as_title_or_column_names_are_text(read):
    spec = read(FIVE_LINES.replace("progression\nm", "2\nm").replace("Diabetes progression", "2026"))
    assert (spec.title, spec.target) == ("2026", "2")


def test_metric_options_are_read_as_numbers(read):
    spec = read(FIVE_LINES.replace("rmse", "top_k_accuracy") + "metric_options:\n  k: 3\n")
    assert spec.metric_options == {"k": 3}


def test_a_column_alone_says_the_kind_of_split(read):
    assert read(FIVE_LINES + "split: {group: patient}\n").split.kind == "group"
    assert read(FIVE_LINES + "split:\n  time: date\n").split.kind == "time"
    assert read(FIVE_LINES + "split: random\n").split.kind == "random"


def test_several_targets_are_a_list(read):
    assert read(FIVE_LINES.replace("progression\nm", "[low, high]\nm")).targets == ("low", "high")


def test_files_that_are_split_already(read):
    text = FIVE_LINES.replace("data: diabetes.csv", "data: {train: a.csv, test: b.csv, truth: c.csv, extra: d.txt}")
    spec = read(text)
    assert spec.data.is_split
    assert list(spec.data.named()) == [
        ("train", "a.csv"),
        ("test", "b.csv"),
        ("truth", "c.csv"),
        ("extra", "d.txt"),
    ]


def test_a_description_may_stand_in_a_file_of_its_own(read, tmp_path):
    (tmp_path / "소개.md").write_text("# 환영합니다\n", encoding="utf-8")
    assert read(FIVE_LINES + "description: 소개.md\n").description == "# 환영합니다"
    assert read(FIVE_LINES + "description: |\n  Two\n  lines\n").description == "Two\nlines"


def test_a_byte_order_mark_does_no_harm(read):
    assert read("\ufeff" + FIVE_LINES).title == "Diabetes progression"


# ---------------------------------------------------------------- times


def test_a_time_without_offset_is_one_of_the_course(read):
    opens, closes = read(FIVE_LINES).times(SEOUL)
    assert opens is None
    assert closes == datetime(2026, 12, 1, 9, 0, tzinfo=UTC)


def test_a_time_with_offset_stays_that_instant(read):
    _, closes = read(FIVE_LINES.replace("18:00", "18:00+01:00")).times(SEOUL)
    assert closes == datetime(2026, 12, 1, 17, 0, tzinfo=UTC)


def test_a_day_alone_opens_at_its_begin_and_closes_at_its_end():
    spec = CompetitionSpec(**FIVE | {"opens": "2026-11-01", "closes": "2026-12-01"})
    assert (spec.opens, spec.closes) == (datetime(2026, 11, 1), datetime(2026, 12, 1, 23, 59))


def test_closing_before_opening_is_refused():
    with pytest.raises(FieldInvalid, match="before it opens"):
        CompetitionSpec(**FIVE | {"opens": "2026-12-02"})
    mixed = CompetitionSpec(**FIVE | {"opens": "2026-12-01T17:30+00:00"})
    with pytest.raises(FieldInvalid, match="before it opens"):
        mixed.times(SEOUL)


@pytest.mark.parametrize("odd", ["tomorrow", "2026-13-01", "18:00", "2026-12-01 25:00", "5"])
def test_what_is_no_time_is_refused_with_an_example(read, odd):
    error = refused(read, FIVE_LINES.replace("2026-12-01 18:00", odd))
    assert error.field == "closes"
    assert error.place == "competition.yaml:5"
    assert odd in error.message
    assert "2026-12-01 18:00" in error.hint


# ---------------------------------------------------------------- what is refused, and where


def test_every_mistake_is_told_at_once_in_the_order_of_the_lines(read):
    error = refused(read, FIVE_LINES + "dayly_quota: 3\nteam_size: 0\nsplit:\n  test_fracton: 0.2\n  seed: x\n")
    assert [(one.place, one.field) for one in (error, *error.more)] == [
        ("competition.yaml:6", "dayly_quota"),
        ("competition.yaml:7", "team_size"),
        ("competition.yaml:9", "split.test_fracton"),
        ("competition.yaml:10", "split.seed"),
    ]
    assert "Did you mean “daily_quota”?" in str(error)
    assert "Did you mean “test_fraction”?" in str(error)
    assert len(error.as_json()["problems"]) == 4


def test_missing_fields_are_named_with_an_example(read):
    error = refused(read, "title: T\n")
    assert [one.field for one in (error, *error.more)] == ["data", "target", "metric", "closes"]
    assert "closes: 2026-12-01 18:00" in str(error)


def test_an_empty_value_is_a_missing_one(read):
    assert refused(read, FIVE_LINES.replace("rmse", "")).field == "metric"


@pytest.mark.parametrize(
    ("line", "field", "words"),
    [
        ("metric: rmsee", "metric", "Did you mean “rmse”?"),
        ("metric_options: {q: 1}", "metric_options", "no option “q”"),
        ("daily_quota: many", "daily_quota", "a whole number; received “many”"),
        ("split: {kind: grup}", "split.kind", "random, stratified, group, time"),
        ("split: {kind: group}", "split.group", "needs a column"),
        ("split: {kind: random, time: t}", "split.time", "has no meaning"),
        ("split: {test_fraction: 1.5}", "split.test_fraction", "less than 1"),
        ("data: ../secret.csv", "data.table", "same folder"),
        ("data: {table: a.csv, truth: b.csv}", "data", "one of the two"),
        ("data: {test: a.csv}", "data", "either one table"),
        ("data: {test: a.csv, truth: A.csv}", "data", "twice"),
        ("data: {table: a.csv, extra: [/etc/passwd]}", "data.extra", "same folder"),
        ("slug: Über Uns", "slug", "small letters"),
        ("id: progression", "id", "cannot be the id"),
        ("leave_out: progression", "leave_out", "left out"),
        ("title: " + "x" * 121, "title", "at most 120"),
        ("target: {a: b}", "target", "name of a column"),
        ("description: nowhere.md", "description", "no file “nowhere.md”"),
    ],
)
def test_a_wrong_value_is_named_with_its_field_and_line(read, line, field, words):
    name = line.partition(":")[0]
    kept = [old for old in FIVE_LINES.splitlines() if not old.startswith(name + ":")]
    error = refused(read, "\n".join([*kept, line]))
    assert error.field == field
    assert error.place == f"competition.yaml:{len(kept) + 1}"
    assert words in str(error)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("title: [\n", "not valid YAML"),
        ("title: a: b\n", "colon"),
        ("- 1\n- 2\n", "Five are enough"),
        ("", "Five are enough"),
        ("title: a\ntitle: b\n", "given twice, first on line 1"),
        ("a: &x 1\nb: *x\n", "Anchors"),
        ("[" * 20_000, "nested more than 10 levels"),
        ("title: " + "{a: " * 5000, "nested more than 10 levels"),
        ('title: "a\\0b"', "a zero character"),
        ("title: !!python/object:os.system x\n", "“data” is missing"),
    ],
)
def test_what_is_no_plain_yaml_is_refused(read, text, words):
    assert words in str(refused(read, text))


def test_a_file_in_another_encoding_is_refused(tmp_path):
    (tmp_path / "competition.yaml").write_bytes("title: 당뇨".encode("cp949"))
    with pytest.raises(FieldInvalid, match="UTF-8"):
        CompetitionSpec.read(tmp_path)


def test_a_folder_without_the_file_says_what_it_holds(tmp_path):
    (tmp_path / "data.csv").write_text("a\n1\n")
    with pytest.raises(FieldInvalid) as caught:
        CompetitionSpec.read(tmp_path)
    assert "competition.yaml" in caught.value.message
    assert "data.csv" in caught.value.hint


def test_errors_speak_korean(read, monkeypatch):
    monkeypatch.setattr(i18n, "_language_source", lambda: "ko")
    error = refused(read, FIVE_LINES + "daily_quota: many\n")
    assert "daily_quota" in error.message
    assert "정수" in error.message


# ---------------------------------------------------------------- the wall around the folder


@pytest.mark.parametrize(
    "name",
    [
        "../x.csv",
        "/etc/passwd",
        "a/b.csv",
        "a\\b.csv",
        "..",
        ".hidden",
        "C:x",
        "x\n.csv",
        "x\0",
        "",
        " x",
        "-rf",
        "x.",
    ],
)
def test_only_plain_names_name_files(name):
    assert not is_plain_name(name)


def test_korean_names_and_spaces_are_plain():
    assert is_plain_name("당뇨 자료 (2026).csv")


def test_a_link_out_of_the_folder_is_refused(tmp_path):
    outside = tmp_path / "secret.csv"
    outside.write_text("x")
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "table.csv").symlink_to(outside)
    (folder / "twin.csv").symlink_to(folder / "real.csv")
    (folder / "real.csv").write_text("x")
    with pytest.raises(FieldInvalid, match="link"):
        file_in(folder, "table.csv", field="data")
    assert file_in(folder, "twin.csv", field="data").name == "twin.csv"


def test_a_competition_file_that_is_a_link_out_is_refused(tmp_path):
    (tmp_path / "real.yaml").write_text(FIVE_LINES)
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "competition.yaml").symlink_to(tmp_path / "real.yaml")
    with pytest.raises(FieldInvalid, match="link"):
        CompetitionSpec.read(folder)


# ---------------------------------------------------------------- as JSON and as a file


texts = st.text(st.characters(min_codepoint=32, max_codepoint=0xD7A3, exclude_characters="\x7f"), max_size=30)
words = texts.map(str.strip).filter(bool)
specs = st.fixed_dictionaries(
    FIVE.fromkeys(())
    | {
        "title": words,
        "data": st.just("t.csv"),
        "target": st.one_of(words, st.just(["a", "b"])),
        "metric": st.sampled_from(["rmse", "roc_auc"]),
        "closes": st.datetimes(datetime(2030, 1, 1), datetime(2040, 1, 1)).map(
            lambda t: t.replace(second=0, microsecond=0)
        ),
    },
    optional={
        "summary": texts,
        "description": st.text(st.sampled_from("a #-:'\"\n가&*!%@`|>{}[]"), max_size=60),
        "positive": st.sampled_from(["yes", "no", "1", "0.0", "null", "~", "on", "가", "007", "2026-01-01"]),
        "opens": st.sampled_from([datetime(2029, 1, 1), datetime(2029, 1, 1, tzinfo=timezone(timedelta(hours=9)))]),
        "team_size": st.integers(1, 9),
        "total_quota": st.integers(1, 9),
        "split": st.sampled_from(
            [
                {"kind": "random", "seed": 4},
                {"kind": "group", "group": "가 나"},
                {"time": "t", "public_rows": "random"},
            ]
        ),
    },
)


@given(specs)
@example({"title": "0\x850\u20281", "data": "t.csv", "target": "y", "metric": "rmse", "closes": "2030-01-01"})
def test_a_written_spec_reads_back_as_the_same(tmp_path_factory, values):
    spec = CompetitionSpec(**values)
    folder = tmp_path_factory.mktemp("written")
    (folder / "competition.yaml").write_text(spec.to_yaml(), encoding="utf-8")
    assert CompetitionSpec.read(folder) == spec


@given(specs)
def test_a_spec_survives_json(values):
    spec = CompetitionSpec(**values)
    assert CompetitionSpec.model_validate(spec.model_dump(mode="json")) == spec


def test_a_written_spec_is_short():
    spec = CompetitionSpec(**FIVE | {"split": {"seed": 7}})
    assert spec.to_yaml().splitlines() == [
        "title: T",
        "data: t.csv",
        "target: y",
        "metric: rmse",
        "split:",
        "  seed: 7",
        "closes: 2026-12-01 18:00",
    ]


def test_a_korean_title_gets_a_usable_address():
    assert slug_of("당뇨 예측") == slug_of("당뇨 예측")
    assert slug_of("당뇨 예측") != slug_of("와인 예측")
    assert slug_of("당뇨 예측").isascii()
    assert slug_of("Week 3: Wine & Water!") == "week-3-wine-water"


def test_file_name_is_no_longer_than_a_disk_can_keep(read) -> None:
    assert not is_plain_name("가" * 95 + ".csv")
    assert refused(read, FIVE_LINES.replace("diabetes", "가" * 95)).field == "data.table"
