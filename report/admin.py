from django.contrib import admin

from .models import Attempt


@admin.register(Attempt)
class AttemptAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ["id", "reader", "case", "status", "score", "submitted_at"]
    list_filter = ["status"]
    raw_id_fields = ["reader", "case", "sitting", "outcome"]
    list_select_related = ["reader", "case"]
