"""The pages about marks on which instructors follow a cohort: fetch through access, render once."""

import uuid

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from radgame.accounts.access import reader_required
from radgame.classroom.access import get_cohort
from radgame.playing.views import reader_of
from radgame.tables import FileKind, file_response

from . import pages


@reader_required
@require_safe
@never_cache
def confidence(request: HttpRequest, cohort_id: uuid.UUID) -> HttpResponse:
    """Whether who is surer is right more often: FROC and AFROC."""
    cohort = get_cohort(reader_of(request), cohort_id)
    context = pages.confidence_context(cohort, request.GET)
    return render(request, "localize/following/confidence.html", context)


@reader_required
@require_safe
@never_cache
def confidence_file(request: HttpRequest, cohort_id: uuid.UUID, kind: FileKind) -> HttpResponse:
    cohort = get_cohort(reader_of(request), cohort_id)
    try:
        table = pages.confidence_table(cohort, request.GET)
    except pages.NotRead as early:
        return HttpResponse(str(early), status=409, content_type="text/plain")
    return file_response(kind, "cohort-confidence", *table)


@reader_required
@require_safe
@never_cache
def radiologists(request: HttpRequest, cohort_id: uuid.UUID) -> HttpResponse:
    """How far the cohort agrees with each radiologist of a case."""
    person = reader_of(request)
    context = pages.radiologists_context(person, get_cohort(person, cohort_id), request.GET)
    return render(request, "localize/following/radiologists.html", context)


@reader_required
@require_safe
@never_cache
def each_radiologist_file(
    request: HttpRequest, cohort_id: uuid.UUID, kind: FileKind
) -> HttpResponse:
    cohort = get_cohort(reader_of(request), cohort_id)
    try:
        table = pages.each_radiologist_table(cohort, request.GET)
    except pages.NotRead as early:
        return HttpResponse(str(early), status=409, content_type="text/plain")
    return file_response(kind, "cohort-each-radiologist", *table)


@reader_required
@require_safe
@never_cache
def radiologists_file(request: HttpRequest, cohort_id: uuid.UUID, kind: FileKind) -> HttpResponse:
    cohort = get_cohort(reader_of(request), cohort_id)
    try:
        table = pages.radiologists_table(cohort, request.GET)
    except pages.NotRead as early:
        return HttpResponse(str(early), status=409, content_type="text/plain")
    return file_response(kind, "cohort-radiologists", *table)
