"""Findings, terms and texts, each in one call: as tags of a template they took most of the time.

Every value is escaped where it is put in.
"""

from collections.abc import Iterable
from html import escape

from django import template
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from report.feedback import Difference, FindingCard, ScoreTerm
from report.segments import Segment

register = template.Library()


@register.simple_tag
def finding_items(cards: Iterable[FindingCard], is_own: bool) -> SafeString:
    """One ``li`` a finding; its reader may dispute it."""
    return SafeString("\n".join(_item(card, is_own=is_own) for card in cards))


def _item(card: FindingCard, *, is_own: bool) -> str:
    key = escape(card.key)
    differences = "".join(map(_difference, card.differences))
    why = f" {escape(card.why)}" if card.why else ""
    return (
        f'<li class="outcome outcome-{escape(card.outcome)}" id="card-{key}" data-mark="{key}"'
        ' tabindex="0">\n'
        f'<div class="what-line"><p class="what" id="card-{key}-what">{escape(card.headline)}</p>'
        f'<span class="points">{_points(card)}</span></div>\n'
        f'{differences}<div class="explanation">\n'
        f"<p><strong>{escape(card.significance_label)}.</strong>{why}</p>"
        f"{_sides(card)}{_dispute(card) if is_own else ''}\n</div>\n</li>"
    )


def _points(card: FindingCard) -> str:
    if not card.counts:
        return escape(_("not counted"))
    if not card.points:
        return ""
    return f'<span class="visually-hidden">{escape(_("Points"))} </span>{escape(card.points)}'


def _difference(difference: Difference) -> str:
    grave = " grave" if difference.significant else ""
    gravity = (
        f' <span class="quiet-text">({escape(difference.gravity)})</span>'
        if difference.gravity
        else ""
    )
    return (
        f'<p class="detail{grave}"><strong>{escape(", ".join(difference.kinds))}:</strong> '
        f"{escape(difference.explanation)}{gravity}</p>\n"
    )


def _sides(card: FindingCard) -> str:
    """Both sides' words, where the headline does not say them already."""
    sides = ""
    if card.outcome != "missed" and card.reference:
        sides += f'<p class="detail">{escape(_("Reference:"))} {escape(card.reference)}</p>'
    if card.outcome in {"partly", "matched"}:
        sides += f'<p class="detail">{escape(_("Yours:"))} {escape("; ".join(card.yours))}</p>'
    return sides


def _dispute(card: FindingCard) -> str:
    return (
        f'<p class="source dispute"><a href="#flags" data-dispute="{card.number}">'
        f"{escape(_('Dispute this'))}</a></p>"
    )


@register.simple_tag
def term_rows(terms: Iterable[ScoreTerm]) -> SafeString:
    """One ``tr`` a step of the score."""
    return SafeString(
        "\n".join(
            f'<tr><th scope="row">{escape(term.label)}</th>'
            f'<td class="number">{escape(term.weight)}</td>'
            f'<td class="number">{escape(term.points)}</td></tr>'
            for term in terms
        )
    )


@register.simple_tag
def marked_text(segments: Iterable[Segment]) -> SafeString:
    """The stretches of a text in order; those on which findings lie are joined to their cards."""
    return SafeString("".join(map(_stretch, segments)))


def _stretch(segment: Segment) -> str:
    if not segment.marks:
        return escape(segment.text)
    # A stretch leads to the first card that it belongs to, and lights all of them.
    first = escape(segment.marks[0])
    return (
        f'<a class="joined outcome-{escape(segment.outcome)}" href="#card-{first}"'
        f' data-marks="{escape(" ".join(segment.marks))}"'
        f' aria-describedby="card-{first}-what">{escape(segment.text)}</a>'
    )
