"""What a dispute can be about, in one call, for it is written with every submit.

Every value is escaped where it is put in.
"""

from collections.abc import Iterable
from html import escape
from typing import Protocol

from django import template
from django.utils.safestring import SafeString

register = template.Library()


class Disputable(Protocol):
    """A line of feedback; one without a number cannot be disputed."""

    @property
    def number(self) -> int | None: ...

    @property
    def headline(self) -> str: ...


@register.simple_tag
def dispute_options(lines: Iterable[Disputable]) -> SafeString:
    """What a dispute can be about, as options of a ``select`` after the whole case."""
    return SafeString(
        "".join(
            f'<option value="{line.number}">{escape(line.headline)}</option>'
            for line in lines
            if line.number is not None
        )
    )
