"""Which explanations an attempt calls for, the rows that ask a model for them, and the worker.

What pages show of the rows is in ``words``, what people say of them in ``flagging``, and how a
whole set is explained ahead in ``ahead``.
"""

import hashlib
import json
import logging
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from typing import Any, Final

from billiard.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.db import connections, router, transaction
from django.db.models import prefetch_related_objects
from django.utils import timezone

from radgame import jobs
from radgame.cases.dossier import CaseSheet, open_key, open_sheet
from radgame.cases.models import Case, Image
from radgame.cases.reference import CaseReference
from radgame.imaging.errors import ImagingError
from radgame.imaging.preview import apply_window
from radgame.imaging.wire import decode_pixels
from radgame.prepared import PreparedInsert
from scoring.explanations import (
    EXPLAINERS,
    Dropped,
    Explainer,
    ExplainerFailed,
    ExplainerOptions,
    Failed,
    FailReason,
    FilmPixels,
    FilmUnreadable,
    Kind,
    Request,
    Result,
    make_explainer,
)
from scoring.explanations import Explanation as Words
from scoring.localization import Box, Line, LocalizationResult, Outcome

from .answers import answer_from_json
from .models import Attempt, Explanation, ExplanationFlag

logger = logging.getLogger(__name__)

Corners = tuple[float, float, float, float]

# The expert's region is shown under these; the model's words stand under it.
ABOUT_REFERENCE = {Outcome.MISSED, Outcome.MISPLACED, Outcome.WRONG_FINDING, Outcome.HIT}
# Nobody who found it waits for words about it; they are shown if they are there.
CALLING = {Outcome.MISSED, Outcome.MISPLACED, Outcome.WRONG_FINDING}
# So many are explained before their words are stored: what is done when time is up stays done.
# As many as a message names (jobs.PER_MESSAGE), though a card would take 32 at once
# (scoring.explanations.local): learners wait for these, the first words are there sooner, and an
# endpoint's rounds must fit the queue's time. Sets that are explained ahead go in 32 (ahead.py).
AT_ONCE: Final = 16
# These hold a model in the memory of whoever asks.
ON_THIS_MACHINE: Final = frozenset({"transformers"})


