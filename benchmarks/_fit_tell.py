"""What `benchmarks/fit.py` prints: losses, ranks, who is better how often, the worst ratio, seconds, memory."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from typing import Any

OURS = "seodang"
# Clearly above what a promise of budget × 1.05 + 2 s allows.
LATE = (1.05, 2.0)

Record = dict[str, Any]


def told(records: Sequence[Record], budget: float, tools: Sequence[str], learnt_on: Iterable[str]) -> str:
    """Everything about one budget, in Markdown."""
    mine = [record for record in records if record["budget"] == budget and record["tool"] in tools]
    cases = sorted({(record["table"], record["seed"]) for record in mine})
    found = {(r["table"], r["seed"], r["tool"]): r for r in mine}
    tools = [tool for tool in tools if any(record["tool"] == tool for record in mine)]
    complete = [case for case in cases if all((*case, tool) in found for tool in tools)]
    learnt = set(learnt_on)
    lines = [f"### {budget:g} s", ""]
    if not complete:
        return "\n".join([*lines, "No table was run with every contestant yet."])
    lines += _losses(complete, found, tools, learnt)
    lines += ["", *_comparison(complete, found, tools, "All tables")]
    unseen = [case for case in complete if case[0] not in learnt]
    if learnt and unseen and len(unseen) < len(complete):
        lines += ["", *_comparison(unseen, found, tools, "Tables that no setting was learnt on")]
    failures = [record for record in mine if record.get("error")]
    if failures:
        lines += ["", "Failures:", ""]
        lines += [f"* {r['tool']} on {r['table']} (seed {r['seed']}): {r['error']}" for r in failures]
    if len(complete) < len(cases):
        lines += ["", f"{len(cases) - len(complete)} of {len(cases)} splits are not run with every contestant yet."]
    return "\n".join(lines)


def _losses(cases: Sequence[Any], found: Any, tools: Sequence[str], learnt: set[str]) -> list[str]:
    lines = [
        "| table | metric | " + " | ".join(tools) + " | ours / best |",
        "|---|---|" + "---:|" * (len(tools) + 1),
    ]
    for case in cases:
        losses = {tool: found[(*case, tool)].get("loss") for tool in tools}
        known = [value for value in losses.values() if value is not None]
        cells = []
        for tool in tools:
            value = losses[tool]
            text = "failed" if value is None else f"{value:.4g}"
            cells.append(f"**{text}**" if known and value == min(known) else text)
        name = f"{case[0]}{' *' if case[0] in learnt else ''}" + (f" ({case[1]})" if case[1] else "")
        lines.append(f"| {name} | {found[(*case, tools[0])]['metric']} | {' | '.join(cells)} | {_ratio(losses)} |")
    if learnt:
        lines += ["", "\\* settings were learnt on this table."]
    return lines


def _ratio(losses: dict[str, float | None]) -> str:
    ratio = ratio_to_best(losses)
    return "–" if ratio is None else f"{ratio:.3f}"


def ratio_to_best(losses: dict[str, float | None]) -> float | None:
    """Our loss over the best loss of the others."""
    ours = losses.get(OURS)
    others = [value for tool, value in losses.items() if tool != OURS and value is not None]
    return None if ours is None or not others else ours / max(min(others), 1e-12)


def ranks(losses: dict[str, float | None]) -> dict[str, float]:
    """1 is best; equal losses share the mean rank; who failed shares the last places."""
    values = {tool: float("inf") if value is None else value for tool, value in losses.items()}
    found = {}
    for tool, value in values.items():
        below = sum(other < value for other in values.values())
        same = sum(other == value for other in values.values())
        found[tool] = below + (same + 1) / 2
    return found


def _comparison(cases: Sequence[Any], found: Any, tools: Sequence[str], title: str) -> list[str]:
    losses = [{tool: found[(*case, tool)].get("loss") for tool in tools} for case in cases]
    all_ranks = [ranks(one) for one in losses]
    head = (
        "| | mean rank | ours is better on | failed | seconds, median (most) | late | memory, median (most) GiB |"
    )
    lines = [f"{title}: {len(cases)} splits.", "", head, "|---|---:|---:|---:|---:|---:|---:|"]
    for tool in sorted(tools, key=lambda one: statistics.mean(r[one] for r in all_ranks)):
        records = [found[(*case, tool)] for case in cases]
        wins = [_wins(one, tool) for one in losses]
        seconds = [r["fit_seconds"] for r in records if r.get("fit_seconds") is not None] or [float("nan")]
        memory = [r["peak_bytes"] / 2**30 for r in records if r.get("peak_bytes")] or [float("nan")]
        late = sum(s > records[0]["budget"] * LATE[0] + LATE[1] for s in seconds)
        share = "–" if tool == OURS else f"{100 * statistics.mean(wins):.0f} %"
        cells = (
            tool,
            f"{statistics.mean(r[tool] for r in all_ranks):.2f}",
            share,
            str(sum(bool(r.get("error")) for r in records)),
            f"{statistics.median(seconds):.0f} ({max(seconds):.0f})",
            str(late),
            f"{statistics.median(memory):.2f} ({max(memory):.2f})",
        )
        lines.append(f"| {' | '.join(cells)} |")
    known = [(ratio, case) for one, case in zip(losses, cases, strict=True) if (ratio := ratio_to_best(one))]
    if known:
        worst, case = max(known)
        lines += ["", f"Our worst ratio to the best of the others: {worst:.3f}, on {case[0]} (seed {case[1]})."]
    return lines


def _wins(losses: dict[str, float | None], tool: str) -> float:
    """1 where ours is lower than the tool's loss, ½ where equal; a failure loses."""
    ours, theirs = (float("inf") if losses[one] is None else float(losses[one] or 0.0) for one in (OURS, tool))
    return 1.0 if ours < theirs else 0.5 if ours == theirs else 0.0
