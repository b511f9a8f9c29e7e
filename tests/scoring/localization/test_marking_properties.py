"""What must hold of every mark, on small grids where ties are common."""

import json
from dataclasses import replace
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.localization import (
    Box,
    Kind,
    LocalizationResult,
    Mark,
    Outcome,
    ReferenceRegion,
    score_line,
    score_localization,
)

FINDINGS = ["Atelectasis", "Effusion", "Nodule"]
SELECT_FINDINGS = ["Cardiomegaly", "Kyphosis", "Scoliosis"]
READERS = ["Ann", "Bob", "Cy"]
UNREAD = "Device"


@st.composite
def boxes(draw):
    x, y = draw(st.integers(0, 6)), draw(st.integers(0, 2))
    return Box(x, y, x + draw(st.integers(1, 5)), y + draw(st.integers(1, 3)))


images = st.sampled_from(["frontal", "lateral"])
findings = st.sampled_from(FINDINGS)
marks_lists = st.lists(
    st.builds(Mark, findings, boxes(), images, st.sampled_from([None, 1, 5])), max_size=7
)
one_reader = st.lists(
    st.builds(ReferenceRegion, findings, boxes(), st.just(""), images), max_size=7
)
three_readers = st.lists(
    st.builds(ReferenceRegion, findings, boxes(), st.sampled_from(READERS), images), max_size=8
)
select_sets = st.sets(st.sampled_from(SELECT_FINDINGS))
threshold_maps = st.dictionaries(findings, st.sampled_from([0.1, 0.3, 0.5, 1.0]))


@st.composite
def cases(draw):
    return {
        "marks": draw(marks_lists),
        "regions": draw(st.one_of(one_reader, three_readers)),
        "selected": draw(select_sets),
        "present": draw(select_sets),
        "scored": draw(st.one_of(st.none(), st.just({*FINDINGS, "Kyphosis"}), st.just(set()))),
        "unlocated": draw(st.one_of(st.just(set()), st.sets(st.sampled_from(FINDINGS)))),
        "readers": draw(st.sampled_from([[], READERS, [*READERS, "Dee"]])),
        "thresholds": draw(threshold_maps),
    }


def spoken(result, marks, regions):
    """The lines with the things themselves in place of their indices; the readers unnamed."""
    return [
        replace(
            line,
            mark=None if line.mark is None else marks[line.mark],
            regions=[replace(regions[index], reader="") for index in line.regions],
        )
        for line in result.lines
    ]


@settings(deadline=None, max_examples=200)
@given(cases(), st.randoms(use_true_random=False))
def test_the_order_of_marks_regions_and_readers_changes_nothing(case, rng: Random):
    def shuffled(values):
        return rng.sample(values, len(values))

    new_names = dict(zip(READERS, shuffled(READERS), strict=True))
    other = {
        **case,
        "marks": shuffled(case["marks"]),
        "regions": [
            replace(region, reader=new_names.get(region.reader, region.reader))
            for region in shuffled(case["regions"])
        ],
        "readers": shuffled(case["readers"]),
    }
    result, again = score_localization(**case), score_localization(**other)
    assert spoken(again, other["marks"], other["regions"]) == spoken(
        result, case["marks"], case["regions"]
    )
    assert replace(again, lines=()) == replace(result, lines=())


@settings(deadline=None, max_examples=150)
@given(cases())
def test_every_mark_and_tick_has_exactly_one_line(case):
    lines = score_localization(**case).lines
    marked = sorted(line.mark for line in lines if line.mark is not None)
    assert marked == list(range(len(case["marks"])))
    answered = [
        line.finding
        for line in lines
        if line.kind is Kind.SELECT and line.outcome is not Outcome.MISSED
    ]
    assert sorted(answered) == sorted(case["selected"])


@settings(deadline=None, max_examples=150)
@given(cases())
def test_no_region_is_told_of_twice_but_by_duplicates(case):
    lines = score_localization(**case).lines
    told = [index for line in lines if line.reason != "duplicate" for index in line.regions]
    assert len(told) == len(set(told))
    if len({region.reader for region in case["regions"]}) == 1:
        assert len(told) == len(case["regions"])


@settings(deadline=None, max_examples=150)
@given(marks_lists, one_reader, select_sets, select_sets, threshold_maps)
def test_marks_and_lesions_are_conserved(marks, regions, selected, present, thresholds):
    result = score_localization(
        marks=marks, regions=regions, selected=selected, present=present, thresholds=thresholds
    )
    halves = result.misplaced + result.wrong_finding
    assert result.hits + halves + result.false_marks == len(marks) + len(selected)
    assert result.hits + halves + result.missed == len(regions) + len(present)
    assert len(result.lines) == result.hits + halves + result.false_marks + result.missed


@settings(deadline=None, max_examples=150)
@given(cases())
def test_the_figures_follow_from_the_lines_and_lie_between_zero_and_one(case):
    result = score_localization(**case)
    number = dict.fromkeys(Outcome, 0)
    for line in result.lines:
        number[line.outcome] += 1
    assert number[Outcome.HIT] == result.hits
    assert number[Outcome.MISPLACED] == result.misplaced
    assert number[Outcome.WRONG_FINDING] == result.wrong_finding
    assert number[Outcome.FALSE_MARK] == result.false_marks
    assert number[Outcome.MISSED] == result.missed
    credits = [line.credit for line in result.lines if line.credit is not None]
    assert len(credits) == len(result.lines) - number[Outcome.NOT_SCORED]
    assert result.score == (sum(credits) / len(credits) if credits else 1.0)
    assert 0 <= result.score <= 1
    precision, recall = result.precision, result.recall
    assert 0 <= precision <= 1
    assert 0 <= recall <= 1
    harmonic = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
    assert abs(result.f1 - harmonic) < 1e-12
    ious = [x.iou for x in result.lines if x.outcome is Outcome.HIT and x.kind is Kind.DRAW]
    assert result.mean_iou == (sum(ious) / len(ious) if ious else None)


