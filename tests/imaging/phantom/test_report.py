"""Reports agree with the lesions on the film."""

from __future__ import annotations

import re

import pytest

from radgame.imaging.phantom.recipe import FINDINGS, LesionSpec, Recipe
from radgame.imaging.phantom.report import wording, write_report
from tests.imaging.phantom.films import LESION_KEYS, NORMAL_KEYS, RECIPES, demo

# How a reader would know each finding in free text.
KNOWN_BY = {
    "atelectasis-fibrotic-band": r"linear|band",
    "calcification": r"calcifi",
    "cardiomegaly": r"heart is \w+ enlarged|cardiomegaly",
    "catheter": r"catheter|PICC",
    "consolidation": r"consolidation",
    "fracture": r"fracture",
    "heart-device": r"pacemaker",
    "hiatal-hernia": r"hiatal hernia",
    "hilar-enlargement": r"hil(um|a) (is|are) enlarged",
    "interstitial-pattern": r"reticular",
    "nodule-mass": r"nodule|mass",
    "osteosynthesis-suture": r"wires",
    "pleural-effusion": r"effusion",
    "pleural-thickening": r"pleural thickening",
    "pneumothorax": r"visceral pleural line",
    "scoliosis": r"scoliosis",
    "tube": r"tube",
}


NORMAL_REPORT = (
    "Heart size is normal. The mediastinum is not widened and the trachea is central. The hila are "
    "normal. The lungs are clear, without focal consolidation or nodule. There is no pleural "
    "effusion and no pneumothorax. The visible skeleton is unremarkable."
)


def test_every_finding_has_words() -> None:
    assert set(KNOWN_BY) == set(FINDINGS)


@pytest.mark.parametrize("key", LESION_KEYS)
def test_the_report_mentions_each_lesion_with_its_side(key: str) -> None:
    film = demo(key)
    for lesion in film.lesions:
        assert lesion.sentence in film.findings_text
        assert re.search(KNOWN_BY[lesion.finding], lesion.sentence, re.IGNORECASE)
        if lesion.side in {"left", "right"}:
            assert lesion.side in lesion.sentence.lower()
        elif lesion.side == "both":
            assert re.search(r"both|bilateral", lesion.sentence, re.IGNORECASE)


@pytest.mark.parametrize("key", LESION_KEYS)
def test_the_report_affirms_nothing_that_is_not_there(key: str) -> None:
    film = demo(key)
    present = {lesion.finding for lesion in film.lesions}
    text = f"{film.findings_text} {film.impression}"
    negated = r"\b(no|without|otherwise|remaining|exclude)\b"
    affirmed = [s for s in re.split(r"(?<=[.;])\s", text) if not re.search(negated, s, re.I)]
    for finding, pattern in KNOWN_BY.items():
        if finding in present:
            continue
        for sentence in affirmed:
            assert not re.search(pattern, sentence, re.IGNORECASE), (finding, sentence)


@pytest.mark.parametrize("key", LESION_KEYS)
def test_no_negative_contradicts_a_lesion(key: str) -> None:
    film = demo(key)
    text = film.findings_text
    present = {lesion.finding for lesion in film.lesions}
    if "pleural-effusion" in present:
        assert "No pleural effusion" not in text
    if "pneumothorax" in present:
        assert not re.search(r"\bno [a-z ]*pneumothorax", text, re.IGNORECASE)
    if "cardiomegaly" in present:
        assert "normal size" not in text
    if present & {"nodule-mass", "consolidation", "interstitial-pattern"}:
        assert "lungs are clear" not in text
    if "hilar-enlargement" in present:
        assert "hila are normal" not in text
    if present & {"fracture", "scoliosis"}:
        assert "skeleton is unremarkable" not in text


@pytest.mark.parametrize("key", NORMAL_KEYS)
def test_a_normal_film_is_reported_normal(key: str) -> None:
    recipe = RECIPES[key]
    findings, impression = write_report(recipe)
    assert impression == "No acute cardiopulmonary abnormality."
    assert re.search(r"\b(lungs are clear|clear lungs)\b", findings, re.IGNORECASE)
    assert re.search(r"\bno (\w+ )*pneumothorax\b", findings, re.IGNORECASE)


@pytest.mark.parametrize("key", RECIPES)
def test_every_report_covers_lungs_pleura_heart_mediastinum_and_bones(key: str) -> None:
    findings, _impression = write_report(RECIPES[key])
    for region in (
        r"lungs?\b|consolidation|nodule|mass",
        r"pleural|costophrenic|pneumothorax",
        r"heart|cardiac",
        r"mediastin",
        r"skeleton|bony|bone|fracture|rib|scoliosis",
    ):
        assert re.search(region, findings, re.IGNORECASE), region
    assert len(re.findall(r"\.(\s|$)", findings)) >= 5


def test_no_two_films_of_the_demo_share_a_report() -> None:
    told = [write_report(recipe)[0] for recipe in RECIPES.values()]
    assert len(set(told)) == len(told) == 32


def test_a_report_is_the_same_whenever_it_is_written() -> None:
    assert write_report(RECIPES["demo-01"]) == write_report(RECIPES["demo-01"])
    assert write_report(RECIPES["demo-01"])[0] == NORMAL_REPORT


def test_the_size_of_a_nodule_is_stated_and_a_large_one_is_a_mass() -> None:
    small_one = wording(LesionSpec("nodule-mass", "left", "lower", 14.0, 0.2)).sentence
    large_one = wording(LesionSpec("nodule-mass", "right", "upper", 41.0, 0.2)).sentence
    assert "nodule in the left lower zone measuring approximately 14 mm" in small_one
    assert "mass in the right upper zone measuring approximately 41 mm" in large_one


def test_several_conclusions_are_numbered() -> None:
    specs = (
        LesionSpec("cardiomegaly"),
        LesionSpec("pleural-effusion", "right", "lower", 30.0),
    )
    _, impression = write_report(Recipe("two", 1, 70, "M", "Breathless.", specs))
    assert impression == "1. Small right pleural effusion. 2. Moderate cardiomegaly."


def test_sternal_wires_alone_leave_the_conclusion_normal() -> None:
    recipe = Recipe("wires", 1, 70, "M", "Follow-up.", (LesionSpec("osteosynthesis-suture"),))
    assert write_report(recipe)[1] == "No acute cardiopulmonary abnormality."
