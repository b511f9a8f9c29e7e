"""Submitting a reading: marked once, offline, stored whole, in the ledger."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from radgame.accounts.models import User
from radgame.cases import dossier
from radgame.cases.models import Case, Finding, ReferenceReport, Study
from radgame.cases.reference import Report
from radgame.cases.taxonomy import load_findings
from radgame.playing.services import NothingToPlay
from radgame.progress.models import Game, Outcome
from report import services
from report.feedback import explain
from report.marking import Inputs, context_of, mark_inputs, mark_reading
from report.models import Attempt, Sitting
from report.readings import Reading, clean_text
from scoring.reports.evaluation import Evaluation, JudgeFailed, ReadingContext
from scoring.reports.reader.lexicon import CONCEPTS
from tests.factories import make_case, make_report_case, make_set
from tests.report.conftest import FINDINGS, IMPRESSION, opened

BOTH = Reading("Moderate right pleural effusion. Large left apical pneumothorax.")
ONE = Reading("Right pleural effusion of moderate size.")


def submit(attempt: Attempt, reading: Reading, elapsed_s: float = 5) -> Attempt:
    return services.submit_attempt(attempt=attempt, reading=reading, elapsed_s=elapsed_s)


def test_the_radiologists_own_words_are_worth_one(attempt: Attempt) -> None:
    done = submit(attempt, Reading(FINDINGS, IMPRESSION))
    assert done.is_submitted
    assert done.score == 1.0


def test_the_same_in_other_words_is_worth_more_than_half_of_it(alice: User, case: Case) -> None:
    both = submit(opened(alice, case, slug="a"), BOTH).score
    one = submit(opened(alice, case, slug="b"), ONE).score
    assert both is not None
    assert one is not None
    assert both == 1.0
    assert 0 < one < both


def test_a_correct_normal_report_earns_full_marks(alice: User) -> None:
    case = make_report_case("The lungs are clear. The heart is normal in size.")
    assert submit(opened(alice, case), Reading("Normal chest.")).score == 1.0


def test_saying_nothing_of_an_abnormal_film_earns_nothing(attempt: Attempt) -> None:
    assert submit(attempt, Reading("Lungs clear. No effusion. No pneumothorax.")).score == 0.0


def test_text_inputs_and_mark_are_stored_so_that_one_gives_the_other_again(
    attempt: Attempt,
) -> None:
    typed = Reading("Moderate right effusion.\n – left PTX  ", "")
    submit(attempt, typed)
    attempt.refresh_from_db()
    assert attempt.answer == typed.to_json()
    assert attempt.result is not None
    inputs = Inputs.from_json(attempt.result["inputs"])
    assert inputs.reference.text == f"Findings: {FINDINGS}\n\nImpression: {IMPRESSION}"
    assert inputs.context.indication == "Chest pain after a fall."
    assert inputs.context.comparison == ""
    assert mark_inputs(inputs).to_json()["result"] == attempt.result["result"]
    assert attempt.result["result"]["version"] == attempt.scorer_version


def test_a_second_submit_returns_the_first_result_unchanged(attempt: Attempt) -> None:
    first = submit(attempt, BOTH).score
    second = submit(attempt, Reading("Normal chest."))
    assert second.score == first
    assert second.answer == BOTH.to_json()
    assert Outcome.objects.count() == 1


def test_a_text_outlives_a_fault_of_the_marker(
    attempt: Attempt, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Broken:
        name = version = "broken"

        def judge(self, reference: str, candidate: str, context: ReadingContext) -> Evaluation:
            raise JudgeFailed("no")

    with monkeypatch.context() as patched:
        patched.setattr("report.marking.JUDGE", Broken())
        with pytest.raises(JudgeFailed):
            submit(attempt, ONE)
    attempt.refresh_from_db()
    assert not attempt.is_submitted
    assert attempt.answer == ONE.to_json()
    assert attempt.draft_revision == 1
    assert not Outcome.objects.exists()
    assert submit(attempt, ONE).is_submitted


def test_the_ledger_holds_one_line_a_finding_with_its_weight(attempt: Attempt) -> None:
    done = submit(attempt, Reading(ONE.findings + " Hiatal hernia."))
    outcome = done.outcome
    assert outcome is not None
    assert (outcome.game, outcome.score, outcome.is_first) == (Game.REPORT, done.score, True)
    lines = {line.concept: line for line in outcome.lines.all()}
    assert {name: line.result for name, line in lines.items()} == {
        "pleural-effusion": "matched",
        "pneumothorax": "missed",
        "hiatal-hernia": "false",
    }
    assert lines["pneumothorax"].finding == Finding.objects.get(slug="pneumothorax")
    # The taxonomy of these tests has no hiatal hernia; the line is kept all the same.
    assert lines["hiatal-hernia"].finding is None
    assert lines["pneumothorax"].weight > lines["hiatal-hernia"].weight


def test_every_concept_that_names_a_finding_of_the_taxonomy_names_one_that_is_there() -> None:
    named = {concept.taxonomy for concept in CONCEPTS.values() if concept.taxonomy}
    assert named
    assert named <= set(load_findings())


def test_every_concept_fits_into_the_ledger() -> None:
    assert max(map(len, CONCEPTS)) <= 60


def test_only_the_first_attempt_at_a_case_rates(alice: User, case: Case) -> None:
    case_set = make_set(case)
    for expected in (True, False):
        attempt = services.start_sitting(reader=alice, case_set=case_set).attempt
        assert attempt is not None
        outcome = submit(attempt, BOTH).outcome
        assert outcome is not None
        assert outcome.is_first is expected
        assert services.advance(attempt=attempt) is None


def test_a_first_attempt_in_one_game_leaves_the_first_in_the_other(alice: User) -> None:
    from localize import services as localize
    from localize.answers import Answer

    case = make_case(for_report=True)
    ReferenceReport.objects.create(study=case.study, findings="The lungs are clear.")
    case_set = make_set(case)
    box = localize.start_sitting(reader=alice, case_set=case_set).attempt
    text = services.start_sitting(reader=alice, case_set=case_set).attempt
    assert box is not None
    assert text is not None
    localize.submit_attempt(attempt=box, answer=Answer((), (), False), elapsed_s=1)
    submit(text, Reading("Clear lungs."))
    firsts = Outcome.objects.filter(is_first=True).values_list("game", flat=True)
    assert sorted(firsts) == ["localize", "report"]


def test_elapsed_time_is_bounded_by_the_time_the_case_was_open(attempt: Attempt) -> None:
    assert submit(attempt, ONE, elapsed_s=1e9).elapsed_s < 60


def test_going_on_opens_the_report_cases_only_and_ends_the_sitting(alice: User) -> None:
    normal = "The lungs are clear."
    cases = [make_report_case(normal), make_case(), make_report_case(normal)]
    attempt: Attempt | None = opened(alice, *cases)
    seen = []
    while attempt is not None:
        seen.append(attempt.case)
        attempt = services.advance(attempt=submit(attempt, Reading("Clear.")))
    assert seen == [cases[0], cases[2]]
    assert Sitting.objects.get().finished_at is not None


def test_a_set_without_a_report_case_cannot_be_started(alice: User) -> None:
    with pytest.raises(NothingToPlay):
        services.start_sitting(reader=alice, case_set=make_set(make_case()))
    assert not Sitting.objects.exists()


def test_the_age_and_the_indication_reach_the_judge(case: Case) -> None:
    context = context_of(case.study)
    assert (context.age_years, context.sex, context.comparison) == (61, "F", "")


def test_rescoring_follows_a_corrected_report_and_says_so(attempt: Attempt) -> None:
    before = submit(attempt, ONE).score
    ReferenceReport.objects.filter(study=attempt.case.study_id).update(
        findings="Moderate right pleural effusion.", impression=""
    )
    dossier.revise_case(attempt.case)
    tried = services.rescore_attempt(attempt_id=attempt.pk, dry_run=True)
    assert (tried.before, tried.after, tried.lines_changed) == (before, 1.0, True)
    attempt.refresh_from_db()
    assert attempt.score == before
    services.rescore_attempt(attempt_id=attempt.pk)
    attempt.refresh_from_db()
    assert attempt.score == 1.0
    assert attempt.outcome is not None
    assert (attempt.outcome.score, attempt.outcome.is_first) == (1.0, True)
    assert [line.result for line in attempt.outcome.lines.all()] == ["matched"]
    assert attempt.answer == ONE.to_json()


def test_rescoring_without_a_change_changes_nothing(attempt: Attempt) -> None:
    submit(attempt, BOTH)
    rescored = services.rescore_attempt(attempt_id=attempt.pk)
    assert rescored.before == rescored.after
    assert not rescored.lines_changed


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=200))
def test_whatever_is_typed_can_be_marked_and_explained(text: str) -> None:
    reading = Reading(clean_text(text))
    marking = mark_reading(reading, Report("", FINDINGS, IMPRESSION), Study())
    feedback = explain(marking.mark, marking.inputs)
    assert 0 <= feedback.score_percent <= 100
    shown = "".join(segment.text for part in feedback.yours for segment in part.segments)
    assert shown == ("" if reading.is_blank else reading.findings)
    assert len(marking.mark.version) <= 40


WORDS = ["no", "small", "large", "left", "right", "effusion", "pneumothorax", "nodule", ".", "\n"]


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join))
def test_the_same_text_case_and_version_always_give_the_same_result(case: Case, text: str) -> None:
    report = dossier.open_report(case)
    once, again = (mark_reading(Reading(text), report, case.study) for _ in range(2))
    assert once == again
    assert mark_inputs(once.inputs) == once
