"""How often somebody may ask: so many requests a minute, fewer that change something.

A counter for each minute and person in the cache, which in production is one Redis for all
processes. While the cache does not answer, nobody is refused (``radgame.cache``).
"""

import time
from typing import Any, Final

from django.conf import settings
from django.core.cache import cache
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

MINUTE_S: Final = 60
# A guest costs nobody anything to make, so one gets a part of what a person gets.
GUEST_SHARE: Final = 3
# Wrong tokens from one address in a minute.
WRONG_TOKENS: Final = 20


def over(name: str, rate: int, now_s: float) -> float | None:
    """Count one more under this name; the seconds to wait where it was one too many."""
    minute, past = divmod(now_s, MINUTE_S)
    key = f"api-{name}-{int(minute)}"
    cache.add(key, 0, 2 * MINUTE_S)
    try:
        count = cache.incr(key)
    except ValueError:
        # The cache was emptied between the two, or does not answer.
        return None
    return MINUTE_S - past if count > rate else None


class PerMinute(BaseThrottle):
    """All requests of a person, and once more those that change something."""

    def __init__(self) -> None:
        self._wait_s: float | None = None

    def allow_request(self, request: Request, view: Any) -> bool:
        user = request.user
        share = GUEST_SHARE if getattr(user, "is_guest", True) else 1
        who = f"person-{user.pk}" if user.is_authenticated else self.get_ident(request)
        now_s = time.time()
        self._wait_s = over(who, max(1, settings.API_PER_MINUTE // share), now_s)
        if self._wait_s is None and request.method not in SAFE_METHODS:
            most = max(1, settings.API_CHANGES_PER_MINUTE // share)
            self._wait_s = over(f"{who}-changes", most, now_s)
        return self._wait_s is None

    def wait(self) -> float | None:
        return self._wait_s


def refuse_guessing(request: Request) -> float | None:
    """Count a wrong token against the address it came from; the seconds to wait, if too many."""
    return over(f"wrong-{BaseThrottle().get_ident(request)}", WRONG_TOKENS, time.time())
