"""The library for programs of instructors: search, draw by a rule, make and change sets."""

import uuid
from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.forms.models import model_to_dict
from django.urls import path, reverse
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from radgame.accounts.models import User
from radgame.cases.api import A_TOKEN, FilmShape, shown_films
from radgame.cases.dossier import open_key, open_report, open_sheet
from radgame.cases.models import Audience, Case, CaseSet, CaseSetItem, Play, View
from radgame.cases.versions import is_in_use
from radgame.classroom.access import may_teach
from radgame.rest.errors import accept, refusing
from radgame.rest.models import Scope
from radgame.rest.operations import Operation, answer, asked, done, form_data, page, person_of, sent
from radgame.rest.schema import operation
from radgame.rest.shapes import Shape, text, whole, words

from . import services
from .access import get_case, get_own_set, get_shared_set
from .drawing import draw_cases
from .forms import SEEDS, CasesForm, PlaceForm, RuleForm, SearchForm, SetForm
from .pages import Card, cards_of, find, own_sets, shared_sets
from .rules import What
from .search import Agreed, Difficulty, Held, Looked, Shows, Smallest
from .services import LibraryError

A_CASE = "5b0c7a52-2f5e-4a0e-8a54-f1f2d3c4b5a6"

# --- shapes ---------------------------------------------------------------------


def slugs(**options: Any) -> serializers.ListField:
    return serializers.ListField(child=text(100), required=False, max_length=100, **options)


class SourceQuestion(Shape):
    """Where cases come from; what is left out asks nothing."""

    findings = slugs(help_text="Any of these.")
    dataset = text(50, required=False)
    play = serializers.ChoiceField(choices=Play.choices, required=False)
    difficulty = serializers.ChoiceField(
        choices=Difficulty.choices, required=False, help_text="In the game named by play."
    )
    view = serializers.ChoiceField(choices=Looked.choices, required=False)
    agreement = serializers.ChoiceField(choices=Agreed.choices, required=False)
    smallest = serializers.ChoiceField(choices=Smallest.choices, required=False)
    set = text(80, required=False, help_text="Slug of a set of yours that you are making.")


class SearchQuestion(SourceQuestion):
    shows = serializers.ChoiceField(choices=Shows.choices, required=False)
    held = serializers.ChoiceField(
        choices=Held.choices, required=False, help_text="Whether that set has it."
    )
    page = whole(minimum=1, default=1, maximum=99_999, help_text="Of 48 cases, from 1.")


class RuleQuestion(SourceQuestion):
    """Twenty cases, 30 % normal, pneumothorax and effusion, medium."""

    play = serializers.ChoiceField(choices=Play.choices)
    size = whole(minimum=1, maximum=200)
    normal_percent = whole(minimum=0, maximum=100, required=False)
    seed = whole(
        minimum=0, maximum=SEEDS - 1, required=False, help_text="The same seed, the same cases."
    )


class CaseCardShape(Shape):
    """A case in a list, with what the reference standard says in few words."""

    id = serializers.UUIDField(source="card.public_id")
    preview = serializers.CharField(help_text="Of its first film; empty where none is shown.")
    films = serializers.IntegerField(source="card.films")
    findings = serializers.CharField(source="card.findings")
    facts = serializers.CharField(source="card.facts")
    is_held = serializers.BooleanField(
        source="card.is_held", help_text="Whether the set you are making has it."
    )
    place = serializers.IntegerField(
        source="card.place", allow_null=True, help_text="In its set, from 1."
    )
    example = {
        "id": A_CASE,
        "preview": f"/api/v1/films/{A_TOKEN}/5d1f/preview.webp",
        "films": 1,
        "findings": "Nodule/Mass",
        "facts": "RadGame demo · PA · Medium",
        "is_held": False,
        "place": None,
    }


