"""Every outcome and every rule of score_localization, worked out by hand.

The films here are rows of boxes ten pixels high, so a box is two numbers on a line and the IoU of
two boxes is that of two intervals. The threshold is 0.3 unless a test says otherwise.
"""

import json

import pytest

from scoring.localization import (
    SCORER_VERSION,
    Box,
    Kind,
    LocalizationResult,
    Mark,
    Outcome,
    ReferenceRegion,
    score_localization,
)


def on(finding, x_min, x_max, image="", confidence=None):
    return Mark(finding, Box(x_min, 0, x_max, 10), image, confidence)


def ref(finding, x_min, x_max, reader="", image=""):
    return ReferenceRegion(finding, Box(x_min, 0, x_max, 10), reader, image)


def told(result):
    """The lines in short: outcome, finding, mark, regions, reason."""
    return [(str(x.outcome), x.finding, x.mark, x.regions, x.reason) for x in result.lines]


def counts(result):
    return (
        result.hits,
        result.misplaced,
        result.wrong_finding,
        result.false_marks,
        result.missed,
    )


def test_a_mark_in_the_right_place_is_a_hit():
    result = score_localization(marks=[on("Nodule", 0, 10)], regions=[ref("Nodule", 0, 8)])
    (line,) = result.lines
    assert line.outcome is Outcome.HIT
    assert line.kind is Kind.DRAW
    assert (line.finding, line.mark, line.regions) == ("Nodule", 0, (0,))
    assert line.iou == pytest.approx(0.8)
    assert (line.threshold, line.credit) == (0.3, 1.0)
    assert (line.reference_finding, line.reason) == (None, "")
    assert counts(result) == (1, 0, 0, 0, 0)
    assert (result.score, result.precision, result.recall, result.f1) == (1, 1, 1, 1)
    assert result.mean_iou == pytest.approx(0.8)
    assert result.version == SCORER_VERSION == "localization-1.0.0"


def test_the_threshold_itself_is_enough():
    # [0, 10] and [7, 10] share 3 of 10.
    result = score_localization(marks=[on("Nodule", 7, 10)], regions=[ref("Nodule", 0, 10)])
    assert told(result) == [("hit", "Nodule", 0, (0,), "")]


def test_each_finding_has_its_own_threshold():
    arguments = {"marks": [on("Nodule", 5, 10)], "regions": [ref("Nodule", 0, 10)]}
    for thresholds, outcome in [({"Nodule": 0.5}, "hit"), ({"Nodule": 0.51}, "misplaced")]:
        result = score_localization(**arguments, thresholds=thresholds)
        assert told(result) == [(outcome, "Nodule", 0, (0,), "")]
        assert result.lines[0].threshold == thresholds["Nodule"]
    result = score_localization(**arguments, default_threshold=0.6, thresholds={"Mass": 0.1})
    assert told(result) == [("misplaced", "Nodule", 0, (0,), "")]


def test_the_right_finding_in_the_wrong_place_is_one_line_and_not_also_missed():
    result = score_localization(marks=[on("Nodule", 50, 60)], regions=[ref("Nodule", 0, 10)])
    assert told(result) == [("misplaced", "Nodule", 0, (0,), "")]
    assert (result.lines[0].iou, result.lines[0].credit) == (0.0, 0.25)
    assert counts(result) == (0, 1, 0, 0, 0)
    assert (result.score, result.precision, result.recall, result.f1) == (0.25, 0, 0, 0)
    assert result.mean_iou is None


def test_the_right_place_under_another_name_is_a_wrong_finding_with_both_names():
    result = score_localization(
        marks=[on("Effusion", 0, 10)],
        regions=[ref("Atelectasis", 0, 8)],
        thresholds={"Atelectasis": 0.4},
    )
    (line,) = result.lines
    assert line.outcome is Outcome.WRONG_FINDING
    assert (line.finding, line.reference_finding) == ("Effusion", "Atelectasis")
    assert line.threshold == 0.4
    assert line.credit == 0.25
    assert counts(result) == (0, 0, 1, 0, 0)


def test_a_wrong_finding_must_reach_the_threshold_of_the_reference_finding():
    result = score_localization(
        marks=[on("Effusion", 0, 10)],
        regions=[ref("Atelectasis", 0, 8)],
        thresholds={"Atelectasis": 0.81, "Effusion": 0.1},
    )
    assert told(result) == [
        ("false_mark", "Effusion", 0, (), "absent"),
        ("missed", "Atelectasis", None, (0,), ""),
    ]


