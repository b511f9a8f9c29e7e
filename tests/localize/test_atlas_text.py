"""The taxonomy's words under each outcome: at once, with the place where it was not looked at."""

import pytest
from pytest_django import DjangoAssertNumQueries

from localize import services
from localize.answers import Answer, DrawnMark
from localize.feedback import FeedbackLine, build_feedback
from localize.models import Attempt
from radgame.accounts.models import User
from radgame.cases import dossier
from radgame.cases.models import Case, Dataset, Image
from tests.factories import Box, Said, make_case, make_set, token_of

# Films of the factory are 1000 by 1200 pixels; the left of the picture is the patient's right.
RIGHT_LOWER: Box = (60.0, 950.0, 160.0, 1050.0)
LEFT_UPPER: Box = (800.0, 250.0, 900.0, 350.0)


def read(reader: User, case: Case, *marks: tuple[str, Box]) -> Attempt:
    opened = services.start_sitting(reader=reader, case_set=make_set(case)).attempt
    assert opened is not None
    drawn = tuple(DrawnMark(token_of(case), slug, box, None) for slug, box in marks)
    return services.submit_attempt(
        attempt=opened, answer=Answer(drawn, (), normal=False), elapsed_s=1
    )


def lines(attempt: Attempt) -> dict[str, FeedbackLine]:
    return {line.outcome: line for line in build_feedback(attempt, fresh=True).lines}


def test_what_was_missed_is_told_with_its_place_and_the_source(alice: User) -> None:
    attempt = read(alice, make_case(said=[Said("fracture", RIGHT_LOWER)]))
    line = lines(attempt)["missed"]
    assert line.explanation == (
        "Look in the right lower zone, near the costophrenic angle: fracture. "
        "What fracture looks like."
    )
    assert line.explanation_source == "tests"


def test_what_was_marked_in_the_wrong_place_is_told_with_the_right_one(alice: User) -> None:
    case = make_case(said=[Said("fracture", RIGHT_LOWER)])
    attempt = read(alice, case, ("fracture", (100.0, 930.0, 300.0, 1130.0)))
    assert lines(attempt)["misplaced"].explanation.startswith("Look in the right lower zone")


@pytest.mark.parametrize(
    "sentence",
    [
        "A rib in the right mid zone is broken.",
        "Left lower lobe: fracture.",
        "Both upper lung fields.",
    ],
)
def test_where_the_experts_name_a_zone_no_other_is_told_beside_it(
    sentence: str, alice: User
) -> None:
    case = make_case(said=[Said("fracture", RIGHT_LOWER, sentence=sentence)])
    line = lines(read(alice, case))["missed"]
    assert line.sentence == sentence
    assert line.explanation == "What fracture looks like."


def test_what_was_found_needs_no_directions(alice: User) -> None:
    case = make_case(said=[Said("fracture", RIGHT_LOWER)])
    attempt = read(alice, case, ("fracture", RIGHT_LOWER))
    assert lines(attempt)["hit"].explanation == "What fracture looks like."


def test_under_a_false_mark_the_text_is_there_to_compare(alice: User) -> None:
    attempt = read(alice, make_case(is_normal=True), ("fracture", LEFT_UPPER))
    assert lines(attempt)["false_mark"].explanation == (
        "To compare, this is how it looks: What fracture looks like."
    )


def test_a_second_box_on_what_was_found_is_not_compared(alice: User) -> None:
    case = make_case(said=[Said("fracture", RIGHT_LOWER)])
    attempt = read(alice, case, ("fracture", RIGHT_LOWER), ("fracture", (70, 960, 170, 1060)))
    assert lines(attempt)["false_mark"].explanation == "What fracture looks like."


def test_the_datasets_own_words_go_before_the_taxonomys(alice: User) -> None:
    case = make_case(said=[Said("fracture", RIGHT_LOWER, explanation="The rib is stepped.")])
    line = lines(read(alice, case))["missed"]
    assert line.explanation == "The rib is stepped."


def test_a_ticked_finding_is_told_with_all_its_places(alice: User) -> None:
    case = make_case(said=[Said("pneumothorax", RIGHT_LOWER), Said("pneumothorax", LEFT_UPPER)])
    told = lines(read(alice, case))["missed"].explanation
    assert told.startswith("Look in the right lower zone, near the costophrenic angle, and in the ")
    assert "left upper zone" in told


def test_a_ticked_finding_over_the_midline_has_no_place_to_look_at(alice: User) -> None:
    case = make_case(said=[Said("cardiomegaly", (300.0, 500.0, 720.0, 900.0))])
    assert lines(read(alice, case))["missed"].explanation == "What cardiomegaly looks like."


def test_a_lateral_film_has_no_sides(alice: User) -> None:
    case = make_case(said=[Said("fracture", RIGHT_LOWER)])
    Image.objects.filter(cases=case).update(view="LATERAL")
    told = lines(read(alice, case))["missed"].explanation
    assert told.startswith("Look in the lower third of the film: fracture.")


def test_a_film_that_is_no_longer_there_leaves_the_text_without_a_place(alice: User) -> None:
    case = make_case(said=[Said("fracture", RIGHT_LOWER)])
    attempt = read(alice, case)
    Image.objects.filter(cases=case).update(token="x" * 27)
    dossier.forget()
    assert lines(attempt)["missed"].explanation == "What fracture looks like."


@pytest.mark.parametrize("boxes", [1, 5])
def test_the_text_costs_no_query(
    alice: User, boxes: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    said = [Said("fracture", (60.0, 90.0 + 200 * n, 160.0, 190.0 + 200 * n)) for n in range(boxes)]
    attempt = read(alice, make_case(said=said))
    attempt.case.dataset = Dataset.objects.get(pk=attempt.case.dataset_id)
    with django_assert_num_queries(0):
        build_feedback(attempt, fresh=True)
