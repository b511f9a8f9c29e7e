"""What an operation is: it fetches through its room's ``access.py``, calls one service, answers."""

import io
from collections.abc import Callable, Iterable
from typing import Any, ClassVar, Final, cast

from django.core.paginator import EmptyPage, Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from django.utils.cache import add_never_cache_headers, has_vary_header, patch_vary_headers
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _
from rest_framework.authentication import SessionAuthentication
from rest_framework.exceptions import ParseError
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser, JSONParser
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from radgame.accounts.models import User

from .authentication import TokenAuthentication
from .errors import Invalid, answer_to
from .models import Scope
from .permissions import MayAsk
from .shapes import NOTHING_ELSE, Shape, refuse_unknown, whole
from .throttles import PerMinute

PER_PAGE: Final = 50
MOST_PER_PAGE: Final = 100


class Json(JSONParser):
    """The body, no longer than a page's form may be."""

    def parse(self, stream: Any, *args: Any, **kwargs: Any) -> Any:
        # ``body`` asks for the length first; what is nested too deep for Python is no answer.
        whole_body = io.BytesIO(stream.body if isinstance(stream, HttpRequest) else stream.read())
        try:
            return super().parse(whole_body, *args, **kwargs)
        except RecursionError as error:
            raise ParseError from error


class AlwaysJson(BaseContentNegotiation):
    """There is one representation, so whatever somebody would rather have is not asked."""

    def select_parser(self, request: Request, parsers: Iterable[BaseParser]) -> Any:
        kind = request.content_type.partition(";")[0].strip().lower()
        return next((parser for parser in parsers if parser.media_type == kind), None)

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        renderer = next(iter(renderers))
        return renderer, renderer.media_type


class Operation(APIView):
    """The ground of every address of the API."""

    authentication_classes = [TokenAuthentication, SessionAuthentication]
    permission_classes = [MayAsk]
    throttle_classes = [PerMinute]
    parser_classes = [Json]
    renderer_classes = [JSONRenderer]
    content_negotiation_class = AlwaysJson
    # What may be done is in the schema; OPTIONS tells nothing more.
    metadata_class = None

    # One of these a token must have been made for.
    scopes: ClassVar[tuple[Scope, ...]] = (Scope.PLAY,)

    def scopes_for(self, method: str) -> tuple[Scope, ...]:
        """The same, where it is not the same for every method."""
        return self.scopes

    def admits(self, person: User, method: str) -> bool:
        """Whether such a person passes here at all; what they find is the room's door to say."""
        return True

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        handler = getattr(self, (request.method or "").lower(), None)
        may_be_asked: frozenset[str] = getattr(handler, "asks", frozenset())
        if may_be_asked:
            # A mistyped filter would otherwise give everything.
            refuse_unknown(request.query_params, may_be_asked)

    def get_exception_handler(self) -> Callable[[Exception, dict[str, Any]], Response | None]:
        return answer_to

    def finalize_response(self, request: Any, response: Any, *args: Any, **kwargs: Any) -> Response:
        finalized = super().finalize_response(request, response, *args, **kwargs)
        if not finalized.has_header("Cache-Control"):
            add_never_cache_headers(finalized)
        if not has_vary_header(finalized, "Authorization"):
            patch_vary_headers(finalized, ["Authorization"])
        return finalized


def person_of(request: Request) -> User:
    return cast(User, request.user)


def sent(request: Request, shape: type[Shape]) -> dict[str, Any]:
    """The body as this shape reads it; raises ``ValidationError`` for what has another, or more."""
    # An empty body asks for nothing: where something is needed, the shape says what.
    body = request.data
    if not isinstance(body, dict):
        raise Invalid(_("Send a JSON object."))
    read = shape(data=body, context={NOTHING_ELSE: True})
    read.is_valid(raise_exception=True)
    return cast(dict[str, Any], read.validated_data)


def asked(request: Request, shape: type[Shape]) -> dict[str, Any]:
    """The same of the question behind the address."""
    read = shape(data=request.query_params)
    read.is_valid(raise_exception=True)
    return cast(dict[str, Any], read.validated_data)


def form_data(values: dict[str, Any]) -> "MultiValueDict[str, Any]":
    """Values as a page's form takes them; what is None was left empty."""
    return MultiValueDict(
        {
            name: list(value) if isinstance(value, list | tuple) else [value]
            for name, value in values.items()
            if value is not None
        }
    )


def answer(shape: type[Shape], value: Any, status: int = 200) -> Response:
    return Response(shape(value).data, status=status)


def done() -> Response:
    """It was done, and there is nothing to tell."""
    return Response(status=204)


def page(
    request: Request,
    rows: "QuerySet[Any] | list[Any]",
    shape: type[Shape],
    make: Callable[[list[Any]], Iterable[Any]] = list,
) -> Response:
    """One page of a list: how many there are, which page this is, and its rows.

    ``make`` turns the rows of the page into what is told of them. Raises ``Http404`` past the end.
    """
    question = asked(request, PageQuestion)
    pages = Paginator(rows, question["page_size"])
    try:
        found = pages.page(question["page"])
    except EmptyPage as error:
        raise Http404 from error
    return Response(
        {
            "count": pages.count,
            "page": found.number,
            "pages": pages.num_pages,
            "results": shape(list(make(list(found.object_list))), many=True).data,
        }
    )


class PageQuestion(Shape):
    """Which page of a list, and how long its pages are."""

    page = whole(minimum=1, default=1, help_text="From 1.")
    page_size = whole(minimum=1, maximum=MOST_PER_PAGE, default=PER_PAGE)
