"""The reference standard of one case, read in three queries and frozen."""

from dataclasses import dataclass

from django.db.models import Q

from .models import (
    Case,
    ReaderAgreement,
    ReferenceFinding,
    ReferenceReading,
    ReferenceRegion,
)

Box = tuple[float, float, float, float]

# The overlap a mark needs where no agreement between readers is known: METRICS.md.
DEFAULT_THRESHOLD = 0.3


@dataclass(frozen=True, slots=True)
class Region:
    """Where one reader saw a finding; ``statement_id`` says in which statement."""

    finding: str
    reader: str
    image: str
    box: Box
    polygon: tuple[tuple[float, float], ...] | None
    statement_id: int


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement of the reference standard: this finding is on this film."""

    id: int
    finding: str
    kind: str
    image: str
    sentence: str
    sentence_es: str
    locations: tuple[str, ...]
    explanation: str
    explanation_source: str
    located: bool


@dataclass(frozen=True, slots=True)
class CaseReference:
    statements: tuple[Statement, ...]
    regions: tuple[Region, ...]
    readers: tuple[str, ...]
    scored: tuple[str, ...]
    is_normal: bool | None


@dataclass(frozen=True, slots=True)
class Agreement:
    """How radiologists agree on a finding's place: pairs compared, median and deciles of IoU."""

    threshold: float
    pairs: int
    median: float
    quantiles: tuple[float, ...]
    source: str


def load_reference(case: Case) -> CaseReference:
    """Everything the experts said of this case's films."""
    statements = list(
        ReferenceFinding.objects.filter(image__cases=case)
        .select_related("finding", "image")
        .only(
            "finding__slug",
            "finding__kind",
            "image__token",
            "sentence",
            "sentence_es",
            "locations",
            "explanation",
            "explanation_source",
            "located",
        )
        .order_by("id")
    )
    by_id = {statement.pk: statement for statement in statements}
    regions = (
        ReferenceRegion.objects.filter(reference_finding__image__cases=case)
        .select_related("reader")
        .only("reader__name", "reference_finding_id", "x_min", "y_min", "x_max", "y_max", "polygon")
        .order_by("id")
    )
    readers = (
        ReferenceReading.objects.filter(image__cases=case)
        .order_by("reader__name")
        .values_list("reader__name", flat=True)
        .distinct()
    )
    return CaseReference(
        statements=tuple(
            Statement(
                id=row.pk,
                finding=row.finding.slug,
                kind=row.finding.kind,
                image=row.image.token,
                sentence=row.sentence,
                sentence_es=row.sentence_es,
                locations=tuple(row.locations),
                explanation=row.explanation,
                explanation_source=row.explanation_source,
                located=row.located,
            )
            for row in statements
        ),
        regions=tuple(
            Region(
                finding=by_id[row.reference_finding_id].finding.slug,
                reader=row.reader.name,
                image=by_id[row.reference_finding_id].image.token,
                box=row.box,
                polygon=tuple((x, y) for x, y in row.polygon) if row.polygon else None,
                statement_id=row.reference_finding_id,
            )
            for row in regions
        ),
        readers=tuple(readers),
        scored=tuple(case.scored_findings),
        is_normal=case.is_normal,
    )


def load_agreement(dataset_id: int) -> dict[str, Agreement]:
    """Agreement by finding: the dataset's own figures where it has several readers, else pooled."""
    rows = ReaderAgreement.objects.filter(
        Q(dataset_id=dataset_id) | Q(dataset__isnull=True)
    ).values_list(
        "finding__slug", "dataset_id", "threshold", "pairs", "median", "quantiles", "source"
    )
    found: dict[str, Agreement] = {}
    # Pooled rows first, so that the dataset's own overwrite them.
    for slug, _owner, threshold, pairs, median, quantiles, source in sorted(
        rows, key=lambda row: row[1] is not None
    ):
        found[slug] = Agreement(
            threshold=threshold,
            pairs=pairs,
            median=median,
            quantiles=tuple(quantiles),
            source=source,
        )
    return found
