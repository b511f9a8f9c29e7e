"""Small whole cases, made in the database without touching an importer."""

import gzip
import io
import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from django.core.files.base import ContentFile
from PIL import Image as Picture

from radgame.accounts.models import User
from radgame.cases.models import (
    Audience,
    Case,
    CaseImage,
    CaseSet,
    CaseSetItem,
    Dataset,
    Finding,
    Image,
    Kind,
    Patient,
    ReferenceFinding,
    ReferenceReader,
    ReferenceReading,
    ReferenceRegion,
    ReferenceReport,
    Series,
    Study,
)

_numbers = itertools.count(1)
Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Said:
    """One reader's word on a case, for ``make_case``; no box for what is only said."""

    finding: str
    box: Box | None = None
    reader: str = "reader 1"
    sentence: str = ""
    explanation: str = ""


def make_dataset(slug: str = "tests", audience: str = Audience.EVERYONE) -> Dataset:
    dataset, created = Dataset.objects.get_or_create(
        slug=slug,
        defaults={"name": slug.title(), "licence": "CC0", "citation": "–", "audience": audience},
    )
    if created:
        dataset.findings.set(make_findings())
    return dataset


def make_findings() -> list[Finding]:
    rows = [
        ("nodule-mass", "Nodule/Mass", Kind.DRAW, 0),
        ("consolidation", "Consolidation", Kind.DRAW, 1),
        ("fracture", "Fracture", Kind.DRAW, 2),
        ("cardiomegaly", "Cardiomegaly", Kind.SELECT, 3),
        ("pneumothorax", "Pneumothorax", Kind.SELECT, 4),
    ]
    return [
        Finding.objects.get_or_create(
            slug=slug,
            defaults={
                "name": name,
                "kind": kind,
                "position": number,
                "colour": number,
                "appearance": f"What {name.lower()} looks like.",
                "appearance_source": "tests",
            },
        )[0]
        for number, (slug, name, kind, _colour) in enumerate(
            (slug, name, kind, colour) for slug, name, kind, colour in rows
        )
    ]


def make_image(study: Study, columns: int = 1000, rows: int = 1200) -> Image:
    number = next(_numbers)
    series, _created = Series.objects.get_or_create(study=study, uid="1")
    image = Image(
        series=series,
        sop_uid=f"1.2.{number}",
        view="PA",
        rows=rows,
        columns=columns,
        bits_stored=12,
        photometric_interpretation="MONOCHROME2",
        window_center=2048,
        window_width=4096,
        window_presets=[{"name": "full", "center": 2048, "width": 4096}],
        fingerprint=f"{number:064d}",
        rendition=f"r{number}",
    )
    picture = io.BytesIO()
    Picture.new("L", (50, 60), 90).save(picture, "WEBP")
    image.preview.save(f"{image.token}.webp", ContentFile(picture.getvalue()), save=False)
    image.pixels.save(f"{image.token}.rgf", ContentFile(gzip.compress(b"RGF1")), save=False)
    image.save()
    return image


def make_case(
    *,
    said: Sequence[Said] = (),
    dataset: Dataset | None = None,
    scored: Sequence[str] | None = None,
    is_normal: bool | None = None,
    everyone_read: Sequence[str] = (),
    status: str = Case.Status.READY,
    for_localize: bool = True,
    for_report: bool = False,
) -> Case:
    """A playable case; ``said`` is the reference standard, ``everyone_read`` names its readers."""
    dataset = dataset or make_dataset()
    number = next(_numbers)
    patient = Patient.objects.create(dataset=dataset, key=f"p{number}")
    study = Study.objects.create(patient=patient, uid=f"s{number}", age_years=61, sex="F")
    image = make_image(study)
    case = Case.objects.create(
        dataset=dataset,
        study=study,
        key=f"case-{number}",
        status=status,
        for_localize=for_localize,
        for_report=for_report,
        is_normal=is_normal,
        scored_findings=list(scored)
        if scored is not None
        else sorted(dataset.findings.values_list("slug", flat=True)),
    )
    CaseImage.objects.create(case=case, image=image)
    for name in everyone_read:
        reader, _created = ReferenceReader.objects.get_or_create(dataset=dataset, name=name)
        ReferenceReading.objects.create(image=image, reader=reader)
    for statement in said:
        row = ReferenceFinding.objects.create(
            image=image,
            finding=Finding.objects.get(slug=statement.finding),
            sentence=statement.sentence,
            explanation=statement.explanation,
            explanation_source="tests" if statement.explanation else "",
            located=statement.box is not None,
        )
        if statement.box is not None:
            reader, _created = ReferenceReader.objects.get_or_create(
                dataset=dataset, name=statement.reader
            )
            x_min, y_min, x_max, y_max = statement.box
            ReferenceRegion.objects.create(
                reference_finding=row,
                reader=reader,
                x_min=x_min,
                y_min=y_min,
                x_max=x_max,
                y_max=y_max,
            )
    return case


def make_report_case(
    findings: str,
    impression: str = "",
    *,
    technique: str = "",
    indication: str = "",
    comparison: str = "",
    age_years: float | None = 61,
    views: Sequence[str] = ("PA",),
    dataset: Dataset | None = None,
) -> Case:
    """A case for the report game only, with the radiologist's report and its views."""
    case = make_case(dataset=dataset, for_localize=False, for_report=True)
    study = case.study
    study.indication, study.comparison = indication, comparison
    study.age_years = age_years
    study.save()
    Image.objects.filter(cases=case).update(view=views[0])
    for position, view in enumerate(views[1:], start=1):
        image = make_image(study)
        Image.objects.filter(pk=image.pk).update(view=view)
        CaseImage.objects.create(case=case, image=image, position=position)
    ReferenceReport.objects.create(
        study=study, findings=findings, impression=impression, technique=technique
    )
    return case


def make_set(*cases: Case, slug: str = "set", audience: str = Audience.EVERYONE) -> CaseSet:
    ready = [case for case in cases if case.status == Case.Status.READY]
    case_set = CaseSet.objects.create(
        slug=slug,
        title=slug.title(),
        audience=audience,
        size=len(cases),
        localize_size=sum(case.for_localize for case in ready),
        report_size=sum(case.for_report for case in ready),
    )
    CaseSetItem.objects.bulk_create(
        CaseSetItem(case_set=case_set, case=case, position=position)
        for position, case in enumerate(cases)
    )
    return case_set


def token_of(case: Case) -> str:
    return case.images.get().token


def address_of(case: Case) -> list[str]:
    """What the address of the case's film is made of."""
    image = case.images.get()
    return [image.token, image.rendition]


def mark(case: Case, finding: str, box: Box, confidence: int | None = None) -> dict[str, object]:
    return {
        "image": token_of(case),
        "finding": finding,
        "box": list(box),
        "confidence": confidence,
    }


def person(name: str) -> User:
    return User.objects.create_user(name, f"{name}@example.org", "correct horse")
