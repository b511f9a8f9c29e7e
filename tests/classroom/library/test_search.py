"""Which cases a search finds, condition by condition, and how many it says there are."""

from dataclasses import dataclass
from typing import Any

import pytest
from django.utils import timezone

from radgame.accounts.models import User
from radgame.cases.models import (
    Audience,
    Case,
    Finding,
    Image,
    ReaderAgreement,
)
from radgame.classroom.library.search import Count, Query, count_up_to, matching
from radgame.progress.models import CaseRating
from tests.factories import Said, make_case, make_dataset, make_set

# The films are 1000 × 1200: a hundredth is 12 000 pixels, a twentieth 60 000.
SMALL = (0.0, 0.0, 100.0, 100.0)
MIDDLING = (0.0, 0.0, 200.0, 200.0)
LARGE = (0.0, 0.0, 400.0, 400.0)


@dataclass(frozen=True)
class Library:
    nodule: Case
    """Small, in dataset one, called abnormal, seen from PA."""
    mixed: Case
    """A large consolidation and a small nodule, in dataset two, lateral."""
    large: Case
    """A large consolidation; nobody said normal or not; AP."""
    normal: Case
    ticked: Case
    """Cardiomegaly without a region, in Report only."""

    def names(self, cases: Any) -> set[str]:
        by_key = {getattr(self, name).pk: name for name in self.__dataclass_fields__}
        return {by_key[case.pk] for case in cases}


def seen(case: Case, view: str) -> Case:
    Image.objects.filter(cases=case).update(view=view)
    return case


def rate(case: Case, value: float, game: str = "localize", scope: str = "") -> None:
    CaseRating.objects.create(
        case=case,
        game=game,
        scope=scope,
        value=value,
        deviation=80,
        volatility=0.06,
        rated_at=timezone.now(),
    )


@pytest.fixture
def library(db: None) -> Library:
    one, two = make_dataset("one"), make_dataset("two")
    make_case(dataset=make_dataset("closed", Audience.STAFF), said=[Said("nodule-mass", SMALL)])
    make_case(dataset=one, status=Case.Status.WITHDRAWN)
    made = Library(
        nodule=make_case(dataset=one, said=[Said("nodule-mass", SMALL)], is_normal=False),
        mixed=seen(
            make_case(dataset=two, said=[Said("consolidation", LARGE), Said("nodule-mass", SMALL)]),
            "LATERAL",
        ),
        large=seen(make_case(dataset=two, said=[Said("consolidation", LARGE)]), "AP"),
        normal=make_case(dataset=one, is_normal=True, everyone_read=["reader 1"]),
        ticked=make_case(
            dataset=two, said=[Said("cardiomegaly")], for_localize=False, for_report=True
        ),
    )
    rate(made.nodule, 1700)
    rate(made.large, 1400)
    rate(made.mixed, 1300, game="report")
    figures = [
        ("nodule-mass", None, 0.3),
        ("consolidation", None, 0.4),
        ("consolidation", two, 0.8),
    ]
    for slug, dataset, median in figures:
        ReaderAgreement.objects.create(
            finding=Finding.objects.get(slug=slug),
            dataset=dataset,
            pairs=9,
            median=median,
            threshold=0.3,
        )
    return made


TABLE: list[tuple[dict[str, Any], set[str]]] = [
    ({}, {"nodule", "mixed", "large", "normal", "ticked"}),
    ({"findings": ("nodule-mass",)}, {"nodule", "mixed"}),
    ({"findings": ("nodule-mass", "cardiomegaly")}, {"nodule", "mixed", "ticked"}),
    ({"findings": ("fracture",)}, set()),
    ({"view": "PA"}, {"nodule", "normal", "ticked"}),
    ({"view": "FRONTAL"}, {"nodule", "normal", "ticked", "large"}),
    ({"view": "LATERAL"}, {"mixed"}),
    ({"shows": "normal"}, {"normal"}),
    ({"shows": "abnormal"}, {"nodule", "mixed", "large", "ticked"}),
    ({"play": "localize"}, {"nodule", "mixed", "large", "normal"}),
    ({"play": "report"}, {"ticked"}),
    ({"play": "localize", "difficulty": "hard"}, {"nodule"}),
    ({"play": "localize", "difficulty": "easy"}, {"large"}),
    # What nobody played counts as medium.
    ({"play": "localize", "difficulty": "medium"}, {"mixed", "normal"}),
    # The figure of the case's own dataset goes before that of all.
    ({"agreement": "low"}, {"nodule", "mixed"}),
    ({"agreement": "high"}, {"large"}),
    ({"smallest": "small"}, {"nodule", "mixed"}),
    ({"smallest": "middling"}, set()),
    ({"smallest": "large"}, {"large"}),
    ({"findings": ("nodule-mass",), "view": "PA", "shows": "abnormal"}, {"nodule"}),
]


# A set's words come in another order in each process, and test runners compare the names of tests.
@pytest.mark.parametrize(("asked", "names"), TABLE, ids=[str(asked) for asked, _names in TABLE])
def test_a_search_finds_what_fits(
    asked: dict[str, Any], names: set[str], library: Library, charlie: User
) -> None:
    found = matching(charlie, Query(**asked))
    assert library.names(found) == names
    assert count_up_to(found) == Count(len(names))


def test_a_region_between_the_bounds_is_middling(library: Library, charlie: User) -> None:
    between = make_case(said=[Said("nodule-mass", MIDDLING), Said("nodule-mass", LARGE)])
    assert set(matching(charlie, Query(smallest="middling"))) == {between}


def test_a_dataset_is_asked_for_by_its_key(library: Library, charlie: User) -> None:
    found = matching(charlie, Query(datasets=(library.large.dataset_id,)))
    assert library.names(found) == {"mixed", "large", "ticked"}


def test_what_is_open_to_staff_alone_is_found_by_staff_alone(
    library: Library, charlie: User, dana: User
) -> None:
    assert matching(dana, Query()).count() == matching(charlie, Query()).count() + 1


def test_a_finding_of_a_report_is_known_once_it_was_met(library: Library, charlie: User) -> None:
    rate(library.ticked, 1500, game="report", scope="fracture")
    assert library.names(matching(charlie, Query(findings=("fracture",)))) == {"ticked"}


def test_a_search_can_leave_out_what_the_set_has(library: Library, charlie: User) -> None:
    case_set = make_set(library.nodule, library.normal)
    held = matching(charlie, Query(held="in", case_set=case_set))
    others = matching(charlie, Query(held="out", case_set=case_set))
    assert library.names(held) == {"nodule", "normal"}
    assert library.names(others) == {"mixed", "large", "ticked"}


def test_a_count_is_exact_up_to_its_bound(library: Library, charlie: User) -> None:
    cases = matching(charlie, Query())
    assert count_up_to(cases, 5) == Count(5)
    assert count_up_to(cases, 4) == Count(4, more=True)
