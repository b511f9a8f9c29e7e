"""Which cases of the library fit: the instructor's questions as one query."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from django.db import models
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from radgame.accounts.models import User
from radgame.cases.models import (
    Case,
    CaseImage,
    CaseSet,
    CaseSetItem,
    Play,
    ReaderAgreement,
    ReferenceFinding,
    ReferenceRegion,
    View,
)
from radgame.progress.models import CaseRating
from radgame.progress.prior import USUAL_AGREEMENT
from radgame.progress.selection import EASY, HARD, MEDIUM, Hardness, of_hardness

# Counted exactly so far; nobody chooses by hand among more.
COUNTED: Final = 1000
# As shares of the film: a tenth of it each way, and something over a fifth.
SMALL: Final = 0.01
LARGE: Final = 0.05


class Shows(models.TextChoices):
    """Whether there is anything on the films."""

    NORMAL = "normal", _("Normal")
    ABNORMAL = "abnormal", _("Abnormal")


class Looked(models.TextChoices):
    """From where the patient was looked at; any film of the case counts."""

    PA = "PA", _("PA")
    AP = "AP", _("AP")
    FRONTAL = "FRONTAL", _("Frontal, of whatever kind")
    LATERAL = "LATERAL", _("Lateral")


class Difficulty(models.TextChoices):
    """How hard a case is in a game, by how learners did; one without a rating is medium."""

    EASY = "easy", _("Easy")
    MEDIUM = "medium", _("Medium")
    HARD = "hard", _("Hard")

    @property
    def hardness(self) -> Hardness:
        return {"easy": EASY, "medium": MEDIUM, "hard": HARD}[self.value]


class Agreed(models.TextChoices):
    """How well radiologists agree on where findings lie that the case shows.

    By the median overlap known for each finding, of the dataset where it has several readers, else
    of all: low where one finding of the case is below, high where those known are not.
    """

    HIGH = "high", _("High")
    LOW = "low", _("Low")


class Smallest(models.TextChoices):
    """How large the smallest region of the case is, as a share of its film."""

    SMALL = "small", _("Under 1 % of the film")
    MIDDLING = "middling", _("1 to 5 %")
    LARGE = "large", _("Over 5 %")


class Held(models.TextChoices):
    """Whether the set that is being made has the case."""

    OUT = "out", _("Not in the set yet")
    IN = "in", _("In the set")


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked for; what is empty asks nothing. Any of ``findings`` will do.

    ``play``: the game the case can be played in, and whose rating ``difficulty`` goes by.
    """

    datasets: tuple[int, ...] = ()
    findings: tuple[str, ...] = ()
    view: str = ""
    shows: str = ""
    play: str = ""
    difficulty: str = ""
    agreement: str = ""
    smallest: str = ""
    held: str = ""
    case_set: CaseSet | None = None


@dataclass(frozen=True, slots=True)
class Count:
    """How many there are; with ``more``, at least so many."""

    number: int
    more: bool = False


def matching(person: User, query: Query) -> QuerySet[Case]:
    """The cases this person may see that fit; a query of its own for reader agreement."""
    cases: QuerySet[Case] = Case.objects.open_to(person)
    if query.play:
        cases = Case.objects.playable_by(person, Play(query.play))
    if query.datasets:
        cases = cases.filter(dataset__in=query.datasets)
    if query.findings:
        cases = _with_any_finding(cases, query.findings)
    if query.view:
        cases = cases.filter(Exists(_films(query.view)))
    if query.shows == Shows.NORMAL:
        cases = cases.filter(is_normal=True)
    elif query.shows == Shows.ABNORMAL:
        # Where nobody called it normal or not, what was said of it tells.
        cases = cases.filter(
            Q(is_normal=False) | Q(pk__in=_saying(ReferenceFinding.objects.all()), is_normal=None)
        )
    if query.difficulty and query.play:
        hardness = Difficulty(query.difficulty).hardness
        cases = of_hardness(cases, hardness, Play(query.play))
    if query.agreement:
        cases = _of_agreement(cases, Agreed(query.agreement))
    if query.smallest:
        cases = _of_smallest(cases, Smallest(query.smallest))
    if query.held and query.case_set is not None:
        there = Q(pk__in=CaseSetItem.objects.filter(case_set=query.case_set).values("case"))
        cases = cases.filter(there if query.held == Held.IN else ~there)
    return cases


