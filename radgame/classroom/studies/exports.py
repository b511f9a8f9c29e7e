"""A study as files: its tables, and everything that its results are computed from.

Who took part stands under a code of this study. The names are on the page of who teaches, and in no
file.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any, Final

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import F
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from radgame.cases.models import CaseSet, CaseSetItem
from radgame.classroom.models import Trial, TrialPart

from . import ledger as reads
from .ledger import Ledger, parts_of, read_ledger
from .results import pair_of, results_of
from .services import is_closed
from .statistics import CONFIDENCE, FEWEST, Estimate

FORMAT: Final = "radgame-study-1"
Table = tuple[list[str], list[list[object]]]
Phase = TrialPart.Phase


# --- tables ------------------------------------------------------------------------


def table(trial: Trial, name: str) -> Table:
    """Head and rows. Raises ``KeyError`` for a name that is not in ``pages.TABLES``."""
    return _TABLES[name](trial)


def _arms(trial: Trial) -> Table:
    head = [
        *(_("Game"), _("Arm"), _("Training"), _("Drawn"), _("Trained"), _("Finished"), _("n")),
        *(_("Pre-test"), _("Post-test"), _("Change"), _("Low"), _("High"), _("SD of change")),
        *(_("Relative change"), _("Seconds a case, pre-test"), _("training"), _("post-test")),
    ]
    rows: list[list[object]] = [
        [
            *(result.game.value, row.arm.name, row.arm.mode),
            *(row.flow.drawn, row.flow.trained, row.flow.finished, row.change.n),
            *_cells(row.change.pre, row.change.post),
            *_cells(row.change.change, *_ends(row.change.interval)),
            *_cells(row.change.sd, row.change.relative),
            *_cells(row.times.pre, row.times.training, row.times.post),
        ]
        for result in results_of(read_ledger(trial)).games
        for row in result.arms
    ]
    return head, rows


def _comparisons(trial: Trial) -> Table:
    head = [
        *(_("Game"), _("First arm"), _("Second arm")),
        *(_("Difference of changes"), _("Low"), _("High")),
        *(_("Hedges' g"), _("g, low"), _("g, high")),
        *(_("Adjusted difference"), _("adjusted, low"), _("adjusted, high")),
    ]
    rows: list[list[object]] = []
    for result in results_of(read_ledger(trial)).games:
        for row in result.comparisons:
            names = [result.arms[number].arm.name for number in (row.first, row.second)]
            values: list[float | None] = []
            for estimate in (row.difference, row.hedges_g, row.adjusted):
                values += [estimate.value if estimate else None, *_ends(estimate)]
            rows.append([result.game.value, *names, *_cells(*values)])
    return head, rows


def _learners(trial: Trial) -> Table:
    ledger = read_ledger(trial)
    head = [_("Code"), _("Arm"), _("Enrolled"), _("Drawn"), _("Trained"), _("Finished")]
    for game in ledger.games:
        head += [f"{game.value}: {word}" for word in (_("Pre-test"), _("Post-test"), _("Change"))]
    rows: list[list[object]] = []
    for taker in ledger.takers:
        row: list[object] = [
            taker.enrolment.code,
            "" if taker.arm is None else ledger.arms[taker.arm].name,
            *(
                _moment(getattr(taker.enrolment, name)) or ""
                for name in ("enrolled_at", "allocated_at", "trained_at", "finished_at")
            ),
        ]
        for game in ledger.games:
            pair = pair_of(ledger, taker, game)
            row += ["", "", ""] if pair is None else _cells(pair.pre, pair.post, pair.change)
        rows.append(row)
    return head, rows


def _attempts(trial: Trial) -> Table:
    head = [
        *(_("Code"), _("Game"), _("Phase"), _("Arm"), _("Case"), _("Score"), _("Seconds")),
        *(_("Submitted"), _("First attempt"), _("Rule")),
    ]
    rows: list[list[object]] = [
        [
            *(row["code"], row["game"], row["phase"], row["arm"], row["case"]),
            *(row["score"], row["seconds"], row["submitted_at"], row["first"]),
            row["scorer_version"],
        ]
        for row in _told_attempts(trial, read_ledger(trial))
    ]
    return head, rows


def _shown(trial: Trial) -> Table:
    head = [
        *(_("Code"), _("Game"), _("Phase"), _("Arm"), _("Case"), _("Seconds")),
        *(_("Shown"), _("Left")),
    ]
    rows: list[list[object]] = [
        [
            *(row["code"], row["game"], row["phase"], row["arm"], row["case"], row["seconds"]),
            *(row["shown_at"], row["left_at"] or ""),
        ]
        for row in _told_exposures(trial, read_ledger(trial))
    ]
    return head, rows


_TABLES: Final[dict[str, Callable[[Trial], Table]]] = {
    "arms": _arms,
    "comparisons": _comparisons,
    "learners": _learners,
    "attempts": _attempts,
    "shown": _shown,
}


def _cells(*values: float | None) -> list[object]:
    return ["" if value is None else round(value, 6) for value in values]


def _ends(estimate: Estimate | None) -> tuple[float | None, float | None]:
    return (None, None) if estimate is None else (estimate.low, estimate.high)


# --- the whole -----------------------------------------------------------------------


def study_response(trial: Trial) -> HttpResponse:
    """The whole study as one JSON file."""
    text = written(study_document(trial))
    response = HttpResponse(text, content_type="application/json; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="study-{trial.pk}.json"'
    return response


def written(document: dict[str, Any]) -> str:
    """A JSON object with a line for each row of its lists.

    Put together here, since the encoder that indents is written in Python, and a study may have a
    hundred thousand rows.
    """
    encode = DjangoJSONEncoder(ensure_ascii=False).encode
    parts = []
    for name, value in document.items():
        is_table = isinstance(value, list) and bool(value)
        told = "[\n" + ",\n".join(map(encode, value)) + "\n]" if is_table else encode(value)
        parts.append(f"{encode(name)}: {told}")
    return "{\n" + ",\n".join(parts) + "\n}\n"


def study_document(trial: Trial, *, now: datetime | None = None) -> dict[str, Any]:
    """Protocol, order of drawing, and every attempt: what the results page can be computed from.

    The seed is in it once the study is closed: before, it would tell who comes into which arm next.
    """
    now = now or timezone.now()
    ledger = read_ledger(trial)
    closed = is_closed(trial, now)
    return {
        "format": FORMAT,
        "made_at": now,
        "radgame": settings.VERSION,
        "study": {
            "id": trial.pk,
            "title": trial.title,
            "description": trial.description,
            "time_zone": trial.cohort.time_zone,
            "opens_at": trial.opens_at,
            "closes_at": trial.closes_at,
            "closed_at": trial.closed_at,
            "is_closed": closed,
            "games": [game.value for game in ledger.games],
            "is_shuffled": trial.is_shuffled,
            "allows_overlap": trial.allows_overlap,
            "pre_set": trial.pre_set.slug,
            "post_set": trial.post_set.slug,
            "seed": trial.seed if closed else None,
            "confidence": CONFIDENCE,
            "fewest": FEWEST,
        },
        "arms": [
            {"name": arm.name, "mode": arm.mode, "training_set": part.assignment.case_set.slug}
            for arm, part in _with_part(ledger)
        ],
        "case_sets": _case_sets([part.assignment.case_set for part in ledger.parts]),
        "enrolments": [
            {
                "code": taker.enrolment.code,
                "enrolled_at": taker.enrolment.enrolled_at,
                "place": taker.enrolment.place,
                "arm": None if taker.arm is None else ledger.arms[taker.arm].name,
                "allocated_at": taker.enrolment.allocated_at,
                "trained_at": taker.enrolment.trained_at,
                "finished_at": taker.enrolment.finished_at,
                "left_cohort_at": taker.enrolment.membership.left_at,
            }
            for taker in ledger.takers
        ],
        "attempts": list(_told_attempts(trial, ledger)),
        "exposures": list(_told_exposures(trial, ledger)),
    }


def _with_part(ledger: Ledger) -> Iterator[tuple[Any, TrialPart]]:
    for number, arm in enumerate(ledger.arms):
        yield arm, ledger.part(Phase.TRAINING, ledger.games[0], number)


def _case_sets(sets: Sequence[CaseSet]) -> dict[str, Any]:
    """What was played, as it was: each version of a set has a name of its own."""
    cases: dict[int, list[str]] = {}
    rows = CaseSetItem.objects.filter(case_set__in=sets).order_by("case_set", "position")
    for case_set, case in rows.values_list("case_set", F("case__public_id")):
        cases.setdefault(case_set, []).append(str(case))
    return {
        one.slug: {"title": one.title, "version": one.version, "cases": cases.get(one.pk, [])}
        for one in sets
    }


def _told_attempts(trial: Trial, ledger: Ledger) -> Iterator[dict[str, Any]]:
    names = _Names(trial, ledger)
    for row in reads.attempts(names.parts):
        code = names.code(row["reader"])
        if code is not None:
            yield {
                "code": code,
                **names.part(row["assignment"]),
                "case": str(row["public_id"]),
                "score": row["score"],
                "seconds": row["seconds"],
                "submitted_at": _moment(row["occurred_at"]),
                "first": row["is_first"],
                "scorer_version": row["scorer_version"],
            }


def _told_exposures(trial: Trial, ledger: Ledger) -> Iterator[dict[str, Any]]:
    names = _Names(trial, ledger)
    for row in reads.exposures(names.parts):
        code = names.code(row["reader"])
        if code is not None:
            yield {
                "code": code,
                **names.part(row["assignment"]),
                "case": str(row["public_id"]),
                "seconds": row["seconds"],
                "shown_at": _moment(row["shown_at"]),
                "left_at": _moment(row["left_at"]),
            }


class _Names:
    """Codes in place of people, and phases in place of keys."""

    def __init__(self, trial: Trial, ledger: Ledger) -> None:
        self.parts = parts_of(trial)
        self._codes = {
            taker.enrolment.membership.person_id: taker.enrolment.code for taker in ledger.takers
        }
        arms = {arm.pk: arm.name for arm in ledger.arms}
        self._parts = {
            part.assignment_id: {
                "game": part.assignment.game,
                "phase": part.phase,
                "arm": None if part.arm_id is None else arms[part.arm_id],
            }
            for part in self.parts
        }

    def code(self, person: int) -> str | None:
        return self._codes.get(person)

    def part(self, assignment: Any) -> dict[str, Any]:
        return self._parts[assignment]


def _moment(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
