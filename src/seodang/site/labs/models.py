"""What exists of a lab: its revisions, what students handed in, every autograder pass over it, and marks by people.

A lab's points are never stored: `services.points` computes what counts for a student from gradings, marks, late
days and extensions.
"""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from seodang.site.courses.models import Course
from seodang.site.web.errors import problem_text


class LabState(models.TextChoices):
    DRAFT = "draft", _("draft")  # no revision that may be handed out yet; seen by staff only
    READY = "ready", _("ready")  # checked; seen by staff only
    PUBLISHED = "published", _("published")


class Counting(models.TextChoices):
    LATEST = "latest", _("the latest submission counts")
    BEST = "best", _("the best submission counts")


class PointsShown(models.TextChoices):
    AT_ONCE = "at_once", _("as soon as a submission is marked")
    RELEASED = "released", _("when you release them")


class HiddenTestsShown(models.TextChoices):
    TITLE = "title", _("their titles only")
    RESULT = "result", _("their titles and whether they passed")
    MESSAGE = "message", _("their titles, results and messages")


class LabQuerySet(models.QuerySet["Lab"]):
    def visible_to(self, access) -> LabQuerySet:
        """The labs of `access.course` that this person may see."""
        found = self.filter(course=access.course)
        if access.may_assist:
            return found
        if access.may_see:
            return found.filter(state=LabState.PUBLISHED)
        return found.none()

    def visible_to_user(self, user) -> LabQuerySet:
        """Over every course the person is in."""
        if not user.is_authenticated:
            return self.none()
        if user.is_superuser:
            return self.all()
        staff = Q(course__enrollments__user=user, course__enrollments__role__in=["instructor", "assistant"])
        member = Q(course__enrollments__user=user, state=LabState.PUBLISHED)
        return self.filter(staff | member).distinct()

    def with_days_of(self, user) -> LabQuerySet:
        """`own_days`: by how many days this person's time is extended, 0 for none."""
        theirs = LabExtension.objects.filter(lab=OuterRef("pk"), user=user).values("days")
        return self.annotate(own_days=Coalesce(Subquery(theirs), 0))


class Lab(models.Model):
    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="labs")
    slug = models.SlugField(_("address"), max_length=60)
    title = models.CharField(_("title"), max_length=120)
    summary = models.CharField(_("summary"), max_length=200, blank=True)
    description = models.TextField(_("description"), blank=True, help_text=_("Markdown."))
    state = models.CharField(max_length=10, choices=LabState, default=LabState.DRAFT)
    current = models.ForeignKey(
        "LabRevision",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="The revision that is handed out and marked by.",
    )

    opens_at = models.DateTimeField(_("opens"), default=timezone.now)
    due_at = models.DateTimeField(_("due"))
    grace_minutes = models.PositiveSmallIntegerField(_("grace period in minutes"), default=15)
    late_days = models.PositiveSmallIntegerField(
        _("late days"), default=3, help_text=_("Whole days after the due date on which work is still taken.")
    )
    late_percent = models.PositiveSmallIntegerField(
        _("percent taken off per late day"), default=10, help_text=_("Of the points that the work earns.")
    )
    counting = models.CharField(_("which counts"), max_length=8, choices=Counting, default=Counting.LATEST)
    attempts_limit = models.PositiveSmallIntegerField(
        _("submissions per student"), null=True, blank=True, help_text=_("Empty: no limit.")
    )
    points_shown = models.CharField(
        _("students see points"), max_length=8, choices=PointsShown, default=PointsShown.AT_ONCE
    )
    hidden_tests_shown = models.CharField(
        _("of hidden tests, students see"), max_length=8, choices=HiddenTestsShown, default=HiddenTestsShown.TITLE
    )
    anonymous_marking = models.BooleanField(_("mark without seeing names"), default=True)
    released_at = models.DateTimeField(
        null=True, blank=True, help_text="When staff released all points: marks by people and comments too."
    )

    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL)
    created_at = models.DateTimeField(default=timezone.now)

    objects = LabQuerySet.as_manager()

    class Meta:
        ordering = ["due_at", "pk"]
        constraints = [models.UniqueConstraint(fields=["course", "slug"], name="one_lab_per_address")]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("labs:overview", args=[self.course.slug, self.slug])

    def is_open(self, now: datetime | None = None) -> bool:
        """Students see its files and may hand in; until when is theirs (`services.deadline`)."""
        return self.state == LabState.PUBLISHED and (now or timezone.now()) >= self.opens_at

    @property
    def topic(self) -> str:
        """What staff's pages of this lab listen to."""
        return f"lab:{self.pk}"

    def topic_of(self, user) -> str:
        """What one student's pages of this lab listen to."""
        return f"lab:{self.pk}:{user.pk}"


