"""Datasets and what was prepared from them: one file a concept."""

from .case import Case, CaseImage, CaseSet, CaseSetItem, Play
from .dataset import Audience, Dataset
from .finding import Finding, Kind, ReaderAgreement
from .reference import (
    ReferenceFinding,
    ReferenceReader,
    ReferenceReading,
    ReferenceRegion,
    ReferenceReport,
)
from .study import Image, Patient, Series, Sex, Study, View

__all__ = [
    "Audience",
    "Case",
    "CaseImage",
    "CaseSet",
    "CaseSetItem",
    "Dataset",
    "Finding",
    "Image",
    "Kind",
    "Patient",
    "Play",
    "ReaderAgreement",
    "ReferenceFinding",
    "ReferenceReader",
    "ReferenceReading",
    "ReferenceRegion",
    "ReferenceReport",
    "Series",
    "Sex",
    "Study",
    "View",
]
