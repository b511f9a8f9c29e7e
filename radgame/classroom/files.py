"""Tables of a cohort as files."""

import uuid

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from radgame.accounts.access import reader_required
from radgame.tables import FileKind, file_response, xlsx_response

from . import pages
from .access import get_cohort, get_taught_assignment
from .models import Cohort
from .views import person_of


@reader_required
@require_safe
@never_cache
def members(request: HttpRequest, cohort_id: uuid.UUID, kind: FileKind) -> HttpResponse:
    """Who is in the cohort."""
    cohort = get_cohort(person_of(request), cohort_id)
    return file_response(kind, f"cohort-{cohort.pk}", *members_table(cohort))


@reader_required
@require_safe
@never_cache
def results_xlsx(request: HttpRequest, assignment_id: uuid.UUID) -> HttpResponse:
    """What became of an assignment, as the CSV file has it."""
    found = get_taught_assignment(person_of(request), assignment_id)
    return xlsx_response(f"assignment-{found.pk}", *pages.assignment_table(found))


def members_table(cohort: Cohort) -> tuple[list[str], list[list[object]]]:
    """Those present, instructors first; addresses are nobody's business, and not in it."""
    people = cohort.memberships.present().select_related("person")
    rows: list[list[object]] = [
        [
            membership.person.username,
            membership.person.get_full_name(),
            membership.role,
            membership.joined_at.isoformat(),
        ]
        for membership in people.order_by("role", "person__username")
    ]
    return [_("User name"), _("Name"), _("Role"), _("Joined")], rows
