"""The list of outcomes, as it is written into the page."""

from dataclasses import replace

from localize.feedback import FeedbackLine
from localize.templatetags.outcomes import outcome_items

HIT = FeedbackLine(
    number=0,
    outcome="hit",
    headline="Found: Nodule/Mass.",
    credit="1",
    facts=(),
    sentence="",
    explanation="",
    explanation_source="",
    marks=(),
    regions=(),
)


def squeezed(markup: str) -> str:
    return markup.replace("\n", "")


def test_a_line_says_no_more_than_it_has() -> None:
    assert squeezed(outcome_items([HIT])) == (
        '<li class="outcome outcome-hit" tabindex="0"><p class="what">Found: Nodule/Mass.</p></li>'
    )


def test_a_line_lights_its_shapes_and_is_explained() -> None:
    line = replace(
        HIT,
        outcome="wrong_finding",
        facts=("One.", "Two."),
        sentence="A nodule.",
        explanation="Round.",
        explanation_source="An atlas",
        marks=(3,),
        regions=(0, 12),
    )
    assert squeezed(outcome_items([line])) == (
        '<li class="outcome outcome-wrong-finding" data-marks="3" data-regions="0 12" tabindex="0">'
        '<p class="what">Found: Nodule/Mass.</p><p class="detail said">“A nodule.”</p>'
        '<p class="detail">One.</p><p class="detail">Two.</p><div class="explanation">'
        '<p>Round.</p><p class="source">An atlas</p></div></li>'
    )


def test_no_word_of_a_dataset_becomes_markup() -> None:
    foul = '<b onclick="x">&'
    line = replace(
        HIT, headline=foul, facts=(foul,), sentence=foul, explanation=foul, explanation_source=foul
    )
    written = outcome_items([line])
    assert "<b" not in written
    assert written.count("&lt;b onclick=&quot;x&quot;&gt;&amp;") == 5
