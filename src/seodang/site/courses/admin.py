"""Courses in the administration pages."""

from django.contrib import admin

from seodang.site.courses.models import Course, Enrollment, Invitation


@admin.register(Course)
class CourseAdmin(admin.ModelAdmin):
    list_display = ["title", "slug", "language", "joining_open", "created_at"]
    list_filter = ["language", "joining_open"]
    search_fields = ["title", "slug"]


@admin.register(Enrollment)
class EnrollmentAdmin(admin.ModelAdmin):
    list_display = ["user", "course", "role", "student_number", "created_at"]
    list_filter = ["role"]
    search_fields = ["user__email", "user__name", "course__title", "student_number"]
    autocomplete_fields = ["user", "course"]


@admin.register(Invitation)
class InvitationAdmin(admin.ModelAdmin):
    list_display = ["email", "course", "role", "invited_by", "created_at"]
    search_fields = ["email", "course__title"]
    autocomplete_fields = ["course", "invited_by"]
