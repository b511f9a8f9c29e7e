"""The library's pages: what an instructor does there, and that nobody else gets in."""

import re
import uuid
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects
from pytest_django.fixtures import DjangoAssertNumQueries

from localize import services as localize
from radgame.accounts.models import Role, User
from radgame.cases.models import Audience, Case, CaseSet, ReferenceReport
from radgame.cases.versions import content_of
from radgame.classroom.library import services
from tests.conftest import client_of
from tests.factories import Said, make_case, make_dataset, make_set

BOX = (613.25, 222.0, 733.5, 444.0)
SECRET = "A sentence of the experts."


@pytest.fixture
def teacher(charlie: User) -> Client:
    return client_of(charlie)


@pytest.fixture
def cases(db: None) -> list[Case]:
    return [
        make_case(said=[Said("nodule-mass", BOX, sentence=SECRET)], is_normal=False),
        make_case(is_normal=True),
        make_case(said=[Said("consolidation", BOX)]),
    ]


def ids(*cases: Case) -> list[str]:
    return [str(case.public_id) for case in cases]


def page(name: str, *args: object, **asked: object) -> str:
    query = f"?{urlencode(asked, doseq=True)}" if asked else ""
    return reverse(f"library:{name}", args=args) + query


def own_set(charlie: User, *cases: Case) -> CaseSet:
    return services.create_set(owner=charlie, title="Chest", cases=cases)


# --- making and changing ----------------------------------------------------------


def test_an_instructor_ticks_films_and_has_a_set_of_them(
    teacher: Client, cases: list[Case]
) -> None:
    assertContains(teacher.get(page("search")), "3 cases")
    chosen = ids(cases[2], cases[0])
    made = teacher.post(page("create_of_cases"), {"cases": chosen, "title": "Two films"})
    case_set = CaseSet.objects.get()
    assertRedirects(made, page("set", case_set.slug))
    assert (case_set.title, case_set.audience) == ("Two films", Audience.OWNER)
    assert content_of(case_set).cases == (cases[2].pk, cases[0].pk)
    assert case_set.shows_checklist


def test_what_is_added_from_a_search_leads_back_to_it(
    teacher: Client, charlie: User, cases: list[Case]
) -> None:
    case_set = own_set(charlie, cases[0])
    found = teacher.get(page("search", set=case_set.slug, shows="normal"))
    assertContains(found, "1 case</h2>")
    [query] = re.findall(r'name="query" value="([^"]*)"', found.content.decode())
    answer = teacher.post(
        page("add", case_set.slug),
        {"cases": ids(cases[1]), "query": query.replace("&amp;", "&")},
    )
    assertRedirects(answer, page("search", set=case_set.slug, shows="normal"))
    assertContains(teacher.get(answer["Location"]), "in the set")
    assert content_of(case_set).cases == (cases[0].pk, cases[1].pk)


def test_adding_to_a_set_in_use_leads_to_its_new_version_and_says_so(
    teacher: Client, charlie: User, alice: User, cases: list[Case]
) -> None:
    case_set = own_set(charlie, cases[0])
    localize.start_sitting(reader=alice, case_set=case_set)
    assertContains(teacher.get(page("set", case_set.slug)), "makes a new version")
    query = f"set={case_set.slug}"
    answer = teacher.post(
        page("add", case_set.slug), {"cases": ids(cases[1]), "query": query}, follow=True
    )
    newer = CaseSet.objects.get(supersedes=case_set)
    assertContains(answer, "this is version 2")
    assert answer.redirect_chain[-1][0] == page("search", set=newer.slug)
    assertContains(teacher.get(page("set", case_set.slug)), "has taken its place")
    # A tab that still shows the older one changes the newest.
    teacher.post(page("add", case_set.slug), {"cases": ids(cases[2])})
    assert content_of(newer).cases == tuple(case.pk for case in cases)


def test_cases_are_ordered_and_taken_out_by_buttons(
    teacher: Client, charlie: User, cases: list[Case]
) -> None:
    case_set = own_set(charlie, *cases)
    first, second, third = cases
    for case, to in [(first, "down"), (third, "up"), (second, "out")]:
        answer = teacher.post(
            page("place", case_set.slug), {"case": str(case.public_id), "to": to, "page": "1"}
        )
        assertRedirects(answer, page("set", case_set.slug, page=1))
    assert content_of(case_set).cases == (third.pk, first.pk)
    gone = {"case": str(second.public_id), "to": "up"}
    assertContains(teacher.post(page("place", case_set.slug), gone, follow=True), "no longer in")


