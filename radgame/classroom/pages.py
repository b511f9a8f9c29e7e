"""What the templates of cohorts are given: reads only, in a constant number of queries."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.paginator import Paginator
from django.db.models import Count, F, Q
from django.template.defaultfilters import date as date_words
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from radgame.accounts.models import User
from radgame.cases.models import Play

from . import services
from .access import may_teach
from .assigning import Given, bundled, given_to, part_of, results, size_in_game, taken_back_from
from .forms import CodeForm, InstructorForm, LinkForm
from .models import Assignment, Cohort, JoinLink, Membership
from .terms import Fate, Work

PEOPLE_PER_PAGE = 100


def cohorts_context(person: User) -> dict[str, Any]:
    """What one teaches, running first; what one learns in."""
    here = Q(memberships__left_at__isnull=True, memberships__role=Membership.Role.MEMBER)
    taught = Cohort.objects.taught_by(person).annotate(learners=Count("memberships", filter=here))
    return {
        "may_teach": may_teach(person),
        "taught": taught.order_by(F("archived_at").desc(nulls_first=True), "name"),
        "attended": Cohort.objects.attended_by(person).running(),
    }


def cohort_context(
    cohort: Cohort,
    *,
    page: str = "",
    link_form: LinkForm | None = None,
    instructor_form: InstructorForm | None = None,
) -> dict[str, Any]:
    """A cohort as its instructors see it."""
    people = cohort.memberships.select_related("person")
    learners = people.learners().order_by("person__username")
    return {
        "cohort": cohort,
        "links": open_links(cohort),
        # Withdrawn ones at the end: what was submitted stays in their results.
        "assignments": cohort.assignments.alone()
        .select_related("case_set")
        .order_by(F("withdrawn_at").desc(nulls_first=True), "-opens_at", "bundle", "game"),
        "trials": cohort.trials.annotate(people=Count("enrolments")),
        "instructors": people.instructors().order_by("joined_at"),
        "learners": Paginator(learners, PEOPLE_PER_PAGE).get_page(page),
        "link_form": link_form or LinkForm.fresh(cohort),
        "instructor_form": instructor_form or InstructorForm(),
    }


def open_links(cohort: Cohort) -> list[JoinLink]:
    now = timezone.now()
    links = cohort.links.filter(revoked_at__isnull=True)
    return [link for link in links if link.is_open(now)]


def join_context(form: CodeForm, code: str, person: User) -> dict[str, Any]:
    """The cohort behind a link by its name and who teaches it; nothing of who is in it."""
    link = None
    if code and not form.is_bound:
        try:
            link = services.find_link(code, person=person)
        except services.ClassroomError as error:
            return {"form": form, "refusal": str(error)}
    instructors = (
        Membership.objects.instructors().filter(cohort=link.cohort).select_related("person")
        if link
        else []
    )
    return {"form": form, "link": link, "instructors": instructors}


# --- assignments -----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ResultRow:
    """A learner's work as a table shows it."""

    name: str
    fate: str
    submitted: int
    of: int
    mean_percent: int | None
    minutes: int
    last_at: datetime | None


def fate_words(became: Fate) -> str:
    return {
        Fate.NOT_STARTED: _("not started"),
        Fate.UNDER_WAY: _("under way"),
        Fate.COMPLETE: _("complete"),
        Fate.LATE: _("complete, late"),
        Fate.PARTIAL: _("in part"),
        Fate.ABANDONED: _("begun, nothing submitted"),
        Fate.MISSED: _("missed"),
    }[became]


def result_rows(assignment: Assignment) -> list[ResultRow]:
    return [
        ResultRow(
            name=result.person.display_name,
            fate=fate_words(result.fate),
            submitted=result.work.submitted,
            of=result.work.of,
            mean_percent=None if result.mean is None else round(100 * result.mean),
            minutes=round(result.seconds / 60),
            last_at=result.work.last_at,
        )
        for result in results(assignment)
    ]


def assignment_context(assignment: Assignment) -> dict[str, Any]:
    rows = result_rows(assignment)
    begun = [row for row in rows if row.submitted]
    return {
        "assignment": assignment,
        "cohort": assignment.cohort,
        "rows": rows,
        "begun": len(begun),
        "size": size_in_game(assignment.case_set, assignment.game),
        "named": None if assignment.is_for_all else assignment.members.count(),
        "part": part_of(assignment),
        "is_passive": assignment.mode == Assignment.Mode.PASSIVE,
        "other": None
        if assignment.bundle is None
        else bundled(assignment).exclude(pk=assignment.pk).first(),
        "judges": bool(settings.GAME_JUDGE) and assignment.game == Play.REPORT,
    }


