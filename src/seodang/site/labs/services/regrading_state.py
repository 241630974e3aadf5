"""When a regrade is ready to look at: once each of its gradings has ended, one way or the other."""

from __future__ import annotations

from seodang.site.labs.models import Grading, GradingState, Regrade, RegradeState


def note_progress(regrade_id: int) -> None:
    """RUNNING → READY where nothing is left to wait for; in the caller's transaction."""
    regrade = Regrade.objects.select_for_update().filter(pk=regrade_id, state=RegradeState.RUNNING).first()
    if regrade is None:
        return
    left = Grading.objects.filter(regrade=regrade, state__in=[GradingState.WAITING, GradingState.RUNNING])
    if not left.exists():
        regrade.state = RegradeState.READY
        regrade.save(update_fields=["state"])
