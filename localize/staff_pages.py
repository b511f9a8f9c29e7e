"""What the staff's page of a model's words is given."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db.models import Count, Max, Prefetch, Q, QuerySet, TextChoices
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from radgame.cases.models import Image

from .models import Explanation, ExplanationFlag
from .words import source_of


class Shelf(TextChoices):
    """What staff may look through."""

    FLAGGED = "flagged", _("Flagged")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    DROPPED = "dropped", _("Dropped")


@dataclass(frozen=True, slots=True)
class Place:
    """A region as a drawing has it, in source pixels."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Film:
    """A film with its size in source pixels."""

    preview_url: str
    columns: int
    rows: int


@dataclass(frozen=True, slots=True)
class Judged:
    """An explanation with all that is needed to judge it; no film when that is gone."""

    row: Explanation
    source: str
    film: Film | None
    places: tuple[Place, ...]
    flags: tuple[ExplanationFlag, ...]


@dataclass(frozen=True, slots=True)
class Counts:
    """How many explanations were asked for, and what became of them."""

    shown: int
    open: int
    dropped: int
    failed: int
    withdrawn: int
    flagged: int


def on_shelf(shelf: Shelf) -> QuerySet[Explanation]:
    """The explanations of a shelf, newest business first, with what the page tells of them."""
    rows = Explanation.objects.select_related("case__dataset", "finding", "withdrawn_by")
    match shelf:
        case Shelf.WITHDRAWN:
            found = rows.filter(withdrawn_at__isnull=False).order_by("-withdrawn_at", "pk")
        case Shelf.DROPPED:
            dropped = rows.filter(state=Explanation.State.DROPPED)
            found = dropped.order_by("-finished_at", "pk")
        case Shelf.FLAGGED:
            found = (
                rows.filter(flags__closed_at__isnull=True, flags__isnull=False)
                .annotate(last_flag_at=Max("flags__created_at"))
                .order_by("-last_flag_at", "pk")
            )
    flags = ExplanationFlag.objects.select_related("reader")
    return found.prefetch_related(Prefetch("flags", queryset=flags))


def judged(rows: Iterable[Explanation]) -> list[Judged]:
    listed = list(rows)
    films = _films({row.film for row in listed})
    return [
        Judged(
            row=row,
            source=source_of(row.model, row.revision) if row.model else "",
            film=films.get(row.film),
            places=tuple(Place(x, y, right - x, low - y) for x, y, right, low in row.regions),
            flags=tuple(row.flags.all()),
        )
        for row in listed
    ]


def _films(tokens: set[str]) -> Mapping[str, Film]:
    return {
        image.token: Film(
            preview_url=reverse("films:preview", args=[image.token, image.rendition]),
            columns=image.columns,
            rows=image.rows,
        )
        for image in Image.objects.filter(token__in=tokens)
    }


def counts() -> Counts:
    """In two queries."""
    state = Explanation.State
    figures = Explanation.objects.aggregate(
        shown=Count("pk", filter=Q(state=state.DONE, withdrawn_at__isnull=True)),
        open=Count("pk", filter=Q(state__in=[state.WAITING, state.RUNNING])),
        dropped=Count("pk", filter=Q(state=state.DROPPED)),
        failed=Count("pk", filter=Q(state=state.FAILED)),
        withdrawn=Count("pk", filter=Q(withdrawn_at__isnull=False)),
    )
    flagged = (
        ExplanationFlag.objects.filter(closed_at__isnull=True)
        .values("explanation")
        .distinct()
        .count()
    )
    return Counts(**figures, flagged=flagged)
