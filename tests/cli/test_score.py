"""`seodang score` and `seodang metrics`, as a shell sees them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from seodang.cli import main
from seodang.score.metrics import METRICS


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, str]:
    truth, prediction = tmp_path / "truth.csv", tmp_path / "prediction.csv"
    truth.write_text("id,y\n1,10\n2,20\n3,30\n")
    prediction.write_text("id,y\n3,30\n2,22\n1,10\n")
    return str(truth), str(prediction)


def seodang(*arguments: str) -> tuple[int, str, str]:
    """In a process of its own, since `--json` is looked for among the shell's arguments."""
    done = subprocess.run([sys.executable, "-m", "seodang.cli.main", *arguments], capture_output=True, text=True)
    return done.returncode, done.stdout, done.stderr


def test_score_prints_json_for_programs(files: tuple[str, str]) -> None:
    result = CliRunner().invoke(main, ["score", *files, "--metric", "mae", "--json"])
    assert result.exit_code == 0
    found = json.loads(result.stdout)
    assert list(found) == ["metric", "score", "ci_low", "ci_high", "n"]
    assert found["score"] == pytest.approx(2 / 3)
    assert found["ci_low"] <= found["score"] <= found["ci_high"]
    assert found["n"] == 3


def test_score_prints_a_sentence_for_people(files: tuple[str, str]) -> None:
    result = CliRunner().invoke(main, ["score", *files, "--metric", "mae", "--id", "id", "--target", "y"])
    assert result.exit_code == 0
    assert "mae  0.66667" in result.stdout
    assert "95 % interval" in result.stdout


def test_options_reach_the_metric(files: tuple[str, str]) -> None:
    arguments = ["score", *files, "--metric", "pinball", "--option", "quantile=0.9", "--json"]
    found = json.loads(CliRunner().invoke(main, arguments).stdout)
    assert found["score"] == pytest.approx(0.1 * 2 / 3)
    assert CliRunner().invoke(main, [*arguments[:-1], "--option", "quantile"]).exit_code == 2


def test_wrong_prediction_fails_with_every_problem(files: tuple[str, str]) -> None:
    truth, prediction = files
    Path(prediction).write_text("id,y\n1,x\n1,2\n")
    result = CliRunner().invoke(main, ["score", truth, prediction, "--metric", "mae"])
    assert result.exit_code == 1
    for words in ("Missing ids: 2 of 3", "Rows that repeat an id: 1", "line 2, id 1: x"):
        assert words in result.stderr


def test_unknown_metric_names_the_nearest(files: tuple[str, str]) -> None:
    result = CliRunner().invoke(main, ["score", *files, "--metric", "rsme"])
    assert result.exit_code == 1
    assert "Did you mean “rmse”?" in result.stderr


def test_metrics_lists_all_of_them() -> None:
    result = CliRunner().invoke(main, ["metrics"])
    assert result.exit_code == 0
    for name in METRICS.names():
        assert name in result.stdout
    listed = json.loads(CliRunner().invoke(main, ["metrics", "--json"]).stdout)
    assert [row["name"] for row in listed] == METRICS.names()
    assert set(listed[0]) == {"name", "title", "needs", "greater_is_better", "decimals", "options"}


def test_metrics_shows_one_with_its_formula() -> None:
    result = CliRunner().invoke(main, ["metrics", "log_loss"])
    assert "Formula" in result.stdout
    assert "Source" in result.stdout


def test_help_has_an_example_in_both_languages(monkeypatch: pytest.MonkeyPatch) -> None:
    assert (
        "seodang score truth.csv prediction.csv --metric rmse" in CliRunner().invoke(main, ["score", "-h"]).stdout
    )
    korean = subprocess.run(
        [sys.executable, "-c", "from seodang.cli import main; main()", "score", "--help"],
        capture_output=True,
        encoding="utf-8",
        env={"SEODANG_LANG": "ko", "PYTHONIOENCODING": "utf-8"},
        check=True,
    ).stdout
    assert "예측을 채점합니다" in korean


def test_light_imports() -> None:
    """Neither the package nor the command loads numbers before they are needed."""
    code = "import sys, seodang.score, seodang.cli.score, seodang.cli.metrics; print('numpy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
