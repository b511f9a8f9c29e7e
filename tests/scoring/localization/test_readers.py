"""Several readers: whoever reads as one of them did is right. Worked out by hand."""

import pytest

from scoring.localization import score_localization
from tests.scoring.localization.test_marking import counts, on, ref, told


def test_a_mark_counts_against_the_best_of_the_outlines():
    # Alone, the outline of Ann would give 0.25, that of Bob gives 0.8.
    regions = [ref("Nodule", 0, 40, "Ann"), ref("Nodule", 0, 8, "Bob")]
    result = score_localization(marks=[on("Nodule", 0, 10)], regions=regions)
    assert told(result) == [("hit", "Nodule", 0, (1, 0), "")]
    assert result.lines[0].iou == pytest.approx(0.8)


def test_a_missed_lesion_of_two_readers_is_one_line():
    regions = [ref("Nodule", 2, 12, "Ann"), ref("Nodule", 0, 10, "Bob")]
    result = score_localization(marks=[], regions=regions)
    assert told(result) == [("missed", "Nodule", None, (1, 0), "")]


@pytest.mark.parametrize("marks", [[(0, 10)], [(0, 10), (50, 60)]])
def test_one_lesion_or_two_are_both_right_where_readers_differ(marks):
    regions = [
        ref("Nodule", 0, 10, "Ann"),
        ref("Nodule", 0, 10, "Bob"),
        ref("Nodule", 50, 60, "Bob"),
    ]
    result = score_localization(marks=[on("Nodule", *ends) for ends in marks], regions=regions)
    assert counts(result) == (len(marks), 0, 0, 0, 0)
    assert result.score == 1


def test_one_large_outline_and_two_small_ones_are_both_right():
    regions = [
        ref("Effusion", 0, 100, "Ann"),
        ref("Effusion", 0, 40, "Bob"),
        ref("Effusion", 60, 100, "Bob"),
    ]
    whole = score_localization(marks=[on("Effusion", 0, 100)], regions=regions)
    assert told(whole) == [("hit", "Effusion", 0, (0, 1), "")]
    parts = score_localization(
        marks=[on("Effusion", 0, 40), on("Effusion", 60, 100)], regions=regions
    )
    assert counts(parts) == (2, 0, 0, 0, 0)
    # Ann's outline stands beside one of Bob's only, the left by the tie-break.
    assert [line.regions for line in parts.lines] == [(1, 0), (2,)]


def test_the_learner_is_held_to_the_reading_with_the_fewest_errors():
    # Against Ann: one hit, two missed. Against Bob: one hit, one missed.
    regions = [
        ref("Nodule", 0, 10, "Ann"),
        ref("Nodule", 30, 40, "Ann"),
        ref("Nodule", 60, 70, "Ann"),
        ref("Nodule", 0, 10, "Bob"),
        ref("Nodule", 30, 40, "Bob"),
    ]
    result = score_localization(marks=[on("Nodule", 0, 10)], regions=regions)
    assert told(result) == [
        ("hit", "Nodule", 0, (3, 0), ""),
        ("missed", "Nodule", None, (4, 1), ""),
    ]


def test_of_readings_with_as_many_errors_the_one_with_more_overlap_counts():
    regions = [ref("Nodule", 0, 10, "Ann"), ref("Nodule", 20, 30, "Bob")]
    result = score_localization(marks=[on("Nodule", 20, 30)], regions=regions)
    assert told(result) == [("hit", "Nodule", 0, (1,), "")]


def test_more_overlap_goes_before_the_leftmost_reading():
    # Ann's reading and Bob's each leave one mark and one lesion over; 0.8 against 1.0.
    regions = [
        ref("Nodule", 0, 10, "Ann"),
        ref("Nodule", 50, 60, "Ann"),
        ref("Nodule", 20, 30, "Bob"),
        ref("Nodule", 70, 80, "Bob"),
    ]
    result = score_localization(marks=[on("Nodule", 0, 8), on("Nodule", 20, 30)], regions=regions)
    assert told(result) == [
        ("hit", "Nodule", 1, (2,), ""),
        ("misplaced", "Nodule", 0, (3,), ""),
    ]


def test_outlines_belong_together_by_overlap_and_not_by_number():
    # Ann's first is Bob's second; pairing off all four would put strangers beside each other.
    regions = [
        ref("Nodule", 0, 10, "Ann"),
        ref("Nodule", 9, 30, "Ann"),
        ref("Nodule", 8, 9, "Bob"),
        ref("Nodule", 0, 10, "Bob"),
    ]
    result = score_localization(marks=[], regions=regions)
    assert told(result) == [
        ("missed", "Nodule", None, (3, 0), ""),
        ("missed", "Nodule", None, (2,), ""),
    ]


