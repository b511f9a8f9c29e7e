"""The rules of studies: making one, taking part, going on from phase to phase, closing it."""

import secrets
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from radgame.accounts.models import User
from radgame.cases.models import CaseSet, CaseSetItem, Play
from radgame.classroom.assigning import check_set
from radgame.classroom.models import (
    CODE_LETTERS,
    Arm,
    Assignment,
    Cohort,
    Enrolment,
    Membership,
    Trial,
    TrialPart,
)
from radgame.classroom.services import ClassroomError

from .randomisation import arm_at

FEWEST_ARMS: Final = 2
MOST_ARMS: Final = 4
CODE_LENGTH: Final = 6
Phase = TrialPart.Phase


@dataclass(frozen=True, slots=True)
class ArmPlan:
    """An arm as it is asked for."""

    name: str
    mode: str
    training_set: CaseSet


# --- making one --------------------------------------------------------------------


def create_trial(
    *,
    cohort: Cohort,
    made_by: User,
    title: str,
    description: str,
    games: Sequence[Play],
    pre_set: CaseSet,
    post_set: CaseSet,
    arms: Sequence[ArmPlan],
    opens_at: datetime,
    closes_at: datetime | None = None,
    is_shuffled: bool = True,
    shows_checklist: bool = False,
    allows_overlap: bool = False,
) -> Trial:
    """Write a protocol down, with the assignments it is made of; it cannot be changed afterwards.

    Raises ``ClassroomError`` for an archived cohort, too few or too many arms, two of one name, a
    set without cases for a game, or with some that learners may not open, dates that do not follow
    each other, tests that share some cases but not all, and training on a test's cases unless
    ``allows_overlap``.
    """
    if cohort.is_archived:
        raise ClassroomError(_("This cohort is archived. Reopen it to begin a study."))
    if closes_at is not None and closes_at <= opens_at:
        raise ClassroomError(_("It would close before it opens. Change one of the two dates."))
    _check_arms(arms)
    _check_sets(games, [pre_set, post_set, *(arm.training_set for arm in arms)])
    _check_overlap(pre_set, post_set, arms, allows_overlap=allows_overlap)
    with transaction.atomic():
        trial = Trial.objects.create(
            cohort=cohort,
            made_by=made_by,
            title=title,
            description=description,
            pre_set=pre_set,
            post_set=post_set,
            opens_at=opens_at,
            closes_at=closes_at,
            is_shuffled=is_shuffled,
            allows_overlap=allows_overlap,
        )
        made = [
            Arm.objects.create(
                trial=trial,
                position=position,
                name=arm.name,
                mode=arm.mode,
                training_set=arm.training_set,
            )
            for position, arm in enumerate(arms)
        ]
        for game in games:
            _give(trial, game, Phase.PRE, pre_set, shows_checklist=shows_checklist)
            for arm in made:
                _give(
                    trial,
                    game,
                    Phase.TRAINING,
                    arm.training_set,
                    arm=arm,
                    shows_checklist=shows_checklist,
                )
            _give(trial, game, Phase.POST, post_set, shows_checklist=shows_checklist)
    return trial


def _check_arms(arms: Sequence[ArmPlan]) -> None:
    if not FEWEST_ARMS <= len(arms) <= MOST_ARMS:
        raise ClassroomError(
            _("A study compares two to %(most)d arms. Name at least two.") % {"most": MOST_ARMS}
        )
    if len({arm.name.casefold() for arm in arms}) < len(arms):
        raise ClassroomError(_("Two arms have the same name. Give each its own."))


def _check_sets(games: Sequence[Play], sets: Sequence[CaseSet]) -> None:
    if not games:
        raise ClassroomError(_("Choose at least one game."))
    for game in games:
        for case_set in sets:
            check_set(case_set, game)


