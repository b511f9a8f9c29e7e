"""The pages of cohorts: fetch through access, check a form, call one service, render once."""

import uuid
from typing import cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from radgame.accounts.access import reader_required
from radgame.accounts.models import User
from radgame.tables import csv_response

from . import pages, services
from .access import (
    get_attended,
    get_cohort,
    get_link,
    get_membership,
    get_standing_assignment,
    get_taught_assignment,
    instructor_required,
)
from .assigning import is_begun, withdraw_assignment
from .forms import (
    AssignmentForm,
    CodeForm,
    CohortForm,
    EditAssignmentForm,
    InstructorForm,
    LinkForm,
    refuse,
)
from .models import Membership
from .studies.pages import taken_studies


def person_of(request: HttpRequest) -> User:
    return cast(User, request.user)


def posted(request: HttpRequest) -> QueryDict | None:
    """What a form was sent; an empty one is refused like any other, so it is not None."""
    return request.POST if request.method == "POST" else None


@reader_required
@require_safe
@never_cache
def cohorts(request: HttpRequest) -> HttpResponse:
    """The cohorts one teaches and those one learns in."""
    return render(request, "classroom/cohorts.html", pages.cohorts_context(person_of(request)))


@instructor_required
@require_http_methods(["GET", "HEAD", "POST"])
def create(request: HttpRequest) -> HttpResponse:
    form = CohortForm(posted(request), initial={"time_zone": person_of(request).time_zone})
    if form.is_valid():
        return redirect("classroom:cohort", form.create(person_of(request)).pk)
    status = 422 if form.is_bound else 200
    return render(request, "classroom/cohort_form.html", {"form": form}, status=status)


@reader_required
@require_safe
@never_cache
def cohort(request: HttpRequest, cohort_id: uuid.UUID) -> HttpResponse:
    """Its instructors' page."""
    found = get_cohort(person_of(request), cohort_id)
    page = request.GET.get("page", "")
    return render(request, "classroom/cohort.html", pages.cohort_context(found, page=page))


@reader_required
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, cohort_id: uuid.UUID) -> HttpResponse:
    found = get_cohort(person_of(request), cohort_id)
    form = CohortForm(posted(request), instance=found)
    if form.is_valid():
        form.save()
        return redirect("classroom:cohort", found.pk)
    status = 422 if form.is_bound else 200
    context = {"form": form, "cohort": found}
    return render(request, "classroom/cohort_form.html", context, status=status)


@reader_required
@require_POST
def archive(request: HttpRequest, cohort_id: uuid.UUID) -> HttpResponse:
    """Archive, or take up again."""
    found = get_cohort(person_of(request), cohort_id)
    if found.is_archived:
        services.reopen_cohort(cohort=found)
    else:
        services.archive_cohort(cohort=found)
    return redirect("classroom:cohort", found.pk)


@reader_required
@require_POST
def create_link(request: HttpRequest, cohort_id: uuid.UUID) -> HttpResponse:
    found = get_cohort(person_of(request), cohort_id)
    form = LinkForm(request.POST)
    if form.is_valid():
        try:
            form.create(found, person_of(request))
        except services.ClassroomError as error:
            refuse(form, error)
        else:
            return redirect("classroom:cohort", found.pk)
    context = pages.cohort_context(found, link_form=form)
    return render(request, "classroom/cohort.html", context, status=422)


@reader_required
@require_POST
def revoke_link(request: HttpRequest, cohort_id: uuid.UUID, link_id: int) -> HttpResponse:
    services.revoke_link(link=get_link(person_of(request), cohort_id, link_id))
    return redirect("classroom:cohort", cohort_id)


@reader_required
@require_POST
def add_instructor(request: HttpRequest, cohort_id: uuid.UUID) -> HttpResponse:
    found = get_cohort(person_of(request), cohort_id)
    form = InstructorForm(request.POST)
    if form.is_valid():
        try:
            form.add(found)
        except services.ClassroomError as error:
            refuse(form, error)
        else:
            return redirect("classroom:cohort", found.pk)
    context = pages.cohort_context(found, instructor_form=form)
    return render(request, "classroom/cohort.html", context, status=422)


