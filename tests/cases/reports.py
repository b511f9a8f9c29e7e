"""Small report datasets in both layouts of each, written by this project: nobody's findings."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.cases.synthetic import csv_line, write_png, write_text

FINDINGS = "The lungs are clear. The heart is of normal size. No pleural effusion."
OPACITY = "There is an opacity in the right lower zone. The heart is of normal size."
LINE = "A central line ends in the superior vena cava. No pneumothorax is seen."


def rex_key(number: int) -> str:
    return f"pP{number}_aA{number}_s1.2.{number}"


def rex_study(number: int, **changes: Any) -> dict[str, Any]:
    """A study of two films as the metadata has it; its film names are `1.2.<number>.<i>.png`."""
    return {
        "PatientID": f"P{number}",
        "AccessionNumber": f"A{number}",
        "StudyInstanceUid": f"1.2.{number}",
        "PatientAge": "057Y",
        "PatientSex": "F",
        "PatientSize": float("nan"),
        "StudyDate": 20140614,
        "StudyDescription": "DG CHEST 2V",
        "Indication": "Cough.",
        "Comparison": "None.",
        "Findings": FINDINGS,
        "Impression": "No active disease.",
        "ImagePath": [rex_path(number, film) for film in (1, 2)],
        "ImageShape": [[2841, 2402], [2991, 2992]],
        "ImageViewPosition": ["", ""],
        "ImageBodyPart": ["Chest", "Chest"],
        "ImageModality": ["CR", "CR"],
        **changes,
    }


def rex_path(number: int, film: int) -> str:
    return (
        f"../deid_png/P{number}/A{number}/studies/1.2.{number}/series/1.2.{number}.9{film}"
        f"/instances/1.2.{number}.{film}.png"
    )


def write_rex(
    root: Path, studies: dict[str, dict[str, Any]], name: str = "train_metadata_view_position.json"
) -> Path:
    """The released layout: metadata and a tree of 16-bit films for every study that names some."""
    file = root / "metadata" / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(studies), encoding="utf-8")
    for study in studies.values():
        write_rex_films(root, study.get("ImagePath"))
    return root


def write_rex_films(root: Path, paths: object) -> None:
    for path in paths if isinstance(paths, list) else []:
        if isinstance(path, str):
            write_png(root / path.removeprefix("../"), rows=50, columns=40, mode="I;16")


REX_CSV = (
    "id,PatientID,AccessionNumber,StudyInstanceUid,PatientSex,PatientAge,StudyDescription,"
    "Indication,Comparison,Findings,Impression"
)


def rex_row(number: int, **changes: Any) -> str:
    """The same study as a row of the released table, which names no film."""
    study = {**rex_study(number), "id": rex_key(number), **changes}
    return csv_line([study[name] for name in REX_CSV.split(",")])


def openi_xml(
    number: int,
    *,
    findings: str = FINDINGS,
    impression: str = "Normal chest.",
    indication: str = "XXXX-year-old woman with XXXX.",
    comparison: str = "None.",
    films: Sequence[tuple[str, str]] | None = None,
) -> str:
    """One report as Open-i gives it out; two films unless told."""
    shown = films
    if shown is None:
        shown = [
            (f"CXR{number}_IM-0001-{view}001", "PA and lateral chest x-XXXX.") for view in (1, 2)
        ]
    sections = {
        "COMPARISON": comparison,
        "INDICATION": indication,
        "FINDINGS": findings,
        "IMPRESSION": impression,
    }
    told = "".join(
        f'<AbstractText Label="{label}">{text}</AbstractText>' for label, text in sections.items()
    )
    pictures = "".join(
        f'<parentImage id="{name}"><caption>{caption}</caption></parentImage>'
        for name, caption in shown
    )
    return (
        f'<?xml version="1.0" encoding="utf-8"?><eCitation><uId id="CXR{number}"/>'
        f"<MedlineCitation><Article><Abstract>{told}</Abstract></Article></MedlineCitation>"
        f"<MeSH><major>normal</major></MeSH>{pictures}</eCitation>"
    )


def write_openi(root: Path, *reports: str) -> Path:
    """The XML layout with the films of every report."""
    for place, report in enumerate(reports, start=1):
        write_text(root / "ecgen-radiology" / f"{place}.xml", report)
        for part in report.split('parentImage id="')[1:]:
            write_png(root / "NLMCXR_png" / f"{part.partition(chr(34))[0]}.png", mode="RGB")
    return root


OPENI_REPORTS = "uid,MeSH,Problems,image,indication,comparison,findings,impression"
OPENI_PROJECTIONS = "uid,filename,projection"


def openi_row(number: int, **changes: str) -> str:
    report = {
        "uid": str(number),
        "MeSH": "normal",
        "Problems": "normal",
        "image": "Xray Chest PA and Lateral",
        "indication": "Cough",
        "comparison": "None.",
        "findings": FINDINGS,
        "impression": "Normal chest.",
        **changes,
    }
    return csv_line([report[name] for name in OPENI_REPORTS.split(",")])


def write_openi_tables(root: Path, reports: Sequence[str], projections: Sequence[str]) -> Path:
    """The layout with two tables, whose films have other names than those of the XML."""
    write_text(root / "indiana_reports.csv", OPENI_REPORTS, *reports)
    write_text(root / "indiana_projections.csv", OPENI_PROJECTIONS, *projections)
    for row in projections:
        write_png(root / "images" / "images_normalized" / row.split(",")[1], mode="RGB")
    return root
