"""What exists of a ladder: the table it is climbed on, how far it is, and its rungs once it is done."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from seodang.i18n import gettext as toolkit_gettext
from seodang.site.courses.models import Course
from seodang.site.web.errors import problem_text


class LadderState(models.TextChoices):
    DRAFT = "draft", _("not begun")  # a table whose column to predict is still to be chosen
    WAITING = "waiting", _("waiting")
    CLIMBING = "climbing", _("climbing")
    DONE = "done", _("done")
    FAILED = "failed", _("could not be climbed")
    STOPPED = "stopped", _("stopped")


UNDER_WAY = (LadderState.WAITING, LadderState.CLIMBING)


class PredictState(models.TextChoices):
    """Of a table that is predicted after the climb."""

    NONE = "", _("none")
    WAITING = "waiting", _("waiting")
    DONE = "done", _("done")
    FAILED = "failed", _("could not be predicted")


class LadderQuerySet(models.QuerySet["Ladder"]):
    def visible_to(self, access) -> LadderQuerySet:
        """The ladders of `access.course` that this person may see: their own and shared ones; staff see all."""
        found = self.filter(course=access.course)
        if access.may_assist:
            return found
        if access.may_see:
            return found.filter(models.Q(owner=access.user) | models.Q(shared=True))
        return found.none()

    def visible_to_user(self, user) -> LadderQuerySet:
        """Over every course the person is in."""
        if not user.is_authenticated:
            return self.none()
        if user.is_superuser:
            return self.all()
        staff = models.Q(course__enrollments__user=user, course__enrollments__role__in=["instructor", "assistant"])
        theirs = models.Q(owner=user) | models.Q(shared=True)
        return self.filter(staff | models.Q(course__enrollments__user=user) & theirs).distinct()

    def under_way(self) -> LadderQuerySet:
        return self.filter(state__in=UNDER_WAY)

    def of_origin(self, origin: str) -> LadderQuerySet:
        """Those that were climbed on the data of one other thing, for example `competition:7`."""
        return self.filter(origin=origin)


def table_path(instance: Ladder, filename: str) -> str:
    return f"ladders/{instance.course_id}/tables/{filename}"


def made_path(instance: Ladder, filename: str) -> str:
    return f"ladders/{instance.course_id}/made/{filename}"


class Ladder(models.Model):
    """`number` is its ordinal within the course. What a person chose is never changed by the climb; what the climb
    found stands in `result` (`seodang.learn.program`) and in the rungs."""

    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="ladders")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="ladders")
    number = models.PositiveIntegerField(help_text="1, 2, 3 … within the course.")
    title = models.CharField(_("title"), max_length=120)

    table = models.FileField(upload_to=table_path, max_length=300)
    table_name = models.CharField(max_length=120)
    table_bytes = models.PositiveBigIntegerField(default=0)
    predict_table = models.FileField(upload_to=table_path, max_length=300, blank=True)
    predict_name = models.CharField(max_length=120, blank=True)

    target = models.CharField(_("column to predict"), max_length=200, blank=True)
    task = models.CharField(max_length=12, blank=True, help_text="Empty: as the column suggests.")
    metric = models.CharField(max_length=60, blank=True, help_text="Empty: the usual one of the task.")
    budget_seconds = models.PositiveIntegerField(_("seconds"), default=60)
    group_column = models.CharField(max_length=200, blank=True)
    time_column = models.CharField(max_length=200, blank=True)
    leave_out = models.JSONField(default=list, blank=True, help_text="Columns that are not learnt from.")
    seed = models.PositiveIntegerField(_("seed"), default=0)

    state = models.CharField(max_length=8, choices=LadderState, default=LadderState.DRAFT)
    progress = models.JSONField(null=True, blank=True, help_text="learn.rungs.Progress, as last heard of.")
    result = models.JSONField(null=True, blank=True, help_text="What seodang.learn.program found.")
    problem = models.JSONField(null=True, blank=True, help_text="Why it failed: template, hint, params, code.")
    report = models.FileField(upload_to=made_path, max_length=300, blank=True)
    model = models.FileField(upload_to=made_path, max_length=300, blank=True)
    prediction = models.FileField(upload_to=made_path, max_length=300, blank=True)
    predict_state = models.CharField(max_length=8, choices=PredictState, default=PredictState.NONE, blank=True)
    predict_problem = models.JSONField(null=True, blank=True)

    origin = models.CharField(max_length=60, blank=True, help_text="Whose data it is, for example competition:7.")
    origin_title = models.CharField(max_length=120, blank=True)
    origin_url = models.CharField(max_length=200, blank=True)
    shared = models.BooleanField(_("shared with the class"), default=False)
    priority = models.SmallIntegerField(default=0, help_text="Higher is climbed first.")
    created_at = models.DateTimeField(default=timezone.now)
    asked_at = models.DateTimeField(null=True, blank=True, help_text="When it took its place in the line.")
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = LadderQuerySet.as_manager()

    class Meta:
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["course", "number"], name="one_ladder_per_number")]
        indexes = [
            models.Index(
                fields=["state", "asked_at"],
                name="ladder_line",
                condition=models.Q(state__in=["waiting", "climbing"]),
            ),
            models.Index(fields=["origin"], name="ladder_origin"),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("ladders:ladder", args=[self.course.slug, self.number])

    @property
    def topic(self) -> str:
        """What its page listens to."""
        return f"ladder:{self.pk}"

    @property
    def is_under_way(self) -> bool:
        return self.state in UNDER_WAY

    @property
    def metric_used(self) -> str:
        """The metric that the rungs are scored by; before the climb, the one that was chosen, if any."""
        return (self.result or {}).get("metric") or self.metric

    @property
    def best(self) -> str:
        """The name of the best rung so far."""
        return (self.result or self.progress or {}).get("best") or ""

    @property
    def warning_texts(self) -> list[str]:
        return [said_text(said) for said in (self.result or {}).get("warnings", ())]

    @property
    def note_texts(self) -> list[str]:
        return [said_text(said) for said in (self.result or {}).get("notes", ())]

    def file_names(self) -> list[str]:
        """Everything of it that lies in storage, its rungs' files included."""
        own = (self.table, self.predict_table, self.report, self.model, self.prediction)
        rungs = self.rungs.exclude(prediction="").values_list("prediction", flat=True)
        return [str(file.name) for file in own if file] + list(rungs)