def _check_overlap(
    pre_set: CaseSet, post_set: CaseSet, arms: Sequence[ArmPlan], *, allows_overlap: bool
) -> None:
    before, after = _cases(pre_set), _cases(post_set)
    if before & after and before != after:
        raise ClassroomError(
            _(
                "The two tests share some cases but not all. Take the same set for both, or two "
                "sets without a case in common."
            )
        )
    for arm in arms:
        shared = _cases(arm.training_set) & (before | after)
        if shared and not allows_overlap:
            raise ClassroomError(
                _(
                    "“%(set)s”, which %(arm)s trains on, shares %(count)d cases with a test: their "
                    "answers would be seen before it. Choose another set, or confirm below that "
                    "this is meant."
                )
                % {"set": arm.training_set.title, "arm": arm.name, "count": len(shared)}
            )


def _cases(case_set: CaseSet) -> set[int]:
    return set(CaseSetItem.objects.filter(case_set=case_set).values_list("case_id", flat=True))


def _give(
    trial: Trial,
    game: Play,
    phase: Phase,
    case_set: CaseSet,
    *,
    arm: Arm | None = None,
    shows_checklist: bool,
) -> None:
    conditions: dict[str, Any] = {
        "mode": Assignment.Mode.TEST,
        "feedback": Assignment.Feedback.AFTER_STUDY,
    }
    if arm is not None:
        passive = arm.mode == Arm.Mode.PASSIVE
        conditions = {
            "mode": Assignment.Mode.PASSIVE if passive else Assignment.Mode.PRACTICE,
            "feedback": Assignment.Feedback.AT_ONCE,
        }
    assignment = Assignment.objects.create(
        cohort=trial.cohort,
        made_by=trial.made_by,
        case_set=case_set,
        game=game,
        # Without the arm's name: who is in one need not know of the others.
        title=f"{trial.title}: {phase.label}",
        opens_at=trial.opens_at,
        closes_at=trial.closes_at,
        is_shuffled=trial.is_shuffled,
        shows_checklist=shows_checklist,
        # The same rules for everybody, at once and on any day: a model may answer otherwise.
        judge=Assignment.Judge.RULES,
        **conditions,
    )
    TrialPart.objects.create(trial=trial, phase=phase, arm=arm, assignment=assignment)


def is_closed(trial: Trial, now: datetime) -> bool:
    return trial.closed_at is not None or (trial.closes_at is not None and now >= trial.closes_at)


def extend_trial(*, trial: Trial, closes_at: datetime | None) -> None:
    """Let a study close later, or not before it is closed by hand; nothing else of it can change.

    Raises ``ClassroomError`` for an earlier moment than was promised, and for one that is closed:
    its seed is known, and the feedback of its tests is open.
    """
    now = timezone.now()
    with transaction.atomic():
        locked = Trial.objects.select_for_update().get(pk=trial.pk)
        if is_closed(locked, now):
            raise ClassroomError(_("It is closed: its seed is told, and its feedback is open."))
        before = locked.closes_at
        if closes_at is not None and (before is None or closes_at < before):
            raise ClassroomError(
                _("Those who take part were told until when. It may close later, not sooner.")
            )
        locked.closes_at = closes_at
        locked.save(update_fields=["closes_at"])
        Assignment.objects.filter(trial_part__trial=trial).update(closes_at=closes_at)
    trial.refresh_from_db()


def close_trial(*, trial: Trial) -> None:
    """End a study now: no more is taken, and feedback of its tests opens."""
    now = timezone.now()
    with transaction.atomic():
        locked = Trial.objects.select_for_update().get(pk=trial.pk)
        if not is_closed(locked, now):
            locked.closed_at = now
            locked.save(update_fields=["closed_at"])
            its_own = Assignment.objects.filter(trial_part__trial=trial)
            its_own.filter(opens_at__lt=now).update(closes_at=now)
            # One that never opened cannot close.
            its_own.filter(opens_at__gte=now).update(withdrawn_at=now)
    trial.refresh_from_db()


# --- taking part -------------------------------------------------------------------


