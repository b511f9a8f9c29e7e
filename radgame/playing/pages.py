"""What the templates of every game are given: reads only, in a constant number of queries."""

import json
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, cast

from django.contrib.auth.models import AnonymousUser
from django.core.cache import caches
from django.db.models import Avg, Count, IntegerField, OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from radgame.accounts.models import User
from radgame.cases.dossier import FilmFacts, open_sheet
from radgame.cases.models import Case, CaseImage, CaseSet, CaseSetItem, Play, Sex, Study, View

from .assigned import end_of, feedback_words, last_moment, shows_feedback, takes_work, way_on
from .models import A, BaseAttempt, BaseExposure, BaseSitting, GameRows, S
from .modules import modules_of
from .services import next_place

# How many films the summary asks to look at again.
LOOK_AGAIN = 12
LOOK_AGAIN_BELOW = 0.999

NEXT_FILM_KEPT_S = 300


# --- films and patient --------------------------------------------------------


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
    label: str
    alt: str


def films_of(case: Case) -> tuple[FilmView, ...]:
    """The films of a case in the order they hang, in the reader's language."""
    sheet = open_sheet(case)
    made = f"films {get_language()}"
    if made not in sheet.made:
        sheet.made[made] = _film_views(sheet.films)
    return cast(tuple[FilmView, ...], sheet.made[made])


def _film_views(films: Sequence[FilmFacts]) -> tuple[FilmView, ...]:
    labels = view_labels([film.view for film in films])
    return tuple(
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
            label=label,
            alt=_("Chest radiograph, %(view)s") % {"view": View(film.view).label},
        )
        for film, label in zip(films, labels, strict=True)
    )


def view_labels(views: Sequence[str]) -> list[str]:
    """A short name for each view of a study; the second of a kind is numbered.

    >>> view_labels(["PA", "LATERAL", "LATERAL", ""])
    ['PA', 'Lateral', 'Lateral 2', 'View 4']
    """
    labels = []
    for index, view in enumerate(views):
        if view == View.UNKNOWN:
            labels.append(_("View %(number)d") % {"number": index + 1})
            continue
        before = list(views[:index]).count(view)
        name = capfirst(str(View(view).label))
        labels.append(f"{name} {before + 1}" if before else name)
    return labels


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


# --- sets ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SetRow:
    """A set in a list: its size in this game, and how far the open sitting is."""

    case_set: CaseSet
    game_name: str
    size: int
    done: int
    is_open: bool
    start_url: str


def size_of(rows: GameRows[S, A], case_set: CaseSet) -> int:
    """How many cases of the set this game plays."""
    return cast(int, getattr(case_set, f"{rows.play.value}_size"))


def set_rows(rows: GameRows[S, A], reader: User | AnonymousUser) -> list[SetRow]:
    """The sets this person may play, in one query; one made for them while it is open."""
    case_sets = CaseSet.objects.playable_by(reader, rows.play)
    if reader.is_authenticated:
        done = (
            rows.attempts._default_manager.filter(
                sitting__reader=reader,
                sitting__case_set=OuterRef("pk"),
                sitting__finished_at=None,
                sitting__assignment=None,
                status=BaseAttempt.Status.SUBMITTED,
            )
            .order_by()
            .values("sitting__case_set")
            .annotate(count=Count("pk"))
            .values("count")
        )
        opened = (
            rows.sittings._default_manager.filter(
                reader=reader, case_set=OuterRef("pk"), finished_at=None, assignment=None
            )
            .order_by()
            .values("case_set")
            .annotate(count=Count("pk"))
            .values("count")
        )
        case_sets = case_sets.annotate(
            done=Coalesce(Subquery(done), 0), open_sittings=Coalesce(Subquery(opened), 0)
        ).filter(Q(made_for__isnull=True) | Q(open_sittings__gt=0))
    else:
        nothing = Value(0, output_field=IntegerField())
        case_sets = case_sets.annotate(done=nothing, open_sittings=nothing)
    return [
        SetRow(
            case_set=row,
            game_name=str(rows.play.label),
            size=size_of(rows, row),
            done=row.done,  # type: ignore[attr-defined]
            is_open=bool(row.open_sittings),  # type: ignore[attr-defined]
            start_url=reverse(f"{rows.space}:start", args=[row.slug]),
        )
        for row in case_sets
    ]


