"""What an explainer is asked and gives back."""

import pytest

from scoring.explanations import Dropped, DropReason
from scoring.explanations.contract import MAX_RAW
from tests.scoring.explanations.asking import false_mark, request


def test_a_false_mark_without_a_region_is_refused() -> None:
    with pytest.raises(ValueError, match="has the region that was marked"):
        false_mark(regions=())


def test_a_film_without_pixels_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one pixel"):
        request(size=(0, 10))


@pytest.mark.parametrize(
    ("view", "lateral"), [("LATERAL", True), ("lateral", True), ("PA", False), ("", False)]
)
def test_only_a_lateral_view_is_lateral(view: str, lateral: bool) -> None:
    assert request(view=view).is_lateral is lateral


def test_of_a_dropped_answer_only_the_beginning_is_kept() -> None:
    assert Dropped("a", DropReason.GARBAGE, "x" * 10_000).raw == "x" * MAX_RAW
    assert Dropped("a", DropReason.GARBAGE, "x").raw == "x"