class FoundShape(Shape):
    count = serializers.IntegerField()
    more = serializers.BooleanField(help_text="Whether there are more than were counted.")
    page = serializers.IntegerField()
    has_next = serializers.BooleanField()
    results = CaseCardShape(many=True)
    example = {
        "count": 1,
        "more": False,
        "page": 1,
        "has_next": False,
        "results": [CaseCardShape.example],
    }


class PartShape(Shape):
    what = serializers.ChoiceField(source="part.what", choices=[what.value for what in What])
    finding = serializers.CharField(source="part.finding")
    asked = serializers.IntegerField(source="part.count")
    got = serializers.IntegerField()
    why = serializers.CharField(help_text="Where it is short, what the library has.")


class DrawnShape(Shape):
    seed = serializers.IntegerField()
    missing = serializers.IntegerField()
    parts = PartShape(many=True)
    results = CaseCardShape(many=True)
    example = {
        "seed": 1720,
        "missing": 0,
        "parts": [{"what": "normal", "finding": "", "asked": 1, "got": 1, "why": ""}],
        "results": [CaseCardShape.example],
    }


class ReferenceRegionShape(Shape):
    image = serializers.CharField()
    finding = serializers.CharField()
    reader = serializers.CharField()
    box = serializers.ListField(child=serializers.FloatField())
    polygon = serializers.ListField(
        child=serializers.ListField(child=serializers.FloatField()), allow_null=True
    )


class StatementShape(Shape):
    image = serializers.CharField()
    finding = serializers.CharField()
    sentence = serializers.CharField()
    locations = words()
    explanation = serializers.CharField()


class ReportShape(Shape):
    technique = serializers.CharField()
    findings = serializers.CharField()
    impression = serializers.CharField()


class LibraryCaseShape(Shape):
    """A case with its whole reference standard, for who teaches."""

    id = serializers.UUIDField(source="case.public_id")
    dataset = serializers.CharField(source="case.dataset.slug")
    key = serializers.CharField(source="case.key")
    is_normal = serializers.BooleanField(source="case.is_normal", allow_null=True)
    for_localize = serializers.BooleanField(source="case.for_localize")
    for_report = serializers.BooleanField(source="case.for_report")
    indication = serializers.CharField(source="case.study.indication")
    films = FilmShape(many=True)
    readers = words()
    statements = StatementShape(many=True)
    regions = ReferenceRegionShape(many=True)
    report = ReportShape(allow_null=True)
    example = {
        "id": A_CASE,
        "dataset": "demo",
        "key": "demo-0007",
        "is_normal": False,
        "for_localize": True,
        "for_report": False,
        "indication": "",
        "films": [FilmShape.example],
        "readers": ["reader 1"],
        "statements": [
            {
                "image": A_TOKEN,
                "finding": "nodule-mass",
                "sentence": "",
                "locations": [],
                "explanation": "",
            }
        ],
        "regions": [
            {
                "image": A_TOKEN,
                "finding": "nodule-mass",
                "reader": "reader 1",
                "box": [410.0, 622.5, 498.0, 700.0],
                "polygon": None,
            }
        ],
        "report": None,
    }


class LibrarySetShape(Shape):
    slug = serializers.CharField()
    title = serializers.CharField()
    description = serializers.CharField()
    audience = serializers.ChoiceField(choices=Audience.choices)
    owner = serializers.CharField(allow_null=True, source="owner.display_name", default=None)
    version = serializers.IntegerField()
    size = serializers.IntegerField()
    localize_size = serializers.IntegerField()
    report_size = serializers.IntegerField()
    asks_impression = serializers.BooleanField()
    shows_checklist = serializers.BooleanField()
    model_judge_counts = serializers.BooleanField()
    archived_at = serializers.DateTimeField(allow_null=True)
    superseded_at = serializers.DateTimeField(
        allow_null=True, help_text="When a newer version took its place."
    )
    example = {
        "slug": "pneumothorax-k2m4qx",
        "title": "Pneumothorax, mixed",
        "description": "",
        "audience": "owner",
        "owner": "Charlie",
        "version": 1,
        "size": 20,
        "localize_size": 20,
        "report_size": 6,
        "asks_impression": False,
        "shows_checklist": True,
        "model_judge_counts": False,
        "archived_at": None,
        "superseded_at": None,
    }


