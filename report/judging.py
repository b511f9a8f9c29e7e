"""The second judge: asked after the commit, and what becomes of the mark it gives."""

import time
from datetime import timedelta
from functools import cache
from typing import Any, Final

from billiard.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from radgame import jobs
from radgame.playing.models import BaseSitting
from radgame.playing.services import Marked
from radgame.progress.services import revise_outcome
from scoring.reports.evaluation import Judge, JudgeFailed, JudgeUnavailable, JudgeUnusable

from .judges import LOCAL, has_broker, make_judge
from .ledger import fit_version, lines_of_model, taxonomy_ids
from .marking import Inputs, Marking, mark_inputs
from .models import Attempt, Judgement
from .phrases import shown_version
from .readings import clean_text

# A mark that has stood for so long is not changed by a page that is opened again.
MAY_COUNT_FOR: Final = timedelta(hours=24)
UNUSABLE: Final = "unusable"
OUTDATED: Final = "the report was corrected while it was being judged"


def is_on() -> bool:
    """Whether the site has a judge by model beside the rules."""
    return bool(settings.GAME_JUDGE)


def asks_model(sitting: BaseSitting) -> bool:
    """Whether readings of this sitting go to it: for the mark, or for its words beside the mark."""
    return is_on() and (sitting.model_judge_counts or sitting.shows_explanations)


# --- rows ---------------------------------------------------------------------


def ask_soon(attempt: Attempt) -> None:
    """Ask when the submit is committed, and never at its cost.

    Whatever goes wrong is logged; who opens the feedback next asks again.
    """
    transaction.on_commit(lambda: ask_for_attempt(attempt=attempt), robust=True)


def ask_for_attempt(*, attempt: Attempt) -> None:
    """Have the site's judge by model judge a submitted reading; once, whoever asks."""
    if attempt.submitted_at is None or not asks_model(attempt.sitting):
        return
    recent = timezone.now() - attempt.submitted_at < MAY_COUNT_FOR
    try:
        with transaction.atomic():
            judgement = Judgement.objects.create(
                attempt=attempt,
                judge=settings.GAME_JUDGE,
                counts=recent and attempt.sitting.model_judge_counts,
            )
    except IntegrityError:
        # Another request has asked, or did before another judge was set.
        return
    jobs.send(Judgement, [judgement.pk])


def ask_if_forgotten(*, attempt: Attempt) -> None:
    """Ask for a submitted attempt that has no row: its process died between commit and asking."""
    if not attempt.is_submitted or not asks_model(attempt.sitting):
        return
    if not Judgement.objects.filter(attempt=attempt).exists():
        ask_for_attempt(attempt=attempt)


def judgement_of(attempt: Attempt) -> Judgement | None:
    """The judgement to show: the one that counts, else the latest."""
    return Judgement.objects.filter(attempt=attempt).order_by("-counts", "-pk").first()


# --- the worker's side --------------------------------------------------------


@cache
def _judge(name: str) -> Judge:
    """The site's judge, made once in a process: a model takes seconds to load."""
    if name != settings.GAME_JUDGE:
        # The settings changed since, here or where the reading was submitted.
        raise JudgeUnavailable(
            f"this worker's judge is {settings.GAME_JUDGE or 'none'}, not {name}"
        )
    if name in LOCAL and not has_broker():
        raise JudgeFailed(f"{name} loads a model and needs a worker of its own: set REDIS_URL")
    try:
        return make_judge(name)
    except JudgeFailed as error:
        # A package or a setting that is missing here is no fault of the reading's.
        raise JudgeUnavailable(str(error)) from error


