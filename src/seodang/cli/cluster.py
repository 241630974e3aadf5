"""`seodang cluster`: a table → groups of rows that are alike, by five methods. Needs no site."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

import click

from seodang.cli._learning import TABLE_ENDINGS, Seconds, check_file, need_learn, write_table
from seodang.cli._output import json_option, print_json, print_table
from seodang.i18n import gettext as _

if TYPE_CHECKING:
    from seodang.learn.cluster import Clustering

EXAMPLES = """\b
seodang cluster penguins.csv --leave-out species
seodang cluster customers.csv --k 4 -o groups.csv --report groups.html
seodang cluster customers.csv --k 2-8 --methods kmeans,mixture --plot groups.svg --json"""


class Numbers(click.ParamType):  # type: ignore[type-arg]  # generic in the latest click alone
    """4, or 2-8, or 3,5,7."""

    name = "K"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> list[int]:
        found: list[int] = []
        for part in str(value).split(","):
            first, dash, last = part.strip().partition("-")
            try:
                numbers = range(int(first), int(last if dash else first) + 1)
            except ValueError:
                numbers = range(0)
            if not 0 < len(numbers) <= 100:
                self.fail(
                    _("expected a number of groups such as 4, 2-8 or 3,5,7, received “%(value)s”")
                    % {"value": value},
                    param,
                    ctx,
                )
            found += numbers
        return found


@click.command(
    "cluster",
    help=_(
        "Look for groups of rows that are alike in TABLE (CSV, TSV, Parquet): k-means, Gaussian mixture, "
        "hierarchical, DBSCAN and HDBSCAN, with silhouette, stability, and a comparison with chance."
    )
    + "\n\n"
    + _("Leave out a known class or an id with --leave-out; columns that cannot say anything are left out anyway."),
    epilog=_("Examples:") + "\n\n" + EXAMPLES,
)
@click.argument("table", type=click.Path(path_type=Path))
@click.option(
    "--k", type=Numbers(), metavar="K", help=_("How many groups, such as 4, or to choose from, such as 2-8.")
)
@click.option("--methods", metavar="NAMES", help=_("Only these: kmeans, mixture, hierarchical, dbscan, hdbscan."))
@click.option("--leave-out", multiple=True, metavar="COL", help=_("A column not to look at; may be repeated."))
@click.option("--budget", type=Seconds(), default="60s", show_default=True, help=_("Nothing is begun after it."))
@click.option("--seed", default=0, show_default=True, help=_("Everything random is drawn from it."))
@click.option(
    "--report",
    type=click.Path(path_type=Path),
    metavar="FILE.html",
    help=_("Write a page that needs nothing else."),
)
@click.option("--plot", type=click.Path(path_type=Path), metavar="FILE.svg", help=_("Write the picture alone."))
@click.option(
    "--language", type=click.Choice(["en", "ko"]), help=_("The report's language; your own where not given.")
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help=_("Write the table with a column “cluster” in front: 1 is the largest group, 0 none."),
)
@json_option
def command(
    table: Path,
    k: list[int] | None,
    methods: str | None,
    leave_out: tuple[str, ...],
    budget: float,
    seed: int,
    report: Path | None,
    plot: Path | None,
    language: str | None,
    output: Path | None,
    as_json: bool,
) -> None:
    need_learn()
    from seodang.learn.cluster import cluster

    for path, endings in ((report, (".html", ".htm")), (plot, (".svg",)), (output, TABLE_ENDINGS)):
        if path is not None:
            check_file(path, endings)
    chosen = [name.strip() for name in methods.split(",")] if methods is not None else None
    found = cluster(table, k=k, methods=chosen, leave_out=leave_out, budget=budget, seed=seed)
    if report is not None:
        found.report(report, language=language)
    if plot is not None:
        found.plot(plot, language=language)
    if output is not None:
        write_groups(found, table, output)
    if as_json:
        print_json(found.as_json())
    else:
        print_groups(found)
    for path in (output, report, plot):
        if path is not None:
            click.echo(_("Written: %(path)s") % {"path": path}, err=True)


def write_groups(found: Clustering, table: Path, output: Path) -> None:
    from seodang.learn.data.read import read_frame

    frame = read_frame(table)
    frame.insert(0, "cluster", found.labels, allow_duplicates=True)
    write_table(frame, output)


def print_groups(found: Clustering) -> None:
    for said in found.notes:
        click.echo(str(said))
    rows = []
    for one in found.groupings:
        if one.labels is None:
            rows.append([_(one.title), "–", "–", "–", "–", str(one.skipped or "")])
            continue
        sizes = ", ".join(map(str, one.sizes[:12])) + (" …" if one.k > 12 else "")
        figures = [_number(one.silhouette), _number(one.stability), f"{100 * one.noise:.0f} %"]
        rows.append([_(one.title), str(one.k), *figures, sizes])
    headings = [_("Method"), _("Groups"), _("Silhouette"), _("Stability"), _("Noise"), _("Rows in each")]
    print_table(headings, rows, right=(1, 2, 3, 4))
    best = found.best
    click.secho(
        _("%(k)s groups by %(name)s; %(seconds).1f s")
        % {"k": best.k, "name": _(best.title), "seconds": found.seconds},
        bold=True,
    )
    if best.why is not None:
        click.echo(str(best.why))
    for said in found.remarks:
        click.secho(_("Warning: %(text)s") % {"text": said}, fg="yellow", err=True)


def _number(value: float) -> str:
    return "–" if math.isnan(value) else f"{value:.2f}"
