"""The explainer that needs nothing."""

import pytest

from radgame.cases.taxonomy import FindingEntry, load_findings
from scoring.explanations import Dropped, DropReason, Explanation, FilmPixels
from scoring.explanations.atlas import AtlasExplainer, atlas_text, listed_names
from tests.scoring.explanations.asking import LEFT_BASE, LOOKS, false_mark, request


def no_film(key: str) -> FilmPixels:
    raise AssertionError(f"{key} was loaded")


def test_a_missed_finding_is_placed_and_described() -> None:
    assert atlas_text(request()) == (
        f"Look in the right lower zone, near the costophrenic angle: consolidation. {LOOKS}"
    )


def test_a_finding_without_a_region_is_described() -> None:
    assert atlas_text(request(regions=())) == LOOKS


def test_of_a_false_mark_it_is_told_what_is_not_there_and_what_is_elsewhere() -> None:
    mark = false_mark(regions=(LEFT_BASE,), present=("Nodule or mass", "Tube"))
    assert atlas_text(mark) == (
        "The experts marked no consolidation in the left lower zone, near the costophrenic angle. "
        "Elsewhere they saw nodule or mass and tube. "
        f"To compare, this is how it looks: {LOOKS}"
    )
    assert "Elsewhere" not in atlas_text(false_mark())


def test_a_text_over_several_lines_becomes_one() -> None:
    assert atlas_text(request(regions=(), atlas=" One\nline. \n")) == "One line."


def test_a_finding_of_which_nothing_is_known_is_dropped() -> None:
    [dropped] = AtlasExplainer().explain([request(regions=(), atlas="")], no_film)
    assert dropped == Dropped("r1", DropReason.EMPTY, "")


def test_each_request_gets_its_explanation_in_order_and_no_film_is_loaded() -> None:
    ticks = iter(range(100))
    explainer = AtlasExplainer(now=lambda: float(next(ticks)))
    results = explainer.explain([request("a"), false_mark("b"), request("c")], no_film)
    assert [result.id for result in results] == ["a", "b", "c"]
    [first, *_] = results
    assert isinstance(first, Explanation)
    assert (first.explainer, first.model, first.revision) == ("atlas", "", "")
    assert first.prompt_version == "atlas-1"
    assert first.seconds == 1.0


@pytest.mark.parametrize(
    ("names", "told"),
    [
        (("Tube",), "tube"),
        (("Tube", "Nodule or mass"), "tube and nodule or mass"),
        (("PICC", "Tube", "Fracture"), "PICC, tube and fracture"),
    ],
)
def test_names_are_told_as_a_sentence_tells_them(names: tuple[str, ...], told: str) -> None:
    assert listed_names(names) == told


@pytest.mark.parametrize("finding", load_findings().values(), ids=lambda entry: entry.slug)
def test_every_finding_of_the_taxonomy_is_explained(finding: FindingEntry) -> None:
    text = atlas_text(request(finding_name=finding.name, atlas=finding.appearance))
    assert text.startswith("Look in the right lower zone")
    assert len(text) > 120
