"""One import from beginning to end: read, prepare in workers, store, count.

Films are decoded and encoded in worker processes, a bounded number ahead; the database is
written by the calling process alone, in the dataset's own order.
"""

import multiprocessing
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from itertools import islice

from django.conf import settings
from django.db import DataError, IntegrityError

from radgame.cases.models import Case, CaseSet, Dataset
from radgame.cases.services import (
    check_fit,
    complete_case_set,
    count_case_sets,
    known_of,
    store_case,
)

from .choices import Choices, Chooser
from .prepare import Known, Prepared, PreparedCase, Unchanged, prepare
from .record import BadRecord, CannotRead, CaseRecord, Deferred, Item, Skipped
from .texts import check_texts

AHEAD = 3
"""Cases prepared ahead for each worker; a large film and its renditions take some 40 MB."""

TWICE = "The dataset's files name this case twice; the first one came in."
WORKER_DIED = (
    "A process that decodes films was ended by the system, most likely for want of memory. "
    "What came in before is kept; run again with --workers 1."
)

NOT_TAKEN = "The database does not take this record. Correct the record or leave it out."

NOT_STORED = (
    "A film could not be stored ({error}). What came in before is kept; see to the storage and run "
    "again."
)

DEFAULT_CHOICES = Choices()
SHOWN_PLACES = 5
"""So many places of each reason are named, unless all are asked for."""

APPEND_EVERY = 100


@dataclass
class Tally:
    """What an import did, counted by reason; the first places are kept for each, or all."""

    keeps_all: bool = False
    expected: int | None = None
    imported: int = 0
    updated: int = 0
    unchanged: int = 0
    not_playable: dict[str, list[str]] = field(default_factory=dict)
    skipped: dict[str, list[str]] = field(default_factory=dict)
    skipped_count: dict[str, int] = field(default_factory=dict)
    not_playable_count: dict[str, int] = field(default_factory=dict)
    not_in_report: dict[str, list[str]] = field(default_factory=dict)
    not_in_report_count: dict[str, int] = field(default_factory=dict)

    def skip(self, skipped: Skipped) -> None:
        self._count(self.skipped, self.skipped_count, skipped)

    def cannot_be_played(self, record: CaseRecord) -> None:
        """Count why a case that came in is not played; a report may fall for several reasons."""
        if record.not_playable:
            fell = Skipped(record.not_playable, record.where)
            self._count(self.not_playable, self.not_playable_count, fell)
        for fell in record.not_reportable:
            self._count(self.not_in_report, self.not_in_report_count, fell)

    def expect(self, records: int) -> None:
        """Note how many records the dataset's files hold."""
        self.expected = records

    @property
    def stored(self) -> int:
        return self.imported + self.updated

    @property
    def came_in(self) -> int:
        return self.imported + self.updated + self.unchanged

    @property
    def skipped_total(self) -> int:
        return sum(self.skipped_count.values())

    def _count(self, places: dict[str, list[str]], counts: dict[str, int], fell: Skipped) -> None:
        counts[fell.reason] = counts.get(fell.reason, 0) + 1
        kept = places.setdefault(fell.reason, [])
        if self.keeps_all or len(kept) < SHOWN_PLACES:
            kept.append(_printable(fell.where))


