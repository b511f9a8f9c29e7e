"""Submitting an attempt: marked once, stored whole, in the ledger."""

import pytest

from localize import services
from localize.answers import Answer, DrawnMark
from localize.models import Attempt, Sitting
from radgame.accounts.models import User
from radgame.cases import dossier
from radgame.cases.models import Case
from radgame.playing.services import NothingToPlay
from radgame.progress.models import Outcome
from tests.factories import Box, Said, make_case, make_set, token_of

NODULE = (100.0, 100.0, 200.0, 200.0)


def answer(*marks: tuple[str, Case, Box], selected: tuple[str, ...] = ()) -> Answer:
    return Answer(
        marks=tuple(DrawnMark(token_of(case), slug, box, None) for slug, case, box in marks),
        selected=selected,
        normal=False,
    )


def open_attempt(reader: User, *cases: Case) -> Attempt:
    attempt = services.start_sitting(reader=reader, case_set=make_set(*cases)).attempt
    assert attempt is not None
    return attempt


def submit(attempt: Attempt, given: Answer, elapsed_s: float = 5) -> Attempt:
    return services.submit_attempt(attempt=attempt, answer=given, elapsed_s=elapsed_s)


def test_a_box_on_the_region_is_a_hit_and_the_case_is_worth_one(alice: User) -> None:
    case = make_case(said=[Said("nodule-mass", NODULE)])
    attempt = submit(open_attempt(alice, case), answer(("nodule-mass", case, NODULE)))
    assert attempt.score == 1.0
    assert attempt.is_submitted
    assert attempt.result is not None
    assert [line["outcome"] for line in attempt.result["result"]["lines"]] == ["hit"]


def test_the_raw_marks_are_stored_as_drawn(alice: User) -> None:
    case = make_case(said=[Said("nodule-mass", NODULE)])
    drawn = (101.5, 99.1, 204.4, 210.9)
    attempt = submit(open_attempt(alice, case), answer(("nodule-mass", case, drawn)))
    attempt.refresh_from_db()
    assert attempt.answer["marks"][0]["box"] == list(drawn)


def test_a_second_submit_returns_the_first_result_unchanged(alice: User) -> None:
    case = make_case(said=[Said("nodule-mass", NODULE)])
    attempt = open_attempt(alice, case)
    first = submit(attempt, answer(("nodule-mass", case, NODULE)))
    second = submit(attempt, answer())
    assert second.score == first.score == 1.0
    assert Outcome.objects.count() == 1


def test_the_ledger_holds_one_line_a_finding(alice: User) -> None:
    case = make_case(said=[Said("nodule-mass", NODULE), Said("cardiomegaly")])
    attempt = submit(
        open_attempt(alice, case),
        answer(("fracture", case, (600.0, 600.0, 700.0, 700.0)), selected=("cardiomegaly",)),
    )
    assert attempt.outcome is not None
    lines = sorted(attempt.outcome.lines.values_list("finding__slug", "result"))
    assert lines == [
        ("cardiomegaly", "hit"),
        ("fracture", "false_mark"),
        ("nodule-mass", "missed"),
    ]
    assert attempt.outcome.score == attempt.score == pytest.approx(1 / 3)


def test_only_the_first_attempt_at_a_case_rates(alice: User) -> None:
    case = make_case(said=[Said("nodule-mass", NODULE)])
    case_set = make_set(case)
    for expected in (True, False):
        attempt = services.start_sitting(reader=alice, case_set=case_set).attempt
        assert attempt is not None
        attempt = submit(attempt, answer())
        assert attempt.outcome is not None
        assert attempt.outcome.is_first is expected
        assert services.advance(attempt=attempt) is None


def test_a_normal_film_without_marks_is_a_perfect_answer(alice: User) -> None:
    case = make_case(is_normal=True)
    assert submit(open_attempt(alice, case), Answer((), (), normal=True)).score == 1.0


def test_a_mark_outside_the_label_set_changes_nothing(alice: User) -> None:
    case = make_case(said=[Said("nodule-mass", NODULE)], scored=["nodule-mass"])
    attempt = submit(
        open_attempt(alice, case),
        answer(("nodule-mass", case, NODULE), ("fracture", case, (600.0, 0.0, 700.0, 90.0))),
    )
    assert attempt.score == 1.0
    assert attempt.result is not None
    assert attempt.result["result"]["lines"][-1]["outcome"] == "not_scored"


def test_a_finding_without_a_region_is_not_scored(alice: User) -> None:
    case = make_case(said=[Said("fracture")])
    attempt = submit(
        open_attempt(alice, case), answer(("fracture", case, (600.0, 0.0, 700.0, 90.0)))
    )
    assert attempt.score == 1.0
    assert attempt.outcome is not None
    assert attempt.outcome.lines.count() == 0


