from django.contrib import admin

from .models import Case, CaseSet, Dataset, Finding, ReaderAgreement


@admin.register(Dataset)
class DatasetAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ["name", "version", "licence", "audience", "redistributable", "synthetic"]
    filter_horizontal = ["findings"]


@admin.register(Finding)
class FindingAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ["name", "kind", "position", "colour"]
    list_filter = ["kind"]
    search_fields = ["name", "slug"]


@admin.register(ReaderAgreement)
class ReaderAgreementAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ["finding", "dataset", "pairs", "median", "threshold", "source"]
    list_select_related = ["finding", "dataset"]


@admin.register(Case)
class CaseAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ["public_id", "dataset", "key", "status", "is_normal"]
    list_filter = ["dataset", "status", "is_normal"]
    search_fields = ["key", "public_id"]
    raw_id_fields = ["study"]
    list_select_related = ["dataset"]


@admin.register(CaseSet)
class CaseSetAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ["title", "audience", "size"]
    prepopulated_fields = {"slug": ["title"]}
    raw_id_fields = ["owner"]
