"""Why a network is not tried on some data, in words for a student. Imports nothing heavy."""

from __future__ import annotations

from seodang.i18n import N_
from seodang.learn.rungs import Said
from seodang.learn.task import Facts

MOST_COLUMNS = 2_000


def no_pictures(facts: Facts) -> Said | None:
    if facts.are_images:
        return None
    return Said("no_pictures", N_("A convolutional network looks at pictures; this is a table."))


def too_wide(facts: Facts) -> Said | None:
    if facts.are_images or facts.n_columns <= MOST_COLUMNS:
        return None
    return Said(
        "too_wide",
        N_("The table has %(columns)d columns; networks are tried on at most %(most)d."),
        {"columns": facts.n_columns, "most": MOST_COLUMNS},
    )