class OneSetShape(LibrarySetShape):
    can_edit = serializers.BooleanField()
    is_in_use = serializers.BooleanField(
        help_text="Whether a change of its cases makes a next version."
    )
    example = {**LibrarySetShape.example, "can_edit": True, "is_in_use": False}


class SetsQuestion(Shape):
    whose = serializers.ChoiceField(choices=["own", "shared"], default="own")


def case_ids(**options: Any) -> serializers.ListField:
    return serializers.ListField(
        child=serializers.UUIDField(),
        max_length=services.MOST_CASES,
        help_text="In this order; what is not open to you is left out.",
        **options,
    )


class SetChangesShape(Shape):
    """What is left out stays as it is."""

    title = text(120, required=False, allow_blank=False)
    description = text(5000, required=False)
    audience = serializers.ChoiceField(choices=Audience.choices, required=False)
    asks_impression = serializers.BooleanField(required=False)
    shows_checklist = serializers.BooleanField(required=False)
    model_judge_counts = serializers.BooleanField(required=False)
    example = {"title": "Pneumothorax, hard", "audience": "instructors"}


class NewSetShape(SetChangesShape):
    title = text(120)
    audience = serializers.ChoiceField(choices=Audience.choices, default=Audience.OWNER)
    shows_checklist = serializers.BooleanField(default=True)
    cases = case_ids(required=False)
    example = {"title": "Pneumothorax, mixed", "cases": [A_CASE]}


class CasesShape(Shape):
    cases = case_ids(allow_empty=False)
    example = {"cases": [A_CASE]}


class PlaceShape(Shape):
    case = serializers.UUIDField()
    to = serializers.ChoiceField(choices=["up", "down", "out"])
    example = {"case": A_CASE, "to": "up"}


# --- what is told ---------------------------------------------------------------


def _cards(cards: Iterable[Card]) -> list[dict[str, Any]]:
    return [
        {
            "card": card,
            "preview": reverse("api:film_preview", args=card.film) if card.film else "",
        }
        for card in cards
    ]


def _one_set(person: User, case_set: CaseSet) -> CaseSet:
    """With whether this person may change it, and whether a change makes a next version."""
    can_edit = CaseSet.objects.edited_by(person).filter(pk=case_set.pk).exists()
    case_set.can_edit = can_edit  # type: ignore[attr-defined]
    case_set.is_in_use = is_in_use(case_set)  # type: ignore[attr-defined]
    return case_set


def _made_set(person: User, question: dict[str, Any]) -> CaseSet | None:
    """The set that is being made, where the question names one."""
    slug = question.pop("set", "")
    return get_own_set(person, slug) if slug else None


# --- operations -----------------------------------------------------------------


class LibraryOperation(Operation):
    """Who teaches passes; learners and guests pass nowhere here."""

    scopes = (Scope.TEACH,)

    def admits(self, person: User, method: str) -> bool:
        return may_teach(person)


class Search(LibraryOperation):
    @operation("search_cases", "Search cases", asks=SearchQuestion, gives=FoundShape)
    def get(self, request: Request) -> Response:
        """By dataset, finding, view, difficulty, normal or not, agreement and size."""
        person, question = person_of(request), asked(request, SearchQuestion)
        case_set, number = _made_set(person, question), question.pop("page")
        form = SearchForm(form_data(question), person=person)
        accept(form)
        found = find(person, form, case_set, number)
        told = {
            "count": found.count.number,
            "more": found.count.more,
            "page": found.number,
            "has_next": found.has_next,
            "results": _cards(found.cards),
        }
        return answer(FoundShape, told)


