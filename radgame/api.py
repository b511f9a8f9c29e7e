"""The API's top entrance: every room's operations under one address, and their description."""

from dataclasses import asdict

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import include, path, re_path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from radgame.rest.errors import not_found
from radgame.rest.reference import chapters
from radgame.rest.schema import document, refusals


@require_safe
def schema(request: HttpRequest) -> HttpResponse:
    """OpenAPI 3, as JSON; open to everybody, since it tells of shapes only."""
    return JsonResponse(document())


@require_safe
def reference(request: HttpRequest) -> HttpResponse:
    """The same to be read."""
    told = document()
    context = {"chapters": chapters(told), "refusals": refusals()}
    return render(request, "api/reference.html", context)


@csrf_exempt
def nothing(request: HttpRequest, rest: str) -> HttpResponse:
    """An address of the API that there is not, in the API's own words."""
    return JsonResponse(asdict(not_found()), status=404)


app_name = "api"
urlpatterns = [
    path("", reference, name="reference"),
    path("schema/", schema, name="schema"),
    path("", include("radgame.cases.api")),
    path("localize/", include("localize.api")),
    path("report/", include("report.api")),
    path("", include("radgame.progress.api")),
    path("", include("radgame.rest.api")),
    path("", include("radgame.classroom.api")),
    path("", include("radgame.classroom.following.api")),
    path("", include("radgame.classroom.studies.api")),
    path("", include("radgame.classroom.library.api")),
    # Whatever is in it, a line end too.
    re_path(r"^(?P<rest>[\s\S]+)$", nothing, name="nothing"),
]
