"""Making a lab: its notebook becomes revision 1, a worker proves it, then staff publish it.

A revision is CHECKING while a worker proves that its solution earns full points and the released notebook none. A
GOOD one is handed out and marked by from then on; a DOUBTFUL one only once somebody accepts it knowingly. Earlier
submissions keep what marked them until they are regraded.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.text import slugify

from seodang.errors import SeodangError
from seodang.i18n import N_
from seodang.site.courses import access as courses_access
from seodang.site.courses.models import Course
from seodang.site.courses.services.courses import free_address, slug_of_title
from seodang.site.jobs import services as jobs
from seodang.site.labs.errors import RevisionRefused, SettingRefused
from seodang.site.labs.models import Lab, LabFile, LabRevision, LabState, RevisionState
from seodang.site.labs.services import autotests
from seodang.site.labs.services._common import announce, announce_to_all, locked, one_line, require_manager
from seodang.site.labs.services.uploads import Uploaded, uploaded
from seodang.site.web import files
from seodang.site.web.errors import problem_json

if TYPE_CHECKING:
    from seodang.grade.lab import Lab as GradeLab

RESERVED_SLUGS = {"new"}  # an address of its own
CHECK_PRIORITY = 5


def create_lab(
    *,
    access,
    due_at: datetime,
    stream: BinaryIO,
    filename: str,
    title: str = "",
    slug: str = "",
    opens_at: datetime | None = None,
    data: Mapping[str, BinaryIO] | None = None,
    **settings: Any,
) -> Lab:
    """A draft out of a source notebook (`.ipynb`, jupytext text) with data files, or out of a zip of both.

    Args:
        title: the notebook's own, if not given. slug: its address comes from the title, if not given.
        settings: more of `managing.SETTINGS`.

    Raises:
        LabInvalid: naming every bad cell. NoLab, FolderRefused, FileTooLarge: the upload. SettingRefused.
    """
    from seodang.site.labs.services.managing import apply_settings

    courses_access.require(access.may_manage)
    with uploaded(stream, filename, data) as found, files.undone_on_failure() as stored:
        title = one_line(title or found.lab.title or found.notebook.stem)[:120]
        with transaction.atomic():
            # The course is locked so that two drafts of one title cannot take the same address.
            course = Course.objects.select_for_update(no_key=True).get(pk=access.course.pk)
            lab = Lab(course=course, title=title, due_at=due_at, created_by=access.user)
            lab.slug = _given_slug(course, slug) if slug else _free_slug(course, title)
            lab.opens_at = opens_at or timezone.now()
            apply_settings(lab, {"title": title, "due_at": due_at, "opens_at": lab.opens_at, **settings})
            lab.save(force_insert=True)
            _add_revision(lab, access.user, found, stored, note="")
            announce(lab)
    return lab


def revise(
    *,
    lab: Lab,
    by,
    stream: BinaryIO,
    filename: str,
    data: Mapping[str, BinaryIO] | None = None,
    note: str = "",
) -> LabRevision:
    """A mended notebook. It takes the place of the current one once it is checked.

    Args:
        data: its data files; None keeps those of the newest revision. A zip brings its own.
        note: what changed, for staff.

    Raises:
        as `create_lab`.
    """
    require_manager(by, lab)
    newest = lab.revisions.first()
    kept: list[LabFile] = []
    with ExitStack() as stack, files.undone_on_failure() as stored:
        if data is None and newest is not None and not filename.lower().endswith(".zip"):
            kept = list(newest.files.all())
            data = {row.name: stack.enter_context(default_storage.open(row.file, "rb")) for row in kept}
        found = stack.enter_context(uploaded(stream, filename, data))
        with transaction.atomic():
            current = locked(lab)
            revision = _add_revision(current, by, found, stored, note=note, kept=kept)
            announce(current)
    return revision


def _given_slug(course: Course, slug: str) -> str:
    if slugify(slug) != slug or len(slug) > 60 or slug in RESERVED_SLUGS:
        raise SettingRefused(
            N_("“%(slug)s” cannot be an address."),
            hint=N_("Use small letters, digits and hyphens, at most 60."),
            field="slug",
            slug=slug,
        )
    if course.labs.filter(slug=slug).exists():
        raise SettingRefused(
            N_("This course has a lab at “%(slug)s” already."),
            hint=N_("Choose another address."),
            field="slug",
            slug=slug,
        )
    return slug


def _free_slug(course: Course, title: str) -> str:
    """Of the title's ASCII words, as courses make theirs; else of its first number: “3주차” is `lab-3`."""
    number = re.search(r"[0-9]{1,4}", title)
    if number and not slug_of_title(title):
        title = f"lab {int(number[0])}"
    return free_address(title, noun="lab", taken={*RESERVED_SLUGS, *course.labs.values_list("slug", flat=True)})


# --- revisions ------------------------------------------------------------------------------------------------


def _add_revision(
    lab: Lab, by, found: Uploaded, stored: list[str], *, note: str, kept: list[LabFile] | None = None
) -> LabRevision:
    """The next revision with its files, and the job that checks it; in the caller's transaction."""
    last = LabRevision.objects.filter(lab=lab).aggregate(last=Max("number"))["last"]
    revision = LabRevision(
        lab=lab,
        number=(last or 0) + 1,
        name=found.name,
        digest=found.lab.digest,
        questions=questions_json(found.lab),
        packages=list(found.lab.packages),
        max_points=found.lab.max_points,
        note=one_line(note)[:200],
        created_by=by,
    )
    stored.append(files.store(revision.source, found.notebook))
    stored.append(_store_released(revision, found))
    revision.save(force_insert=True)
    LabFile.objects.bulk_create(_data_rows(revision, found, stored, {row.name: row for row in kept or ()}))
    enqueue_check(revision)
    return revision


