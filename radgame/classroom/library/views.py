"""The pages of the library: fetch through access, check a form, call one service, render once."""

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from radgame.cases.models import CaseSet
from radgame.classroom.access import instructor_required
from radgame.classroom.views import person_of, posted

from . import pages, services
from .access import get_case, get_own_set, get_shared_set
from .forms import CasesForm, PlaceForm, SetForm


def _tell(request: HttpRequest, before: CaseSet, after: CaseSet) -> None:
    """Say that a set in use was not rewritten."""
    if after.pk != before.pk:
        said = _("The set is in use: this is version %(version)d. Who plays the old one plays on.")
        messages.info(request, said % {"version": after.version})


@instructor_required
@require_safe
@never_cache
def sets(request: HttpRequest) -> HttpResponse:
    """One's own sets, and those that others share."""
    page = request.GET.get("page", "")
    return render(request, "library/sets.html", pages.sets_context(person_of(request), page))


@instructor_required
@require_http_methods(["GET", "HEAD", "POST"])
def create(request: HttpRequest) -> HttpResponse:
    form = SetForm(posted(request))
    if form.is_valid():
        return redirect("library:set", form.create(person_of(request)).slug)
    status = 422 if form.is_bound else 200
    return render(request, "library/set_form.html", {"form": form}, status=status)


@instructor_required
@require_POST
def create_of_cases(request: HttpRequest) -> HttpResponse:
    """A set of what was ticked or drawn."""
    form = CasesForm(request.POST, person=person_of(request))
    if form.is_valid():
        try:
            return redirect("library:set", form.create().slug)
        except services.LibraryError as error:
            messages.error(request, str(error))
    for refusal in form.non_field_errors():
        messages.error(request, str(refusal))
    return redirect("library:search")


@instructor_required
@require_safe
@never_cache
def search(request: HttpRequest) -> HttpResponse:
    person, slug = person_of(request), request.GET.get("set", "")
    case_set = get_own_set(person, slug) if slug else None
    context = pages.search_context(person, request.GET, case_set)
    return render(request, "library/search.html", context)


@instructor_required
@require_safe
@never_cache
def rule(request: HttpRequest) -> HttpResponse:
    """Draw by a rule, and look at it before anything is stored."""
    person, slug = person_of(request), request.GET.get("set", "")
    case_set = get_own_set(person, slug) if slug else None
    context = pages.rule_context(person, request.GET, case_set)
    return render(request, "library/rule.html", context)


@instructor_required
@require_safe
@never_cache
def case(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """A case with its reference standard."""
    found = get_case(person_of(request), public_id)
    return render(request, "library/case.html", pages.case_context(found))


@instructor_required
@require_safe
@never_cache
def case_set(request: HttpRequest, slug: str) -> HttpResponse:
    person = person_of(request)
    found = get_shared_set(person, slug)
    context = pages.set_context(person, found, request.GET.get("page", ""))
    return render(request, "library/set.html", context)


@instructor_required
@require_POST
def describe(request: HttpRequest, slug: str) -> HttpResponse:
    """Title, description, who may play it, and what it asks."""
    person = person_of(request)
    found = get_own_set(person, slug)
    # The form writes into its row before anything is decided: it gets one of its own.
    form = SetForm(request.POST, instance=get_own_set(person, slug))
    if form.is_valid():
        try:
            edited = form.describe(found)
        except services.LibraryError as error:
            form.add_error(None, str(error))
        else:
            _tell(request, found, edited)
            return redirect("library:set", edited.slug)
    context = pages.set_context(person, found, form=form)
    return render(request, "library/set.html", context, status=422)


@instructor_required
@require_POST
def add(request: HttpRequest, slug: str) -> HttpResponse:
    """Put what was ticked or drawn at the end of a set."""
    found = get_own_set(person_of(request), slug)
    form = CasesForm(request.POST, person=person_of(request))
    edited = found
    if form.is_valid():
        try:
            edited = form.add_to(found)
            _tell(request, found, edited)
        except services.LibraryError as error:
            messages.error(request, str(error))
    for refusal in form.non_field_errors():
        messages.error(request, str(refusal))
    return redirect(pages.after_adding(edited, request.POST.get("query")))


@instructor_required
@require_POST
def place(request: HttpRequest, slug: str) -> HttpResponse:
    """Move a case up or down, or take it out."""
    found = get_own_set(person_of(request), slug)
    form = PlaceForm(request.POST, case_set=found)
    edited = found
    if form.is_valid():
        try:
            edited = form.apply()
            _tell(request, found, edited)
        except services.LibraryError as error:
            messages.error(request, str(error))
    else:
        messages.error(request, pages.refusal_of(form))
    page = request.POST.get("page", "")
    query = f"?page={page}" if page.isdecimal() else ""
    return redirect(f"{pages.set_url(edited)}{query}")


@instructor_required
@require_POST
def duplicate(request: HttpRequest, slug: str) -> HttpResponse:
    person = person_of(request)
    found = get_shared_set(person, slug)
    try:
        made = services.duplicate_set(case_set=found, owner=person)
    except services.LibraryError as error:
        messages.error(request, str(error))
        return redirect("library:set", found.slug)
    return redirect("library:set", made.slug)


@instructor_required
@require_POST
def archive(request: HttpRequest, slug: str) -> HttpResponse:
    """Archive, or take up again."""
    found = get_own_set(person_of(request), slug)
    if found.archived_at is None:
        services.archive_set(case_set=found)
    else:
        services.reopen_set(case_set=found)
    return redirect("library:set", found.slug)


@instructor_required
@require_POST
def delete(request: HttpRequest, slug: str) -> HttpResponse:
    found = get_own_set(person_of(request), slug)
    try:
        services.delete_set(case_set=found)
    except services.LibraryError as error:
        messages.error(request, str(error))
        return redirect("library:set", found.slug)
    messages.success(request, _("%(title)s is deleted.") % {"title": found.title})
    return redirect("library:sets")
