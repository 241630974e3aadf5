"""Labs as site staff see them in the administration pages: to look at. Services own every write."""

from __future__ import annotations

from django.contrib import admin

from seodang.site.labs.models import (
    Grading,
    Lab,
    LabExtension,
    LabRevision,
    Mark,
    Regrade,
    SimilarityReport,
    Submission,
)
from seodang.site.web.admin import ReadOnly


@admin.register(Lab)
class LabAdmin(ReadOnly):
    list_display = ["title", "course", "state", "opens_at", "due_at", "released_at"]
    list_filter = ["state"]
    search_fields = ["title", "slug", "course__title"]
    list_select_related = ["course"]


@admin.register(LabRevision)
class LabRevisionAdmin(ReadOnly):
    list_display = ["lab", "number", "state", "max_points", "note", "created_at"]
    list_filter = ["state"]
    list_select_related = ["lab"]


@admin.register(Submission)
class SubmissionAdmin(ReadOnly):
    list_display = ["lab", "user", "attempt", "state", "submitted_at", "filename", "size_bytes"]
    list_filter = ["state"]
    search_fields = ["user__email", "user__name", "sha256"]
    list_select_related = ["lab", "user"]


@admin.register(Grading)
class GradingAdmin(ReadOnly):
    list_display = ["submission", "revision", "state", "points", "max_points", "flag_level", "finished_at"]
    list_filter = ["state", "flag_level"]
    list_select_related = ["submission__lab", "submission__user", "revision__lab"]


@admin.register(Mark)
class MarkAdmin(ReadOnly):
    list_display = ["submission", "question", "points", "source", "marked_by", "marked_at"]
    list_select_related = ["submission__lab", "submission__user", "marked_by"]


@admin.register(LabExtension)
class LabExtensionAdmin(ReadOnly):
    list_display = ["lab", "user", "days", "reason", "made_by", "created_at"]
    list_select_related = ["lab", "user", "made_by"]


@admin.register(Regrade)
class RegradeAdmin(ReadOnly):
    list_display = ["lab", "revision", "state", "made_by", "created_at", "ended_at"]
    list_select_related = ["lab", "revision__lab", "made_by"]


@admin.register(SimilarityReport)
class SimilarityReportAdmin(ReadOnly):
    list_display = ["lab", "state", "n_submissions", "made_by", "created_at"]
    list_select_related = ["lab", "made_by"]
    exclude = ["result"]
