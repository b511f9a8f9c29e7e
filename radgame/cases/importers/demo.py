"""The demo: synthetic films drawn by the project's own generator, with exact regions."""

import hashlib
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from radgame.cases.taxonomy import load_labels
from radgame.imaging.film import Film, FilmFacts
from radgame.imaging.fingerprint import pixel_fingerprint
from radgame.imaging.phantom import (
    DEMO_RECIPES,
    GENERATOR_VERSION,
    TECHNIQUE,
    Recipe,
    make_film,
    write_report,
)
from radgame.imaging.windows import window_presets

from .prepare import PIPELINE
from .record import (
    CaseRecord,
    Deferred,
    Expect,
    FilmSource,
    FindingRecord,
    ImageRecord,
    Item,
    RegionRecord,
    ReportRecord,
    unheard,
)

READER = "geometry"
BITS = 12
NO_COMPARISON = "None."


def read(path: Path | None, images: Path | None, expect: Expect = unheard) -> Iterator[Item]:
    """Every recipe, in order; a film is drawn only when it is new."""
    expect(len(DEMO_RECIPES))
    for recipe in DEMO_RECIPES:
        yield deferred(recipe)


def deferred(recipe: Recipe) -> Deferred:
    """The case of one recipe, to be drawn by a worker."""
    described = f"{PIPELINE} {GENERATOR_VERSION} {recipe!r} {TECHNIQUE} {write_report(recipe)}"
    return Deferred(
        key=recipe.key,
        fingerprint=hashlib.sha256(described.encode()).hexdigest(),
        build=partial(build, recipe),
    )


def build(recipe: Recipe) -> CaseRecord:
    """Draw the film and describe the case."""
    drawn = make_film(recipe)
    rows, columns = drawn.pixels.shape
    film = Film(
        pixels=drawn.pixels,
        facts=FilmFacts(
            rows=rows,
            columns=columns,
            bits_stored=BITS,
            photometric_interpretation="MONOCHROME2",
            modality="DX",
            view="PA",
            spacing_mm=(drawn.spacing_mm, drawn.spacing_mm),
            window_center=drawn.window_center,
            window_width=drawn.window_width,
            presets=window_presets(drawn.pixels),
            sop_instance_uid=None,
            series_instance_uid=None,
            study_instance_uid=None,
            age_years=float(drawn.age_years),
            sex=drawn.sex,
            body_part="chest",
            source_format="png",
        ),
    )
    findings = tuple(
        FindingRecord(
            finding=lesion.finding,
            source_label=lesion.finding,
            regions=tuple(RegionRecord(READER, box) for box in lesion.boxes),
            sentence=lesion.sentence,
            locations=tuple(part for part in (lesion.side, lesion.zone) if part),
        )
        for lesion in drawn.lesions
    )
    return CaseRecord(
        dataset="demo",
        key=recipe.key,
        patient_key=recipe.key,
        study_uid=recipe.key,
        images=(
            ImageRecord(
                sop_uid=recipe.key,
                source=FilmSource(film, pixel_fingerprint(film.pixels)),
                view="PA",
                findings=findings,
            ),
        ),
        scored_findings=load_labels("demo").findings_of("all"),
        is_normal=not findings,
        age_years=float(drawn.age_years),
        sex=drawn.sex,
        indication=drawn.indication,
        comparison=NO_COMPARISON,
        report=ReportRecord(
            findings=drawn.findings_text, impression=drawn.impression, technique=TECHNIQUE
        ),
        where=recipe.key,
    )