def sets_url(rows: GameRows[S, A]) -> str:
    return reverse(f"{rows.space}:sets")


@dataclass(frozen=True, slots=True)
class GameSets:
    """One game on the front door: its name, and the sets to choose from."""

    name: str
    sets_url: str
    rows: tuple[SetRow, ...]


@dataclass(frozen=True, slots=True)
class Home:
    """``current``: the set to go on with, of whatever game; it is left out of ``games``."""

    current: SetRow | None
    games: tuple[GameSets, ...]

    @property
    def first(self) -> SetRow | None:
        """What a stranger is offered to begin with."""
        return next((row for game in self.games for row in game.rows), None)


def home_of(games: Sequence[GameRows[Any, Any]], reader: User | AnonymousUser) -> Home:
    """What a person can play, game by game, the open set that was started last before all."""
    listed = {rows.play: set_rows(rows, reader) for rows in games}
    current = _current(games, listed, reader) if reader.is_authenticated else None
    return Home(
        current=current,
        games=tuple(
            GameSets(
                name=str(rows.play.label),
                sets_url=sets_url(rows),
                rows=tuple(row for row in listed[rows.play] if row is not current),
            )
            for rows in games
        ),
    )


def _current(
    games: Sequence[GameRows[Any, Any]], listed: dict[Play, list[SetRow]], reader: User
) -> SetRow | None:
    open_sittings = [
        (sitting.started_at, rows.play, sitting.case_set_id)
        for rows in games
        if (sitting := _latest_sitting(rows, reader)) is not None
    ]
    if not open_sittings:
        return None
    _started_at, play, case_set_id = max(open_sittings)
    return next((row for row in listed[play] if row.case_set.pk == case_set_id), None)


def _latest_sitting(rows: GameRows[S, A], reader: User) -> S | None:
    return (
        rows.sittings._default_manager.filter(reader=reader, finished_at=None, assignment=None)
        .order_by("-started_at")
        .first()
    )


# --- an attempt's page --------------------------------------------------------


def frame_context(rows: GameRows[S, A], attempt: A, *, entry: str) -> dict[str, Any]:
    """What surrounds an attempt, in play and after; ``entry``: the one script of its pages."""
    case_set = attempt.sitting.case_set
    return {
        "attempt": attempt,
        "case_set": case_set,
        "title": attempt.sitting.title,
        "until": last_moment(attempt.sitting),
        "ends_at": end_of(attempt.sitting),
        "dataset": attempt.case.dataset,
        "number": _number(rows, attempt),
        "of": size_of(rows, case_set),
        "films": films_of(attempt.case),
        "patient": patient_line(attempt.case.study),
        "indication": attempt.case.study.indication,
        "clock": _clock(attempt.elapsed_s),
        "entry": entry,
        "modules": modules_of(entry),
        "sets_url": sets_url(rows),
    }


def shown_context(rows: GameRows[S, A], exposure: BaseExposure, *, entry: str) -> dict[str, Any]:
    """What surrounds a case that is shown with its answer."""
    sitting = exposure.sitting
    places = rows.shown.filter(sitting=exposure.sitting_id, position__lte=exposure.position)
    return {
        "exposure": exposure,
        "case_set": sitting.case_set,
        "title": sitting.title,
        "until": last_moment(sitting),
        "dataset": exposure.case.dataset,
        "number": places.count(),
        "of": size_of(rows, sitting.case_set),
        "films": films_of(exposure.case),
        "patient": patient_line(exposure.case.study),
        "indication": exposure.case.study.indication,
        "entry": entry,
        "modules": modules_of(entry),
        "sets_url": way_on(sitting),
        "leave_url": reverse(f"{rows.space}:leave", args=[exposure.pk]),
    }


