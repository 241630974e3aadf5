"""What exists of work to be done later: jobs with leases, workers' signs of life, announcements that pages hear."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class JobState(models.TextChoices):
    WAITING = "waiting", _("waiting")
    RUNNING = "running", _("running")
    DONE = "done", _("done")
    FAILED = "failed", _("failed")


class JobQuerySet(models.QuerySet["Job"]):
    def claimable(self, now) -> JobQuerySet:
        """Due and held by nobody: waiting, or left behind by a worker whose lease ran out."""
        # The first term is implied by the second; it lets both databases use the partial index `job_next`.
        return self.filter(state__in=[JobState.WAITING, JobState.RUNNING]).filter(
            models.Q(state=JobState.WAITING, run_after__lte=now)
            | models.Q(state=JobState.RUNNING, lease_until__lt=now)
        )

    def in_turn(self) -> JobQuerySet:
        return self.order_by("-priority", "run_after", "id")

    def held(self, token) -> JobQuerySet:
        """The job that is held under this token: one row, or none once the lease was lost."""
        return self.filter(state=JobState.RUNNING, lease_token=token)


class Job(models.Model):
    """One call of a registered task. Written in the same transaction as the domain row it serves.

    A worker holds a job by `lease_token` until `lease_until`; it renews the lease while it works and finishes by
    an UPDATE that names the token, so that an answer that comes after the lease was lost changes nothing.
    """

    task = models.CharField(max_length=100, help_text="Registered name, e.g. competitions.score_entry.")
    arguments = models.JSONField(default=dict)
    key = models.CharField(
        max_length=120, blank=True, help_text="While a job of this key waits, asking again adds none."
    )
    state = models.CharField(max_length=8, choices=JobState, default=JobState.WAITING)
    priority = models.SmallIntegerField(default=0, help_text="Higher goes first.")
    run_after = models.DateTimeField(default=timezone.now)
    attempts = models.PositiveSmallIntegerField(default=0)
    max_attempts = models.PositiveSmallIntegerField(default=5)
    lease_token = models.UUIDField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    worker = models.CharField(max_length=80, blank=True)
    progress = models.JSONField(null=True, blank=True, help_text='{"done": 3, "total": 8, "text": "…"}')
    error = models.TextField(blank=True, help_text="Why the last attempt failed, for staff.")
    created_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(
                fields=["-priority", "run_after", "id"],
                name="job_next",
                condition=models.Q(state__in=["waiting", "running"]),
            ),
            models.Index(fields=["state", "-finished_at"], name="job_recent"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["key"],
                name="one_waiting_job_per_key",
                condition=models.Q(state="waiting") & ~models.Q(key=""),
            )
        ]

    def __str__(self) -> str:
        return f"{self.task} #{self.pk} {self.state}"

    @property
    def topic(self) -> str:
        """What a page that follows this one job listens to."""
        return f"job:{self.pk}"

    @property
    def reason(self) -> str:
        """The error in one line: the last one of a traceback."""
        return self.error.strip().rpartition("\n")[2].strip()


class WorkerBeat(models.Model):
    """A worker's sign of life, renewed every few seconds and taken away when it stops in good order."""

    name = models.CharField(max_length=80, unique=True)
    started_at = models.DateTimeField(default=timezone.now)
    seen_at = models.DateTimeField(default=timezone.now, db_index=True)

    def __str__(self) -> str:
        return self.name


class Announcement(models.Model):
    """“Something changed about this topic”: written with the change, read by every web process."""

    topic = models.CharField(max_length=100)
    created_at = models.DateTimeField(default=timezone.now, db_index=True)

    def __str__(self) -> str:
        return self.topic
