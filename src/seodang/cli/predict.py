"""`seodang predict`: a saved model, a table → a table of predictions. Needs no site."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from seodang.cli._learning import TABLE_ENDINGS, check_file, need_learn, write_table
from seodang.cli._output import json_option, print_json
from seodang.i18n import N_
from seodang.i18n import gettext as _

if TYPE_CHECKING:
    import pandas as pd

    from seodang.learn.saved import SavedModel

EXAMPLES = """\b
seodang predict model/ test.csv -o prediction.csv
seodang predict model/ test.parquet -o prediction.parquet --keep id
seodang predict digits/ pictures/ -o prediction.csv --json"""


@click.command(
    "predict",
    help=_(
        "Predict the rows of TABLE with the model that `seodang fit --save` wrote into MODEL. Writes one row for "
        "each, in their order: a column “prediction”, and for classes one “p(label)” each."
    )
    + "\n\n"
    + _(
        "TABLE needs the columns that the model was fitted on; others are ignored. Where it has the target too, "
        "the score of these predictions is told."
    ),
    epilog=_("Examples:") + "\n\n" + EXAMPLES,
)
@click.argument("model", type=click.Path(path_type=Path))
@click.argument("table", type=click.Path(path_type=Path))
@click.option(
    "-o", "--output", required=True, type=click.Path(path_type=Path), metavar="FILE", help=_("CSV, TSV or Parquet.")
)
@click.option(
    "--keep", multiple=True, metavar="COL", help=_("Copy this column of TABLE in front; may be repeated.")
)
@json_option
def command(model: Path, table: Path, output: Path, keep: tuple[str, ...], as_json: bool) -> None:
    need_learn()
    from seodang.learn.ladder import as_frame
    from seodang.learn.saved import load

    check_file(output, TABLE_ENDINGS)
    saved = load(model)
    rows = saved.read(table)
    kept = columns_to_keep(saved, rows, keep)
    remarks = saved.remarks(rows)
    predicted = saved.predict_rows(saved.canonical(rows))
    frame = as_frame(predicted, saved.schema)
    for place, (name, values) in enumerate(kept.items()):
        frame.insert(place, name, values, allow_duplicates=True)
    write_table(frame, output)
    score = score_of(saved, rows, predicted)
    if as_json:
        print_json(
            {
                "path": str(output),
                "rows": len(frame),
                "columns": list(frame.columns),
                "model": saved.rung,
                "metric": saved.metric,
                "score": score,
                "warnings": [said.as_json() for said in remarks],
            }
        )
        return
    for said in remarks:
        click.secho(_("Warning: %(text)s") % {"text": said}, fg="yellow", err=True)
    click.echo(_("%(n)s predictions are in %(path)s.") % {"n": len(frame), "path": output})
    if score is not None:
        click.echo(
            _("The table holds the target: %(metric)s %(score).5g") % {"metric": saved.metric, "score": score}
        )


def columns_to_keep(saved: SavedModel, rows: Any, names: tuple[str, ...]) -> dict[str, Any]:
    """Columns that stand before the predictions; for pictures, which file each is of.

    Raises:
        FrameRefused: the table has no such column.
    """
    if saved.schema.picture_shape is not None:
        return {"file": list(rows.names)} if rows.names else {}
    missing = [name for name in names if name not in rows.columns]
    if missing:
        from seodang.learn.errors import FrameRefused

        raise FrameRefused(
            N_("The table has no column “%(name)s” to keep."),
            hint=N_("Its columns: %(names)s."),
            name=missing[0],
            names=", ".join(map(str, rows.columns[:20])),
        )
    return {name: rows[name].to_numpy() for name in names}


def score_of(saved: SavedModel, rows: pd.DataFrame, predicted: Any) -> float | None:
    """The model's metric on these rows; None where the target is not there, or the metric is undefined for it."""
    import numpy as np

    from seodang.learn._resample import Judge
    from seodang.learn.task import Task
    from seodang.score.errors import ScoreError

    if saved.schema.picture_shape is not None:
        return None
    truth = saved.schema.target_of(rows)
    if truth is None:
        return None
    given = np.isfinite(truth) if saved.task is Task.REGRESSION else truth >= 0
    if not given.any():
        return None
    try:
        score = float(Judge.of(saved.metric, truth[given], saved.labels).score(predicted[given]))
    except ScoreError:
        return None
    return score if np.isfinite(score) else None
