"""What exists of a competition: its files, teams, entries, and every scoring of every entry.

A standing is never stored: `standings` computes it from current scorings.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from seodang.site.courses.models import Course
from seodang.site.web.errors import problem_text


class CompetitionState(models.TextChoices):
    DRAFT = "draft", _("draft")
    PREPARING = "preparing", _("preparing")
    READY = "ready", _("ready")  # prepared; seen by staff only
    PUBLISHED = "published", _("published")


class CompetitionQuerySet(models.QuerySet["Competition"]):
    def visible_to(self, access) -> CompetitionQuerySet:
        """The competitions of `access.course` that this person may see."""
        found = self.filter(course=access.course)
        if access.may_assist:
            return found
        if access.may_see:
            return found.filter(state=CompetitionState.PUBLISHED)
        return found.none()

    def visible_to_user(self, user) -> CompetitionQuerySet:
        """Over every course the person is in."""
        if not user.is_authenticated:
            return self.none()
        if user.is_superuser:
            return self.all()
        staff = models.Q(course__enrollments__user=user, course__enrollments__role__in=["instructor", "assistant"])
        member = models.Q(course__enrollments__user=user, state=CompetitionState.PUBLISHED)
        return self.filter(staff | member).distinct()


class Competition(models.Model):
    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="competitions")
    slug = models.SlugField(_("address"), max_length=60)
    title = models.CharField(_("title"), max_length=120)
    summary = models.CharField(_("summary"), max_length=200, blank=True)
    description = models.TextField(_("description"), blank=True, help_text=_("Markdown."))
    state = models.CharField(max_length=10, choices=CompetitionState, default=CompetitionState.DRAFT)

    # How it was made: score.spec.CompetitionSpec as JSON, and what preparing found wrong, if anything.
    spec = models.JSONField(default=dict, blank=True)
    problem = models.JSONField(null=True, blank=True, help_text="A SeodangError: template, hint, params, code.")

    # How it is scored. `truth_version` grows with every corrected truth or metric.
    metric = models.CharField(_("metric"), max_length=60)
    metric_options = models.JSONField(default=dict, blank=True)
    labels = models.JSONField(default=list, blank=True, help_text="Class labels, in the order of columns.")
    warnings = models.JSONField(default=list, blank=True, help_text="What preparing found worth a look, for staff.")
    truth_version = models.PositiveIntegerField(default=1)
    shown_version = models.PositiveIntegerField(
        default=1,
        help_text="The truth version that boards and entries show; follows truth_version once all are rescored.",
    )
    board_version = models.PositiveBigIntegerField(
        default=0, help_text="Grows whenever a board may look different."
    )

    opens_at = models.DateTimeField(_("opens"), default=timezone.now)
    closes_at = models.DateTimeField(_("closes"))
    daily_quota = models.PositiveSmallIntegerField(_("entries per team and day"), default=5)
    total_quota = models.PositiveSmallIntegerField(
        _("entries per team in all"), null=True, blank=True, help_text=_("Empty: no limit in all.")
    )
    team_size = models.PositiveSmallIntegerField(_("people per team, at most"), default=1)
    final_picks = models.PositiveSmallIntegerField(_("final entries a team may pick"), default=2)
    private_opened_at = models.DateTimeField(
        null=True, blank=True, help_text="Set by the job that opens the private board after the close."
    )

    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL)
    created_at = models.DateTimeField(default=timezone.now)

    objects = CompetitionQuerySet.as_manager()

    class Meta:
        ordering = ["closes_at"]
        constraints = [models.UniqueConstraint(fields=["course", "slug"], name="one_competition_per_address")]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("competitions:overview", args=[self.course.slug, self.slug])

    @property
    def topic(self) -> str:
        """What pages of this competition listen to."""
        return f"competition:{self.pk}"

    def metric_at(self, version: int) -> tuple[str, dict]:
        """(name, options) under which a version is scored; a revision keeps what held before it."""
        after = None
        if version != self.truth_version:
            after = self.revisions.filter(truth_version__gt=version).order_by("truth_version").first()
        source = after or self
        return source.metric, dict(source.metric_options)

    @property
    def warning_texts(self) -> list[str]:
        """What preparing found worth a look, in the reader's language."""
        return [" ".join(filter(None, problem_text(warning))) for warning in self.warnings]

    def is_open(self, now=None) -> bool:
        """Entries are taken: published, begun, not closed."""
        now = now or timezone.now()
        return self.state == CompetitionState.PUBLISHED and self.opens_at <= now < self.closes_at

    def files_for(self, access) -> list[CompetitionFile]:
        """The newest version of each file that this person may have: for students, none before the opening.

        Only roles made for students are looked up, for staff as well: truth leaves by no address.
        """
        if not access.may_assist and timezone.now() < self.opens_at:
            return []
        newest = {file.name: file for file in self.files.filter(role__in=PUBLIC_ROLES).order_by("version")}
        order = list(PUBLIC_ROLES)
        return sorted(newest.values(), key=lambda file: (order.index(file.role), file.name))

    def is_closed(self, now=None) -> bool:
        return (now or timezone.now()) >= self.closes_at


