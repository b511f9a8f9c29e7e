"""The pages on which a large cohort is followed, on the database of DATABASE_URL.

    DATABASE_URL=postgres://… python -m tests.bench.bench_follow [--learners 500] [--cases 200]

Makes a test database, fills it with learners who have all submitted all cases, with attempts,
marks and lines, and asks for every page from one process: the time of the whole request in the
application, database and templates included. ``--keep`` leaves the database for the next run.
Nothing here is a test: figures depend on the machine, so they are recorded in docs/benchmarks.md
and not asserted.
"""

import argparse
import os
import random
import secrets
import statistics
import tempfile
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "radgame.settings")
os.environ.setdefault("SECRET_KEY", secrets.token_hex(32))
os.environ.setdefault("RADGAME_PLAIN_STATIC", "1")
os.environ.setdefault("LOG_LEVEL", "ERROR")
os.environ.setdefault("RADGAME_VAR", tempfile.mkdtemp(prefix="radgame-bench-"))

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402
from django.urls import reverse  # noqa: E402
from django.utils import timezone  # noqa: E402

from localize.answers import Answer, DrawnMark  # noqa: E402
from localize.marking import Marking, mark_answer  # noqa: E402
from localize.models import Attempt, Sitting  # noqa: E402
from localize.services import ledger_lines  # noqa: E402
from radgame import gunicorn  # noqa: E402
from radgame.accounts.models import Role, User  # noqa: E402
from radgame.cases.dossier import open_key, open_sheet  # noqa: E402
from radgame.cases.models import Case, Finding, Play  # noqa: E402
from radgame.classroom import services  # noqa: E402
from radgame.classroom.assigning import create_assignment  # noqa: E402
from radgame.classroom.models import Assignment, Cohort, Membership  # noqa: E402
from radgame.progress.models import Game, Outcome, OutcomeLine  # noqa: E402
from radgame.simulation import simulated_answer  # noqa: E402
from tests.factories import Said, make_case, make_set  # noqa: E402

ASSIGNMENTS = 10
# Answers by chance to one case, of which every learner gives one.
VARIANTS = 12
DRAWN = ["nodule-mass", "consolidation", "fracture"]
NAME = "radgame_bench_follow"


@dataclass(frozen=True)
class Variant:
    answer: dict[str, Any]
    marking: Marking
    stored: dict[str, Any]


