"""Datasets as their makers give them out, read into one kind of record."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from . import (
    chestx_det,
    dicom_folder,
    nih_cxr14,
    openi,
    padchest_gr,
    rexgradient,
    rsna_pneumonia,
    vindr_cxr,
)
from .record import Expect, Item, unheard

__all__ = ["FORMATS", "Importer"]


@dataclass(frozen=True, slots=True)
class Importer:
    """One way in: its name on the command line, what it reads, and the dataset it fills.

    ``read`` takes the dataset's path, the films' folder and whom to tell how many records there
    are, where that is known. ``rehearse`` reads for a dry run where ``read`` itself would leave
    something behind.
    """

    name: str
    description: str
    dataset: str
    read: Callable[[Path, Path | None, Expect], Iterator[Item]]
    rehearse: Callable[[Path, Path | None, Expect], Iterator[Item]] | None = None


def _read_demo(path: Path | None, images: Path | None, expect: Expect = unheard) -> Iterator[Item]:
    # What draws the films needs scipy, and that takes a good part of every command's start.
    from . import demo

    return demo.read(path, images, expect)


FORMATS: Mapping[str, Importer] = MappingProxyType(
    {
        importer.name: importer
        for importer in (
            Importer(
                "chestx-det",
                "ChestX-Det: boxes and polygons of 13 findings on NIH films",
                "chestx-det",
                chestx_det.read,
            ),
            Importer("demo", "Synthetic films with exact regions", "demo", _read_demo),
            Importer(
                "dicom",
                "A DICOM file or a folder of them, without a reference standard",
                "dicom",
                dicom_folder.read,
                dicom_folder.rehearse,
            ),
            Importer(
                "nih-cxr14",
                "NIH ChestX-ray14: boxes of 8 findings, and the table of all films",
                "nih-cxr14",
                nih_cxr14.read,
            ),
            Importer(
                "openi",
                "Open-i (Indiana University): reports and films, from XML or tables",
                "openi",
                openi.read,
            ),
            Importer(
                "padchest-gr",
                "PadChest-GR: report sentences with boxes of two readers",
                "padchest-gr",
                padchest_gr.read,
            ),
            Importer(
                "rexgradient",
                "ReXGradient-160K: reports and films, from metadata or the paper's JSON",
                "rexgradient",
                rexgradient.read,
            ),
            Importer(
                "rsna-pneumonia",
                "RSNA Pneumonia 2018: boxes of lung opacity on NIH films",
                "rsna-pneumonia",
                rsna_pneumonia.read,
            ),
            Importer(
                "vindr-cxr",
                "VinDr-CXR: boxes of three readers a film, from Kaggle or PhysioNet",
                "vindr-cxr",
                vindr_cxr.read,
            ),
        )
    }
)
