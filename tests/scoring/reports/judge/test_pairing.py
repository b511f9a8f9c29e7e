"""Who answers whom, on findings made by hand."""

from scoring.reports.evaluation import Significance
from scoring.reports.judge.kinship import kinship_table
from scoring.reports.judge.pairing import pair_findings
from scoring.reports.reader import Certainty
from tests.scoring.reports.judge.stating import stated

ACTIONABLE = Significance.ACTIONABLE


MINOR = Significance.NOT_ACTIONABLE


def pair(reference, said, weights=()):
    got = pair_findings(
        reference, weights or [ACTIONABLE] * len(reference), said, [ACTIONABLE] * len(said),
        kinship_table(), prior_shown=False,
    )  # fmt: skip
    return (
        [(p.reference, p.said, [d.error.value for d in p.differences]) for p in got.pairs],
        list(got.strays),
    )


def test_each_finds_its_own():
    reference = [stated("nodule", "left"), stated("pneumothorax", "right")]
    assert pair(reference, reference) == ([(0, 0, []), (1, 1, [])], [])


def test_the_best_pairs_are_not_those_of_the_first_comer():
    reference = [stated("nodule", "left"), stated("nodule", "right")]
    said = [stated("nodule"), stated("nodule", "left")]
    assert pair(reference, said) == ([(0, 1, []), (1, 0, [])], [])


def test_two_sides_said_one_by_one_are_both_sides():
    reference = [stated("pleural-effusion", "both")]
    said = [stated("pleural-effusion", "left"), stated("pleural-effusion", "right")]
    assert pair(reference, said) == ([(0, 0, []), (0, 1, [])], [])
    assert pair(said, reference) == ([(0, 0, []), (1, 0, [])], [])


def test_one_side_of_two_is_a_difference_of_location():
    reference, said = [stated("pleural-effusion", "both")], [stated("pleural-effusion", "left")]
    assert pair(reference, said) == ([(0, 0, ["location"])], [])


def test_several_at_once_answer_several():
    reference = [stated("nodule", "left"), stated("nodule", "right")]
    assert pair(reference, [stated("nodule", number=0)])[0] == [(0, 0, []), (1, 0, [])]
    assert pair(reference, [stated("nodule")])[0] == [(0, 0, [])]


def test_a_near_name_in_the_same_place_is_said_again():
    reference = [stated("pneumonia", "right", "lower-lobe")]
    said = [stated("pneumonia", "right", "lower-lobe"), stated("lung-opacity", "right", "base")]
    assert pair(reference, said) == ([(0, 0, []), (0, 1, [])], [])


def test_a_second_place_strays():
    reference = [stated("nodule", "right")]
    said = [stated("nodule", "left"), stated("nodule", "right")]
    assert pair(reference, said) == ([(0, 1, [])], [(0, 0)])


def test_a_second_name_that_would_weigh_nothing_is_told_with_what_it_means():
    reference = [stated("scarring", "right")]
    said = [stated("scarring", "right"), stated("tuberculosis", "right")]
    joined = ([(0, 0, []), (0, 1, ["overinterpretation"])], [])
    assert pair(reference, said, [MINOR]) == joined
    assert pair(reference, said) == ([(0, 0, [])], [(1, 0)])


def test_what_strays_from_two_findings_strays_from_the_lighter():
    reference = [stated("atelectasis", "both", "base"), stated("consolidation", "right", "base")]
    said = [*reference, stated("pneumonia", "left", "lower-lobe")]
    assert pair(reference, said, [MINOR, ACTIONABLE])[1] == [(2, 0)]


def test_what_is_only_not_excluded_is_answered_by_its_own_name_only():
    reference = [stated("mass", is_open=True, certainty=Certainty.POSSIBLE)]
    assert pair(reference, [stated("consolidation", "left")]) == ([], [])
    assert pair(reference, [stated("mass")]) == ([(0, 0, ["certainty"])], [])


def test_strangers_stay_apart():
    assert pair([stated("nodule")], [stated("pneumothorax")]) == ([], [])
    assert pair([], [stated("pneumothorax")]) == ([], [])
    assert pair([stated("nodule")], []) == ([], [])
