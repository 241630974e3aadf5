"""Ladders and competitions: a ladder on the training data, and rungs of a ladder as marked baselines.

A ladder learns from nothing but what students get. What its rungs predict of the test data is entered as anybody's
prediction is: checked against the sample entry, scored by a worker, under the rung's name.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.utils.translation import gettext, override

from seodang.errors import SeodangError
from seodang.i18n import N_
from seodang.i18n import gettext as toolkit_gettext
from seodang.score.labels import reader_of
from seodang.score.metrics import METRICS, Needs
from seodang.site.competitions.errors import CompetitionError, CompetitionNotReady
from seodang.site.competitions.models import Competition, CompetitionFile, Entry, FileRole, Team
from seodang.site.competitions.services import inputs
from seodang.site.competitions.services._common import access_of, require_staff
from seodang.site.competitions.services.entering import enter, withdraw
from seodang.site.courses import access as courses_access
from seodang.site.ladders import services as ladders
from seodang.site.ladders.models import Ladder, LadderState, Rung

# Scores that a model of classes or numbers can be climbed by.
CLIMBED_BY = (Needs.VALUES, Needs.LABELS, Needs.PROBABILITY, Needs.PROBABILITIES)


# --- a ladder on the training data --------------------------------------------------------------------------------


def origin_of(competition: Competition) -> str:
    return f"competition:{competition.pk}"


def climb_training_data(*, competition: Competition, by, **choices: Any) -> Ladder:
    """A ladder whose table is the training data, whose rungs will predict the test data; a draft.

    Its folds are drawn by a seed of its own: from the competition's, one could tell which rows are public.

    Args:
        choices: as `ladders.services.create_from_files` takes them, over those of the competition.

    Raises:
        CompetitionNotReady: there is no training data, or not yet.
        CompetitionError: nothing in it that a ladder could learn to predict.
    """
    access = access_of(by, competition)
    courses_access.require(access.may_see)
    competition.course = access.course
    train, test = (_file(competition, access, role) for role in (FileRole.TRAIN, FileRole.TEST))
    if train is None:
        raise CompetitionNotReady(
            N_("There is no training data to climb on yet."), hint=N_("It comes with the competition’s opening.")
        )
    columns, others = _columns(train), _columns(test) if test else ()
    metric = METRICS.get(competition.metric) if competition.metric in METRICS else None
    own = {
        "target": _target(competition, columns, others),
        "metric": metric.name if metric is not None and metric.needs in CLIMBED_BY else "",
        "leave_out": [name for name in (_id_column(competition),) if name in columns],
        "seed": competition.pk % 1000,
    }
    return ladders.create_from_files(
        access=access,
        table=Path(train.file.path),
        table_name=train.name,
        title=competition.title,
        predict=Path(test.file.path) if test else None,
        predict_name=test.name if test else "",
        origin=origin_of(competition),
        origin_title=competition.title,
        origin_url=competition.get_absolute_url(),
        **{**own, **choices},
    )


def may_climb(competition: Competition, access: courses_access.Access) -> bool:
    """Whether there is training data that this person may have."""
    return _file(competition, access, FileRole.TRAIN) is not None


def _file(competition: Competition, access: courses_access.Access, role: FileRole) -> CompetitionFile | None:
    """A table among what this person may download."""
    return next((file for file in competition.files_for(access) if file.role == role), None)


def _columns(file: CompetitionFile) -> tuple[str, ...]:
    from seodang.score.tables import open_table

    return tuple(open_table(Path(file.file.path)).names)


def _id_column(competition: Competition) -> str:
    return str(inputs.entry_format(competition).id_column)


def _target(competition: Competition, columns: Sequence[str], others: Collection[str]) -> str:
    said = (competition.spec or {}).get("target") or []
    names = [said] if isinstance(said, str) else list(said)
    known = [name for name in names if name in columns] or [name for name in columns if name not in others]
    if len(known) == 1:
        return str(known[0])
    raise CompetitionError(
        N_("The training data has %(n)s columns that could be predicted; a ladder predicts one."),
        hint=N_("Download the data and climb a ladder with a table of your own."),
        code="no_target",
        n=len(known),
    )


# --- rungs as baselines -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Posted:
    """What became of one rung. state: "entered", "unchanged" (that very prediction stands), "unusable"."""

    rung: str
    title: str
    state: str
    entry: Entry | None = None
    reason: str = ""


def decimals_of(competition: Competition) -> int:
    """Of its metric's scores, as pages show them."""
    return METRICS.get(competition.metric).decimals if competition.metric in METRICS else 4


def ladders_of(competition: Competition, access: courses_access.Access) -> list[Ladder]:
    """Ladders that were climbed on this competition's data and are done, the newest first."""
    found = Ladder.objects.visible_to(access).of_origin(origin_of(competition)).filter(state=LadderState.DONE)
    return list(found.select_related("owner"))


def baseline_name(competition: Competition, rung: Rung) -> str:
    """The rung's name in the course's language, whoever posts it, so that posting again finds its team."""
    with override(competition.course.language):
        return toolkit_gettext(rung.title)[:60] or rung.name


