"""What is there to play: datasets and their terms, findings; and the films themselves."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import FileResponse
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from radgame.rest.models import ANY_SCOPE
from radgame.rest.operations import Operation, answer, page, person_of
from radgame.rest.schema import file_operation, operation
from radgame.rest.shapes import Shape, words

from .access import datasets_of, get_film
from .dossier import FilmFacts
from .models import Finding, Kind
from .views import pixels_response, preview_response

A_TOKEN = "q3J0bW1kYXlzZ29ieWZpbG1z"  # noqa: S105 - the address of a film in an example


class DatasetShape(Shape):
    slug = serializers.CharField()
    name = serializers.CharField()
    version = serializers.CharField()
    licence = serializers.CharField()
    licence_url = serializers.CharField()
    citation = serializers.CharField()
    attribution = serializers.CharField()
    terms = serializers.CharField()
    homepage = serializers.CharField()
    synthetic = serializers.BooleanField(help_text="Drawn by a program; no patient behind it.")
    example = {
        "slug": "demo",
        "name": "RadGame demo",
        "version": "1",
        "licence": "CC0 1.0",
        "licence_url": "https://creativecommons.org/publicdomain/zero/1.0/",
        "citation": "Synthetic films made by RadGame.",
        "attribution": "",
        "terms": "",
        "homepage": "",
        "synthetic": True,
    }


class FindingShape(Shape):
    slug = serializers.CharField()
    name = serializers.CharField()
    kind = serializers.ChoiceField(
        choices=Kind.choices, help_text="draw: answered by a box; select: by a tick."
    )
    synonyms = words()
    example = {
        "slug": "nodule-mass",
        "name": "Nodule/Mass",
        "kind": "draw",
        "synonyms": ["nodule", "mass"],
    }


class LabelledDatasetShape(DatasetShape):
    """A dataset with its label set: what is offered on every film of it."""

    findings = FindingShape(many=True)
    example = {**DatasetShape.example, "findings": [FindingShape.example]}


class PresetShape(Shape):
    name = serializers.CharField()
    center = serializers.FloatField()
    width = serializers.FloatField()


class FilmShape(Shape):
    token = serializers.CharField(
        source="facts.token", help_text="Names the film in marks and regions."
    )
    view = serializers.CharField(source="label")
    columns = serializers.IntegerField(source="facts.columns")
    rows = serializers.IntegerField(source="facts.rows")
    maximum = serializers.IntegerField(
        source="facts.maximum", help_text="The largest value a pixel can take."
    )
    window_center = serializers.FloatField(source="facts.window_center")
    window_width = serializers.FloatField(source="facts.window_width")
    presets = PresetShape(source="facts.presets", many=True)
    spacing_mm = serializers.FloatField(source="facts.spacing_mm", allow_null=True)
    preview = serializers.CharField(help_text="Address of the picture.")
    pixels = serializers.CharField(help_text="Address of the full depth.")
    example = {
        "token": A_TOKEN,
        "view": "PA",
        "columns": 2048,
        "rows": 2500,
        "maximum": 4095,
        "window_center": 2048.0,
        "window_width": 4096.0,
        "presets": [{"name": "full", "center": 2048.0, "width": 4096.0}],
        "spacing_mm": 0.168,
        "preview": f"/api/v1/films/{A_TOKEN}/5d1f/preview.webp",
        "pixels": f"/api/v1/films/{A_TOKEN}/5d1f/pixels",
    }


@dataclass(frozen=True, slots=True)
class ShownFilm:
    """A film with the addresses under which the API serves it."""

    facts: FilmFacts
    label: str
    preview: str
    pixels: str


def shown_films(films: Sequence[FilmFacts], labels: Sequence[str]) -> list[ShownFilm]:
    return [
        ShownFilm(
            facts=film,
            label=label,
            preview=reverse("api:film_preview", args=[film.token, film.rendition]),
            pixels=reverse("api:film_pixels", args=[film.token, film.rendition]),
        )
        for film, label in zip(films, labels, strict=True)
    ]


class Open(Operation):
    """Who plays and who teaches need it alike."""

    scopes = ANY_SCOPE


class Datasets(Open):
    @operation("datasets", "Datasets that are open to you", gives=DatasetShape, listed=True)
    def get(self, request: Request) -> Response:
        """Where cases come from, and on what terms."""
        return page(request, datasets_of(person_of(request)), DatasetShape)


class OneDataset(Open):
    @operation("dataset", "A dataset with its label set", gives=LabelledDatasetShape)
    def get(self, request: Request, slug: str) -> Response:
        """The findings a learner is offered on any film of it; they never depend on the film."""
        found = get_object_or_404(datasets_of(person_of(request)), slug=slug)
        return answer(LabelledDatasetShape, found)


class Findings(Open):
    @operation("findings", "The taxonomy", gives=FindingShape, listed=True)
    def get(self, request: Request) -> Response:
        """Every finding with its slug, by which all other operations name it."""
        return page(request, Finding.objects.all(), FindingShape)


class Preview(Open):
    @file_operation("film_preview", "A film as a picture", "image/webp")
    def get(self, request: Request, token: str, rendition: str) -> FileResponse:
        """The 8-bit picture of at most 150 kB; its address is in the attempt."""
        return preview_response(get_film(person_of(request), token, rendition))


class Pixels(Open):
    @file_operation("film_pixels", "A film in full depth", "application/octet-stream")
    def get(self, request: Request, token: str, rendition: str) -> FileResponse:
        """Every grey level, in the format of docs/pixel-format.md, compressed with gzip."""
        return pixels_response(get_film(person_of(request), token, rendition))


urlpatterns = [
    path("datasets/", Datasets.as_view(), name="datasets"),
    path("datasets/<slug:slug>/", OneDataset.as_view(), name="dataset"),
    path("findings/", Findings.as_view(), name="findings"),
    path("films/<str:token>/<slug:rendition>/preview.webp", Preview.as_view(), name="film_preview"),
    path("films/<str:token>/<slug:rendition>/pixels", Pixels.as_view(), name="film_pixels"),
]
