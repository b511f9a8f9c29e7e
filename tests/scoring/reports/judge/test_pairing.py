"""Who answers whom, on findings made by hand."""

from scoring.reports.evaluation import Significance
from scoring.reports.judge.kinship import kinship_table
from scoring.reports.judge.pairing import pair_findings
from tests.scoring.reports.judge.stating import stated

ACTIONABLE = Significance.ACTIONABLE


def pair(reference, said):
    got = pair_findings(
        reference, [ACTIONABLE] * len(reference), said, [ACTIONABLE] * len(said),
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


def test_strangers_stay_apart():
    assert pair([stated("nodule")], [stated("pneumothorax")]) == ([], [])
    assert pair([], [stated("pneumothorax")]) == ([], [])
    assert pair([stated("nodule")], []) == ([], [])
