"""What every page of following begins with: the question, the learners, the ways between pages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from django.http import QueryDict
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from radgame.cases.models import Play
from radgame.classroom.models import Cohort, Membership

from . import ledger
from .asked import Asked, AskedForm, Order
from .heatmap import Work
from .played import Played, played
from .records import Records
from .tallies import work_by_reader

# What belongs to one page only, and is not asked of the next.
OF_ONE_PAGE: Final = ("page", "order", "show", "by")

# The pages by their names, in the order of the links; a game adds its own, which lie above.
PAGES: Final[tuple[tuple[str, Promise], ...]] = (
    ("classroom:follow", _("Findings")),
    ("classroom:follow_cases", _("Cases")),
    ("classroom:follow_times", _("Time")),
    ("classroom:follow_curves", _("Learning curves")),
    ("classroom:follow_false", _("False findings")),
)
PAGES_OF_GAMES: Final[Mapping[Play, tuple[tuple[str, Promise], ...]]] = {
    Play.LOCALIZE: (
        ("localize:follow_confidence", _("Confidence")),
        ("localize:follow_radiologists", _("Radiologists")),
    )
}


@dataclass(frozen=True, slots=True)
class Tab:
    label: str
    url: str
    is_current: bool


@dataclass(frozen=True)
class Following:
    """The question as it was asked of a cohort; everything else is read when it is needed."""

    cohort: Cohort
    query: QueryDict
    form: AskedForm
    asked: Asked

    @cached_property
    def learners(self) -> list[Membership]:
        """Who learns in it now, by name."""
        return list(ledger.learners_of(self.cohort))

    @property
    def people(self) -> list[int]:
        return [learner.person_id for learner in self.learners]

    @cached_property
    def played(self) -> Played:
        """What they submitted of what is asked for, with its lines."""
        return played(self.asked, self.people)

    @property
    def records(self) -> Records:
        return self.played.records

    @cached_property
    def work(self) -> dict[int, Work]:
        """What each has done, by primary key."""
        return work_by_reader(self.records)

    @cached_property
    def ordered(self) -> list[Membership]:
        """The learners as they were asked for."""
        return _ordered(self.learners, self.work, self.asked.order)

    def rest(self, *leave_out: str) -> str:
        """The question as the end of an address."""
        kept = self.query.copy()
        for name in leave_out:
            kept.pop(name, None)
        return kept.urlencode()

    def url(self, name: str, *arguments: object) -> str:
        """Another page or file of following, asked the same question."""
        rest = self.rest(*OF_ONE_PAGE)
        address = reverse(name, args=[self.cohort.pk, *arguments])
        return f"{address}?{rest}" if rest else address

    def tabs(self, current: str) -> list[Tab]:
        pages = [*PAGES, *PAGES_OF_GAMES.get(self.asked.game, ())]
        return [Tab(str(label), self.url(name), name == current) for name, label in pages]


def follow(cohort: Cohort, query: QueryDict) -> Following:
    """The question, read against the cohort's assignments: one query."""
    form = AskedForm(query, cohort=cohort, assignments=ledger.assignments_of(cohort))
    return Following(cohort, query, form, form.asked())


def frame_context(following: Following, current: str, **more: Any) -> dict[str, Any]:
    """What the frame of a page needs, and what stands in it."""
    return {
        "cohort": following.cohort,
        "form": following.form,
        "tabs": following.tabs(current),
        "query": following.rest("page"),
        "is_report": following.asked.game == Play.REPORT,
        **more,
    }


def _ordered(
    learners: Sequence[Membership], work: Mapping[int, Work], order: Order
) -> list[Membership]:
    """Whoever has done nothing has no score: last by score, first by cases."""

    def by_mean(learner: Membership) -> tuple[bool, float]:
        done = work.get(learner.person_id)
        return done is None, 0.0 if done is None else done.mean

    def by_cases(learner: Membership) -> int:
        done = work.get(learner.person_id)
        return 0 if done is None else done.cases

    match order:
        case Order.NAME:
            return list(learners)
        case Order.MEAN:
            return sorted(learners, key=by_mean)
        case Order.CASES:
            return sorted(learners, key=by_cases)
