"""Three small synthetic films with a reference standard that can be recognised anywhere.

Every number and word of the reference standard is unlike anything else on the site, so
that one byte of it before the submit is found. Two white squares on black, burnt into the
first film, tell from a screenshot alone which source pixel lies where.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from radgame.cases.importers import demo
from radgame.cases.importers.prepare import Known, PreparedCase, prepare
from radgame.cases.importers.record import (
    Box,
    CaseRecord,
    FilmSource,
    FindingRecord,
    Polygon,
    RegionRecord,
)
from radgame.cases.models import Case, CaseSet, Dataset
from radgame.cases.services import append_cases, dataset_case_set, load_taxonomy, store_case
from radgame.imaging.fingerprint import pixel_fingerprint
from radgame.imaging.phantom import LesionSpec, Recipe

READER = "Dr Quillfeather"
SENTENCE = "Wombat-shaped airspace shadowing behind the seventh rib."
HEART_SENTENCE = "Heart of pumpernickel proportions."
EXPLANATION = "The borders fade the way marzipan does in the rain."
EXPLAINER = "Zephyrine atlas"
CASE_KEY = "case-key-kumquat"
PATIENT_KEY = "patient-key-periwinkle"
STUDY_UID = "study-uid-rutabaga"
SOP_UID = "sop-uid-xylophone"

CONSOLIDATION: Box = (137.25, 391.75, 253.625, 487.125)
OUTLINE: Polygon = ((137.25, 391.75), (253.625, 419.375), (249.875, 487.125), (151.375, 478.625))
HEART: Box = (247.375, 301.125, 505.875, 543.625)
NODULE: Box = (402.125, 188.875, 441.375, 229.625)

FIDUCIALS_PX = ((270.0, 250.0), (370.0, 340.0))
"""Centres of the white squares, in source pixels."""
FIDUCIAL_SIDE_PX, PAD_SIDE_PX = 12, 48
BITS_MAX = 4095

SCALE = 0.5


@dataclass(frozen=True, slots=True)
class Secrets:
    """What may not leave the server before the submit, and must be there after it."""

    words: tuple[str, ...]
    numbers: tuple[float, ...]


REFERENCE = Secrets(
    words=(SENTENCE, HEART_SENTENCE, EXPLANATION, EXPLAINER),
    numbers=(*CONSOLIDATION, *(value for point in OUTLINE for value in point), *HEART),
)
NEVER_TOLD = (CASE_KEY, PATIENT_KEY, STUDY_UID, SOP_UID)
"""Not even afterwards: these name the case in its source."""


def prepared_cases() -> list[PreparedCase]:
    """Consolidation with a large heart, a normal film, a nodule: ready to be stored."""
    return [_prepared(record) for record in (_consolidation(), _normal(), _nodule())]


def store_demo(prepared: Sequence[PreparedCase]) -> CaseSet:
    """The demo set with these cases, as the importer itself would write them."""
    load_taxonomy()
    dataset = Dataset.objects.get(slug="demo")
    for case in prepared:
        store_case(dataset=dataset, prepared=case)
    case_set = dataset_case_set(dataset)
    append_cases(case_set=case_set, cases=Case.objects.filter(dataset=dataset).order_by("pk"))
    return case_set


def _prepared(record: CaseRecord) -> PreparedCase:
    done = prepare(record, Known(), max_pixels=10_000_000)
    assert isinstance(done, PreparedCase), done
    return done


def _drawn(key: str, seed: int, *lesions: LesionSpec) -> CaseRecord:
    return demo.build(
        Recipe(
            key=key,
            seed=seed,
            age_years=61,
            sex="F",
            indication="Cough.",
            lesions=lesions,
            scale=SCALE,
        )
    )


def _consolidation() -> CaseRecord:
    record = _drawn(
        CASE_KEY, 5, LesionSpec("consolidation", "right", "lower"), LesionSpec("cardiomegaly")
    )
    findings = (
        FindingRecord(
            finding="consolidation",
            source_label="consolidation",
            regions=(RegionRecord(READER, CONSOLIDATION, OUTLINE),),
            sentence=SENTENCE,
            explanation=EXPLANATION,
            explanation_source=EXPLAINER,
        ),
        FindingRecord(
            finding="cardiomegaly",
            source_label="cardiomegaly",
            regions=(RegionRecord(READER, HEART),),
            sentence=HEART_SENTENCE,
        ),
    )
    (image,) = record.images
    return replace(
        record,
        patient_key=PATIENT_KEY,
        study_uid=STUDY_UID,
        images=(
            replace(
                image, sop_uid=SOP_UID, source=_with_fiducials(image.source), findings=findings
            ),
        ),
    )


def _with_fiducials(source: object) -> FilmSource:
    assert isinstance(source, FilmSource)
    pixels = source.film.pixels.copy()
    for x, y in FIDUCIALS_PX:
        for side, value in ((PAD_SIDE_PX, 0), (FIDUCIAL_SIDE_PX, BITS_MAX)):
            rows = slice(int(y - side / 2), int(y + side / 2))
            columns = slice(int(x - side / 2), int(x + side / 2))
            pixels[rows, columns] = np.uint16(value)
    film = replace(source.film, pixels=pixels)
    return FilmSource(film, pixel_fingerprint(pixels))


def _normal() -> CaseRecord:
    return _drawn("normal-film", 8)


def _nodule() -> CaseRecord:
    record = _drawn("nodule-film", 11, LesionSpec("nodule-mass", "left", "upper"))
    nodule = FindingRecord(
        finding="nodule-mass",
        source_label="nodule-mass",
        regions=(RegionRecord(READER, NODULE),),
        sentence="A nodule in the left upper zone.",
    )
    (image,) = record.images
    return replace(record, images=(replace(image, findings=(nodule,)),))
