"""`seodang predict`, as a shell sees it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner, Result

from seodang.cli import main
from seodang.learn.ladder import Ladder, fit


def a_frame(n: int, seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({"name": [f"p{i}" for i in range(n)], "a": rng.normal(size=n), "b": rng.normal(size=n)})
    frame["kind"] = np.where(frame["a"] + rng.normal(0, 0.3, n) > 0, "up", "down")
    return frame


@pytest.fixture(scope="module")
def ladder() -> Ladder:
    return fit(a_frame(120, 0), "kind", budget=60, families=["baseline", "linear"], most_candidates=1)


@pytest.fixture(scope="module")
def model(ladder: Ladder, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return ladder.save(tmp_path_factory.mktemp("predict") / "model")


def seodang(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(one) for one in arguments])


@pytest.mark.parametrize("ending", ["csv", "tsv", "parquet", "csv.gz"])
def test_predictions_are_written_as_the_ending_says(
    ladder: Ladder, model: Path, tmp_path: Path, ending: str
) -> None:
    new = a_frame(20, 1)
    new.to_csv(tmp_path / "new.csv", index=False)
    output = tmp_path / f"out.{ending}"
    result = seodang("predict", model, tmp_path / "new.csv", "-o", output)
    assert result.exit_code == 0, result.output
    read = (
        pd.read_parquet(output)
        if ending == "parquet"
        else pd.read_csv(output, sep="\t" if ending == "tsv" else ",")
    )
    assert list(read) == ["prediction", "p(down)", "p(up)"]
    expected = ladder.predict(new)
    assert read["prediction"].tolist() == expected["prediction"].tolist()
    np.testing.assert_allclose(read["p(up)"], expected["p(up)"])
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(["new.csv", output.name])


def test_json_tells_the_path_and_the_score_where_the_target_is_there(model: Path, tmp_path: Path) -> None:
    new = a_frame(40, 2)
    output = tmp_path / "out.csv"
    for frame, has_target in ((new, True), (new.drop(columns="kind"), False)):
        frame.to_csv(tmp_path / "new.csv", index=False)
        result = seodang("predict", model, tmp_path / "new.csv", "-o", output, "--json", "--keep", "name")
        found = json.loads(result.stdout)
        assert found["rows"] == 40
        assert found["columns"] == ["name", "prediction", "p(down)", "p(up)"]
        assert (found["score"] is not None) is has_target
        assert pd.read_csv(output)["name"].tolist() == new["name"].tolist()


def test_missing_columns_are_named(model: Path, tmp_path: Path) -> None:
    a_frame(10, 3).drop(columns="a").to_csv(tmp_path / "new.csv", index=False)
    result = seodang("predict", model, tmp_path / "new.csv", "-o", tmp_path / "out.csv")
    assert result.exit_code == 1
    assert "“a”" in result.stderr
    assert not (tmp_path / "out.csv").exists()


def test_rows_that_drifted_are_warned_of(model: Path, tmp_path: Path) -> None:
    a_frame(100, 4).assign(a=lambda frame: frame["a"] + 9).to_csv(tmp_path / "new.csv", index=False)
    result = seodang("predict", model, tmp_path / "new.csv", "-o", tmp_path / "out.csv")
    assert result.exit_code == 0
    assert "“a” is distributed otherwise" in result.stderr


def test_what_cannot_be_done_ends_with_a_sentence(model: Path, tmp_path: Path) -> None:
    table = tmp_path / "new.csv"
    a_frame(10, 5).to_csv(table, index=False)
    (tmp_path / "empty").mkdir()
    for arguments in (
        (tmp_path / "empty", table, "-o", tmp_path / "out.csv"),
        (tmp_path / "nothing", table, "-o", tmp_path / "out.csv"),
        (model, tmp_path / "nothing.csv", "-o", tmp_path / "out.csv"),
        (model, table, "-o", tmp_path / "out.xlsx"),
        (model, table, "-o", tmp_path / "no" / "out.csv"),
        (model, table, "-o", tmp_path / "out.csv", "--keep", "no-column"),
    ):
        result = seodang("predict", *arguments)
        assert result.exit_code == 1, arguments
        assert len(result.stderr.strip()) > 20
        assert "Traceback" not in result.stderr
        assert not (tmp_path / "out.csv").exists()