class Disputable(Protocol):
    """A line of feedback; one without a number cannot be disputed."""

    @property
    def number(self) -> int | None: ...

    @property
    def headline(self) -> str: ...


def headline_of(lines: Iterable[Disputable], number: int | None) -> str:
    """What a dispute is about, as the reader sees it; empty for the whole case."""
    if number is None:
        return ""
    return next((line.headline for line in lines if line.number == number), "")


def draft_context(attempt: BaseAttempt) -> dict[str, Any]:
    """The answer in the making, as the page's script goes on with it."""
    return {
        "answer": attempt.answer if attempt.draft_revision else None,
        "elapsed_s": attempt.elapsed_s,
        "revision": attempt.draft_revision,
        "saved_at": attempt.draft_saved_at,
    }


def kept_context(rows: GameRows[S, A], attempt: A) -> dict[str, Any]:
    """A case that was submitted, and nothing of what became of it."""
    sitting = attempt.sitting
    return {
        "attempt": attempt,
        "title": sitting.title,
        "number": _number(rows, attempt),
        "of": size_of(rows, sitting.case_set),
        "sets_url": sets_url(rows),
        "next_url": reverse(f"{rows.space}:next", args=[attempt.pk]),
        "opens": feedback_words(sitting),
    }


def after_context(rows: GameRows[S, A], attempt: A, reader: User) -> dict[str, Any]:
    """Where a submitted attempt leads on to; others who look at it go back where they came from.

    A dispute is between its reader and staff: instructors are not shown it.
    """
    is_own = attempt.reader_id == reader.pk
    return {
        "is_own": is_own,
        "shows_flags": is_own or reader.is_staff,
        "reader_name": "" if is_own else attempt.reader.display_name,
        "next_url": reverse(f"{rows.space}:next", args=[attempt.pk]),
        "next_preview_url": _next_preview_url(rows, attempt) if is_own else "",
        "flag_url": flag_url(rows, attempt),
    }


def flag_url(rows: GameRows[S, A], attempt: A) -> str:
    return reverse(f"{rows.space}:flag", args=[attempt.pk])


def _number(rows: GameRows[S, A], attempt: A) -> int:
    """Which case of the sitting this is, from 1.

    Where the game plays every case of the set, the place says so without a query.
    """
    case_set = attempt.sitting.case_set
    if attempt.sitting.order is not None or size_of(rows, case_set) == case_set.size:
        return attempt.position + 1
    return rows.attempts._default_manager.filter(
        sitting=attempt.sitting_id, position__lte=attempt.position
    ).count()


def _next_preview_url(rows: GameRows[S, A], attempt: A) -> str:
    """The next film's address, so that it is there at once when the learner goes on.

    All who play the set share it. A set that grew is noticed within minutes; until then its
    last case says Summary and leads on all the same.
    """
    if attempt.sitting.order is not None:
        return _own_preview_url_after(rows, attempt)
    case_set = attempt.sitting.case_set_id
    return cast(
        str,
        caches["fragments"].get_or_set(
            f"preview-{rows.space}-{case_set}-{attempt.position}",
            lambda: _preview_url_after(rows, case_set, attempt.position),
            NEXT_FILM_KEPT_S,
        ),
    )


def _own_preview_url_after(rows: GameRows[S, A], attempt: A) -> str:
    """The same where the order is the reader's own."""
    cases = Case.objects.playable_as(rows.play)
    place = next_place(attempt.sitting, cases, after=attempt.position)
    if place is None:
        return ""
    film = (
        CaseImage.objects.filter(case=place[1].case_id)
        .order_by("position")
        .values_list("image__token", "image__rendition")
        .first()
    )
    return reverse("films:preview", args=film) if film else ""


def _preview_url_after(rows: GameRows[S, A], case_set_id: int, position: int) -> str:
    film = (
        CaseSetItem.objects.filter(
            case_set=case_set_id,
            position__gt=position,
            case__in=Case.objects.playable_as(rows.play),
        )
        .values_list("case__case_images__image__token", "case__case_images__image__rendition")
        .order_by("position", "case__case_images__position")
        .first()
    )
    return reverse("films:preview", args=film) if film and film[0] else ""


