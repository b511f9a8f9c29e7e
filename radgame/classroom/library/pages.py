"""What the library's templates are given: reads only, in a constant number of queries."""

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Paginator
from django.db.models import F, QuerySet
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _

from radgame.accounts.models import User
from radgame.cases.dossier import FindingFacts, open_key, open_report, open_sheet
from radgame.cases.models import (
    Case,
    CaseImage,
    CaseSet,
    CaseSetItem,
    ReferenceFinding,
    View,
)
from radgame.cases.reference import Report
from radgame.cases.versions import is_in_use
from radgame.progress.models import CaseRating
from radgame.progress.selection import EASY, HARD, OVERALL

from .drawing import Drawn, Filled, count_words, draw_cases
from .forms import PlaceForm, RuleForm, SearchForm, SetForm
from .rules import What
from .search import COUNTED, Count, Difficulty, matching
from .services import can_be_deleted

PER_PAGE = 48
SETS_PER_PAGE = 50


# --- cases as they are shown ----------------------------------------------------


@dataclass(frozen=True, slots=True)
class Card:
    """A case in a grid: its first film, and what the reference standard says, in few words.

    ``film``: what its address is made of; None where it cannot be shown.
    ``place``: from 1, where it is shown in a set.
    """

    public_id: str
    film: tuple[str, str] | None
    preview_url: str
    films: int
    findings: str
    facts: str
    is_held: bool
    place: int | None = None


def cards_of(
    cases: Sequence[int], *, held: Collection[int] = (), first_place: int | None = None
) -> list[Card]:
    """Cards of these cases, by primary key and in this order: four queries."""
    rows = Case.objects.filter(pk__in=cases).select_related("dataset").in_bulk()
    films: dict[int, list[tuple[str, str, str]]] = {}
    for case, *film in (
        CaseImage.objects.filter(case__in=cases)
        .order_by("case", "position")
        .values_list("case_id", "image__token", "image__rendition", "image__view")
    ):
        films.setdefault(case, []).append((film[0], film[1], film[2]))
    findings: dict[int, list[str]] = {}
    for case, name in (
        ReferenceFinding.objects.filter(image__cases__in=cases)
        .order_by("finding__position", "finding__name")
        .values_list("image__cases", "finding__name")
    ):
        if name not in findings.setdefault(case, []):
            findings[case].append(name)
    ratings: dict[int, dict[str, float]] = {}
    for case, game, value in CaseRating.objects.filter(case__in=cases, scope=OVERALL).values_list(
        "case_id", "game", "value"
    ):
        ratings.setdefault(case, {})[game] = value
    return [
        _card(
            rows[key],
            films.get(key, []),
            findings.get(key, []),
            ratings.get(key, {}),
            is_held=key in held,
            place=None if first_place is None else first_place + offset,
        )
        for offset, key in enumerate(cases)
        if key in rows
    ]


def _card(
    case: Case,
    films: Sequence[tuple[str, str, str]],
    findings: Sequence[str],
    ratings: dict[str, float],
    *,
    is_held: bool,
    place: int | None,
) -> Card:
    token, rendition, view = films[0] if films else ("", "", "")
    said = ", ".join(findings) or (_("Normal") if case.is_normal else _("Nothing stated"))
    hard = {_difficulty_of(value) for value in ratings.values()}
    facts = [
        case.dataset.name,
        *([str(View(view).label)] if view else []),
        *(str(difficulty.label) for difficulty in Difficulty if difficulty in hard),
    ]
    is_open = case.status == Case.Status.READY
    film = (token, rendition) if token and is_open else None
    return Card(
        public_id=str(case.public_id),
        film=film,
        preview_url=reverse("films:preview", args=film) if film else "",
        films=len(films),
        findings=said,
        facts=" · ".join(facts),
        is_held=is_held,
        place=place,
    )


def _difficulty_of(rating: float) -> Difficulty:
    if rating < (EASY.high or 0):
        return Difficulty.EASY
    return Difficulty.HARD if rating >= (HARD.low or math.inf) else Difficulty.MEDIUM


# --- sets -----------------------------------------------------------------------


def sets_context(person: User, page: str) -> dict[str, Any]:
    """One's own sets, those that are played first; and what others share."""
    return {
        "own": own_sets(person),
        "shared": Paginator(shared_sets(person), SETS_PER_PAGE).get_page(page),
    }


def own_sets(person: User) -> QuerySet[CaseSet]:
    return CaseSet.objects.edited_by(person).order_by(
        F("archived_at").desc(nulls_first=True), "title", "pk"
    )


def shared_sets(person: User) -> QuerySet[CaseSet]:
    shared = CaseSet.objects.read_by(person).standing().exclude(owner=person)
    return shared.select_related("owner")


def set_context(
    person: User, case_set: CaseSet, page: str = "", form: SetForm | None = None
) -> dict[str, Any]:
    """A set with its cases in order, and what this person may do to it."""
    items = CaseSetItem.objects.filter(case_set=case_set).order_by("position")
    places = Paginator(items.values_list("case_id", flat=True), PER_PAGE).get_page(page)
    can_edit = CaseSet.objects.edited_by(person).filter(pk=case_set.pk).exists()
    return {
        "case_set": case_set,
        "places": places,
        "cards": cards_of(list(places), first_place=places.start_index()),
        "can_edit": can_edit,
        "can_delete": can_edit and can_be_deleted(case_set),
        "is_in_use": is_in_use(case_set),
        "newer": CaseSet.objects.read_by(person).filter(supersedes=case_set).first(),
        "older": case_set.supersedes,
        "form": form or (SetForm(instance=case_set) if can_edit else None),
    }


def set_url(case_set: CaseSet) -> str:
    return reverse("library:set", args=[case_set.slug])


