"""Making a ladder: a table is received, seen to be one, and kept as a draft whose choices are still to be made."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

from django.conf import settings
from django.db import transaction
from django.db.models import Max

from seodang.i18n import N_
from seodang.site.courses import access as courses_access
from seodang.site.courses.access import Access
from seodang.site.courses.models import Course
from seodang.site.ladders.errors import TooManyLadders
from seodang.site.ladders.models import Ladder
from seodang.site.ladders.services._common import access_of, announce_to_course, one_line, require_owner
from seodang.site.ladders.services.asking import check_choices
from seodang.site.web import files

TABLE_TOO_LARGE = N_("Leave out columns or rows that are not needed, or send Parquet, which is smaller.")
# Of one person in one course; each keeps a table, a model and a report.
MOST_KEPT = 60


def create_ladder(
    *,
    access: Access,
    stream: BinaryIO,
    filename: str,
    title: str = "",
    predict_stream: BinaryIO | None = None,
    predict_filename: str = "",
    **choices: Any,
) -> Ladder:
    """A draft with an uploaded table, once that proved readable; its target is suggested where none is chosen.

    Args:
        predict_stream: a second table, that every rung will predict.
        choices: see `asking.CHOICES`.

    Raises:
        TableUnreadable, FileTooLarge, ChoiceRefused, TooManyLadders
    """
    _require_may_climb(access)
    _require_room(access)
    with ExitStack() as stack:
        table = stack.enter_context(files.received(stream, filename, hint=TABLE_TOO_LARGE))
        to_predict = None
        if predict_stream is not None:
            received = files.received(predict_stream, predict_filename, hint=TABLE_TOO_LARGE)
            to_predict = stack.enter_context(received)
            _look_at(to_predict.path)
        return _made(
            access,
            table.path,
            files.shown_name(filename),
            to_predict and to_predict.path,
            files.shown_name(predict_filename) if to_predict else "",
            title=title,
            **choices,
        )


def create_from_files(
    *,
    access: Access,
    table: Path,
    table_name: str,
    title: str,
    predict: Path | None = None,
    predict_name: str = "",
    origin: str = "",
    origin_title: str = "",
    origin_url: str = "",
    **choices: Any,
) -> Ladder:
    """The same with tables that lie on this machine already, of something else on the site (`origin`)."""
    _require_may_climb(access)
    _require_room(access)
    about = {"origin": origin, "origin_title": origin_title[:120], "origin_url": origin_url[:200]}
    return _made(access, table, table_name, predict, predict_name, title=title, about=about, **choices)


def climb_again(*, ladder: Ladder, by) -> Ladder:
    """A draft on the same table with the same choices, to be changed."""
    require_owner(by, ladder)
    access = access_of(by, ladder)
    _require_room(access)
    about = {name: getattr(ladder, name) for name in ("origin", "origin_title", "origin_url")}
    names = ("target", "task", "metric", "budget_seconds", "group_column", "time_column", "leave_out", "seed")
    return _made(
        access,
        Path(ladder.table.path),
        ladder.table_name,
        Path(ladder.predict_table.path) if ladder.predict_table else None,
        ladder.predict_name,
        title=ladder.title,
        about=about,
        **{name: getattr(ladder, name) for name in names},
    )


def inspect(ladder: Ladder) -> Any:
    """`score.inspect_table` of its table."""
    return _look_at(Path(ladder.table.path))


def _look_at(path: Path) -> Any:
    from seodang.score.inspect_table import inspect_table

    return inspect_table(path)


def _made(
    access: Access,
    table: Path,
    table_name: str,
    predict: Path | None,
    predict_name: str,
    *,
    title: str,
    about: dict[str, str] | None = None,
    **choices: Any,
) -> Ladder:
    info = _look_at(table)
    chosen = {"target": info.target or "", "leave_out": [info.id] if info.id else []}
    chosen |= {name: value for name, value in choices.items() if value is not None}
    chosen.setdefault("budget_seconds", min(60, settings.LADDER_SECONDS))
    chosen["leave_out"] = [name for name in chosen["leave_out"] if name != chosen["target"]]
    check_choices(chosen, info)
    ladder = Ladder(
        course=access.course,
        owner=access.user,
        title=one_line(title)[:120] or PurePosixPath(table_name).stem[:120],
        table_name=table_name[:120],
        table_bytes=table.stat().st_size,
        predict_name=predict_name[:120],
        **chosen,
        **(about or {}),
    )
    with files.undone_on_failure() as stored:
        stored.append(files.store(ladder.table, table))
        if predict is not None:
            stored.append(files.store(ladder.predict_table, predict))
        with transaction.atomic():
            ladder.number = _next_number(access.course)
            ladder.save(force_insert=True)
            announce_to_course(ladder)
    return ladder


def _next_number(course: Course) -> int:
    """Call it inside the transaction that writes the ladder: the course's row makes these a queue."""
    Course.objects.select_for_update(no_key=True).get(pk=course.pk)
    last = Ladder.objects.filter(course=course).aggregate(last=Max("number"))["last"]
    return (last or 0) + 1


def _require_may_climb(access: Access) -> None:
    courses_access.require(access.may_see)


def _require_room(access: Access) -> None:
    if Ladder.objects.filter(course=access.course, owner=access.user).count() >= MOST_KEPT:
        raise TooManyLadders(
            N_("You keep %(most)s ladders in this course, as many as one person may."),
            hint=N_("Delete some that you no longer need."),
            most=MOST_KEPT,
        )
