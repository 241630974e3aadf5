"""Groups in a table: they are found where they are, and not believed where they are not."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from seodang.learn import cluster
from seodang.learn.clustering.choose import Grouping, Tried, best_k
from seodang.learn.clustering.judge import silhouette, stability
from seodang.learn.clustering.methods import METHODS, by_size
from seodang.learn.clustering.space import space_of
from seodang.learn.errors import ChoiceInvalid, TableUnusable
from seodang.score.errors import TableUnreadable

KMEANS = METHODS[0]


def three_groups(n: int = 180, seed: int = 0) -> tuple[pd.DataFrame, np.ndarray]:
    """Numbers and a category that agree on three groups, of 1/2, 1/3 and 1/6 of the rows; some cells missing."""
    rng = np.random.default_rng(seed)
    own = np.repeat([0, 1, 2], [n // 2, n // 3, n - n // 2 - n // 3])
    frame = pd.DataFrame(
        {
            "id": [f"row-{i:05d}" for i in range(n)],
            "width": np.array([0.0, 8.0, 4.0])[own] + rng.normal(0, 0.5, n),
            "length": np.array([0.0, 0.0, 9.0])[own] + rng.normal(0, 0.5, n),
            "colour": np.array(["red", "green", "blue"])[own],
            "same": 1,
        }
    )
    frame.loc[::17, "length"] = np.nan
    return frame, own


def agreement(one: np.ndarray, other: np.ndarray) -> float:
    from sklearn.metrics import adjusted_rand_score

    return float(adjusted_rand_score(one, other))


def test_groups_that_are_there_are_found_by_every_method() -> None:
    frame, own = three_groups()
    found = cluster(frame, k=[2, 3, 4])
    for one in found.groupings:
        assert one.labels is not None, one.name
        assert agreement(one.labels, own) > 0.8, one.name
    assert found.best.k == 3
    assert found.best.stability > 0.9
    assert found.is_clearer_than_chance
    assert found.remarks == ()


def test_labels_are_numbered_from_the_largest_group() -> None:
    frame, own = three_groups()
    given = frame["length"].notna().to_numpy()
    frame, own = frame[given], own[given]
    found = cluster(frame, methods=["kmeans"])
    assert found.best.sizes == tuple(np.bincount(own))
    assert (found.labels == own + 1).all()
    assert by_size(np.array([5, 5, -1, 2, 2, 2])).tolist() == [1, 1, -1, 0, 0, 0]


def test_columns_that_say_nothing_are_left_out_and_said() -> None:
    frame, _own = three_groups()
    space = space_of(frame)
    assert set(space.sources) == {"width", "length", "colour"}
    said = " ".join(str(one) for one in space.notes)
    assert "id" in said
    assert "same" in said


def test_every_column_weighs_the_same_however_it_is_encoded() -> None:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "large": rng.normal(0, 1e6, 300),
            "small": rng.normal(0, 1e-6, 300),
            "many": rng.choice(list("abcdefgh"), 300),
        }
    )
    space = space_of(frame)
    variance = {
        name: space.blocks[:, [place for place, one in enumerate(space.sources) if one == name]].var(axis=0).sum()
        for name in frame
    }
    assert all(value == pytest.approx(1, abs=0.05) for value in variance.values()), variance


def test_one_wild_cell_makes_no_group_of_its_own() -> None:
    frame, own = three_groups()
    frame.loc[0, "width"] = 1e9
    assert agreement(cluster(frame, methods=["hierarchical"], k=3).best.labels, own) > 0.8


def test_columns_that_form_no_groups_together_are_told() -> None:
    rng = np.random.default_rng(0)
    found = cluster(pd.DataFrame(rng.normal(size=(200, 4))), methods=["kmeans"])
    assert found.is_clearer_than_chance is False
    assert found.remarks[0].code == "no_clearer"


def test_same_seed_gives_the_same_groups() -> None:
    frame, _own = three_groups()
    one, other = (cluster(frame, seed=3, k=[2, 3]) for _ in range(2))
    for before, after in zip(one.groupings, other.groupings, strict=True):
        assert (before.labels == after.labels).all()
        assert before.stability == after.stability
    assert one.shuffled == other.shuffled


def test_number_of_groups_can_be_given() -> None:
    frame, _own = three_groups()
    found = cluster(frame, k=4, methods=["kmeans", "mixture", "hierarchical"])
    assert {one.k for one in found.groupings} == {4}
    assert "as asked" in str(found.best.why)
    assert [one.k for one in cluster(frame, k=[2, 5], methods=["kmeans"]).best.tried] == [2, 5]


@pytest.mark.parametrize("k", [0, 1, -3, [], 1_000, [2, 500]])
def test_impossible_numbers_of_groups_are_refused(k: object) -> None:
    with pytest.raises(ChoiceInvalid, match="2 to"):
        cluster(three_groups()[0], k=k)


def test_of_many_rows_some_are_clustered_and_the_others_join_them() -> None:
    frame, own = three_groups(12_000)
    found = cluster(frame, k=3)
    for one in found.groupings:
        assert one.labels is not None
        assert len(one.labels) == 12_000
        assert agreement(one.labels, own) > 0.7, one.name


def test_a_budget_that_is_over_skips_methods_and_says_so() -> None:
    found = cluster(three_groups(3_000)[0], budget=0.3)
    assert found.best.labels is not None
    assert all(one.labels is not None or one.skipped is not None for one in found.groupings)


def test_more_stable_numbers_of_groups_are_preferred() -> None:
    assert best_k([Tried(2, 0.4, 0.9), Tried(3, 0.6, 0.3), Tried(4, 0.5, 0.8)])[0] == 4
    chosen, why = best_k([Tried(2, 0.4, 0.5), Tried(3, 0.6, 0.3)])
    assert chosen == 3
    assert "do not trust" in str(why)


def test_stability_tells_groups_that_are_there_from_groups_that_are_not() -> None:
    frame, own = three_groups()
    points = space_of(frame).points
    there = stability(KMEANS, points, own, 3, seed=0, deadline=math.inf)
    noise = np.random.default_rng(0).permutation(own)
    not_there = stability(KMEANS, points, noise, 3, seed=0, deadline=math.inf)
    assert there.min() > 0.9
    assert not_there.max() < 0.6
    assert silhouette(points, own) > 0.5 > silhouette(points, noise)
    assert math.isnan(silhouette(points, np.zeros(len(own), dtype=int)))


@pytest.mark.parametrize(
    ("frame", "words"),
    [
        (pd.DataFrame({"a": [1, 2, 3]}), "3 rows"),
        (pd.DataFrame({"a": [1] * 30, "b": ["x"] * 30}), "differs"),
        (pd.DataFrame({"a": []}), "no rows"),
    ],
)
def test_tables_without_groups_are_refused_with_a_sentence(frame: pd.DataFrame, words: str) -> None:
    with pytest.raises(TableUnusable, match=words):
        cluster(frame)


def test_bad_choices_are_refused_with_a_sentence(tmp_path: Path) -> None:
    frame, _own = three_groups(60)
    with pytest.raises(ChoiceInvalid, match="no-method"):
        cluster(frame, methods=["no-method"])
    with pytest.raises(ChoiceInvalid, match="no-column"):
        cluster(frame, leave_out=["no-column"])
    with pytest.raises(ChoiceInvalid, match="budget"):
        cluster(frame, budget=0)
    (tmp_path / "empty.csv").touch()
    with pytest.raises(TableUnreadable):
        cluster(tmp_path / "empty.csv")


def test_report_is_one_file_that_holds_the_picture_and_escapes_the_table(tmp_path: Path) -> None:
    frame, _own = three_groups()
    frame["colour"] = frame["colour"].replace({"red": "<script>alert(1)</script>"})
    found = cluster(frame, methods=["kmeans", "hdbscan"], k=[2, 3])
    english = found.report(tmp_path / "en.html", language="en").read_text(encoding="utf-8")
    assert english.count("<svg") == 2
    assert "<script" not in english
    assert "&lt;script&gt;" in english
    assert "http://" not in english.replace("http://www.w3.org/", "")
    assert "silhouette" in english
    korean = found.report(tmp_path / "ko.html", language="ko").read_text(encoding="utf-8")
    assert '<html lang="ko">' in korean


def test_plot_is_an_svg_with_colours_of_its_own(tmp_path: Path) -> None:
    import xml.etree.ElementTree as ElementTree

    path = cluster(three_groups()[0], methods=["kmeans"]).plot(tmp_path / "groups.svg")
    assert ElementTree.parse(path).getroot().tag == "{http://www.w3.org/2000/svg}svg"
    assert "var(--" not in path.read_text(encoding="utf-8")


def test_json_holds_numbers_or_null() -> None:
    import json

    found = cluster(three_groups()[0], budget=30, methods=["kmeans", "dbscan"]).as_json()
    assert json.loads(json.dumps(found, allow_nan=False))["k"] == 3
    assert Grouping("a", "A", "").as_json()["silhouette"] is None
