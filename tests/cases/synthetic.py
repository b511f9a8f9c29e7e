"""Small files in every format that is imported, made in code: no film here shows a person."""

import csv
import gzip
import io
import json
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from pydicom.dataset import Dataset

from radgame.cases.importers.record import CannotRead, CaseRecord, Item, Skipped
from tests.imaging.files import make_dicom, ramp

NIH_HEADER = "Image Index,Finding Label,Bbox [x,y,w,h],,,"
NIH_TABLE_HEADER = (
    "Image Index,Finding Labels,Follow-up #,Patient ID,Patient Age,Patient Gender,View Position,"
    "OriginalImage[Width,Height],OriginalImagePixelSpacing[x,y]"
)
RSNA_HEADER = "patientId,x,y,width,height,Target"
CROSSWALK_HEADER = "patientId,nih_image_index,mse,class"
KAGGLE_HEADER = "image_id,class_name,class_id,rad_id,x_min,y_min,x_max,y_max"
PHYSIONET_HEADER = "image_id,rad_id,class_name,x_min,y_min,x_max,y_max"
CONSENSUS_HEADER = "image_id,class_name,x_min,y_min,x_max,y_max"


def write_png(path: Path, *, rows: int = 40, columns: int = 50, mode: str = "L") -> Path:
    """A PNG film: L and RGBA with 8 bits, I;16 with 16."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if mode == "I;16":
        picture = Image.fromarray(ramp(rows, columns, bits=16))
    else:
        picture = Image.fromarray(ramp(rows, columns, bits=8).astype(np.uint8)).convert(mode)
    picture.save(path)
    return path


def write_dicom(
    path: Path, *, change: Callable[[Dataset], Any] | None = None, rows: int = 40
) -> Path:
    """A DICOM film of a chest, changed by `change` before it is written."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(make_dicom(ramp(rows), change=change))
    return path


def write_text(path: Path, *lines: str) -> Path:
    """Lines of text, gzipped when the name ends in .gz."""
    path.parent.mkdir(parents=True, exist_ok=True)
    content = "".join(f"{line}\n" for line in lines).encode()
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    return path


def write_json(path: Path, content: object) -> Path:
    """JSON; a float that is not a number becomes a bare NaN."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def csv_line(cells: Sequence[object]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="").writerow(cells)
    return buffer.getvalue()


def padchest_finding(sentence: str, *labels: str, **changes: Any) -> dict[str, Any]:
    """An abnormal sentence as PadChest-GR has it, without boxes."""
    return {
        "sentence_en": sentence,
        "sentence_es": f"es: {sentence}",
        "abnormal": True,
        "boxes": [],
        "extra_boxes": [],
        "labels": list(labels),
        "locations": [],
        "progression": None,
        **changes,
    }


def padchest_study(number: int, *findings: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """A study of the released file; its film is `<number>_abcdef.png`."""
    return {
        "StudyID": str(number),
        "ImageID": f"{number}_abcdef.png",
        "PreviousStudyID": None,
        "PreviousImageID": None,
        "findings": list(findings),
        **changes,
    }


def cases(items: Iterable[Item]) -> list[CaseRecord]:
    """The cases, when nothing was skipped."""
    found = list(items)
    assert all(isinstance(item, CaseRecord) for item in found), found
    return [item for item in found if isinstance(item, CaseRecord)]


def only_case(items: Iterable[Item]) -> CaseRecord:
    (case,) = cases(items)
    return case


def skipped(items: Iterable[Item]) -> list[Skipped]:
    """What was skipped, in order."""
    return [item for item in items if isinstance(item, Skipped)]


def refusal(read: Callable[[], Iterable[Item]]) -> str:
    """The sentence with which a whole import is refused."""
    try:
        list(read())
    except CannotRead as error:
        return str(error)
    raise AssertionError("The import was not refused.")
