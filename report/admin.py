from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from .models import Attempt, Judgement


@admin.register(Attempt)
class AttemptAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ["id", "reader", "case", "status", "score", "submitted_at"]
    list_filter = ["status"]
    raw_id_fields = ["reader", "case", "sitting", "outcome"]
    list_select_related = ["reader", "case"]


@admin.register(Judgement)
class JudgementAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """To look at, and why one failed: a mark is changed by ``rescore`` and nothing else."""

    list_display = ["attempt_id", "judge", "state", "counts", "score", "version", "finished_at"]
    list_filter = ["state", "counts", "judge", "drop_reason"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