def post_baselines(
    *, competition: Competition, by, ladder: Ladder, rungs: Collection[str] | None = None
) -> list[Posted]:
    """Enter what rungs predict of the test data as marked baselines; posting again replaces what has changed.

    Args:
        rungs: names; all when None.

    Raises:
        CompetitionError: the ladder is of other data. CompetitionNotReady: it is not done.
    """
    require_staff(by, competition)
    if ladder.origin != origin_of(competition) or ladder.course_id != competition.course_id:
        raise CompetitionError(
            N_("This ladder was not climbed on the data of this competition."), code="other_data"
        )
    if ladder.state != LadderState.DONE:
        raise CompetitionNotReady(N_("This ladder is not done yet."), hint=N_("Wait until it is."))
    wanted = [rung for rung in ladder.rungs.all() if rungs is None or rung.name in rungs]
    return [_posted(competition, by, ladder, rung) for rung in wanted]


def _posted(competition: Competition, by, ladder: Ladder, rung: Rung) -> Posted:
    name = baseline_name(competition, rung)
    try:
        content = _as_entry(competition, rung)
        standing = _standing(competition, name)
        if any(entry.sha256 == hashlib.sha256(content).hexdigest() for entry in standing):
            return Posted(rung.name, name, "unchanged", standing[0])
        entry = enter(
            competition=competition,
            user=by,
            stream=io.BytesIO(content),
            filename=f"ladder-{ladder.number}-{rung.name}.csv",
            message=gettext("ladder #%(number)s") % {"number": ladder.number},
            baseline_name=name,
        )
        for old in standing:
            withdraw(entry=old, by=by, reason=gettext("replaced by a newer ladder"))
    except SeodangError as error:
        return Posted(rung.name, name, "unusable", reason=str(error))
    return Posted(rung.name, name, "entered", entry)


def _standing(competition: Competition, name: str) -> list[Entry]:
    team = Team.objects.filter(competition=competition, name=name, is_baseline=True).first()
    return list(team.entries.standing()) if team is not None else []


def _as_entry(competition: Competition, rung: Rung) -> bytes:
    """The rung's prediction in the shape of the sample entry.

    Raises:
        CompetitionError: why it cannot be one.
    """
    if rung.score is None:
        raise _unusable(rung.skipped_text or gettext("it was skipped"))
    if not rung.prediction:
        raise _unusable(gettext("it has not predicted the test data"))
    with rung.prediction.open("rb") as file:
        rows = list(csv.DictReader(io.TextIOWrapper(file, encoding="utf-8", newline="")))
    fmt = inputs.entry_format(competition)
    ids = _ids(competition, fmt.id_column, rows)
    columns = _values(competition, fmt, rows)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([fmt.id_column, *columns])
    writer.writerows(zip(ids, *columns.values(), strict=True))
    return text.getvalue().encode()


def _ids(competition: Competition, name: str, rows: Sequence[Mapping[str, str]]) -> list[str]:
    """As the prediction carries them, else of the test data, whose order it has."""
    if rows and name in rows[0]:
        return [row[name] for row in rows]
    from seodang.score.tables import open_table, read_text

    test = competition.files.filter(role=FileRole.TEST).order_by("-version").first()
    if test is not None:
        table = open_table(Path(test.file.path))
        if name in table.names:
            ids = [str(value) for value in read_text(table, [name]).column(0).to_pylist()]
            if len(ids) == len(rows):
                return ids
    raise _unusable(gettext("its rows cannot be told apart without the column “%(name)s”") % {"name": name})


def _values(competition: Competition, fmt: Any, rows: Sequence[Mapping[str, str]]) -> dict[str, list[str]]:
    """Column of the entry → its cells."""
    given = tuple(rows[0]) if rows else ()
    if fmt.needs in (Needs.VALUES, Needs.LABELS) and len(fmt.columns) == 1:
        return {fmt.columns[0]: [row["prediction"] for row in rows]}
    if fmt.needs is Needs.PROBABILITY and len(competition.labels) == 2:
        found = _probabilities(competition.labels, given)
        return {fmt.columns[0]: [row[found[1]] for row in rows]}
    if fmt.needs is Needs.PROBABILITIES:
        found = _probabilities(fmt.labels, given)
        return {label: [row[found[code]] for row in rows] for code, label in enumerate(fmt.labels)}
    raise _unusable(gettext("this competition asks for something else than a number or a class per row"))


def _probabilities(labels: Sequence[str], given: Sequence[str]) -> dict[int, str]:
    """Code of a label → the column p(<label>) of the prediction, whichever spelling it uses."""
    code_of = reader_of(labels)
    columns = [name for name in given if name.startswith("p(") and name.endswith(")")]
    found = {code_of(name[2:-1]): name for name in columns}
    if set(found) != set(range(len(labels))):
        raise _unusable(gettext("its classes are not those of the competition"))
    return found


def _unusable(reason: str) -> CompetitionError:
    return CompetitionError(N_("Not usable: %(reason)s."), code="unusable_rung", reason=reason.rstrip("."))
