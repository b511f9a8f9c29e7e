"""What a token may be used for. What a person may is the rooms' doors to say."""

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from .authentication import token_of
from .tokens import scopes_of

if TYPE_CHECKING:
    from .operations import Operation


class MayAsk(BasePermission):
    """Somebody signed in, whose token has a scope of the operation, and whom its door lets pass."""

    def has_permission(self, request: Request, view: "Operation | Any") -> bool:
        if not request.user.is_authenticated:
            return False
        token, method = token_of(request), request.method or ""
        scopes = view.scopes_for(method)
        if token is not None and not set(scopes) & set(token.scopes):
            raise PermissionDenied(
                _("This token was not made for that. Make one with the scope “%(scope)s”.")
                % {"scope": scopes[0].value}
            )
        # Made when its owner might do more: what they may not do now, no token of theirs may.
        if token is not None and not set(scopes) & set(token.scopes) & set(scopes_of(token.person)):
            raise PermissionDenied(_("This is not open to you."))
        if token is not None and token.is_read_only and method not in SAFE_METHODS:
            raise PermissionDenied(_("This token may only read. Nothing was done."))
        if not view.admits(request.user, method):
            raise PermissionDenied(_("This is not open to you."))
        return True
