"""Making a competition: a draft, the host's tables, and preparing them into what is shown and what is hidden.

A competition is DRAFT until it is prepared, PREPARING while a job does it, then READY; preparing again is possible
until somebody has entered. What the host uploaded is kept as files of role SOURCE, which no student reaches.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any, BinaryIO

from django.db import transaction
from django.utils import timezone
from django.utils.text import slugify

from seodang.errors import SeodangError
from seodang.i18n import N_
from seodang.site.competitions.errors import CompetitionNotReady, SettingRefused, warning_json
from seodang.site.competitions.models import Competition, CompetitionFile, CompetitionState, FileRole
from seodang.site.competitions.services import archives
from seodang.site.competitions.services._common import announce, locked, require_manager
from seodang.site.competitions.services._names import TABLE_TOO_LARGE, plain_name
from seodang.site.courses import access as courses_access
from seodang.site.courses.models import Course
from seodang.site.jobs import services as jobs
from seodang.site.web import files
from seodang.site.web.errors import problem_json

RESERVED_SLUGS = {"new"}  # an address of its own
PREPARE_PRIORITY = 5
OPEN_DAYS = 14
# Fields of score.spec.CompetitionSpec that are the competition's own columns.
SPEC_COLUMNS = (
    *("title", "summary", "description", "metric", "metric_options"),
    *("daily_quota", "total_quota", "team_size", "final_picks"),
)


def create_competition(*, access, title: str, slug: str = "", spec: Mapping[str, Any] | None = None) -> Competition:
    """A draft in the course of `access`; without `slug` its address comes from the title.

    Raises:
        SettingRefused: no title, or an address that is taken or none.
    """
    courses_access.require(access.may_manage)
    title = " ".join(title.split())
    if not title:
        raise SettingRefused(N_("A competition needs a title."), field="title")
    with transaction.atomic():
        # The course is locked so that two drafts of one title cannot take the same address.
        course = Course.objects.select_for_update(no_key=True).get(pk=access.course.pk)
        now = timezone.now()
        last_day = now.astimezone(course.tz).date() + timedelta(days=OPEN_DAYS)
        return Competition.objects.create(
            course=course,
            slug=_given_slug(course, slug) if slug else _free_slug(course, title),
            title=title[:120],
            spec=dict(spec or {}),
            opens_at=now,
            closes_at=datetime.combine(last_day, time(23, 59), tzinfo=course.tz),
            created_by=access.user,
        )


def _given_slug(course: Course, slug: str) -> str:
    if slugify(slug) != slug or len(slug) > 60 or slug in RESERVED_SLUGS:
        raise SettingRefused(
            N_("“%(slug)s” cannot be an address."),
            hint=N_("Use small letters, digits and hyphens, at most 60."),
            field="slug",
            slug=slug,
        )
    if course.competitions.filter(slug=slug).exists():
        raise SettingRefused(
            N_("This course has a competition at “%(slug)s” already."),
            hint=N_("Choose another address."),
            field="slug",
            slug=slug,
        )
    return slug


def _free_slug(course: Course, title: str) -> str:
    from seodang.score.spec import slug_of

    base = slug_of(title)
    taken = {*course.competitions.filter(slug__startswith=base).values_list("slug", flat=True), *RESERVED_SLUGS}
    slug, number = base, 1
    while slug in taken:
        number += 1
        slug = f"{base}-{number}"
    return slug


# --- the host's tables ----------------------------------------------------------------------------------------


def may_prepare(competition: Competition) -> bool:
    """Its data may still change: nobody has entered, and students do not see it."""
    return (
        competition.state in {CompetitionState.DRAFT, CompetitionState.READY} and not competition.entries.exists()
    )


def _require_preparable(competition: Competition) -> None:
    if competition.entries.exists():
        raise CompetitionNotReady(
            N_("Somebody has entered, so the data can no longer be prepared anew."),
            hint=N_("Correct the truth or the metric instead: every entry is then scored again."),
        )
    if competition.state == CompetitionState.PREPARING:
        raise CompetitionNotReady(N_("The data is being prepared right now."), hint=N_("Wait until that is done."))
    if competition.state == CompetitionState.PUBLISHED:
        raise CompetitionNotReady(
            N_("Students see this competition already."), hint=N_("Take it back to the drafts first.")
        )


def sources(competition: Competition) -> list[CompetitionFile]:
    """What the host uploaded, by name."""
    return list(competition.files.filter(role=FileRole.SOURCE).order_by("name"))


def inspect_source(competition: Competition, name: str = "") -> Any:
    """`score.inspect_table` of one uploaded table (the only one, or the one of that name).

    Raises:
        CompetitionNotReady: there is none.
    """
    from seodang.score.inspect_table import inspect_table

    found = competition.files.filter(role=FileRole.SOURCE)
    source = (found.filter(name=name) if name else found.order_by("name")).first()
    if source is None:
        raise CompetitionNotReady(N_("There is no table yet."), hint=N_("Upload one first."))
    return inspect_table(Path(source.file.path))


def store_source(
    *, competition: Competition, by, name: str, stream: BinaryIO, keep_others: bool = False
) -> CompetitionFile:
    """Keep a table that the host uploaded, once it proved readable; a bad one leaves what was there.

    It takes the place of every earlier table, or, with `keep_others`, only of the one of the same name.

    Raises:
        TableUnreadable, FileTooLarge, CompetitionNotReady
    """
    from seodang.score.inspect_table import inspect_table

    require_manager(by, competition)
    _require_preparable(competition)
    name = plain_name(name)
    with files.received(stream, name, hint=TABLE_TOO_LARGE) as upload:
        n_rows = inspect_table(upload.path).n_rows
        with files.undone_on_failure() as stored:
            row = _stored_source(competition, name, upload, stored, n_rows=n_rows)
            with transaction.atomic():
                current = locked(competition)
                _require_preparable(current)
                old = current.files.filter(role=FileRole.SOURCE)
                _drop(old.filter(name=name) if keep_others else old)
                row.save()
                Competition.objects.filter(pk=current.pk).update(problem=None)
                announce(current)
    return row


def forget_source(*, competition: Competition, by, name: str) -> None:
    """Take one uploaded table away again."""
    require_manager(by, competition)
    with transaction.atomic():
        current = locked(competition)
        _require_preparable(current)
        _drop(current.files.filter(role=FileRole.SOURCE, name=name))
        announce(current)


def _stored_source(
    competition: Competition, name: str, upload: files.Received, stored: list[str], n_rows: int | None = None
) -> CompetitionFile:
    row = CompetitionFile(
        competition=competition,
        role=FileRole.SOURCE,
        name=name,
        size_bytes=upload.size_bytes,
        sha256=upload.sha256,
        n_rows=n_rows,
        version=0,  # sources stand beside prepared files of the same name, which begin at 1
    )
    stored.append(files.store(row.file, upload.path))
    return row


def _drop(rows) -> None:
    """Delete rows now and their files when that is certain."""
    names = [row.file.name for row in rows]
    rows.delete()
    files.remove_after_commit(names)


# --- preparing ------------------------------------------------------------------------------------------------


def start_preparing(*, competition: Competition, by, spec) -> Competition:
    """Keep the host's choices (a `score.spec.CompetitionSpec`) and let a worker prepare the data.

    The page hears when it is done: state READY, or DRAFT again with `problem`.

    Raises:
        CompetitionNotReady: no table yet, or too late.
    """
    require_manager(by, competition)
    with transaction.atomic():
        current = locked(competition)
        _require_preparable(current)
        if not current.files.filter(role=FileRole.SOURCE).exists():
            raise CompetitionNotReady(N_("There is no table yet."), hint=N_("Upload one first."))
        apply_spec(current, spec)
        current.state = CompetitionState.PREPARING
        current.problem = None
        current.save()
        jobs.enqueue(
            task="competitions.prepare",
            arguments={"competition_id": current.pk},
            key=f"competitions.prepare:{current.pk}",
            priority=PREPARE_PRIORITY,
        )
        announce(current)
    return current


def apply_spec(competition: Competition, spec) -> None:
    """Copy what the spec says of the competition itself onto its columns; not saved.

    Raises:
        SettingRefused: closes before it opens.
    """
    # Whole, with defaults: the seed of the split may be one that was drawn, and a second attempt must split alike.
    competition.spec = spec.model_dump(mode="json")
    for name in SPEC_COLUMNS:
        value = getattr(spec, name, None)
        if name in spec.model_fields_set and value is not None:
            setattr(competition, name, value)
    opens, competition.closes_at = spec.times(competition.course.tz)
    competition.opens_at = opens or competition.opens_at
    if competition.closes_at <= competition.opens_at:
        raise SettingRefused(N_("The close must come after the opening."), field="closes_at")


def create_from_folder(
    *, access, archive_or_files: BinaryIO | Mapping[str, BinaryIO], slug: str = ""
) -> Competition:
    """A competition from `competition.yaml` and the files it names, given as a zip or one by one.

    Nothing is made unless the folder reads whole. Preparing begins at once.

    Raises:
        FolderRefused: no such zip, too much in it, or names that leave the folder.
        SpecInvalid: what competition.yaml says.
    """
    from seodang.score.spec import CompetitionSpec, file_in, slug_of

    courses_access.require(access.may_manage)
    with archives.unpacked(archive_or_files) as folder, files.undone_on_failure() as stored:
        spec = CompetitionSpec.read(folder)
        with transaction.atomic():
            # An address that only follows from the title may give way to one that is there already.
            wanted = slug or ("" if spec.slug == slug_of(spec.title) else spec.slug)
            competition = create_competition(access=access, title=spec.title, slug=wanted)
            for role, name in spec.data.named():
                path = file_in(folder, name, field=f"data.{role}")
                _stored_source(competition, name, files.received_path(path), stored).save()
            return start_preparing(competition=competition, by=access.user, spec=spec)


def record_prepared(*, competition: Competition, prepared) -> None:
    """What `score.prepare` made: its files into storage, then all rows and the state READY in one transaction."""
    with files.undone_on_failure() as stored:
        rows = [_prepared_file(competition, made, stored) for made in prepared.files]
        with transaction.atomic():
            current = locked(competition)
            if current.state != CompetitionState.PREPARING:
                files.remove_after_commit(stored)
                return
            _drop(current.files.exclude(role=FileRole.SOURCE))
            CompetitionFile.objects.bulk_create(rows)
            current.labels = [str(label) for label in prepared.labels or ()]
            current.warnings = [warning_json(warning) for warning in prepared.warnings]
            current.state = CompetitionState.READY
            current.problem = None
            current.save(update_fields=["labels", "warnings", "state", "problem"])
            announce(current)


def _prepared_file(competition: Competition, made, stored: list[str]) -> CompetitionFile:
    upload = files.received_path(Path(made.path))
    row = CompetitionFile(
        competition=competition,
        role=FileRole(str(made.role)),
        name=made.name,
        size_bytes=upload.size_bytes,
        sha256=upload.sha256,
        n_rows=made.n_rows,
        profile=made.profile,
        version=competition.truth_version,
    )
    stored.append(files.store(row.file, upload.path))
    return row


def record_preparing_failed(*, competition: Competition, error: SeodangError) -> None:
    """Back to the drafts, with what was wrong for the page to show."""
    with transaction.atomic():
        current = locked(competition)
        if current.state == CompetitionState.PREPARING:
            current.state = CompetitionState.DRAFT
            current.problem = problem_json(error)
            current.save(update_fields=["state", "problem"])
            announce(current)
