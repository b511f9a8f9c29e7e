"""The demonstration's list of films."""

from __future__ import annotations

from radgame.imaging.phantom import DEMO_RECIPES, FINDINGS, GENERATOR_VERSION
from tests.imaging.phantom.films import LESION_KEYS, NORMAL_KEYS

MUSTS = {
    "nodule-mass",
    "consolidation",
    "pleural-effusion",
    "pneumothorax",
    "cardiomegaly",
    "atelectasis-fibrotic-band",
    "tube",
    "catheter",
    "heart-device",
}


def test_there_are_enough_films_and_enough_normal_ones() -> None:
    assert len(DEMO_RECIPES) >= 26
    assert len(NORMAL_KEYS) >= 6
    assert len(LESION_KEYS) + len(NORMAL_KEYS) == len(DEMO_RECIPES)


def test_keys_and_seeds_are_unique_and_stable() -> None:
    assert [r.key for r in DEMO_RECIPES] == [
        f"demo-{n:02d}" for n in range(1, len(DEMO_RECIPES) + 1)
    ]
    assert len({r.seed for r in DEMO_RECIPES}) == len(DEMO_RECIPES)
    assert GENERATOR_VERSION == "phantom-1"


def test_every_kind_of_finding_occurs_and_no_other() -> None:
    shown = {spec.finding for recipe in DEMO_RECIPES for spec in recipe.lesions}
    assert shown == set(FINDINGS)
    assert shown >= MUSTS
    assert len(shown) >= 14


def test_patients_differ_in_age_and_sex() -> None:
    assert {r.sex for r in DEMO_RECIPES} == {"F", "M"}
    ages = [r.age_years for r in DEMO_RECIPES]
    assert min(ages) < 25
    assert max(ages) > 75


def test_no_indication_names_the_finding_it_asks_about() -> None:
    telling = {
        "nodule-mass": ("nodule", "mass"),
        "pleural-effusion": ("effusion",),
        "heart-device": ("pacemaker",),
    }
    for recipe in DEMO_RECIPES:
        for spec in recipe.lesions:
            words = telling.get(spec.finding, (spec.finding.split("-")[0],))
            if spec.finding in {"tube", "catheter"}:
                continue  # the referrer asks where the line he placed has gone
            for word in words:
                assert word not in recipe.indication.lower(), recipe.key


def test_subtlety_ranges_from_obvious_to_easily_missed() -> None:
    nodules = [
        spec.subtlety
        for recipe in DEMO_RECIPES
        for spec in recipe.lesions
        if spec.finding == "nodule-mass"
    ]
    assert min(nodules) <= 0.2
    assert max(nodules) >= 0.6
