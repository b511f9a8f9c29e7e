"""What the page says of a mark: every finding once, both texts joined, a score that adds up."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from report.feedback import ReportFeedback, explain, points_in_tenths
from report.marking import Inputs, Marking
from report.segments import Segment
from report.templatetags.report_text import marked_text
from scoring.reports.evaluation import (
    AttributeMismatch,
    ErrorType,
    Gravity,
    Remark,
    RemarkKind,
    Significance,
)
from tests.report.marks import differs, finding, inputs_of, mark_of, spans_of
from tests.scoring.reports.evaluations import evaluations

REFERENCE = "Small left pleural effusion. Right apical pneumothorax."
CANDIDATE = "Moderate left effusion. Hiatal hernia."
INPUTS = inputs_of(REFERENCE, CANDIDATE, reference_impression="Pneumothorax.")


@pytest.fixture
def feedback() -> ReportFeedback:
    """One partly right, one missed twice over, one that is not there, and a remark."""
    reference, candidate = INPUTS.reference.text, INPUTS.candidate.text
    mark = mark_of(
        reference=[
            finding("1", "small left pleural effusion", spans_of(reference, REFERENCE[:27])),
            finding(
                "2",
                "right apical pneumothorax",
                spans_of(reference, "Right apical pneumothorax", "Pneumothorax"),
                Significance.URGENT,
                "pneumothorax",
                "It may need a drain now.",
            ),
        ],
        predicted=[
            finding("1", "moderate left effusion", spans_of(candidate, CANDIDATE[:22])),
            finding("2", "hiatal hernia", spans_of(candidate, "Hiatal hernia")),
        ],
        matched=[("1", "1")],
        differences=[differs("1", "1", ErrorType.SEVERITY, Gravity.SIGNIFICANT)],
        remarks=[
            Remark(
                RemarkKind.UNSEEN_PRIOR,
                spans_of(candidate, "left effusion. Hiatal"),
                "No earlier study was shown.",
                "1",
            )
        ],
    )
    return explain(mark, INPUTS, technique="PA and lateral.")


def test_what_needs_looking_at_comes_first(feedback: ReportFeedback) -> None:
    assert [(card.key, card.headline) for card in feedback.findings] == [
        ("f1", "Missed: right apical pneumothorax."),
        ("f2", "Not in the radiologist's report: hiatal hernia."),
        ("f0", "Partly right: small left pleural effusion."),
    ]


def test_what_has_no_weight_for_this_patient_comes_last() -> None:
    spur = finding("1", "spur", (), Significance.BENIGN)
    effusion = finding("2", "effusion")
    feedback = explain(mark_of([spur, effusion], [effusion], [("2", "2")]), INPUTS)
    assert [(card.headline, card.counts) for card in feedback.findings] == [
        ("Found: effusion.", True),
        ("Missed: spur.", False),
    ]


def test_a_card_says_what_matters_for_this_patient_and_in_what_the_two_differ(
    feedback: ReportFeedback,
) -> None:
    missed, false, partly = feedback.findings
    assert (missed.significance_label, missed.why) == ("Urgent", "It may need a drain now.")
    assert (missed.reference, missed.yours) == ("right apical pneumothorax", ())
    assert (missed.has_reference, missed.has_yours) == (True, False)
    assert (false.reference, false.yours) == ("", ("hiatal hernia",))
    assert partly.yours == ("moderate left effusion",)
    [difference] = partly.differences
    assert (difference.kinds, difference.codes) == (("Severity",), ("severity",))
    assert difference.significant
    assert difference.explanation == "severity differs"


def test_both_texts_are_whole_and_their_findings_are_joined(feedback: ReportFeedback) -> None:
    assert [section.title for section in feedback.reference] == [
        "Technique",
        "Findings",
        "Impression",
    ]
    texts = ["".join(s.text for s in section.segments) for section in feedback.reference]
    assert texts == ["PA and lateral.", REFERENCE, "Pneumothorax."]
    [yours] = feedback.yours
    assert [(s.text, s.marks, s.outcome) for s in yours.segments] == [
        ("Moderate ", ("f0",), "partly"),
        ("left effusion", ("f0", "r0"), "partly"),
        (". ", ("r0",), "remark"),
        ("Hiatal", ("f2", "r0"), "false"),
        (" hernia", ("f2",), "false"),
        (".", (), ""),
    ]
    impression = feedback.reference[2]
    assert [(s.text, s.marks) for s in impression.segments] == [
        ("Pneumothorax", ("f1",)),
        (".", ()),
    ]


def test_the_score_is_told_term_by_term_in_points_that_add_up(feedback: ReportFeedback) -> None:
    # N = 0.5 + 1, F = 0.5: (0.5 / 2) / 2 = 0.125, that is 0.25 / 1.5 less a share of 0.5 / 2.
    assert feedback.score_percent == 12
    assert [(term.key, term.weight, term.points) for term in feedback.terms] == [
        ("f0", "0.5", "+16"),
        ("f1", "1", "0"),
        ("f2", "0.5", "−4"),
    ]
    assert feedback.arithmetic == (
        "16 for what was read right, less 4 for what the reference report does not say: 12 of 100."
    )
    # 0.25 / (1.5 + 0.5), as in docs/scoring-reports.md.
    assert feedback.weighing.startswith(
        "In weights: 0.25 read right, of 1.5 in the reference report and 0.5 added to it. "
    )
    assert [card.points for card in feedback.findings] == ["0", "−4", "+16"]


def test_a_remark_names_its_kind_and_the_finding_it_is_about(feedback: ReportFeedback) -> None:
    [remark] = feedback.remarks
    assert (remark.label, remark.about) == ("A study that was not shown", "f0")
    assert remark.text == "No earlier study was shown."


def test_style_is_told_part_by_part_with_advice_where_something_is_missing(
    feedback: ReportFeedback,
) -> None:
    assert feedback.style.percent == 75
    assert [(part.label, part.words, part.advice) for part in feedback.style.parts] == [
        ("Regions covered", "half marks", "Say a word about the bones."),
        ("Clinical wording", "full marks", ""),
    ]


def test_the_judge_and_the_rule_are_named(feedback: ReportFeedback) -> None:
    assert feedback.judge == "Compared by RadGame's own rules, version tests-1."


@pytest.mark.parametrize(
    ("finding_words", "told"),
    [
        ("Moderate left effusion", "Missed: moderate left effusion."),
        ("A nodule", "Missed: a nodule."),
        ("PICC in the azygos vein", "Missed: PICC in the azygos vein."),
        ("R PTX", "Missed: R PTX."),
        ("Swan-Ganz catheter", "Missed: Swan-Ganz catheter."),
        ("Kerley B lines", "Missed: Kerley B lines."),
        ("", "Missed: ."),
    ],
)
def test_a_finding_is_told_as_within_a_sentence(finding_words: str, told: str) -> None:
    [card] = explain(mark_of([finding("1", finding_words)]), INPUTS).findings
    assert card.headline == told


def test_a_passage_links_to_its_card_and_is_text_and_never_markup() -> None:
    segments = (
        Segment("a < b ", (), ""),
        Segment("<b>&", ("f1", "r0"), "missed"),
    )
    assert marked_text(segments) == (
        'a &lt; b <a class="joined outcome-missed" href="#card-f1" data-marks="f1 r0" '
        'aria-describedby="card-f1-what">&lt;b&gt;&amp;</a>'
    )


def verdict(*args: object, **found: object) -> str:
    return explain(mark_of(*args, **found), INPUTS).verdict  # type: ignore[arg-type]


def test_a_verdict_for_every_kind_of_reading() -> None:
    effusion, tear = finding("1", "effusion"), finding("2", "tear", (), Significance.URGENT)
    assert verdict() == "The radiologist reported nothing abnormal, and neither did you."
    assert verdict([], [effusion]) == "The radiologist reported nothing abnormal."
    assert verdict([effusion], [effusion], [("1", "1")]) == (
        "You reported everything the radiologist did."
    )
    assert verdict([effusion], [effusion, tear], [("1", "1")]) == (
        "Nothing that counts was missed; not everything was right."
    )
    spur = finding("3", "spur", (), Significance.BENIGN)
    assert verdict([effusion, spur], [effusion], [("1", "1")]) == (
        "You reported everything that matters for this patient."
    )
    assert verdict([effusion]) == "1 finding was missed."
    assert verdict([effusion, tear]) == "2 findings were missed, 1 urgent."
    assert verdict([effusion, spur]) == "1 finding that counts was missed."


def test_no_sentence_says_that_a_radiologist_read_a_synthetic_film() -> None:
    effusion, nodule = (
        finding("1", "effusion", (), why="The radiologist is not sure of it."),
        (finding("2", "nodule")),
    )
    severity = AttributeMismatch(
        "1",
        "1",
        Gravity.SIGNIFICANT,
        (ErrorType.SEVERITY,),
        "You call it large; the radiologist calls it small.",
    )
    denied = Remark(RemarkKind.DENIED, (), "You deny it; the radiologist reports “effusion”.")
    args = ([effusion], [effusion, nodule], [("1", "1")], [severity], [denied])
    told = explain(mark_of(*args), INPUTS, synthetic=True)
    false, partly = told.findings
    assert false.headline == "Not drawn into this film: nodule."
    assert partly.why == "The reference report is not sure of it."
    assert partly.differences[0].explanation == (
        "You call it large; the reference report calls it small."
    )
    assert told.remarks[0].text == ("You deny it; the reference report says “effusion”.")
    marks = (
        mark_of(*args),
        mark_of(),
        mark_of([], [nodule]),
        mark_of([nodule], [nodule], [("2", "2")]),
    )
    for mark in marks:
        assert "radiologist" not in repr(explain(mark, INPUTS, synthetic=True))
    assert "radiologist" in repr(explain(mark_of(*args), INPUTS))


def test_figures_wear_a_true_minus() -> None:
    effusion = finding("1", "effusion")
    figures = explain(mark_of([], [effusion]), INPUTS).figures
    assert any(line.startswith("CRIMSON −") for line in figures)


def test_one_finding_may_be_said_in_two_places() -> None:
    inputs = inputs_of("Bilateral effusions.", "Left effusion. Right effusion.")
    candidate = inputs.candidate.text
    mark = mark_of(
        [finding("R", "bilateral effusions", spans_of(inputs.reference.text, "Bilateral"))],
        [
            finding("L", "left effusion", spans_of(candidate, "Left effusion")),
            finding("P", "right effusion", spans_of(candidate, "Right effusion")),
        ],
        [("R", "L"), ("R", "P")],
    )
    feedback = explain(mark, inputs)
    [card] = feedback.findings
    assert card.yours == ("left effusion", "right effusion")
    assert [s.marks for s in feedback.yours[0].segments] == [("f0",), (), ("f0",), ()]


def test_a_normal_film_read_as_normal_is_explained_by_one_term_that_is_about_no_finding() -> None:
    feedback = explain(mark_of(), inputs_of("Clear.", "Clear."))
    assert feedback.score_percent == 100
    assert [(t.key, t.label, t.points) for t in feedback.terms] == [
        ("", "Nothing on this film counts as abnormal", "+100")
    ]
    assert feedback.findings == ()


def test_a_figure_that_is_a_share_of_nothing_is_left_out() -> None:
    assert not any("GREEN" in line for line in explain(mark_of(), INPUTS).figures)
    found = explain(mark_of([finding("1", "x")], [finding("1", "x")], [("1", "1")]), INPUTS)
    assert "GREEN 1.00: the share of matches among matches and errors." in found.figures


@given(evaluations())
def test_every_finding_has_one_card_and_the_points_add_up_whatever_the_judge_found(
    evaluation: object,
) -> None:
    from scoring.reports.evaluation import Evaluation

    assert isinstance(evaluation, Evaluation)
    mark = mark_of(
        evaluation.reference_findings,
        evaluation.predicted_findings,
        [(match.ref_id, match.pred_id) for match in evaluation.matched_findings],
        evaluation.attribute_errors,
        evaluation.remarks,
    )
    feedback = explain(mark, INPUTS)
    false = len(evaluation.false_findings)
    assert len(feedback.findings) == len(evaluation.reference_findings) + false
    points = [float(term.points.replace("−", "-")) for term in feedback.terms]
    # What is told in tenths may be half a point from the rounded score, and each thirds of it.
    most = 0 if all(value == int(value) for value in points) else 0.501 + 0.05 * len(points)
    assert sum(points) == pytest.approx(feedback.score_percent, abs=most)
    told: dict[float, set[str]] = {}
    for term, shown in zip(mark.terms, feedback.terms, strict=True):
        told.setdefault(round(term.credit, 6), set()).add(shown.points)
    assert all(len(ways) == 1 for ways in told.values())
    stored = Marking(mark, INPUTS)
    assert Marking.from_json(stored.to_json()) == stored


@pytest.mark.parametrize(
    ("credits", "tenths"),
    [
        ([], []),
        ([0.5, 0.5], [500, 500]),
        # Whole points where they do: what lost most by rounding down gets the rest.
        ([1 / 6, 0.0, -1 / 24], [160, 0, -40]),
        # −14 and −15 would add up, and tell two things of one weight apart.
        ([1.0, -0.145, -0.145], [1000, -145, -145]),
        ([0.125, 0.125, 0.5], [125, 125, 500]),
        # Neither whole points nor tenths: equal they stay.
        ([1 / 3, 1 / 3, 1 / 3], [333, 333, 333]),
        ([0.1 + 0.2, 0.3], [300, 300]),
    ],
)
def test_points_by_hand(credits: list[float], tenths: list[int]) -> None:
    assert points_in_tenths(credits, round(100 * sum(credits))) == tenths


@given(st.lists(st.floats(-1, 1), max_size=12))
def test_points_add_up_and_equal_credits_are_equal(credits: list[float]) -> None:
    twice = [*credits, *credits]
    total = round(sum(credit * 100 for credit in twice))
    tenths = points_in_tenths(twice, total)
    assert tenths[: len(credits)] == tenths[len(credits) :]
    assert abs(sum(tenths) - 10 * total) <= 5 + 0.5 * len(twice) + 1e-6
    assert all(abs(t - c * 1000) < 10 + 1e-3 for t, c in zip(tenths, twice, strict=True))


def test_what_is_told_in_tenths_is_summed_up_and_rounded_in_words() -> None:
    said = [finding(str(number), f"finding {number}") for number in range(3)]
    alike = explain(mark_of(said, said, [("0", "0"), ("1", "1"), ("2", "2")]), INPUTS)
    assert [term.points for term in alike.terms] == 3 * ["+33.3"]
    assert alike.arithmetic == "100 for what was read right: 100 of 100."
    some = explain(mark_of(said, said[:2], [("0", "0"), ("1", "1")]), INPUTS)
    assert [term.points for term in some.terms] == ["+33.3", "+33.3", "0"]
    assert some.arithmetic == "66.7 for what was read right: rounded, 67 of 100."


def test_inputs_read_back_as_they_were_stored() -> None:
    assert Inputs.from_json(INPUTS.to_json()) == INPUTS