def test_a_set_is_made_described_and_shared(teacher: Client, alice: User) -> None:
    words = {"title": "Chest", "description": "d", "audience": "owner", "shows_checklist": "on"}
    teacher.post(page("create"), words)
    case_set = CaseSet.objects.get()
    shared = {**words, "title": "Chest, mixed", "audience": "signed_in", "asks_impression": "on"}
    teacher.post(page("describe", case_set.slug), shared)
    case_set.refresh_from_db()
    assert (case_set.title, case_set.audience) == ("Chest, mixed", Audience.SIGNED_IN)
    assert (case_set.asks_impression, case_set.shows_checklist) == (True, True)
    refused = teacher.post(page("describe", case_set.slug), {**shared, "audience": "everyone"})
    assert refused.status_code == 422
    assert teacher.post(page("describe", case_set.slug), {}).status_code == 422
    case_set.refresh_from_db()
    assert case_set.title == "Chest, mixed"


def test_a_rule_shows_what_it_draws_before_anything_is_kept(
    teacher: Client, cases: list[Case]
) -> None:
    asked = {"size": 3, "normal_percent": 34, "findings": ["nodule-mass"], "play": "localize"}
    drawn = teacher.get(page("rule", **asked))
    assertContains(drawn, "2 cases; 1 could not be found")
    assertContains(drawn, "has 1 such case that you may see")
    assert not CaseSet.objects.exists()
    sent = re.findall(r'name="cases" value="([^"]*)"', drawn.content.decode())
    assert set(sent) == set(ids(cases[0], cases[1]))
    teacher.post(page("create_of_cases"), {"cases": sent})
    assert set(content_of(CaseSet.objects.get()).cases) == {cases[0].pk, cases[1].pk}


def test_a_rule_adds_to_a_set_what_it_lacks(
    teacher: Client, charlie: User, cases: list[Case]
) -> None:
    case_set = own_set(charlie, cases[1])
    drawn = teacher.get(page("rule", set=case_set.slug, size=5, play="localize"))
    sent = re.findall(r'name="cases" value="([^"]*)"', drawn.content.decode())
    assert set(sent) == set(ids(cases[0], cases[2]))


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"size": 0}, "greater than or equal to 1"),
        ({"size": 2, "normal_percent": 101}, "less than or equal to 100"),
        ({"size": 1, "findings": ["nodule-mass", "consolidation"]}, "more findings than cases"),
        ({"size": 2, "findings": ["unheard-of"]}, "not one of the available"),
    ],
)
def test_a_rule_that_cannot_be_is_refused_in_words(
    asked: dict[str, object], said: str, teacher: Client, cases: list[Case]
) -> None:
    assertContains(teacher.get(page("rule", play="localize", **asked)), said)


def test_a_difficulty_needs_a_game(teacher: Client, cases: list[Case]) -> None:
    assertContains(teacher.get(page("search", difficulty="hard")), "Choose a game")


def test_ticking_nothing_says_so(teacher: Client, charlie: User, cases: list[Case]) -> None:
    case_set = own_set(charlie)
    for address in (page("create_of_cases"), page("add", case_set.slug)):
        for sent in ([], ["nonsense"], [str(uuid.uuid4())]):
            answer = teacher.post(address, {"cases": sent}, follow=True)
            assertContains(answer, "No case was chosen")
    assert CaseSet.objects.count() == 1


def test_a_case_that_is_not_open_is_not_added(teacher: Client, cases: list[Case]) -> None:
    closed = make_case(dataset=make_dataset("closed", Audience.STAFF))
    teacher.post(page("create_of_cases"), {"cases": ids(closed, cases[0])})
    assert content_of(CaseSet.objects.get()).cases == (cases[0].pk,)


def test_a_set_is_duplicated_archived_and_deleted(
    teacher: Client, charlie: User, cases: list[Case]
) -> None:
    make_set(*cases, slug="everybodys")
    assert teacher.post(page("delete", "everybodys")).status_code == 404
    teacher.post(page("duplicate", "everybodys"))
    copy = CaseSet.objects.get(owner=charlie)
    assert content_of(copy).cases == tuple(case.pk for case in cases)
    teacher.post(page("archive", copy.slug))
    assertContains(teacher.get(page("set", copy.slug)), "nobody can start it")
    teacher.post(page("archive", copy.slug))
    copy.refresh_from_db()
    assert copy.archived_at is None
    assertRedirects(teacher.post(page("delete", copy.slug)), page("sets"))
    assert not CaseSet.objects.filter(pk=copy.pk).exists()


def test_a_set_that_was_played_cannot_be_deleted(
    teacher: Client, charlie: User, alice: User, cases: list[Case]
) -> None:
    case_set = own_set(charlie, *cases)
    localize.start_sitting(reader=alice, case_set=case_set)
    assertNotContains(teacher.get(page("set", case_set.slug)), "Delete the set")
    assertContains(teacher.post(page("delete", case_set.slug), follow=True), "Archive it")