class RevisionState(models.TextChoices):
    CHECKING = "checking", _("being checked")
    GOOD = "good", _("checked")  # the solution earns full points and the released notebook none
    DOUBTFUL = "doubtful", _("has problems")  # staff may still take it, knowingly
    REFUSED = "refused", _("refused")  # cannot be executed at all


def revision_path(instance: LabRevision, filename: str) -> str:
    return f"labs/{instance.lab_id}/hidden/{filename}"


def released_path(instance: LabRevision, filename: str) -> str:
    return f"labs/{instance.lab_id}/shown/{filename}"


class LabRevision(models.Model):
    """One version of a lab's notebook. A mended test is a new revision; older submissions keep what marked them."""

    lab = models.ForeignKey(Lab, on_delete=models.CASCADE, related_name="revisions")
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=RevisionState, default=RevisionState.CHECKING)
    name = models.CharField(max_length=120, help_text="File name of the notebook as students get it.")
    source = models.FileField(upload_to=revision_path, max_length=300, help_text="With solutions and hidden tests.")
    released = models.FileField(upload_to=released_path, max_length=300, blank=True)
    digest = models.CharField(max_length=64, help_text="grade.lab.Lab.digest")
    questions = models.JSONField(
        default=list, help_text="[{id, title, kind, max_points, checks: [{title, visible}]}] in order."
    )
    packages = models.JSONField(default=list)
    max_points = models.DecimalField(max_digits=9, decimal_places=3, default=0)
    report = models.JSONField(null=True, blank=True, help_text="grade.grade.LabReport as JSON.")
    problem = models.JSONField(null=True, blank=True, help_text="A SeodangError: template, hint, params, code.")
    note = models.CharField(_("what changed"), max_length=200, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["lab", "number"], name="one_lab_revision_per_number")]

    def __str__(self) -> str:
        return f"{self.lab} v{self.number}"

    @property
    def problem_texts(self) -> tuple[str, str]:
        """(message, hint) of the problem in the reader's language; empty where there is none."""
        return problem_text(self.problem)


class LabFile(models.Model):
    """A data file beside the notebook; students download it and it lies in the working directory when marking.

    A later revision that keeps the file has a row of its own over the same stored bytes.
    """

    revision = models.ForeignKey(LabRevision, on_delete=models.CASCADE, related_name="files")
    name = models.CharField(max_length=200, help_text="Path relative to the notebook.")
    file = models.CharField(max_length=300, help_text="Name in storage.")
    size_bytes = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["revision", "name"], name="one_lab_file_per_name")]

    def __str__(self) -> str:
        return self.name


class LabExtension(models.Model):
    """More days for one student: the due date moves by `days` for them, and late days count from there."""

    lab = models.ForeignKey(Lab, on_delete=models.CASCADE, related_name="extensions")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="lab_extensions")
    days = models.PositiveSmallIntegerField(_("days"))
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="lab_extensions_made"
    )
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["lab", "user"], name="one_extension_per_student")]

    def __str__(self) -> str:
        return f"{self.lab}: {self.user} +{self.days}"


