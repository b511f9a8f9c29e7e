"""Play what a reader said through the games' own services, each case once."""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, Generic

from django.conf import settings
from django.db.models import Max

import localize.services
import report.services
from localize.answers import Answer, read_answer
from localize.models import ROWS as LOCALIZE
from radgame.accounts.models import User
from radgame.cases.dossier import open_sheet
from radgame.cases.models import Audience, Case, CaseSet, Dataset, Image, Kind, Play
from radgame.playing.models import A, BaseAttempt, GameRows, S
from radgame.playing.services import AnswerError
from report.models import ROWS as REPORT
from report.readings import Reading, ReadingRules, read_reading, require_text
from scoring.jsonl import LineError

from .lines import Line, SaidBox, SaidMarks, SaidText, read_line

# Problems that the table names one by one; the others are counted.
NAMED: Final = 50


class Became(StrEnum):
    """What became of a reading."""

    PLAYED = "played"
    THERE = "already there"
    DIFFERS = "already there, and differs"


@dataclass(frozen=True, slots=True)
class Problem:
    """A line, or a case, that could not be played, and why."""

    where: str
    sentence: str


@dataclass(slots=True)
class Tally:
    became: Counter[tuple[Play, Became]] = field(default_factory=Counter)
    problems: list[Problem] = field(default_factory=list)
    problem_count: int = 0

    def refuse(self, where: str, sentence: str) -> None:
        self.problem_count += 1
        if len(self.problems) < NAMED:
            self.problems.append(Problem(where, sentence))

    @property
    def came_in(self) -> int:
        return sum(self.became.values())


class Desk(Generic[S, A]):
    """Where one reader sits in one game: a set of their own, and everything they said of a case."""

    def __init__(self, rows: GameRows[S, A], reader: User) -> None:
        self._rows = rows
        self._reader = reader
        self._sitting: S | None = None
        self._next = 0

    def find(self, case: Case) -> A | None:
        """The attempt at the case, if there is one."""
        attempts = self._rows.attempts._default_manager.filter(reader=self._reader, case=case)
        return attempts.select_related("sitting__case_set").first()

    def open(self, case: Case) -> A:
        """A new attempt at the case."""
        if self._sitting is None:
            self._sitting = self._sit_down()
        made = self._rows.attempts._default_manager.create(
            sitting=self._sitting, position=self._next, reader=self._reader, case=case
        )
        self._next += 1
        return made

    def _sit_down(self) -> S:
        # Nobody is shown it: it is made for somebody who does not sign in.
        case_set, _created = CaseSet.objects.get_or_create(
            slug=f"imported-{self._reader.pk}-{self._rows.space}",
            defaults={
                "title": "Imported readings",
                "made_for": self._reader,
                "audience": Audience.OWNER,
                "asks_impression": True,
            },
        )
        sitting, _created = self._rows.sittings._default_manager.get_or_create(
            reader=self._reader, case_set=case_set, assignment=None, finished_at=None
        )
        last = self._rows.attempts._default_manager.filter(sitting=sitting).aggregate(
            last=Max("position")
        )["last"]
        self._next = 0 if last is None else last + 1
        return sitting


class Player:
    """Plays cases as one reader. Without a reader it only says what would become of them."""

    def __init__(self, reader: User | None) -> None:
        self._boxes = Desk(LOCALIZE, reader) if reader else None
        self._texts = Desk(REPORT, reader) if reader else None

    def boxes(self, case: Case, answer: Answer, *, without: str = "", dry_run: bool) -> Became:
        def submit(attempt: Any) -> None:
            localize.services.submit_attempt(
                attempt=attempt, answer=answer, elapsed_s=0, without=without
            )

        return _play(self._boxes, case, answer.to_json(), submit, dry_run=dry_run)

    def text(self, case: Case, reading: Reading, *, dry_run: bool) -> Became:
        def submit(attempt: Any) -> None:
            report.services.submit_attempt(attempt=attempt, reading=reading, elapsed_s=0)

        return _play(self._texts, case, reading.to_json(), submit, dry_run=dry_run)


def _play(
    desk: "Desk[Any, Any] | None",
    case: Case,
    answer: dict[str, Any],
    submit: Callable[[Any], None],
    *,
    dry_run: bool,
) -> Became:
    """A case that was submitted stays as it is: a reader reads it once."""
    found: BaseAttempt | None = desk.find(case) if desk else None
    if found is not None and found.is_submitted:
        return Became.THERE if found.answer == answer else Became.DIFFERS
    if desk is not None and not dry_run:
        # A draft is what a run left that was broken off.
        attempt = found or desk.open(case)
        attempt.case = case
        submit(attempt)
    return Became.PLAYED


