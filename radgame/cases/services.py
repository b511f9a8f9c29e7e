"""Bringing cases in: the only writers of datasets, films, reference standard and case sets."""

from collections.abc import Iterable
from enum import StrEnum

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Count, Max, Q, QuerySet

from .dossier import revise_datasets
from .importers.prepare import Known, PreparedCase, PreparedImage, Renditions
from .importers.record import BadRecord, FindingRecord
from .importers.texts import check_facts, check_texts
from .models import (
    Case,
    CaseImage,
    CaseSet,
    CaseSetItem,
    Dataset,
    Finding,
    Image,
    Patient,
    ReaderAgreement,
    ReferenceFinding,
    ReferenceReader,
    ReferenceReading,
    ReferenceRegion,
    ReferenceReport,
    Series,
    Sex,
    Study,
    View,
)
from .models.study import new_token
from .reference import DEFAULT_THRESHOLD
from .taxonomy import DatasetEntry, load_datasets, load_findings

OTHER_SIZE = (
    "The film has another size than when it was imported, and marks on it would no longer fit. "
    "Import it under another name."
)


class Stored(StrEnum):
    """What storing a case did."""

    IMPORTED = "imported"
    UPDATED = "updated"


# --- taxonomy -----------------------------------------------------------------


@transaction.atomic
def load_taxonomy() -> tuple[int, int]:
    """Bring findings, datasets and published agreement up to data/*.toml.

    Gives how many findings and datasets were added or changed. Figures that were
    computed from imported regions stay.
    """
    findings_changed = sum(_load_finding(slug) for slug in load_findings())
    publish_agreement()
    datasets_changed = sum(_load_dataset(entry) for entry in load_datasets().values())
    if findings_changed or datasets_changed:
        revise_datasets()
    return findings_changed, datasets_changed


def _load_finding(slug: str) -> bool:
    entry = load_findings()[slug]
    values = {
        "name": entry.name,
        "kind": entry.kind,
        "position": entry.position,
        "colour": entry.colour,
        "synonyms": list(entry.synonyms),
        "codes": dict(entry.codes),
        "appearance": entry.appearance,
        "appearance_source": entry.appearance_source,
    }
    finding = Finding.objects.filter(slug=slug).first()
    changed = finding is None or any(getattr(finding, k) != v for k, v in values.items())
    if changed:
        Finding.objects.update_or_create(slug=slug, defaults=values)
    return changed


def publish_agreement() -> None:
    """Set the published figures where none were measured.

    The published median is shown beside an overlap; the threshold stays the default, because
    a median alone says nothing about the lower end.
    """
    findings = {finding.slug: finding for finding in Finding.objects.all()}
    for slug, entry in load_findings().items():
        if slug in findings and entry.reader_iou_median is not None:
            ReaderAgreement.objects.get_or_create(
                finding=findings[slug],
                dataset=None,
                defaults={
                    "pairs": 0,
                    "median": entry.reader_iou_median,
                    "threshold": DEFAULT_THRESHOLD,
                    "source": entry.reader_iou_source,
                },
            )


def _load_dataset(entry: DatasetEntry) -> bool:
    values = {
        "name": entry.name,
        "version": entry.version,
        "licence": entry.licence,
        "licence_url": entry.licence_url,
        "citation": entry.citation,
        "attribution": entry.attribution,
        "terms": entry.terms,
        "homepage": entry.homepage,
        "redistributable": entry.redistributable,
        "synthetic": entry.synthetic,
    }
    dataset = Dataset.objects.filter(slug=entry.slug).first()
    if dataset is None:
        # Who may play is the site's to change afterwards, so it is only set once.
        dataset = Dataset.objects.create(slug=entry.slug, audience=entry.audience, **values)
        dataset.findings.set(Finding.objects.filter(slug__in=entry.findings))
        return True
    changed = any(getattr(dataset, name) != value for name, value in values.items())
    if changed:
        Dataset.objects.filter(pk=dataset.pk).update(**values)
    offered = set(dataset.findings.values_list("slug", flat=True))
    if offered != set(entry.findings):
        dataset.findings.set(Finding.objects.filter(slug__in=entry.findings))
        changed = True
    return changed


# --- cases --------------------------------------------------------------------


def known_of(dataset: Dataset, key: str) -> Known:
    """What the database holds of a case, for the worker that prepares it."""
    case = Case.objects.filter(dataset=dataset, key=key).first()
    if case is None:
        return Known()
    films = Image.objects.filter(cases=case).values_list("sop_uid", "fingerprint")
    return Known(fingerprint=case.source_fingerprint, films=dict(films))


