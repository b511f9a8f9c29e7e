"""One's own tokens and data. Tokens are made on the account page, and only revoked here."""

from typing import Final

from allauth.core.internal import ratelimit
from django.http import StreamingHttpResponse
from django.urls import path
from rest_framework import serializers
from rest_framework.exceptions import Throttled
from rest_framework.request import Request
from rest_framework.response import Response

from radgame.accounts.data_views import EXPORT_RATE, export_response

from .access import get_token, tokens_of
from .authentication import token_of
from .models import ANY_SCOPE, Scope
from .operations import Operation, done, page, person_of
from .schema import operation
from .shapes import Shape
from .tokens import revoke_token

# Ten an hour: one of them is free again after so long.
EXPORT_WAIT_S: Final = 360


class TokenShape(Shape):
    id = serializers.IntegerField()
    name = serializers.CharField()
    start = serializers.CharField(help_text="Its first characters; the rest is kept nowhere.")
    scopes = serializers.ListField(child=serializers.ChoiceField(choices=Scope.choices))
    is_read_only = serializers.BooleanField()
    is_this = serializers.BooleanField(help_text="Whether you asked with it.")
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    last_used_at = serializers.DateTimeField(allow_null=True)
    example = {
        "id": 3,
        "name": "Notebook",
        "start": "radgame_Zk3v",
        "scopes": ["play"],
        "is_read_only": False,
        "is_this": True,
        "created_at": "2026-11-28T08:00:00Z",
        "expires_at": "2027-02-26T08:00:00Z",
        "last_used_at": "2026-11-28T09:00:00Z",
    }


class OwnDataShape(Shape):
    """An object for the account, and a list for everything else."""

    made_at = serializers.DateTimeField()
    account = serializers.DictField()
    example = {"made_at": "2026-11-28T09:00:00Z", "account": {"username": "alice"}}


class Tokens(Operation):
    scopes = ANY_SCOPE

    @operation("tokens", "Your tokens", gives=TokenShape, listed=True)
    def get(self, request: Request) -> Response:
        """Those that still open something. New ones are made on your account page."""
        used = token_of(request)

        def rows(tokens: list[object]) -> list[object]:
            for token in tokens:
                token.is_this = token == used  # type: ignore[attr-defined]
            return tokens

        return page(request, tokens_of(person_of(request)), TokenShape, rows)


class OneToken(Operation):
    scopes = ANY_SCOPE

    @operation("revoke_token", "Revoke a token")
    def delete(self, request: Request, token_id: int) -> Response:
        """It opens nothing from now on, whether or not you asked with it."""
        revoke_token(token=get_token(person_of(request), token_id))
        return done()


class OwnData(Operation):
    @operation("own_data", "Everything the site holds of you", gives=OwnDataShape)
    def get(self, request: Request) -> StreamingHttpResponse:
        """One file, as the page of your data gives it; ten times an hour at most, by either way.

        Of assigned cases whose feedback is not open yet, it holds your answers only.
        """
        person = person_of(request)
        taken = ratelimit.consume(
            request._request,
            app="radgame",
            action="export",
            config=EXPORT_RATE,
            user=person,
            limit_get=True,
        )
        if not taken:
            raise Throttled(wait=EXPORT_WAIT_S)
        return export_response(person)


urlpatterns = [
    path("me/data/", OwnData.as_view(), name="own_data"),
    path("me/tokens/", Tokens.as_view(), name="tokens"),
    path("me/tokens/<int:token_id>/", OneToken.as_view(), name="revoke_token"),
]
