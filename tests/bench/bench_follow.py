"""The pages on which a large cohort is followed, on the database of DATABASE_URL.

    DATABASE_URL=postgres://… python -m tests.bench.bench_follow [--learners 500] [--cases 200]

Makes a test database, fills it with learners who have all submitted all cases with three lines
each, and asks for every page from one process: the time of the whole request in the application,
database and templates included. Nothing here is a test: figures depend on the machine, so they are
recorded in docs/benchmarks.md and not asserted.
"""

import argparse
import os
import random
import secrets
import statistics
import tempfile
import time
from datetime import timedelta

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "radgame.settings")
os.environ.setdefault("SECRET_KEY", secrets.token_hex(32))
os.environ["RADGAME_VAR"] = tempfile.mkdtemp(prefix="radgame-bench-")

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402
from django.urls import reverse  # noqa: E402
from django.utils import timezone  # noqa: E402

from radgame.accounts.models import Role, User  # noqa: E402
from radgame.cases.models import Case, Finding, Play  # noqa: E402
from radgame.classroom import services  # noqa: E402
from radgame.classroom.assigning import create_assignment  # noqa: E402
from radgame.classroom.models import Cohort, Membership  # noqa: E402
from radgame.progress.models import Game, Outcome, OutcomeLine  # noqa: E402
from tests.factories import make_case, make_set  # noqa: E402

RESULTS = ["hit", "hit", "missed", "misplaced", "wrong_finding", "false_mark"]
LINES = 3
ASSIGNMENTS = 10


def fill(learners: int, cases: int) -> tuple[User, Cohort, list[User]]:
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
    made = [make_case() for _number in range(cases)]
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
        write(assignment.pk, people, part, rng)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return teacher, cohort, people


def write(assignment: object, people: list[User], cases: list[Case], rng: random.Random) -> None:
    now = timezone.now()
    findings = list(Finding.objects.values_list("pk", flat=True))
    outcomes = Outcome.objects.bulk_create(
        [
            Outcome(
                reader=reader,
                game=Game.LOCALIZE,
                case=case,
                score=round(rng.random(), 3),
                seconds=rng.uniform(10, 200),
                scorer_version="1",
                is_first=True,
                occurred_at=now - timedelta(minutes=rng.randrange(90000)),
                assignment=assignment,
            )
            for reader in people
            for case in cases
        ],
        batch_size=5000,
    )
    OutcomeLine.objects.bulk_create(
        [
            OutcomeLine(outcome=outcome, finding_id=finding, result=rng.choice(RESULTS))
            for outcome in outcomes
            for finding in rng.sample(findings, LINES)
        ],
        batch_size=5000,
    )


def measure(client: Client, name: str, address: str, times: int) -> None:
    client.get(address)
    taken = []
    for _number in range(times):
        began = time.perf_counter()
        response = client.get(address)
        taken.append((time.perf_counter() - began) * 1000)
        if response.status_code != 200:
            raise SystemExit(f"{name}: {response.status_code}")
    with CaptureQueriesContext(connection) as queries:
        client.get(address)
    p95 = statistics.quantiles(taken, n=20)[-1]
    slowest = max(queries.captured_queries, key=lambda query: float(query["time"]))
    print(
        f"{name}: p50 {statistics.median(taken):.0f} ms, p95 {p95:.0f} ms, "
        f"{len(queries)} queries, the slowest {float(slowest['time']) * 1000:.0f} ms"
    )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--learners", type=int, default=500)
    parser.add_argument("--cases", type=int, default=200)
    parser.add_argument("--times", type=int, default=30)
    asked = parser.parse_args()
    settings.ALLOWED_HOSTS = ["*"]
    # A name of its own, so that it is in nobody's way.
    connection.settings_dict["TEST"] = {
        **connection.settings_dict.get("TEST", {}),
        "NAME": "radgame_bench_follow",
    }
    name = connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    try:
        teacher, cohort, _people = fill(asked.learners, asked.cases)
        client = Client()
        client.force_login(teacher, backend="radgame.accounts.backends.ReaderBackend")
        for page in ["classroom:follow", "classroom:follow_csv"]:
            measure(client, page, reverse(page, args=[cohort.pk]), asked.times)
    finally:
        connection.creation.destroy_test_db(name, verbosity=0)


if __name__ == "__main__":
    main()
