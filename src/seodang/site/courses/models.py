"""What exists of a course: the course itself, who is in it, and who is invited."""

from __future__ import annotations

import zoneinfo

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    INSTRUCTOR = "instructor", _("instructor")
    ASSISTANT = "assistant", _("assistant")
    STUDENT = "student", _("student")


class CourseQuerySet(models.QuerySet["Course"]):
    def of(self, user) -> CourseQuerySet:
        """The courses that a person is in; none for a visitor."""
        if not user.is_authenticated:
            return self.none()
        return self.filter(enrollments__user=user).distinct()


class Course(models.Model):
    title = models.CharField(_("title"), max_length=120)
    slug = models.SlugField(_("address"), max_length=60, unique=True, allow_unicode=False)
    description = models.TextField(_("description"), blank=True, help_text=_("Markdown."))
    language = models.CharField(_("language"), max_length=5, choices=settings.LANGUAGES, default="ko")
    time_zone = models.CharField(_("time zone"), max_length=60, default="Asia/Seoul")
    join_code = models.CharField(_("join code"), max_length=12, unique=True)
    joining_open = models.BooleanField(_("students may join with the code"), default=True)
    created_at = models.DateTimeField(default=timezone.now)

    objects = CourseQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        verbose_name = _("course")
        verbose_name_plural = _("courses")

    def __str__(self) -> str:
        return self.title

    @cached_property
    def tz(self) -> zoneinfo.ZoneInfo:
        return zoneinfo.ZoneInfo(self.time_zone)


class Enrollment(models.Model):
    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="enrollments")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="enrollments")
    role = models.CharField(_("role"), max_length=12, choices=Role, default=Role.STUDENT)
    student_number = models.CharField(_("student number"), max_length=40, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["course", "user"], name="one_enrollment_per_person")]
        ordering = ["role", "user__name"]

    def __str__(self) -> str:
        return f"{self.user} · {self.course} · {self.role}"


class Invitation(models.Model):
    """A seat kept for an address that has no account yet; it becomes an enrollment when that person arrives."""

    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="invitations")
    email = models.EmailField(_("e-mail address"), help_text="Stored in lower case.")
    name = models.CharField(_("name"), max_length=80, blank=True)
    role = models.CharField(_("role"), max_length=12, choices=Role, default=Role.STUDENT)
    student_number = models.CharField(_("student number"), max_length=40, blank=True)
    invited_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["course", "email"], name="one_invitation_per_address")]
        ordering = ["email"]

    def __str__(self) -> str:
        return f"{self.email} · {self.course}"
