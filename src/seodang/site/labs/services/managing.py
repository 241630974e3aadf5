"""Changing the rules of a lab, showing it to students, taking it back; more days for one student."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from seodang.i18n import N_
from seodang.site.courses.models import Enrollment, Role
from seodang.site.labs.errors import LabNotReady, SettingRefused
from seodang.site.labs.models import Grading, Lab, LabExtension, LabFile, LabState
from seodang.site.labs.services import inputs
from seodang.site.labs.services._common import (
    announce,
    announce_to_all,
    locked,
    one_line,
    require_manager,
    require_staff,
)
from seodang.site.web import files

# What may change at any time.
SETTINGS = (
    *("title", "summary", "description", "opens_at", "due_at", "grace_minutes", "late_days", "late_percent"),
    *("counting", "attempts_limit", "points_shown", "hidden_tests_shown", "anonymous_marking"),
)
# Name → least and most.
RANGES = {
    "grace_minutes": (0, 10080),
    "late_days": (0, 365),
    "late_percent": (0, 100),
    "attempts_limit": (1, 1000),
}
MOST_EXTENSION_DAYS = 365


def update_settings(*, lab: Lab, by, **fields: Any) -> Lab:
    """Change any of `SETTINGS`; times are aware. Points follow at once: none of them is stored.

    Raises:
        SettingRefused: a value that cannot be; `.field` names it.
    """
    require_manager(by, lab)
    with transaction.atomic():
        current = locked(lab)
        apply_settings(current, fields)
        current.save(update_fields=list(fields) or ["title"])
        announce_to_all(current)
    return current


def apply_settings(lab: Lab, fields: dict[str, Any]) -> None:
    """Set and check; not saved.

    Raises:
        SettingRefused
    """
    for name, value in fields.items():
        if name not in SETTINGS:
            raise SettingRefused(N_("“%(name)s” is no setting of a lab."), field=name, name=name)
        _check_value(name, value)
        setattr(lab, name, value)
    try:
        lab.clean_fields(exclude=[f.name for f in lab._meta.fields if f.name not in fields])
    except ValidationError as error:
        field, messages = next(iter(error.message_dict.items()))
        raise SettingRefused("%(problem)s", field=field, problem=" ".join(messages)) from error
    if lab.due_at <= lab.opens_at:
        raise SettingRefused(N_("The due date must come after the opening."), field="due_at")


def _check_value(name: str, value: Any) -> None:
    if name in RANGES and not (value is None and name == "attempts_limit"):
        least, most = RANGES[name]
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise SettingRefused(
                N_("This must be a whole number from %(least)s to %(most)s."), field=name, least=least, most=most
            )
    if name in {"opens_at", "due_at"} and (not isinstance(value, datetime) or value.tzinfo is None):
        raise SettingRefused(N_("This must be a time with its zone."), field=name)


def publish(*, lab: Lab, by) -> None:
    """Show it to students; its files from the opening on.

    Raises:
        LabNotReady: no revision that may be handed out.
    """
    require_manager(by, lab)
    with transaction.atomic():
        current = locked(lab)
        if current.state == LabState.PUBLISHED:
            return
        if current.current is None:
            raise LabNotReady(
                N_("No revision of this lab can be handed out yet."),
                hint=N_("Wait for the check of its notebook; where it has problems, mend them or accept them."),
            )
        _set_state(current, LabState.PUBLISHED)


def unpublish(*, lab: Lab, by) -> None:
    """Hide it from students again, while none has handed in.

    Raises:
        LabNotReady
    """
    require_manager(by, lab)
    with transaction.atomic():
        current = locked(lab)
        if current.state != LabState.PUBLISHED:
            return
        if current.submissions.exists():
            raise LabNotReady(
                N_("Students have handed in, so they keep seeing this lab."),
                hint=N_("To end it, move the due date to now."),
            )
        _set_state(current, LabState.READY)


def _set_state(lab: Lab, state: LabState) -> None:
    lab.state = state
    lab.save(update_fields=["state"])
    announce(lab)


def delete_lab(*, lab: Lab, by) -> None:
    """Take it away with all its files, while no student has handed in.

    Raises:
        LabNotReady
    """
    require_manager(by, lab)
    with transaction.atomic():
        current = locked(lab)
        if current.submissions.exists():
            raise LabNotReady(
                N_("Students have handed in, so this lab stays."),
                hint=N_("To end it, move the due date to now; what was handed in belongs to the course's records."),
            )
        revisions = list(current.revisions.all())
        names = {revision.source.name for revision in revisions} | {one.released.name for one in revisions}
        names |= set(LabFile.objects.filter(revision__lab=current).values_list("file", flat=True))
        names |= set(Grading.objects.filter(submission__lab=current).values_list("notebook", flat=True))
        announce(current)
        current.delete()
        files.remove_after_commit([name for name in names if name])
        numbers = [revision.pk for revision in revisions]
        transaction.on_commit(lambda: inputs.forget(numbers))


# --- extensions -----------------------------------------------------------------------------------------------


def set_extension(*, lab: Lab, user, by, days: int, reason: str = "") -> LabExtension | None:
    """Move a student's due date by so many days from the class's; 0 takes an extension back.

    Raises:
        SettingRefused: not a student of the course, or no such number of days.
    """
    require_staff(by, lab)
    if days == 0:
        remove_extension(lab=lab, user=user, by=by)
        return None
    if not isinstance(days, int) or not 0 < days <= MOST_EXTENSION_DAYS:
        raise SettingRefused(
            N_("This must be a whole number from %(least)s to %(most)s."),
            field="days",
            least=0,
            most=MOST_EXTENSION_DAYS,
        )
    if not Enrollment.objects.filter(course_id=lab.course_id, user=user, role=Role.STUDENT).exists():
        raise SettingRefused(N_("This person is no student of the course."), field="user")
    with transaction.atomic():
        current = locked(lab)
        extension, _made = LabExtension.objects.update_or_create(
            lab=current,
            user=user,
            defaults={"days": days, "reason": one_line(reason)[:200], "made_by": by},
        )
        announce(current, user)
    return extension


def remove_extension(*, lab: Lab, user, by) -> None:
    require_staff(by, lab)
    with transaction.atomic():
        current = locked(lab)
        if LabExtension.objects.filter(lab=current, user=user).delete()[0]:
            announce(current, user)
