"""The rules of assignments: giving one out, changing it, taking it back, and what became of it."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import transaction
from django.db.models import Avg, Count, F, Max, Q, QuerySet, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from radgame.accounts.models import User
from radgame.cases.models import Case, CaseSet, Play
from radgame.progress.models import Outcome

from .models import Assignment, AssignmentMember, Cohort, Enrolment, Membership, TrialPart
from .services import ClassroomError
from .terms import Fate, Work, deadline, fate

# What stays open comes last; SQLite has "nothing" before all, PostgreSQL after.
CLOSING_FIRST: Final = (F("closes_at").asc(nulls_last=True), "opens_at")


@dataclass(frozen=True, slots=True)
class Result:
    """A learner's work on an assignment. ``mean``: of what was submitted, in [0, 1]."""

    person: User
    fate: Fate
    work: Work
    mean: float | None
    seconds: float


@dataclass(frozen=True, slots=True)
class Given:
    """An assignment as the learner it was given to sees it."""

    assignment: Assignment
    fate: Fate
    work: Work
    sitting: uuid.UUID | None = None

    @property
    def is_open(self) -> bool:
        """Whether something can still be done."""
        return self.fate in {Fate.NOT_STARTED, Fate.UNDER_WAY}

    @property
    def ends_at(self) -> datetime | None:
        """The last moment for a submit, as far as it is known by now."""
        return deadline(self.assignment.terms, self.work.started_at)


def assignable_sets(person: User) -> QuerySet[CaseSet]:
    """The sets this person may give out: their own, and those that are open to them."""
    return CaseSet.objects.read_by(person).standing()


def size_in_game(case_set: CaseSet, game: str) -> int:
    size: int = getattr(case_set, f"{game}_size")
    return size


def check_set(case_set: CaseSet, game: Play) -> None:
    """Raises ``ClassroomError`` for a set that learners cannot play to its end in this game."""
    if not size_in_game(case_set, game):
        raise ClassroomError(
            _("“%(set)s” has no case that can be played in %(game)s.")
            % {"set": case_set.title, "game": game.label}
        )
    # Play steps over what somebody may not open: they would get fewer films, or none, unsaid.
    closed = (
        Case.objects.playable_as(game)
        .filter(set_items__case_set=case_set)
        .closed_to_learners()
        .values_list("dataset__name")
        .annotate(Count("pk"))
        .order_by("dataset__name")
        .first()
    )
    if closed is not None:
        dataset, count = closed
        raise ClassroomError(
            _(
                "Of the cases of “%(set)s”, %(count)d are of the dataset “%(dataset)s”, which "
                "learners may not open. Take them out of the set, or ask staff to open the dataset "
                "to signed-in readers."
            )
            % {"dataset": dataset, "set": case_set.title, "count": count}
        )


def work_of(
    assignment: Assignment,
    *,
    started_at: datetime | None,
    finished_at: datetime | None,
    submitted: int,
    last_at: datetime | None,
) -> Work:
    """What somebody has done of it, for themselves and for who teaches them alike."""
    of = size_in_game(assignment.case_set, assignment.game)
    return Work(started_at, submitted, of, last_at, finished_at)


def create_assignment(
    *, cohort: Cohort, made_by: User, members: Sequence[Membership] = (), **conditions: Any
) -> Assignment:
    """Give a case set to a cohort, or to these members of it; ``conditions``: the model's fields.

    Where nothing is said of the checklist and of whose mark counts, they are as the case set says,
    and a test has no checklist. Raises ``ClassroomError`` for an archived cohort, a set without
    cases for the game, or with some that learners may not open, dates that do not follow each
    other, a member of another cohort, and what only studies give.
    """
    conditions = _with_defaults(conditions)
    if Assignment.Mode.PASSIVE in conditions.values() or (
        conditions.get("feedback") == Assignment.Feedback.AFTER_STUDY
    ):
        raise ClassroomError(_("Only a study shows films with their answers, or waits for itself."))
    if cohort.is_archived:
        raise ClassroomError(_("This cohort is archived. Reopen it to assign something."))
    check_set(conditions["case_set"], Play(conditions["game"]))
    closes_at: datetime | None = conditions.get("closes_at")
    if closes_at is not None and closes_at <= conditions["opens_at"]:
        raise ClassroomError(_("It would close before it opens. Change one of the two dates."))
    if conditions.get("feedback") == Assignment.Feedback.AFTER_CLOSE and closes_at is None:
        raise ClassroomError(_("Feedback after closing needs a date on which it closes."))
    if any(member.cohort_id != cohort.pk for member in members):
        raise ClassroomError(_("Only members of this cohort can be given its assignments."))
    with transaction.atomic():
        made = Assignment.objects.create(
            cohort=cohort, made_by=made_by, is_for_all=not members, **conditions
        )
        AssignmentMember.objects.bulk_create(
            AssignmentMember(assignment=made, membership=member) for member in members
        )
    return made


