"""What a case says of itself where it is shown with its answer."""

import pytest
from pytest_django import Settings

from localize.explaining import reference_subjects
from localize.feedback import build_shown
from localize.models import Explanation
from localize.words import words_shown
from radgame.cases.models import Case, Finding
from tests.factories import Said, make_case, token_of

LEFT = (100.0, 100.0, 300.0, 300.0)
NEAR = (110.0, 110.0, 300.0, 300.0)


def headlines(case: Case) -> list[tuple[str, str]]:
    return [(line.headline, line.outcome) for line in build_shown(case).lines]


def test_every_statement_has_a_line_without_a_word_of_an_answer(db: None) -> None:
    case = make_case(
        said=[Said("fracture", LEFT, sentence="A broken rib."), Said("cardiomegaly")],
    )
    shown = build_shown(case)
    assert sorted(headlines(case)) == [("Cardiomegaly", "hit"), ("Fracture", "hit")]
    [fracture] = [line for line in shown.lines if line.headline == "Fracture"]
    assert fracture.sentence == "A broken rib."
    assert "What fracture looks like." in fracture.explanation
    assert fracture.facts == ()
    assert [region["label"] for region in shown.review["regions"]] == ["Fracture"]
    assert shown.review["marks"] == []
    assert shown.headline == "The experts state 2 findings."


def test_what_another_reader_drew_of_it_is_told_as_theirs(db: None) -> None:
    case = make_case(
        said=[Said("fracture", LEFT), Said("fracture", NEAR, reader="reader 2")],
        everyone_read=["reader 1", "reader 2"],
    )
    shown = build_shown(case)
    assert len(shown.review["regions"]) == 2
    facts = [fact for line in shown.lines for fact in line.facts]
    assert not [fact for fact in facts if "compared" in fact]
    told = {region for line in shown.lines for region in line.regions}
    assert told == {0, 1}


def test_a_finding_without_a_region_says_so(db: None) -> None:
    [line] = build_shown(make_case(said=[Said("fracture")])).lines
    assert line.outcome == "not_scored"
    assert line.facts == ("The experts say it is present but drew no region.",)


def test_a_normal_film_is_told_as_normal(db: None) -> None:
    shown = build_shown(make_case(is_normal=True))
    assert shown.lines == ()
    assert "normal" in shown.headline


@pytest.mark.parametrize("withdrawn", [False, True])
def test_a_models_words_are_shown_where_they_are_there_and_not_asked_for(
    withdrawn: bool, db: None, settings: Settings
) -> None:
    case = make_case(said=[Said("fracture", LEFT)])
    assert words_shown(case) == {}
    settings.EXPLAINER = "openai"
    assert words_shown(case) == {}
    assert not Explanation.objects.exists()
    subject = reference_subjects(case)["fracture"]
    row = Explanation.objects.create(
        fingerprint=subject.fingerprint(case.pk),
        kind="missed",
        case=case,
        finding=Finding.objects.get(slug="fracture"),
        film=token_of(case),
        state="done",
        text="A step in the <b>cortex</b>.",
        model="google/medgemma-4b-it",
    )
    if withdrawn:
        Explanation.objects.filter(pk=row.pk).update(withdrawn_at=row.created_at)
    words = words_shown(case)
    if withdrawn:
        assert words == {}
        return
    [line] = build_shown(case, words).lines
    assert "A step in the &lt;b&gt;cortex&lt;/b&gt;." in line.words
    assert "it can be wrong" in line.words
