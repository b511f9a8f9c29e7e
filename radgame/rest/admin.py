from django.contrib import admin
from django.http import HttpRequest

from .models import AccessToken


@admin.register(AccessToken)
class AccessTokenAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """For staff to see whose tokens there are, and to take one away that got into wrong hands."""

    list_display = ["start", "name", "person", "scopes", "is_read_only", "expires_at"]
    search_fields = ["start", "name", "person__username"]
    readonly_fields = (
        *("person", "name", "start", "scopes", "is_read_only"),
        *("created_at", "expires_at", "last_used_at"),
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False