def take_part(*, trial: Trial, membership: Membership) -> Enrolment:
    """Enrol a learner, once, whoever asks; their arm is drawn when they have done the pre-test.

    Raises ``ClassroomError`` when the study is not open, or they do not learn in its cohort.
    """
    now = timezone.now()
    if membership.cohort_id != trial.cohort_id or membership.role != Membership.Role.MEMBER:
        raise ClassroomError(_("Only learners of its cohort can take part in a study."))
    if now < trial.opens_at or is_closed(trial, now) or trial.cohort.is_archived:
        raise ClassroomError(_("This study is not open. Nobody can begin it now."))
    with transaction.atomic():
        # One after the other, so that no two get the same code.
        Trial.objects.select_for_update().get(pk=trial.pk)
        enrolment, _created = Enrolment.objects.get_or_create(
            trial=trial, membership=membership, defaults={"code": _free_code(trial)}
        )
    return enrolment


def _free_code(trial: Trial) -> str:
    taken = set(trial.enrolments.values_list("code", flat=True))
    while True:
        code = "".join(secrets.choice(CODE_LETTERS) for _place in range(CODE_LENGTH))
        if code not in taken:
            return code


def note_finished(*, assignment: uuid.UUID, person: int) -> None:
    """A set was gone through to its end: where it belongs to a study, the next phase may open.

    Called in the transaction that finishes the sitting. With the pre-test's end the arm is drawn.
    """
    part = TrialPart.objects.filter(assignment=assignment).first()
    if part is None:
        return
    with transaction.atomic():
        # Who comes to the end at the same time waits here, and is drawn next.
        trial = Trial.objects.select_for_update().get(pk=part.trial_id)
        # Who has left takes no place in the order of drawing.
        enrolment = Enrolment.objects.filter(
            trial=trial, membership__person=person, membership__left_at__isnull=True
        ).first()
        if enrolment is None or enrolment.phase != part.phase:
            return
        if not _phase_is_done(enrolment, Phase(part.phase), person):
            return
        now = timezone.now()
        match part.phase:
            case Phase.PRE:
                _draw_arm(trial, enrolment, now)
            case Phase.TRAINING:
                enrolment.trained_at = now
                enrolment.save(update_fields=["trained_at"])
            case Phase.POST:
                enrolment.finished_at = now
                enrolment.save(update_fields=["finished_at"])


def _phase_is_done(enrolment: Enrolment, phase: Phase, person: int) -> bool:
    arm = enrolment.arm_id if phase == Phase.TRAINING else None
    wanted = Assignment.objects.filter(
        trial_part__trial=enrolment.trial_id, trial_part__phase=phase, trial_part__arm=arm
    )
    done = 0
    for game in Play:
        # The games lie above; each names the way to its sittings like this.
        sitting = f"{game.value}_sittings"
        done += wanted.filter(
            **{f"{sitting}__reader": person, f"{sitting}__finished_at__isnull": False}
        ).count()
    return done == wanted.count()


def _draw_arm(trial: Trial, enrolment: Enrolment, now: datetime) -> None:
    if is_closed(trial, now):
        return
    arms = list(trial.arms.all())
    enrolment.place = trial.allocated
    enrolment.arm = arms[arm_at(enrolment.place, arms=len(arms), seed=trial.seed)]
    enrolment.allocated_at = now
    enrolment.save(update_fields=["place", "arm", "allocated_at"])
    trial.allocated += 1
    trial.save(update_fields=["allocated"])


def study_finished_at(*, assignment: uuid.UUID, person: int) -> datetime | None:
    """When this person did the last test of the study that the assignment is a part of."""
    return (
        Enrolment.objects.filter(trial__parts__assignment=assignment, membership__person=person)
        .values_list("finished_at", flat=True)
        .first()
    )


def trial_of(*, assignment: uuid.UUID) -> uuid.UUID | None:
    """The study that an assignment is a part of."""
    return TrialPart.objects.filter(assignment=assignment).values_list("trial", flat=True).first()