def test_of_readings_that_agree_as_well_the_leftmost_counts():
    for names in (("Ann", "Bob"), ("Bob", "Ann")):
        regions = [ref("Nodule", 20, 30, names[0]), ref("Nodule", 0, 10, names[1])]
        result = score_localization(marks=[], regions=regions)
        assert told(result) == [("missed", "Nodule", None, (1,), "")]


def test_silence_of_a_reader_is_no_evidence_when_readers_are_not_known():
    result = score_localization(marks=[], regions=[ref("Nodule", 0, 10, "Ann")])
    assert counts(result) == (0, 0, 0, 0, 1)


@pytest.mark.parametrize(
    ("readers", "outcome", "reason"),
    [
        (["Ann"], "missed", ""),
        (["Ann", "Bob"], "not_scored", "minority"),
        (["Ann", "Bob", "Cy"], "not_scored", "minority"),
        (["Bob"], "not_scored", "minority"),
    ],
)
def test_a_finding_that_half_of_the_readers_left_out_may_be_left_unmarked(readers, outcome, reason):
    result = score_localization(marks=[], regions=[ref("Nodule", 0, 10, "Ann")], readers=readers)
    assert told(result) == [(outcome, "Nodule", None, (0,), reason)]
    assert result.score == (0 if outcome == "missed" else 1)


def test_a_finding_that_most_readers_marked_may_not_be_left_unmarked():
    regions = [ref("Nodule", 0, 10, "Ann"), ref("Nodule", 0, 10, "Bob")]
    result = score_localization(marks=[], regions=regions, readers=["Ann", "Bob", "Cy"])
    assert told(result) == [("missed", "Nodule", None, (0, 1), "")]


def test_a_finding_of_a_minority_may_also_be_marked():
    result = score_localization(
        marks=[on("Nodule", 0, 8)],
        regions=[ref("Nodule", 0, 10, "Ann")],
        readers=["Ann", "Bob", "Cy"],
    )
    assert told(result) == [("hit", "Nodule", 0, (0,), "")]


def test_a_mark_elsewhere_on_a_finding_of_a_minority_is_a_mark_on_nothing():
    result = score_localization(
        marks=[on("Nodule", 50, 60)],
        regions=[ref("Nodule", 0, 10, "Ann")],
        readers=["Ann", "Bob", "Cy"],
    )
    assert told(result) == [
        ("false_mark", "Nodule", 0, (), "absent"),
        ("not_scored", "Nodule", None, (0,), "minority"),
    ]
    assert counts(result) == (0, 0, 0, 1, 0)


def test_half_of_a_minority_reading_is_held_to_that_reading():
    # Ann's reading and "nothing there" both have one error; Ann's has the overlap.
    result = score_localization(
        marks=[on("Nodule", 0, 10)],
        regions=[ref("Nodule", 0, 10, "Ann"), ref("Nodule", 50, 60, "Ann")],
        readers=["Ann", "Bob"],
    )
    assert told(result) == [
        ("hit", "Nodule", 0, (0,), ""),
        ("missed", "Nodule", None, (1,), ""),
    ]


def test_a_minority_lesion_is_no_wrong_finding_for_another_mark():
    result = score_localization(
        marks=[on("Mass", 0, 10)],
        regions=[ref("Nodule", 0, 10, "Ann")],
        readers=["Ann", "Bob"],
    )
    assert told(result) == [
        ("false_mark", "Mass", 0, (), "absent"),
        ("not_scored", "Nodule", None, (0,), "minority"),
    ]


def test_a_reader_who_marked_one_image_only_has_read_the_case_that_way():
    regions = [
        ref("Nodule", 0, 10, "Ann", "frontal"),
        ref("Nodule", 0, 10, "Bob", "frontal"),
        ref("Nodule", 5, 15, "Bob", "lateral"),
    ]
    frontal = score_localization(marks=[on("Nodule", 0, 10, "frontal")], regions=regions)
    assert told(frontal) == [("hit", "Nodule", 0, (0, 1), "")]
    both = score_localization(
        marks=[on("Nodule", 0, 10, "frontal"), on("Nodule", 5, 15, "lateral")], regions=regions
    )
    assert counts(both) == (2, 0, 0, 0, 0)


def test_a_wrong_finding_and_a_duplicate_count_against_the_best_outline_too():
    regions = [ref("Nodule", 0, 40, "Ann"), ref("Nodule", 0, 10, "Bob")]
    renamed = score_localization(marks=[on("Mass", 0, 9)], regions=regions)
    assert renamed.lines[0].regions[0] == 1
    assert renamed.lines[0].iou == pytest.approx(0.9)
    twice = score_localization(marks=[on("Nodule", 0, 10), on("Nodule", 0, 36)], regions=regions)
    assert told(twice)[1] == ("false_mark", "Nodule", 1, (0, 1), "duplicate")
    assert twice.lines[1].iou == pytest.approx(0.9)
