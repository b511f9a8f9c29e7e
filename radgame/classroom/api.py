"""Cohorts, their people, links and assignments: the pages' doors, forms and services."""

import uuid
from typing import Any

from django.db.models import Count, F, Q, QuerySet, TextChoices
from django.forms.models import model_to_dict
from django.urls import path
from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from radgame.accounts.models import User
from radgame.cases.models import CaseSet, Play
from radgame.progress.api import BoardQuestion, BoardShape, board_answer, board_question
from radgame.progress.boards.pages import cohort_page
from radgame.rest.errors import accept, refusing
from radgame.rest.models import Scope
from radgame.rest.operations import Operation, answer, done, form_data, page, person_of, sent
from radgame.rest.schema import operation
from radgame.rest.shapes import Shape, day, moment, text, whole

from . import services
from .access import (
    get_attended,
    get_cohort,
    get_link,
    get_membership,
    get_shared,
    get_standing_assignment,
    get_taught_assignment,
    may_teach,
)
from .assigning import assignable_sets, given_to, results, withdraw_assignment
from .forms import (
    RESERVED,
    AssignmentForm,
    CodeForm,
    CohortForm,
    EditAssignmentForm,
    InstructorForm,
    LinkForm,
)
from .models import Assignment, Cohort, JoinLink, Membership
from .pages import open_links
from .services import ClassroomError
from .terms import Fate

A_COHORT = "0c7a0e1e-7a3d-4d5b-9f5e-0b1f6f3c2d10"
AN_ASSIGNMENT = "7d1e2c3b-4a5f-4e6d-8c7b-9a0b1c2d3e4f"
FATES = [fate.value for fate in Fate]
# What the set decides where nothing is said (``assigning.create_assignment``).
BY_THE_SET = ("shows_checklist", "judge")

# --- shapes ---------------------------------------------------------------------


class CohortShape(Shape):
    id = serializers.UUIDField()
    name = serializers.CharField()
    description = serializers.CharField()
    time_zone = serializers.CharField(help_text="Assignments open and close by this clock.")
    created_at = serializers.DateTimeField()
    archived_at = serializers.DateTimeField(allow_null=True)
    learners = serializers.IntegerField()
    example = {
        "id": A_COHORT,
        "name": "First year",
        "description": "",
        "time_zone": "Europe/Zurich",
        "created_at": "2026-09-01T06:00:00Z",
        "archived_at": None,
        "learners": 14,
    }


class SharedCohortShape(Shape):
    """A cohort that you teach or learn in."""

    id = serializers.UUIDField(source="cohort.pk")
    name = serializers.CharField(source="cohort.name")
    role = serializers.ChoiceField(choices=Membership.Role.choices)
    joined_at = serializers.DateTimeField()
    archived_at = serializers.DateTimeField(source="cohort.archived_at", allow_null=True)
    example = {
        "id": A_COHORT,
        "name": "First year",
        "role": "member",
        "joined_at": "2026-09-01T06:00:00Z",
        "archived_at": None,
    }


class NewCohortShape(Shape):
    name = text(120)
    description = text(2000, required=False)
    time_zone = serializers.CharField(max_length=64, required=False, default="UTC")
    example = {"name": "First year", "description": "", "time_zone": "Europe/Zurich"}


class CohortChangesShape(Shape):
    """What is left out stays as it is."""

    name = text(120, required=False, allow_blank=False)
    description = text(2000, required=False)
    time_zone = serializers.CharField(max_length=64, required=False)
    example = {"name": "First year, autumn"}


class MemberShape(Shape):
    id = serializers.IntegerField()
    username = serializers.CharField(source="person.username")
    name = serializers.CharField(source="person.display_name")
    role = serializers.ChoiceField(choices=Membership.Role.choices)
    joined_at = serializers.DateTimeField()
    example = {
        "id": 41,
        "username": "alice",
        "name": "Alice Meier",
        "role": "member",
        "joined_at": "2026-09-01T06:00:00Z",
    }


class InstructorShape(Shape):
    name = text(254, help_text="User name or email address of an instructor.")
    example = {"name": "charlie"}


class LinkShape(Shape):
    id = serializers.IntegerField()
    code = serializers.CharField(source="spoken")
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField(allow_null=True)
    example = {
        "id": 8,
        "code": "AB2CD-EF3GH",
        "created_at": "2026-11-28T09:00:00Z",
        "expires_at": "2026-12-12T22:59:59Z",
    }


