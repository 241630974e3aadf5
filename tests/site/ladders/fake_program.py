"""Stands in for `seodang.learn.program` at the process's boundary: the same lines and files, and no models.

What it does is told by the target's name: "slow" climbs until it is ended, "broken" dies, "refused" finds something
wrong, "hungry" runs out of memory, anything else is climbed at once.
"""

import csv
import json
import os
import sys
import threading
import time
from pathlib import Path

RUNGS = [
    ("baseline", "Baseline", 2.5, False),
    ("linear", "Linear model", 1.25, False),
    ("forest", "Random forest", 0.75, True),
    ("ensemble", "Ensemble", 0.5, True),
]


def end_with_stdin():
    while os.read(0, 100):
        pass
    os._exit(3)


def tell(**line):
    print(json.dumps(line), flush=True)


def rungs(*, provisional):
    found = [
        {
            "name": name,
            "title": title,
            "score": score,
            "ci_low": None if provisional else score - 0.25,
            "ci_high": None if provisional else score + 0.25,
            "seconds": 1.5,
            "tied_with_best": tied and not provisional,
            "skipped": None,
            "n_candidates": 3,
            "settings": {"depth": 3},
        }
        for name, title, score, tied in RUNGS
    ]
    skipped = {"code": "too_many_rows", "template": "Too many rows: %(n)s.", "params": {"n": 9}, "column": ""}
    return [*found, {"name": "svm", "title": "Support vector machine", "score": None, "skipped": skipped}]


def progress(stage="climbing", seconds=1.0):
    tell(
        progress={
            "stage": stage,
            "seconds": seconds,
            "budget_seconds": 5.0,
            "best": "forest",
            "now": "forest",
            "rungs": rungs(provisional=True)[:3],
        }
    )


def predict(request, path):
    with Path(request.get("predict") or request["table"]).open(newline="") as source:
        rows = list(csv.DictReader(source))
    carried = [name for name in request.get("leave_out") or () if rows and name in rows[0]]
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="") as target:
        writer = csv.writer(target)
        writer.writerow([*carried, "prediction"])
        writer.writerows([*(row[name] for name in carried), 1.5] for row in rows)


def main():
    # Read byte by byte: what is left of standard input is for the thread that waits for its end.
    with open(0, "rb", buffering=0, closefd=False) as stdin:
        request = json.loads(stdin.readline())
    threading.Thread(target=end_with_stdin, daemon=True).start()
    out = Path(request["out"])
    (out / "request.json").write_text(json.dumps(request))
    if request["do"] == "predict":
        predict(request, out / "prediction.csv")
        tell(result={"rows": 1})
        return 0
    target = request["target"]
    if target == "slow":
        for second in range(1, 600):
            progress(seconds=second / 10)
            time.sleep(0.1)
    if target == "broken":
        print("Traceback …\nRuntimeError: it broke", file=sys.stderr)
        return 2
    if target == "refused":
        tell(
            problem={"code": "one_class", "template": "There is one class: %(a)s.", "hint": "", "params": {"a": 1}}
        )
        return 1
    progress()
    if request.get("predict"):
        for name, _title, _score, _tied in RUNGS:
            predict(request, out / "predictions" / f"{name}.csv")
    (out / "model.zip").write_bytes(b"a model")
    (out / "report.html").write_text("<!doctype html><title>Report</title><p>a report</p>")
    tell(
        result={
            "metric": request["metric"] or "rmse",
            "task": request["task"] or "regression",
            "best": "ensemble",
            "seconds": 4.5,
            "labels": [],
            "rungs": rungs(provisional=False),
            "warnings": [{"code": "leak", "template": "A column gives it away: %(a)s.", "params": {"a": "x"}}],
            "notes": [],
            "prediction_problem": None,
            "lost": [],
        }
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
