"""Fields of allauth's forms, as the site shows fields."""

from django import template
from django.forms import BoundField
from django.utils.safestring import SafeString

register = template.Library()


@register.filter
def without_placeholder(field: BoundField) -> SafeString:
    """The field without what repeats its label in it, in another case."""
    # An attribute that is False is left out by Django's widgets.
    return field.as_widget(attrs={"placeholder": False})