def _with_defaults(conditions: dict[str, Any]) -> dict[str, Any]:
    case_set: CaseSet = conditions["case_set"]
    is_test = conditions.get("mode") == Assignment.Mode.TEST
    judge = Assignment.Judge.MODEL if case_set.model_judge_counts else Assignment.Judge.RULES
    return {
        "shows_checklist": case_set.shows_checklist and not is_test,
        "judge": judge,
        **conditions,
    }


def create_assignments(
    *,
    games: Sequence[Play],
    cohort: Cohort,
    made_by: User,
    members: Sequence[Membership] = (),
    **conditions: Any,
) -> list[Assignment]:
    """The same for one game or for both: then two that are shown together and share their terms."""
    if not games:
        raise ClassroomError(_("Choose at least one game."))
    bundle = uuid.uuid4() if len(games) > 1 else None
    with transaction.atomic():
        return [
            create_assignment(
                cohort=cohort,
                made_by=made_by,
                members=members,
                game=game,
                bundle=bundle,
                **conditions,
            )
            for game in games
        ]


def bundled(assignment: Assignment) -> QuerySet[Assignment]:
    """The assignment with the one that was given together with it, if there is one."""
    if assignment.bundle is None:
        return Assignment.objects.filter(pk=assignment.pk)
    return Assignment.objects.filter(cohort=assignment.cohort_id, bundle=assignment.bundle)


def is_begun(assignment: Assignment) -> bool:
    """Whether somebody has begun it, or what was given together with it."""
    return any(
        bundled(assignment).filter(**{f"{game.value}_sittings__isnull": False}).exists()
        for game in Play
    )


def edit_assignment(
    *,
    assignment: Assignment,
    title: str,
    instructions: str,
    opens_at: datetime,
    closes_at: datetime | None,
    accepts_late: bool,
    now: datetime | None = None,
) -> None:
    """Change an assignment's words and dates, and with it those of the one given together.

    Once somebody has begun, nothing that they were promised may become worse: it may close later
    or not at all, and take late work; it may not open at another time, close sooner, or refuse late
    work. Raises ``ClassroomError`` with what cannot be changed.
    """
    if assignment.withdrawn_at is not None:
        raise ClassroomError(_("This was withdrawn. Give it out anew instead."))
    if closes_at is not None and closes_at <= opens_at:
        raise ClassroomError(_("It would close before it opens. Change one of the two dates."))
    if closes_at is None and assignment.feedback == Assignment.Feedback.AFTER_CLOSE:
        raise ClassroomError(_("Feedback after closing needs a date on which it closes."))
    if is_begun(assignment):
        _refuse_worse(assignment, opens_at, closes_at, accepts_late=accepts_late)
    moment = now or timezone.now()
    takes_again = closes_at != assignment.closes_at or (
        accepts_late and assignment.feedback == Assignment.Feedback.AFTER_SET
    )
    if takes_again and _feedback_has_opened(assignment, moment):
        raise ClassroomError(
            _("It has closed and its feedback is open. Work that is sent in now would not be fair.")
        )
    bundled(assignment).update(
        title=title,
        instructions=instructions,
        opens_at=opens_at,
        closes_at=closes_at,
        accepts_late=accepts_late,
    )
    assignment.refresh_from_db()


