"""What the templates are given: reads only, in a constant number of queries."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.cache import caches
from django.db.models import Avg, Count, IntegerField, OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext as _

from radgame.accounts.models import User
from radgame.cases.dossier import open_sheet
from radgame.cases.models import (
    Case,
    CaseImage,
    CaseSet,
    CaseSetItem,
    Kind,
    Play,
    Sex,
    Study,
    View,
)

from .feedback import build_feedback
from .forms import FlagForm
from .models import Attempt, Sitting
from .phrases import film_strings, reading_strings, review_strings

# The page's scripts, so that the browser asks for all of them at once.
MODULES = sorted(
    f"js/{path.relative_to(settings.BASE_DIR / 'static' / 'js')}"
    for folder in ("elements", "viewer")
    for path in (settings.BASE_DIR / "static" / "js" / folder).glob("*.js")
    if path.name != "pixel-worker.js"
)

# How many films the summary asks to look at again.
LOOK_AGAIN = 12
LOOK_AGAIN_BELOW = 0.999

NEXT_FILM_KEPT_S = 300


@dataclass(frozen=True, slots=True)
class FilmView:
    """One film as the viewer's markup needs it."""

    token: str
    columns: int
    rows: int
    preview_url: str
    pixels_url: str
    window_center: float
    window_width: float
    maximum: int
    presets_json: str
    spacing_mm: float | None
    alt: str


@dataclass(frozen=True, slots=True)
class SetRow:
    case_set: CaseSet
    done: int
    is_open: bool


def set_rows(reader: User | AnonymousUser) -> list[SetRow]:
    """The sets this person may play, with how far the open sitting is."""
    case_sets = CaseSet.objects.playable_by(reader, Play.LOCALIZE)
    if reader.is_authenticated:
        done = (
            Attempt.objects.filter(
                sitting__reader=reader,
                sitting__case_set=OuterRef("pk"),
                sitting__finished_at=None,
                status=Attempt.Status.SUBMITTED,
            )
            .order_by()
            .values("sitting__case_set")
            .annotate(count=Count("pk"))
            .values("count")
        )
        opened = (
            Sitting.objects.filter(reader=reader, case_set=OuterRef("pk"), finished_at=None)
            .order_by()
            .values("case_set")
            .annotate(count=Count("pk"))
            .values("count")
        )
        case_sets = case_sets.annotate(
            done=Coalesce(Subquery(done), 0), open_sittings=Coalesce(Subquery(opened), 0)
        )
    else:
        nothing = Value(0, output_field=IntegerField())
        case_sets = case_sets.annotate(done=nothing, open_sittings=nothing)
    return [
        SetRow(case_set=row, done=row.done, is_open=bool(row.open_sittings))  # type: ignore[attr-defined]
        for row in case_sets
    ]


def films_of(case: Case) -> list[FilmView]:
    """The films of a case in the order they hang."""
    return [
        FilmView(
            token=film.token,
            columns=film.columns,
            rows=film.rows,
            preview_url=reverse("films:preview", args=[film.token, film.rendition]),
            pixels_url=reverse("films:pixels", args=[film.token, film.rendition]),
            window_center=film.window_center,
            window_width=film.window_width,
            maximum=film.maximum,
            presets_json=json.dumps(
                [{**preset, "label": _preset_label(preset["name"])} for preset in film.presets]
            ),
            spacing_mm=film.spacing_mm,
            alt=_("Chest radiograph, %(view)s") % {"view": View(film.view).label},
        )
        for film in open_sheet(case).films
    ]


def _preset_label(name: str) -> str:
    return {
        "lung": _("Lung"),
        "bone": _("Bone"),
        "mediastinum": _("Mediastinum"),
        "full": _("Whole range"),
    }.get(name, name)


def patient_line(study: Study) -> str:
    """Age and sex in the words of a request form; empty when neither is stated."""
    age = "" if study.age_years is None else _age_words(study.age_years)
    sex = "" if study.sex == Sex.UNKNOWN else Sex(study.sex).label
    return ", ".join(str(part) for part in (sex, age) if part)


def _age_words(age_years: float) -> str:
    if age_years >= 2:
        return _("%(age)d years") % {"age": age_years}
    return _("%(age)d months") % {"age": round(age_years * 12)}


def play_context(attempt: Attempt) -> dict[str, Any]:
    """An attempt in play. Nothing here depends on the reference standard."""
    sheet = open_sheet(attempt.case)
    findings = [sheet.findings[slug] for slug in sheet.offered]
    return {
        **_frame(attempt),
        "draw": [finding for finding in findings if finding.kind == Kind.DRAW],
        "select": [finding for finding in findings if finding.kind == Kind.SELECT],
        "draft": {
            "answer": attempt.answer if attempt.draft_revision else None,
            "elapsed_s": attempt.elapsed_s,
            "revision": attempt.draft_revision,
            "saved_at": attempt.draft_saved_at,
        },
        # Called by the template, and only when its part of the page is not kept already.
        "strings": lambda: {**film_strings(), **reading_strings()},
    }


