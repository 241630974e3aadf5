"""`seodang fit`, as a shell sees it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner, Result

from seodang.cli import main
from seodang.cli._ladder_view import bar, domain_of, span_of
from seodang.cli._learning import Seconds
from seodang.learn.rungs import Rung

QUICK = ("--families", "baseline,linear,tree", "--budget", "60s")


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"a": rng.normal(size=120), "b": rng.choice(["x", "y"], 120)})
    frame["label"] = np.where(frame["a"] + (frame["b"] == "x") + rng.normal(0, 0.5, 120) > 0.5, "yes", "no")
    path = tmp_path_factory.mktemp("fit") / "table.csv"
    frame.to_csv(path, index=False)
    return path


def seodang(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(one) for one in arguments])


def test_json_is_what_the_documentation_promises(table: Path) -> None:
    result = seodang("fit", table, "--target", "label", *QUICK, "--json")
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert list(found) == ["metric", "task", "best", "seconds", "rungs"]
    assert found["metric"] == "log_loss"
    assert found["task"] == "binary"
    keys = ["name", "score", "ci_low", "ci_high", "seconds", "tied_with_best", "skipped"]
    assert all(list(rung) == keys for rung in found["rungs"])
    assert [rung["name"] for rung in found["rungs"]][:3] == ["baseline", "linear", "tree"]
    best = next(rung for rung in found["rungs"] if rung["name"] == found["best"])
    assert best["ci_low"] <= best["score"] <= best["ci_high"]
    assert "“no” or “yes”" in result.stderr


def test_people_read_a_table_the_winner_and_what_was_inferred(table: Path) -> None:
    result = seodang("fit", table, "--target", "label", *QUICK, "--metric", "roc_auc")
    assert result.exit_code == 0, result.output
    for words in (
        "Baseline",
        "Linear model",
        "Decision tree",
        "Interval (95 %)",
        "Best: ",
        "roc_auc",
        "greater is better",
    ):
        assert words in result.stdout
    assert "best so far" in result.stderr


def test_report_and_model_are_written(table: Path, tmp_path: Path) -> None:
    report, folder = tmp_path / "report.html", tmp_path / "model"
    arguments = ("--report", report, "--language", "ko", "--save", folder, "--holdout", "0.2", "--seed", "3")
    result = seodang("fit", table, "--target", "label", *QUICK, *arguments)
    assert result.exit_code == 0, result.output
    assert '<html lang="ko"' in report.read_text(encoding="utf-8")[:200]
    assert json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["seed"] == 3
    assert "on the rows held out" in result.stdout
    assert "Writing the report; this may take" in result.stderr


BAD = {
    "an empty file": ("", "y", "empty"),
    "one column": ("y\n" + "1\n2\n" * 20, "y", "one column"),
    "no such target": ("a,y\n" + "1,2\n3,4\n" * 20, "z", "z"),
    "a constant target": ("a,y\n" + "1,2\n3,2\n" * 20, "y", "y"),
    "a blank target": ("a,y\n" + "1,\n3,\n" * 20, "y", "y"),
    "too few rows": ("a,y\n1,2\n", "y", "rows"),
}


@pytest.mark.parametrize(("text", "target", "words"), BAD.values(), ids=BAD.keys())
def test_bad_tables_end_with_a_sentence(tmp_path: Path, text: str, target: str, words: str) -> None:
    path = tmp_path / "bad.csv"
    path.write_text(text)
    result = seodang("fit", path, "--target", target, "--budget", "20")
    assert result.exit_code == 1
    assert words in result.stderr
    assert "Traceback" not in result.stderr


def test_a_broken_encoding_a_missing_file_and_no_target_end_with_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "bad.csv"
    path.write_bytes(b"a,y\n" + b"\xff\xfe\xfa,1\n" * 20)
    for arguments in ((path, "--target", "y"), (tmp_path / "nothing.csv", "--target", "y"), (path,)):
        result = seodang("fit", *arguments, "--budget", "20")
        assert result.exit_code == 1
        assert len(result.stderr.strip().splitlines()[-1]) > 10
        assert "Traceback" not in result.stderr


def test_a_budget_too_small_for_one_rung_is_said(table: Path) -> None:
    result = seodang("fit", table, "--target", "label", "--budget", "0.01s", "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["error"]["code"] == "budget_too_small"


def test_where_nothing_can_be_written_nothing_is_fitted(table: Path, tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.txt").touch()
    for arguments in (
        ("--report", tmp_path / "no" / "report.html"),
        ("--report", tmp_path / "report.pdf"),
        ("--report", tmp_path),
        ("--save", tmp_path / "full"),
    ):
        result = seodang("fit", table, "--target", "label", *arguments)
        assert result.exit_code == 1
        assert "Reading the table" not in result.stderr


def test_unknown_names_are_refused(table: Path) -> None:
    for option, value in (("--families", "linear,forrest"), ("--metric", "rmsee")):
        result = seodang("fit", table, "--target", "label", option, value)
        assert result.exit_code == 1
        assert "Did you mean" in result.stderr


@pytest.mark.parametrize(
    ("text", "seconds"), [("60", 60), ("60s", 60), ("5m", 300), ("1h30m", 5400), ("1.5 min", 90)]
)
def test_budgets_are_read_as_people_write_them(text: str, seconds: float) -> None:
    assert Seconds().convert(text, None, None) == seconds


@pytest.mark.parametrize("text", ["", "soon", "-5", "0", "5 x", "1e9", "nan", "5s soon"])
def test_other_budgets_are_refused(table: Path, text: str) -> None:
    result = seodang("fit", table, "--target", "label", f"--budget={text}")
    assert result.exit_code == 2
    assert "60s" in result.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_ctrl_c_gives_what_was_climbed_so_far(table: Path) -> None:
    command = [
        sys.executable,
        "-c",
        "from seodang.cli import main; main()",
        "fit",
        table,
        "--target",
        "label",
        "--budget",
        "10m",
    ]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    for line in process.stderr:
        if "best so far" in line:
            break
    begun = time.monotonic()
    process.send_signal(signal.SIGINT)
    output, _errors = process.communicate(timeout=120)
    assert process.returncode == 0
    assert "Best: " in output
    assert time.monotonic() - begun < 120


@pytest.mark.skipif(sys.platform == "win32", reason="a pseudo-terminal of POSIX")
def test_a_terminal_sees_the_ladder_itself(table: Path) -> None:
    import pty

    mine, theirs = pty.openpty()
    arguments = ["fit", str(table), "--target", "label", *QUICK]
    code = f"import sys; sys.argv[1:] = {arguments!r}; from seodang.cli import main; main()"
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "130", "LINES": "40"}
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=theirs, env=environment, text=True
    )
    os.close(theirs)
    seen = b""
    while True:
        try:
            piece = os.read(mine, 65_536)
        except OSError:  # the other end is closed
            break
        if not piece:
            break
        seen += piece
    os.close(mine)
    assert process.stdout is not None
    with process.stdout as stdout:
        output = stdout.read()
    assert process.wait() == 0, seen.decode(errors="replace")
    shown = seen.decode(errors="replace")
    for words in ("left of 60 s", "Decision tree", "●", "Ctrl-C"):
        assert words in shown
    assert "Best: " in output


# --- bars --------------------------------------------------------------------------------------------------------


def rung(name: str, score: float, low: float | None = None, high: float | None = None, folds: tuple = ()) -> Rung:
    return Rung(name, name, score=score, ci_low=low, ci_high=high, fold_scores=folds)


def test_better_is_to_the_right_whatever_the_metric() -> None:
    rungs = [rung("a", 0.2, 0.1, 0.3), rung("b", 0.6, 0.5, 0.7)]
    for greater in (True, False):
        domain = domain_of(rungs, greater_is_better=greater)
        a, b = (bar(span_of(one), one.score, domain).index("●") for one in rungs)
        assert (b > a) is greater


def test_a_rung_far_away_does_not_press_the_others_together() -> None:
    rungs = [
        rung("base", 9.0, 8.9, 9.1),
        *(rung(str(i), 0.5 + i / 10, 0.4 + i / 10, 0.6 + i / 10) for i in range(4)),
    ]
    domain = domain_of(rungs, greater_is_better=False)
    assert bar(span_of(rungs[0]), 9.0, domain).startswith("‹")
    places = {bar(span_of(one), one.score, domain).index("●") for one in rungs[1:]}
    assert len(places) == 4


def test_before_there_is_an_interval_the_folds_give_one() -> None:
    low, high = span_of(rung("a", 0.5, folds=(0.4, 0.5, 0.6)))
    assert low < 0.5 < high
    assert span_of(rung("a", 0.5)) == (0.5, 0.5)
    assert span_of(Rung("a", "a")) is None
