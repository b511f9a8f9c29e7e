"""Cohorts: who teaches, who joins and by what, who goes."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from allauth.account.models import EmailAddress
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from pytest_django.asserts import assertContains, assertNotContains
from pytest_django.fixtures import DjangoAssertNumQueries

from radgame.accounts.models import Role, User
from radgame.accounts.own_data import export_pieces, obstacles_of
from radgame.cases.models import Play
from radgame.classroom import services
from radgame.classroom.assigning import create_assignment, withdraw_assignment
from radgame.classroom.models import (
    CODE_LENGTH,
    CODE_LETTERS,
    Cohort,
    JoinLink,
    Membership,
    new_code,
)
from radgame.classroom.services import ClassroomError
from tests.conftest import client_of
from tests.factories import make_case, make_set


@pytest.fixture
def eve(db: None) -> User:
    return User.objects.create_user("eve", "eve@example.org", "correct", role=Role.INSTRUCTOR)


@pytest.fixture
def cohort(charlie: User) -> Cohort:
    return services.create_cohort(
        instructor=charlie, name="First year", description="", time_zone="America/New_York"
    )


@pytest.fixture
def link(cohort: Cohort, charlie: User) -> JoinLink:
    return services.create_link(cohort=cohort, made_by=charlie, expires_at=None)


def test_who_may_no_longer_teach_has_no_cohort_until_they_may_again(
    charlie: User, alice: User
) -> None:
    cohort = services.create_cohort(
        instructor=charlie, name="Spring", description="", time_zone="UTC"
    )
    client = client_of(charlie)
    pages = [
        reverse("classroom:cohort", args=[cohort.pk]),
        reverse("classroom:follow", args=[cohort.pk]),
        reverse("classroom:board", args=[cohort.pk]),
    ]
    assert [client.get(page).status_code for page in pages] == [200, 200, 200]
    User.objects.filter(pk=charlie.pk).update(role=Role.LEARNER)
    assert all(client.get(page).status_code in {403, 404} for page in pages)
    charlie.refresh_from_db()
    assert not Cohort.objects.taught_by(charlie).exists()
    # They are no obstacle to the deletion of what nobody could reach any more.
    assert obstacles_of(charlie) == []
    User.objects.filter(pk=charlie.pk).update(role=Role.INSTRUCTOR)
    assert [client.get(page).status_code for page in pages] == [200, 200, 200]


def test_an_instructor_who_may_no_longer_teach_is_no_other_instructor(
    charlie: User, dana: User
) -> None:
    cohort = services.create_cohort(
        instructor=charlie, name="Spring", description="", time_zone="UTC"
    )
    services.add_instructor(cohort=cohort, name=dana.username)
    User.objects.filter(pk=dana.pk).update(is_staff=False)
    with pytest.raises(services.ClassroomError, match="needs an instructor"):
        services.remove_member(membership=Membership.objects.get(person=charlie))


def roles_in(cohort: Cohort) -> dict[str, str]:
    present = Membership.objects.present().filter(cohort=cohort)
    return dict(present.values_list("person__username", "role"))


def test_who_makes_a_cohort_teaches_it(cohort: Cohort) -> None:
    assert roles_in(cohort) == {"charlie": "instructor"}


def test_a_code_lets_a_learner_join_once(link: JoinLink, alice: User) -> None:
    assert not services.join_cohort(person=alice, code=link.code).already
    assert services.join_cohort(person=alice, code=link.code).already
    assert roles_in(link.cohort)["alice"] == "member"


def test_an_instructor_who_follows_their_own_link_stays_instructor(
    link: JoinLink, charlie: User
) -> None:
    assert services.join_cohort(person=charlie, code=link.code).already
    assert roles_in(link.cohort) == {"charlie": "instructor"}


@pytest.mark.parametrize("written", [str.lower, lambda code: f" {code[:5]}-{code[5:]} "])
def test_a_code_may_be_written_as_people_write(
    written: Callable[[str], str], link: JoinLink, alice: User
) -> None:
    services.join_cohort(person=alice, code=written(link.code))
    assert "alice" in roles_in(link.cohort)


@given(st.integers())
def test_a_code_is_its_own_normal_form(_seed: int) -> None:
    code = new_code()
    assert len(code) == CODE_LENGTH
    assert services.normal_code(code) == code
    assert set(code) <= set(CODE_LETTERS)


def test_a_revoked_link_an_old_one_and_a_wrong_one_are_refused_alike(
    cohort: Cohort, link: JoinLink, charlie: User, alice: User
) -> None:
    services.revoke_link(link=link)
    old = services.create_link(cohort=cohort, made_by=charlie, expires_at=None)
    JoinLink.objects.filter(pk=old.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    said = set()
    for code in (link.code, old.code, "2" * CODE_LENGTH):
        with pytest.raises(ClassroomError) as refusal:
            services.join_cohort(person=alice, code=code)
        said.add(str(refusal.value))
    assert len(said) == 1
    assert "alice" not in roles_in(cohort)


def test_an_archived_cohort_takes_nobody_and_reopened_needs_a_new_link(
    cohort: Cohort, link: JoinLink, charlie: User, alice: User
) -> None:
    services.archive_cohort(cohort=cohort)
    with pytest.raises(ClassroomError):
        services.join_cohort(person=alice, code=link.code)
    with pytest.raises(ClassroomError):
        services.create_link(cohort=cohort, made_by=charlie, expires_at=None)
    services.reopen_cohort(cohort=cohort)
    with pytest.raises(ClassroomError):
        services.join_cohort(person=alice, code=link.code)
    fresh = services.create_link(cohort=cohort, made_by=charlie, expires_at=None)
    services.join_cohort(person=alice, code=fresh.code)


def test_a_link_that_would_have_run_out_is_not_made(cohort: Cohort, charlie: User) -> None:
    with pytest.raises(ClassroomError):
        services.create_link(cohort=cohort, made_by=charlie, expires_at=timezone.now())


def test_a_guest_is_asked_to_sign_up_first(link: JoinLink, guest: User) -> None:
    with pytest.raises(ClassroomError, match="Sign up"):
        services.join_cohort(person=guest, code=link.code)


def test_who_was_removed_joins_again_as_a_learner_by_a_link_made_since(
    link: JoinLink, cohort: Cohort, eve: User, alice: User, charlie: User
) -> None:
    membership = services.add_instructor(cohort=cohort, name="eve")
    services.remove_member(membership=membership)
    with pytest.raises(ClassroomError, match="lets nobody in, or no longer"):
        services.join_cohort(person=eve, code=link.code)
    # To the others it is what it was.
    services.join_cohort(person=alice, code=link.code)
    fresh = services.create_link(cohort=cohort, made_by=charlie, expires_at=None)
    services.join_cohort(person=eve, code=fresh.code)
    assert roles_in(cohort)["eve"] == "member"
    # Once let in, somebody who goes by themselves is not shut out.
    services.leave_cohort(membership=Membership.objects.get(cohort=cohort, person=eve))
    services.join_cohort(person=eve, code=link.code)
    assert roles_in(cohort)["eve"] == "member"


def test_the_page_of_an_old_link_tells_who_was_removed_and_names_no_cohort(
    link: JoinLink, cohort: Cohort, alice: User, alice_client: Client, charlie: User
) -> None:
    services.join_cohort(person=alice, code=link.code)
    page = reverse("classroom:join_by_link", args=[link.code])
    membership = Membership.objects.get(cohort=cohort, person=alice)
    client_of(charlie).post(reverse("classroom:remove", args=[cohort.pk, membership.pk]))
    shown = alice_client.get(page)
    assertContains(shown, "lets nobody in, or no longer")
    assertNotContains(shown, cohort.name)
    # What the site holds of them, they are told.
    [told] = json.loads("".join(export_pieces(alice, timezone.now())))["memberships"]
    assert told["was_removed"] is True


def test_who_leaves_may_come_back_by_the_same_link(
    link: JoinLink, cohort: Cohort, alice: User, alice_client: Client, eve: User
) -> None:
    services.join_cohort(person=alice, code=link.code)
    alice_client.post(reverse("classroom:leave", args=[cohort.pk]))
    assert "alice" not in roles_in(cohort)
    services.join_cohort(person=alice, code=link.code)
    own = services.add_instructor(cohort=cohort, name="eve")
    client_of(eve).post(reverse("classroom:remove", args=[cohort.pk, own.pk]))
    services.join_cohort(person=eve, code=link.code)
    assert roles_in(cohort) == {"charlie": "instructor", "alice": "member", "eve": "member"}


def test_the_last_instructor_stays(cohort: Cohort, eve: User) -> None:
    [own] = Membership.objects.instructors().filter(cohort=cohort)
    with pytest.raises(ClassroomError):
        services.remove_member(membership=own)
    services.add_instructor(cohort=cohort, name="EVE")
    services.remove_member(membership=own)
    assert roles_in(cohort) == {"eve": "instructor"}


def test_a_co_instructor_is_an_instructor_by_name_or_confirmed_address(
    cohort: Cohort, eve: User, alice: User
) -> None:
    said = set()
    for name in ("alice", "nobody", "eve@example.org"):
        with pytest.raises(ClassroomError) as refusal:
            services.add_instructor(cohort=cohort, name=name)
        said.add(str(refusal.value))
    assert len(said) == 1
    EmailAddress.objects.create(user=eve, email="eve@example.org", verified=True)
    services.add_instructor(cohort=cohort, name="Eve@Example.org")
    assert roles_in(cohort)["eve"] == "instructor"


# --- pages ---------------------------------------------------------------------


def test_an_instructor_makes_a_cohort_and_a_link_that_a_learner_follows(
    charlie: User, alice_client: Client
) -> None:
    instructor = client_of(charlie)
    made = instructor.post(
        reverse("classroom:create"),
        {"name": "Second year", "description": "Mondays", "time_zone": "Europe/Zurich"},
    )
    cohort = Cohort.objects.get()
    assert made.headers["Location"] == reverse("classroom:cohort", args=[cohort.pk])
    until = (timezone.now() + timedelta(days=3)).date()
    instructor.post(reverse("classroom:create_link", args=[cohort.pk]), {"until": f"{until}"})
    link = JoinLink.objects.get()
    assert link.expires_at is not None
    local = link.expires_at.astimezone(cohort.zone)
    assert (local.date(), local.hour, local.minute) == (until, 23, 59)

    page = alice_client.get(reverse("classroom:join_by_link", args=[link.code]))
    assertContains(page, "Join Second year?")
    assert "alice" not in roles_in(cohort)
    alice_client.post(reverse("classroom:join"), {"code": link.code})
    assert roles_in(cohort)["alice"] == "member"
    assertContains(alice_client.get(reverse("classroom:cohorts")), "Second year")
    assertContains(instructor.get(reverse("classroom:cohort", args=[cohort.pk])), "alice")


def test_a_closed_link_says_so_and_names_no_cohort(
    link: JoinLink, cohort: Cohort, alice_client: Client
) -> None:
    services.revoke_link(link=link)
    page = alice_client.get(reverse("classroom:join_by_link", args=[link.code]))
    assertContains(page, "lets nobody in")
    assertNotContains(page, cohort.name)


def test_names_and_descriptions_are_escaped(charlie: User) -> None:
    cohort = services.create_cohort(
        instructor=charlie, name="<b>x</b>", description="<i>y</i>", time_zone="UTC"
    )
    client = client_of(charlie)
    for page in (reverse("classroom:cohorts"), reverse("classroom:cohort", args=[cohort.pk])):
        assertNotContains(client.get(page), "<b>x</b>")


def test_a_time_zone_that_does_not_exist_is_refused(charlie: User) -> None:
    refused = client_of(charlie).post(
        reverse("classroom:create"), {"name": "x", "time_zone": "Mars/Olympus"}
    )
    assert refused.status_code == 422
    assert not Cohort.objects.exists()


def test_leaving_ends_it_for_the_learner(link: JoinLink, alice: User) -> None:
    services.join_cohort(person=alice, code=link.code)
    client = client_of(alice)
    client.post(reverse("classroom:leave", args=[link.cohort_id]))
    assert "alice" not in roles_in(link.cohort)
    assert client.post(reverse("classroom:leave", args=[link.cohort_id])).status_code == 404


def test_the_last_instructor_who_leaves_is_told_why_not(cohort: Cohort, charlie: User) -> None:
    [own] = Membership.objects.instructors().filter(cohort=cohort)
    client = client_of(charlie)
    answer = client.post(reverse("classroom:remove", args=[cohort.pk, own.pk]), follow=True)
    assertContains(answer, "needs an instructor")
    assert roles_in(cohort) == {"charlie": "instructor"}


@pytest.mark.parametrize("learners", [1, 40])
def test_a_cohort_of_any_size_takes_the_same_queries(
    learners: int,
    cohort: Cohort,
    link: JoinLink,
    charlie: User,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for number in range(learners):
        person = User.objects.create_user(f"learner{number}")
        services.join_cohort(person=person, code=link.code)
    client = client_of(charlie)
    page = reverse("classroom:cohort", args=[cohort.pk])
    client.get(page)
    with django_assert_num_queries(8):
        client.get(page)


def test_a_link_is_open_until_its_moment() -> None:
    moment = datetime(2026, 11, 24, tzinfo=UTC)
    link = JoinLink(expires_at=moment)
    assert link.is_open(moment - timedelta(seconds=1))
    assert not link.is_open(moment)


def test_the_form_says_what_another_time_zone_does_to_what_was_given(
    cohort: Cohort, charlie: User
) -> None:
    page = client_of(charlie).get(reverse("classroom:edit", args=[cohort.pk]))
    assertContains(page, "each keeps its moment, so the times that are shown for it change")


def test_what_was_withdrawn_is_still_found_at_the_end_of_the_list(
    cohort: Cohort, charlie: User
) -> None:
    opens_at = datetime(2025, 11, 29, 9, 0, tzinfo=UTC)
    given = {
        title: create_assignment(
            cohort=cohort,
            made_by=charlie,
            case_set=make_set(make_case(), slug=title.lower()),
            game=Play.LOCALIZE,
            title=title,
            opens_at=opens_at + timedelta(days=number),
            closes_at=opens_at + timedelta(days=90),
        )
        for number, title in enumerate(["Ribs", "Lungs", "Heart"])
    }
    withdraw_assignment(assignment=given["Heart"])
    page = client_of(charlie).get(reverse("classroom:cohort", args=[cohort.pk]))
    shown = page.content.decode()
    places = [
        shown.index(reverse("classroom:assignment", args=[given[title].pk]))
        for title in ("Lungs", "Ribs", "Heart")
    ]
    assert places == sorted(places)
    assert shown.index("withdrawn") > places[-1]
    # Results are of years, so dates say which.
    assertContains(page, "29 Nov 2025 – 27 Feb 2026")


def test_archiving_says_what_it_does_before_and_after(cohort: Cohort, charlie: User) -> None:
    client = client_of(charlie)
    page = reverse("classroom:cohort", args=[cohort.pk])
    assertContains(client.get(page), "nothing that is assigned takes more work")
    assertContains(client.get(page), "Archive this cohort")
    client.post(reverse("classroom:archive", args=[cohort.pk]))
    assertContains(client.get(page), "what is assigned takes no more work")
    assertNotContains(client.get(page), "Archive this cohort")
