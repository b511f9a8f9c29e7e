"""Practice: the set that was made for a reader and is still open, or a new one."""

from radgame.accounts.models import User
from radgame.cases.models import CaseSet
from radgame.classroom.reserving import reserved_for
from radgame.progress.practice import make_practice_set

from .models import A, GameRows, S
from .reserved import cases_of


def open_practice(*, rows: GameRows[S, A], reader: User) -> CaseSet:
    """The set to practise on. Raises ``NothingToPractise`` when the reader may play no case.

    Practice shows the reference standard at once, so the films that a test, or feedback that is
    withheld, keeps for itself are none of it; nor is a set gone on with that has one of them.
    """
    kept = cases_of(reserved_for(reader))
    unfinished = (
        rows.sittings._default_manager.filter(
            reader=reader, finished_at=None, case_set__made_for=reader
        )
        .exclude(case_set__items__case__in=kept)
        .select_related("case_set")
        .order_by("-started_at")
        .first()
    )
    if unfinished is not None:
        return unfinished.case_set
    return make_practice_set(reader=reader, play=rows.play, avoid=kept)