class FileRole(models.TextChoices):
    SOURCE = "source", _("source table")  # what the host uploaded; never shown to students
    TRAIN = "train", _("training data")
    TEST = "test", _("test data")
    SAMPLE = "sample", _("sample entry")
    EXTRA = "extra", _("more data")
    TRUTH = "truth", _("truth")  # never shown to students


# The only roles that a student's request may ever reach.
PUBLIC_ROLES = (FileRole.TRAIN, FileRole.TEST, FileRole.SAMPLE, FileRole.EXTRA)


def file_path(instance: CompetitionFile, filename: str) -> str:
    wall = "shown" if instance.role in PUBLIC_ROLES else "hidden"
    return f"competitions/{instance.competition_id}/{wall}/{instance.version}/{filename}"


class CompetitionFile(models.Model):
    """One file of a competition. A corrected truth is a new row of a higher `version`; the old one stays."""

    competition = models.ForeignKey(Competition, on_delete=models.CASCADE, related_name="files")
    role = models.CharField(max_length=8, choices=FileRole)
    name = models.CharField(max_length=120)
    file = models.FileField(upload_to=file_path, max_length=300)
    size_bytes = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    n_rows = models.PositiveBigIntegerField(null=True, blank=True)
    profile = models.JSONField(null=True, blank=True, help_text="score.profile.profile_table, for the data page.")
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["role", "name"]
        constraints = [
            models.UniqueConstraint(fields=["competition", "name", "version"], name="one_file_per_name_and_version")
        ]

    def __str__(self) -> str:
        return self.name


class Team(models.Model):
    """Who enters: one person or several, or the host's baselines. Made with the first entry or by hand."""

    competition = models.ForeignKey(Competition, on_delete=models.CASCADE, related_name="teams")
    name = models.CharField(_("team name"), max_length=60)
    is_baseline = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["competition", "name"], name="one_team_per_name")]

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """`competition` repeats the team's so that the database itself allows a person one team in each."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="memberships")
    competition = models.ForeignKey(Competition, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships")
    is_captain = models.BooleanField(default=False)
    joined_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["competition", "user"], name="one_team_per_person_and_competition")
        ]

    def __str__(self) -> str:
        return f"{self.user} in {self.team}"


class TeamOffer(models.Model):
    """“Join us”: from a team to a person without one, or to another team's captain (a merge)."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="offers_made")
    to_user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="team_offers")
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="team_offers_made"
    )
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["team", "to_user"], name="one_offer_per_team_and_person")]

    def __str__(self) -> str:
        return f"{self.team} → {self.to_user}"


class EntryState(models.TextChoices):
    WAITING = "waiting", _("waiting to be scored")
    SCORED = "scored", _("scored")
    FAILED = "failed", _("could not be scored")  # our fault, costs no attempt


def entry_path(instance: Entry, filename: str) -> str:
    # The team is not known yet when the file is stored: its row may be made together with the entry's.
    return f"competitions/{instance.competition_id}/entries/{filename}"