def check_fit(*, dataset: Dataset, prepared: PreparedCase) -> None:
    """Raise ``BadRecord`` for a text that fits no column, or a film stored with another size."""
    check_texts(prepared.record)
    for image in prepared.images:
        check_facts(image.facts, prepared.record.where or prepared.record.key)
    sizes = {
        (image.record.series_uid or "1", image.record.sop_uid): (
            image.facts.rows,
            image.facts.columns,
        )
        for image in prepared.images
    }
    stored = Image.objects.filter(
        series__study__patient__dataset=dataset,
        series__study__patient__key=prepared.record.patient_key,
        series__study__uid=prepared.record.study_uid,
    ).values_list("series__uid", "sop_uid", "rows", "columns")
    for series_uid, sop_uid, *size in stored:
        if sizes.get((series_uid, sop_uid), tuple(size)) != tuple(size):
            raise BadRecord(OTHER_SIZE, sop_uid)


def store_case(*, dataset: Dataset, prepared: PreparedCase) -> Stored:
    """Write one prepared case; playable only when all of it is there.

    Files go first, under names nobody can guess; the rows follow in one
    transaction, which sets the status last. When it fails, the new files are
    removed and nothing has changed. Raises ``BadRecord`` when a text or a film
    does not fit what is stored.
    """
    check_fit(dataset=dataset, prepared=prepared)
    written: list[str] = []
    try:
        files = {
            image.record.sop_uid: _write_files(image.renditions, written)
            for image in prepared.images
            if image.renditions is not None
        }
        with transaction.atomic():
            return _write_rows(dataset, prepared, files)
    except BaseException:
        for name in written:
            default_storage.delete(name)
        raise


FileNames = tuple[str, str, str]


def _write_files(renditions: Renditions, written: list[str]) -> FileNames:
    name = new_token()
    folder = f"films/{name[:2]}"
    for suffix, content in (("webp", renditions.preview), ("rgf", renditions.pixels)):
        written.append(default_storage.save(f"{folder}/{name}.{suffix}", ContentFile(content)))
    return written[-2], written[-1], renditions.digest


def _write_rows(dataset: Dataset, prepared: PreparedCase, files: dict[str, FileNames]) -> Stored:
    record = prepared.record
    study = _write_study(dataset, prepared)
    case, created = Case.objects.get_or_create(
        dataset=dataset, key=record.key, defaults={"study": study}
    )
    images = [_write_image(study, image, files) for image in prepared.images]
    CaseImage.objects.filter(case=case).delete()
    CaseImage.objects.bulk_create(
        CaseImage(case=case, image=image, position=position)
        for position, image in enumerate(images)
    )
    readers: dict[str, ReferenceReader] = {}
    for image, source in zip(images, prepared.images, strict=True):
        _write_reference(dataset, image, source, readers)
    case.study = study
    case.is_normal = record.is_normal
    case.scored_findings = sorted(record.scored_findings)
    case.source_fingerprint = prepared.fingerprint
    case.revision += 1
    case.for_localize, case.for_report = record.for_localize, record.for_report
    if case.status != Case.Status.WITHDRAWN:
        playable = case.for_localize or case.for_report
        case.status = Case.Status.READY if playable else Case.Status.DRAFT
    case.save()
    return Stored.IMPORTED if created else Stored.UPDATED


def _write_study(dataset: Dataset, prepared: PreparedCase) -> Study:
    record, facts = prepared.record, prepared.images[0].facts
    patient, _created = Patient.objects.get_or_create(dataset=dataset, key=record.patient_key)
    sex = record.sex if record.sex in Sex.values else Sex.UNKNOWN
    age = record.age_years if record.age_years is not None else facts.age_years
    study, _created = Study.objects.update_or_create(
        patient=patient,
        uid=record.study_uid,
        defaults={
            "age_years": age,
            "sex": sex or facts.sex,
            "indication": record.indication,
            "comparison": record.comparison,
            "prior_study": Study.objects.filter(patient=patient, uid=record.prior_study_uid)
            .exclude(uid=record.study_uid)
            .first()
            if record.prior_study_uid
            else None,
        },
    )
    if record.report is not None:
        ReferenceReport.objects.update_or_create(
            study=study,
            language=record.report.language,
            defaults={
                "technique": record.report.technique,
                "findings": record.report.findings,
                "impression": record.report.impression,
            },
        )
    return study


def _write_image(study: Study, prepared: PreparedImage, files: dict[str, FileNames]) -> Image:
    record, facts = prepared.record, prepared.facts
    series, _created = Series.objects.update_or_create(
        study=study, uid=record.series_uid or "1", defaults={"modality": facts.modality}
    )
    image = Image.objects.filter(series=series, sop_uid=record.sop_uid).first()
    if image is None:
        image = Image(series=series, sop_uid=record.sop_uid)
    if record.sop_uid in files:
        _delete_after_commit(image)
        image.preview.name, image.pixels.name, image.rendition = files[record.sop_uid]
    stated = record.view if record.view in View.values else View.UNKNOWN
    image.view = stated or facts.view
    image.rows, image.columns, image.bits_stored = facts.rows, facts.columns, facts.bits_stored
    image.photometric_interpretation = facts.photometric_interpretation
    spacing = facts.spacing_mm or (None, None)
    image.spacing_row_mm, image.spacing_column_mm = spacing
    image.window_center, image.window_width = facts.window_center, facts.window_width
    image.window_presets = [
        {"name": preset.name, "center": preset.center, "width": preset.width}
        for preset in facts.presets
    ]
    image.fingerprint = prepared.fingerprint
    image.save()
    return image


