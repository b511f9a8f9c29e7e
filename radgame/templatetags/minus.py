"""Numbers in templates, as ``radgame.minus`` writes them."""

from django import template

from radgame import minus

register = template.Library()


@register.filter
def with_minus(number: float | str) -> str:
    """A number, or one that was put into words, with its true minus."""
    return minus.with_minus(str(number))