def assignment_table(assignment: Assignment) -> tuple[list[str], list[list[object]]]:
    """The results for a file."""
    head = [
        _("Learner"),
        _("Name"),
        _("State"),
        _("Submitted"),
        _("Cases"),
        _("Mean score"),
        _("Seconds"),
        _("Begun"),
        _("Last submit"),
    ]
    rows: list[list[object]] = [
        [
            result.person.username,
            result.person.get_full_name(),
            result.fate.value,
            result.work.submitted,
            result.work.of,
            "" if result.mean is None else round(result.mean, 4),
            round(result.seconds),
            "" if result.work.started_at is None else result.work.started_at.isoformat(),
            "" if result.work.last_at is None else result.work.last_at.isoformat(),
        ]
        for result in results(assignment)
    ]
    return head, rows


@dataclass(frozen=True, slots=True)
class DueRow:
    """An assignment on its learner's front door."""

    title: str
    cohort: str
    game_name: str
    instructions: str
    terms: str
    fate: str
    submitted: int
    of: int
    until: str
    is_begun: bool
    is_open: bool
    start_url: str
    summary_url: str


def due_rows(person: User) -> list[DueRow]:
    """What this person can do something about now."""
    return [row for row in given_rows(person) if row.is_open]


def own_context(person: User) -> dict[str, Any]:
    """Everything this person was given, what can still be done before what is over."""
    rows = given_rows(person)
    return {
        "open": [row for row in rows if row.is_open],
        "over": [row for row in reversed(rows) if not row.is_open],
        "taken_back": [
            replace(_due_row(given), fate=_taken_back_words(given.assignment))
            for given in taken_back_from(person)
        ],
    }


def _taken_back_words(assignment: Assignment) -> str:
    if assignment.withdrawn_at is not None:
        return _("withdrawn")
    return _("archived") if assignment.cohort.is_archived else _("you have left")


def given_rows(person: User) -> list[DueRow]:
    return [_due_row(given) for given in given_to(person)]


def _due_row(given: Given) -> DueRow:
    return DueRow(
        title=given.assignment.title,
        cohort=given.assignment.cohort.name,
        game_name=str(Play(given.assignment.game).label),
        instructions=given.assignment.instructions,
        terms=terms_words(given.assignment, given.work),
        fate=fate_words(given.fate),
        submitted=given.work.submitted,
        of=given.work.of,
        until=until_words(given),
        is_begun=given.work.started_at is not None,
        is_open=given.is_open,
        start_url=reverse(f"{given.assignment.game}:start_assigned", args=[given.assignment.pk]),
        summary_url=""
        if given.sitting is None
        else reverse(f"{given.assignment.game}:summary", args=[given.sitting]),
    )


def until_words(given: Given) -> str:
    """The last moment by the cohort's clock; empty where there is none."""
    return "" if given.ends_at is None else _moment_words(given.assignment, given.ends_at)


def _moment_words(assignment: Assignment, moment: datetime) -> str:
    """By the cohort's clock, and whose clock it is: learners may live by another."""
    local = date_words(moment.astimezone(assignment.cohort.zone), "D j M, H:i")
    return f"{local} ({assignment.cohort.time_zone})"


def terms_words(assignment: Assignment, work: Work) -> str:
    """What a learner should know before they start; empty where nothing is special."""
    told = []
    if assignment.mode == Assignment.Mode.TEST:
        told.append(_("Test"))
    if assignment.time_limit_min is not None and work.started_at is None:
        told.append(
            ngettext(
                "%(minutes)d minute for all of it, from the start on",
                "%(minutes)d minutes for all of it, from the start on",
                assignment.time_limit_min,
            )
            % {"minutes": assignment.time_limit_min}
        )
    match assignment.feedback:
        case Assignment.Feedback.AFTER_SET:
            told.append(_("feedback after the whole set"))
        case Assignment.Feedback.AFTER_CLOSE:
            told.append(_("feedback after it closes"))
    if assignment.closes_at is not None and assignment.accepts_late:
        told.append(
            _("closes %(when)s, later work is marked late")
            % {"when": _moment_words(assignment, assignment.closes_at)}
        )
    return capfirst(" · ".join(told))
