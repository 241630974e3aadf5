"""Administration pages that only show."""

from __future__ import annotations

from django.contrib import admin


class ReadOnly(admin.ModelAdmin):
    """No page of it changes anything: rows hang together in ways a form does not know, and services write them."""

    def has_add_permission(self, request, obj=None) -> bool:
        return False

    def has_change_permission(self, request, obj=None) -> bool:
        return False

    def has_delete_permission(self, request, obj=None) -> bool:
        return False
