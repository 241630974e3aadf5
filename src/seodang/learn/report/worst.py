"""The rows that the best rung gets most wrong."""

from __future__ import annotations

import base64
import io
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seodang.i18n import N_, gettext
from seodang.learn.data.schema import Kind
from seodang.learn.report._asking import interesting
from seodang.learn.report._html import Html, join, paragraph, say, table, tag
from seodang.learn.report._reading import Reading
from seodang.learn.report._section import section
from seodang.learn.report._words import cut, number, percent, plain

SHOWN_ROWS, SHOWN_COLUMNS, SHOWN_PICTURES, MOST_PIXELS = 12, 7, 24, 160


# After the importance of columns is known, which decides what is shown of a row.
@section("worst", N_("Where it is most wrong"), order=100, costly=True)
def render(reading: Reading) -> Html | None:
    rung = next((rung for rung in reading.shown if rung.name in reading.candidates), None)
    if rung is None:
        return None
    rows, p = reading.oof(rung)
    order = np.argsort(-wrongness(reading.y[rows], p), kind="stable")
    most = SHOWN_PICTURES if reading.are_images else SHOWN_ROWS
    places = order[:most]
    intro = paragraph(_INTRODUCTION, rung=reading.title(rung))
    if reading.are_images:
        return join([intro, _pictures(reading, rows[places], p[places])])
    return join([intro, _table(reading, rows[places], p[places])])


_INTRODUCTION = N_(
    "The rows that %(rung)s got most wrong while they were held out. Look for what they share: a mistyped value, "
    "a wrong label, a kind of case that the table has too few of."
)


def wrongness(y: NDArray[Any], p: NDArray[np.float64]) -> NDArray[np.float64]:
    """Of a number its distance, of a class what its probability lacks, (n,)."""
    if p.ndim == 1:
        return np.abs(y - p)
    return np.asarray(1.0 - p[np.arange(len(y)), y.astype(np.int64)])


def _table(reading: Reading, rows: NDArray[Any], p: NDArray[np.float64]) -> Html:
    columns = interesting(reading)[:SHOWN_COLUMNS]
    head = [
        tag("th", say(N_("Row")), scope="col", class_="num"),
        tag("th", say(N_("True")), scope="col", class_="num" if p.ndim == 1 else None),
        tag("th", say(N_("Predicted")), scope="col", class_="num" if p.ndim == 1 else None),
        *(tag("th", cut(column.name, 30), scope="col") for column in columns),
    ]
    places = reading.prepared.rows
    body = []
    for row, said in zip(rows, p, strict=True):
        name = int(places[row]) + 1
        truth, predicted = _both(reading, int(row), said)
        values = [tag("td", shown(column, reading.frame[column.name].iloc[int(row)])) for column in columns]
        css = "num" if p.ndim == 1 else None
        body.append(
            tag(
                "tr",
                tag("th", name, scope="row", class_="num"),
                tag("td", truth, class_=css),
                tag("td", predicted, class_=css),
                *values,
            )
        )
    made = table(gettext("The rows most wrong, the worst first"), head, body, class_="values")
    return join(
        [made, paragraph(N_("Rows are counted from 1 as the table lists them, its head left out."), class_="note")]
    )


def _both(reading: Reading, row: int, said: Any) -> tuple[str, str]:
    if not reading.task.has_classes:
        return plain(float(reading.y[row])), number(float(said), 5)
    truth, named = int(reading.y[row]), int(np.argmax(said))
    return cut(reading.labels[truth], 24), f"{cut(reading.labels[named], 24)} {percent(float(said[named]))}"


def shown(column: Any, value: Any) -> str:
    """A canonical cell as text."""
    if value is None or (isinstance(value, float) and not np.isfinite(value)):
        return gettext("no value")
    if column.kind == Kind.TIME:
        return str(np.datetime64(int(value), "s")).replace("T00:00:00", "").replace("T", " ")
    if column.kind == Kind.BOOLEAN:
        return (
            str(column.words[int(value)]) if len(column.words) == 2 else gettext("yes") if value else gettext("no")
        )
    if column.kind == Kind.NUMBER:
        return plain(float(value)) if value != int(value) or abs(value) >= 1e9 else plain(float(value), 10)
    return cut(value, 60)


def _pictures(reading: Reading, rows: NDArray[Any], p: NDArray[np.float64]) -> Html:
    figures = []
    for row, said in zip(rows, p, strict=True):
        truth, predicted = _both(reading, int(row), said)
        source, width = _picture(reading.prepared.X.pictures[int(row)])
        alt = gettext("a picture of “%(truth)s”, taken for %(predicted)s") % {
            "truth": truth,
            "predicted": predicted,
        }
        caption = say(N_("%(truth)s, taken for %(predicted)s"), truth=tag("strong", truth), predicted=predicted)
        if not reading.task.has_classes:
            caption = say(N_("%(truth)s, predicted %(predicted)s"), truth=tag("strong", truth), predicted=predicted)
        image = tag("img", src=source, alt=alt, class_="small" if width < 64 else None)
        figures.append(tag("figure", image, tag("figcaption", caption)))
    return tag("div", *figures, class_="pictures")


def _picture(pixels: NDArray[np.uint8]) -> tuple[str, int]:
    """A data URI, and the picture's width."""
    from PIL import Image

    image = Image.fromarray(pixels[:, :, 0] if pixels.ndim == 3 and pixels.shape[2] == 1 else pixels)
    image.thumbnail((MOST_PIXELS, MOST_PIXELS))
    held = io.BytesIO()
    small = max(image.size) <= 64
    image.save(held, "PNG" if small else "JPEG", optimize=True)
    kind = "png" if small else "jpeg"
    return f"data:image/{kind};base64,{base64.b64encode(held.getvalue()).decode()}", image.width