def _printable(where: str) -> str:
    """A place with what cannot be printed written out: it may quote the very text that is bad."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in where)


def run_import(
    *,
    dataset: Dataset,
    items: Iterable[Item],
    tally: Tally,
    limit: int | None = None,
    only_playable: bool = False,
    choices: Choices = DEFAULT_CHOICES,
    dry_run: bool = False,
    workers: int | None = None,
    progress: Callable[[Tally], None] = lambda _tally: None,
) -> None:
    """Bring a dataset's items in; bad ones are counted in ``tally`` and the rest goes on.

    ``limit`` bounds the cases, not the rows that are skipped. What came in before an
    interruption stays and is playable. Raises ``CannotRead`` when the dataset's own files
    cannot be read on, a worker died, or the storage takes no film.
    """
    completed_at = 0
    cases = _cases_only(items, tally, Chooser(choices), only_playable=only_playable)
    if limit is not None:
        cases = islice(cases, limit)
    try:
        for item, prepared in _prepared(dataset, cases, dry_run=dry_run, workers=workers):
            _take(dataset, item, prepared, tally, dry_run=dry_run)
            progress(tally)
            if not dry_run and tally.stored >= completed_at + APPEND_EVERY:
                complete_case_set(dataset)
                completed_at = tally.stored
    except BrokenProcessPool as error:
        raise CannotRead(WORKER_DIED) from error
    finally:
        if not dry_run:
            complete_case_set(dataset)
            # What can be played may have changed in any set that shows a case of the dataset.
            count_case_sets(CaseSet.objects.filter(items__case__dataset=dataset))


def _cases_only(
    items: Iterable[Item], tally: Tally, chooser: Chooser, *, only_playable: bool
) -> Iterator[CaseRecord | Deferred]:
    seen: set[str] = set()
    for item in items:
        if isinstance(item, Skipped):
            tally.skip(item)
            continue
        if isinstance(item, CaseRecord):
            try:
                # Before the database is asked for the case by its key.
                check_texts(item)
            except BadRecord as problem:
                tally.skip(problem.skipped)
                continue
        if item.key in seen:
            tally.skip(Skipped(TWICE, item.key))
            continue
        # What is deferred is the demo's, and written to be played.
        judged = chooser.judge(item) if isinstance(item, CaseRecord) else item
        if only_playable and isinstance(judged, CaseRecord) and judged.why_not_playable:
            tally.skip(Skipped(judged.why_not_playable, judged.where))
            continue
        seen.add(judged.key)
        yield judged


def _take(
    dataset: Dataset,
    item: CaseRecord | Deferred,
    prepared: Prepared,
    tally: Tally,
    *,
    dry_run: bool,
) -> None:
    if isinstance(prepared, Skipped):
        tally.skip(prepared)
        return
    if isinstance(prepared, Unchanged):
        tally.unchanged += 1
        if isinstance(item, CaseRecord):
            tally.cannot_be_played(item)
        return
    record = prepared.record
    exists = Case.objects.filter(dataset=dataset, key=record.key).exists()
    store = check_fit if dry_run else store_case
    try:
        store(dataset=dataset, prepared=prepared)
    except BadRecord as problem:
        tally.skip(problem.skipped)
        return
    except (DataError, IntegrityError) as error:
        # The last net: storing is one transaction, so nothing of the record is left behind.
        said = str(error).partition("\n")[0]
        tally.skip(Skipped(NOT_TAKEN, f"{record.where or record.key}: {said}"))
        return
    except OSError as error:
        raise CannotRead(NOT_STORED.format(error=error)) from error
    if exists:
        tally.updated += 1
    else:
        tally.imported += 1
    tally.cannot_be_played(record)


def _prepared(
    dataset: Dataset,
    cases: Iterable[CaseRecord | Deferred],
    *,
    dry_run: bool,
    workers: int | None,
) -> Iterator[tuple[CaseRecord | Deferred, Prepared]]:
    """Prepare cases in order; what is known to be unchanged never reaches a worker."""
    count = workers if workers is not None else os.cpu_count() or 1
    options = {"encode": not dry_run, "max_pixels": settings.MAX_IMPORT_PIXELS}
    if count <= 1:
        for item in cases:
            known = known_of(dataset, item.key)
            yield item, _known_unchanged(item, known) or prepare(item, known, **options)
        return
    pool: ProcessPoolExecutor | None = None
    waiting: deque[tuple[CaseRecord | Deferred, Future[Prepared] | Prepared]] = deque()
    try:
        for item in cases:
            known = known_of(dataset, item.key)
            unchanged = _known_unchanged(item, known)
            if unchanged is not None:
                waiting.append((item, unchanged))
            else:
                # Workers start fresh: a fork would share this process's database connection.
                pool = pool or ProcessPoolExecutor(
                    count, mp_context=multiprocessing.get_context("spawn")
                )
                waiting.append((item, pool.submit(prepare, item, known, **options)))
            if len(waiting) >= count * AHEAD:
                first, result = waiting.popleft()
                yield first, _result(result)
        while waiting:
            first, result = waiting.popleft()
            yield first, _result(result)
    finally:
        if pool is not None:
            pool.shutdown(cancel_futures=True)


def _known_unchanged(item: CaseRecord | Deferred, known: Known) -> Unchanged | None:
    if isinstance(item, Deferred) and item.fingerprint == known.fingerprint:
        return Unchanged(item.key)
    return None


def _result(waiting: "Future[Prepared] | Prepared") -> Prepared:
    if isinstance(waiting, PreparedCase | Unchanged | Skipped):
        return waiting
    return waiting.result()