def feedback_context(attempt: Attempt, *, fresh: bool = False) -> dict[str, Any]:
    """A submitted attempt; ``fresh`` when this very request submitted it."""
    return {
        **_frame(attempt),
        "feedback": build_feedback(attempt, fresh=fresh),
        "strings": lambda: {**film_strings(), **review_strings()},
        "next_preview_url": _next_preview_url(attempt),
        "flag_form": FlagForm(),
    }


def flags_context(attempt: Attempt, form: FlagForm) -> dict[str, Any]:
    feedback = build_feedback(attempt)
    return {
        "attempt": attempt,
        "flags": feedback.flags,
        "lines": feedback.lines,
        "flag_form": form,
    }


def _frame(attempt: Attempt) -> dict[str, Any]:
    case_set = attempt.sitting.case_set
    return {
        "attempt": attempt,
        "case_set": case_set,
        "dataset": attempt.case.dataset,
        "number": _number(attempt),
        "of": case_set.localize_size,
        "films": films_of(attempt.case),
        "patient": patient_line(attempt.case.study),
        "indication": attempt.case.study.indication,
        "clock": _clock(attempt.elapsed_s),
        "modules": MODULES,
    }


def _number(attempt: Attempt) -> int:
    """Which case of the sitting this is, from 1.

    Where the game plays every case of the set, the place says so without a query.
    """
    case_set = attempt.sitting.case_set
    if case_set.localize_size == case_set.size:
        return attempt.position + 1
    return attempt.sitting.attempts.filter(position__lte=attempt.position).count()


def _next_preview_url(attempt: Attempt) -> str:
    """The next film's address, so that it is there at once when the learner goes on.

    All who play the set share it. A set that grew is noticed within minutes; until then its
    last case says Summary and leads on all the same.
    """
    place = (attempt.sitting.case_set_id, attempt.position + 1)
    return cast(
        str,
        caches["fragments"].get_or_set(
            f"preview-{place[0]}-{place[1]}", lambda: _preview_url(*place), NEXT_FILM_KEPT_S
        ),
    )


def _preview_url(case_set_id: int, position: int) -> str:
    film = (
        CaseSetItem.objects.filter(
            case_set=case_set_id,
            position__gte=position,
            case__in=Case.objects.playable_as(Play.LOCALIZE),
        )
        .values_list("case__case_images__image__token", "case__case_images__image__rendition")
        .order_by("position", "case__case_images__position")
        .first()
    )
    return reverse("films:preview", args=film) if film and film[0] else ""


@dataclass(frozen=True, slots=True)
class SummaryRow:
    attempt: Attempt
    number: int
    score_percent: int
    preview_url: str


@dataclass(frozen=True, slots=True)
class SittingSummary:
    sitting: Sitting
    played: int
    of: int
    mean_percent: int | None
    perfect: int
    total_words: str
    look_again: Sequence[SummaryRow]


def sitting_summary(sitting: Sitting) -> SittingSummary:
    """How a sitting went: figures from one aggregate, and the films to look at again."""
    submitted = sitting.attempts.filter(status=Attempt.Status.SUBMITTED)
    figures = submitted.aggregate(
        played=Count("pk"),
        mean=Avg("score"),
        perfect=Count("pk", filter=Q(score__gte=LOOK_AGAIN_BELOW)),
        mean_s=Avg("elapsed_s"),
    )
    up_to = (
        Attempt.objects.filter(sitting=OuterRef("sitting"), position__lte=OuterRef("position"))
        .order_by()
        .values("sitting")
        .annotate(count=Count("pk"))
        .values("count")
    )
    rows = (
        submitted.filter(score__lt=LOOK_AGAIN_BELOW)
        .annotate(turn=Subquery(up_to))
        .order_by("score", "position")[:LOOK_AGAIN]
    )
    first_films = {
        shown.case_id: shown.image
        for shown in CaseImage.objects.filter(
            case__in=[row.case_id for row in rows], position=0
        ).select_related("image")
    }
    return SittingSummary(
        sitting=sitting,
        played=figures["played"],
        of=sitting.case_set.localize_size,
        mean_percent=None if figures["mean"] is None else round(figures["mean"] * 100),
        perfect=figures["perfect"],
        total_words=_duration_words((figures["mean_s"] or 0) * figures["played"]),
        look_again=[
            SummaryRow(
                attempt=row,
                number=row.turn,
                score_percent=round((row.score or 0) * 100),
                preview_url=reverse(
                    "films:preview",
                    args=[first_films[row.case_id].token, first_films[row.case_id].rendition],
                ),
            )
            for row in rows
        ],
    )


def home_context(reader: User) -> dict[str, Any]:
    """The set to go on with, and the sets to choose from."""
    latest = (
        Sitting.objects.filter(reader=reader, finished_at=None)
        .select_related("case_set")
        .order_by("-started_at")
        .first()
    )
    rows = set_rows(reader)
    current = next(
        (row for row in rows if latest is not None and row.case_set.pk == latest.case_set_id), None
    )
    return {"current": current, "rows": [row for row in rows if row is not current]}


def _duration_words(seconds: float) -> str:
    if seconds < 60:
        return _("%(seconds)d s") % {"seconds": round(seconds)}
    return _("%(minutes)d min") % {"minutes": round(seconds / 60)}


def _clock(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes:02d}:{rest:02d}"
