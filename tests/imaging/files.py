"""DICOM and raster files made in code, and the way to the real ones."""

import io
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.uid import (
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
)

ROOT = Path(__file__).resolve().parents[2]
DATA = Path(os.environ.get("RADGAME_TEST_DATA", ROOT.parent / "shared" / "data"))
needs_data = pytest.mark.skipif(
    not DATA.is_dir(), reason="the real public data (RADGAME_TEST_DATA) is not on this machine"
)
BASE_UID = "1.2.826.0.1.3680043.10.1"


def ramp(rows: int = 40, columns: int = 50, *, bits: int = 12) -> np.ndarray:
    """A picture in which every row and column differs, from 0 to the largest value."""
    top = 2**bits - 1
    values = np.add.outer(np.arange(rows) * 3, np.arange(columns) * 7) % 251
    return (values * top // int(values.max())).astype(np.uint16)


def make_dicom(
    pixels: np.ndarray,
    *,
    syntax: UID = ExplicitVRLittleEndian,
    bits: int = 12,
    change: Callable[[Dataset], Any] | None = None,
) -> bytes:
    """A DX film of a chest, changed by `change` before it is written."""
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.MediaStorageSOPClassUID = UID("1.2.840.10008.5.1.4.1.1.1.1")
    meta.MediaStorageSOPInstanceUID = UID(BASE_UID)
    big = syntax == ExplicitVRBigEndian
    dataset = FileDataset(
        "",
        {},
        file_meta=meta,
        preamble=b"\0" * 128,
        is_implicit_VR=syntax == ImplicitVRLittleEndian,
        is_little_endian=not big,
    )
    dataset.SOPClassUID = meta.MediaStorageSOPClassUID
    dataset.SOPInstanceUID = BASE_UID
    dataset.StudyInstanceUID = BASE_UID + ".1"
    dataset.SeriesInstanceUID = BASE_UID + ".2"
    dataset.Modality = "DX"
    dataset.BodyPartExamined = "CHEST"
    dataset.ViewPosition = "PA"
    dataset.PatientName = "Nobody^At^All"
    dataset.SamplesPerPixel = 1
    dataset.PhotometricInterpretation = "MONOCHROME2"
    dataset.Rows, dataset.Columns = pixels.shape[:2]
    dataset.BitsAllocated = pixels.dtype.itemsize * 8
    dataset.BitsStored, dataset.HighBit = bits, bits - 1
    dataset.PixelRepresentation = int(pixels.dtype.kind == "i")
    dataset.PixelData = pixels.astype(pixels.dtype.newbyteorder(">" if big else "<")).tobytes()
    dataset["PixelData"].VR = "OW"
    if change is not None:
        change(dataset)
    native = (ExplicitVRLittleEndian, ImplicitVRLittleEndian, ExplicitVRBigEndian)
    if syntax in (*native, DeflatedExplicitVRLittleEndian):
        dataset.file_meta.TransferSyntaxUID = syntax
    else:
        dataset.compress(syntax, generate_instance_uid=False)
    buffer = io.BytesIO()
    dataset.save_as(buffer, enforce_file_format=True)
    return buffer.getvalue()


def make_raster(pixels: np.ndarray, kind: str = "PNG", mode: str | None = None) -> bytes:
    """A PNG or JPEG of the pixels, converted to a mode of Pillow's when one is given."""
    picture = Image.fromarray(pixels)
    if mode is not None:
        picture = picture.convert(mode)
    buffer = io.BytesIO()
    picture.save(buffer, kind)
    return buffer.getvalue()
