"""The pages on which instructors follow a cohort: fetch through access, render once."""

import uuid

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from radgame.accounts.access import reader_required
from radgame.classroom.access import get_cohort, get_followed
from radgame.classroom.views import person_of
from radgame.tables import FileKind, file_response, streamed_csv_response

from . import case_pages, curve_pages, export, false_pages, learner_pages, pages


@reader_required
@require_safe
@never_cache
def findings(request: HttpRequest, cohort_id: uuid.UUID) -> HttpResponse:
    """Who finds what, and who has not begun."""
    cohort = get_cohort(person_of(request), cohort_id)
    context = pages.findings_context(cohort, request.GET)
    return render(request, "classroom/following/findings.html", context)


@reader_required
@require_safe
@never_cache
def findings_file(request: HttpRequest, cohort_id: uuid.UUID, kind: FileKind) -> HttpResponse:
    cohort = get_cohort(person_of(request), cohort_id)
    table = pages.findings_table(cohort, request.GET)
    return file_response(kind, "cohort-findings", *table)


@reader_required
@require_safe
@never_cache
def cases(request: HttpRequest, cohort_id: uuid.UUID) -> HttpResponse:
    """How hard each case was, and whom it told apart."""
    person = person_of(request)
    context = case_pages.cases_context(person, get_cohort(person, cohort_id), request.GET)
    return render(request, "classroom/following/cases.html", context)


@reader_required
@require_safe
@never_cache
def cases_file(request: HttpRequest, cohort_id: uuid.UUID, kind: FileKind) -> HttpResponse:
    cohort = get_cohort(person_of(request), cohort_id)
    return file_response(kind, "cohort-cases", *case_pages.cases_table(cohort, request.GET))


@reader_required
@require_safe
@never_cache
def times(request: HttpRequest, cohort_id: uuid.UUID) -> HttpResponse:
    """How long cases take."""
    cohort = get_cohort(person_of(request), cohort_id)
    context = case_pages.times_context(cohort, request.GET)
    return render(request, "classroom/following/times.html", context)


@reader_required
@require_safe
@never_cache
def times_file(request: HttpRequest, cohort_id: uuid.UUID, kind: FileKind) -> HttpResponse:
    cohort = get_cohort(person_of(request), cohort_id)
    return file_response(kind, "cohort-time", *case_pages.times_table(cohort, request.GET))


@reader_required
@require_safe
@never_cache
def time_steps_file(request: HttpRequest, cohort_id: uuid.UUID, kind: FileKind) -> HttpResponse:
    cohort = get_cohort(person_of(request), cohort_id)
    table = case_pages.time_steps_table(cohort, request.GET)
    return file_response(kind, "cohort-time-steps", *table)


@reader_required
@require_safe
@never_cache
def curves(request: HttpRequest, cohort_id: uuid.UUID) -> HttpResponse:
    """Whether scores go up with the cases read."""
    cohort = get_cohort(person_of(request), cohort_id)
    context = curve_pages.curves_context(cohort, request.GET)
    return render(request, "classroom/following/curves.html", context)


@reader_required
@require_safe
@never_cache
def curves_file(request: HttpRequest, cohort_id: uuid.UUID, kind: FileKind) -> HttpResponse:
    cohort = get_cohort(person_of(request), cohort_id)
    return file_response(kind, "cohort-curves", *curve_pages.curves_table(cohort, request.GET))


@reader_required
@require_safe
@never_cache
def false_findings(request: HttpRequest, cohort_id: uuid.UUID) -> HttpResponse:
    """What is seen that is not there, and on which films."""
    person = person_of(request)
    context = false_pages.false_context(person, get_cohort(person, cohort_id), request.GET)
    return render(request, "classroom/following/false.html", context)


@reader_required
@require_safe
@never_cache
def false_findings_file(request: HttpRequest, cohort_id: uuid.UUID, kind: FileKind) -> HttpResponse:
    cohort = get_cohort(person_of(request), cohort_id)
    return file_response(kind, "cohort-false", *false_pages.false_table(cohort, request.GET))


@reader_required
@require_safe
@never_cache
def ledger_file(request: HttpRequest, cohort_id: uuid.UUID, kind: FileKind) -> HttpResponseBase:
    """Every outcome with its lines, as the other figures are made of them."""
    head, rows = export.ledger_table(get_cohort(person_of(request), cohort_id), request.GET)
    if kind is FileKind.CSV:
        return streamed_csv_response("cohort-ledger", head, rows)
    try:
        return file_response(kind, "cohort-ledger", head, export.for_workbook(rows))
    except export.TooLong as refused:
        return HttpResponse(str(refused), status=422, content_type="text/plain")


@reader_required
@require_safe
@never_cache
def learner(request: HttpRequest, cohort_id: uuid.UUID, membership_id: int) -> HttpResponse:
    """One learner, of what this cohort assigned."""
    person = person_of(request)
    found = get_followed(person, cohort_id, membership_id)
    context = learner_pages.learner_context(person, found, request.GET)
    return render(request, "classroom/following/learner.html", context)


@reader_required
@require_safe
@never_cache
def learner_given_file(
    request: HttpRequest, cohort_id: uuid.UUID, membership_id: int, kind: FileKind
) -> HttpResponse:
    found = get_followed(person_of(request), cohort_id, membership_id)
    table = learner_pages.given_table(found, request.GET)
    return file_response(kind, "learner-assignments", *table)


@reader_required
@require_safe
@never_cache
def learner_cases_file(
    request: HttpRequest, cohort_id: uuid.UUID, membership_id: int, kind: FileKind
) -> HttpResponse:
    found = get_followed(person_of(request), cohort_id, membership_id)
    return file_response(kind, "learner-cases", *learner_pages.cases_table(found, request.GET))


@reader_required
@require_safe
@never_cache
def learner_findings_file(
    request: HttpRequest, cohort_id: uuid.UUID, membership_id: int, kind: FileKind
) -> HttpResponse:
    found = get_followed(person_of(request), cohort_id, membership_id)
    table = learner_pages.findings_table(found, request.GET)
    return file_response(kind, "learner-findings", *table)
