"""Competitions as site staff see them in the administration pages: to look at. Services own every write."""

from __future__ import annotations

from django.contrib import admin

from seodang.site.competitions.models import Competition, Entry, Membership, Revision, Scoring, Team
from seodang.site.web.admin import ReadOnly


class MembershipInline(admin.TabularInline):
    model = Membership
    fields = ["user", "is_captain", "joined_at"]
    extra = 0
    can_delete = False

    def has_add_permission(self, request, obj=None) -> bool:
        return False

    def has_change_permission(self, request, obj=None) -> bool:
        return False


@admin.register(Competition)
class CompetitionAdmin(ReadOnly):
    list_display = ["title", "course", "state", "metric", "truth_version", "shown_version", "closes_at"]
    list_filter = ["state"]
    search_fields = ["title", "slug", "course__title"]
    list_select_related = ["course"]


@admin.register(Team)
class TeamAdmin(ReadOnly):
    list_display = ["name", "competition", "is_baseline", "created_at"]
    list_filter = ["is_baseline"]
    search_fields = ["name", "memberships__user__email"]
    list_select_related = ["competition"]
    inlines = [MembershipInline]


@admin.register(Entry)
class EntryAdmin(ReadOnly):
    list_display = ["ordinal", "competition", "team", "user", "state", "created_at", "withdrawn_at", "problem"]
    list_filter = ["state"]
    search_fields = ["team__name", "user__email", "sha256"]
    list_select_related = ["competition", "team", "user"]


@admin.register(Scoring)
class ScoringAdmin(ReadOnly):
    list_display = ["entry", "truth_version", "metric", "public_score", "private_score", "scoring_seconds"]
    list_select_related = ["entry__team"]
    exclude = ["public_replicates", "private_replicates"]


@admin.register(Revision)
class RevisionAdmin(ReadOnly):
    list_display = ["competition", "truth_version", "reason", "made_by", "created_at"]
    list_select_related = ["competition", "made_by"]
