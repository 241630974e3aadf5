"""What estimators see."""

import json

import numpy as np
import pandas as pd
import pytest

from seodang.learn.data.encode import Encoder
from seodang.learn.data.prepare import prepare
from seodang.learn.errors import ModelUnreadable
from seodang.learn.task import View

N = 400


@pytest.fixture(scope="module")
def prepared():
    rng = np.random.default_rng(0)
    many = rng.integers(0, 80, N)
    frame = pd.DataFrame(
        {
            "n": np.where(rng.random(N) < 0.1, np.nan, rng.normal(size=N)),
            "code": rng.integers(1, 5, N),
            "flag": rng.random(N) < 0.5,
            "few": rng.choice(["red", "green", "blue"], N),
            "many": [f"town {k}" for k in many],
            "day": pd.date_range("2024-03-01", periods=N, freq="7h"),
            "said": [f"lesson {i} {'great fun' if k % 2 else 'rather dull'} indeed" for i, k in enumerate(many)],
            "y": many % 7 + rng.normal(size=N) + 0.123,
        }
    )
    return prepare(frame, "y")


@pytest.mark.parametrize("view", [View.MATRIX, View.CODES])
def test_training_rows_and_later_rows_have_the_same_columns(prepared, view):
    encoder = Encoder(prepared.schema, view, seed=1)
    first = encoder.fit_transform(prepared.X.iloc[:300], prepared.y[:300])
    later = encoder.transform(prepared.X.iloc[300:])
    assert first.dtype == later.dtype == np.float32
    assert first.shape == (300, len(encoder.features_))
    assert later.shape == (100, len(encoder.features_))
    assert {feature.source for feature in encoder.features_} == set(prepared.schema.names)


def test_a_matrix_has_no_gaps_and_codes_keep_them(prepared):
    matrix = Encoder(prepared.schema, View.MATRIX).fit_transform(prepared.X, prepared.y)
    codes = Encoder(prepared.schema, View.CODES)
    block = codes.fit_transform(prepared.X, prepared.y)
    assert np.isfinite(matrix).all()
    number = [feature.name for feature in codes.features_].index("n")
    assert np.array_equal(np.isnan(block[:, number]), np.isnan(prepared.X["n"]))


def test_whole_numbers_that_may_be_codes_are_shown_both_ways_in_a_matrix_only(prepared):
    def names(view):
        encoder = Encoder(prepared.schema, view)
        encoder.fit(prepared.X, prepared.y)
        return [feature.name for feature in encoder.features_ if feature.source == "code"]

    assert names(View.CODES) == ["code"]
    assert sorted(names(View.MATRIX)) == ["code", "code = 1", "code = 2", "code = 3", "code = 4"]


def test_target_means_of_training_rows_do_not_tell_their_own_target():
    rng = np.random.default_rng(3)
    frame = pd.DataFrame({"who": [f"p{i // 2}" for i in range(1000)], "y": rng.normal(size=1000)})
    prepared = prepare(frame, "y")
    block = Encoder(prepared.schema, View.MATRIX).fit_transform(prepared.X, prepared.y)
    assert abs(np.corrcoef(block[:, 0], prepared.y)[0, 1]) < 0.15


def test_target_means_find_a_category_of_many_levels(prepared):
    encoder = Encoder(prepared.schema, View.MATRIX)
    block = encoder.fit_transform(prepared.X, prepared.y)
    place = [feature.name for feature in encoder.features_].index("many mean")
    assert np.corrcoef(block[:, place], prepared.y)[0, 1] > 0.7


def test_codes_are_in_the_order_of_the_target_and_unseen_levels_are_missing():
    frame = pd.DataFrame({"c": ["low", "high", "mid"] * 50, "y": [1.5, 9.5, 5.25] * 50})
    prepared = prepare(frame, "y")
    encoder = Encoder(prepared.schema, View.CODES).fit(prepared.X, prepared.y)
    later = pd.DataFrame({"c": ["low", "mid", "high", "never", None]}, dtype=object)
    assert encoder.features_[0].n_categories == 3
    assert encoder.transform(later)[:3, 0].tolist() == [0, 1, 2]
    assert np.isnan(encoder.transform(later)[3:, 0]).all()