def test_titles_and_descriptions_are_escaped(teacher: Client, charlie: User) -> None:
    services.create_set(owner=charlie, title="<b>x</b>", description="<b>y</b>")
    slug = CaseSet.objects.get().slug
    for address in (page("sets"), page("set", slug), page("search", set=slug)):
        assertNotContains(teacher.get(address), "<b>")


# --- who sees what ------------------------------------------------------------------


def test_sets_of_others_are_seen_when_they_are_shared(
    charlie: User, dana: User, cases: list[Case]
) -> None:
    case_set = own_set(charlie, *cases)
    eve = client_of(User.objects.create_user("eve", role=Role.INSTRUCTOR))
    assert eve.get(page("set", case_set.slug)).status_code == 404
    assert eve.post(page("duplicate", case_set.slug)).status_code == 404
    CaseSet.objects.update(audience=Audience.INSTRUCTORS)
    assertContains(eve.get(page("sets")), "Chest")
    shown = eve.get(page("set", case_set.slug))
    assertContains(shown, "Duplicate")
    assertNotContains(shown, 'name="to"')
    for name in ("describe", "add", "place", "archive", "delete"):
        assert eve.post(page(name, case_set.slug)).status_code == 404
    assert eve.get(page("search", set=case_set.slug)).status_code == 404


def test_an_instructor_sees_a_case_with_what_the_experts_said(
    teacher: Client, cases: list[Case]
) -> None:
    shown = teacher.get(page("case", cases[0].public_id))
    assertContains(shown, SECRET)
    assertContains(shown, 'x="613.2"')
    assertContains(shown, "reader 1")


def test_an_instructor_sees_the_report(teacher: Client) -> None:
    case = make_case(for_report=True, for_localize=False)
    ReferenceReport.objects.create(study=case.study, findings="Left effusion, small.")
    assertContains(teacher.get(page("case", case.public_id)), "Left effusion, small.")


def test_a_case_of_a_closed_dataset_is_staffs_alone(teacher: Client, dana: User) -> None:
    closed = make_case(dataset=make_dataset("closed", Audience.STAFF))
    assert teacher.get(page("case", closed.public_id)).status_code == 404
    assert client_of(dana).get(page("case", closed.public_id)).status_code == 200


@pytest.mark.parametrize("who", ["nobody", "guest", "learner"])
def test_nobody_who_does_not_teach_gets_a_byte_of_the_reference_standard(
    who: str, cases: list[Case], alice: User, guest: User, charlie: User
) -> None:
    case_set = own_set(charlie, *cases)
    CaseSet.objects.update(audience=Audience.EVERYONE)
    client = {"nobody": Client(), "guest": client_of(guest), "learner": client_of(alice)}[who]
    status = 302 if who == "nobody" else 403
    for address in (
        page("sets"),
        page("search"),
        page("search", findings="nodule-mass"),
        page("rule", size=1, findings="nodule-mass", play="localize"),
        page("set", case_set.slug),
        page("case", cases[0].public_id),
    ):
        answer = client.get(address)
        assert answer.status_code == status
        for secret in (SECRET, "613.2", "Nodule", "reader 1"):
            assert secret not in answer.content.decode()


# --- how much it costs ----------------------------------------------------------------


@pytest.mark.parametrize("number", [2, 60])
def test_pages_take_the_same_queries_for_any_number_of_cases(
    number: int,
    teacher: Client,
    charlie: User,
    db: None,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    cases = [make_case(said=[Said("nodule-mass", BOX)]) for _number in range(number)]
    case_set = own_set(charlie, *cases)
    for address, queries in [
        (page("search"), 8),
        (page("search", set=case_set.slug, findings="nodule-mass", held="in"), 12),
        (page("rule", size=50, findings="nodule-mass", play="localize", seed=1), 10),
        (page("set", case_set.slug), 16),
        (page("sets"), 3),
    ]:
        teacher.get(address)
        with django_assert_num_queries(queries):
            teacher.get(address)


def test_pages_of_a_search_hold_every_case_once(teacher: Client, db: None) -> None:
    cases = [make_case() for _number in range(50)]
    shown: list[str] = []
    for number in (1, 2):
        text = teacher.get(page("search", page=number)).content.decode()
        shown += re.findall(r'name="cases" value="([^"]*)"', text)
    assert shown == ids(*cases)
    assertContains(teacher.get(page("search", page="-1")), "50 cases")
    assertContains(teacher.get(page("search", page="9" * 30)), "50 cases")
