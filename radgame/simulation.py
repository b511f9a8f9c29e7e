"""A cohort that was never there: a year of play by simulated readers, so that pages have figures.

Readers answer through the games' own services, so everything they leave behind is what people
leave: attempts with marks and texts, outcomes, feedback. Then the rows are dated back.
"""

import math
import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction
from django.utils import timezone

import localize.services
import report.services
from localize.answers import Answer, DrawnMark
from localize.models import ROWS as LOCALIZE
from radgame.accounts.models import Role, User
from radgame.cases.dossier import CaseSheet, open_key, open_report, open_sheet
from radgame.cases.models import Audience, Case, CaseSet, Kind, Play
from radgame.cases.services import append_cases
from radgame.classroom.assigning import create_assignment
from radgame.classroom.models import (
    Arm,
    Assignment,
    Cohort,
    Enrolment,
    Membership,
    Trial,
    TrialPart,
)
from radgame.classroom.services import create_cohort
from radgame.classroom.studies.services import ArmPlan, create_trial, take_part
from radgame.playing.models import BaseAttempt, GameRows
from radgame.playing.services import NothingToPlay
from radgame.playing.showing import leave_shown, start_showing
from radgame.progress.booking import book_everything
from report.models import ROWS as REPORT
from report.readings import Reading

