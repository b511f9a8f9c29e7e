"""Practice: the set that was made for a reader and is still open, or a new one."""

from radgame.accounts.models import User
from radgame.cases.models import CaseSet
from radgame.progress.practice import make_practice_set

from .models import A, GameRows, S


def open_practice(*, rows: GameRows[S, A], reader: User) -> CaseSet:
    """The set to practise on. Raises ``NothingToPractise`` when the reader may play no case."""
    unfinished = (
        rows.sittings._default_manager.filter(
            reader=reader, finished_at=None, case_set__made_for=reader
        )
        .select_related("case_set")
        .order_by("-started_at")
        .first()
    )
    if unfinished is not None:
        return unfinished.case_set
    return make_practice_set(reader=reader, play=rows.play)
