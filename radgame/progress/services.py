"""The one way into the ledger."""

import uuid
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone

from radgame.accounts.models import User
from radgame.prepared import PreparedGet, insert_rows

from .models import Flag, Game, Outcome, OutcomeLine
from .statements import LINE_COLUMNS, first_outcome

_FIRST_OUTCOME = PreparedGet(first_outcome)


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """What happened with one finding: its row, the result's code, its weight.

    ``concept`` is its slug in a reader of reports; one of the two must be given.
    """

    finding_id: int | None
    result: str
    weight: float = 1.0
    concept: str = ""


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """What one attempt was worth, as it goes into the ledger.

    ``was_shown``: the reader had seen the answer, so that this is no first attempt (ADR 14).
    """

    reader_id: int
    game: Game
    case_id: int
    score: float
    seconds: float
    scorer_version: str
    occurred_at: datetime
    lines: Sequence[LedgerLine]
    assignment: uuid.UUID | None = None
    is_withheld: bool = False
    was_shown: bool = False

    def slots(self) -> dict[str, Any]:
        """The values for ``statements.record_sql``; those of the lines column by column."""
        return {
            "reader": self.reader_id,
            "game": self.game,
            "case": self.case_id,
            "score": self.score,
            "seconds": self.seconds,
            "scorer_version": self.scorer_version,
            "occurred_at": self.occurred_at,
            "assignment": self.assignment,
            "is_withheld": self.is_withheld,
            "may_be_first": not self.was_shown,
            "line_finding": [line.finding_id for line in self.lines],
            "line_concept": [line.concept for line in self.lines],
            "line_result": [line.result for line in self.lines],
            "line_weight": [line.weight for line in self.lines],
        }


def record_outcome(*, entry: LedgerEntry) -> Outcome:
    """Write one attempt into the ledger; call it inside the transaction that stores the attempt.

    The reader's first outcome on a case is marked as such, unless the case was
    shown before. Of two that race for it the database lets one through; the other
    raises ``IntegrityError``, and its caller tries the whole transaction once
    more: it is a replay by then.
    """
    first = _FIRST_OUTCOME.first(reader=entry.reader_id, game=entry.game, case=entry.case_id)
    outcome = Outcome.objects.create(
        reader_id=entry.reader_id,
        game=entry.game,
        case_id=entry.case_id,
        score=entry.score,
        seconds=entry.seconds,
        scorer_version=entry.scorer_version,
        occurred_at=entry.occurred_at,
        assignment=entry.assignment,
        is_withheld=entry.is_withheld,
        is_first=first is None and not entry.was_shown,
    )
    _write_lines(outcome, entry.lines)
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
        ["outcome", *LINE_COLUMNS],
        [(outcome.pk, line.finding_id, line.concept, line.result, line.weight) for line in lines],
    )


def release_outcomes(*, assignment: uuid.UUID, readers: Collection[int] | None = None) -> int:
    """Say that feedback on them has opened; gives how many. All readers', unless they are named."""
    withheld = Outcome.objects.filter(is_withheld=True, assignment=assignment)
    if readers is not None:
        withheld = withheld.filter(reader__in=readers)
    return withheld.update(is_withheld=False, released_at=timezone.now())


def raise_flag(*, outcome: Outcome, line: int | None, comment: str, about: str = "") -> Flag:
    """Keep what the learner disputes for staff to look at; ``about``: the words of that line."""
    length = Flag._meta.get_field("about").max_length
    return Flag.objects.create(outcome=outcome, line=line, comment=comment, about=about[:length])


def close_flag(*, flag: Flag, upheld: bool, reply: str, closed_by: User) -> None:
    """Settle a dispute; the learner reads the reply on the feedback page."""
    flag.status = Flag.Status.UPHELD if upheld else Flag.Status.DISMISSED
    flag.reply = reply
    flag.closed_by = closed_by
    flag.closed_at = timezone.now()
    flag.save(update_fields=["status", "reply", "closed_by", "closed_at"])
