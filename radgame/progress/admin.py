from django.contrib import admin

from .models import Flag, Outcome


@admin.register(Outcome)
class OutcomeAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ["reader", "game", "case", "score", "is_first", "occurred_at"]
    list_filter = ["game", "is_first"]
    raw_id_fields = ["reader", "case"]
    list_select_related = ["reader", "case"]


@admin.register(Flag)
class FlagAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ["created_at", "status", "comment"]
    list_filter = ["status"]
    raw_id_fields = ["outcome", "closed_by"]
