"""Letting students see all points, marks by people and comments; and taking that back."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from seodang.i18n import N_
from seodang.site.labs.errors import LabNotReady
from seodang.site.labs.models import Lab, LabState
from seodang.site.labs.services._common import announce_to_all, locked, require_manager


def release_points(*, lab: Lab, by) -> None:
    """From now on students see everything that counts; what is marked later, at once.

    Raises:
        LabNotReady: students do not see the lab.
    """
    require_manager(by, lab)
    with transaction.atomic():
        current = locked(lab)
        if current.state != LabState.PUBLISHED:
            raise LabNotReady(N_("Students do not see this lab."), hint=N_("Publish it first."))
        if current.released_at is None:
            current.released_at = timezone.now()
            current.save(update_fields=["released_at"])
            announce_to_all(current)


def take_back(*, lab: Lab, by) -> None:
    """Keep marks by people and comments from students again; who has read them has read them."""
    require_manager(by, lab)
    with transaction.atomic():
        current = locked(lab)
        if current.released_at is not None:
            current.released_at = None
            current.save(update_fields=["released_at"])
            announce_to_all(current)