def _refuse_worse(
    assignment: Assignment, opens_at: datetime, closes_at: datetime | None, *, accepts_late: bool
) -> None:
    if opens_at != assignment.opens_at:
        raise ClassroomError(_("Somebody has begun, so the moment it opened stays as it is."))
    before = assignment.closes_at
    if closes_at is not None and (before is None or closes_at < before):
        raise ClassroomError(
            _("Somebody has begun and was told until when. It may close later, not sooner.")
        )
    if assignment.accepts_late and not accepts_late:
        raise ClassroomError(
            _("Somebody has begun and was told that late work is taken. That stays.")
        )


def _feedback_has_opened(assignment: Assignment, now: datetime) -> bool:
    """Whether closing has opened feedback, which taking work again would hide, or make unfair.

    After the set, that is the feedback of those who had begun and were not done.
    """
    if assignment.closes_at is None or now <= assignment.closes_at:
        return False
    if assignment.feedback == Assignment.Feedback.AFTER_CLOSE:
        return True
    is_after_set = assignment.feedback == Assignment.Feedback.AFTER_SET
    return is_after_set and not assignment.accepts_late and _is_left_undone(assignment)


def _is_left_undone(assignment: Assignment) -> bool:
    return any(
        bundled(assignment)
        .filter(
            **{
                f"{game.value}_sittings__isnull": False,
                f"{game.value}_sittings__finished_at__isnull": True,
            }
        )
        .exists()
        for game in Play
    )


def part_of(assignment: Assignment) -> TrialPart | None:
    """What it is in a study; no query where it came with ``trial_part``."""
    part: TrialPart | None = getattr(assignment, "trial_part", None)
    return part


def withdraw_assignment(*, assignment: Assignment) -> None:
    """Take it back: nobody can begin or go on; what was submitted stays in the results.

    Raises ``ClassroomError`` for a part of a study, which is closed as a whole.
    """
    if part_of(assignment) is not None:
        raise ClassroomError(_("This is a part of a study. Close the study instead."))
    if assignment.withdrawn_at is None:
        assignment.withdrawn_at = timezone.now()
        assignment.save(update_fields=["withdrawn_at"])


# --- what became of it -----------------------------------------------------------


def addressees(assignment: Assignment) -> QuerySet[User]:
    """The learners it is for, who are in the cohort now."""
    learners = Membership.objects.learners().filter(cohort=assignment.cohort_id)
    part = part_of(assignment)
    if part is not None:
        reached = Enrolment.objects.filter(trial=part.trial_id)
        if part.arm_id is not None:
            reached = reached.filter(arm=part.arm_id)
        return User.objects.filter(
            pk__in=learners.filter(pk__in=reached.values("membership")).values("person")
        ).order_by("username")
    if not assignment.is_for_all:
        learners = learners.filter(assignments__assignment=assignment)
    return User.objects.filter(pk__in=learners.values("person")).order_by("username")


def results(assignment: Assignment, *, now: datetime | None = None) -> list[Result]:
    """Everybody's work, also of those who have gone since: four queries, whatever the size."""
    now = now or timezone.now()
    played = _played(assignment)
    begun = _begun(assignment)
    people = {person.pk: person for person in addressees(assignment)}
    gone = (set(played) | set(begun)) - set(people)
    people |= {person.pk: person for person in User.objects.filter(pk__in=gone)}
    return [
        _result(assignment, person, begun.get(key), played.get(key, {}), now)
        for key, person in people.items()
    ]


def _played(assignment: Assignment) -> dict[int, dict[str, Any]]:
    if assignment.mode == Assignment.Mode.PASSIVE:
        return _seen(assignment)
    rows = (
        Outcome.objects.filter(assignment=assignment.pk)
        .values("reader")
        .annotate(
            submitted=Count("pk"),
            mean=Avg("score"),
            seconds=Sum("seconds"),
            last_at=Max("occurred_at"),
        )
    )
    return {row["reader"]: dict(row) for row in rows}


def _seen(assignment: Assignment) -> dict[int, dict[str, Any]]:
    """The same of films that were shown with their answers: there is no score."""
    # The games lie above; each names the way to its sittings like this (radgame.playing.models).
    rows = (
        getattr(assignment, f"{assignment.game}_sittings")
        .filter(exposures__left_at__isnull=False)
        .values("reader")
        .annotate(
            submitted=Count("exposures"),
            seconds=Sum("exposures__seconds"),
            last_at=Max("exposures__left_at"),
        )
    )
    return {row["reader"]: {**row, "mean": None} for row in rows}


