"""`seodang metrics`: which metrics there are, and what each one is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from seodang.cli._output import json_option, print_json, print_table
from seodang.i18n import gettext as _

if TYPE_CHECKING:
    from seodang.score.metrics import Metric

EXAMPLES = """\b
seodang metrics
seodang metrics log_loss"""


@click.command(
    "metrics",
    help=_("List the metrics. With NAME, show one with its formula, edge cases and source."),
    epilog=_("Examples:") + "\n\n" + EXAMPLES,
)
@click.argument("name", required=False)
@json_option
def command(name: str | None, as_json: bool) -> None:
    from seodang.cli._hosting import need_score

    need_score()
    from seodang.score.metrics import METRICS

    if name:
        show(METRICS.get(name), as_json)
    elif as_json:
        print_json([as_dict(metric) for metric in METRICS])
    else:
        headings = [_("metric"), _("what it is"), _("a row holds"), _("better"), _("options")]
        print_table(headings, [row(metric) for metric in METRICS])


def show(metric: Metric, as_json: bool) -> None:
    if as_json:
        print_json(as_dict(metric) | {"documentation": metric.documentation, "source": metric.source})
        return
    click.secho(f"{metric.name}: {_(metric.title)}", bold=True)
    click.echo()
    click.echo(metric.documentation)
    click.echo()
    click.echo(_("A row of a prediction holds: %(needs)s.") % {"needs": needs_text(metric)})


def row(metric: Metric) -> tuple[str, ...]:
    options = ", ".join(f"{name}={value}" for name, value in metric.options.items())
    return (metric.name, _(metric.title), needs_text(metric), direction(metric), options)


def as_dict(metric: Metric) -> dict[str, Any]:
    return {
        "name": metric.name,
        "title": _(metric.title),
        "needs": metric.needs.value,
        "greater_is_better": metric.greater_is_better,
        "decimals": metric.decimals,
        "options": dict(metric.options),
    }


def direction(metric: Metric) -> str:
    return _("greater") if metric.greater_is_better else _("less")


def needs_text(metric: Metric) -> str:
    texts = {
        "values": _("a number"),
        "labels": _("a class label"),
        "probability": _("the probability of the positive class"),
        "probabilities": _("a probability for each class"),
        "ranking": _("a list of items, best first"),
        "mask": _("a run-length mask"),
    }
    return texts[metric.needs.value]
