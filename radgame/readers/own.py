"""A dataset's own reader played as if they were a learner, marked against the others alone.

Some read films from corner to corner, and the dataset says so. Others were told what a report had
found and drew where it is: they are played on what they drew, and say so wherever they stand.
"""

import json
from collections.abc import Callable, Iterator
from typing import Any

from django.db.models import Q

import localize.services
from localize.answers import Answer, read_answer
from radgame.accounts.models import User
from radgame.cases.dossier import open_key, open_sheet
from radgame.cases.models import (
    Case,
    Dataset,
    Kind,
    Play,
    ReferenceReader,
    ReferenceReading,
)
from radgame.playing.services import AnswerError

from .playing import Player, Tally

ALONE = "Nobody else read it, so there is nothing to compare with."


def readers_of(dataset: Dataset) -> list[str]:
    """The names that the dataset gives its readers."""
    names = ReferenceReader.objects.filter(dataset=dataset).order_by("name")
    return list(names.values_list("name", flat=True))


def was_told(dataset: Dataset, name: str) -> bool:
    """Whether this reader only drew what was already known to be there."""
    read = ReferenceReading.objects.filter(reader__dataset=dataset, reader__name=name)
    return not read.exists()


def cases_of(dataset: Dataset, name: str) -> Iterator[Case]:
    """The cases of Localize with a film that this reader read, or drew on, in a fixed order."""
    reader = (
        Q(images__reference_findings__regions__reader__name=name)
        if was_told(dataset, name)
        else Q(images__readings__reader__name=name)
    )
    own = Case.objects.playable_as(Play.LOCALIZE).filter(reader, dataset=dataset)
    yield from own.select_related("dataset", "study").distinct().order_by("pk").iterator(500)


def play_own_reader(
    *,
    reader: User | None,
    dataset: Dataset,
    name: str,
    tally: Tally,
    dry_run: bool,
    tell: Callable[[Tally], object] = lambda _tally: None,
) -> None:
    """Every case that this reader read or drew on, and another did too."""
    player = Player(reader)
    for case in cases_of(dataset, name):
        reference = open_key(case).reference
        others = {*reference.readers, *(region.reader for region in reference.regions)} - {name}
        if not others:
            tally.refuse(case.key, ALONE)
        else:
            try:
                answer = answer_of_reader(case, name)
            except AnswerError as error:
                tally.refuse(case.key, str(error))
            else:
                became = player.boxes(case, answer, without=name, dry_run=dry_run)
                tally.became[Play.LOCALIZE, became] += 1
        tell(tally)


def answer_of_reader(case: Case, name: str) -> Answer:
    """The reader's regions as marks and ticks; without any, they called the film normal.

    Raises ``AnswerError``.
    """
    sheet = open_sheet(case)
    own = [region for region in open_key(case).reference.regions if region.reader == name]
    offered = [region for region in own if region.finding in sheet.offered]
    marks: list[dict[str, Any]] = [
        {
            "image": region.image,
            "finding": region.finding,
            "box": list(region.box),
            "confidence": None,
        }
        for region in offered
        if sheet.findings[region.finding].kind == Kind.DRAW
    ]
    ticked = {r.finding for r in offered if sheet.findings[r.finding].kind == Kind.SELECT}
    data = {"marks": marks, "selected": sorted(ticked), "normal": not own}
    return read_answer(json.dumps(data), localize.services.answer_rules(case))
