"""A dataset's own reader played as if they were a learner, marked against the others alone."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import localize.services
from localize.answers import Answer, read_answer
from radgame.accounts.models import User
from radgame.cases.dossier import open_key, open_sheet
from radgame.cases.models import Case, Dataset, Kind, Play, ReferenceReader
from radgame.playing.services import AnswerError

from .playing import Player, Tally

ALONE = "Nobody else read it, so there is nothing to compare with."


def readers_of(dataset: Dataset) -> list[str]:
    """The names that the dataset gives its readers."""
    names = ReferenceReader.objects.filter(dataset=dataset).order_by("name")
    return list(names.values_list("name", flat=True))


def cases_of(dataset: Dataset, name: str) -> Iterator[Case]:
    """The cases of Localize with a film that this reader read, in a fixed order."""
    read = Case.objects.playable_as(Play.LOCALIZE).filter(
        dataset=dataset, images__readings__reader__name=name
    )
    yield from read.select_related("dataset", "study").distinct().order_by("pk").iterator(500)


def play_own_reader(
    *,
    reader: User | None,
    dataset: Dataset,
    name: str,
    tally: Tally,
    dry_run: bool,
    tell: Callable[[Tally], object] = lambda _tally: None,
) -> None:
    """Every case that this reader read and another did too."""
    player = Player(reader)
    for case in cases_of(dataset, name):
        if set(open_key(case).reference.readers) == {name}:
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
