"""A study's results: the flow of those who took part, and each game's figures. Pure reading."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from radgame.cases.models import Play
from radgame.classroom.models import Arm, TrialPart

from .ledger import Done, Ledger, Taker
from .statistics import ArmChange, Comparison, Pair, arm_change, compare

Phase = TrialPart.Phase


@dataclass(frozen=True, slots=True)
class Flow:
    """How many of an arm came how far."""

    drawn: int
    trained: int
    finished: int

    @property
    def left_in_training(self) -> int:
        return self.drawn - self.trained

    @property
    def left_in_post(self) -> int:
        return self.trained - self.finished


@dataclass(frozen=True, slots=True)
class Times:
    """Mean seconds a case, over learners; None where nobody did any."""

    pre: float | None
    training: float | None
    post: float | None


@dataclass(frozen=True, slots=True)
class ArmResult:
    arm: Arm
    flow: Flow
    change: ArmChange
    times: Times


@dataclass(frozen=True, slots=True)
class GameResult:
    """One game's figures, of those who did everything."""

    game: Play
    arms: tuple[ArmResult, ...]
    comparisons: tuple[Comparison, ...]


@dataclass(frozen=True, slots=True)
class Results:
    """``waiting``: enrolled, and not through the pre-test: no arm was drawn for them."""

    enrolled: int
    waiting: int
    games: tuple[GameResult, ...]

    @property
    def flows(self) -> tuple[ArmResult, ...]:
        """The arms, for what is the same in every game."""
        return self.games[0].arms


def results_of(ledger: Ledger) -> Results:
    """Everything the page shows, from what was added up."""
    return Results(
        enrolled=len(ledger.takers),
        waiting=sum(taker.arm is None for taker in ledger.takers),
        games=tuple(_game(ledger, game) for game in ledger.games),
    )


def pair_of(ledger: Ledger, taker: Taker, game: Play) -> Pair | None:
    """Both scores of somebody who did everything; None for others."""
    if taker.arm is None or not taker.is_complete:
        return None
    pre = taker.done.get(ledger.part(Phase.PRE, game).assignment_id)
    post = taker.done.get(ledger.part(Phase.POST, game).assignment_id)
    if pre is None or post is None or pre.mean is None or post.mean is None:
        return None
    return Pair(taker.arm, pre.mean, post.mean)


def _game(ledger: Ledger, game: Play) -> GameResult:
    pairs = [pair for taker in ledger.takers if (pair := pair_of(ledger, taker, game))]
    return GameResult(
        game=game,
        arms=tuple(
            ArmResult(
                arm=arm,
                flow=_flow(ledger, number),
                change=arm_change([pair for pair in pairs if pair.arm == number]),
                times=_times(ledger, game, number),
            )
            for number, arm in enumerate(ledger.arms)
        ),
        comparisons=tuple(compare(pairs, len(ledger.arms))),
    )


def _flow(ledger: Ledger, arm: int) -> Flow:
    takers = [taker.enrolment for taker in ledger.takers if taker.arm == arm]
    return Flow(
        drawn=len(takers),
        trained=sum(enrolment.trained_at is not None for enrolment in takers),
        finished=sum(enrolment.finished_at is not None for enrolment in takers),
    )


def _times(ledger: Ledger, game: Play, arm: int) -> Times:
    complete = [taker for taker in ledger.takers if taker.arm == arm and taker.is_complete]
    return Times(
        pre=_seconds(complete, ledger.part(Phase.PRE, game)),
        training=_seconds(complete, ledger.part(Phase.TRAINING, game, arm)),
        post=_seconds(complete, ledger.part(Phase.POST, game)),
    )


def _seconds(takers: Sequence[Taker], part: TrialPart) -> float | None:
    done: list[Done] = [
        taker.done[part.assignment_id] for taker in takers if part.assignment_id in taker.done
    ]
    return fmean(one.seconds_a_case for one in done) if done else None