def _clock(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes:02d}:{rest:02d}"


# --- the end of a sitting -----------------------------------------------------


@dataclass(frozen=True, slots=True)
class SummaryRow:
    attempt_id: uuid.UUID
    number: int
    score_percent: int
    preview_url: str
    url: str


@dataclass(frozen=True, slots=True)
class SittingSummary:
    sitting: BaseSitting
    played: int
    of: int
    mean_percent: int | None
    perfect: int
    total_words: str
    look_again: Sequence[SummaryRow]
    sets_url: str
    start_url: str
    # When feedback opens, where it is not open yet; then nothing above but ``played`` is shown.
    opens: str
    # Back to the study that it belongs to.
    study_url: str = ""


def sitting_summary(rows: GameRows[S, A], sitting: S) -> SittingSummary:
    """How a sitting went: figures from one aggregate, and the films to look at again."""
    submitted = rows.attempts._default_manager.filter(
        sitting=sitting, status=BaseAttempt.Status.SUBMITTED
    )
    figures = submitted.aggregate(
        played=Count("pk"),
        mean=Avg("score"),
        perfect=Count("pk", filter=Q(score__gte=LOOK_AGAIN_BELOW)),
        mean_s=Avg("elapsed_s"),
    )
    case_set = sitting.case_set
    return SittingSummary(
        sitting=sitting,
        played=figures["played"],
        of=size_of(rows, case_set),
        mean_percent=None if figures["mean"] is None else round(figures["mean"] * 100),
        perfect=figures["perfect"],
        total_words=_duration_words((figures["mean_s"] or 0) * figures["played"]),
        look_again=_look_again(rows, sitting) if shows_feedback(sitting) else [],
        sets_url=sets_url(rows),
        start_url=_again_url(rows, sitting),
        opens="" if shows_feedback(sitting) else feedback_words(sitting),
        study_url=_study_url(sitting),
    )


def _study_url(sitting: BaseSitting) -> str:
    way = "" if sitting.assignment_id is None else way_on(sitting)
    return "" if way == reverse("home") else way


def _again_url(rows: GameRows[S, A], sitting: S) -> str:
    """Where to go on, or begin again; what was assigned is played once, while it takes work."""
    if sitting.assignment_id is None:
        return reverse(f"{rows.space}:start", args=[sitting.case_set.slug])
    if sitting.finished_at is not None or not takes_work(sitting):
        return ""
    return reverse(f"{rows.space}:start_assigned", args=[sitting.assignment_id])


def _look_again(rows: GameRows[S, A], sitting: S) -> list[SummaryRow]:
    attempts = rows.attempts._default_manager
    turn = (
        attempts.filter(sitting=OuterRef("sitting"), position__lte=OuterRef("position"))
        .order_by()
        .values("sitting")
        .annotate(count=Count("pk"))
        .values("count")
    )
    low = (
        attempts.filter(
            sitting=sitting, status=BaseAttempt.Status.SUBMITTED, score__lt=LOOK_AGAIN_BELOW
        )
        .order_by("score", "position")
        .values_list("pk", "case_id", "score", Subquery(turn))[:LOOK_AGAIN]
    )
    found = list(low)
    films = {
        shown.case_id: shown.image
        for shown in CaseImage.objects.filter(
            case__in=[case_id for _pk, case_id, _score, _turn in found], position=0
        ).select_related("image")
    }
    return [
        SummaryRow(
            attempt_id=pk,
            number=number,
            score_percent=round(score * 100),
            preview_url=reverse(
                "films:preview", args=[films[case_id].token, films[case_id].rendition]
            ),
            url=reverse(f"{rows.space}:attempt", args=[pk]),
        )
        for pk, case_id, score, number in found
    ]


def _duration_words(seconds: float) -> str:
    if seconds < 60:
        return _("%(seconds)d s") % {"seconds": round(seconds)}
    return _("%(minutes)d min") % {"minutes": round(seconds / 60)}
