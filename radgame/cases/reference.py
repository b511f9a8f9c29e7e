"""The reference standard of one case, read in two queries and frozen."""

from dataclasses import dataclass, replace

from django.db.models import Q

from .models import (
    Case,
    ReaderAgreement,
    ReferenceFinding,
    ReferenceReading,
    ReferenceReport,
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


@dataclass(frozen=True, slots=True)
class Report:
    """The radiologist's report on a study, section by section."""

    technique: str
    findings: str
    impression: str


def without_reader(reference: CaseReference, name: str) -> CaseReference:
    """What the other readers said: for this one's own reading, which is never its own standard.

    A statement goes with the reader's regions when nobody else drew one in it. One without any
    region stays: whose it is, nobody said.
    """
    drawn = {region.statement_id for region in reference.regions}
    regions = tuple(region for region in reference.regions if region.reader != name)
    left = {region.statement_id for region in regions}
    return replace(
        reference,
        statements=tuple(s for s in reference.statements if s.id in left or s.id not in drawn),
        regions=regions,
        readers=tuple(reader for reader in reference.readers if reader != name),
    )


def load_report(case: Case) -> Report:
    """The report that a learner's reading of this case is compared with, in one query.

    Raises ``ReferenceReport.DoesNotExist`` for a case that is not for the report game.
    """
    # English is what can be compared; the language code of a study's report is unique.
    row = ReferenceReport.objects.get(study=case.study_id, language="en")
    return Report(technique=row.technique, findings=row.findings, impression=row.impression)


def load_reference(case: Case) -> CaseReference:
    """Everything the experts said of this case's films, in two queries."""
    statements: dict[int, Statement] = {}
    regions: list[Region] = []
    # One row a region; a statement that nobody drew comes as one row without.
    rows = (
        ReferenceFinding.objects.filter(image__cases=case)
        .order_by("id", "regions__id")
        .values_list(
            "id",
            "finding__slug",
            "finding__kind",
            "image__token",
            "sentence",
            "sentence_es",
            "locations",
            "explanation",
            "explanation_source",
            "located",
            "regions__reader__name",
            "regions__x_min",
            "regions__y_min",
            "regions__x_max",
            "regions__y_max",
            "regions__polygon",
        )
    )
    for row in rows:
        (key, finding, kind, image, sentence, sentence_es, locations, explanation) = row[:8]
        (explanation_source, located, reader, x_min, y_min, x_max, y_max, polygon) = row[8:]
        if key not in statements:
            statements[key] = Statement(
                id=key,
                finding=finding,
                kind=kind,
                image=image,
                sentence=sentence,
                sentence_es=sentence_es,
                locations=tuple(locations),
                explanation=explanation,
                explanation_source=explanation_source,
                located=located,
            )
        if reader is not None:
            regions.append(
                Region(
                    finding=finding,
                    reader=reader,
                    image=image,
                    box=(x_min, y_min, x_max, y_max),
                    polygon=tuple((x, y) for x, y in polygon) if polygon else None,
                    statement_id=key,
                )
            )
    readers = (
        ReferenceReading.objects.filter(image__cases=case)
        .order_by("reader__name")
        .values_list("reader__name", flat=True)
        .distinct()
    )
    return CaseReference(
        statements=tuple(statements.values()),
        regions=tuple(regions),
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
