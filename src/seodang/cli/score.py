"""`seodang score`: a truth file, a prediction file, a metric → a score and its interval. Needs no site."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from seodang.cli._output import json_option, print_json
from seodang.i18n import gettext as _

if TYPE_CHECKING:
    from seodang.score.compare import Comparison

FILE = click.Path(dir_okay=False, path_type=Path)
EXAMPLES = """\b
seodang score truth.csv prediction.csv --metric rmse
seodang score truth.parquet prediction.csv --metric log_loss --id id --target label --positive yes
seodang score truth.csv prediction.csv --metric ndcg_at_k --option k=5 --json"""


@click.command(
    "score",
    help=_(
        "Score a prediction against the truth. Both are CSV, TSV or Parquet tables; `seodang metrics` lists the "
        "metrics. Prints the score and its 95 % bootstrap interval."
    )
    + "\n\n"
    + _(
        "Ids line the rows up: the column named by --id, else the first column that both files share if it looks "
        "like an id, else rows are compared in order. The target is what both files share besides; for "
        "probabilities of several classes the prediction has one column per class, named like it."
    ),
    epilog=_("Examples:") + "\n\n" + EXAMPLES,
)
@click.argument("truth", type=FILE)
@click.argument("prediction", type=FILE)
@click.option("--metric", required=True, metavar="NAME", help=_("The metric's name, such as rmse."))
@click.option("--id", "id_column", metavar="COL", help=_("The column of ids."))
@click.option("--target", "targets", multiple=True, metavar="COL", help=_("The target column; may be repeated."))
@click.option("--positive", default="", metavar="LABEL", help=_("Of two classes the positive one."))
@click.option("--option", "options", multiple=True, metavar="NAME=VALUE", help=_("An option of the metric."))
@click.option("--seed", default=0, show_default=True, help=_("Seed of the bootstrap."))
@json_option
def command(
    truth: Path,
    prediction: Path,
    metric: str,
    id_column: str | None,
    targets: tuple[str, ...],
    positive: str,
    options: tuple[str, ...],
    seed: int,
    as_json: bool,
) -> None:
    from seodang.cli._hosting import need_score

    need_score()
    from seodang.score.compare import compare

    found = compare(
        truth,
        prediction,
        metric,
        id_column=id_column,
        targets=targets,
        positive=positive,
        options=read_options(options),
        seed=seed,
    )
    for note in found.notes:
        click.echo(note, err=True)
    if as_json:
        print_json(found.as_json())
    else:
        print_score(found)


def read_options(given: tuple[str, ...]) -> dict[str, str]:
    """NAME=VALUE pairs; the metric reads the values."""
    options = {}
    for pair in given:
        name, equals, value = pair.partition("=")
        if not equals:
            raise click.BadParameter(_("expected NAME=VALUE, received “%(pair)s”") % {"pair": pair})
        options[name.strip()] = value.strip()
    return options


def print_score(found: Comparison) -> None:
    from seodang.score.metrics import METRICS

    metric = METRICS.get(found.metric)
    score, low, high = (f"{value:z.{metric.decimals}f}" for value in (found.score, found.ci_low, found.ci_high))
    click.secho(f"{metric.name}  {score}", bold=True)
    click.echo(_("95 %% interval: %(low)s to %(high)s") % {"low": low, "high": high})
    better = _("greater is better") if metric.greater_is_better else _("less is better")
    click.echo(f"{_(metric.title)} ({better}); n = {found.n}")
