"""How a table is cut: shares, seeds, strata, groups, time."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seodang.score.errors import SpecInvalid
from seodang.score.splits import (
    PARTS,
    Shares,
    parse_times,
    quantile_bins,
    shuffled,
    split_at_random,
    split_by_group,
    split_by_time,
    split_stratified,
)

SHARES = Shares.of(test_fraction=0.3, public_fraction=0.5)


def sizes(parts) -> tuple[int, int, int]:
    return tuple(int((parts == part).sum()) for part in PARTS)


shares = st.builds(Shares.of, st.floats(0.01, 0.99), st.floats(0.01, 0.99))


def test_a_random_split_has_the_wanted_sizes():
    assert sizes(split_at_random(1000, SHARES, seed=1)) == (700, 150, 150)


def test_the_same_seed_cuts_the_same_everywhere():
    # Written out, so that a change of NumPy or of the code that would move rows between parts is noticed.
    assert shuffled(8, 7).tolist() == [6, 3, 4, 0, 2, 7, 5, 1]
    parts = split_at_random(8, Shares.of(0.5, 0.5), seed=7)
    assert parts.tolist() == ["train", "private", "public", "train", "train", "private", "train", "public"]


def test_another_seed_cuts_otherwise():
    assert (split_at_random(100, SHARES, 1) != split_at_random(100, SHARES, 2)).any()


@given(st.integers(3, 200), shares, st.integers(0, 2**48))
def test_every_part_of_a_random_split_has_rows(n, wanted, seed):
    found = sizes(split_at_random(n, wanted, seed))
    assert sum(found) == n
    assert min(found) >= 1
    assert abs(found[0] - n * wanted.train) <= 2


@pytest.mark.parametrize("n", [0, 1, 2])
def test_a_tiny_table_is_refused(n):
    with pytest.raises(SpecInvalid, match="at least 3"):
        split_at_random(n, SHARES, 0)


def test_a_host_split_needs_no_train():
    parts = split_at_random(10, Shares(0.0, 0.3, 0.7), 0)
    assert sizes(parts) == (0, 3, 7)


# ---------------------------------------------------------------- stratified


def test_a_stratified_split_keeps_the_classes_in_proportion():
    labels = np.array(["ill"] * 100 + ["well"] * 900)
    parts = split_stratified(labels, SHARES, seed=3)
    assert sizes(parts) == (700, 150, 150)
    assert sizes(parts[labels == "ill"]) == (70, 15, 15)


def test_many_small_classes_do_not_shift_the_shares():
    labels = np.repeat(np.arange(300), 10)
    assert sizes(split_stratified(labels, SHARES, seed=3)) == (2100, 450, 450)


def test_a_class_of_two_rows_is_refused_by_name():
    with pytest.raises(SpecInvalid, match=r"“rare” \(2\)"):
        split_stratified(np.array(["rare"] * 2 + ["common"] * 50), SHARES, 0)


@given(st.lists(st.integers(3, 40), min_size=1, max_size=8), shares, st.integers(0, 9))
def test_every_class_stands_in_every_part(counts, wanted, seed):
    labels = np.repeat([f"c{i}" for i in range(len(counts))], counts)
    parts = split_stratified(labels, wanted, seed)
    for label in set(labels):
        assert min(sizes(parts[labels == label])) >= 1


def test_numbers_are_stratified_by_quantiles():
    values = np.exp(np.random.default_rng(0).normal(0, 2, 1000))
    bins = quantile_bins(values, SHARES)
    assert np.bincount(bins).tolist() == [100] * 10
    assert values[bins == 0].max() <= values[bins == 9].min()
    parts = split_stratified(bins, SHARES, 0)
    medians = [np.median(values[parts == part]) for part in PARTS]
    assert max(medians) / min(medians) < 1.25


def test_a_short_table_of_numbers_has_fewer_bins():
    assert quantile_bins(np.arange(80), SHARES).max() == 3
    assert quantile_bins(np.arange(25), SHARES).max() == 0
    assert quantile_bins(np.arange(5), SHARES).max() == 0


def test_a_short_table_of_numbers_keeps_the_wanted_shares():
    shares = Shares.of(0.2, 0.25)
    assert sizes(split_stratified(quantile_bins(np.arange(100), shares), shares, 0)) == (80, 5, 15)


# ---------------------------------------------------------------- groups


@given(st.lists(st.integers(1, 12), min_size=3, max_size=40), shares, st.integers(0, 9))
def test_no_group_stands_in_two_parts_and_no_part_is_empty(counts, wanted, seed):
    groups = np.repeat([f"g{i}" for i in range(len(counts))], counts)
    parts = split_by_group(groups, wanted, seed)
    for group in set(groups):
        assert len(set(parts[groups == group])) == 1
    assert min(sizes(parts)) >= 1


def test_groups_come_close_to_the_wanted_shares():
    groups = np.random.default_rng(0).zipf(1.7, 5000).clip(max=400)
    found = np.array(sizes(split_by_group(groups, SHARES, 0))) / 5000
    assert np.allclose(found, [0.7, 0.15, 0.15], atol=0.15)
    even = np.repeat(np.arange(200), 10)
    assert np.allclose(np.array(sizes(split_by_group(even, SHARES, 0))) / 2000, [0.7, 0.15, 0.15], atol=0.01)


def test_two_groups_are_too_few():
    with pytest.raises(SpecInvalid, match="2 different values"):
        split_by_group(np.array(["a", "b"] * 20), SHARES, 0)


# ---------------------------------------------------------------- time


def test_the_earliest_rows_are_train_and_the_last_ones_private():
    times = np.random.default_rng(0).permutation(100)
    parts = split_by_time(times, SHARES, 0)
    assert sizes(parts) == (70, 15, 15)
    assert times[parts == "train"].max() < times[parts == "public"].min()
    assert times[parts == "public"].max() < times[parts == "private"].min()


def test_public_and_private_can_be_mixed_in_time():
    times = np.arange(100)
    parts = split_by_time(times, SHARES, 0, public_is_earlier=False)
    assert sizes(parts) == (70, 15, 15)
    assert times[parts == "train"].max() == 69
    assert times[parts == "private"].min() < times[parts == "public"].max()


@given(st.lists(st.integers(0, 8), min_size=6, max_size=60), shares, st.booleans())
def test_rows_of_one_moment_are_never_cut_from_train(times, wanted, earlier):
    times = np.array(times)
    try:
        parts = split_by_time(times, wanted, 0, public_is_earlier=earlier)
    except SpecInvalid:
        assert len(np.unique(times)) < 3
        return
    assert min(sizes(parts)) >= 1
    assert times[parts == "train"].max() < times[parts != "train"].min()
    if earlier:
        assert times[parts == "public"].max() < times[parts == "private"].min()


def test_too_few_moments_are_refused():
    with pytest.raises(SpecInvalid, match="2 different values"):
        split_by_time(np.repeat([2023, 2024], 50), SHARES, 0)


@pytest.mark.parametrize(
    "written",
    [
        ["2026-03-02", "2026-03-10", "2027-01-01"],
        ["2026-03-02 09:30:00", "2026-03-02 10:00:00", "2026-03-03 00:00:00"],
        ["2026-03-02T09:30:00Z", "2026-03-02T20:00:00+09:00", "2026-03-03T00:00:00Z"],
        ["2026/3/2", "2026/3/10", "2026/12/1"],
        ["2026.03.02", "2026.03.10", "2026.12.01"],
        ["2026-01", "2026-02", "2026-11"],
        ["9", "10", "11.5"],
        [" 1 ", "2", "3"],
    ],
)
def test_usual_ways_of_writing_times_are_read_in_order(written):
    times = parse_times(pa.array(written), "when")
    assert (np.diff(times) > 0).all()


@pytest.mark.parametrize("odd", ["yesterday", "03/02/2026", "2026-13-40"])
def test_text_that_is_no_time_is_named(odd):
    with pytest.raises(SpecInvalid) as refused:
        parse_times(pa.array(["2026-03-02", odd]), "when")
    assert odd in refused.value.message
    assert "2026-03-02" in refused.value.hint


def test_a_blank_time_is_counted():
    with pytest.raises(SpecInvalid, match="2 rows"):
        parse_times(pa.array(["2026-03-02", "", None]), "when")