@settings(deadline=None, max_examples=150)
@given(cases())
def test_what_the_lines_say_about_overlap_is_true(case):
    for line in score_localization(**case).lines:
        if line.mark is None or not line.regions or line.outcome is Outcome.NOT_SCORED:
            assert line.iou is None
            continue
        mark, regions = case["marks"][line.mark], [case["regions"][j] for j in line.regions]
        assert line.iou == mark.box.iou(regions[0].box)
        assert line.iou == max(mark.box.iou(region.box) for region in regions)
        assert {mark.image} == {region.image for region in regions}
        assert {line.reference_finding or line.finding} == {x.finding for x in regions}
        assert line.finding == mark.finding
        assert (line.iou >= line.threshold) == (line.outcome is not Outcome.MISPLACED)


@settings(deadline=None, max_examples=200)
@given(three_readers.filter(bool), threshold_maps, st.data())
def test_whoever_marks_the_findings_as_one_of_the_readers_did_is_perfect(regions, thresholds, data):
    reader = data.draw(st.sampled_from(sorted({region.reader for region in regions})))
    own = [region for region in regions if region.reader == reader]
    # What a finding is that this reader never saw, is for the other readers' majority to say.
    named = {region.finding for region in own}
    regions = [region for region in regions if region.finding in named]
    marks = [Mark(region.finding, region.box, region.image) for region in own]
    for readers in ([], READERS):
        result = score_localization(
            marks=marks, regions=regions, thresholds=thresholds, readers=readers
        )
        assert [line.outcome for line in result.lines] == [Outcome.HIT] * len(marks)
        assert result.score == 1
        assert result.mean_iou == 1


@settings(deadline=None, max_examples=100)
@given(marks_lists, three_readers)
def test_a_finding_that_half_of_the_readers_left_out_costs_nothing_when_left_unmarked(
    marks, regions
):
    regions = [x for x in regions if x.reader == "Ann" or x.finding != "Nodule"]
    marks = [mark for mark in marks if mark.finding != "Nodule"]
    lines = score_localization(marks=marks, regions=regions, readers=READERS).lines
    nodule_lines = [line for line in lines if line.finding == "Nodule"]
    assert {line.reason for line in nodule_lines} <= {"minority"}
    assert len(nodule_lines) == sum(region.finding == "Nodule" for region in regions)


@settings(deadline=None, max_examples=150)
@given(cases(), boxes(), images, st.integers(0, 7))
def test_a_mark_that_is_not_scored_changes_nothing_else(case, box, image, place):
    for finding, change in [
        (UNREAD, {"scored": case["scored"] or set()}),
        (UNREAD, {"unlocated": {*case["unlocated"], UNREAD}}),
    ]:
        before = {**case, **change}
        marks = list(case["marks"])
        marks.insert(place, Mark(finding, box, image))
        after = {**before, "marks": marks}
        result, again = score_localization(**before), score_localization(**after)
        assert replace(again, lines=()) == replace(result, lines=())
        others = replace(again, lines=[x for x in again.lines if x.finding != UNREAD])
        assert spoken(others, marks, case["regions"]) == spoken(
            result, case["marks"], case["regions"]
        )


@settings(deadline=None, max_examples=250)
@given(cases())
def test_taking_back_a_false_mark_never_lowers_the_score(case):
    result = score_localization(**case)
    for line in result.lines:
        if line.outcome is not Outcome.FALSE_MARK:
            continue
        if line.kind is Kind.SELECT:
            better = {**case, "selected": case["selected"] - {line.finding}}
        else:
            better = {**case, "marks": [m for i, m in enumerate(case["marks"]) if i != line.mark]}
        again = score_localization(**better)
        assert again.score >= result.score
        assert again.hits == result.hits


@settings(deadline=None, max_examples=100)
@given(cases())
def test_every_result_survives_json(case):
    result = score_localization(**case)
    assert LocalizationResult.from_dict(json.loads(json.dumps(result.to_dict()))) == result


@settings(deadline=None, max_examples=150)
@given(cases())
def test_a_line_of_json_is_scored_by_the_same_rules(case):
    marks = [replace(mark, image="", confidence=None) for mark in case["marks"]]
    regions = [replace(region, image="") for region in case["regions"]]
    expected = score_localization(**{**case, "marks": marks, "regions": regions, "unlocated": ()})

    def row(thing):
        box = thing.box
        return {"finding": thing.finding, "box": [box.x_min, box.y_min, box.x_max, box.y_max]}

    line = json.dumps(
        {
            "id": 7,
            "size": [12, 6],
            "marks": [row(mark) for mark in marks],
            "reference": [
                *({**row(region), "reader": region.reader} for region in regions),
                *({"finding": finding} for finding in sorted(case["present"])),
            ],
            "selected": sorted(case["selected"]),
            "thresholds": case["thresholds"],
            "readers": sorted(case["readers"]),
            "scored": None if case["scored"] is None else sorted(case["scored"]),
        }
    )
    result = score_line(line)
    assert result["counts"] == {
        name: getattr(expected, name)
        for name in ("hits", "misplaced", "wrong_finding", "false_marks", "missed")
    }
    for name in ("score", "precision", "recall", "f1"):
        assert result[name] == getattr(expected, name)
    assert result["matches"] == sorted(
        (
            {"mark": line.mark, "reference": line.regions[0], "iou": line.iou}
            for line in expected.lines
            if line.outcome is Outcome.HIT and line.kind is Kind.DRAW
        ),
        key=lambda match: match["mark"],
    )
