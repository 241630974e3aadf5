"""The climb as a process: one line in, lines out, files in a folder, and gone when nobody listens."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

from seodang.learn import program


@pytest.fixture(scope="module")
def houses(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("houses")
    rng = np.random.default_rng(0)
    size = rng.uniform(20, 200, 120)
    price = 3 * size + rng.normal(0, 10, 120)
    rows = [f"h{i},{s:.2f},{p:.2f}" for i, (s, p) in enumerate(zip(size, price, strict=True))]
    (folder / "houses.csv").write_text("\n".join(["id,size,price", *rows, ""]))
    (folder / "new.csv").write_text("id,size\nn1,50\nn2,100\n")
    return folder


def begin(request: dict) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-m", "seodang.learn.program"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    process.stdin.write(json.dumps(request) + "\n")
    process.stdin.flush()
    return process


def said(process: subprocess.Popen[str]) -> list[dict]:
    lines = [json.loads(line) for line in process.stdout]
    process.wait(60)
    return lines


@pytest.fixture(scope="module")
def climbed(houses, tmp_path_factory) -> tuple[Path, list[dict]]:
    out = tmp_path_factory.mktemp("out")
    request = {
        "do": "climb",
        "table": str(houses / "houses.csv"),
        "target": "price",
        "budget": 60,
        "families": ["baseline", "linear"],
        "leave_out": ["id"],
        "predict": str(houses / "new.csv"),
        "out": str(out),
        "workers": 1,
    }
    return out, said(begin(request))


def test_a_climb_tells_its_progress_and_its_result(climbed):
    _out, lines = climbed
    result = lines[-1]["result"]
    assert (result["metric"], result["task"], result["lost"]) == ("rmse", "regression", [])
    scores = {rung["name"]: rung["score"] for rung in result["rungs"]}
    assert scores["linear"] < scores["baseline"]
    assert any("progress" in line for line in lines)
    assert {line["progress"]["stage"] for line in lines if "progress" in line} >= {"saving", "reporting"}


def test_the_id_is_carried_into_the_predictions_and_not_learnt_from(climbed):
    out, _lines = climbed
    with (out / "predictions" / "linear.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["id"] for row in rows] == ["n1", "n2"]
    assert abs(float(rows[1]["prediction"]) - 300) < 20


def test_report_and_model_are_written(climbed):
    out, _lines = climbed
    assert "<html" in (out / "report.html").read_text()
    assert "manifest.json" in zipfile.ZipFile(out / "model.zip").namelist()


def test_the_saved_model_predicts_another_table(climbed, houses, tmp_path):
    out, _lines = climbed
    table = houses / "new.csv"
    request = {"do": "predict", "model": str(out / "model.zip"), "table": str(table), "out": str(tmp_path)}
    assert said(begin({**request, "leave_out": ["id"]}))[-1]["result"]["rows"] == 2
    assert (tmp_path / "prediction.csv").read_text().startswith("id,prediction\nn1,")


def test_what_is_refused_is_told_as_a_template_with_its_values(houses, tmp_path):
    table = str(houses / "houses.csv")
    process = begin({"do": "climb", "table": table, "target": "nothing", "budget": 30, "out": str(tmp_path)})
    problem = said(process)[-1]["problem"]
    assert "%" in problem["template"]
    assert "nothing" in str(problem["params"].values())
    assert process.returncode == program.REFUSED


def test_it_ends_with_its_standard_input(houses, tmp_path):
    table = str(houses / "houses.csv")
    process = begin({"do": "climb", "table": table, "target": "price", "budget": 120, "out": str(tmp_path)})
    json.loads(process.stdout.readline())  # it climbs
    process.stdin.close()
    assert process.wait(20) == program.ABANDONED


def test_numbers_that_json_has_not_become_nothing():
    said = program.plain({"a": np.float32(0.5), "b": float("nan"), "c": [np.int64(3), np.inf], "d": Path("x")})
    assert said == {"a": 0.5, "b": None, "c": [3, None], "d": "x"}
    assert program.plain("a\x00b") == "a\N{REPLACEMENT CHARACTER}b"