def _begun(assignment: Assignment) -> dict[int, tuple[datetime, datetime | None]]:
    """By learner, when they began and when they finished."""
    # The games lie above; each names the way to its sittings like this (radgame.playing.models).
    sittings = getattr(assignment, f"{assignment.game}_sittings")
    rows = sittings.values_list("reader", "started_at", "finished_at")
    return {reader: (started_at, finished_at) for reader, started_at, finished_at in rows}


def _result(
    assignment: Assignment,
    person: User,
    begun: tuple[datetime, datetime | None] | None,
    played: dict[str, Any],
    now: datetime,
) -> Result:
    started_at, finished_at = begun or (None, None)
    work = work_of(
        assignment,
        started_at=started_at,
        finished_at=finished_at,
        submitted=played.get("submitted", 0),
        last_at=played.get("last_at"),
    )
    return Result(
        person=person,
        fate=fate(assignment.terms, work, now),
        work=work,
        mean=played.get("mean"),
        seconds=played.get("seconds") or 0.0,
    )


# --- the learner's side ----------------------------------------------------------


def given_to(person: User, *, now: datetime | None = None) -> list[Given]:
    """What this person was given and can see by now, what closes first before all.

    Without the parts of studies, which their own pages give (``studies``).
    """
    now = now or timezone.now()
    assignments = list(
        Assignment.objects.given_to(person)
        .alone()
        .filter(opens_at__lte=now)
        .select_related("cohort", "case_set")
        .order_by(*CLOSING_FIRST, "bundle", "game")
    )
    return _as_given(person, assignments, now)


def taken_back_from(person: User, *, now: datetime | None = None) -> list[Given]:
    """What this person has begun and cannot go on with, the newest first: their work stays theirs.

    It was withdrawn, its cohort is archived, or they no longer learn there.
    """
    begun = Q()
    for game in Play:
        sittings = getattr(person, f"{game.value}_sittings").filter(assignment__isnull=False)
        begun |= Q(pk__in=sittings.values("assignment"))
    assignments = list(
        Assignment.objects.alone()
        .filter(begun)
        .exclude(pk__in=Assignment.objects.taken_from(person).values("pk"))
        .select_related("cohort", "case_set")
        .order_by("-opens_at", "bundle", "game")
    )
    return _as_given(person, assignments, now or timezone.now())


def _as_given(person: User, assignments: Sequence[Assignment], now: datetime) -> list[Given]:
    submitted = {
        assignment: (count, last_at)
        for assignment, count, last_at in Outcome.objects.filter(
            reader=person, assignment__in=[a.pk for a in assignments]
        )
        .values_list("assignment")
        .annotate(Count("pk"), Max("occurred_at"))
    }
    own = own_sittings(person, assignments)
    return [_given(a, own.get(a.pk), *submitted.get(a.pk, (0, None)), now) for a in assignments]


@dataclass(frozen=True, slots=True)
class OwnSitting:
    """A learner's sitting of an assignment."""

    key: uuid.UUID
    started_at: datetime
    finished_at: datetime | None


def own_sittings(person: User, assignments: Sequence[Assignment]) -> dict[Any, OwnSitting]:
    """By assignment, the sitting of who has begun it: one query a game that is among them."""
    found: dict[Any, OwnSitting] = {}
    for game in sorted({assignment.game for assignment in assignments}):
        sittings = getattr(person, f"{game}_sittings").filter(
            assignment__in=[a.pk for a in assignments if a.game == game]
        )
        for assignment, *own in sittings.values_list(
            "assignment", "pk", "started_at", "finished_at"
        ):
            found[assignment] = OwnSitting(*own)
    return found


def _given(
    assignment: Assignment,
    own: OwnSitting | None,
    submitted: int,
    last_at: datetime | None,
    now: datetime,
) -> Given:
    work = work_of(
        assignment,
        started_at=None if own is None else own.started_at,
        finished_at=None if own is None else own.finished_at,
        submitted=submitted,
        last_at=last_at,
    )
    key = None if own is None else own.key
    return Given(assignment, fate(assignment.terms, work, now), work, key)