def fill(learners: int, cases: int) -> None:
    """A cohort whose learners have all done everything that was assigned."""
    rng = random.Random(1)
    teacher = User.objects.create_user("teacher", "t@example.org", "correct", role=Role.INSTRUCTOR)
    cohort = services.create_cohort(
        instructor=teacher, name="Large", description="", time_zone="UTC"
    )
    # Nobody signs in with a password here, and to hash five hundred takes minutes.
    people = User.objects.bulk_create(
        User(username=f"learner{number:04d}", password="!") for number in range(learners)
    )
    Membership.objects.bulk_create(Membership(cohort=cohort, person=one) for one in people)
    made = [_case(rng) for _number in range(cases)]
    each = -(-cases // ASSIGNMENTS)
    for number, start in enumerate(range(0, cases, each)):
        part = made[start : start + each]
        assignment = create_assignment(
            cohort=cohort,
            made_by=teacher,
            case_set=make_set(*part, slug=f"set-{number}"),
            game=Play.LOCALIZE,
            title=f"Week {number + 1}",
            opens_at=timezone.now() - timedelta(days=70),
        )
        write(assignment, people, part, rng)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _case(rng: random.Random) -> Case:
    """Two readers who see nearly the same; one film in four is normal."""
    if rng.random() < 0.25:
        return make_case(is_normal=True, everyone_read=["reader 1", "reader 2"])
    said = []
    for finding in rng.sample(DRAWN, 2):
        x, y = rng.uniform(50, 700), rng.uniform(50, 900)
        for reader in ("reader 1", "reader 2"):
            off = rng.uniform(-15, 15)
            said.append(Said(finding, (x + off, y - off, x + 180 + off, y + 160), reader))
    if rng.random() < 0.4:
        said.append(Said("cardiomegaly"))
    return make_case(said=said, is_normal=False, everyone_read=["reader 1", "reader 2"])


def _variants(case: Case, rng: random.Random) -> list[Variant]:
    made = []
    for number in range(VARIANTS):
        answer = simulated_answer(case, 0.2 + 0.7 * number / VARIANTS, rng)
        if rng.random() < 0.3:
            token = open_sheet(case).films[0].token
            x, y = rng.uniform(50, 700), rng.uniform(50, 900)
            false = DrawnMark(token, rng.choice(DRAWN), (x, y, x + 90, y + 90), rng.randint(1, 4))
            answer = Answer((*answer.marks, false), answer.selected, normal=False)
        key = open_key(case)
        marking = mark_answer(answer, key.reference, key.agreement)
        made.append(Variant(answer.to_json(), marking, marking.to_json()))
    return made


def write(
    assignment: Assignment, people: Sequence[User], cases: Sequence[Case], rng: random.Random
) -> None:
    """Sittings, attempts, outcomes and lines, as the submits would have left them."""
    now = timezone.now()
    ids = dict(Finding.objects.values_list("slug", "pk"))
    variants = [_variants(case, rng) for case in cases]
    sittings = Sitting.objects.bulk_create(
        Sitting(reader=reader, case_set=assignment.case_set, assignment=assignment, finished_at=now)
        for reader in people
    )
    chosen: list[tuple[User, Sitting, int, Variant, datetime, float]] = []
    for number, (reader, sitting) in enumerate(zip(people, sittings, strict=True)):
        skill = number / len(people)
        for place in range(len(cases)):
            variant = variants[place][
                min(VARIANTS - 1, int(VARIANTS * rng.betavariate(2, 2 - skill)))
            ]
            at = now - timedelta(minutes=rng.randrange(90000))
            chosen.append((reader, sitting, place, variant, at, rng.uniform(10, 200)))
    outcomes = Outcome.objects.bulk_create(
        [
            Outcome(
                reader=reader,
                game=Game.LOCALIZE,
                case=cases[place],
                score=variant.marking.result.score,
                seconds=seconds,
                scorer_version=variant.marking.result.version,
                is_first=True,
                occurred_at=at,
                assignment=assignment.pk,
            )
            for reader, _sitting, place, variant, at, seconds in chosen
        ],
        batch_size=5000,
    )
    OutcomeLine.objects.bulk_create(
        [
            OutcomeLine(outcome=outcome, finding_id=line.finding_id, result=line.result)
            for outcome, one in zip(outcomes, chosen, strict=True)
            for line in ledger_lines(one[3].marking.result, ids)
        ],
        batch_size=5000,
    )
    Attempt.objects.bulk_create(
        [
            Attempt(
                id=uuid.uuid4(),
                reader=reader,
                case=cases[place],
                sitting=sitting,
                position=place,
                status=Attempt.Status.SUBMITTED,
                answer=variant.answer,
                result=variant.stored,
                score=variant.marking.result.score,
                scorer_version=variant.marking.result.version,
                submitted_at=at,
                elapsed_s=seconds,
                outcome=outcome,
            )
            for outcome, (reader, sitting, place, variant, at, seconds) in zip(
                outcomes, chosen, strict=True
            )
        ],
        batch_size=2000,
    )


def measure(client: Client, name: str, address: str, times: int) -> None:
    began = time.perf_counter()
    reads = 1
    while b"hx-get" in client.get(address).getvalue():
        # The page asks again until everything is read.
        reads += 1
    first = (time.perf_counter() - began) * 1000 / reads
    taken, worked = [], []
    size = 0
    for _number in range(times):
        began, worked_before = time.perf_counter(), time.process_time()
        response = client.get(address)
        taken.append((time.perf_counter() - began) * 1000)
        worked.append((time.process_time() - worked_before) * 1000)
        if response.status_code != 200:
            raise SystemExit(f"{name}: {response.status_code}")
        size = 0 if response.streaming else len(response.content)
    with CaptureQueriesContext(connection) as queries:
        client.get(address)
    p95 = statistics.quantiles(taken, n=20)[-1]
    slowest = max(queries.captured_queries, key=lambda query: float(query["time"]))
    print(
        f"{name}: {reads} × {first:.0f} ms at first, p50 {statistics.median(taken):.0f} ms, "
        f"p95 {p95:.0f} ms, "
        f"of the process {statistics.median(worked):.0f} ms, {size // 1024} kB, "
        f"{len(queries)} queries, the slowest {float(slowest['time']) * 1000:.0f} ms"
    )


def addresses(cohort: Cohort) -> dict[str, str]:
    pages = {
        "classroom:follow": ["", "show=false"],
        "classroom:follow_cases": ["", "by=tells"],
        "classroom:follow_times": [""],
        "classroom:follow_curves": [""],
        "classroom:follow_false": [""],
        "localize:follow_confidence": [""],
        "localize:follow_radiologists": [""],
    }
    files = ["follow_file", "follow_cases_file", "follow_times_file", "follow_curves_file"]
    files = [f"classroom:{file}" for file in [*files, "follow_false_file"]]
    made = {}
    for page, queries in pages.items():
        for query in queries:
            made[f"{page} {query}"] = reverse(page, args=[cohort.pk]) + f"?{query}"
    learner = Membership.objects.learners().filter(cohort=cohort)[7]
    made["classroom:learner"] = reverse("classroom:learner", args=[cohort.pk, learner.pk])
    for file in files:
        made[f"{file} xlsx"] = reverse(file, args=[cohort.pk, "xlsx"])
    return made


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--learners", type=int, default=500)
    parser.add_argument("--cases", type=int, default=200)
    parser.add_argument("--times", type=int, default=30)
    parser.add_argument("--only", default="", help="of the pages, those with this in their name")
    parser.add_argument("--keep", action="store_true", help="use the database again, and leave it")
    asked = parser.parse_args()
    settings.ALLOWED_HOSTS = ["*"]
    # A name of its own, so that it is in nobody's way.
    connection.settings_dict["TEST"] = {
        **connection.settings_dict.get("TEST", {}),
        "NAME": NAME
        if connection.vendor == "postgresql"
        else f"{tempfile.gettempdir()}/{NAME}.sqlite3",
    }
    name = connection.creation.create_test_db(
        verbosity=0, autoclobber=not asked.keep, keepdb=asked.keep, serialize=False
    )
    try:
        if not Cohort.objects.exists():
            fill(asked.learners, asked.cases)
        client = Client()
        teacher = User.objects.get(username="teacher")
        client.force_login(teacher, backend="radgame.accounts.backends.ReaderBackend")
        # As in a process of the site: the collector leaves alone what stays.
        gunicorn.post_worker_init(None)
        for page, address in addresses(Cohort.objects.get()).items():
            if asked.only in page:
                measure(client, page, address, asked.times)
    finally:
        connection.creation.destroy_test_db(name, verbosity=0, keepdb=asked.keep)


if __name__ == "__main__":
    main()