def test_a_level_that_training_did_not_see_is_none_of_the_known():
    frame = pd.DataFrame({"c": ["p", "q", "r"] * 50, "y": [1.5, 9.5, 5.25] * 50})
    prepared = prepare(frame, "y")
    encoder = Encoder(prepared.schema, View.MATRIX).fit(prepared.X, prepared.y)
    assert not encoder.transform(pd.DataFrame({"c": ["never", None]}, dtype=object)).any()


def test_times_become_parts_of_a_calendar(prepared):
    encoder = Encoder(prepared.schema, View.CODES)
    block = encoder.fit_transform(prepared.X, prepared.y)
    names = [feature.name for feature in encoder.features_]
    days = pd.date_range("2024-03-01", periods=N, freq="7h")
    for title, expected in [
        ("month", days.month),
        ("day", days.day),
        ("weekday", days.day_of_week),
        ("hour", days.hour),
    ]:
        assert block[:, names.index(f"day {title}")].tolist() == expected.tolist()
    assert "day year" not in names


def test_text_is_told_apart(prepared):
    encoder = Encoder(prepared.schema, View.MATRIX)
    block = encoder.fit_transform(prepared.X, prepared.y)
    topics = [i for i, feature in enumerate(encoder.features_) if feature.name.startswith("said topic")]
    is_fun = prepared.X["said"].str.contains("fun").to_numpy()
    apart = [abs(np.corrcoef(block[:, i], is_fun)[0, 1]) for i in topics]
    assert max(apart) > 0.9


def test_the_same_seed_gives_the_same_numbers(prepared):
    one, two = (Encoder(prepared.schema, View.MATRIX, seed=5).fit_transform(prepared.X, prepared.y) for _ in "ab")
    assert np.array_equal(one, two)


@pytest.mark.parametrize("view", [View.MATRIX, View.CODES])
def test_a_stored_encoder_encodes_alike(prepared, view, tmp_path):
    encoder = Encoder(prepared.schema, view).fit(prepared.X, prepared.y)
    encoder.save(tmp_path)
    again = Encoder.load(tmp_path)
    assert again.features_ == encoder.features_
    assert np.array_equal(again.transform(prepared.X), encoder.transform(prepared.X), equal_nan=True)
    assert {path.name for path in tmp_path.iterdir()} == {"encoder.json", "encoder.npz"}


def test_a_broken_store_is_refused(prepared, tmp_path):
    with pytest.raises(ModelUnreadable):
        Encoder.load(tmp_path)
    Encoder(prepared.schema, View.CODES).fit(prepared.X, prepared.y).save(tmp_path)
    about = json.loads((tmp_path / "encoder.json").read_text())
    about["parts"][0]["name"] = "os.system"
    (tmp_path / "encoder.json").write_text(json.dumps(about))
    with pytest.raises(ModelUnreadable):
        Encoder.load(tmp_path)


def test_of_very_many_columns_those_that_go_with_the_target_are_kept():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 2_500))
    prepared = prepare(pd.DataFrame(X).assign(y=np.where(X[:, 2_345] > 0, "up", "down")), "y")
    encoder = Encoder(prepared.schema, View.CODES)
    assert encoder.fit_transform(prepared.X, prepared.y).shape == (60, 2_000)
    assert "2345" in {feature.source for feature in encoder.features_}


def test_encoding_leaves_the_table_as_it_was(prepared):
    before = prepared.X.copy(deep=True)
    for view in (View.MATRIX, View.CODES):
        Encoder(prepared.schema, view).fit(prepared.X, prepared.y).transform(prepared.X)
    pd.testing.assert_frame_equal(prepared.X, before)