class NewLinkShape(Shape):
    until = day(
        help_text="Its last day, by the cohort's clock; left out, it is good until revoked.",
    )
    example = {"until": "2026-12-12"}


class CodeShape(Shape):
    code = text(40, help_text="As it was written down.")
    example = {"code": "AB2CD-EF3GH"}


class JoinedShape(Shape):
    id = serializers.UUIDField(source="cohort.pk")
    name = serializers.CharField(source="cohort.name")
    already = serializers.BooleanField(help_text="Whether you were in it before.")
    example = {"id": A_COHORT, "name": "First year", "already": False}


def _but_for_studies(field: str, choices: type[TextChoices]) -> list[str]:
    """What may be chosen by hand; the rest is what only a study gives."""
    return [choice for choice in choices.values if choice != RESERVED[field]]


class AssignmentShape(Shape):
    id = serializers.UUIDField()
    cohort = serializers.UUIDField(source="cohort_id")
    set = serializers.CharField(source="case_set.slug")
    game = serializers.ChoiceField(choices=Play.choices)
    title = serializers.CharField()
    instructions = serializers.CharField()
    mode = serializers.ChoiceField(choices=Assignment.Mode.choices)
    feedback = serializers.ChoiceField(choices=Assignment.Feedback.choices)
    opens_at = serializers.DateTimeField()
    closes_at = serializers.DateTimeField(allow_null=True)
    accepts_late = serializers.BooleanField()
    time_limit_min = serializers.IntegerField(allow_null=True)
    is_shuffled = serializers.BooleanField()
    shows_explanations = serializers.BooleanField()
    shows_checklist = serializers.BooleanField()
    judge = serializers.ChoiceField(choices=Assignment.Judge.choices)
    bundle = serializers.UUIDField(
        allow_null=True, help_text="Shared by two that were given together, one in each game."
    )
    withdrawn_at = serializers.DateTimeField(allow_null=True)
    example = {
        "id": AN_ASSIGNMENT,
        "cohort": A_COHORT,
        "set": "pneumothorax-k2m4qx",
        "game": "localize",
        "title": "Pneumothorax, week 48",
        "instructions": "",
        "mode": "practice",
        "feedback": "at_once",
        "opens_at": "2026-11-23T07:00:00Z",
        "closes_at": "2026-11-29T22:59:00Z",
        "accepts_late": False,
        "time_limit_min": None,
        "is_shuffled": True,
        "shows_explanations": True,
        "shows_checklist": True,
        "judge": "rules",
        "bundle": None,
        "withdrawn_at": None,
    }


class NewAssignmentShape(Shape):
    set = text(80, help_text="Slug of a set of yours, or of one that is open to you.")
    game = serializers.ChoiceField(choices=Play.choices)
    title = text(120)
    instructions = text(2000, required=False)
    mode = serializers.ChoiceField(
        choices=_but_for_studies("mode", Assignment.Mode), default=Assignment.Mode.PRACTICE
    )
    feedback = serializers.ChoiceField(
        choices=_but_for_studies("feedback", Assignment.Feedback),
        default=Assignment.Feedback.AT_ONCE,
    )
    opens_at = moment(help_text="With its offset. Left out: now.")
    closes_at = moment(help_text="With its offset. Left out: it stays open.")
    accepts_late = serializers.BooleanField(default=False)
    time_limit_min = whole(minimum=1, maximum=60 * 24 * 366, required=False, allow_null=True)
    is_shuffled = serializers.BooleanField(default=False)
    shows_explanations = serializers.BooleanField(default=True)
    shows_checklist = serializers.BooleanField(
        required=False, help_text="In Report. Left out: as the set says; a test has none."
    )
    judge = serializers.ChoiceField(
        choices=Assignment.Judge.choices,
        required=False,
        help_text="Whose mark counts in Report, where a model judges at all. Left out: as the set "
        "says.",
    )
    people = serializers.ListField(
        child=whole(minimum=1),
        default=list,
        max_length=1000,
        help_text="Ids of members; nobody: for the whole cohort, also for who joins later.",
    )
    example = {
        "set": "pneumothorax-k2m4qx",
        "game": "localize",
        "title": "Pneumothorax, week 48",
        "opens_at": "2026-11-23T08:00:00+01:00",
        "closes_at": "2026-11-29T23:59:00+01:00",
        "is_shuffled": True,
    }


