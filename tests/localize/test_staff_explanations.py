"""Staff see what learners flagged of a model's words, and keep it or withdraw it for everyone."""

import re

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from localize import flagging
from localize.explaining import renew
from localize.models import Explanation
from localize.staff_pages import Counts, Shelf, counts, on_shelf
from radgame.accounts.models import User
from radgame.cases.models import Case
from tests.conftest import client_of
from tests.factories import Said, make_case, person

PAGE = reverse("staff_explanations")
State = Explanation.State


@pytest.fixture
def case(db: None) -> Case:
    return make_case(said=[Said("fracture", (60.0, 950.0, 160.0, 1050.0))])


@pytest.fixture
def dana_client(dana: User) -> Client:
    return client_of(dana)


def written(case: Case, text: str = "A step in the rib.", **values: object) -> Explanation:
    number = Explanation.objects.count()
    defaults = {
        "state": State.DONE,
        "finished_at": timezone.now(),
        "text": text,
        "model": "google/medgemma-4b-it",
        "revision": "abc",
        "prompt_version": "p7",
    }
    return Explanation.objects.create(
        fingerprint=f"{number:064d}",
        kind=Explanation.Kind.MISSED,
        case=case,
        finding=case.dataset.findings.get(slug="fracture"),
        film=case.images.get().token,
        regions=[[60.0, 950.0, 160.0, 1050.0]],
        **{**defaults, **values},
    )


def settle(client: Client, row: Explanation, verdict: str) -> int:
    page = reverse("staff_settle_explanation", args=[row.pk])
    row.refresh_from_db()
    assert row.finished_at is not None
    sent = {"verdict": verdict, "made_at": row.finished_at.isoformat()}
    return client.post(page, sent).status_code


def made_anew(row: Explanation, text: str) -> None:
    """As ``manage.py explain --again`` and a worker do it."""
    assert renew([row.fingerprint]) == 1
    Explanation.objects.filter(pk=row.pk).update(
        state=State.DONE, text=text, finished_at=timezone.now()
    )


def test_a_flag_is_listed_with_film_finding_words_model_prompt_and_comment(
    case: Case, alice: User, bob: User, dana_client: Client
) -> None:
    row = written(case)
    written(case, "Nobody minds this one.")
    flagging.flag_explanation(explanation_id=row.pk, reader=alice, comment="It is a <vessel>.")
    flagging.flag_explanation(explanation_id=row.pk, reader=bob, comment="")
    text = dana_client.get(PAGE).content.decode()
    image = case.images.get()
    preview = reverse("films:preview", args=[image.token, image.rendition])
    for part in (
        f'href="{preview}"',
        '<rect x="60.00" y="950.00" width="100.00" height="100.00"/>',
        "Fracture",
        "A step in the rib.",
        "MedGemma (google/medgemma-4b-it, revision abc)",
        "Prompt p7.",
        "It is a &lt;vessel&gt;.",
        "alice",
        "bob",
    ):
        assert part in text
    assert text.count("A step in the rib.") == 1
    assert "Nobody minds this one." not in text


def test_what_is_kept_stays_on_pages_and_leaves_the_list(
    case: Case, alice: User, dana_client: Client
) -> None:
    row = written(case)
    flagging.flag_explanation(explanation_id=row.pk, reader=alice, comment="?")
    assert settle(dana_client, row, "keep") == 302
    row.refresh_from_db()
    assert row.is_shown
    assert "A step in the rib." not in dana_client.get(PAGE).content.decode()
    # The same reader has had their word about these words.
    flagging.flag_explanation(explanation_id=row.pk, reader=alice, comment="But")
    assert "A step in the rib." not in dana_client.get(PAGE).content.decode()


def test_what_is_withdrawn_is_shown_to_nobody_and_can_be_shown_again(
    case: Case, alice: User, dana: User, dana_client: Client
) -> None:
    row = written(case)
    flagging.flag_explanation(explanation_id=row.pk, reader=alice, comment="?")
    assert settle(dana_client, row, "withdraw") == 302
    row.refresh_from_db()
    assert not row.is_shown
    assert row.withdrawn_by == dana
    assert "A step in the rib." not in dana_client.get(PAGE).content.decode()
    shelf = dana_client.get(PAGE, {"shelf": "withdrawn"}).content.decode()
    assert "A step in the rib." in shelf
    assert "withdrawn by dana" in shelf
    settle(dana_client, row, "reinstate")
    row.refresh_from_db()
    assert row.is_shown


