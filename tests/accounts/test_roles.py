"""Staff say in the administration who teaches, and who has gone."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from radgame.accounts.models import Role, User
from radgame.classroom import services
from radgame.classroom.models import Membership
from tests.conftest import client_of


@pytest.fixture
def administration(db: None) -> Client:
    return client_of(User.objects.create_superuser("root", "root@example.org", "correct"))


def save(client: Client, address: str, form: Any, **changes: Any) -> None:
    """Send the form as the page has it, with these changes; None leaves a box unticked."""
    sent = {**form.initial, **changes}
    fields = {name: value for name, value in sent.items() if value not in (None, False)}
    response = client.post(address, {**fields, "_save": "Save"})
    assert response.status_code == 302, response.context["adminform"].form.errors


def change(client: Client, person: User, **changes: Any) -> None:
    address = reverse("admin:accounts_user_change", args=[person.pk])
    form = client.get(address).context["adminform"].form
    joined = person.date_joined
    whole = {"date_joined_0": f"{joined:%Y-%m-%d}", "date_joined_1": f"{joined:%H:%M:%S}"}
    empty = {"groups": None, "user_permissions": None, "last_login": None, "date_joined": None}
    save(client, address, form, **whole, **empty, **changes)
    person.refresh_from_db()


def test_a_learner_is_made_an_instructor_and_a_learner_again(
    administration: Client, alice: User
) -> None:
    own = reverse("classroom:create")
    assert client_of(alice).get(own).status_code == 403
    change(administration, alice, role=Role.INSTRUCTOR)
    assert alice.may_teach
    assert client_of(alice).get(own).status_code == 200
    change(administration, alice, role=Role.LEARNER)
    assert client_of(alice).get(own).status_code == 403


def test_who_has_gone_gets_in_by_no_session(administration: Client, charlie: User) -> None:
    client = client_of(charlie)
    assert client.get(reverse("classroom:cohorts")).status_code == 200
    change(administration, charlie, is_active=None)
    assert client.get(reverse("classroom:cohorts")).status_code == 302


def test_a_cohort_whose_instructor_has_gone_is_given_another(
    administration: Client, charlie: User, eve: User
) -> None:
    cohort = services.create_cohort(
        instructor=charlie, name="Spring", description="", time_zone="UTC"
    )
    change(administration, charlie, is_active=None)
    own = Membership.objects.get(cohort=cohort)
    rows = {
        "memberships-TOTAL_FORMS": "2",
        "memberships-INITIAL_FORMS": "1",
        "memberships-0-id": own.pk,
        "memberships-0-cohort": cohort.pk,
        "memberships-0-person": charlie.pk,
        "memberships-0-role": "instructor",
        "memberships-1-cohort": cohort.pk,
        "memberships-1-person": eve.pk,
        "memberships-1-role": "instructor",
    }
    address = reverse("admin:classroom_cohort_change", args=[cohort.pk])
    form = administration.get(address).context["adminform"].form
    save(administration, address, form, **rows)
    page = reverse("classroom:cohort", args=[cohort.pk])
    assert client_of(eve).get(page).status_code == 200


@pytest.fixture
def eve(db: None) -> User:
    return User.objects.create_user("eve", "eve@example.org", "correct", role=Role.INSTRUCTOR)