def test_a_wrong_finding_never_takes_a_lesion_that_was_named():
    result = score_localization(
        marks=[on("Effusion", 0, 10), on("Atelectasis", 0, 6)],
        regions=[ref("Atelectasis", 0, 10)],
    )
    assert told(result) == [
        ("hit", "Atelectasis", 1, (0,), ""),
        ("false_mark", "Effusion", 0, (), "absent"),
    ]


def test_the_right_place_goes_before_the_right_name():
    # The effusion mark misses the effusion altogether and lies on the atelectasis.
    result = score_localization(
        marks=[on("Effusion", 0, 10)],
        regions=[ref("Effusion", 50, 60), ref("Atelectasis", 0, 10)],
    )
    assert told(result) == [
        ("wrong_finding", "Effusion", 0, (1,), ""),
        ("missed", "Effusion", None, (0,), ""),
    ]
    assert result.score == 0.125


def test_exchanged_names_are_two_wrong_findings():
    result = score_localization(
        marks=[on("A", 0, 10), on("B", 20, 30)], regions=[ref("B", 0, 10), ref("A", 20, 30)]
    )
    assert told(result) == [
        ("wrong_finding", "A", 0, (0,), ""),
        ("wrong_finding", "B", 1, (1,), ""),
    ]


def test_a_mark_where_nothing_is_is_false_and_absent():
    result = score_localization(marks=[on("Nodule", 0, 10)], regions=[])
    (line,) = result.lines
    assert told(result) == [("false_mark", "Nodule", 0, (), "absent")]
    assert (line.iou, line.threshold, line.credit) == (None, 0.3, 0.0)
    assert (result.score, result.precision, result.recall, result.f1) == (0, 0, 0, 0)


def test_a_second_mark_on_the_same_lesion_is_a_duplicate():
    result = score_localization(
        marks=[on("Nodule", 0, 6), on("Nodule", 0, 10)], regions=[ref("Nodule", 0, 10)]
    )
    assert told(result) == [
        ("hit", "Nodule", 1, (0,), ""),
        ("false_mark", "Nodule", 0, (0,), "duplicate"),
    ]
    assert result.lines[1].iou == pytest.approx(0.6)
    assert (result.score, result.precision, result.recall) == (0.5, 0.5, 1.0)
    assert result.f1 == pytest.approx(2 / 3)


def test_a_second_mark_may_still_be_the_misplaced_one_for_another_lesion():
    result = score_localization(
        marks=[on("Nodule", 0, 6), on("Nodule", 0, 10)],
        regions=[ref("Nodule", 0, 10), ref("Nodule", 80, 90)],
    )
    assert told(result) == [
        ("hit", "Nodule", 1, (0,), ""),
        ("misplaced", "Nodule", 0, (1,), ""),
    ]


def test_a_lesion_without_a_mark_is_missed():
    result = score_localization(marks=[], regions=[ref("Nodule", 0, 10)])
    (line,) = result.lines
    assert told(result) == [("missed", "Nodule", None, (0,), "")]
    assert (line.iou, line.threshold, line.credit) == (None, 0.3, 0.0)
    assert (result.score, result.precision, result.recall, result.f1) == (0, 0, 0, 0)


def test_a_normal_film_without_marks_is_a_perfect_answer():
    result = score_localization(marks=[], regions=[])
    assert result.lines == ()
    assert (result.score, result.precision, result.recall, result.f1) == (1, 1, 1, 1)
    assert result.mean_iou is None


def test_a_normal_film_with_any_false_mark_scores_nothing():
    marks = [on("Nodule", 0, 10), on("Mass", 20, 30)]
    assert score_localization(marks=marks[:1], regions=[]).score == 0
    assert score_localization(marks=marks, regions=[]).score == 0
    assert score_localization(marks=[], regions=[], selected=["Cardiomegaly"]).score == 0


def test_two_hits_count_for_more_than_one_closer_hit():
    # Alone, mark 0 would take region 0 (IoU 1); then mark 1 would have nothing within reach.
    result = score_localization(
        marks=[on("Nodule", 0, 10), on("Nodule", 0, 5)],
        regions=[ref("Nodule", 0, 10), ref("Nodule", 5, 15)],
    )
    assert told(result) == [
        ("hit", "Nodule", 1, (0,), ""),
        ("hit", "Nodule", 0, (1,), ""),
    ]
    assert [line.iou for line in result.lines] == pytest.approx([0.5, 1 / 3])


