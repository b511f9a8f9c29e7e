"""Findings and terms, as they are written into the page."""

from report.feedback import Difference, FindingCard, ScoreTerm
from report.templatetags.report_text import finding_items, term_rows

FOUL = '<b onclick="x">&'
SAFE = "&lt;b onclick=&quot;x&quot;&gt;&amp;"


def card(outcome: str = "missed", **values: object) -> FindingCard:
    told: dict[str, object] = {
        "number": 2,
        "key": "f2",
        "headline": "Missed: effusion.",
        "reference": "Small effusion.",
        "yours": (),
        "significance": "urgent",
        "significance_label": "Urgent",
        "why": "",
        "differences": (),
        "points": "",
        "counts": True,
        "has_reference": True,
        "has_yours": False,
    }
    return FindingCard(outcome=outcome, **{**told, **values})  # type: ignore[arg-type]


def items(*cards: FindingCard, is_own: bool = False) -> str:
    return finding_items(cards, is_own=is_own).replace("\n", "")


def test_a_missed_finding_says_nothing_twice() -> None:
    assert items(card()) == (
        '<li class="outcome outcome-missed" id="card-f2" data-mark="f2" tabindex="0">'
        '<div class="what-line"><p class="what" id="card-f2-what">Missed: effusion.</p>'
        '<span class="points"></span></div>'
        '<div class="explanation"><p><strong>Urgent.</strong></p></div></li>'
    )


def test_both_sides_are_quoted_where_both_have_said_something() -> None:
    for outcome in ("partly", "matched"):
        told = items(card(outcome, yours=("Effusion.", "Fluid.")))
        assert '<p class="detail">Reference: Small effusion.</p>' in told
        assert '<p class="detail">Yours: Effusion.; Fluid.</p>' in told
    assert "Yours:" not in items(card("false", reference="", yours=("Effusion.",)))


def test_points_stand_on_what_counts_and_the_reason_on_what_does_not() -> None:
    assert '<span class="visually-hidden">Points </span>+12</span>' in items(card(points="+12"))
    told = items(card(points="+0", counts=False, why="Seen with age."))
    assert '<span class="points">not counted</span>' in told
    assert "<strong>Urgent.</strong> Seen with age.</p>" in told


def test_a_difference_that_matters_looks_it() -> None:
    differences = (
        Difference(("Side", "Size"), (), True, "significant", "Left, not right."),
        Difference(("Place",), (), False, "", "Base."),
    )
    told = items(card("partly", differences=differences))
    assert (
        '<p class="detail grave"><strong>Side, Size:</strong> Left, not right. '
        '<span class="quiet-text">(significant)</span></p>'
        '<p class="detail"><strong>Place:</strong> Base.</p>'
    ) in told


def test_a_finding_is_disputed_by_its_own_reader_only() -> None:
    assert '<a href="#flags" data-dispute="2">Dispute this</a>' in items(card(), is_own=True)
    assert "dispute" not in items(card())


def test_each_step_of_the_score_is_a_row() -> None:
    assert term_rows([ScoreTerm("f1", "Found: effusion.", "0.5", "+40")]) == (
        '<tr><th scope="row">Found: effusion.</th>'
        '<td class="number">0.5</td><td class="number">+40</td></tr>'
    )


def test_no_word_of_a_report_or_a_judge_becomes_markup() -> None:
    difference = Difference((FOUL,), (), True, FOUL, FOUL)
    foul = card(
        "partly",
        headline=FOUL,
        reference=FOUL,
        yours=(FOUL,),
        significance_label=FOUL,
        why=FOUL,
        differences=(difference,),
        points=FOUL,
    )
    told = items(foul, is_own=True)
    assert "<b" not in told
    assert told.count(SAFE) == 9
    row = term_rows([ScoreTerm("f1", FOUL, FOUL, FOUL)])
    assert "<b" not in row
    assert row.count(SAFE) == 3
