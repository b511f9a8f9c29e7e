"""A case set in use is versioned, not rewritten; and who may play which version."""

from dataclasses import replace

import pytest
from django.db import IntegrityError, transaction
from django.http import Http404
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from localize import services
from localize.answers import Answer
from localize.models import Attempt
from radgame.accounts.models import User
from radgame.cases.access import get_case_set
from radgame.cases.models import Audience, Case, CaseSet, Play
from radgame.cases.models.case import audiences_of
from radgame.cases.versions import (
    Content,
    SetSuperseded,
    content_of,
    edit_case_set,
    is_in_use,
)
from tests.factories import make_case, make_set


@pytest.fixture
def cases(db: None) -> list[Case]:
    return [make_case() for _number in range(3)]


def keys(*cases: Case) -> tuple[int, ...]:
    return tuple(case.pk for case in cases)


def with_cases(case_set: CaseSet, *cases: Case) -> CaseSet:
    return edit_case_set(
        case_set=case_set, change=lambda content: replace(content, cases=keys(*cases))
    )


def test_a_set_that_nobody_uses_is_rewritten(cases: list[Case]) -> None:
    case_set = make_set(*cases)
    edited = with_cases(case_set, cases[2], cases[0])
    assert edited == case_set
    assert edited.version == 1
    assert content_of(edited).cases == keys(cases[2], cases[0])
    assert (edited.size, edited.localize_size) == (2, 2)


@pytest.mark.parametrize("is_finished", [False, True])
def test_a_set_that_somebody_plays_or_played_gets_a_next_version(
    is_finished: bool, cases: list[Case], alice: User, charlie: User
) -> None:
    case_set = make_set(*cases, slug="chest")
    CaseSet.objects.filter(pk=case_set.pk).update(owner=charlie, asks_impression=True)
    sitting = services.start_sitting(reader=alice, case_set=case_set).sitting
    if is_finished:
        sitting.finished_at = timezone.now()
        sitting.save()
    assert is_in_use(case_set)
    edited = with_cases(case_set, cases[1])
    case_set.refresh_from_db()
    assert content_of(case_set).cases == keys(*cases)
    assert case_set.superseded_at is not None
    assert (edited.slug, edited.version, edited.supersedes) == ("chest-v2", 2, case_set)
    assert (edited.title, edited.owner, edited.asks_impression) == ("Chest", charlie, True)
    assert content_of(edited).cases == keys(cases[1])
    assert not is_in_use(edited)


def test_the_next_version_is_rewritten_until_somebody_plays_it(
    cases: list[Case], alice: User
) -> None:
    case_set = make_set(*cases)
    services.start_sitting(reader=alice, case_set=case_set)
    second = with_cases(case_set, cases[1])
    assert with_cases(second, cases[2]) == second
    services.start_sitting(reader=alice, case_set=second)
    third = with_cases(second, cases[0])
    assert (third.slug, third.version) == ("set-v3", 3)


def test_a_change_of_nothing_makes_no_version(cases: list[Case], alice: User) -> None:
    case_set = make_set(*cases)
    services.start_sitting(reader=alice, case_set=case_set)
    assert edit_case_set(case_set=case_set, change=lambda content: content) == case_set
    assert CaseSet.objects.count() == 1


def test_what_a_set_asks_is_part_of_the_version(cases: list[Case], alice: User) -> None:
    case_set = make_set(*cases)
    services.start_sitting(reader=alice, case_set=case_set)

    def ask(content: Content) -> Content:
        return replace(content, options=replace(content.options, model_judge_counts=True))

    edited = edit_case_set(case_set=case_set, change=ask)
    assert (edited.version, edited.model_judge_counts) == (2, True)
    case_set.refresh_from_db()
    assert not case_set.model_judge_counts


def test_only_the_newest_version_can_be_changed(cases: list[Case], alice: User) -> None:
    case_set = make_set(*cases)
    services.start_sitting(reader=alice, case_set=case_set)
    with_cases(case_set, cases[1])
    with pytest.raises(SetSuperseded):
        with_cases(case_set, cases[2])
    with pytest.raises(IntegrityError), transaction.atomic():
        CaseSet.objects.create(slug="other", title="Other", supersedes=case_set, version=2)


def test_a_taken_address_is_not_taken_again(cases: list[Case], alice: User) -> None:
    make_set(slug="set-v2")
    case_set = make_set(*cases)
    services.start_sitting(reader=alice, case_set=case_set)
    assert with_cases(case_set, cases[1]).slug.startswith("set-v2-")


def test_who_is_in_the_middle_plays_on_and_who_starts_gets_the_new_version(
    cases: list[Case], alice: User, alice_client: Client, bob_client: Client
) -> None:
    old = make_set(*cases)
    first = services.start_sitting(reader=alice, case_set=old).attempt
    assert first is not None
    new = with_cases(old, cases[2])
    start = reverse("localize:start", args=[old.slug])

    assert alice_client.post(start).headers["Location"].endswith(f"{first.pk}/")
    bob_client.post(start)
    assert Attempt.objects.get(reader__username="bob").sitting.case_set == new

    attempt: Attempt | None = first
    played = []
    while attempt is not None:
        played.append(attempt.case_id)
        services.submit_attempt(attempt=attempt, answer=Answer((), (), normal=True), elapsed_s=1)
        attempt = services.advance(attempt=attempt)
    assert tuple(played) == keys(*cases)
    # Having finished, Alice starts the new one from the old one's summary as well.
    alice_client.post(start)
    latest = Attempt.objects.filter(reader=alice).latest("started_at")
    assert latest.sitting.case_set == new


def test_lists_show_the_newest_version_and_what_was_begun(
    cases: list[Case], alice: User, bob: User
) -> None:
    old = make_set(*cases)
    services.start_sitting(reader=alice, case_set=old)
    new = with_cases(old, cases[2])
    assert set(CaseSet.objects.playable_by(alice, Play.LOCALIZE)) == {old, new}
    assert set(CaseSet.objects.playable_by(bob, Play.LOCALIZE)) == {new}
    assert set(CaseSet.objects.standing()) == {new}


def test_an_archived_set_is_started_by_nobody_and_finished_by_who_began(
    cases: list[Case], alice: User, bob: User
) -> None:
    case_set = make_set(*cases)
    services.start_sitting(reader=alice, case_set=case_set)
    CaseSet.objects.update(archived_at=timezone.now())
    assert get_case_set(alice, "set", Play.LOCALIZE) == case_set
    with pytest.raises(Http404):
        get_case_set(bob, "set", Play.LOCALIZE)


def test_a_set_for_its_owner_is_played_by_nobody_else(
    cases: list[Case], charlie: User, alice: User, dana: User
) -> None:
    case_set = make_set(*cases, audience=Audience.OWNER)
    CaseSet.objects.update(owner=charlie)
    assert get_case_set(charlie, "set", Play.LOCALIZE) == case_set
    for person in (alice, dana):
        with pytest.raises(Http404):
            get_case_set(person, "set", Play.LOCALIZE)


def test_a_set_for_instructors_is_for_those_who_teach(
    cases: list[Case], charlie: User, alice: User, dana: User, guest: User
) -> None:
    make_set(*cases, audience=Audience.INSTRUCTORS)
    playing = [
        person
        for person in (alice, charlie, dana, guest)
        if CaseSet.objects.playable_by(person, Play.LOCALIZE).exists()
    ]
    assert playing == [charlie, dana]


def test_nobody_belongs_to_the_audience_of_an_owner(charlie: User, dana: User) -> None:
    assert Audience.OWNER not in audiences_of(charlie) + audiences_of(dana)