NAME: Final = "Simulated cohort"
STUDY_COHORT: Final = "Simulated study group"
PREFIX: Final = "simulated-"
FIRST_NAMES: Final = (
    *("Ada", "Ben", "Chidi", "Dalia", "Emre", "Farah", "Goran", "Hana", "Ivo", "Jin", "Kofi"),
    *("Lena", "Mira", "Nils", "Oya", "Pia", "Quang", "Rosa", "Sami", "Tove", "Uma", "Vera"),
    *("Wim", "Xenia", "Yara", "Zoltan"),
)
ROUNDS: Final = 4
# What training adds to somebody's chance of seeing a finding, by how they train; about the paper's.
GAINS: Final = {Arm.Mode.ACTIVE.value: 0.22, Arm.Mode.PASSIVE.value: 0.07}
STUDY_WEEKS_AGO: Final = 8
# How far a box drawn by a sure hand is off, as a share of the box's side.
SURE: Final = 0.06
UNSURE: Final = 0.35


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody who learns: chance of seeing a finding of middling difficulty, at first and at last.

    ``diligence``: how likely they are to do what was assigned.
    """

    person: User
    start: float
    end: float
    diligence: float

    def skill(self, progress: float) -> float:
        """The chance after this share of the year; fast at first, as learning is."""
        return self.start + (self.end - self.start) * (1 - math.exp(-3 * progress))


class AlreadySimulated(Exception):
    """The simulated cohort is there; the message says how to be rid of it."""


def simulate(
    *,
    instructor: User,
    learners: int,
    weeks: int,
    seed: int,
    takers: int = 0,
    now: datetime | None = None,
    tell: Callable[[str], object] = lambda _text: None,
) -> Cohort:
    """Make the cohort and its year, and a study with so many ``takers`` in a cohort of their own.

    Raises ``AlreadySimulated``, and ``NothingToPlay``.
    """
    if Cohort.objects.filter(name=NAME).exists():
        raise AlreadySimulated(
            f"“{NAME}” is there already. Delete it, and the people whose names begin with "
            f"“{PREFIX}”, in the administration to make another."
        )
    now = now or timezone.now()
    rng = random.Random(seed)  # noqa: S311 - nothing here is a secret
    cases = list(Case.objects.playable_as(Play.LOCALIZE).order_by("pk")[: 8 * ROUNDS])
    if not cases:
        raise NothingToPlay
    with transaction.atomic():
        cohort, readers = _people(instructor, learners, rng)
        assignments = _assignments(cohort, instructor, cases, weeks, now)
        _begun(cohort, before=_opens(0, weeks, now))
    for number, assignment in enumerate(assignments):
        tell(f"{assignment.title}, {assignment.get_game_display()}")
        for reader in readers:
            if rng.random() < reader.diligence:
                _play(assignment, reader, (number // 2) / ROUNDS, rng)
    _close(assignments, weeks, now)
    if takers:
        tell(f"a study with {takers} learners")
        simulate_study(instructor=instructor, cases=cases, takers=takers, rng=rng, now=now)
    tell("ratings, days and streaks")
    book_everything()
    return cohort


def _people(instructor: User, learners: int, rng: random.Random) -> tuple[Cohort, list[Reader]]:
    cohort = create_cohort(
        instructor=instructor,
        name=NAME,
        description="Nobody is behind these names: a program played for a year.",
        time_zone="Europe/Zurich",
    )
    readers = []
    for number in range(learners):
        person = _somebody(cohort, number, PREFIX)
        start = min(0.75, max(0.2, rng.gauss(0.45, 0.12)))
        gain = max(0.0, rng.gauss(0.3, 0.1))
        readers.append(Reader(person, start, min(0.95, start + gain), rng.uniform(0.7, 1.0)))
    return cohort, readers


def _begun(cohort: Cohort, *, before: datetime) -> None:
    """Have the cohort, and everybody in it, be there since the day before the first case."""
    since = before - timedelta(days=1)
    Cohort.objects.filter(pk=cohort.pk).update(created_at=since)
    cohort.memberships.update(joined_at=since)


def _somebody(cohort: Cohort, number: int, prefix: str) -> User:
    first = FIRST_NAMES[number % len(FIRST_NAMES)]
    person = User(
        username=f"{prefix}{first.lower()}-{number + 1:02d}",
        first_name=first,
        last_name="(simulated)",
        role=Role.LEARNER,
    )
    person.set_unusable_password()
    person.save()
    Membership.objects.create(cohort=cohort, person=person)
    return person


def _assignments(
    cohort: Cohort, instructor: User, cases: Sequence[Case], weeks: int, now: datetime
) -> list[Assignment]:
    """A set a quarter, in both games; without a closing date until it has been played."""
    made = []
    for number in range(ROUNDS):
        some = cases[number::ROUNDS]
        case_set = CaseSet.objects.create(
            slug=f"{PREFIX}round-{cohort.pk.hex[:8]}-{number + 1}",
            title=f"Round {number + 1}",
            description="For the simulated cohort.",
            audience=Audience.OWNER,
            owner=instructor,
        )
        append_cases(case_set=case_set, cases=some)
        for play in Play:
            if getattr(case_set, f"{play.value}_size"):
                made.append(
                    create_assignment(
                        cohort=cohort,
                        made_by=instructor,
                        case_set=case_set,
                        game=play,
                        title=f"Round {number + 1}",
                        opens_at=_opens(number, weeks, now),
                    )
                )
    return made


def _opens(number: int, weeks: int, now: datetime) -> datetime:
    return now - timedelta(weeks=weeks * (ROUNDS - number) / ROUNDS)


def _close(assignments: Sequence[Assignment], weeks: int, now: datetime) -> None:
    """Each closes when the next opens; the last is still open."""
    length = timedelta(weeks=weeks / ROUNDS)
    for assignment in assignments:
        closes_at = assignment.opens_at + length
        if closes_at <= now:
            assignment.closes_at = closes_at
            assignment.save(update_fields=["closes_at"])


# --- one reader, one assignment ----------------------------------------------------


def _play(assignment: Assignment, reader: Reader, progress: float, rng: random.Random) -> None:
    """Play it to the end, or give up on the way; then date it back into its quarter."""
    game: Any = localize.services if assignment.game == Play.LOCALIZE else report.services
    rows: GameRows[Any, Any] = LOCALIZE if assignment.game == Play.LOCALIZE else REPORT
    moment = assignment.opens_at + timedelta(days=rng.uniform(0, 60), hours=rng.uniform(0, 10))
    attempt = game.start_assigned(reader=reader.person, assignment=assignment).attempt
    rows.sittings._default_manager.filter(assignment=assignment, reader=reader.person).update(
        started_at=moment
    )
    while attempt is not None:
        if rng.random() < 0.01:
            return
        seconds = rng.lognormvariate(math.log(60), 0.5)
        moment += timedelta(seconds=seconds + rng.uniform(5, 60))
        # One sitting is not always one evening.
        moment += timedelta(days=rng.choice((0, 0, 0, 0, 1, 2)))
        skill = reader.skill(progress)
        if assignment.game == Play.LOCALIZE:
            answer = simulated_answer(attempt.case, skill, rng)
            attempt = game.submit_attempt(attempt=attempt, answer=answer, elapsed_s=seconds)
        else:
            reading = simulated_reading(attempt.case, skill, rng)
            attempt = game.submit_attempt(attempt=attempt, reading=reading, elapsed_s=seconds)
        _date_back(rows, attempt, moment, seconds)
        attempt = game.advance(attempt=attempt)
    rows.sittings._default_manager.filter(assignment=assignment, reader=reader.person).update(
        finished_at=moment
    )


def _date_back(
    rows: GameRows[Any, Any], attempt: BaseAttempt, moment: datetime, seconds: float
) -> None:
    # The services bound what a page claims by the clock; here the clock is made up as well.
    rows.attempts._default_manager.filter(pk=attempt.pk).update(
        started_at=moment - timedelta(seconds=seconds), submitted_at=moment, elapsed_s=seconds
    )
    outcome = attempt.outcome
    if outcome is not None:
        type(outcome)._default_manager.filter(pk=outcome.pk).update(
            occurred_at=moment, seconds=seconds
        )


# --- a study -------------------------------------------------------------------------


def simulate_study(
    *,
    instructor: User,
    cases: Sequence[Case],
    takers: int,
    rng: random.Random,
    now: datetime | None = None,
) -> Trial:
    """Active against passive training at Localize, over and closed; one in ten stops on the way."""
    now = now or timezone.now()
    with transaction.atomic():
        cohort = create_cohort(
            instructor=instructor,
            name=STUDY_COHORT,
            description="Nobody is behind these names: a program took part in a study.",
            time_zone="Europe/Zurich",
        )
        trial = _protocol(cohort, instructor, cases, now)
        people = [_somebody(cohort, number, f"{PREFIX}study-") for number in range(takers)]
        _begun(cohort, before=trial.opens_at)
    for person in people:
        _take_part(trial, person, trial.opens_at + timedelta(days=rng.uniform(0, 20)), rng)
    closed_at = trial.opens_at + timedelta(weeks=STUDY_WEEKS_AGO - 1)
    Trial.objects.filter(pk=trial.pk).update(closed_at=closed_at)
    Assignment.objects.filter(trial_part__trial=trial).update(closes_at=closed_at)
    trial.refresh_from_db()
    return trial


def _protocol(cohort: Cohort, instructor: User, cases: Sequence[Case], now: datetime) -> Trial:
    """Every other case is tested, the others are trained on."""
    sets = []
    for name, some in (("Test", cases[::2]), ("Training", cases[1::2])):
        case_set = CaseSet.objects.create(
            slug=f"{PREFIX}{name.lower()}-{cohort.pk.hex[:8]}",
            title=f"Simulated study: {name.lower()}",
            description="For the simulated study.",
            audience=Audience.OWNER,
            owner=instructor,
        )
        append_cases(case_set=case_set, cases=some)
        sets.append(case_set)
    tested, trained = sets
    if not trained.localize_size:
        raise NothingToPlay
    return create_trial(
        cohort=cohort,
        made_by=instructor,
        title="Feedback or films with answers",
        description="A simulated study: does play with feedback help more than seeing answers?",
        games=[Play.LOCALIZE],
        pre_set=tested,
        post_set=tested,
        arms=[
            ArmPlan("Active", Arm.Mode.ACTIVE, trained),
            ArmPlan("Passive", Arm.Mode.PASSIVE, trained),
        ],
        opens_at=now - timedelta(weeks=STUDY_WEEKS_AGO),
    )


def _take_part(trial: Trial, person: User, moment: datetime, rng: random.Random) -> None:
    """Go through the phases as far as they go, and date everything back."""
    membership = Membership.objects.get(cohort=trial.cohort_id, person=person)
    enrolment = take_part(trial=trial, membership=membership)
    skill = min(0.7, max(0.15, rng.gauss(0.4, 0.12)))
    stamps = {"enrolled_at": moment}
    for phase, stamp in (
        (TrialPart.Phase.PRE, "allocated_at"),
        (TrialPart.Phase.TRAINING, "trained_at"),
        (TrialPart.Phase.POST, "finished_at"),
    ):
        if rng.random() < 0.04:
            break
        part = trial.parts.select_related("assignment__case_set", "arm").get(
            phase=phase, arm=enrolment.arm if phase == TrialPart.Phase.TRAINING else None
        )
        moment = _go_through(part, person, skill, moment, rng)
        stamps[stamp] = moment
        enrolment.refresh_from_db()
        if part.arm is not None:
            skill = min(0.95, skill + rng.gauss(GAINS[part.arm.mode], 0.05))
        moment += timedelta(days=rng.uniform(0.5, 6))
    Enrolment.objects.filter(pk=enrolment.pk).update(**stamps)


def _go_through(
    part: TrialPart, person: User, skill: float, moment: datetime, rng: random.Random
) -> datetime:
    """Everything of a part, from this moment on; gives when it was done."""
    assignment = part.assignment
    began = moment
    if assignment.mode == Assignment.Mode.PASSIVE:
        shown = start_showing(rows=LOCALIZE, reader=person, assignment=assignment)
        while shown.exposure is not None:
            exposure = shown.exposure
            seconds = rng.lognormvariate(math.log(25), 0.4)
            shown = leave_shown(rows=LOCALIZE, exposure=exposure, elapsed_s=None)
            LOCALIZE.shown.filter(pk=exposure.pk).update(
                shown_at=moment, left_at=moment + timedelta(seconds=seconds), seconds=seconds
            )
            moment += timedelta(seconds=seconds + 1)
    else:
        started = localize.services.start_assigned(reader=person, assignment=assignment)
        attempt = started.attempt
        while attempt is not None:
            seconds = rng.lognormvariate(math.log(55), 0.4)
            moment += timedelta(seconds=seconds + 5)
            attempt = localize.services.submit_attempt(
                attempt=attempt,
                answer=simulated_answer(attempt.case, skill, rng),
                elapsed_s=seconds,
            )
            _date_back(LOCALIZE, attempt, moment, seconds)
            attempt = localize.services.advance(attempt=attempt)
    LOCALIZE.sittings._default_manager.filter(assignment=assignment, reader=person).update(
        started_at=began, finished_at=moment
    )
    return moment


# --- answers -------------------------------------------------------------------------


def simulated_answer(case: Case, skill: float, rng: random.Random) -> Answer:
    """What somebody of this skill, in [0, 1], draws and ticks: some found, some off, some false."""
    key, sheet = open_key(case), open_sheet(case)
    marks = []
    seen: set[tuple[str, str]] = set()
    first: dict[tuple[str, str], str] = {}
    for region in key.reference.regions:
        # One reader's outlines are enough to have seen everything.
        first.setdefault((region.finding, region.image), region.reader)
    for region in key.reference.regions:
        if sheet.findings[region.finding].kind != Kind.DRAW:
            continue
        if first[region.finding, region.image] != region.reader or rng.random() > skill:
            continue
        off = SURE if rng.random() < skill else UNSURE
        marks.append(_mark(sheet, region.image, region.finding, region.box, off, skill, rng))
        seen.add((region.finding, region.image))
    if rng.random() < 0.35 * (1 - skill):
        marks.append(_false_mark(sheet, skill, rng))
    present = [s.finding for s in key.reference.statements if s.kind == Kind.SELECT]
    offered = [slug for slug in sheet.offered if sheet.findings[slug].kind == Kind.SELECT]
    selected = {slug for slug in present if rng.random() < skill}
    if offered and rng.random() < 0.25 * (1 - skill):
        selected.add(rng.choice(offered))
    return Answer(tuple(marks), tuple(sorted(selected)), normal=not (marks or selected))


def _mark(
    sheet: CaseSheet,
    image: str,
    finding: str,
    box: tuple[float, float, float, float],
    off: float,
    skill: float,
    rng: random.Random,
) -> DrawnMark:
    film = next(film for film in sheet.films if film.token == image)
    x_min, y_min, x_max, y_max = box
    width, height = x_max - x_min, y_max - y_min
    corners = (
        x_min + rng.gauss(0, off) * width,
        y_min + rng.gauss(0, off) * height,
        x_max + rng.gauss(0, off) * width,
        y_max + rng.gauss(0, off) * height,
    )
    placed = _inside(corners, film.columns, film.rows)
    return DrawnMark(image, finding, placed, 1 + min(3, int(4 * skill * rng.random())))


def _false_mark(sheet: CaseSheet, skill: float, rng: random.Random) -> DrawnMark:
    film = rng.choice(sheet.films)
    offered = [slug for slug in sheet.offered if sheet.findings[slug].kind == Kind.DRAW]
    x, y = rng.uniform(0.15, 0.7) * film.columns, rng.uniform(0.15, 0.7) * film.rows
    side = rng.uniform(0.06, 0.15) * film.columns
    placed = _inside((x, y, x + side, y + side), film.columns, film.rows)
    return DrawnMark(film.token, rng.choice(offered), placed, 1)


def _inside(
    corners: tuple[float, float, float, float], columns: int, rows: int
) -> tuple[float, float, float, float]:
    """The box with its corners in order, inside the film, at least ten pixels each way."""
    x_min, x_max = sorted((corners[0], corners[2]))
    y_min, y_max = sorted((corners[1], corners[3]))
    x_min = round(min(max(0.0, x_min), columns - 10.0), 1)
    y_min = round(min(max(0.0, y_min), rows - 10.0), 1)
    return (
        x_min,
        y_min,
        round(min(float(columns), max(x_max, x_min + 10.0)), 1),
        round(min(float(rows), max(y_max, y_min + 10.0)), 1),
    )


def simulated_reading(case: Case, skill: float, rng: random.Random) -> Reading:
    """The report's sentences as far as this skill sees them; now and then one of its own."""
    sentences = re.split(r"(?<=[.!?])\s+", open_report(case).findings.strip())
    said = [sentence for sentence in sentences if rng.random() < 0.25 + 0.75 * skill]
    if rng.random() < 0.3 * (1 - skill):
        said.append(rng.choice(("Small left pleural effusion.", "Patchy right lower opacity.")))
    return Reading(" ".join(said) or "The lungs are clear.")