class EntryQuerySet(models.QuerySet["Entry"]):
    def standing(self) -> EntryQuerySet:
        return self.filter(withdrawn_at__isnull=True)

    def costing(self) -> EntryQuerySet:
        """Those that count against a quota: all but the ones that the site failed to score."""
        return self.exclude(state=EntryState.FAILED)

    def with_scores(self, competition: Competition) -> EntryQuerySet:
        """Adds `public_score`, `public_low`, `public_high`, `private_…` of the version shown; None until scored."""
        shown = models.FilteredRelation(
            "scorings", condition=models.Q(scorings__truth_version=competition.shown_version)
        )
        names = [f"{part}_{value}" for part in ("public", "private") for value in ("score", "low", "high")]
        return self.annotate(shown=shown).annotate(**{name: F(f"shown__{name}") for name in names})


class Entry(models.Model):
    """One prediction file that was accepted. The file never changes; its scorings may."""

    competition = models.ForeignKey(Competition, on_delete=models.CASCADE, related_name="entries")
    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="entries")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL)
    ordinal = models.PositiveIntegerField(help_text="1, 2, 3 … within the competition.")
    message = models.CharField(_("message"), max_length=200, blank=True)
    file = models.FileField(upload_to=entry_path, max_length=300)
    filename = models.CharField(max_length=120)
    size_bytes = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    state = models.CharField(max_length=8, choices=EntryState, default=EntryState.WAITING)
    created_at = models.DateTimeField(default=timezone.now)
    is_final_pick = models.BooleanField(default=False)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_reason = models.CharField(max_length=200, blank=True)
    problem = models.TextField(blank=True, help_text="Why it could not be scored, for staff.")

    objects = EntryQuerySet.as_manager()

    class Meta:
        ordering = ["-ordinal"]
        constraints = [
            models.UniqueConstraint(fields=["competition", "ordinal"], name="one_entry_per_ordinal"),
        ]
        indexes = [models.Index(fields=["team", "created_at"], name="entry_quota")]

    def __str__(self) -> str:
        return f"#{self.ordinal} of {self.team}"


class ScoringQuerySet(models.QuerySet["Scoring"]):
    def current(self) -> ScoringQuerySet:
        """Scorings under each competition's present truth and metric, of entries that stand."""
        return self.filter(truth_version=F("entry__competition__truth_version"), entry__withdrawn_at__isnull=True)


class Scoring(models.Model):
    """The scores of one entry under one version of truth and metric; older versions are the history.

    `*_replicates` are float32 bootstrap scores, shape (n_replicates,), drawn with the same resamples for every
    entry of a competition and version, so that differences between two entries are paired. Intervals and replicates
    follow the score by a second job and are null until then.
    """

    entry = models.ForeignKey(Entry, on_delete=models.CASCADE, related_name="scorings")
    truth_version = models.PositiveIntegerField()
    metric = models.CharField(max_length=60)
    public_score = models.FloatField()
    private_score = models.FloatField()
    public_low = models.FloatField(null=True)
    public_high = models.FloatField(null=True)
    private_low = models.FloatField(null=True)
    private_high = models.FloatField(null=True)
    public_replicates = models.BinaryField(null=True)
    private_replicates = models.BinaryField(null=True)
    scoring_seconds = models.FloatField(default=0)
    created_at = models.DateTimeField(default=timezone.now)

    objects = ScoringQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["entry", "truth_version"], name="one_scoring_per_entry_and_version")
        ]

    def __str__(self) -> str:
        return f"{self.entry}: {self.public_score}"


class Revision(models.Model):
    """A corrected truth or metric: who, when, why, and what it was before."""

    competition = models.ForeignKey(Competition, on_delete=models.CASCADE, related_name="revisions")
    truth_version = models.PositiveIntegerField(help_text="The version that this revision made.")
    metric = models.CharField(max_length=60)
    metric_options = models.JSONField(default=dict, blank=True)
    reason = models.CharField(_("reason"), max_length=300)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-truth_version"]

    def __str__(self) -> str:
        return f"v{self.truth_version}: {self.reason}"
