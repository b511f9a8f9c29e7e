"""Who asks: by a token, else by the session of a page."""

from typing import Any, Final

from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed, Throttled
from rest_framework.request import Request

from radgame.accounts.models import User

from .models import AccessToken
from .throttles import refuse_guessing
from .tokens import find_token, note_use

SCHEME: Final = "Bearer"


class TokenAuthentication(BaseAuthentication):
    """``Authorization: Bearer radgame_…``; no cookie is read then, so nothing asks for CSRF."""

    def authenticate(self, request: Request) -> tuple[User, AccessToken] | None:
        """None without the header; raises ``AuthenticationFailed`` for a key that opens nothing."""
        kind, _space, key = get_authorization_header(request).partition(b" ")
        if kind.lower() != SCHEME.lower().encode():
            return None
        now = timezone.now()
        token = find_token(key.strip().decode("latin-1"), now)
        if token is None:
            wait_s = refuse_guessing(request)
            if wait_s is not None:
                raise Throttled(wait=wait_s)
            raise AuthenticationFailed(
                _("This token opens nothing: it was revoked, has run out, or was never one.")
            )
        note_use(token=token, now=now)
        # As a session leaves it, so that the request's line in the log says whose it was.
        request._request._cached_user = token.person  # type: ignore[attr-defined]
        return token.person, token

    def authenticate_header(self, request: Request) -> str:
        return SCHEME


def token_of(request: Request) -> AccessToken | None:
    """The token that was sent; None for a session."""
    auth: Any = request.auth
    return auth if isinstance(auth, AccessToken) else None
