"""What instructors do with case sets: choose, order, describe, share, duplicate, end."""

import random

import pytest
from django.utils import timezone

from localize import services as localize
from radgame.accounts.models import Role, User
from radgame.cases.models import Audience, Case, CaseSet, Play
from radgame.cases.versions import Options, content_of
from radgame.classroom import services as cohorts
from radgame.classroom.assigning import create_assignment
from radgame.classroom.library import services
from radgame.classroom.library.drawing import Recipe, draw_cases
from radgame.classroom.library.rules import Rule
from radgame.classroom.library.search import Query
from radgame.classroom.library.services import LibraryError
from tests.factories import Said, make_case, make_dataset, make_set


@pytest.fixture
def cases(db: None) -> list[Case]:
    return [make_case() for _number in range(4)]


@pytest.fixture
def made(charlie: User, cases: list[Case]) -> CaseSet:
    return services.create_set(owner=charlie, title="Chest, mixed", cases=cases[:3])


def order_of(case_set: CaseSet, cases: list[Case]) -> str:
    """The set as letters: the first case is a."""
    letters = {case.pk: letter for case, letter in zip(cases, "abcd", strict=True)}
    return "".join(letters[key] for key in content_of(case_set).cases)


def use(case_set: CaseSet, person: User) -> None:
    localize.start_sitting(reader=person, case_set=case_set)


def test_a_new_set_is_its_owners_alone(made: CaseSet, charlie: User, alice: User) -> None:
    assert (made.audience, made.owner, made.size) == (Audience.OWNER, charlie, 3)
    assert made.slug.startswith("chest-mixed-")
    assert list(CaseSet.objects.playable_by(charlie, Play.LOCALIZE)) == [made]
    assert not CaseSet.objects.playable_by(alice, Play.LOCALIZE).exists()


def test_a_title_without_letters_of_an_address_gets_one(charlie: User) -> None:
    assert services.create_set(owner=charlie, title="胸部").slug.startswith("set-")


def test_cases_come_at_the_end_and_each_once(made: CaseSet, cases: list[Case]) -> None:
    edited = services.add_cases(case_set=made, cases=[cases[3], cases[0], cases[3]])
    assert order_of(edited, cases) == "abcd"


def test_a_case_is_taken_out_and_the_gap_closed(made: CaseSet, cases: list[Case]) -> None:
    edited = services.remove_case(case_set=made, case_id=cases[1].pk)
    assert order_of(edited, cases) == "ac"
    assert list(edited.items.values_list("position", flat=True)) == [0, 1]


@pytest.mark.parametrize(
    ("letter", "by", "order"),
    [("a", 1, "bac"), ("b", -1, "bac"), ("c", -2, "cab"), ("a", -1, "abc"), ("c", 5, "abc")],
)
def test_a_case_moves_up_and_down_as_far_as_the_ends(
    letter: str, by: int, order: str, made: CaseSet, cases: list[Case]
) -> None:
    case = cases["abcd".index(letter)]
    edited = services.move_case(case_set=made, case_id=case.pk, by=by)
    assert order_of(edited, cases) == order


def test_moving_what_is_not_there_changes_nothing(made: CaseSet, cases: list[Case]) -> None:
    edited = services.move_case(case_set=made, case_id=cases[3].pk, by=1)
    assert order_of(edited, cases) == "abc"


def test_a_set_in_use_is_changed_as_a_new_version(
    made: CaseSet, cases: list[Case], alice: User
) -> None:
    use(made, alice)
    edited = services.add_cases(case_set=made, cases=[cases[3]])
    assert (edited.version, edited.title, edited.audience) == (2, made.title, made.audience)
    assert (order_of(made, cases), order_of(edited, cases)) == ("abc", "abcd")
    with pytest.raises(LibraryError, match="newer version"):
        services.remove_case(case_set=made, case_id=cases[0].pk)


def test_a_private_set_is_played_by_whom_it_is_assigned_to_and_stays_as_it_is(
    made: CaseSet, cases: list[Case], charlie: User, alice: User
) -> None:
    cohort = cohorts.create_cohort(
        instructor=charlie, name="First year", description="", time_zone="UTC"
    )
    link = cohorts.create_link(cohort=cohort, made_by=charlie, expires_at=None)
    cohorts.join_cohort(person=alice, code=link.code)
    assignment = create_assignment(
        cohort=cohort,
        made_by=charlie,
        case_set=made,
        game=Play.LOCALIZE,
        title="Week two",
        opens_at=timezone.now(),
    )
    # Assigned is in use, before anybody has begun.
    second = services.remove_case(case_set=made, case_id=cases[0].pk)
    assert second.version == 2
    started = localize.start_assigned(reader=alice, assignment=assignment)
    assert started.sitting.case_set_id == made.pk
    assert order_of(made, cases) == "abc"
    # What is assigned is played from there: no list offers the old version.
    CaseSet.objects.update(audience=Audience.SIGNED_IN)
    assert list(CaseSet.objects.playable_by(alice, Play.LOCALIZE)) == [second]


def test_a_name_and_an_audience_are_no_version_but_what_it_asks_is(
    made: CaseSet, alice: User
) -> None:
    use(made, alice)
    words = {"title": "Renamed", "description": "d", "audience": Audience.SIGNED_IN}
    renamed = services.describe_set(case_set=made, options=Options(), **words)
    assert (renamed.pk, renamed.title, renamed.version) == (made.pk, "Renamed", 1)
    asks = Options(asks_impression=True)
    second = services.describe_set(case_set=renamed, options=asks, **words)
    assert (second.version, second.asks_impression) == (2, True)
    made.refresh_from_db()
    assert (made.title, made.asks_impression) == ("Renamed", False)


