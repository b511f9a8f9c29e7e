"""The table is whole, and its rules do what they say."""

import tomllib

import pytest

from scoring.reports.evaluation import ReadingContext, Significance
from scoring.reports.reader import CONCEPTS, Acuity, Placement, Severity
from scoring.reports.significance import (
    TABLE,
    SignificanceTable,
    Traits,
    significance_table,
)

U, A, N, B = Significance
DATA = tomllib.loads(TABLE.read_text(encoding="utf-8"))


def weigh(concept, context=None, **traits):
    return significance_table().weigh(Traits(concept, **traits), context or ReadingContext())


def test_every_concept_of_the_reader_has_its_place_and_no_other_has():
    assert set(DATA["concepts"]) == set(CONCEPTS)


def test_groups_hold_concepts_that_exist_and_are_used():
    named = {slug for slugs in DATA["groups"].values() for slug in slugs}
    assert named <= set(CONCEPTS)
    assert set(DATA["groups"]) >= {g for rule in DATA["rules"] for g in rule.get("about", ())}


def test_every_entry_says_why():
    entries = [*DATA["concepts"].values(), *DATA["rules"], DATA["unlisted"]]
    assert all(entry["why"].endswith(".") for entry in entries)


@pytest.mark.parametrize(
    ("concept", "traits", "context", "significance"),
    [
        ("pneumothorax", {}, {}, U),
        ("pneumothorax", {"severity": Severity.MILD}, {}, A),
        ("pneumothorax", {"severity": Severity.MILD, "descriptors": frozenset({"tension"})}, {}, U),
        ("pleural-effusion", {}, {}, A),
        ("pleural-effusion", {"severity": Severity.TRACE}, {}, N),
        ("pleural-effusion", {"severity": Severity.TRACE}, {"age_years": 9}, A),
        ("pleural-effusion", {"severity": Severity.TRACE}, {"indication": "Fall at home"}, A),
        ("pleural-effusion", {"severity": Severity.MASSIVE}, {}, U),
        ("pleural-effusion", {"severity": Severity.MILD}, {"indication": "Post-op day 2"}, N),
        ("pleural-effusion", {"severity": Severity.SEVERE}, {"indication": "Post-op day 2"}, A),
        ("aortic-calcification", {}, {}, N),
        ("aortic-calcification", {}, {"age_years": 64.9}, N),
        ("aortic-calcification", {}, {"age_years": 65}, B),
        ("aortic-calcification", {}, {"age_years": 80, "indication": "Aortic dissection?"}, N),
        ("degenerative-change", {}, {"age_years": 70}, B),
        ("osteopenia", {}, {"age_years": 70}, N),
        ("granuloma", {}, {"age_years": 70}, B),
        ("endotracheal-tube", {"placement": Placement.GOOD}, {}, N),
        ("endotracheal-tube", {"placement": Placement.MALPOSITIONED}, {}, U),
        ("rib-fracture", {}, {}, A),
        ("rib-fracture", {"acuity": Acuity.OLD}, {}, N),
        ("rib-fracture", {}, {"age_years": 1}, U),
        ("rib-fracture", {}, {"age_years": 1, "indication": "Car crash"}, A),
        ("atelectasis", {}, {}, N),
        ("atelectasis", {}, {"age_years": 3, "indication": "Choked on a peanut"}, U),
        ("mediastinal-widening", {}, {}, U),
        ("mediastinal-widening", {}, {"age_years": 0.5}, B),
        ("sternotomy", {}, {}, N),
        ("nodule", {}, {}, A),
        ("nodule", {"descriptors": frozenset({"calcified"})}, {}, N),
        ("unheard-of", {}, {}, N),
    ],
)
def test_by_hand(concept, traits, context, significance):
    assert weigh(concept, ReadingContext(**context), **traits).significance is significance


def test_the_reason_is_that_of_the_rule_that_changed_it():
    assert (
        weigh("aortic-calcification", ReadingContext(age_years=80)).why == "Expected at this age."
    )
    assert weigh("aortic-calcification").why == DATA["concepts"]["aortic-calcification"]["why"]


@pytest.mark.parametrize(
    "broken",
    [
        {"concepts": {"nodule": {"usual": "dire", "why": "."}}},
        {"concepts": {"nodule": {"usual": "urgent", "why": ".", "colour": 1}}},
        {"rules": [{"why": ".", "about": ["nobody"]}]},
        {"rules": [{"why": ".", "when": "always"}]},
        {"rules": [{"why": ".", "severity_from": "dreadful"}]},
    ],
)
def test_a_table_with_a_slip_is_refused(broken):
    with pytest.raises((KeyError, ValueError)):
        SignificanceTable({**DATA, **broken})


@pytest.mark.parametrize(
    ("severity", "why"),
    [
        (Severity.MILD, "When small or slight it is less pressing."),
        (Severity.SEVERE, "tension pneumothorax."),
        (None, "tension pneumothorax."),
    ],
)
def test_the_reason_says_where_the_degree_made_the_difference(severity, why):
    weighed = significance_table().weigh(Traits("pneumothorax", severity), ReadingContext())
    assert weighed.why.endswith(why)


def test_what_is_larger_than_usual_is_said_to_be_more_pressing():
    weighed = significance_table().weigh(
        Traits("pleural-effusion", Severity.MASSIVE), ReadingContext()
    )
    assert weighed.why.endswith("When large or severe it is more pressing.")
