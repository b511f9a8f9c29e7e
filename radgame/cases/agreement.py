"""Agreement between readers, measured on what was imported."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import permutations

from django.db import transaction

from scoring.localization import Box, best_ious, summarise_agreement
from scoring.localization import ReferenceRegion as Region

from .dossier import revise_datasets
from .models import Dataset, Finding, ReaderAgreement, ReferenceReading, ReferenceRegion
from .reference import DEFAULT_THRESHOLD
from .services import publish_agreement

CHUNK = 5000


@dataclass(frozen=True, slots=True)
class AgreementRow:
    """One computed figure; ``measured`` is False where too few pairs left the default."""

    dataset: str
    finding: str
    pairs: int
    median: float
    threshold: float
    measured: bool


def compute_agreement(datasets: Iterable[Dataset], *, pool: bool = True) -> list[AgreementRow]:
    """Compare readers two by two on every film that at least two of them marked or read.

    For each box of one reader the best IoU with any box of another on the same film and
    finding, both ways round; a box without a counterpart counts as 0 only where the other
    reader is known to have read the film or boxed this finding on it. ``pool`` also sets
    the figures for datasets without several readers; it wants every dataset.
    """
    rows = []
    pooled: dict[str, list[float]] = defaultdict(list)
    with transaction.atomic():
        for dataset in datasets:
            ious = _ious_of(dataset)
            for slug, values in ious.items():
                pooled[slug] += values
            rows += _store(dataset, ious)
        if pool:
            rows += _store(None, pooled)
            publish_agreement()
        revise_datasets()
    return rows


def _ious_of(dataset: Dataset) -> dict[str, list[float]]:
    ious: dict[str, list[float]] = defaultdict(list)
    for readers_of_film, by_finding in _films(dataset):
        for slug, by_reader in by_finding.items():
            read = readers_of_film | set(by_reader)
            for one, other in permutations(sorted(read), 2):
                # Where a reader's silence is not known to be a reading, it is no evidence.
                if one in by_reader and (other in by_reader or other in readers_of_film):
                    ious[slug] += best_ious(by_reader[one], by_reader.get(other, []))
    return ious


Film = tuple[set[str], dict[str, dict[str, list[Region]]]]


def _films(dataset: Dataset) -> Iterator[Film]:
    """Film by film: who read it, and the regions by finding and reader; streamed."""
    readings: dict[int, set[str]] = defaultdict(set)
    for image_id, name in ReferenceReading.objects.filter(reader__dataset=dataset).values_list(
        "image_id", "reader__name"
    ):
        readings[image_id].add(name)
    rows = (
        ReferenceRegion.objects.filter(reader__dataset=dataset)
        .order_by("reference_finding__image_id")
        .values_list(
            "reference_finding__image_id",
            "reference_finding__finding__slug",
            "reader__name",
            "x_min",
            "y_min",
            "x_max",
            "y_max",
        )
    )
    current: int | None = None
    regions: dict[str, dict[str, list[Region]]] = {}
    for image_id, slug, reader, *box in rows.iterator(chunk_size=CHUNK):
        if image_id != current:
            if current is not None:
                yield readings[current], regions
            current, regions = image_id, {}
        regions.setdefault(slug, {}).setdefault(reader, []).append(
            Region(finding=slug, box=Box(*box), reader=reader)
        )
    if current is not None:
        yield readings[current], regions


def _store(dataset: Dataset | None, ious: dict[str, list[float]]) -> list[AgreementRow]:
    findings = {row.slug: row for row in Finding.objects.filter(slug__in=ious)}
    rows = []
    # What was measured before goes; a row without pairs was set by hand, or published.
    ReaderAgreement.objects.filter(dataset=dataset, pairs__gt=0).delete()
    for slug in sorted(ious):
        summary = summarise_agreement(slug, ious[slug])
        if summary.median is None:
            continue
        threshold = DEFAULT_THRESHOLD if summary.threshold is None else summary.threshold
        # With too few pairs the pooled figures, or the published ones, are the better guide.
        if summary.threshold is not None:
            ReaderAgreement.objects.update_or_create(
                finding=findings[slug],
                dataset=dataset,
                defaults={
                    "pairs": summary.n,
                    "median": summary.median,
                    "quantiles": list(summary.quantiles),
                    "threshold": threshold,
                    "source": f"computed from {dataset.name if dataset else 'all datasets'}",
                },
            )
        rows.append(
            AgreementRow(
                dataset=dataset.slug if dataset else "(all)",
                finding=slug,
                pairs=summary.n,
                median=summary.median,
                threshold=threshold,
                measured=summary.threshold is not None,
            )
        )
    return rows