def test_a_set_does_not_grow_without_bound(
    made: CaseSet, cases: list[Case], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "MOST_CASES", 3)
    with pytest.raises(LibraryError, match="at most 3"):
        services.add_cases(case_set=made, cases=[cases[3]])
    assert order_of(made, cases) == "abc"


def test_a_copy_is_ones_own_and_has_what_is_open_to_its_owner(cases: list[Case]) -> None:
    eve = User.objects.create_user("eve", role=Role.INSTRUCTOR)
    closed = make_case(dataset=make_dataset("closed", Audience.STAFF))
    shared = make_set(cases[2], closed, cases[0], audience=Audience.INSTRUCTORS)
    CaseSet.objects.update(asks_impression=True)
    shared.refresh_from_db()
    copy = services.duplicate_set(case_set=shared, owner=eve)
    assert order_of(copy, cases) == "ca"
    assert (copy.owner, copy.audience, copy.version) == (eve, Audience.OWNER, 1)
    assert copy.asks_impression
    assert order_of_size(shared) == 3


def order_of_size(case_set: CaseSet) -> int:
    return len(content_of(case_set).cases)


def test_a_set_that_was_never_used_can_be_deleted(made: CaseSet) -> None:
    services.delete_set(case_set=made)
    assert not CaseSet.objects.exists()
    assert Case.objects.count() == 4


def test_a_set_of_which_a_version_was_used_is_archived_instead(
    made: CaseSet, cases: list[Case], alice: User
) -> None:
    use(made, alice)
    second = services.add_cases(case_set=made, cases=[cases[3]])
    for version in (made, second):
        with pytest.raises(LibraryError, match="Archive it"):
            services.delete_set(case_set=version)
    services.archive_set(case_set=second)
    assert not CaseSet.objects.standing().exists()
    services.reopen_set(case_set=second)
    assert list(CaseSet.objects.standing()) == [second]


def test_a_version_of_an_archived_set_is_archived(
    made: CaseSet, cases: list[Case], alice: User
) -> None:
    use(made, alice)
    CaseSet.objects.update(archived_at=timezone.now())
    assert services.add_cases(case_set=made, cases=[cases[3]]).archived_at is not None


# --- by rule --------------------------------------------------------------------


@pytest.fixture
def library(db: None) -> list[Case]:
    """Five normal films, four nodules, three consolidations of which one has a nodule too."""
    box = (0.0, 0.0, 9.0, 9.0)
    nodules = [make_case(said=[Said("nodule-mass", box)]) for _number in range(3)]
    both = make_case(said=[Said("nodule-mass", box), Said("consolidation", box)])
    solid = [make_case(said=[Said("consolidation", box)]) for _number in range(2)]
    return [*(make_case(is_normal=True) for _number in range(5)), *nodules, both, *solid]


def recipe(
    size: int, normal: int | None, *findings: str, seed: int = 1, source: Query | None = None
) -> Recipe:
    return Recipe(Rule(size, normal, findings), source or Query(play="localize"), seed)


@pytest.mark.parametrize("seed", range(8))
def test_a_rule_draws_what_it_asks_for_and_nothing_twice(
    seed: int, library: list[Case], charlie: User
) -> None:
    # All three consolidations are needed: the film with both must not go to the nodules.
    rule = recipe(10, 40, "nodule-mass", "consolidation", seed=seed)
    drawn = draw_cases(person=charlie, recipe=rule)
    assert [(part.part.count, part.got) for part in drawn.parts] == [(4, 4), (3, 3), (3, 3)]
    assert drawn.missing == 0
    assert len({case.pk for case in drawn.cases}) == 10
    assert sum(case.is_normal is True for case in drawn.cases) == 4


def test_the_same_seed_draws_the_same_cases(library: list[Case], charlie: User) -> None:
    def keys(seed: int) -> list[int]:
        drawn = draw_cases(person=charlie, recipe=recipe(5, 20, seed=seed))
        return [case.pk for case in drawn.cases]

    assert keys(3) == keys(3)
    assert len({tuple(keys(seed)) for seed in random.Random(0).sample(range(99), 12)}) > 1


def test_what_cannot_be_filled_is_said_with_what_there_is(
    library: list[Case], charlie: User
) -> None:
    drawn = draw_cases(person=charlie, recipe=recipe(12, 0, "consolidation"))
    [part] = drawn.parts
    assert (part.part.count, part.got, drawn.missing) == (12, 3, 9)
    assert part.why == "The library has 3 such cases that you may see."


def test_a_difficulty_that_leaves_nothing_says_how_many_there_are_without_it(
    library: list[Case], charlie: User
) -> None:
    hard = Query(play="localize", difficulty="hard")
    drawn = draw_cases(person=charlie, recipe=recipe(2, None, "nodule-mass", source=hard))
    assert drawn.cases == ()
    assert "has 0 such cases" in drawn.parts[0].why
    assert "Of whatever difficulty: 4." in drawn.parts[0].why


def test_what_the_set_has_is_not_drawn_again(library: list[Case], charlie: User) -> None:
    held = [case.pk for case in library[:3]]
    drawn = draw_cases(person=charlie, recipe=recipe(5, 100), but=held)
    assert {case.pk for case in drawn.cases} == {case.pk for case in library[3:5]}
    assert drawn.parts[0].why.startswith("The library has 5 such cases")