def _delete_after_commit(image: Image) -> None:
    stale = [file.name for file in (image.preview, image.pixels) if file.name]

    def delete() -> None:
        for name in stale:
            default_storage.delete(name)

    # Robust: the new films are the committed ones by then, and must not be taken back because an
    # old one is still in the way.
    transaction.on_commit(delete, robust=True)


def _write_reference(
    dataset: Dataset,
    image: Image,
    prepared: PreparedImage,
    readers: dict[str, ReferenceReader],
) -> None:
    def reader(name: str) -> ReferenceReader:
        if name not in readers:
            readers[name], _created = ReferenceReader.objects.get_or_create(
                dataset=dataset, name=name
            )
        return readers[name]

    image.reference_findings.all().delete()
    image.readings.all().delete()
    ReferenceReading.objects.bulk_create(
        ReferenceReading(image=image, reader=reader(name)) for name in prepared.record.readers
    )
    slugs = {finding.finding for finding in prepared.findings}
    findings = {row.slug: row for row in Finding.objects.filter(slug__in=slugs)}
    for finding in prepared.findings:
        statement = _write_statement(image, findings[finding.finding], finding)
        ReferenceRegion.objects.bulk_create(
            ReferenceRegion(
                reference_finding=statement,
                reader=reader(region.reader),
                x_min=region.box[0],
                y_min=region.box[1],
                x_max=region.box[2],
                y_max=region.box[3],
                polygon=[list(point) for point in region.polygon] if region.polygon else None,
            )
            for region in finding.regions
        )


def _write_statement(image: Image, finding: Finding, record: FindingRecord) -> ReferenceFinding:
    return ReferenceFinding.objects.create(
        image=image,
        finding=finding,
        source_label=record.source_label,
        sentence=record.sentence,
        sentence_es=record.sentence_es,
        locations=list(record.locations),
        progression=record.progression,
        explanation=record.explanation,
        explanation_source=record.explanation_source,
        located=record.located,
    )


# --- case sets ----------------------------------------------------------------


def dataset_case_set(dataset: Dataset) -> CaseSet:
    """The set that holds every playable case of a dataset."""
    case_set, _created = CaseSet.objects.get_or_create(
        slug=dataset.slug,
        defaults={
            "title": dataset.name,
            "description": dataset.attribution,
            "audience": dataset.audience,
        },
    )
    return case_set


def complete_case_set(dataset: Dataset) -> int:
    """Put the dataset's playable cases that its set lacks at the end of it; gives how many.

    Asks the database, not the import, so that cases of an import that was killed come too.
    A case that can no longer be played keeps its place; ``count_case_sets`` sees to the counts.
    """
    missing = list(
        Case.objects.ready()
        .filter(dataset=dataset)
        .exclude(set_items__case_set__slug=dataset.slug)
        .order_by("pk")
    )
    return append_cases(case_set=dataset_case_set(dataset), cases=missing) if missing else 0


def append_cases(*, case_set: CaseSet, cases: Iterable[Case]) -> int:
    """Put cases at the end of a set, each once; gives how many were new there."""
    with transaction.atomic():
        locked = CaseSet.objects.select_for_update().get(pk=case_set.pk)
        present = set(locked.items.values_list("case_id", flat=True))
        new = [case for case in cases if case.pk not in present]
        last = locked.items.aggregate(last=Max("position"))["last"]
        first = 0 if last is None else last + 1
        CaseSetItem.objects.bulk_create(
            CaseSetItem(case_set=locked, case=case, position=first + offset)
            for offset, case in enumerate(new)
        )
        count_case_sets(CaseSet.objects.filter(pk=locked.pk))
    case_set.refresh_from_db(fields=["size", "localize_size", "report_size"])
    return len(new)


def count_case_sets(case_sets: QuerySet[CaseSet]) -> None:
    """Count anew how many cases of these sets each game can play; safe to run twice."""
    ready = Q(items__case__status=Case.Status.READY)
    counted = CaseSet.objects.filter(pk__in=case_sets.values("pk")).annotate(
        places=Count("items"),
        as_localize=Count("items", filter=ready & Q(items__case__for_localize=True)),
        as_report=Count("items", filter=ready & Q(items__case__for_report=True)),
    )
    for pk, *sizes in counted.values_list("pk", "places", "as_localize", "as_report"):
        size, localize_size, report_size = sizes
        CaseSet.objects.filter(pk=pk).update(
            size=size, localize_size=localize_size, report_size=report_size
        )