class SubmissionState(models.TextChoices):
    WAITING = "waiting", _("waiting to be marked")
    MARKING = "marking", _("being marked")
    MARKED = "marked", _("marked")
    REFUSED = "refused", _("could not be marked")  # the notebook's or our fault; costs no attempt


def submission_path(instance: Submission, filename: str) -> str:
    return f"labs/{instance.lab_id}/submissions/{filename}"


class SubmissionQuerySet(models.QuerySet["Submission"]):
    def costing(self) -> SubmissionQuerySet:
        """Those that count: all but the ones that could not be marked."""
        return self.exclude(state=SubmissionState.REFUSED)

    def using_attempts(self) -> SubmissionQuerySet:
        """Those that use up an attempt where attempts are limited."""
        return self.costing().filter(costs_attempt=True)


class Submission(models.Model):
    """One immutable upload. `attempt` is its ordinal for this student and lab."""

    lab = models.ForeignKey(Lab, on_delete=models.CASCADE, related_name="submissions")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="lab_submissions")
    attempt = models.PositiveIntegerField()
    file = models.FileField(upload_to=submission_path, max_length=300)
    filename = models.CharField(max_length=120)
    size_bytes = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    submitted_at = models.DateTimeField(default=timezone.now)
    state = models.CharField(max_length=8, choices=SubmissionState, default=SubmissionState.WAITING)
    costs_attempt = models.BooleanField(
        default=True, help_text="False where it asked for a file or package that was not there."
    )
    grading = models.ForeignKey(
        "Grading",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="The one that counts.",
    )
    flags_seen_at = models.DateTimeField(null=True, blank=True)
    flags_seen_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    objects = SubmissionQuerySet.as_manager()

    class Meta:
        ordering = ["-submitted_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["lab", "user", "attempt"], name="one_submission_per_attempt")
        ]
        indexes = [models.Index(fields=["lab", "user"], name="submission_of_student")]

    def __str__(self) -> str:
        return f"{self.lab}: {self.user} #{self.attempt}"

    @property
    def is_settled(self) -> bool:
        """Nothing more comes by itself: it is marked, or could not be."""
        return self.state in {SubmissionState.MARKED, SubmissionState.REFUSED}


class RegradeState(models.TextChoices):
    RUNNING = "running", _("running")
    READY = "ready", _("ready to apply")
    APPLIED = "applied", _("applied")
    CANCELLED = "cancelled", _("cancelled")


class Regrade(models.Model):
    """Marking again under another revision: first a preview of whose points change, then applied or not."""

    lab = models.ForeignKey(Lab, on_delete=models.CASCADE, related_name="regrades")
    revision = models.ForeignKey(LabRevision, on_delete=models.CASCADE, related_name="regrades")
    state = models.CharField(max_length=10, choices=RegradeState, default=RegradeState.RUNNING)
    everybody = models.BooleanField(default=True, help_text="Submissions that come meanwhile belong to it, too.")
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL)
    created_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.lab} → v{self.revision.number}"


class GradingState(models.TextChoices):
    WAITING = "waiting", _("waiting")
    RUNNING = "running", _("running")
    DONE = "done", _("done")
    FAILED = "failed", _("failed")


def grading_path(instance: Grading, filename: str) -> str:
    return f"labs/{instance.submission.lab_id}/gradings/{filename}"


