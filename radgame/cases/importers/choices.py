"""Which reports are played: the choices a site can make, and what they are unless it makes them.

A case that falls to a choice is kept and not played, so that another import with other choices
brings it back. What a dataset does not say holds against no case: an age that is not stated is
taken for an adult's, and a film whose view is not stated for a frontal one, unless
``require_view`` is chosen.
"""

import hashlib
import re
from dataclasses import dataclass, replace
from enum import StrEnum

from .priors import prior_mentioned
from .record import CaseRecord, Skipped

ADULT_YEARS = 18
FRONTAL = frozenset({"PA", "AP", "FRONTAL"})
CHEST = frozenset({"", "chest"})


class Choice(StrEnum):
    """What is left out unless it is included."""

    CHILDREN = "children"
    OTHER_PARTS = "other-parts"
    LATERAL_ONLY = "lateral-only"
    PRIORS = "priors"
    DUPLICATES = "duplicates"


FELL = {
    Choice.CHILDREN: "The patient is under 18.",
    Choice.OTHER_PARTS: "A film of the study shows another part of the body than the chest.",
    Choice.LATERAL_ONLY: "No film of the study is frontal.",
    Choice.PRIORS: "The report speaks of an earlier study, which the learner cannot see.",
    Choice.DUPLICATES: "The findings repeat those of another case word for word.",
}
VIEW_NOT_STATED = "No film of the study is said to be frontal."


@dataclass(frozen=True, slots=True)
class Choices:
    """What a site includes beyond the defaults, and whether a view must be stated."""

    include: frozenset[Choice] = frozenset()
    require_view: bool = False


class Chooser:
    """Applies the choices to the cases of one import, in their order."""

    def __init__(self, choices: Choices) -> None:
        self._choices = choices
        self._told: dict[bytes, str] = {}

    def judge(self, record: CaseRecord) -> CaseRecord:
        """The record with every reason for which its report is not played."""
        if not record.for_report:
            return record
        fallen = list(_fallen(record, self._choices))
        if not fallen:
            # Of equal reports the first that can be played is.
            digest = _digest(record)
            earlier = self._told.get(digest)
            if earlier is None:
                self._told[digest] = record.key
            elif Choice.DUPLICATES not in self._choices.include:
                fallen.append(Skipped(FELL[Choice.DUPLICATES], f"{record.where}: as {earlier}"))
        return replace(record, not_reportable=tuple(fallen))


def _fallen(record: CaseRecord, choices: Choices) -> list[Skipped]:
    report = record.report
    found: dict[Choice, str] = {}
    if record.age_years is not None and record.age_years < ADULT_YEARS:
        found[Choice.CHILDREN] = record.where
    parts = sorted({image.body_part for image in record.images} - CHEST)
    if parts:
        found[Choice.OTHER_PARTS] = f"{record.where}: {', '.join(parts)}"
    views = {image.view for image in record.images}
    if views == {"LATERAL"}:
        found[Choice.LATERAL_ONLY] = record.where
    words = prior_mentioned(f"{report.findings}\n{report.impression}") if report else ""
    words = words or _progression(record)
    if words:
        found[Choice.PRIORS] = f"{record.where}: “{words}”"
    fallen = [
        Skipped(FELL[choice], where)
        for choice, where in found.items()
        if choice not in choices.include
    ]
    if choices.require_view and not views & FRONTAL and views != {"LATERAL"}:
        fallen.append(Skipped(VIEW_NOT_STATED, record.where))
    return fallen


def _progression(record: CaseRecord) -> str:
    """The first statement that says how a finding went since an earlier study."""
    stated = (finding.progression for image in record.images for finding in image.findings)
    return next(filter(None, stated), "")


def _digest(record: CaseRecord) -> bytes:
    """Of the findings' letters and digits alone, so that spaces and stops make no difference."""
    text = record.report.findings if record.report else ""
    return hashlib.sha256(re.sub(r"[\W_]+", " ", text).casefold().strip().encode()).digest()
