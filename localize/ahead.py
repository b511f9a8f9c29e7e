"""A whole case set explained ahead, so that learners wait for nothing."""

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from typing import Final, TypeVar

from django.utils import timezone

from radgame import jobs
from radgame.cases.models import Case, CaseSet, Play
from radgame.queues import Delivery

from .explaining import ask_for_case, batches, explain_or_raise, renew
from .models import Explanation

# So many are claimed and explained at one time; a model on a GPU does them in one go.
AT_ONCE: Final = 32
# Databases bound how many values a statement may hold.
PER_QUERY: Final = 500

State = Explanation.State
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Before:
    """The explanations of a set as the work begins; ``there``: those that stay as they are."""

    keys: tuple[int, ...]
    there: frozenset[int]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of the explanations of a set; reasons with how often each."""

    made: int = 0
    there: int = 0
    withdrawn: int = 0
    running: int = 0
    dropped: Counter[str] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)
    waiting: Counter[str] = field(default_factory=Counter)


def ask_for_set(case_set: CaseSet, *, again: bool = False, withdrawn: bool = False) -> Before:
    """Make the rows of every case of the set that Localize plays; what failed is tried again.

    ``again``: also what is there or was dropped, and with ``withdrawn`` what staff withdrew.
    """
    cases = (
        Case.objects.playable_as(Play.LOCALIZE)
        .filter(set_items__case_set=case_set)
        .select_related("dataset")
        .order_by("set_items__position")
    )
    fingerprints = [mark for case in cases.iterator(chunk_size=200) for mark in ask_for_case(case)]
    keys: list[int] = []
    there: set[int] = set()
    for some in _chunks(fingerprints):
        rows = Explanation.objects.filter(fingerprint__in=some)
        keys += rows.values_list("pk", flat=True)
        if again:
            renew(some, withdrawn=withdrawn)
        there |= set(rows.filter(state=State.DONE).values_list("pk", flat=True))
        # Somebody asks for them now: nothing waits for its next turn, and old tries are forgotten.
        jobs.try_now(rows, timezone.now())
    return Before(tuple(keys), frozenset(there))


def waiting_keys(before: Before) -> list[int]:
    return _in_state(before.keys, [State.WAITING])


def open_count(before: Before) -> int:
    return len(_in_state(before.keys, [State.WAITING, State.RUNNING]))


def explain_here(keys: Sequence[int]) -> Iterator[int]:
    """Explain these in this process, claimed as a worker claims them; gives how many were done.

    Raises ExplainerFailed when nothing can be explained. What is not reached still waits.
    """
    delivery = Delivery(task_id=f"explain-{os.getpid()}", again=False)
    rows = [
        row
        for some in _chunks(keys)
        for row in Explanation.objects.filter(pk__in=some).only("pk", "case_id", "film")
    ]
    for batch in batches(rows, AT_ONCE):
        jobs.work(
            Explanation,
            keys=[row.pk for row in batch],
            delivery=delivery,
            do=partial(explain_or_raise, at_once=AT_ONCE),
        )
        yield len(batch)


def tell_workers(keys: Sequence[int]) -> None:
    jobs.send(Explanation, keys)


def outcome_of(before: Before) -> Outcome:
    made = there = withdrawn = running = 0
    dropped: Counter[str] = Counter()
    failed: Counter[str] = Counter()
    waiting: Counter[str] = Counter()
    for some in _chunks(before.keys):
        for row in Explanation.objects.filter(pk__in=some).defer("text", "dropped_text"):
            match row.state:
                case State.DROPPED:
                    dropped[row.drop_reason] += 1
                case State.FAILED:
                    failed[row.error] += 1
                case State.WAITING:
                    waiting[row.error] += 1
                case State.RUNNING:
                    running += 1
                case _ if row.withdrawn_at is not None:
                    withdrawn += 1
                case _ if row.pk in before.there:
                    there += 1
                case _:
                    made += 1
    return Outcome(made, there, withdrawn, running, dropped, failed, waiting)


def _in_state(keys: Sequence[int], states: Sequence[str]) -> list[int]:
    return [
        key
        for some in _chunks(keys)
        for key in Explanation.objects.filter(pk__in=some, state__in=states)
        .order_by("pk")
        .values_list("pk", flat=True)
    ]


def _chunks(values: Iterable[T]) -> Iterator[list[T]]:
    source = iter(values)
    while chunk := list(islice(source, PER_QUERY)):
        yield chunk