class Draw(LibraryOperation):
    @operation("draw_cases", "Draw cases by a rule", asks=RuleQuestion, gives=DrawnShape)
    def get(self, request: Request) -> Response:
        """So many cases, so many of them normal, with these findings; nothing is stored."""
        person, question = person_of(request), asked(request, RuleQuestion)
        case_set = _made_set(person, question)
        form = RuleForm(form_data(question), person=person)
        accept(form)
        recipe = form.recipe()
        held = () if case_set is None else tuple(case_set.items.values_list("case_id", flat=True))
        drawn = draw_cases(person=person, recipe=recipe, but=held)
        told = {
            "seed": recipe.seed,
            "missing": drawn.missing,
            "parts": drawn.parts,
            "results": _cards(cards_of([case.pk for case in drawn.cases])),
        }
        return answer(DrawnShape, told)


class OneCase(LibraryOperation):
    @operation("library_case", "A case with its reference standard", gives=LibraryCaseShape)
    def get(self, request: Request, public_id: uuid.UUID) -> Response:
        """Only for who teaches, and only of datasets open to them."""
        case: Case = get_case(person_of(request), public_id)
        reference, films = open_key(case).reference, open_sheet(case).films
        told = {
            "case": case,
            "films": shown_films(films, [str(View(film.view).label) for film in films]),
            "readers": reference.readers,
            "statements": reference.statements,
            "regions": reference.regions,
            "report": open_report(case) if case.for_report else None,
        }
        return answer(LibraryCaseShape, told)


class Sets(LibraryOperation):
    @operation("library_sets", "Case sets", asks=SetsQuestion, gives=LibrarySetShape, listed=True)
    def get(self, request: Request) -> Response:
        """Your own, or those that others share."""
        of = own_sets if asked(request, SetsQuestion)["whose"] == "own" else shared_sets
        sets = of(person_of(request)).select_related("owner")
        return page(request, sets, LibrarySetShape)

    @operation(
        "make_set",
        "Make a set",
        takes=NewSetShape,
        gives=OneSetShape,
        status=201,
        conflict=True,
    )
    def post(self, request: Request) -> Response:
        """Yours alone, unless you say otherwise."""
        person, given = person_of(request), sent(request, NewSetShape)
        cases = given.pop("cases", [])
        form = SetForm(form_data(given))
        accept(form)
        with refusing(LibraryError), transaction.atomic():
            made = form.create(person)
            if cases:
                made = _add(person, made, cases)
        return answer(OneSetShape, _one_set(person, made), 201)


def _add(person: User, case_set: CaseSet, cases: list[uuid.UUID]) -> CaseSet:
    form = CasesForm(form_data({"cases": [str(case) for case in cases]}), person=person)
    accept(form)
    return form.add_to(case_set)


class OneSet(LibraryOperation):
    @operation("library_set", "A case set", gives=OneSetShape)
    def get(self, request: Request, slug: str) -> Response:
        """One of yours, or one that is shared with you; of whatever version."""
        person = person_of(request)
        return answer(OneSetShape, _one_set(person, get_shared_set(person, slug)))

    @operation(
        "change_set", "Change a set", takes=SetChangesShape, gives=OneSetShape, conflict=True
    )
    def patch(self, request: Request, slug: str) -> Response:
        """Title, description, who may play it, and what it asks of them."""
        person = person_of(request)
        found = get_own_set(person, slug)
        now = model_to_dict(found, SetForm.Meta.fields)
        changes = form_data({**now, **sent(request, SetChangesShape)})
        # The form writes into its row before anything is decided: it gets one of its own.
        form = SetForm(changes, instance=get_own_set(person, slug))
        accept(form)
        with refusing(LibraryError):
            return answer(OneSetShape, _one_set(person, form.describe(found)))

    @operation("delete_set", "Delete a set", conflict=True)
    def delete(self, request: Request, slug: str) -> Response:
        """One that nobody has played or was assigned; else archive it."""
        with refusing(LibraryError):
            services.delete_set(case_set=get_own_set(person_of(request), slug))
        return done()


