import pytest
from hypothesis import given
from hypothesis import strategies as st

from radgame.cases.importers.record import Box, FindingRecord, RegionRecord
from radgame.cases.importers.tidy import is_scorable, merge_repeated, overlap, scored
from radgame.cases.taxonomy import LabelRule


def nodule(
    *boxes: Box, reader: str = "A", sentence: str = "", explanation: str = ""
) -> FindingRecord:
    regions = tuple(RegionRecord(reader, box) for box in boxes)
    return FindingRecord(
        "nodule-mass", "Nodule", regions, sentence=sentence, explanation=explanation
    )


@pytest.mark.parametrize(
    ("a", "b", "iou"),
    [
        ((0, 0, 10, 10), (0, 0, 10, 10), 1.0),
        ((0, 0, 10, 10), (0, 0, 10, 5), 0.5),
        ((0, 0, 10, 10), (5, 5, 15, 15), 25 / 175),
        ((0, 0, 10, 10), (10, 0, 20, 10), 0.0),
        ((0, 0, 10, 10), (30, 30, 40, 40), 0.0),
    ],
)
def test_the_overlap_of_two_boxes(a: Box, b: Box, iou: float) -> None:
    assert overlap(a, b) == overlap(b, a) == pytest.approx(iou)


@pytest.mark.parametrize(("height", "kept"), [(50.0, 1), (49.0, 2)])
def test_two_statements_are_one_lesion_from_half_an_overlap_on(height: float, kept: int) -> None:
    found = merge_repeated([nodule((0, 0, 100, 100)), nodule((0, 0, 100, height))])
    assert len(found) == kept


@pytest.mark.parametrize(("height", "kept"), [(90.0, 1), (89.0, 2)])
def test_two_boxes_of_one_statement_are_one_only_when_nearly_equal(
    height: float, kept: int
) -> None:
    (finding,) = merge_repeated([nodule((0, 0, 100, 100), (0, 0, 100, height))])
    assert len(finding.regions) == kept


def test_two_readers_in_one_place_stay_two_readers() -> None:
    statements = [nodule((0, 0, 9, 9), reader="A"), nodule((0, 0, 9, 9), reader="B")]
    assert merge_repeated(statements) == tuple(statements)


def test_a_statement_with_one_region_elsewhere_is_kept() -> None:
    statements = [nodule((0, 0, 9, 9)), nodule((0, 0, 9, 9), (50, 50, 60, 60))]
    assert merge_repeated(statements) == tuple(statements)


def test_what_is_folded_leaves_its_words() -> None:
    (finding,) = merge_repeated(
        [
            nodule((0, 0, 9, 9), sentence="A nodule.", explanation="Round."),
            nodule((0, 0, 9, 9), sentence="It is calcified.", explanation="Round."),
        ]
    )
    assert (finding.sentence, finding.explanation) == ("A nodule. It is calcified.", "Round.")


def test_unlocated_statements_are_folded_only_when_they_say_the_same() -> None:
    found = merge_repeated([nodule(sentence="One."), nodule(sentence="One."), nodule(sentence="2")])
    assert [finding.sentence for finding in found] == ["One.", "2"]


boxes = st.tuples(
    st.integers(0, 50), st.integers(0, 50), st.integers(1, 50), st.integers(1, 50)
).map(lambda b: (float(b[0]), float(b[1]), float(b[0] + b[2]), float(b[1] + b[3])))


@given(st.lists(st.lists(boxes, min_size=1, max_size=3), max_size=5))
def test_merging_twice_changes_nothing_more_and_loses_no_lesion(drawn: list[list[Box]]) -> None:
    found = merge_repeated([nodule(*group) for group in drawn])
    assert merge_repeated(found) == found
    # 1 - IoU is a metric: 0.1 to the double of a box, and 0.5 from there to the lesion kept.
    for box in (box for group in drawn for box in group):
        assert any(overlap(box, one.box) > 0.399 for kept in found for one in kept.regions)


LOOKED_FOR = ("nodule-mass", "scoliosis", "consolidation")


def test_nothing_found_leaves_everything_scored_in_its_order() -> None:
    assert scored(LOOKED_FOR, (), ()) == LOOKED_FOR


def test_a_drawn_finding_without_a_region_is_not_scored_but_a_tick_is() -> None:
    unlocated = [nodule(), FindingRecord("scoliosis", "Scoliosis")]
    assert scored(LOOKED_FOR, unlocated, ()) == ("scoliosis", "consolidation")


def test_a_located_statement_beside_an_unlocated_one_does_not_rescue_it() -> None:
    assert "nodule-mass" not in scored(LOOKED_FOR, [nodule(), nodule((0, 0, 9, 9))], ())


def test_silence_yields_to_a_statement() -> None:
    rules = [LabelRule(None, ("nodule-mass", "consolidation"), "Open.")]
    assert scored(LOOKED_FOR, (), rules) == ("scoliosis",)
    assert scored(LOOKED_FOR, [nodule((0, 0, 9, 9))], rules) == ("nodule-mass", "scoliosis")


def test_a_film_is_scorable_when_one_statement_is() -> None:
    assert is_scorable([nodule((0, 0, 9, 9))], LOOKED_FOR)
    assert not is_scorable([nodule((0, 0, 9, 9))], ("scoliosis",))
    assert not is_scorable([], LOOKED_FOR)