@pytest.mark.parametrize("verdict", ["keep", "withdraw"])
def test_a_verdict_on_words_that_were_made_anew_since_is_refused(
    verdict: str, case: Case, alice: User, dana_client: Client
) -> None:
    row = written(case)
    flagging.flag_explanation(explanation_id=row.pk, reader=alice, comment="?")
    seen = re.search(r'name="made_at" value="([^"]+)"', dana_client.get(PAGE).content.decode())
    assert seen is not None
    made_anew(row, "A step in the rib, seen once more.")
    flagging.flag_explanation(explanation_id=row.pk, reader=alice, comment="Still.")
    page = reverse("staff_settle_explanation", args=[row.pk])
    refused = dana_client.post(page, {"verdict": verdict, "made_at": seen[1]})
    assert refused.status_code == 409
    assert "made anew" in refused.content.decode()
    row.refresh_from_db()
    assert row.is_shown
    assert row.flags.get().closed_at is None
    # Nor are verdicts taken that do not say on which words they are.
    assert dana_client.post(page, {"verdict": verdict}).status_code == 422


def test_withdrawing_twice_keeps_who_did_it_first(case: Case, dana: User) -> None:
    row = written(case)
    other = person("erin")
    other.is_staff = True
    flagging.withdraw_explanation(explanation_id=row.pk, by=dana)
    flagging.withdraw_explanation(explanation_id=row.pk, by=other)
    row.refresh_from_db()
    assert row.withdrawn_by == dana


@pytest.mark.parametrize(
    "settle_it",
    [flagging.keep_explanation, flagging.withdraw_explanation, flagging.reinstate_explanation],
)
def test_nobody_but_staff_decides(settle_it: object, case: Case, charlie: User) -> None:
    row = written(case)
    with pytest.raises(PermissionDenied):
        settle_it(explanation_id=row.pk, by=charlie)  # type: ignore[operator]


def test_others_are_told_no(
    case: Case, charlie: User, alice_client: Client, dana_client: Client
) -> None:
    row = written(case)
    for client in (alice_client, client_of(charlie)):
        assert client.get(PAGE).status_code == 403
        assert settle(client, row, "withdraw") == 403
    assert settle(dana_client, row, "burn") == 422
    row.refresh_from_db()
    assert row.is_shown


def test_what_was_dropped_can_be_read_by_staff(case: Case, dana_client: Client) -> None:
    written(
        case, "", state=State.DROPPED, drop_reason="contradicts_side", dropped_text="On the left."
    )
    text = dana_client.get(PAGE, {"shelf": "dropped"}).content.decode()
    assert "On the left." in text
    assert "contradicts_side" in text


def test_everything_is_counted(case: Case, alice: User, bob: User, dana: User) -> None:
    flagged = written(case)
    for reader in (alice, bob):
        flagging.flag_explanation(explanation_id=flagged.pk, reader=reader, comment="?")
    flagging.withdraw_explanation(explanation_id=written(case).pk, by=dana)
    for state in (State.DROPPED, State.FAILED, State.FAILED, State.WAITING, State.RUNNING):
        written(case, "", state=state)
    assert counts() == Counts(shown=1, open=2, dropped=1, failed=2, withdrawn=1, flagged=1)


def test_an_unknown_shelf_is_that_of_the_flagged(dana_client: Client) -> None:
    assert dana_client.get(PAGE, {"shelf": "secret"}).context["shelf"] == "flagged"


def test_the_list_is_cut_into_pages(case: Case, alice: User, dana_client: Client) -> None:
    for number in range(21):
        row = written(case, f"Words {number}.")
        flagging.flag_explanation(explanation_id=row.pk, reader=alice, comment="?")
    first = dana_client.get(PAGE).content.decode()
    assert "Words 20." in first
    assert "Words 0." not in first
    assert "Words 0." in dana_client.get(PAGE, {"page": "2"}).content.decode()


@pytest.mark.parametrize("shelf", ["flagged", "withdrawn"])
def test_the_list_takes_the_same_queries_for_any_number_of_rows(
    shelf: str,
    case: Case,
    alice: User,
    bob: User,
    dana: User,
    dana_client: Client,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    def more() -> None:
        row = written(make_case(said=[Said("fracture", (1.0, 2.0, 30.0, 40.0))]))
        for reader in (alice, bob):
            flagging.flag_explanation(explanation_id=row.pk, reader=reader, comment="?")
        if shelf == "withdrawn":
            flagging.withdraw_explanation(explanation_id=row.pk, by=dana)

    more()
    dana_client.get(PAGE, {"shelf": shelf})
    for _more in range(2):
        # Person, count, rows, flags, films, and two of figures.
        with django_assert_num_queries(7):
            dana_client.get(PAGE, {"shelf": shelf})
        for _number in range(3):
            more()


def test_disputes_lead_to_explanations(dana_client: Client, alice_client: Client) -> None:
    assert PAGE in dana_client.get(reverse("staff_flags")).content.decode()
    assert PAGE not in alice_client.get("/").content.decode()


@pytest.mark.parametrize("shelf", [Shelf.WITHDRAWN, Shelf.DROPPED])
def test_a_shelf_is_found_by_an_index_of_its_own(db: None, shelf: Shelf) -> None:
    if connection.vendor == "postgresql":
        # Tables of a test are so small that reading all of one is cheaper.
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute("SET LOCAL enable_sort = off")
    plan = on_shelf(shelf)[:20].explain()
    assert f"explanation_{shelf}" in plan, plan
