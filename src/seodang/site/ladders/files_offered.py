"""Which files of a ladder have an address, for whom, and under which name they are sent."""

from __future__ import annotations

from pathlib import PurePosixPath

from django.db.models.fields.files import FieldFile

from seodang.site.courses.access import Access
from seodang.site.ladders import services
from seodang.site.ladders.models import Ladder

PREDICTION, CSV = "prediction-", ".csv"


def file_of(access: Access, ladder: Ladder, name: str) -> tuple[FieldFile, str] | None:
    """(stored file, name to send it under) of `report.html`, and for owner and staff of `model.zip`, `table`,
    `prediction.csv` and `prediction-<rung>.csv`; None for what is not there or not theirs."""
    stem = f"ladder-{ladder.number}"
    offered = {"report.html": (ladder.report, f"{stem}.html")}
    if services.may_have_files(access, ladder):
        predicted = PurePosixPath(ladder.predict_name or "table").stem
        offered |= {
            "model.zip": (ladder.model, f"{stem}-model.zip"),
            "table": (ladder.table, ladder.table_name),
            "prediction.csv": (ladder.prediction, f"{stem}-{predicted}.csv"),
        }
        if name.startswith(PREDICTION) and name.endswith(CSV):
            rung = ladder.rungs.filter(name=name.removeprefix(PREDICTION).removesuffix(CSV)).first()
            if rung is not None:
                offered[name] = (rung.prediction, f"{stem}-{predicted}-{rung.name}.csv")
    found = offered.get(name)
    return found if found is not None and found[0] else None