def said_text(said: dict[str, Any] | None) -> str:
    """A kept `learn.rungs.Said` in the reader's language."""
    return " ".join(filter(None, problem_text(said)))


def rung_path(instance: Rung, filename: str) -> str:
    return f"ladders/{instance.ladder.course_id}/made/{filename}"


class Rung(models.Model):
    """One family of a ladder that is done: `seodang.learn.rungs.Rung` as a row.

    prediction: of the table that was given to be predicted; empty where there is none, or the rung was skipped.
    """

    ladder = models.ForeignKey(Ladder, on_delete=models.CASCADE, related_name="rungs")
    name = models.CharField(max_length=60)
    title = models.CharField(max_length=100, help_text="A msgid of the toolkit.")
    order = models.PositiveSmallIntegerField()
    score = models.FloatField(null=True)
    ci_low = models.FloatField(null=True)
    ci_high = models.FloatField(null=True)
    seconds = models.FloatField(default=0)
    tied_with_best = models.BooleanField(default=False)
    skipped = models.JSONField(null=True, blank=True, help_text="Why there is no score: code, template, params.")
    settings = models.JSONField(default=dict, blank=True)
    n_candidates = models.PositiveIntegerField(default=0)
    optimism = models.FloatField(default=0)
    prediction = models.FileField(upload_to=rung_path, max_length=300, blank=True)

    class Meta:
        ordering = ["ladder", "order"]
        constraints = [models.UniqueConstraint(fields=["ladder", "name"], name="one_rung_per_name")]

    def __str__(self) -> str:
        return self.name

    @property
    def title_text(self) -> str:
        return toolkit_gettext(self.title) or self.name

    @property
    def skipped_text(self) -> str:
        return said_text(self.skipped)