class Grading(models.Model):
    """One autograder pass over one submission under one revision.

    `result` is grade.results.Graded as JSON; `notebook` the executed notebook, gzipped JSON, as students may see
    it. WAITING with a `problem`: the site could not mark it yet (no sandbox holds, a package lacks); it tries
    again.
    """

    submission = models.ForeignKey(Submission, on_delete=models.CASCADE, related_name="gradings")
    revision = models.ForeignKey(LabRevision, on_delete=models.CASCADE, related_name="gradings")
    regrade = models.ForeignKey(Regrade, null=True, blank=True, on_delete=models.CASCADE, related_name="gradings")
    state = models.CharField(max_length=8, choices=GradingState, default=GradingState.WAITING)
    job_id = models.PositiveBigIntegerField(null=True, blank=True)
    result = models.JSONField(null=True, blank=True)
    scores = models.JSONField(
        default=list,
        help_text="[{id, kind, points, max_points, status}]: the numbers of `result`, so that a class is summed "
        "without reading every result.",
    )
    answers = models.JSONField(default=dict, help_text="question → SHA-256 of the answer as it was read.")
    notebook = models.FileField(upload_to=grading_path, max_length=300, blank=True)
    points = models.DecimalField(max_digits=9, decimal_places=3, null=True, blank=True)
    max_points = models.DecimalField(max_digits=9, decimal_places=3, null=True, blank=True)
    flag_level = models.CharField(max_length=10, blank=True, help_text="The gravest grade.results.Severity found.")
    problem = models.JSONField(null=True, blank=True, help_text="Why it could not be marked, as a SeodangError.")
    created_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.submission} v{self.revision.number}"

    @property
    def problem_texts(self) -> tuple[str, str]:
        """(message, hint) of the problem in the reader's language; empty where there is none."""
        return problem_text(self.problem)


class RubricItem(models.Model):
    """A reusable remark on one question that adds or takes points; marks that bear it change with it."""

    lab = models.ForeignKey(Lab, on_delete=models.CASCADE, related_name="rubric_items")
    question = models.CharField(max_length=200, help_text="grade_id of the question.")
    text = models.CharField(_("remark"), max_length=300)
    points = models.DecimalField(_("points"), max_digits=7, decimal_places=3, help_text=_("May be negative."))
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["question", "position", "pk"]

    def __str__(self) -> str:
        return f"{self.points:+} {self.text}"


class MarkSource(models.TextChoices):
    PERSON = "person", _("marked by a person")
    CARRIED = "carried", _("carried over from an earlier submission with the same answer")


class Mark(models.Model):
    """What a person gave for one question of one submission; on an autograded question it stands instead of the
    tests.

    Points: `points` where set; otherwise the question's base (0, or full where items take points off) plus items.
    """

    submission = models.ForeignKey(Submission, on_delete=models.CASCADE, related_name="marks")
    question = models.CharField(max_length=200)
    points = models.DecimalField(max_digits=9, decimal_places=3, null=True, blank=True)
    items = models.ManyToManyField(RubricItem, blank=True, related_name="marks")
    comment = models.TextField(_("comment"), blank=True)
    answer_sha256 = models.CharField(max_length=64, blank=True, help_text="Of the answer as it was read.")
    source = models.CharField(max_length=8, choices=MarkSource, default=MarkSource.PERSON)
    marked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="lab_marks"
    )
    marked_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["submission", "question"], name="one_mark_per_question")]

    def __str__(self) -> str:
        return f"{self.submission} {self.question}"


class LabComment(models.Model):
    """What staff say of a whole submission; students read it once points are released."""

    submission = models.ForeignKey(Submission, on_delete=models.CASCADE, related_name="comments")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL)
    text = models.TextField(_("comment"))
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["created_at"]

    def __str__(self) -> str:
        return self.text[:60]


class SimilarityReport(models.Model):
    """One comparison of the submissions that count: grade.similarity's result as JSON, submission ids for keys."""

    lab = models.ForeignKey(Lab, on_delete=models.CASCADE, related_name="similarity_reports")
    state = models.CharField(max_length=8, choices=GradingState, default=GradingState.WAITING)
    job_id = models.PositiveBigIntegerField(null=True, blank=True)
    n_submissions = models.PositiveIntegerField(default=0)
    result = models.JSONField(null=True, blank=True)
    problem = models.JSONField(null=True, blank=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.lab} {self.created_at:%Y-%m-%d}"
