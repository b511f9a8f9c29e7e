"""A simulated cohort leaves behind what people leave, and nothing among real ones."""

import json
import random
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.core.serializers.json import DjangoJSONEncoder
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings
from pytest_django.asserts import assertContains

from localize.models import Attempt
from radgame.accounts.models import Role, User
from radgame.cases.models import Case, ReferenceReport
from radgame.classroom.assigning import results
from radgame.classroom.models import Assignment, Cohort, Membership, Trial
from radgame.classroom.studies.exports import study_document
from radgame.progress.models import Game, Outcome, ReaderRating
from radgame.simulation import PREFIX, STUDY_COHORT, simulate, simulated_answer
from report.models import Attempt as Reading
from tests.conftest import client_of
from tests.factories import Said, make_case
from tools import recompute_study

WEEKS = 52


@pytest.fixture
def library(db: None) -> list[Case]:
    return films(16)


def films(count: int) -> list[Case]:
    made = []
    for number in range(count):
        said = [Said("nodule-mass", (100.0 + number, 100, 300, 300)), Said("cardiomegaly")]
        case = make_case(said=said if number % 3 else [], is_normal=not number % 3, for_report=True)
        ReferenceReport.objects.create(
            study=case.study, findings="A nodule in the left upper lobe. The heart is large."
        )
        made.append(case)
    return made


@pytest.fixture
def cohort(library: list[Case], charlie: User) -> Cohort:
    return simulate(instructor=charlie, learners=3, weeks=WEEKS, seed=1)


def test_everything_is_played_through_the_games_and_can_be_marked_anew(cohort: Cohort) -> None:
    assert Attempt.objects.filter(status="submitted").exists()
    assert Reading.objects.filter(status="submitted").exists()
    before = list(Outcome.objects.order_by("pk").values_list("score", flat=True))
    call_command("rescore", verbosity=0)
    assert list(Outcome.objects.order_by("pk").values_list("score", flat=True)) == before


def test_a_year_lies_between_the_first_case_and_today(cohort: Cohort) -> None:
    moments = list(Outcome.objects.order_by("occurred_at").values_list("occurred_at", flat=True))
    now = timezone.now()
    assert now - timedelta(weeks=WEEKS) <= moments[0] < now - timedelta(weeks=WEEKS / 2)
    assert moments[-1] <= now


def test_nobody_joined_after_their_first_case(cohort: Cohort) -> None:
    first = Outcome.objects.earliest("occurred_at").occurred_at
    assert cohort.memberships.filter(joined_at__gte=first).count() == 0
    assert Cohort.objects.get(pk=cohort.pk).created_at < first


def test_nobody_can_sign_in_as_somebody_who_is_not_there(cohort: Cohort) -> None:
    people = User.objects.filter(username__startswith=PREFIX)
    assert people.count() == 3
    assert not any(person.has_usable_password() for person in people)
    assert set(people.values_list("role", flat=True)) == {Role.LEARNER}


def test_the_pages_have_something_to_show(cohort: Cohort, charlie: User) -> None:
    assert ReaderRating.objects.filter(scope="").count() >= 3
    first = Assignment.objects.order_by("opens_at").first()
    assert first is not None
    assert any(result.work.submitted for result in results(first))
    page = client_of(charlie).get(reverse("classroom:assignment", args=[first.pk]))
    assertContains(page, "(simulated)")


def test_every_chart_of_a_cohort_of_the_usual_size_has_something_to_show(
    charlie: User,
) -> None:
    films(32)  # as many as the demo has
    cohort = simulate(instructor=charlie, learners=12, weeks=WEEKS, seed=1)
    client = client_of(charlie)
    # Not everybody reads the twenty cases below which no curve is drawn.
    learner = max(
        Membership.objects.learners().filter(cohort=cohort),
        key=lambda one: Outcome.objects.filter(reader=one.person, game=Game.REPORT).count(),
    )
    pages = ["follow", "follow_cases", "follow_times", "follow_curves", "follow_false"]
    addresses = {
        **{name: reverse(f"classroom:{name}", args=[cohort.pk]) for name in pages},
        "learner": reverse("classroom:learner", args=[cohort.pk, learner.pk]),
    }
    for game in Game:
        for name, address in addresses.items():
            response = client.get(address, {"work": game.value})
            told = response.content.decode()
            assert "Nothing was submitted" not in told, (game, name)
            assert "so none is drawn" not in told, (game, name)
    for name in ("follow_curves", "follow_times", "learner"):
        assert "<svg" in client.get(addresses[name]).content.decode(), name
    for name in ("follow_confidence", "follow_radiologists"):
        address = reverse(f"localize:{name}", args=[cohort.pk])
        for _reading in range(50):
            told = client.get(address).content.decode()
            if "hx-get" not in told:
                break
        assert "Nothing was submitted" not in told, name
    assert client.get(reverse("localize:follow_confidence", args=[cohort.pk])).context["analysis"]


def test_the_same_seed_gives_the_same_year(library: list[Case]) -> None:
    case = library[1]
    answers = [simulated_answer(case, 0.6, random.Random(7)) for _time in range(2)]
    assert answers[0] == answers[1]


@pytest.mark.parametrize("skill", [0.0, 1.0])
def test_skill_is_seeing_what_is_there(skill: float, library: list[Case]) -> None:
    answer = simulated_answer(library[1], skill, random.Random(3))
    assert ("nodule-mass" in {mark.finding for mark in answer.marks}) is bool(skill)
    assert ("cardiomegaly" in answer.selected) is bool(skill)


def test_it_is_made_once(cohort: Cohort, charlie: User) -> None:
    with pytest.raises(CommandError, match="there already"):
        call_command("demo", "--cohort", "--instructor", "charlie")


def test_it_is_refused_among_real_people(settings: Settings, charlie: User) -> None:
    settings.PRODUCTION = True
    with pytest.raises(CommandError, match="no place"):
        call_command("demo", "--cohort", "--instructor", "charlie")
    assert not Cohort.objects.exists()


def test_without_an_instructor_or_cases_it_says_so(charlie: User) -> None:
    with pytest.raises(CommandError, match="No instructor"):
        call_command("demo", "--cohort", "--instructor", "nobody")
    with pytest.raises(CommandError, match="no cases"):
        call_command("demo", "--cohort", "--instructor", "charlie")


def test_a_study_is_simulated_too_and_its_figures_can_be_recomputed(
    library: list[Case], charlie: User
) -> None:
    simulate(instructor=charlie, learners=1, weeks=WEEKS, seed=1, takers=6)
    trial = Trial.objects.get()
    assert trial.cohort.name == STUDY_COHORT
    assert trial.enrolments.count() == 6
    assert trial.closed_at is not None
    assert trial.closed_at < timezone.now()
    moments = trial.enrolments.filter(finished_at__isnull=False).values_list(
        "enrolled_at", "allocated_at", "trained_at", "finished_at"
    )
    assert moments
    for stamps in moments:
        assert trial.opens_at <= stamps[0] < stamps[1] < stamps[2] < stamps[3] < trial.closed_at
    document = json.loads(json.dumps(study_document(trial), cls=DjangoJSONEncoder))
    told = recompute_study.recompute(document)
    assert told["allocation"] == "confirmed"
    assert told["games"]["localize"]["arms"]["Passive"]["seconds"]["training"] > 5
    page = client_of(charlie).get(reverse("classroom:study", args=[trial.pk]))
    assertContains(page, "(simulated)")
