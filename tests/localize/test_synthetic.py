"""On a synthetic film no expert is said to have read anything."""

import pytest

from localize import services
from localize.answers import Answer, DrawnMark
from localize.feedback import Feedback, build_feedback
from radgame.accounts.models import User
from radgame.cases.models import Case, Dataset
from tests.factories import Box, Said, make_case, make_dataset, make_set, token_of

NODULE: Box = (100.0, 100.0, 300.0, 300.0)
ASIDE: Box = (600.0, 600.0, 700.0, 700.0)


@pytest.fixture
def drawn(db: None) -> Dataset:
    dataset = make_dataset("drawn")
    dataset.synthetic = True
    dataset.save()
    return dataset


def feedback(reader: User, case: Case, *marks: tuple[str, Box]) -> Feedback:
    attempt = services.start_sitting(reader=reader, case_set=make_set(case)).attempt
    assert attempt is not None
    answer = Answer(
        marks=tuple(DrawnMark(token_of(case), finding, box, None) for finding, box in marks),
        selected=(),
        normal=False,
    )
    services.submit_attempt(attempt=attempt, answer=answer, elapsed_s=1)
    return build_feedback(attempt)


def facts(given: Feedback) -> list[str]:
    return [fact for line in given.lines if line.outcome == "false_mark" for fact in line.facts]


def words(given: Feedback) -> str:
    return " ".join([given.verdict, *(fact for line in given.lines for fact in line.facts)])


def test_a_film_drawn_without_findings_is_said_to_be_so(alice: User, drawn: Dataset) -> None:
    given = feedback(alice, make_case(dataset=drawn, is_normal=True), ("fracture", ASIDE))
    assert given.verdict == "This film is synthetic and was drawn without findings."


def test_a_false_mark_on_a_film_with_another_finding(alice: User, drawn: Dataset) -> None:
    case = make_case(dataset=drawn, said=[Said("nodule-mass", NODULE)], is_normal=False)
    given = feedback(
        alice, case, ("nodule-mass", NODULE), ("nodule-mass", ASIDE), ("fracture", ASIDE)
    )
    assert sorted(facts(given)) == [
        "It was drawn elsewhere on the film; each region has its own line.",
        "This film is synthetic and was drawn without it.",
    ]
    assert "expert" not in words(given)


def test_a_box_that_lies_on_something_else(alice: User, drawn: Dataset) -> None:
    heart = Said("cardiomegaly", (0.0, 0.0, 900.0, 900.0))
    case = make_case(dataset=drawn, said=[heart], is_normal=False)
    given = feedback(alice, case, ("fracture", ASIDE))
    assert "100 % of your box lies on what was drawn as Cardiomegaly." in facts(given)
    assert "expert" not in words(given)


def test_everything_found_is_everything_drawn(alice: User, drawn: Dataset) -> None:
    case = make_case(dataset=drawn, said=[Said("nodule-mass", NODULE)], is_normal=False)
    given = feedback(alice, case, ("nodule-mass", NODULE))
    assert given.verdict == "You found everything that was drawn into this film."


def test_a_film_that_an_expert_read_is_still_said_to_be_read(alice: User, db: None) -> None:
    given = feedback(alice, make_case(is_normal=True), ("fracture", ASIDE))
    assert given.verdict == "An expert read this film as normal."


def test_why_marks_on_a_normal_film_are_false_is_said_once_for_all_of_them(
    alice: User, db: None
) -> None:
    given = feedback(alice, make_case(is_normal=True), ("fracture", ASIDE), ("fracture", NODULE))
    assert [line.headline for line in given.lines] == 2 * ["False mark: Fracture."]
    assert words(given) == "An expert read this film as normal."
