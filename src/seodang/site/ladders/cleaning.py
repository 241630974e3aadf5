"""A ladder's files go with its rows, whichever way the rows go: by hand, with a course or with an account."""

from __future__ import annotations

from typing import Any

from django.db.models.signals import post_delete

from seodang.site.ladders.models import Ladder, Rung
from seodang.site.web import files


def clean_up_after_deletion() -> None:
    post_delete.connect(_remove_files_of_ladder, sender=Ladder, dispatch_uid="ladders.files_of_ladder")
    post_delete.connect(_remove_files_of_rung, sender=Rung, dispatch_uid="ladders.files_of_rung")


def _remove_files_of_ladder(sender: type, instance: Ladder, **_: Any) -> None:
    own = (instance.table, instance.predict_table, instance.report, instance.model, instance.prediction)
    files.remove_after_commit([str(file.name) for file in own if file])


def _remove_files_of_rung(sender: type, instance: Rung, **_: Any) -> None:
    if instance.prediction:
        files.remove_after_commit([str(instance.prediction.name)])