def after_adding(case_set: CaseSet, query: str | None) -> str:
    """Back to the search that found the cases, now for the version that has them; else the set."""
    if query is None:
        return set_url(case_set)
    asked = QueryDict(query, mutable=True)
    asked["set"] = case_set.slug
    return f"{reverse('library:search')}?{asked.urlencode()}"


def refusal_of(form: PlaceForm) -> str:
    return " ".join(str(message) for errors in form.errors.values() for message in errors)


# --- search ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Found:
    """A page of what fits; ``number`` from 1."""

    cards: tuple[Card, ...]
    count: Count
    number: int
    has_next: bool


def find(person: User, form: SearchForm, case_set: CaseSet | None, number: int) -> Found:
    """One query finds and counts; whoever turns more pages than are counted reads so far."""
    start = (number - 1) * PER_PAGE
    read = max(COUNTED, start + PER_PAGE) + 1
    cases = matching(person, form.query(case_set)).order_by("pk")
    keys = list(cases.values_list("pk", flat=True)[:read])
    shown = keys[start : start + PER_PAGE]
    held: set[int] = set()
    if case_set is not None:
        there = CaseSetItem.objects.filter(case_set=case_set, case__in=shown)
        held = set(there.values_list("case_id", flat=True))
    return Found(
        cards=tuple(cards_of(shown, held=held)),
        count=Count(min(len(keys), COUNTED), more=len(keys) > COUNTED),
        number=number,
        has_next=len(keys) > start + PER_PAGE,
    )


def search_context(person: User, asked: QueryDict, case_set: CaseSet | None) -> dict[str, Any]:
    """The form as it was asked, and what it found; nothing where it cannot be asked so."""
    form = SearchForm(asked, person=person)
    number = int(page) if (page := asked.get("page", "")).isdecimal() and len(page) < 6 else 1
    found = find(person, form, case_set, max(1, number)) if form.is_valid() else None
    return {
        "form": form,
        "case_set": case_set,
        "found": found,
        "count": count_words(found.count) if found else "",
        "query": _without_page(asked),
        "here": asked.urlencode(),
    }


def _without_page(asked: QueryDict) -> str:
    rest = asked.copy()
    rest.pop("page", None)
    return rest.urlencode()


# --- rules ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PartLine:
    """A part of a drawn set in words, and what is short in it."""

    label: str
    filled: Filled


def rule_context(person: User, asked: QueryDict, case_set: CaseSet | None) -> dict[str, Any]:
    """The rule as it was asked, and what it draws; nothing is stored."""
    form = RuleForm(asked if "size" in asked else None, person=person, initial={"size": 20})
    context: dict[str, Any] = {"form": form, "case_set": case_set}
    if not form.is_valid():
        return context
    recipe = form.recipe()
    held = () if case_set is None else tuple(case_set.items.values_list("case_id", flat=True))
    drawn = draw_cases(person=person, recipe=recipe, but=held)
    names = dict(form.fields["findings"].choices)  # type: ignore[attr-defined]
    again = asked.copy()
    again.pop("seed", None)
    return {
        **context,
        "drawn": drawn,
        "cards": cards_of([case.pk for case in drawn.cases]),
        "parts": _part_lines(drawn, names),
        "again": again.urlencode(),
        "title": ", ".join(str(names[finding]) for finding in recipe.shares.findings),
    }


def _part_lines(drawn: Drawn, names: dict[str, Any]) -> list[PartLine]:
    words = {
        What.NORMAL: _("Normal"),
        What.ABNORMAL: _("Abnormal"),
        What.ANY: _("Whatever is on them"),
    }
    return [
        PartLine(
            words.get(filled.part.what) or str(names[filled.part.finding]),
            filled,
        )
        for filled in drawn.parts
    ]


# --- one case -------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Place:
    """A reference region on a film, in source pixels; ``colour``: of its finding."""

    x: float
    y: float
    width: float
    height: float
    points: str
    colour: int


@dataclass(frozen=True, slots=True)
class Film:
    preview_url: str
    columns: int
    rows: int
    view: str
    places: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class Stated:
    """A statement of the reference standard with who drew a region for it."""

    finding: FindingFacts
    sentence: str
    readers: str
    median_percent: int | None


def case_context(case: Case) -> dict[str, Any]:
    """A case with its whole reference standard: for who teaches, see ``access.py``."""
    sheet, key = open_sheet(case), open_key(case)
    places: dict[str, list[Place]] = {}
    readers: dict[int, list[str]] = {}
    for region in key.reference.regions:
        x_min, y_min, x_max, y_max = region.box
        points = " ".join(f"{x:.1f},{y:.1f}" for x, y in region.polygon or ())
        colour = sheet.findings[region.finding].colour
        places.setdefault(region.image, []).append(
            Place(x_min, y_min, x_max - x_min, y_max - y_min, points, colour)
        )
        if region.reader not in readers.setdefault(region.statement_id, []):
            readers[region.statement_id].append(region.reader)
    report: Report | None = open_report(case) if case.for_report else None
    return {
        "case": case,
        "films": [
            Film(
                reverse("films:preview", args=[film.token, film.rendition]),
                film.columns,
                film.rows,
                str(View(film.view).label),
                tuple(places.get(film.token, ())),
            )
            for film in sheet.films
        ],
        "stated": [
            Stated(
                finding=sheet.findings[statement.finding],
                sentence=statement.sentence,
                readers=", ".join(readers.get(statement.id, ())),
                median_percent=round(100 * key.agreement[statement.finding].median)
                if statement.finding in key.agreement
                else None,
            )
            for statement in key.reference.statements
        ],
        "readers": key.reference.readers,
        "report": report,
    }
