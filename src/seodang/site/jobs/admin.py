from django.contrib import admin

from seodang.site.jobs.models import Job, WorkerBeat


@admin.register(Job)
class JobAdmin(admin.ModelAdmin):
    """To look at; what may happen to a job happens through services, on the page of jobs."""

    list_display = ["id", "task", "state", "priority", "attempts", "worker", "created_at", "finished_at"]
    list_filter = ["state", "task"]
    search_fields = ["task", "key", "error"]
    date_hierarchy = "created_at"

    def has_add_permission(self, request) -> bool:
        return False

    def has_change_permission(self, request, obj=None) -> bool:
        return False


@admin.register(WorkerBeat)
class WorkerBeatAdmin(admin.ModelAdmin):
    list_display = ["name", "started_at", "seen_at"]

    def has_add_permission(self, request) -> bool:
        return False

    def has_change_permission(self, request, obj=None) -> bool:
        return False
