"""Agreement of two lists of regions, by hand and by its properties."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localize.following.agreeing import agreements, between_readers, readers_of

LEFT, RIGHT, BELOW = [0.0, 0, 100, 100], [300.0, 0, 400, 100], [0.0, 300, 100, 400]


def region(finding: str, box: list[float], reader: str) -> dict[str, Any]:
    return {"finding": finding, "image": "film", "box": box, "reader": reader}


def inputs(*regions: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "regions": list(regions),
        "readers": ["A", "B"],
        "scored": ["nodule", "fracture"],
        "unlocated": [],
        "thresholds": {},
        "default_threshold": 0.3,
        **more,
    }


def answer(*marks: tuple[str, list[float]]) -> dict[str, Any]:
    return {"marks": [{"finding": name, "image": "film", "box": box} for name, box in marks]}


def shares(given: dict[str, Any], known: dict[str, Any]) -> dict[str, float]:
    return {one.reader: one.share for one in agreements(given, known)}


def test_two_of_three_regions_in_one_place_are_two_thirds() -> None:
    known = inputs(region("nodule", LEFT, "A"), region("nodule", RIGHT, "B"))
    # With A one pair of 2 + 1 regions, with B none of 2 + 1.
    assert shares(answer(("nodule", LEFT), ("fracture", BELOW)), known) == {
        "A": pytest.approx(2 / 3),
        "B": 0.0,
    }


def test_who_marks_nothing_where_nothing_was_seen_agrees() -> None:
    assert shares(answer(), inputs(region("nodule", LEFT, "A"))) == {"A": 0.0, "B": 1.0}
    assert shares(answer(), inputs()) == {"A": 1.0, "B": 1.0}


def test_another_name_in_the_same_place_is_no_agreement() -> None:
    assert shares(answer(("fracture", LEFT)), inputs(region("nodule", LEFT, "A")))["A"] == 0.0


def test_a_findings_own_threshold_holds() -> None:
    half = [0.0, 0, 100, 50]
    known = inputs(region("nodule", LEFT, "A"))
    assert shares(answer(("nodule", half)), known)["A"] == 1.0
    strict = inputs(region("nodule", LEFT, "A"), thresholds={"nodule": 0.6})
    assert shares(answer(("nodule", half)), strict)["A"] == 0.0


def test_what_nobody_looked_for_or_drew_does_not_count() -> None:
    known = inputs(region("nodule", LEFT, "A"), unlocated=["fracture"])
    marks = (("nodule", LEFT), ("fracture", BELOW), ("hernia", RIGHT))
    assert shares(answer(*marks), known)["A"] == 1.0


def test_readers_are_those_named_and_those_who_drew() -> None:
    assert readers_of(inputs(region("nodule", LEFT, "C"), readers=["A"])) == ["A", "C"]
    assert agreements(answer(), inputs(readers=[])) == []


def test_radiologists_are_compared_two_by_two() -> None:
    known = inputs(
        region("nodule", LEFT, "A"),
        region("nodule", LEFT, "B"),
        region("fracture", RIGHT, "B"),
        region("fracture", RIGHT, "C"),
    )
    told = {(pair.one, pair.other): pair.share for pair in between_readers(known)}
    assert told == {
        ("A", "B"): pytest.approx(2 / 3),
        ("A", "C"): 0.0,
        ("B", "C"): pytest.approx(2 / 3),
    }


boxes = st.tuples(st.integers(0, 5), st.integers(0, 5)).map(
    lambda at: [40.0 * at[0], 40.0 * at[1], 40.0 * at[0] + 100, 40.0 * at[1] + 100]
)
lists = st.lists(st.tuples(st.sampled_from(["nodule", "fracture"]), boxes), max_size=5)


@given(lists, lists)
def test_it_is_a_share_and_the_same_either_way(
    one: list[tuple[str, list[float]]], other: list[tuple[str, list[float]]]
) -> None:
    there = shares(answer(*one), inputs(*(region(*r, "A") for r in other)))["A"]
    back = shares(answer(*other), inputs(*(region(*r, "A") for r in one)))["A"]
    assert 0 <= there <= 1
    assert there == pytest.approx(back)


@given(lists)
def test_who_draws_the_same_agrees(one: list[tuple[str, list[float]]]) -> None:
    assert shares(answer(*one), inputs(*(region(*r, "A") for r in one)))["A"] == 1.0
