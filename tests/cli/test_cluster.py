"""`seodang cluster`, as a shell sees it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner, Result

from seodang.cli import main
from seodang.cli.cluster import Numbers


@pytest.fixture
def table(tmp_path: Path) -> Path:
    rng = np.random.default_rng(0)
    own = np.repeat([0, 1], [60, 40])
    frame = pd.DataFrame(
        {"x": 9.0 * own + rng.normal(size=100), "y": -9.0 * own + rng.normal(size=100), "own": own}
    )
    frame.to_csv(tmp_path / "table.csv", index=False)
    return tmp_path / "table.csv"


def seodang(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(one) for one in arguments])


def test_json_tells_every_method_and_the_best(table: Path) -> None:
    result = seodang("cluster", table, "--leave-out", "own", "--json")
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert found["k"] == 2
    assert found["columns"] == ["x", "y"]
    assert [one["name"] for one in found["methods"]] == ["kmeans", "mixture", "hierarchical", "dbscan", "hdbscan"]
    assert found["methods"][0]["sizes"] == [60, 40]
    assert found["methods"][0]["silhouette"] > 0.5


def test_labels_report_and_picture_are_written(table: Path) -> None:
    output, report, plot = (table.with_name(name) for name in ("groups.csv", "groups.html", "groups.svg"))
    arguments = ("-o", output, "--report", report, "--plot", plot, "--methods", "kmeans", "--k", "2-3")
    result = seodang("cluster", table, "--leave-out", "own", *arguments)
    assert result.exit_code == 0, result.output
    assert "2 groups by k-means" in result.stdout
    written = pd.read_csv(output)
    assert list(written) == ["cluster", "x", "y", "own"]
    assert (written["cluster"] == written["own"] + 1).all()
    assert "<svg" in report.read_text(encoding="utf-8")
    assert plot.read_text(encoding="utf-8").startswith("<svg")


@pytest.mark.parametrize(("text", "numbers"), [("4", [4]), ("2-4", [2, 3, 4]), ("3,5, 7-8", [3, 5, 7, 8])])
def test_numbers_of_groups_are_read_as_people_write_them(text: str, numbers: list[int]) -> None:
    assert Numbers().convert(text, None, None) == numbers


def test_bad_input_ends_with_a_sentence(table: Path, tmp_path: Path) -> None:
    for arguments, code in (
        ((table, "--k", "many"), 2),
        ((table, "--k", "5-2"), 2),
        ((table, "--k", "1"), 1),
        ((table, "--methods", "kmeens"), 1),
        ((table, "--leave-out", "no-column"), 1),
        ((tmp_path / "nothing.csv",), 1),
        ((table, "-o", tmp_path / "no" / "out.csv"), 1),
        ((table, "--plot", tmp_path / "plot.gif"), 1),
    ):
        result = seodang("cluster", *arguments)
        assert result.exit_code == code, arguments
        assert len(result.stderr.strip()) > 20
        assert "Traceback" not in result.stderr