def test_of_equally_many_hits_the_larger_overlap_decides():
    result = score_localization(
        marks=[on("Nodule", 0, 10), on("Nodule", 2, 12)],
        regions=[ref("Nodule", 2, 12), ref("Nodule", 0, 10)],
    )
    assert told(result) == [
        ("hit", "Nodule", 0, (1,), ""),
        ("hit", "Nodule", 1, (0,), ""),
    ]


def test_equal_overlaps_go_by_the_boxes_and_not_by_the_list():
    # Both marks share 8 of 12 with the lesion; the left one has it, wherever it stands.
    left, right = on("Nodule", 0, 10), on("Nodule", 4, 14)
    regions = [ref("Nodule", 2, 12)]
    assert told(score_localization(marks=[left, right], regions=regions)) == [
        ("hit", "Nodule", 0, (0,), ""),
        ("false_mark", "Nodule", 1, (0,), "duplicate"),
    ]
    assert told(score_localization(marks=[right, left], regions=regions)) == [
        ("hit", "Nodule", 1, (0,), ""),
        ("false_mark", "Nodule", 0, (0,), "duplicate"),
    ]


def test_a_misplaced_mark_belongs_to_the_lesion_it_overlaps_most_then_to_the_nearest():
    overlapping = score_localization(
        marks=[on("Nodule", 8, 30)], regions=[ref("Nodule", 0, 10), ref("Nodule", 29, 32)]
    )
    assert overlapping.lines[0].regions == (0,)
    assert overlapping.lines[0].iou == pytest.approx(2 / 30)
    apart = score_localization(
        marks=[on("Nodule", 40, 50)], regions=[ref("Nodule", 0, 10), ref("Nodule", 70, 80)]
    )
    assert told(apart) == [
        ("misplaced", "Nodule", 0, (1,), ""),
        ("missed", "Nodule", None, (0,), ""),
    ]


def test_images_of_a_case_are_marked_apart():
    result = score_localization(
        marks=[on("Nodule", 0, 10, "lateral")], regions=[ref("Nodule", 0, 10, image="frontal")]
    )
    assert told(result) == [
        ("false_mark", "Nodule", 0, (), "absent"),
        ("missed", "Nodule", None, (0,), ""),
    ]
    result = score_localization(
        marks=[on("Mass", 0, 10, "lateral")], regions=[ref("Nodule", 0, 10, image="frontal")]
    )
    assert counts(result) == (0, 0, 0, 1, 1)


@pytest.mark.parametrize(
    ("selected", "present", "lines", "score"),
    [
        (["Scoliosis"], ["Scoliosis"], [("hit", "Scoliosis", None, (), "")], 1),
        (["Scoliosis"], [], [("false_mark", "Scoliosis", None, (), "absent")], 0),
        ([], ["Scoliosis"], [("missed", "Scoliosis", None, (), "")], 0),
        (
            ["Scoliosis", "Kyphosis"],
            ["Scoliosis", "Fracture"],
            [
                ("hit", "Scoliosis", None, (), ""),
                ("false_mark", "Kyphosis", None, (), "absent"),
                ("missed", "Fracture", None, (), ""),
            ],
            1 / 3,
        ),
    ],
)
def test_ticks_are_right_or_wrong_or_missing(selected, present, lines, score):
    result = score_localization(marks=[], regions=[], selected=selected, present=present)
    assert told(result) == lines
    assert all(line.kind is Kind.SELECT for line in result.lines)
    assert all(line.iou is None and line.threshold is None for line in result.lines)
    assert result.score == pytest.approx(score)
    assert result.mean_iou is None


def test_ticks_and_marks_are_counted_together():
    result = score_localization(
        marks=[on("Nodule", 0, 10), on("Mass", 50, 60)],
        regions=[ref("Nodule", 0, 10), ref("Effusion", 80, 90)],
        selected=["Scoliosis"],
        present=["Scoliosis"],
    )
    assert counts(result) == (2, 0, 0, 1, 1)
    assert result.score == 0.5
    assert result.precision == pytest.approx(2 / 3)
    assert result.recall == pytest.approx(2 / 3)
    assert result.f1 == pytest.approx(2 / 3)
    assert result.mean_iou == 1.0


def test_outside_the_label_set_nothing_is_scored():
    result = score_localization(
        marks=[on("Nodule", 0, 10), on("Device", 50, 60)],
        regions=[ref("Nodule", 0, 10)],
        selected=["Scoliosis"],
        scored=["Nodule", "Mass"],
    )
    assert told(result) == [
        ("hit", "Nodule", 0, (0,), ""),
        ("not_scored", "Device", 1, (), "outside_label_set"),
        ("not_scored", "Scoliosis", None, (), "outside_label_set"),
    ]
    assert [line.credit for line in result.lines] == [1.0, None, None]
    assert [line.threshold for line in result.lines] == [0.3, None, None]
    assert counts(result) == (1, 0, 0, 0, 0)
    assert result.score == 1


