from django.contrib import admin

from .models import Cohort, JoinLink, Membership


class MembershipInline(admin.TabularInline):  # type: ignore[type-arg]
    model = Membership
    raw_id_fields = ["person"]
    extra = 0


@admin.register(Cohort)
class CohortAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ["name", "time_zone", "created_at", "archived_at"]
    search_fields = ["name"]
    inlines = [MembershipInline]


@admin.register(JoinLink)
class JoinLinkAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ["cohort", "created_at", "expires_at", "revoked_at"]
    list_select_related = ["cohort"]
    raw_id_fields = ["cohort", "made_by"]