# --- a file -----------------------------------------------------------------------


def play_file(
    *,
    reader: User | None,
    lines: Iterable[bytes],
    tally: Tally,
    dry_run: bool,
    tell: Callable[[Tally], object] = lambda _tally: None,
) -> None:
    """Every line that can be played, in order; one that cannot is told, and the rest go on."""
    player = Player(reader)
    for number, raw in enumerate(lines, start=1):
        if raw.strip():
            try:
                for play, became in _play_line(player, read_line(raw), dry_run=dry_run):
                    tally.became[play, became] += 1
            except (LineError, AnswerError) as error:
                tally.refuse(f"line {number}", str(error))
        tell(tally)


def _play_line(player: Player, line: Line, *, dry_run: bool) -> Iterator[tuple[Play, Became]]:
    case = find_case(line)
    # All is read before anything is played, so that a bad line leaves nothing.
    answer = None if line.marks is None else answer_of(case, line.marks)
    reading = None if line.text is None else reading_of(case, line.text)
    if answer is not None:
        yield Play.LOCALIZE, player.boxes(case, answer, dry_run=dry_run)
    if reading is not None:
        yield Play.REPORT, player.text(case, reading, dry_run=dry_run)


def find_case(line: Line) -> Case:
    """The case that a line names. Raises ``LineError``."""
    cases = Case.objects.filter(dataset__slug=line.dataset).select_related("dataset", "study")
    named = line.case or line.image_uid
    found = list(
        cases.filter(key=line.case)
        if line.case
        else cases.filter(images__sop_uid=line.image_uid).distinct()[:2]
    )
    if not found:
        if not Dataset.objects.filter(slug=line.dataset).exists():
            raise LineError(f"There is no dataset “{line.dataset}” here.")
        kind = "case" if line.case else "film"
        raise LineError(f"The dataset “{line.dataset}” has no {kind} “{named}” here.")
    if len(found) > 1:
        raise LineError(f"The film “{named}” is in several cases: name the case by its key.")
    return found[0]


def answer_of(case: Case, said: SaidMarks) -> Answer:
    """What was said as a learner's answer. Raises ``LineError`` and ``AnswerError``."""
    _require(case, Play.LOCALIZE)
    sheet = open_sheet(case)
    for slug in (*(box.finding for box in said.boxes), *said.selected):
        if slug not in sheet.findings:
            raise LineError(f"There is no finding “{slug}” in the taxonomy.")
        if slug not in sheet.offered:
            raise LineError(f"“{slug}” is not asked for on the films of {case.dataset.name}.")
    for box in said.boxes:
        if sheet.findings[box.finding].kind != Kind.DRAW:
            raise LineError(f"“{box.finding}” is ticked, not drawn: name it in selected.")
    films = dict(Image.objects.filter(cases=case).values_list("sop_uid", "token"))
    marks = [
        {
            "image": _film(films, box),
            "finding": box.finding,
            "box": list(box.box),
            "confidence": box.confidence,
        }
        for box in said.boxes
    ]
    data = {"marks": marks, "selected": list(said.selected), "normal": said.normal}
    return read_answer(json.dumps(data), localize.services.answer_rules(case))


def _film(films: dict[str, str], box: SaidBox) -> str:
    if box.image_uid:
        if box.image_uid not in films:
            raise LineError(f"The case has no film “{box.image_uid}”.")
        return films[box.image_uid]
    if len(films) != 1:
        raise LineError(f"The case has {len(films)} films: each box needs its image_uid.")
    return next(iter(films.values()))


def reading_of(case: Case, said: SaidText) -> Reading:
    """What was written as a learner's reading. Raises ``LineError`` and ``AnswerError``."""
    _require(case, Play.REPORT)
    rules = ReadingRules(
        asks_impression=True,
        max_findings=settings.MAX_FINDINGS_CHARACTERS,
        max_impression=settings.MAX_IMPRESSION_CHARACTERS,
    )
    return require_text(read_reading(said.findings, said.impression, rules))


def _require(case: Case, play: Play) -> None:
    if case.status != Case.Status.READY or not getattr(case, f"for_{play.value}"):
        raise LineError(f"The case “{case.key}” is not played in {play.label}.")