class SetCases(LibraryOperation):
    @operation("set_cases", "The cases of a set", gives=CaseCardShape, listed=True)
    def get(self, request: Request, slug: str) -> Response:
        """In order, with what the reference standard says in few words."""
        found = get_shared_set(person_of(request), slug)
        items = CaseSetItem.objects.filter(case_set=found).order_by("position")

        def cards(shown: list[CaseSetItem]) -> list[dict[str, Any]]:
            first = shown[0].position + 1 if shown else None
            return _cards(cards_of([item.case_id for item in shown], first_place=first))

        return page(request, items, CaseCardShape, cards)

    @operation("add_cases", "Add cases", takes=CasesShape, gives=OneSetShape, conflict=True)
    def post(self, request: Request, slug: str) -> Response:
        """At the end, each once. Of a set in use this makes the next version, with another slug."""
        person = person_of(request)
        found = get_own_set(person, slug)
        cases = sent(request, CasesShape)["cases"]
        with refusing(LibraryError):
            return answer(OneSetShape, _one_set(person, _add(person, found, cases)))


class Place(LibraryOperation):
    @operation(
        "place_case",
        "Move a case, or take it out",
        takes=PlaceShape,
        gives=OneSetShape,
        conflict=True,
    )
    def post(self, request: Request, slug: str) -> Response:
        """Up, down, or out. Of a set in use this makes the next version, with another slug."""
        person = person_of(request)
        found = get_own_set(person, slug)
        form = PlaceForm(form_data(sent(request, PlaceShape)), case_set=found)
        accept(form)
        with refusing(LibraryError):
            return answer(OneSetShape, _one_set(person, form.apply()))


class Duplicate(LibraryOperation):
    @operation("duplicate_set", "Duplicate a set", gives=OneSetShape, status=201, conflict=True)
    def post(self, request: Request, slug: str) -> Response:
        """A copy of your own, which nobody else sees."""
        person = person_of(request)
        found = get_shared_set(person, slug)
        with refusing(LibraryError):
            made = services.duplicate_set(case_set=found, owner=person)
        return answer(OneSetShape, _one_set(person, made), 201)


class Archive(LibraryOperation):
    @operation("archive_set", "Archive a set", gives=OneSetShape)
    def post(self, request: Request, slug: str) -> Response:
        """Off every list; who plays it plays on, and its results stay."""
        person = person_of(request)
        found = get_own_set(person, slug)
        services.archive_set(case_set=found)
        return answer(OneSetShape, _one_set(person, found))


class Reopen(LibraryOperation):
    @operation("reopen_set", "Take a set up again", gives=OneSetShape)
    def post(self, request: Request, slug: str) -> Response:
        """It is on the lists again."""
        person = person_of(request)
        found = get_own_set(person, slug)
        services.reopen_set(case_set=found)
        return answer(OneSetShape, _one_set(person, found))


urlpatterns = [
    path("library/cases/", Search.as_view(), name="search_cases"),
    path("library/cases/<uuid:public_id>/", OneCase.as_view(), name="library_case"),
    path("library/draw/", Draw.as_view(), name="draw_cases"),
    path("library/sets/", Sets.as_view(), name="library_sets"),
    path("library/sets/<slug:slug>/", OneSet.as_view(), name="library_set"),
    path("library/sets/<slug:slug>/cases/", SetCases.as_view(), name="set_cases"),
    path("library/sets/<slug:slug>/place/", Place.as_view(), name="place_case"),
    path("library/sets/<slug:slug>/duplicate/", Duplicate.as_view(), name="duplicate_set"),
    path("library/sets/<slug:slug>/archive/", Archive.as_view(), name="archive_set"),
    path("library/sets/<slug:slug>/reopen/", Reopen.as_view(), name="reopen_set"),
]