@reader_required
@require_POST
def remove(request: HttpRequest, cohort_id: uuid.UUID, membership_id: int) -> HttpResponse:
    """End somebody's membership, or one's own."""
    membership = get_membership(person_of(request), cohort_id, membership_id)
    is_own = membership.person_id == request.user.pk
    end = services.leave_cohort if is_own else services.remove_member
    try:
        end(membership=membership)
    except services.ClassroomError as error:
        messages.error(request, str(error))
    if is_own and membership.left_at is not None:
        return redirect("classroom:cohorts")
    return redirect("classroom:cohort", cohort_id)


@reader_required
@require_POST
def leave(request: HttpRequest, cohort_id: uuid.UUID) -> HttpResponse:
    """A learner goes."""
    found = get_attended(person_of(request), cohort_id)
    membership = Membership.objects.present().get(cohort=found, person=person_of(request))
    services.leave_cohort(membership=membership)
    messages.success(request, _("You have left %(cohort)s.") % {"cohort": found.name})
    return redirect("classroom:cohorts")


@reader_required
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def join(request: HttpRequest, code: str = "") -> HttpResponse:
    """A link shows what one would join; joining is a button, so that no page can do it for one."""
    form = CodeForm(posted(request), initial={"code": code})
    if form.is_valid():
        try:
            joined = form.join(person_of(request))
        except services.ClassroomError as error:
            refuse(form, error)
        else:
            messages.success(request, _("You are in %(cohort)s.") % {"cohort": joined.cohort.name})
            return redirect("classroom:cohorts")
    status = 422 if form.is_bound else 200
    return render(
        request,
        "classroom/join.html",
        pages.join_context(form, code, person_of(request)),
        status=status,
    )


# --- assignments -----------------------------------------------------------------


@reader_required
@require_http_methods(["GET", "HEAD", "POST"])
def assign(request: HttpRequest, cohort_id: uuid.UUID) -> HttpResponse:
    """Give the cohort something to play."""
    found = get_cohort(person_of(request), cohort_id)
    form = AssignmentForm(posted(request), cohort=found, maker=person_of(request))
    if form.is_valid():
        try:
            made = form.create()
        except services.ClassroomError as error:
            refuse(form, error)
        else:
            return redirect("classroom:assignment", made.pk)
    context = {"form": form, "cohort": found}
    status = 422 if form.is_bound else 200
    return render(request, "classroom/assignment_form.html", context, status=status)


@reader_required
@require_http_methods(["GET", "HEAD", "POST"])
def edit_assignment(request: HttpRequest, assignment_id: uuid.UUID) -> HttpResponse:
    """Change its words and dates, as far as nobody was promised otherwise."""
    found = get_standing_assignment(person_of(request), assignment_id)
    form = EditAssignmentForm(posted(request), assignment=found)
    if form.is_valid():
        try:
            form.save_changes()
        except services.ClassroomError as error:
            refuse(form, error)
        else:
            return redirect("classroom:assignment", found.pk)
    context = {"form": form, "cohort": found.cohort, "assignment": found, "begun": is_begun(found)}
    status = 422 if form.is_bound else 200
    return render(request, "classroom/assignment_edit.html", context, status=status)


@reader_required
@require_safe
@never_cache
def own_assignments(request: HttpRequest) -> HttpResponse:
    """What a learner was given, and what became of it."""
    context = pages.own_context(person_of(request))
    context["studies"] = taken_studies(person_of(request))
    return render(request, "classroom/own_assignments.html", context)


@reader_required
@require_safe
@never_cache
def assignment(request: HttpRequest, assignment_id: uuid.UUID) -> HttpResponse:
    """How it goes: everybody's work, for the instructors."""
    found = get_taught_assignment(person_of(request), assignment_id)
    return render(request, "classroom/assignment.html", pages.assignment_context(found))


@reader_required
@require_safe
@never_cache
def assignment_csv(request: HttpRequest, assignment_id: uuid.UUID) -> HttpResponse:
    found = get_taught_assignment(person_of(request), assignment_id)
    return csv_response(f"assignment-{found.pk}", *pages.assignment_table(found))


@reader_required
@require_POST
def withdraw(request: HttpRequest, assignment_id: uuid.UUID) -> HttpResponse:
    found = get_standing_assignment(person_of(request), assignment_id)
    withdraw_assignment(assignment=found)
    return redirect("classroom:assignment", found.pk)