class AssignmentChangesShape(Shape):
    """What is left out stays as it is."""

    title = text(120, required=False, allow_blank=False)
    instructions = text(2000, required=False)
    opens_at = moment(help_text="With its offset.")
    closes_at = moment(help_text="With its offset. Null: it stays open.")
    accepts_late = serializers.BooleanField(required=False)
    example = {"title": "Pneumothorax, weeks 48 and 49", "closes_at": "2026-12-06T23:59:00+01:00"}


class GivenShape(Shape):
    """An assignment that you were given, and what has become of your work on it."""

    id = serializers.UUIDField(source="assignment.pk")
    cohort = serializers.CharField(source="assignment.cohort.name", help_text="Its name.")
    cohort_id = serializers.UUIDField(source="assignment.cohort_id")
    game = serializers.ChoiceField(source="assignment.game", choices=Play.choices)
    title = serializers.CharField(source="assignment.title")
    instructions = serializers.CharField(source="assignment.instructions")
    mode = serializers.ChoiceField(source="assignment.mode", choices=Assignment.Mode.choices)
    feedback = serializers.ChoiceField(
        source="assignment.feedback", choices=Assignment.Feedback.choices
    )
    opens_at = serializers.DateTimeField(source="assignment.opens_at")
    closes_at = serializers.DateTimeField(source="assignment.closes_at", allow_null=True)
    accepts_late = serializers.BooleanField(source="assignment.accepts_late")
    time_limit_min = serializers.IntegerField(source="assignment.time_limit_min", allow_null=True)
    ends_at = serializers.DateTimeField(
        allow_null=True, help_text="Last moment for a submit by now; a time limit begins with you."
    )
    fate = serializers.ChoiceField(choices=FATES)
    is_open = serializers.BooleanField(help_text="Whether something can still be done.")
    submitted = serializers.IntegerField(source="work.submitted")
    of = serializers.IntegerField(source="work.of")
    example = {
        "id": AN_ASSIGNMENT,
        "cohort": "First year",
        "cohort_id": A_COHORT,
        "game": "localize",
        "title": "Pneumothorax, week 48",
        "instructions": "",
        "mode": "practice",
        "feedback": "at_once",
        "opens_at": "2026-11-23T07:00:00Z",
        "closes_at": "2026-11-29T22:59:00Z",
        "accepts_late": False,
        "time_limit_min": None,
        "ends_at": "2026-11-29T22:59:00Z",
        "fate": "under_way",
        "is_open": True,
        "submitted": 3,
        "of": 20,
    }


class ResultShape(Shape):
    """A learner's work on an assignment."""

    username = serializers.CharField(source="person.username")
    name = serializers.CharField(source="person.display_name")
    fate = serializers.ChoiceField(choices=FATES)
    submitted = serializers.IntegerField(source="work.submitted")
    of = serializers.IntegerField(source="work.of")
    mean = serializers.FloatField(allow_null=True, help_text="Of what was submitted, 0 to 1.")
    seconds = serializers.FloatField()
    started_at = serializers.DateTimeField(source="work.started_at", allow_null=True)
    last_at = serializers.DateTimeField(source="work.last_at", allow_null=True)
    example = {
        "username": "alice",
        "name": "Alice Meier",
        "fate": "complete",
        "submitted": 20,
        "of": 20,
        "mean": 0.74,
        "seconds": 1210.5,
        "started_at": "2026-11-24T17:00:00Z",
        "last_at": "2026-11-24T17:31:00Z",
    }


# --- cohorts --------------------------------------------------------------------


class TeachOperation(Operation):
    """What instructors do; that the cohort is theirs is ``access.py``'s to ask."""

    scopes = (Scope.TEACH,)


def _counted(cohort: Cohort) -> Cohort:
    """With how many learn in it."""
    here = Q(memberships__left_at__isnull=True, memberships__role=Membership.Role.MEMBER)
    counted = Cohort.objects.annotate(learners=Count("memberships", filter=here))
    return counted.get(pk=cohort.pk)


