from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from .dossier import revise_datasets
from .models import Case, CaseSet, Dataset, Finding, ReaderAgreement
from .services import count_case_sets


class RevisingAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """What every process keeps of a case is read anew after a change made here."""

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        revise_datasets()

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        super().delete_model(request, obj)
        revise_datasets()


@admin.register(Dataset)
class DatasetAdmin(RevisingAdmin):
    list_display = ["name", "version", "licence", "audience", "redistributable", "synthetic"]
    filter_horizontal = ["findings"]


@admin.register(Finding)
class FindingAdmin(RevisingAdmin):
    list_display = ["name", "kind", "position", "colour"]
    list_filter = ["kind"]
    search_fields = ["name", "slug"]


@admin.register(ReaderAgreement)
class ReaderAgreementAdmin(RevisingAdmin):
    list_display = ["finding", "dataset", "pairs", "median", "threshold", "source"]
    list_select_related = ["finding", "dataset"]


@admin.register(Case)
class CaseAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ["public_id", "dataset", "key", "status", "for_localize", "for_report"]
    list_filter = ["dataset", "status", "for_localize", "for_report", "is_normal"]
    search_fields = ["key", "public_id"]
    raw_id_fields = ["study"]
    list_select_related = ["dataset"]

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        count_case_sets(CaseSet.objects.filter(items__case=form.instance))


@admin.register(CaseSet)
class CaseSetAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = [
        *("title", "audience", "size", "localize_size", "report_size"),
        "model_judge_counts",
    ]
    list_filter = ["audience", "model_judge_counts"]
    prepopulated_fields = {"slug": ["title"]}
    raw_id_fields = ["owner"]