def judge_row(row: Judgement) -> None:
    """Judge a row that this worker has claimed; it gets an end, whatever the model does."""
    started = time.monotonic()
    try:
        marking = mark_inputs(_inputs_of(row), _judge(row.judge))
    except JudgeUnusable as error:
        jobs.finish(
            row,
            state=Judgement.State.DROPPED,
            drop_reason=UNUSABLE,
            dropped_text=_storable(str(error)),
        )
    except JudgeFailed as error:
        passing = isinstance(error, JudgeUnavailable)
        jobs.fail(row, error=_storable(str(error)), passing=passing)
    except SoftTimeLimitExceeded:
        jobs.fail(row, error="it took longer than the queue allows", passing=True)
        raise
    else:
        store_judgement(row=row, marking=marking, seconds=time.monotonic() - started)


def _inputs_of(row: Judgement) -> Inputs:
    stored: dict[str, Any] = row.attempt.result or {}
    return Inputs.from_json(stored["inputs"])


def store_judgement(*, row: Judgement, marking: Marking, seconds: float) -> None:
    """Keep a mark by model; where it counts, attempt and ledger take it in the same transaction."""
    with transaction.atomic():
        # The attempt first, as in ``rescore``: of the two, one goes after the other.
        attempt = (
            Attempt.objects.select_for_update(of=("self",))
            .select_related("outcome")
            .filter(pk=row.attempt_id)
            .first()
        )
        if attempt is None:
            # Deleted meanwhile, and the row with it.
            return
        by_rules = Marking.from_json(attempt.result or {})
        if by_rules.inputs != marking.inputs:
            jobs.fail(row, error=OUTDATED, passing=True)
            return
        held = jobs.finish(
            row,
            marking=_storable(marking.to_json()),
            score=marking.mark.score,
            version=fit_version(
                shown_version(marking.mark.version),
                int(Judgement._meta.get_field("version").max_length or 0),
            ),
            seconds=seconds,
        )
        if held and row.counts:
            _let_count(attempt, marked_by_model(row, by_rules))


def _let_count(attempt: Attempt, marked: Marked) -> None:
    attempt.score, attempt.scorer_version = marked.score, marked.version
    attempt.save(update_fields=["score", "scorer_version"])
    if attempt.outcome is not None:
        revise_outcome(
            outcome=attempt.outcome,
            score=marked.score,
            scorer_version=marked.version,
            lines=marked.lines,
        )


def _storable(value: Any) -> Any:
    """What a model wrote, without what no database stores and no page should show."""
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, dict):
        return {name: _storable(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_storable(inner) for inner in value]
    return value


# --- which mark counts --------------------------------------------------------


def marked_by_model(judgement: Judgement, by_rules: Marking) -> Marked:
    """What the attempt is worth by a judgement that is done; what is stored stays the rules'."""
    mark = marking_of(judgement).mark
    return Marked(
        score=mark.score,
        version=fit_version(shown_version(mark.version)),
        stored=by_rules.to_json(),
        lines=lines_of_model(mark.evaluation, by_rules.mark.evaluation, taxonomy_ids()),
    )


def marking_of(judgement: Judgement) -> Marking:
    """What a judgement that is done found."""
    return Marking.from_json(judgement.marking or {})


def is_of(judgement: Judgement, inputs: Inputs) -> bool:
    """Whether a judgement that is done was made of these texts."""
    return marking_of(judgement).inputs == inputs


def ask_anew(*, attempt: Attempt) -> None:
    """Have judgements of other texts than the attempt's made again."""
    ended = [Judgement.State.DONE, Judgement.State.DROPPED]
    keys = list(
        Judgement.objects.filter(
            attempt=attempt, judge=settings.GAME_JUDGE, state__in=ended
        ).values_list("pk", flat=True)
    )
    now = timezone.now()
    Judgement.objects.filter(pk__in=keys, state__in=ended).update(
        state=Judgement.State.WAITING,
        tries=0,
        created_at=now,
        due_at=now,
        sent_at=None,
        finished_at=None,
        marking=None,
        score=None,
        drop_reason="",
        dropped_text="",
    )
    if keys:
        jobs.send(Judgement, keys)
