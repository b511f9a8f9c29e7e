"""Everything the games need of one case, read once and kept in the process.

A cohort plays the same cases again and again. The key holds the revisions of
the case and of its dataset, which come fresh from the database with every
attempt, so a corrected reference standard or a new threshold is used by the
very next request, in every process.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.db.models import F

from .models import Case, Dataset, Finding, Image
from .reference import Agreement, CaseReference, load_agreement, load_reference

# Some tens of kilobytes a case.
KEPT_CASES = 512


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

    ``offered``: what a learner may use on any film of the dataset.
    """

    films: tuple[FilmFacts, ...]
    findings: Mapping[str, FindingFacts]
    offered: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CaseKey:
    """What the answer is compared with; read at the submit and after, never before.

    Kept apart from the sheet so that the time a page in play takes says nothing of it.
    """

    reference: CaseReference
    agreement: Mapping[str, Agreement]


def open_sheet(case: Case) -> CaseSheet:
    """The case's sheet; ``case.dataset`` should have come with the case in one query."""
    return _load_sheet(case.pk, case.revision, case.dataset_id, case.dataset.revision)


def open_key(case: Case) -> CaseKey:
    """The case's key; ``case.dataset`` should have come with the case in one query."""
    return _load_key(case.pk, case.revision, case.dataset_id, case.dataset.revision)


def revise_case(case: Case) -> None:
    """Say that a case's films or reference standard changed."""
    Case.objects.filter(pk=case.pk).update(revision=F("revision") + 1)


def revise_datasets() -> None:
    """Say that the taxonomy, a label set or a threshold changed."""
    Dataset.objects.update(revision=F("revision") + 1)


def forget() -> None:
    """Drop what is kept."""
    _load_sheet.cache_clear()
    _load_key.cache_clear()


@lru_cache(maxsize=KEPT_CASES)
def _load_sheet(case_id: int, _revision: int, dataset_id: int, _dataset_revision: int) -> CaseSheet:
    findings = {finding.slug: _finding_facts(finding) for finding in Finding.objects.all()}
    offered = Finding.objects.filter(datasets=dataset_id).values_list("slug", flat=True)
    images = Image.objects.filter(cases=case_id).order_by("case_images__position")
    return CaseSheet(
        films=tuple(_film_facts(image) for image in images),
        findings=findings,
        offered=tuple(offered),
    )


@lru_cache(maxsize=KEPT_CASES)
def _load_key(case_id: int, _revision: int, dataset_id: int, _dataset_revision: int) -> CaseKey:
    return CaseKey(
        reference=load_reference(Case.objects.get(pk=case_id)),
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