class Cohorts(Operation):
    def scopes_for(self, method: str) -> tuple[Scope, ...]:
        return (Scope.TEACH,) if method == "POST" else (Scope.PLAY, Scope.TEACH)

    def admits(self, person: User, method: str) -> bool:
        return method != "POST" or may_teach(person)

    @operation("cohorts", "Your cohorts", gives=SharedCohortShape, listed=True)
    def get(self, request: Request) -> Response:
        """Those you teach, and those you learn in."""
        own = Membership.objects.present().filter(person=person_of(request))
        rows = own.select_related("cohort").order_by(
            F("cohort__archived_at").desc(nulls_first=True), "cohort__name", "pk"
        )
        return page(request, rows, SharedCohortShape)

    @operation("make_cohort", "Make a cohort", takes=NewCohortShape, gives=CohortShape, status=201)
    def post(self, request: Request) -> Response:
        """You teach it. For instructors."""
        form = CohortForm(form_data(sent(request, NewCohortShape)))
        accept(form)
        return answer(CohortShape, _counted(form.create(person_of(request))), 201)


class OneCohort(TeachOperation):
    @operation("cohort", "A cohort you teach", gives=CohortShape)
    def get(self, request: Request, cohort_id: uuid.UUID) -> Response:
        """Whoever does not teach it cannot tell that it exists."""
        return answer(CohortShape, _counted(get_cohort(person_of(request), cohort_id)))

    @operation("change_cohort", "Change a cohort", takes=CohortChangesShape, gives=CohortShape)
    def patch(self, request: Request, cohort_id: uuid.UUID) -> Response:
        """Its name, description and clock."""
        found = get_cohort(person_of(request), cohort_id)
        now = model_to_dict(found, CohortForm.Meta.fields)
        changes = {**now, **sent(request, CohortChangesShape)}
        form = CohortForm(form_data(changes), instance=found)
        accept(form)
        form.save()
        return answer(CohortShape, _counted(found))


class Archive(TeachOperation):
    @operation("archive_cohort", "Archive a cohort", gives=CohortShape)
    def post(self, request: Request, cohort_id: uuid.UUID) -> Response:
        """Nobody joins it, nothing new is assigned, and what is assigned takes no more work.

        What was done stays. Its links are revoked.
        """
        found = get_cohort(person_of(request), cohort_id)
        services.archive_cohort(cohort=found)
        return answer(CohortShape, _counted(found))


class Reopen(TeachOperation):
    @operation("reopen_cohort", "Take a cohort up again", gives=CohortShape)
    def post(self, request: Request, cohort_id: uuid.UUID) -> Response:
        """Its old links stay revoked."""
        found = get_cohort(person_of(request), cohort_id)
        services.reopen_cohort(cohort=found)
        return answer(CohortShape, _counted(found))


class CohortBoard(Operation):
    scopes = (Scope.PLAY, Scope.TEACH)

    @operation("cohort_board", "A cohort's board", asks=BoardQuestion, gives=BoardShape)
    def get(self, request: Request, cohort_id: uuid.UUID) -> Response:
        """Its learners by rating, for its learners and instructors."""
        reader = person_of(request)
        own = get_shared(reader, cohort_id)
        learners = Membership.objects.learners().filter(cohort=own.cohort_id)
        board = cohort_page(reader, board_question(request), learners.values("person"))
        learns = own.role == Membership.Role.MEMBER
        return board_answer(board, reader, is_site=False, may_be_on=learns)


# --- people ---------------------------------------------------------------------


class Members(TeachOperation):
    @operation("members", "Who is in a cohort", gives=MemberShape, listed=True)
    def get(self, request: Request, cohort_id: uuid.UUID) -> Response:
        """Instructors first, then learners by name."""
        found = get_cohort(person_of(request), cohort_id)
        people = found.memberships.select_related("person").present()
        return page(request, people.order_by("role", "person__username"), MemberShape)


class OneMember(TeachOperation):
    @operation("remove_member", "Remove somebody", conflict=True)
    def delete(self, request: Request, cohort_id: uuid.UUID, membership_id: int) -> Response:
        """They keep their results, and the cohort keeps what they did in it.

        To come back they need a link that is made after this; who removes themself needs any.
        """
        person = person_of(request)
        membership = get_membership(person, cohort_id, membership_id)
        is_own = membership.person_id == person.pk
        end = services.leave_cohort if is_own else services.remove_member
        with refusing(ClassroomError):
            end(membership=membership)
        return done()


