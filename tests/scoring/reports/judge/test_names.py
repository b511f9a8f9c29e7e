"""A finding is told by a name in which its own words stand."""

import re
import tomllib
from pathlib import Path

import pytest

from radgame.imaging.phantom import DEMO_RECIPES, write_report
from scoring.reports.evaluation import ReadingContext
from scoring.reports.judge import RulesJudge, read_once
from scoring.reports.reader import CONCEPTS
from scoring.reports.scores import game_score

ANSWERS = tomllib.loads((Path(__file__).parents[1] / "answers.toml").read_text(encoding="utf-8"))
DEMO = {
    recipe.key: "FINDINGS: {}\n\nIMPRESSION: {}".format(*write_report(recipe))
    for recipe in DEMO_RECIPES
}
TEXTS = [
    *DEMO.values(),
    *(case["reference"] for case in ANSWERS["case"]),
    *(row["says"] for case in ANSWERS["case"] for row in case["answers"]),
]
JUDGE = RulesJudge()
MOST_WORDS = 14
STARTS_BADLY = re.compile(
    r"(?:in|of|at|with|and|or|the|is|are|to|on|from|by|which|there)\b|[^\w#]", re.IGNORECASE
)
VERB = re.compile(r"\b(?:is|are|was|were|remains?|appears?)\b\s*", re.IGNORECASE)


def names_of(text):
    """(finding, the words by which its concept is mentioned) for each finding of a text."""
    reading = read_once(text)
    for finding in JUDGE.judge(text, "", ReadingContext()).reference_findings:
        words = [
            [VERB.sub("", text[start:end]) for start, end in mention.words]
            for mention in reading.mentions
            if mention.concept == finding.concept
        ]
        yield finding, words


@pytest.mark.parametrize("text", TEXTS)
def test_it_has_the_words_of_its_concept_or_its_name(text):
    for finding, mentioned in names_of(text):
        name = finding.finding
        assert CONCEPTS[finding.concept].name in name or any(
            all(" ".join(part.split()).lower() in name.lower() for part in words)
            for words in mentioned
        ), finding


@pytest.mark.parametrize("text", TEXTS)
def test_it_is_a_short_noun_phrase(text):
    for finding, _ in names_of(text):
        name = finding.finding
        assert 1 <= len(name.split()) <= MOST_WORDS, finding
        assert not STARTS_BADLY.match(name), finding
        assert not VERB.search(name), finding


@pytest.mark.parametrize("key", DEMO)
def test_a_report_of_the_demo_answers_itself(key):
    text = DEMO[key]
    got = JUDGE.judge(text, text, ReadingContext())
    assert game_score(got).score == 1
    assert (got.false_findings, got.missing_findings, got.attribute_errors) == ((), (), ())


@pytest.mark.parametrize("key", DEMO)
def test_a_report_of_the_demo_names_each_finding_once(key):
    got = JUDGE.judge(DEMO[key], "", ReadingContext())
    concepts = [finding.concept for finding in got.reference_findings]
    assert len(concepts) == len(set(concepts)), got


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (
            "Multifocal patchy airspace consolidation in the right middle lobe and in the left "
            "lower lobe compatible with pneumonia.",
            "pneumonia",
        ),
        (
            "Consolidation in the right lower zone, in keeping with pneumonia.",
            "Consolidation in the right lower zone, in keeping with pneumonia",
        ),
        ("Mild aortic tortuosity, indicative of chronic hypertension.", "Mild aortic tortuosity"),
        ("The heart is mildly enlarged.", "heart mildly enlarged"),
        ("Cardiomegaly is seen slightly.", "Cardiomegaly seen"),
        ("Bones demineralized.", "osteopenia"),
        ("Pulmonary fibrosis, lower zones. Honeycombing.", "Pulmonary fibrosis, lower zones"),
        ("Collapse of the left lung.", "Collapse of the left lung"),
        ("Left pacemaker with two leads.", "Left pacemaker"),
        ("Two leads, left pacemaker.", "left pacemaker"),
        ("Pacemaker left side. Leads intact.", "Pacemaker left side"),
        (
            "NG tube. Its tip is in the right main bronchus.",
            "NG tube; its tip in the right main bronchus",
        ),
        (
            "NG tip in the stomach, but the side hole lies above the GOJ.",
            "NG tip in the stomach; side hole lies above the GOJ",
        ),
    ],
)
def test_it_stops_where_another_thing_begins(text, name):
    ((finding, _),) = names_of(text)
    assert finding.finding == name


def test_a_denial_is_quoted_with_its_side():
    got = JUDGE.judge("Right hilar enlargement.", "Right hilum normal.", ReadingContext())
    [remark] = got.remarks
    assert remark.text.startswith("You write “Right hilum normal”;")