@dataclass(frozen=True, slots=True)
class Subject:
    """What an explanation is about: one finding on one film."""

    kind: str
    finding: str
    film: str
    regions: tuple[Corners, ...]
    sentence: str = ""
    present: tuple[str, ...] = ()

    def fingerprint(self, owner: uuid.UUID | int) -> str:
        """A digest of all that is asked; ``owner``: the attempt of a mark, else the case."""
        told = [self.kind, self.finding, self.film, self.regions, self.sentence, self.present]
        text = json.dumps([str(owner), *told], ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class _Asked:
    """A subject under the digest that tells its row from others."""

    subject: Subject
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """A line of the result with the explanation it calls for; ``calls``: one should be made."""

    line: int
    subject: Subject
    fingerprint: str
    calls: bool


def is_on() -> bool:
    """Whether the site has a model that explains; the atlas is always there and needs no row."""
    return bool(settings.EXPLAINER != "atlas")


def loads_model() -> bool:
    """Whether a worker that explains holds a model in its own memory."""
    return settings.EXPLAINER in ON_THIS_MACHINE


def has_workers() -> bool:
    """Whether tasks are done by processes of their own; embedded, the serving process does them."""
    return not settings.BROKER_URL.startswith("memory")


def trouble() -> str:
    """Why nothing can be explained with these settings, and what to do; empty when it can."""
    name = settings.EXPLAINER
    if name not in EXPLAINERS:
        return f"RADGAME_EXPLAINER is {name!r}; it must be one of {', '.join(sorted(EXPLAINERS))}."
    if name in ON_THIS_MACHINE and not has_workers():
        return (
            f"RADGAME_EXPLAINER={name} loads a model, and without a broker that would be in the "
            "process that serves pages. Set REDIS_URL or BROKER_URL and start a worker for the "
            "queue gpu, or set RADGAME_EXPLAINER to atlas or openai."
        )
    return ""


# --- what is wanted -----------------------------------------------------------


def reference_subjects(case: Case) -> dict[str, Subject]:
    """What can be explained of a case's reference standard, by finding.

    One reader's regions: the one who drew most of them, since outlines of several readers of one
    lesion would look like several lesions. On the film that has most of them.
    """
    return {finding: asked.subject for finding, asked in _shared(case).items()}


def fingerprints_of(case: Case) -> dict[str, str]:
    """What the rows about a case's reference standard are found by, by finding."""
    return {finding: asked.fingerprint for finding, asked in _shared(case).items()}


def _shared(case: Case) -> dict[str, "_Asked"]:
    """Subjects with their fingerprints, made once for all who play the case."""
    key = open_key(case)
    made: dict[str, _Asked] | None = key.made.get("explained")
    if made is None:
        sheet = open_sheet(case)
        found = sorted({statement.finding for statement in key.reference.statements})
        subjects = {finding: _reference_subject(finding, key.reference, sheet) for finding in found}
        made = {name: _Asked(one, one.fingerprint(case.pk)) for name, one in subjects.items()}
        # Whole, or not at all: other threads find it there.
        key.made["explained"] = made
    return made


def _reference_subject(finding: str, reference: CaseReference, sheet: CaseSheet) -> Subject:
    drawn: dict[tuple[str, str], list[Corners]] = {}
    for region in reference.regions:
        if region.finding == finding:
            drawn.setdefault((region.image, region.reader), []).append(region.box)
    sentence = next((s.sentence for s in reference.statements if s.finding == finding), "")
    if not drawn:
        film = next((s.image for s in reference.statements if s.finding == finding), "")
        return Subject(Explanation.Kind.MISSED, finding, film or sheet.films[0].token, (), sentence)
    # Ties go by name, so that every process asks the same.
    film, reader = min(drawn, key=lambda place: (-len(drawn[place]), place[1], place[0]))
    boxes = tuple(sorted(drawn[film, reader]))
    return Subject(Explanation.Kind.MISSED, finding, film, boxes, sentence)


def wanted_of(attempt: Attempt) -> list[Wanted]:
    """The lines of a submitted attempt that an explanation belongs under.

    A submit asks twice, for the rows and for the page: it is found again with the attempt.
    """
    stored: dict[str, Any] = attempt.result or {}
    kept: tuple[dict[str, Any], list[Wanted]] | None = getattr(attempt, "_wanted", None)
    if kept is None or kept[0] is not stored:
        kept = (stored, _wanted(attempt, LocalizationResult.from_dict(stored["result"])))
        attempt._wanted = kept  # type: ignore[attr-defined]
    return kept[1]


def _wanted(attempt: Attempt, result: LocalizationResult) -> list[Wanted]:
    shared = _shared(attempt.case)
    wanted = []
    for number, line in enumerate(result.lines):
        if line.outcome in ABOUT_REFERENCE:
            asked = shared.get(line.reference_finding or line.finding)
            if asked is not None:
                calls = line.outcome in CALLING
                wanted.append(Wanted(number, asked.subject, asked.fingerprint, calls))
        elif _is_false_mark(line):
            subject = _mark_subject(attempt, line, sorted(shared))
            fingerprint = subject.fingerprint(attempt.pk)
            wanted.append(Wanted(number, subject, fingerprint, calls=True))
    return wanted


def _is_false_mark(line: Line) -> bool:
    # A second box on what was found is no mistake about the picture.
    return (
        line.outcome is Outcome.FALSE_MARK
        and line.mark is not None
        and line.reason not in {"duplicate", "outside_label_set"}
    )


def _mark_subject(attempt: Attempt, line: Line, present: Sequence[str]) -> Subject:
    mark = answer_from_json(attempt.answer).marks[line.mark or 0]
    return Subject(
        kind=Explanation.Kind.FALSE_MARK,
        finding=line.finding,
        film=mark.image,
        regions=(mark.box,),
        present=tuple(slug for slug in present if slug != line.finding),
    )


# --- rows ---------------------------------------------------------------------


def ask_soon(attempt: Attempt) -> None:
    """Ask when the submit is committed, and never at its cost.

    Whatever goes wrong is logged; who opens the feedback next asks again.
    """
    transaction.on_commit(lambda: ask_for_attempt(attempt), robust=True)


def ask_for_attempt(attempt: Attempt) -> None:
    """Make the rows that a submitted attempt calls for, and tell the workers of them."""
    if not is_on():
        return
    calling = {w.fingerprint: w.subject for w in wanted_of(attempt) if w.calls}
    jobs.send(Explanation, _ask(attempt.case, calling, attempt))


def ask_for_case(case: Case) -> list[str]:
    """Make the rows of a case's reference standard ahead; the fingerprints of them all.

    No worker is told of them: the sweeper would, and ``ahead`` is there first.
    """
    wanted = {asked.fingerprint: asked.subject for asked in _shared(case).values()}
    _ask(case, wanted, None)
    return sorted(wanted)


def _ask(case: Case, subjects: Mapping[str, Subject], attempt: Attempt | None) -> list[int]:
    """Make those rows that are not there yet; the keys of these."""
    if not subjects:
        return []
    findings = open_sheet(case).findings
    owner = attempt.pk if attempt else None
    rows = [
        {
            "fingerprint": fingerprint,
            "kind": subject.kind,
            "case_id": case.pk,
            "finding_id": findings[subject.finding].id,
            "attempt_id": owner if subject.kind == Explanation.Kind.FALSE_MARK else None,
            "film": subject.film,
            "regions": [list(box) for box in subject.regions],
            "present": list(subject.present),
            "sentence": subject.sentence,
        }
        for fingerprint, subject in subjects.items()
    ]
    # Two learners who miss the same thing at once ask once.
    if connections[router.db_for_write(Explanation)].vendor == "postgresql":
        return _NEW.insert(rows)
    return _insert_in_steps(rows)


_NEW = PreparedInsert(
    Explanation,
    [
        *("fingerprint", "kind", "case_id", "finding_id", "attempt_id"),
        *("film", "regions", "present", "sentence"),
    ],
)


def _insert_in_steps(rows: Sequence[dict[str, Any]]) -> list[int]:
    """The same where the database may not say what it inserted."""
    asked = [row["fingerprint"] for row in rows]
    found = Explanation.objects.filter(fingerprint__in=asked)
    known = set(found.values_list("fingerprint", flat=True))
    missing = {row["fingerprint"]: row for row in rows if row["fingerprint"] not in known}
    Explanation.objects.bulk_create(
        [Explanation(**row) for row in missing.values()], ignore_conflicts=True
    )
    return list(Explanation.objects.filter(fingerprint__in=missing).values_list("pk", flat=True))


def renew(fingerprints: Sequence[str], *, withdrawn: bool = False) -> int:
    """Have texts made again; those that staff withdrew only when asked for: a person decided.

    What learners flagged of a text goes with it.
    """
    rows = Explanation.objects.filter(
        fingerprint__in=fingerprints,
        state__in=[Explanation.State.DONE, Explanation.State.DROPPED, Explanation.State.FAILED],
    )
    if not withdrawn:
        rows = rows.filter(withdrawn_at__isnull=True)
    with transaction.atomic():
        keys = list(rows.values_list("pk", flat=True))
        now = timezone.now()
        ExplanationFlag.objects.filter(explanation__in=keys, closed_at__isnull=True).update(
            closed_at=now
        )
        return Explanation.objects.filter(pk__in=keys).update(
            state=Explanation.State.WAITING,
            tries=0,
            created_at=now,
            due_at=now,
            sent_at=None,
            finished_at=None,
            error="",
            text="",
            drop_reason="",
            dropped_text="",
            withdrawn_at=None,
            withdrawn_by=None,
        )


# --- the worker's side ----------------------------------------------------------


@cache
def _explainer() -> Explainer:
    """The site's explainer, made once in a process: a model takes seconds to load."""
    return make_explainer(
        settings.EXPLAINER,
        ExplainerOptions(
            model=settings.EXPLAINER_MODEL,
            revision=settings.EXPLAINER_REVISION,
            url=settings.EXPLAINER_URL,
            key=settings.EXPLAINER_KEY,
            timeout_s=settings.EXPLAINER_TIMEOUT_S,
        ),
    )


def explain_rows(rows: Sequence[Explanation]) -> None:
    """Explain rows that this worker has claimed, and store what came of each."""
    try:
        explain_or_raise(rows)
    except ExplainerFailed as error:
        # A folder that is missing may be mounted, an endpoint may come back: the rows wait.
        logger.error("nothing can be explained: %s", error)


def explain_or_raise(rows: Sequence[Explanation], *, at_once: int = AT_ONCE) -> None:
    """Explain claimed rows, ``at_once`` of them; what is not reached is left to be tried again.

    Raises ExplainerFailed, with what to do, when nothing can be explained.
    """
    left = list(rows)
    try:
        explainer = explainer_here()
        prefetch_related_objects(left, "case__dataset", "finding")
        for batch in batches(left, at_once):
            _explain_batch(explainer, batch)
            left = [row for row in left if row not in batch]
    except ExplainerFailed as error:
        give_back(left, str(error))
        raise
    except SoftTimeLimitExceeded:
        give_back(left, "it took longer than the queue allows")
        raise
    except (KeyboardInterrupt, SystemExit) as stop:
        # Of a process that has to end, another takes the rows over.
        give_back(left, str(stop) or "stopped by hand")
        raise


def explainer_here() -> Explainer:
    """The site's explainer, for this process; raises ExplainerFailed, with what to do."""
    reason = trouble()
    if reason:
        raise ExplainerFailed(reason)
    return _explainer()


def batches(rows: Iterable[Explanation], at_once: int) -> Iterator[list[Explanation]]:
    """Rows in lists of at most ``at_once``; a film that fits in one is not torn apart.

    An explainer reads a film once for all that it is asked about it at one time.
    """
    batch: list[Explanation] = []
    ordered = sorted(rows, key=lambda row: (row.case_id, row.film, row.pk))
    for _film, group in groupby(ordered, key=lambda row: (row.case_id, row.film)):
        together = list(group)
        if batch and len(batch) + len(together) > at_once:
            yield batch
            batch = []
        batch += together
        while len(batch) >= at_once:
            yield batch[:at_once]
            batch = batch[at_once:]
    if batch:
        yield batch


def _explain_batch(explainer: Explainer, rows: Sequence[Explanation]) -> None:
    asked: list[tuple[Explanation, Request]] = []
    for row in rows:
        try:
            asked.append((row, request_of(row)))
        except FilmUnreadable as error:
            jobs.fail(row, error=f"{FailReason.FILM_UNREADABLE.value}: {error}")
    if not asked:
        return
    results = explainer.explain([request for _row, request in asked], load_film)
    for (row, _request), result in zip(asked, results, strict=True):
        _store(row, result)


def request_of(row: Explanation) -> Request:
    """What the explainer is told; the film's size comes with its sheet.

    Raises FilmUnreadable when the case shows this film no more.
    """
    sheet = open_sheet(row.case)
    film = next((film for film in sheet.films if film.token == row.film), None)
    if film is None:
        raise FilmUnreadable(f"film {row.film} is no longer among the films of its case")
    return Request(
        id=str(row.pk),
        film=row.film,
        finding=row.finding.slug,
        finding_name=row.finding.name,
        regions=tuple(Box(*box) for box in row.regions),
        kind=Kind(row.kind),
        size=(film.columns, film.rows),
        sentence=row.sentence,
        atlas=row.finding.appearance,
        view=film.view,
        present=tuple(sheet.findings[slug].name for slug in row.present if slug in sheet.findings),
    )


def load_film(token: str) -> FilmPixels:
    """The film at full size in its own window, 8 bits a pixel."""
    try:
        image = Image.objects.get(token=token)
        with image.pixels.open("rb") as file:
            pixels = decode_pixels(file.read())
    except (Image.DoesNotExist, OSError, ImagingError) as error:
        raise FilmUnreadable(f"film {token}: {error}") from error
    return apply_window(pixels, center=image.window_center, width=image.window_width)


def give_back(rows: Iterable[Explanation], why: str) -> None:
    """Leave claimed rows to be tried again later."""
    for row in rows:
        jobs.fail(row, error=why, passing=True)


def _store(row: Explanation, result: Result) -> None:
    match result:
        case Words():
            jobs.finish(
                row,
                text=result.text,
                explainer=result.explainer,
                model=result.model,
                revision=result.revision,
                prompt_version=result.prompt_version,
                seconds=result.seconds,
            )
        case Dropped():
            jobs.finish(
                row,
                state=Explanation.State.DROPPED,
                drop_reason=result.reason.value,
                dropped_text=result.raw,
            )
        case Failed():
            passing = result.reason in {FailReason.ENDPOINT, FailReason.OUT_OF_MEMORY}
            jobs.fail(row, error=f"{result.reason.value}: {result.detail}", passing=passing)