def test_the_reader_who_agrees_most_is_the_measure(alice: User) -> None:
    second = (300.0, 300.0, 420.0, 420.0)
    case = make_case(
        said=[Said("nodule-mass", NODULE, "reader 1"), Said("nodule-mass", second, "reader 2")]
    )
    attempt = submit(open_attempt(alice, case), answer(("nodule-mass", case, second)))
    assert attempt.score == 1.0


def test_elapsed_time_is_bounded_by_the_time_the_case_was_open(alice: User) -> None:
    case = make_case(is_normal=True)
    attempt = submit(open_attempt(alice, case), answer(), elapsed_s=1e9)
    assert attempt.elapsed_s < 60


def test_going_on_opens_the_cases_in_order_and_ends_the_sitting(alice: User) -> None:
    cases = [make_case(is_normal=True) for _ in range(3)]
    attempt = open_attempt(alice, *cases)
    seen = []
    while attempt is not None:
        seen.append(attempt.case_id)
        attempt = services.advance(attempt=submit(attempt, answer()))  # type: ignore[assignment]
    assert seen == [case.pk for case in cases]
    assert Sitting.objects.get().finished_at is not None


def test_going_on_without_a_submit_stays(alice: User) -> None:
    attempt = open_attempt(alice, make_case(is_normal=True), make_case(is_normal=True))
    assert services.advance(attempt=attempt) == attempt


def test_a_withdrawn_case_is_stepped_over(alice: User) -> None:
    first, second, third = (make_case(is_normal=True) for _ in range(3))
    attempt = open_attempt(alice, first, second, third)
    Case.objects.filter(pk=second.pk).update(status=Case.Status.WITHDRAWN)
    submit(attempt, answer())
    following = services.advance(attempt=attempt)
    assert following is not None
    assert following.case_id == third.pk


def test_starting_again_goes_on_where_one_stopped(alice: User) -> None:
    case_set = make_set(make_case(is_normal=True), make_case(is_normal=True))
    first = services.start_sitting(reader=alice, case_set=case_set).attempt
    assert services.start_sitting(reader=alice, case_set=case_set).attempt == first
    assert first is not None
    submit(first, answer())
    second = services.start_sitting(reader=alice, case_set=case_set).attempt
    assert second is not None
    assert second.position == 1


def test_the_stored_inputs_give_the_stored_result_again(alice: User) -> None:
    from localize.answers import answer_from_json
    from localize.marking import mark_inputs

    case = make_case(said=[Said("nodule-mass", NODULE), Said("cardiomegaly")])
    attempt = submit(
        open_attempt(alice, case), answer(("nodule-mass", case, (150.0, 150.0, 260.0, 260.0)))
    )
    attempt.refresh_from_db()
    assert attempt.result is not None
    again = mark_inputs(answer_from_json(attempt.answer), attempt.result["inputs"])
    assert again.to_json()["result"] == attempt.result["result"]


def test_rescoring_follows_a_corrected_reference_and_says_so(alice: User) -> None:
    case = make_case(said=[Said("nodule-mass", NODULE)])
    attempt = submit(open_attempt(alice, case), answer(("nodule-mass", case, NODULE)))
    case.images.get().reference_findings.get().regions.update(x_min=500, x_max=600)
    dossier.revise_case(case)
    tried = services.rescore_attempt(attempt_id=attempt.pk, dry_run=True)
    assert (tried.before, tried.after) == (1.0, 0.25)
    attempt.refresh_from_db()
    assert attempt.score == 1.0
    services.rescore_attempt(attempt_id=attempt.pk)
    attempt.refresh_from_db()
    assert attempt.score == 0.25
    assert attempt.outcome is not None
    assert attempt.outcome.score == 0.25
    assert attempt.outcome.is_first
    assert [line.result for line in attempt.outcome.lines.all()] == ["misplaced"]


def test_rescoring_without_a_change_changes_nothing(alice: User) -> None:
    case = make_case(said=[Said("nodule-mass", NODULE)])
    attempt = submit(open_attempt(alice, case), answer())
    rescored = services.rescore_attempt(attempt_id=attempt.pk)
    assert rescored.before == rescored.after
    assert not rescored.lines_changed


def test_a_sitting_left_after_its_last_case_ends_in_its_summary(alice: User) -> None:
    case_set = make_set(make_case(is_normal=True))
    started = services.start_sitting(reader=alice, case_set=case_set)
    assert started.attempt is not None
    submit(started.attempt, answer())
    again = services.start_sitting(reader=alice, case_set=case_set)
    assert again.attempt is None
    assert again.sitting == started.sitting
    assert again.sitting.finished_at is not None


def test_a_set_of_which_nothing_can_be_played_says_so(alice: User) -> None:
    case_set = make_set(make_case(status=Case.Status.WITHDRAWN))
    with pytest.raises(NothingToPlay):
        services.start_sitting(reader=alice, case_set=case_set)
    assert not Sitting.objects.exists()
