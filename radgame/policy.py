"""The header that says what a page may load: put together once, and not twice a request."""

from collections.abc import Callable

from csp.constants import HEADER
from csp.middleware import CheckableLazyObject, CSPMiddleware
from csp.utils import build_policy
from django.conf import settings
from django.http import HttpRequest, HttpResponseBase


class PolicyMiddleware(CSPMiddleware):
    """django-csp's own; a response that asks for more than the settings say is left to it whole."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        super().__init__(get_response)
        excluding = settings.CONTENT_SECURITY_POLICY.get("EXCLUDE_URL_PREFIXES")
        reporting = getattr(settings, "CONTENT_SECURITY_POLICY_REPORT_ONLY", None)
        self._policy: str = "" if excluding or reporting or settings.DEBUG else build_policy()

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        special = hasattr(request, "_csp_nonce") or any(
            name.startswith("_csp") for name in vars(response)
        )
        if special or not self._policy:
            answered: HttpResponseBase = super().process_response(request, response)
            return answered
        response.headers.setdefault(HEADER, self._policy)
        # As the package does it: who asks for a nonce now would get one that no policy names.
        request.csp_nonce = CheckableLazyObject(self._csp_nonce_post_response)  # type: ignore[attr-defined]
        return response
