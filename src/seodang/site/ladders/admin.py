"""Ladders as site staff see them in the administration pages: to look at. Services own every write."""

from __future__ import annotations

from django.contrib import admin

from seodang.site.ladders.models import Ladder, Rung
from seodang.site.web.admin import ReadOnly


@admin.register(Ladder)
class LadderAdmin(ReadOnly):
    list_display = ["title", "course", "number", "owner", "state", "budget_seconds", "created_at"]
    list_filter = ["state", "shared"]
    search_fields = ["title", "course__title", "owner__name", "owner__email"]
    list_select_related = ["course", "owner"]


@admin.register(Rung)
class RungAdmin(ReadOnly):
    list_display = ["ladder", "name", "score", "ci_low", "ci_high", "seconds", "tied_with_best"]
    list_select_related = ["ladder"]
