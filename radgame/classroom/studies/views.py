"""The pages of studies: fetch through access, check a form, call one service, render once."""

import uuid

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from radgame.accounts.access import reader_required
from radgame.classroom.access import get_cohort
from radgame.classroom.forms import refuse
from radgame.classroom.services import ClassroomError
from radgame.classroom.views import person_of, posted
from radgame.tables import csv_response, xlsx_response

from . import exports, pages, services
from .access import get_attended_trial, get_taught_trial
from .forms import ExtendForm, TrialForm


@reader_required
@require_http_methods(["GET", "HEAD", "POST"])
def create(request: HttpRequest, cohort_id: uuid.UUID) -> HttpResponse:
    """Write a protocol down."""
    found = get_cohort(person_of(request), cohort_id)
    form = TrialForm(posted(request), cohort=found, maker=person_of(request))
    if form.is_valid():
        try:
            return redirect("classroom:study", form.create().pk)
        except ClassroomError as error:
            refuse(form, error)
    context = {"form": form, "cohort": found}
    status = 422 if form.is_bound else 200
    return render(request, "classroom/studies/form.html", context, status=status)


@reader_required
@require_safe
@never_cache
def study(request: HttpRequest, trial_id: uuid.UUID) -> HttpResponse:
    """The protocol, who is how far, and the results: for who teaches."""
    found = get_taught_trial(person_of(request), trial_id)
    return render(request, "classroom/studies/study.html", pages.study_context(found))


@reader_required
@require_POST
def extend(request: HttpRequest, trial_id: uuid.UUID) -> HttpResponse:
    """Let it close later."""
    found = get_taught_trial(person_of(request), trial_id)
    form = ExtendForm(request.POST, trial=found)
    if form.is_valid():
        try:
            form.extend()
        except ClassroomError as error:
            refuse(form, error)
        else:
            return redirect("classroom:study", found.pk)
    context = pages.study_context(found, extend_form=form)
    return render(request, "classroom/studies/study.html", context, status=422)


@reader_required
@require_POST
def close(request: HttpRequest, trial_id: uuid.UUID) -> HttpResponse:
    found = get_taught_trial(person_of(request), trial_id)
    services.close_trial(trial=found)
    return redirect("classroom:study", found.pk)


@reader_required
@require_safe
@never_cache
def table_csv(request: HttpRequest, trial_id: uuid.UUID, table: str) -> HttpResponse:
    name, content = _table(request, trial_id, table)
    return csv_response(name, *content)


@reader_required
@require_safe
@never_cache
def table_xlsx(request: HttpRequest, trial_id: uuid.UUID, table: str) -> HttpResponse:
    name, content = _table(request, trial_id, table)
    return xlsx_response(name, *content)


def _table(request: HttpRequest, trial_id: uuid.UUID, table: str) -> tuple[str, exports.Table]:
    found = get_taught_trial(person_of(request), trial_id)
    if table not in pages.TABLES:
        raise Http404
    return f"study-{found.pk}-{table}", exports.table(found, table)


@reader_required
@require_safe
@never_cache
def document(request: HttpRequest, trial_id: uuid.UUID) -> HttpResponse:
    """Everything that the results are computed from."""
    return exports.study_response(get_taught_trial(person_of(request), trial_id))


@reader_required
@require_safe
@never_cache
def taking_part(request: HttpRequest, trial_id: uuid.UUID) -> HttpResponse:
    """The study as somebody who learns in its cohort sees it."""
    trial, membership = get_attended_trial(person_of(request), trial_id)
    context = pages.taking_part_context(trial, membership)
    return render(request, "classroom/studies/taking_part.html", context)


@reader_required
@require_POST
def take_part(request: HttpRequest, trial_id: uuid.UUID) -> HttpResponse:
    """Agree to take part."""
    trial, membership = get_attended_trial(person_of(request), trial_id)
    try:
        services.take_part(trial=trial, membership=membership)
    except ClassroomError as error:
        messages.error(request, str(error))
    return redirect("classroom:taking_part", trial.pk)
