"""Writes docs/reference/metrics.md from the metrics' own docstrings; a test fails when the page lags behind."""

from __future__ import annotations

from pathlib import Path

from seodang.score.metrics import METRICS, Metric

PAGE = Path(__file__).resolve().parent.parent / "docs/reference/metrics.md"
LEAD = """\
# Metrics

`seodang metrics` lists them, `seodang metrics NAME` shows one, `seodang score TRUTH PREDICTION --metric NAME`
computes one from two files. This page is written by `python scripts/metrics_page.py` from the docstrings in
`src/seodang/score/metrics/`; a new file there is a new metric.

| metric | better | a row of a prediction holds | options |
|---|---|---|---|
"""
NEEDS = {
    "values": "a number (one column, or one per target)",
    "labels": "a class label",
    "probability": "the probability of the positive class",
    "probabilities": "one probability per class; of two classes that of the positive one",
    "ranking": "items, best first, between spaces",
    "mask": "a run-length mask",
}


def row(metric: Metric) -> str:
    options = ", ".join(f"`{name}={value}`" for name, value in metric.options.items())
    better = "greater" if metric.greater_is_better else "less"
    return f"| [{metric.name}](#{metric.name}) | {better} | {NEEDS[metric.needs.value]} | {options} |\n"


def section(metric: Metric) -> str:
    return f"\n## {metric.name}\n\n```text\n{metric.documentation}\n```\n"


def page() -> str:
    return LEAD + "".join(map(row, METRICS)) + "".join(map(section, METRICS))


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