def test_inside_the_label_set_a_mark_on_nothing_is_false():
    result = score_localization(marks=[on("Mass", 0, 10)], regions=[], scored=["Nodule", "Mass"])
    assert told(result) == [("false_mark", "Mass", 0, (), "absent")]


def test_a_mark_outside_the_label_set_takes_no_lesion_as_a_wrong_finding():
    result = score_localization(
        marks=[on("Device", 0, 10)], regions=[ref("Nodule", 0, 10)], scored=["Nodule"]
    )
    assert told(result) == [
        ("missed", "Nodule", None, (0,), ""),
        ("not_scored", "Device", 0, (), "outside_label_set"),
    ]


def test_a_finding_in_the_reference_is_scored_without_being_listed():
    result = score_localization(
        marks=[on("Nodule", 0, 10)],
        regions=[ref("Nodule", 0, 10)],
        selected=["Scoliosis"],
        present=["Scoliosis"],
        scored=[],
    )
    assert counts(result) == (2, 0, 0, 0, 0)


def test_a_finding_known_to_be_there_without_a_region_is_not_scored():
    result = score_localization(
        marks=[on("Nodule", 0, 10)], regions=[], selected=["Kyphosis"],
        unlocated=["Nodule", "Kyphosis"],
    )  # fmt: skip
    assert told(result) == [
        ("not_scored", "Nodule", 0, (), "unlocated"),
        ("not_scored", "Kyphosis", None, (), "unlocated"),
    ]
    assert result.score == 1


def test_unlocated_goes_before_regions_and_presence():
    result = score_localization(
        marks=[on("Nodule", 0, 10)],
        regions=[ref("Nodule", 0, 10), ref("Nodule", 50, 60)],
        present=["Kyphosis"],
        unlocated=["Nodule", "Kyphosis"],
    )
    assert told(result) == [
        ("not_scored", "Nodule", 0, (), "unlocated"),
        ("not_scored", "Nodule", None, (0,), "unlocated"),
        ("not_scored", "Nodule", None, (1,), "unlocated"),
    ]
    assert (result.score, counts(result)) == (1, (0, 0, 0, 0, 0))


def test_a_mark_on_a_select_finding_that_is_present_is_not_false():
    result = score_localization(marks=[on("Scoliosis", 0, 10)], regions=[], present=["Scoliosis"])
    assert told(result) == [
        ("missed", "Scoliosis", None, (), ""),
        ("not_scored", "Scoliosis", 0, (), "unlocated"),
    ]


@pytest.mark.parametrize("threshold", [0, -0.1, 1.01, float("nan")])
def test_a_threshold_outside_its_range_is_refused(threshold):
    with pytest.raises(ValueError, match="'Nodule'"):
        score_localization(marks=[], regions=[], thresholds={"Nodule": threshold})
    with pytest.raises(ValueError, match="by default"):
        score_localization(marks=[], regions=[], default_threshold=threshold)


def test_confidence_changes_nothing():
    regions = [ref("Nodule", 0, 10)]
    sure = score_localization(marks=[on("Nodule", 0, 6, confidence=5)], regions=regions)
    unsure = score_localization(marks=[on("Nodule", 0, 6, confidence=1)], regions=regions)
    assert sure == unsure


def test_a_result_survives_json():
    result = score_localization(
        marks=[on("A", 0, 9), on("B", 20, 30), on("C", 50, 60), on("D", 0, 1), on("Z", 0, 1)],
        regions=[ref("A", 0, 10), ref("C", 20, 30), ref("B", 70, 80), ref("E", 90, 99)],
        selected=["S"],
        present=["S", "T"],
        scored=["A", "D"],
    )
    assert {line.outcome for line in result.lines} == set(Outcome) - {Outcome.MISPLACED}
    text = json.dumps(result.to_dict())
    assert LocalizationResult.from_dict(json.loads(text)) == result


@pytest.mark.parametrize(
    ("damage", "error"),
    [
        (lambda values: values.pop("score"), KeyError),
        (lambda values: values["lines"][0].pop("mark"), KeyError),
        (lambda values: values["lines"][0].update(outcome="nearly"), ValueError),
    ],
)
def test_values_that_are_no_result_are_refused(damage, error):
    values = score_localization(marks=[on("A", 0, 9)], regions=[]).to_dict()
    damage(values)
    with pytest.raises(error):
        LocalizationResult.from_dict(values)