def count_up_to(cases: QuerySet[Case], most: int = COUNTED) -> Count:
    """How many there are, exactly up to ``most``, in one query that reads no further."""
    found = cases.order_by().values("pk")[: most + 1].count()
    return Count(min(found, most), more=found > most)


def _saying(statements: QuerySet[ReferenceFinding]) -> QuerySet[CaseImage, int]:
    """The cases that show a film of which one of these statements was made."""
    return CaseImage.objects.filter(image__in=statements.values("image")).values_list(
        "case", flat=True
    )


def _shown_in(films: QuerySet[CaseImage]) -> Exists:
    """That the case has one of these films; its negation reads no further than it must."""
    return Exists(films.filter(case=OuterRef("pk")))


def _with_any_finding(cases: QuerySet[Case], findings: Iterable[str]) -> QuerySet[Case]:
    slugs = list(findings)
    said = _saying(ReferenceFinding.objects.filter(finding__slug__in=slugs))
    # A report's findings are known once somebody was compared with it.
    met = CaseRating.objects.filter(scope__in=slugs).values("case")
    return cases.filter(Q(pk__in=said) | Q(pk__in=met))


def _films(view: str) -> QuerySet[CaseImage]:
    views = [View.PA, View.AP, View.FRONTAL] if view == Looked.FRONTAL else [view]
    return CaseImage.objects.filter(case=OuterRef("pk"), image__view__in=views)


def _of_agreement(cases: QuerySet[Case], agreed: Agreed) -> QuerySet[Case]:
    low, known = _finding_by_agreement()
    below = CaseImage.objects.filter(low)
    if agreed == Agreed.LOW:
        return cases.filter(pk__in=below.values("case"))
    stated = CaseImage.objects.filter(known)
    return cases.filter(~_shown_in(below), pk__in=stated.values("case"))


def _finding_by_agreement() -> tuple[Q, Q]:
    """Of a case's film: that a finding of low agreement was stated, and one of any known."""
    pooled: dict[int, float] = {}
    own: dict[int, dict[int, float]] = {}
    for row in ReaderAgreement.objects.only("finding", "dataset", "median"):
        if row.dataset_id is None:
            pooled[row.finding_id] = row.median
        else:
            own.setdefault(row.dataset_id, {})[row.finding_id] = row.median

    def stated(figures: dict[int, float], below: float) -> Q:
        findings = [finding for finding, median in figures.items() if median < below]
        return Q(image__reference_findings__finding__in=findings)

    low, known = Q(pk__in=[]), Q(pk__in=[])
    groups = [(~Q(case__dataset__in=list(own)), pooled)]
    groups += [(Q(case__dataset=dataset), pooled | figures) for dataset, figures in own.items()]
    for of_group, figures in groups:
        low |= of_group & stated(figures, USUAL_AGREEMENT)
        known |= of_group & stated(figures, 2.0)
    return low, known


def _of_smallest(cases: QuerySet[Case], smallest: Smallest) -> QuerySet[Case]:
    def films_with_region_below(share: float | None) -> QuerySet[CaseImage]:
        regions = ReferenceRegion.objects.all()
        if share is not None:
            area = (F("x_max") - F("x_min")) * (F("y_max") - F("y_min"))
            film = F("reference_finding__image__rows") * F("reference_finding__image__columns")
            regions = regions.alias(area=area, film=film).filter(area__lt=share * F("film"))
        return CaseImage.objects.filter(image__in=regions.values("reference_finding__image"))

    if smallest == Smallest.SMALL:
        return cases.filter(pk__in=films_with_region_below(SMALL).values("case"))
    above, below = (LARGE, None) if smallest == Smallest.LARGE else (SMALL, LARGE)
    return cases.filter(
        ~_shown_in(films_with_region_below(above)),
        pk__in=films_with_region_below(below).values("case"),
    )
