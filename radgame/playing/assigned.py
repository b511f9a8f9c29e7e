"""What an assignment means for its sittings: until when work is taken, and when feedback opens."""

import uuid
from datetime import datetime

from django.template.defaultfilters import date as date_words
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from radgame.accounts.models import User
from radgame.classroom.models import Assignment
from radgame.classroom.studies.services import study_finished_at, trial_of
from radgame.classroom.terms import (
    FeedbackTime,
    Refusal,
    Work,
    deadline,
    feedback_is_open,
    refusal,
)
from radgame.prepared import PreparedGet, Slot

from .models import BaseAttempt, BaseSitting


class NotTaken(Exception):
    """The assignment takes no work now; the message says why and what is kept."""


def refuse_when_over(assignment: Assignment, started_at: datetime | None) -> None:
    """Raises ``NotTaken`` when the assignment does not take work at this moment."""
    why = refusal(assignment.terms, started_at, timezone.now())
    if why is not None:
        raise NotTaken(refusal_words(assignment, why))


def refuse_passive(assignment: Assignment) -> None:
    """Raises ``NotTaken`` for what is looked at with its answers: there is nothing to play."""
    if assignment.mode == Assignment.Mode.PASSIVE:
        raise NotTaken(_("These films are shown with their answers; there is nothing to submit."))


def refuse_late_submit(attempt: BaseAttempt) -> None:
    """Raises ``NotTaken`` when the attempt is assigned work that is no longer taken."""
    refuse_work(attempt.sitting)


def refuse_work(sitting: BaseSitting) -> None:
    """Raises ``NotTaken`` when what was assigned takes no work now, or none of this reader's."""
    refuse_to_go_on(sitting)
    if sitting.assignment is not None:
        refuse_when_over(sitting.assignment, sitting.started_at)


def takes_work(sitting: BaseSitting) -> bool:
    """Whether what was assigned can be gone on with now."""
    try:
        refuse_work(sitting)
    except NotTaken:
        return False
    return True


# One statement in place of fetching the assignment alone: a submit asks no more than before.
_TAKEN = PreparedGet(
    lambda: (
        Assignment.objects.taken_from(Slot("reader", User._meta.pk))
        .filter(pk=Slot("assignment", Assignment._meta.pk))
        .select_related("cohort")
    )
)


def refuse_to_go_on(sitting: BaseSitting) -> None:
    """Raises ``NotTaken`` when what was assigned was taken back, or its reader has left."""
    why = taken_back(sitting)
    if why:
        raise NotTaken(why)


def taken_back(sitting: BaseSitting) -> str:
    """Why what was begun cannot be gone on with, whatever its dates; empty when it can.

    A page that is still open is no exception. Free play costs no query.
    """
    if sitting.assignment_id is None:
        return ""
    taken = _TAKEN.first(assignment=sitting.assignment_id, reader=sitting.reader_id)
    if taken is None:
        return _taken_back_words(sitting.assignment_id)
    sitting.assignment = taken
    return ""


def _taken_back_words(key: uuid.UUID) -> str:
    assignment = Assignment.objects.select_related("cohort").get(pk=key)
    if assignment.withdrawn_at is not None:
        why = _("This was withdrawn by those who gave it, and takes no more work.")
    elif assignment.cohort.is_archived:
        why = _("“%(cohort)s” is archived, and takes no more work.")
    else:
        why = _("You are no longer a learner of “%(cohort)s”, so no more work is taken.")
    kept = _("What you submitted counts; what you had begun on a case is kept, and is not marked.")
    return f"{why % {'cohort': assignment.cohort.name}} {kept}"


def refusal_words(assignment: Assignment, why: Refusal) -> str:
    match why:
        case Refusal.NOT_OPEN_YET:
            return _("This opens on %(when)s.") % {
                "when": moment_words(assignment, assignment.opens_at)
            }
        case Refusal.CLOSED:
            return _(
                "This closed, and takes no more work. What you submitted counts; what you had "
                "begun on this case is kept, and is not marked."
            )
        case Refusal.OUT_OF_TIME:
            return _(
                "The time for this is over. What you submitted counts; what you had begun on "
                "this case is kept, and is not marked."
            )


def way_on(sitting: BaseSitting) -> str:
    """Where what was assigned leads when it is done: to its study, or home."""
    trial = None if sitting.assignment_id is None else trial_of(assignment=sitting.assignment_id)
    return reverse("home") if trial is None else reverse("classroom:taking_part", args=[trial])


def moment_words(assignment: Assignment, moment: datetime) -> str:
    """A moment by the cohort's clock, with the name of the clock."""
    local = moment.astimezone(assignment.cohort.zone)
    return f"{date_words(local, 'j M Y, H:i')} ({assignment.cohort.time_zone})"


def end_of(sitting: BaseSitting) -> datetime | None:
    """Until when the sitting can be played; None where there is no end."""
    if sitting.assignment is None:
        return None
    return deadline(sitting.assignment.terms, sitting.started_at)


def last_moment(sitting: BaseSitting) -> str:
    """The same in words; empty where there is no end."""
    ends_at = end_of(sitting)
    if sitting.assignment is None or ends_at is None:
        return ""
    return moment_words(sitting.assignment, ends_at)


def shows_feedback(sitting: BaseSitting) -> bool:
    """Whether the reader may see what became of the cases of this sitting by now."""
    if sitting.assignment is None:
        return True
    work = Work(
        started_at=sitting.started_at,
        finished_at=sitting.finished_at,
        study_finished_at=_study_finished_at(sitting, sitting.assignment),
    )
    return feedback_is_open(sitting.assignment.terms, work, timezone.now())


def _study_finished_at(sitting: BaseSitting, assignment: Assignment) -> datetime | None:
    # No study is over with a test of it that is not: a submit within one does not ask.
    if assignment.feedback != FeedbackTime.AFTER_STUDY or sitting.finished_at is None:
        return None
    return study_finished_at(assignment=assignment.pk, person=sitting.reader_id)


def feedback_words(sitting: BaseSitting) -> str:
    """When feedback opens, for a sitting that does not show it yet."""
    assignment = sitting.assignment
    if assignment is None or assignment.feedback == FeedbackTime.AT_ONCE:
        return ""
    if assignment.feedback == FeedbackTime.AFTER_CLOSE and assignment.closes_at is not None:
        return _("Feedback opens on %(when)s.") % {
            "when": moment_words(assignment, assignment.closes_at)
        }
    if assignment.feedback == FeedbackTime.AFTER_STUDY:
        return _("Feedback opens when you have done the last test of the study, or it is closed.")
    if taken_back(sitting):
        return _(
            "Feedback was to open with the last case of the set. No more work is taken, so it "
            "stays closed; those who gave you this can tell you more."
        )
    return _("Feedback opens when you have submitted the whole set.")