def _store_released(revision: LabRevision, found: Uploaded) -> str:
    from seodang.grade.release import as_file

    with tempfile.TemporaryDirectory(prefix="seodang-release-") as folder:
        path = Path(folder) / "released.ipynb"
        path.write_text(as_file(found.lab.release()), encoding="utf-8")
        return files.store(revision.released, path)


def _data_rows(
    revision: LabRevision, found: Uploaded, stored: list[str], kept: Mapping[str, LabFile]
) -> list[LabFile]:
    rows = []
    given = dict(found.lab.data_files)
    if found.templates is not None:
        given.setdefault(autotests.FILE_NAME, found.templates)
    for name, path in given.items():
        if (old := kept.get(name)) is not None:
            row = LabFile(name=name, file=old.file, size_bytes=old.size_bytes, sha256=old.sha256)
        else:
            upload = files.received_path(path)
            row = LabFile(name=name, size_bytes=upload.size_bytes, sha256=upload.sha256)
            row.file = files.store_at(f"labs/{revision.lab_id}/data", path)
            stored.append(row.file)
        row.revision = revision
        rows.append(row)
    return rows


def questions_json(lab: GradeLab) -> list[dict[str, Any]]:
    """What pages say of each question; the titles of hidden tests and nothing else of them."""
    found = []
    for question in lab.questions:
        test = lab.tests.get(question.id)
        checks = [{"title": "", "visible": True}] if test is not None and test.visible.strip() else []
        if test is not None:
            checks += [{"title": block.title, "visible": False} for block in test.hidden]
        found.append(
            {
                "id": question.id,
                "title": question.title,
                "kind": str(question.kind),
                "max_points": str(question.max_points),
                "checks": checks,
            }
        )
    return found


def enqueue_check(revision: LabRevision, *, delay_seconds: float = 0) -> None:
    jobs.enqueue(
        task="labs.check_revision",
        arguments={"revision_id": revision.pk},
        key=f"labs.check_revision:{revision.pk}",
        priority=CHECK_PRIORITY,
        delay_seconds=delay_seconds,
    )


def record_check(*, revision: LabRevision, report: dict[str, Any], holds: bool) -> None:
    """What the check found: `grade.grade.LabReport` as JSON, and whether every question is as it should be."""
    with transaction.atomic():
        lab = locked(revision.lab)
        checking = LabRevision.objects.filter(pk=revision.pk, state=RevisionState.CHECKING)
        state = RevisionState.GOOD if holds else RevisionState.DOUBTFUL
        if checking.update(state=state, report=report, problem=None):
            revision.refresh_from_db()
            if holds:
                _hand_out(lab, revision)
            announce(lab)


def record_check_refused(*, revision: LabRevision, error: SeodangError) -> None:
    """It cannot be executed at all; the reason stays for the page."""
    with transaction.atomic():
        lab = locked(revision.lab)
        checking = LabRevision.objects.filter(pk=revision.pk, state=RevisionState.CHECKING)
        if checking.update(state=RevisionState.REFUSED, problem=problem_json(error)):
            announce(lab)


def record_check_waits(*, revision: LabRevision, error: SeodangError, delay_seconds: float) -> None:
    """The site cannot check right now (no sandbox holds): say why, and try again later."""
    with transaction.atomic():
        lab = locked(revision.lab)
        checking = LabRevision.objects.filter(pk=revision.pk, state=RevisionState.CHECKING)
        if checking.update(problem=problem_json(error)):
            enqueue_check(revision, delay_seconds=delay_seconds)
            announce(lab)


def accept_doubtful(*, revision: LabRevision, by) -> None:
    """Hand out a revision whose check found problems, knowingly; also one that could not be executed here.

    Raises:
        RevisionRefused: it is still being checked, or a later one took its place.
    """
    require_manager(by, revision.lab)
    autotests.require_made(revision)
    with transaction.atomic():
        lab = locked(revision.lab)
        now = LabRevision.objects.get(pk=revision.pk)
        if now.state == RevisionState.CHECKING and not now.problem:
            raise RevisionRefused(
                N_("This revision is being checked right now."), hint=N_("Wait until that is done.")
            )
        if lab.current and lab.current.number > now.number:
            raise RevisionRefused(
                N_("Revision %(number)s has taken its place already."),
                hint=N_("Upload this one again to go back to it."),
                number=lab.current.number,
            )
        if now.state == RevisionState.CHECKING:  # it waits for a sandbox that may never come
            LabRevision.objects.filter(pk=now.pk).update(state=RevisionState.DOUBTFUL)
        _hand_out(lab, now)
        announce_to_all(lab)


def _hand_out(lab: Lab, revision: LabRevision) -> None:
    """Make it the current one, unless a later one is; in the caller's transaction."""
    if lab.current and lab.current.number >= revision.number:
        return
    lab.current = revision
    if lab.state == LabState.DRAFT:
        lab.state = LabState.READY
    lab.save(update_fields=["current", "state"])