class Instructors(TeachOperation):
    @operation(
        "add_instructor",
        "Add an instructor",
        takes=InstructorShape,
        gives=MemberShape,
        status=201,
        conflict=True,
    )
    def post(self, request: Request, cohort_id: uuid.UUID) -> Response:
        """Somebody who is an instructor already; staff make instructors."""
        found = get_cohort(person_of(request), cohort_id)
        form = InstructorForm(form_data(sent(request, InstructorShape)))
        accept(form)
        with refusing(ClassroomError):
            return answer(MemberShape, form.add(found), 201)


class Leave(Operation):
    @operation("leave_cohort", "Leave a cohort")
    def post(self, request: Request, cohort_id: uuid.UUID) -> Response:
        """You keep your results; joining again takes a code."""
        person = person_of(request)
        found = get_attended(person, cohort_id)
        membership = Membership.objects.present().get(cohort=found, person=person)
        services.leave_cohort(membership=membership)
        return done()


class Join(Operation):
    @operation("join_cohort", "Join a cohort", takes=CodeShape, gives=JoinedShape, conflict=True)
    def post(self, request: Request) -> Response:
        """By the code of a link; its instructors then see what you do in what they assign."""
        form = CodeForm(form_data(sent(request, CodeShape)))
        accept(form)
        with refusing(ClassroomError):
            return answer(JoinedShape, form.join(person_of(request)))


# --- links ----------------------------------------------------------------------


class Links(TeachOperation):
    @operation("links", "Links into a cohort", gives=LinkShape, listed=True)
    def get(self, request: Request, cohort_id: uuid.UUID) -> Response:
        """Those that let somebody in now."""
        return page(request, open_links(get_cohort(person_of(request), cohort_id)), LinkShape)

    @operation(
        "make_link",
        "Make a link",
        takes=NewLinkShape,
        gives=LinkShape,
        status=201,
        conflict=True,
    )
    def post(self, request: Request, cohort_id: uuid.UUID) -> Response:
        """Whoever has its code joins as a learner."""
        found = get_cohort(person_of(request), cohort_id)
        form = LinkForm(form_data(sent(request, NewLinkShape)))
        accept(form)
        with refusing(ClassroomError):
            made: JoinLink = form.create(found, person_of(request))
        return answer(LinkShape, made, 201)


class OneLink(TeachOperation):
    @operation("revoke_link", "Revoke a link")
    def delete(self, request: Request, cohort_id: uuid.UUID, link_id: int) -> Response:
        """Who joined by it stays."""
        services.revoke_link(link=get_link(person_of(request), cohort_id, link_id))
        return done()


# --- assignments ----------------------------------------------------------------


class Given(Operation):
    @operation("assignments", "What you were assigned", gives=GivenShape, listed=True)
    def get(self, request: Request) -> Response:
        """What closes first before all, with what has become of your work on it."""
        return page(request, given_to(person_of(request)), GivenShape)


class CohortAssignments(TeachOperation):
    @operation("cohort_assignments", "A cohort's assignments", gives=AssignmentShape, listed=True)
    def get(self, request: Request, cohort_id: uuid.UUID) -> Response:
        """The newest first; withdrawn ones too, since their results stay."""
        found = get_cohort(person_of(request), cohort_id)
        rows = found.assignments.select_related("case_set").order_by("-opens_at", "-pk")
        return page(request, rows, AssignmentShape)

    @operation(
        "assign",
        "Assign a set",
        takes=NewAssignmentShape,
        gives=AssignmentShape,
        status=201,
        conflict=True,
    )
    def post(self, request: Request, cohort_id: uuid.UUID) -> Response:
        """To the whole cohort, or to some of its members."""
        maker = person_of(request)
        found = get_cohort(maker, cohort_id)
        given = sent(request, NewAssignmentShape)
        unsaid = [name for name in BY_THE_SET if name not in given]
        data = _assignment_data(maker, given)
        form = AssignmentForm(data, cohort=found, maker=maker, unsaid=unsaid)
        accept(form, called={"case_set": "set", "games": "game"})
        with refusing(ClassroomError):
            return answer(AssignmentShape, form.create(), 201)


