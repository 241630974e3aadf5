"""People in the administration pages. Passwords and keys cannot be read there, nor typed."""

from django.contrib import admin
from django.contrib.auth.models import Group

from seodang.site.accounts.models import Token, User

admin.site.unregister(Group)


@admin.register(User)
class UserAdmin(admin.ModelAdmin):
    list_display = ["email", "name", "may_teach", "is_staff", "is_active", "date_joined"]
    list_filter = ["may_teach", "is_staff", "is_superuser", "is_active"]
    search_fields = ["email", "name"]
    fields = ["email", "name", "may_teach", "is_staff", "is_superuser", "is_active", "date_joined", "last_login"]
    readonly_fields = ["email", "date_joined", "last_login"]

    def has_add_permission(self, request) -> bool:
        """People sign up, or are invited; a typed-in account would have no confirmed address."""
        return False

    def get_readonly_fields(self, request, obj=None):
        """Only who has every right hands out the right to run the site."""
        fields = list(super().get_readonly_fields(request, obj))
        return fields if request.user.is_superuser else [*fields, "is_staff", "is_superuser", "is_active"]


@admin.register(Token)
class TokenAdmin(admin.ModelAdmin):
    list_display = ["name", "user", "prefix", "created_at", "last_used_at"]
    search_fields = ["name", "user__email", "user__name"]
    readonly_fields = ["user", "name", "prefix", "created_at", "last_used_at"]
    exclude = ["digest"]

    def has_add_permission(self, request) -> bool:
        return False

    def has_change_permission(self, request, obj=None) -> bool:
        return False
