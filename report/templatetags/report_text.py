"""How a text with findings in it is written: one call for what would be six tags a stretch."""

from collections.abc import Iterable

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from report.segments import Segment

register = template.Library()

# A stretch leads to the first card that it belongs to, and lights all of them.
_JOINED = (
    '<a class="joined outcome-{}" href="#card-{}" data-marks="{}" aria-describedby="card-{}-what">'
    "{}</a>"
)


@register.simple_tag
def marked_text(segments: Iterable[Segment]) -> SafeString:
    """The stretches of a text in order; those on which findings lie are joined to their cards."""
    return format_html_join("", "{}", ((_written(segment),) for segment in segments))


def _written(segment: Segment) -> str:
    if not segment.marks:
        return segment.text
    first = segment.marks[0]
    return format_html(
        _JOINED, segment.outcome, first, " ".join(segment.marks), first, segment.text
    )