def _assignment_data(maker: User, given: dict[str, Any]) -> Any:
    """What the page's form takes: the set by its key, and a moment to open at."""
    slug = given.pop("set")
    sets: QuerySet[CaseSet] = assignable_sets(maker)
    key = sets.filter(slug=slug).values_list("pk", flat=True).first()
    # A form tells which set it does not know; no set has this key.
    opens_at = given.pop("opens_at", None) or timezone.now()
    games = [given.pop("game")]
    return form_data({**given, "case_set": key or 0, "games": games, "opens_at": opens_at})


class OneAssignment(TeachOperation):
    @operation("assignment", "An assignment you made", gives=AssignmentShape)
    def get(self, request: Request, assignment_id: uuid.UUID) -> Response:
        """Of a cohort that you teach, withdrawn or not."""
        return answer(AssignmentShape, get_taught_assignment(person_of(request), assignment_id))

    @operation(
        "change_assignment",
        "Change an assignment",
        takes=AssignmentChangesShape,
        gives=AssignmentShape,
        conflict=True,
    )
    def patch(self, request: Request, assignment_id: uuid.UUID) -> Response:
        """Its words and dates, also of the one given together; no part of a study.

        Once somebody has begun, it may close later and take late work, and nothing becomes worse.
        """
        found = get_standing_assignment(person_of(request), assignment_id)
        now = model_to_dict(found, EditAssignmentForm.Meta.fields)
        changes = {**now, **sent(request, AssignmentChangesShape)}
        form = EditAssignmentForm(form_data(changes), assignment=found)
        accept(form)
        with refusing(ClassroomError):
            form.save_changes()
        return answer(AssignmentShape, found)


class Results(TeachOperation):
    @operation("results", "What became of an assignment", gives=ResultShape, listed=True)
    def get(self, request: Request, assignment_id: uuid.UUID) -> Response:
        """Everybody's work, also of those who have gone since."""
        found = get_taught_assignment(person_of(request), assignment_id)
        return page(request, results(found), ResultShape)


class Withdraw(TeachOperation):
    @operation(
        "withdraw_assignment", "Withdraw an assignment", gives=AssignmentShape, conflict=True
    )
    def post(self, request: Request, assignment_id: uuid.UUID) -> Response:
        """Nobody can begin or go on; what was submitted stays. A study is closed as a whole."""
        found = get_taught_assignment(person_of(request), assignment_id)
        with refusing(ClassroomError):
            withdraw_assignment(assignment=found)
        return answer(AssignmentShape, found)


urlpatterns = [
    path("cohorts/", Cohorts.as_view(), name="cohorts"),
    path("cohorts/join/", Join.as_view(), name="join_cohort"),
    path("cohorts/<uuid:cohort_id>/", OneCohort.as_view(), name="cohort"),
    path("cohorts/<uuid:cohort_id>/archive/", Archive.as_view(), name="archive_cohort"),
    path("cohorts/<uuid:cohort_id>/reopen/", Reopen.as_view(), name="reopen_cohort"),
    path("cohorts/<uuid:cohort_id>/board/", CohortBoard.as_view(), name="cohort_board"),
    path("cohorts/<uuid:cohort_id>/leave/", Leave.as_view(), name="leave_cohort"),
    path("cohorts/<uuid:cohort_id>/members/", Members.as_view(), name="members"),
    path(
        "cohorts/<uuid:cohort_id>/members/<int:membership_id>/",
        OneMember.as_view(),
        name="remove_member",
    ),
    path("cohorts/<uuid:cohort_id>/instructors/", Instructors.as_view(), name="add_instructor"),
    path("cohorts/<uuid:cohort_id>/links/", Links.as_view(), name="links"),
    path("cohorts/<uuid:cohort_id>/links/<int:link_id>/", OneLink.as_view(), name="revoke_link"),
    path(
        "cohorts/<uuid:cohort_id>/assignments/",
        CohortAssignments.as_view(),
        name="cohort_assignments",
    ),
    path("assignments/", Given.as_view(), name="assignments"),
    path("assignments/<uuid:assignment_id>/", OneAssignment.as_view(), name="assignment"),
    path("assignments/<uuid:assignment_id>/results/", Results.as_view(), name="results"),
    path(
        "assignments/<uuid:assignment_id>/withdraw/",
        Withdraw.as_view(),
        name="withdraw_assignment",
    ),
]
