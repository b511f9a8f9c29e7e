"""Everything the games need of one case, read once and kept in the process.

A cohort plays the same cases again and again. The key holds the revisions of
the case and of its dataset, which come fresh from the database with every
attempt, so a corrected reference standard or a new threshold is used by the
very next request, in every process.
"""

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, Generic, TypeVar

from django.db.models import F

from .models import Case, Dataset, Finding, Image
from .reference import Agreement, CaseReference, Report, load_agreement, load_reference, load_report

# Some ten kilobytes a case with ten regions.
KEPT_CASES = 4096
KEPT_DATASETS = 32

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class FilmFacts:
    """A film as the viewer is told of it; sizes in source pixels, window in pixel values."""

    token: str
    rendition: str
    columns: int
    rows: int
    view: str
    window_center: float
    window_width: float
    presets: tuple[dict[str, Any], ...]
    maximum: int
    spacing_mm: float | None


@dataclass(frozen=True, slots=True)
class FindingFacts:
    """A finding as pages name, colour and describe it."""

    id: int
    slug: str
    name: str
    kind: str
    colour: int
    synonyms: tuple[str, ...]
    appearance: str
    appearance_source: str


@dataclass(frozen=True, slots=True)
class CaseSheet:
    """What may be told before the submit. ``findings``: the whole taxonomy by slug.

    ``offered``: what a learner may use on any film of the dataset. ``made``: what pages made of
    the sheet, to be found there again as long as the sheet is kept.
    """

    films: tuple[FilmFacts, ...]
    findings: Mapping[str, FindingFacts]
    offered: tuple[str, ...]
    made: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class CaseKey:
    """What the answer is compared with; read at the submit and after, never before.

    Kept apart from the sheet so that the time a page in play takes says nothing of it. ``made``:
    what was made of key and sheet, to be found there again as long as the key is kept.
    """

    reference: CaseReference
    agreement: Mapping[str, Agreement]
    made: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class _Shared:
    """What all cases of a dataset have in common."""

    findings: Mapping[str, FindingFacts]
    offered: tuple[str, ...]
    agreement: Mapping[str, Agreement]


class _Kept(Generic[T]):
    """The values asked for last, by key; threads may make a value twice, which harms nothing."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._values: OrderedDict[tuple[int, ...], T] = OrderedDict()
        self._lock = Lock()

    def get(self, key: tuple[int, ...], make: Callable[[], T]) -> T:
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
                return self._values[key]
        value = make()
        with self._lock:
            self._values[key] = value
            if len(self._values) > self._size:
                self._values.popitem(last=False)
        return value

    def clear(self) -> None:
        with self._lock:
            self._values.clear()


_sheets: _Kept[CaseSheet] = _Kept(KEPT_CASES)
_keys: _Kept[CaseKey] = _Kept(KEPT_CASES)
_reports: _Kept[Report] = _Kept(KEPT_CASES)
_shared: _Kept[_Shared] = _Kept(KEPT_DATASETS)


def _edition(case: Case) -> tuple[int, int]:
    return case.dataset_id, case.dataset.revision


def open_sheet(case: Case) -> CaseSheet:
    """The case's sheet; ``case.dataset`` should have come with the case in one query."""
    return _sheets.get((case.pk, case.revision, *_edition(case)), lambda: _load_sheet(case))


def open_key(case: Case) -> CaseKey:
    """The case's key; ``case.dataset`` should have come with the case in one query."""
    return _keys.get((case.pk, case.revision, *_edition(case)), lambda: _load_key(case))


def open_report(case: Case) -> Report:
    """The report a reading is compared with: the key of the report game.

    Like the key, read at the submit and after, never before; and apart from it, so that neither
    game reads what only the other needs.
    """
    return _reports.get((case.pk, case.revision, *_edition(case)), lambda: load_report(case))


def revise_case(case: Case) -> None:
    """Say that a case's films or reference standard changed."""
    Case.objects.filter(pk=case.pk).update(revision=F("revision") + 1)


def revise_datasets() -> None:
    """Say that the taxonomy, a label set or a threshold changed."""
    Dataset.objects.update(revision=F("revision") + 1)


def forget() -> None:
    """Drop what is kept."""
    _sheets.clear()
    _keys.clear()
    _reports.clear()
    _shared.clear()


def _load_sheet(case: Case) -> CaseSheet:
    shared = _shared.get(_edition(case), lambda: _load_shared(case.dataset_id))
    images = Image.objects.filter(cases=case).order_by("case_images__position")
    return CaseSheet(
        films=tuple(_film_facts(image) for image in images),
        findings=shared.findings,
        offered=shared.offered,
    )


def _load_key(case: Case) -> CaseKey:
    shared = _shared.get(_edition(case), lambda: _load_shared(case.dataset_id))
    return CaseKey(reference=load_reference(case), agreement=shared.agreement)


def _load_shared(dataset_id: int) -> _Shared:
    offered = Finding.objects.filter(datasets=dataset_id).values_list("slug", flat=True)
    return _Shared(
        findings={finding.slug: _finding_facts(finding) for finding in Finding.objects.all()},
        offered=tuple(offered),
        agreement=load_agreement(dataset_id),
    )


def _finding_facts(finding: Finding) -> FindingFacts:
    return FindingFacts(
        id=finding.pk,
        slug=finding.slug,
        name=finding.name,
        kind=finding.kind,
        colour=finding.colour,
        synonyms=tuple(finding.synonyms),
        appearance=finding.appearance,
        appearance_source=finding.appearance_source,
    )


def _film_facts(image: Image) -> FilmFacts:
    return FilmFacts(
        token=image.token,
        rendition=image.rendition,
        columns=image.columns,
        rows=image.rows,
        view=image.view,
        window_center=image.window_center,
        window_width=image.window_width,
        presets=tuple(image.window_presets),
        maximum=image.maximum,
        spacing_mm=image.spacing_row_mm,
    )
