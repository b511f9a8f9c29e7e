"""The one way into the ledger."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from radgame.accounts.models import User
from radgame.cases.models import Case
from radgame.prepared import PreparedGet, Slot, insert_rows

from .models import Flag, Game, Outcome, OutcomeLine

_FIRST_OUTCOME = PreparedGet(
    lambda: Outcome.objects.filter(
        reader_id=Slot("reader", User._meta.pk),
        game=Slot("game", Outcome._meta.get_field("game")),
        case_id=Slot("case", Case._meta.pk),
        is_first=True,
    ).only("pk")
)


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """What happened with one finding: its row, the result's code, its weight.

    ``concept`` is its slug in a reader of reports; one of the two must be given.
    """

    finding_id: int | None
    result: str
    weight: float = 1.0
    concept: str = ""


def record_outcome(
    *,
    reader: User,
    game: Game,
    case: Case,
    score: float,
    seconds: float,
    scorer_version: str,
    occurred_at: datetime,
    lines: Iterable[LedgerLine],
) -> Outcome:
    """Write one attempt into the ledger; call it inside the transaction that stores the attempt.

    The reader's first outcome on a case is marked as such. Of two that race for
    it the database lets one through; the other raises ``IntegrityError``, and
    its caller tries the whole transaction once more: it is a replay by then.
    """
    first = _FIRST_OUTCOME.first(reader=reader.pk, game=game, case=case.pk)
    outcome = Outcome.objects.create(
        reader=reader,
        game=game,
        case=case,
        score=score,
        seconds=seconds,
        scorer_version=scorer_version,
        occurred_at=occurred_at,
        is_first=first is None,
    )
    _write_lines(outcome, lines)
    return outcome


def revise_outcome(
    *, outcome: Outcome, score: float, scorer_version: str, lines: Iterable[LedgerLine]
) -> None:
    """Replace what a rescored attempt was worth; who, when and first or not stay."""
    outcome.score = score
    outcome.scorer_version = scorer_version
    outcome.save(update_fields=["score", "scorer_version"])
    outcome.lines.all().delete()
    _write_lines(outcome, lines)


def _write_lines(outcome: Outcome, lines: Iterable[LedgerLine]) -> None:
    insert_rows(
        OutcomeLine,
        ["outcome", "finding", "concept", "result", "weight"],
        [(outcome.pk, line.finding_id, line.concept, line.result, line.weight) for line in lines],
    )


def raise_flag(*, outcome: Outcome, line: int | None, comment: str) -> Flag:
    """Keep what the learner disputes for staff to look at."""
    return Flag.objects.create(outcome=outcome, line=line, comment=comment)


def close_flag(*, flag: Flag, upheld: bool, reply: str, closed_by: User) -> None:
    """Settle a dispute; the learner reads the reply on the feedback page."""
    flag.status = Flag.Status.UPHELD if upheld else Flag.Status.DISMISSED
    flag.reply = reply
    flag.closed_by = closed_by
    flag.closed_at = timezone.now()
    flag.save(update_fields=["status", "reply", "closed_by", "closed_at"])
