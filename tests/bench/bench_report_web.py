"""Submits of reports under load, on the database of DATABASE_URL.

    DATABASE_URL=postgres://… python -m tests.bench.bench_report_web [--clients 8] [--seconds 10]

As bench_web, for the report game: each submit stores a text of seven
sentences, has it marked against a report of as many, writes the ledger, and
gets the feedback with both texts back.
"""

# bench_web comes first: it prepares the settings that the models are read with.
from tests.bench import bench_web  # isort: skip

import argparse
import asyncio
import random

from django.db import connection
from django.test import Client
from django.utils import timezone

from radgame.accounts.models import User
from radgame.cases.models import Case, CaseSet
from report import access, services
from report.models import Attempt, Sitting
from report.readings import Reading
from tests.factories import make_report_case, make_set, person

ABNORMAL = [
    "There is a {size} {side} pleural effusion with adjacent atelectasis.",
    "{size} {side} apical pneumothorax.",
    "The heart is mildly enlarged.",
    "Endotracheal tube tip {number} cm above the carina.",
    "A {number} mm nodule in the {side} upper lobe.",
    "Patchy opacity in the {side} lower lobe, suspicious for pneumonia.",
    "Degenerative changes of the thoracic spine.",
    "Tortuous aorta with calcification of the arch.",
    "Mild pulmonary vascular congestion.",
    "Median sternotomy wires are intact.",
    "The lungs are hyperinflated.",
    "Nasogastric tube courses below the diaphragm.",
]
NORMAL = [
    "The mediastinal contour is normal.",
    "No acute osseous abnormality.",
    "No free air under the diaphragm.",
    "The hila are unremarkable.",
]


def text_of(rng: random.Random) -> str:
    """Four things that are abnormal and three that are not, as on a film worth a report."""
    chosen = rng.sample(ABNORMAL, 4) + rng.sample(NORMAL, 3)
    return " ".join(
        sentence.format(
            size=rng.choice(["small", "moderate", "large"]),
            side=rng.choice(["left", "right"]),
            number=rng.randint(3, 9),
        )
        for sentence in chosen
    )


def make_learner(
    name: str, case_set: CaseSet, cases: list[Case], history: int
) -> bench_web.Learner:
    """A learner with one open attempt for every case, and a history of earlier ones."""
    rng = random.Random(name)
    user = person(name)
    while history > 0:
        add_round(user, case_set, cases[:history], rng)
        history -= len(cases)
    sitting = Sitting.objects.create(reader=user, case_set=case_set)
    attempts = Attempt.objects.bulk_create(
        Attempt(reader=user, case=case, sitting=sitting, position=position)
        for position, case in enumerate(cases)
    )
    client = Client()
    client.force_login(user, backend="radgame.accounts.backends.ReaderBackend")
    return bench_web.Learner(
        user=user,
        cookie=client.cookies["sessionid"].value,
        attempts=[str(attempt.pk) for attempt in attempts],
        answers=[text_of(rng) for _case in cases],
    )


def add_round(user: User, case_set: CaseSet, cases: list[Case], rng: random.Random) -> None:
    sitting = Sitting.objects.create(reader=user, case_set=case_set, finished_at=timezone.now())
    for position, case in enumerate(cases):
        made = Attempt.objects.create(reader=user, case=case, sitting=sitting, position=position)
        attempt = access.get_attempt(user, made.pk)
        services.submit_attempt(attempt=attempt, reading=Reading(text_of(rng)), elapsed_s=1)


def measure(options: argparse.Namespace) -> None:
    rng = random.Random(1)
    cases = [
        make_report_case(text_of(rng), "Pleural effusion.", indication="Cough.")
        for _ in range(options.cases)
    ]
    case_set = make_set(*cases)
    print(
        f"database {connection.vendor}, {options.workers} workers × {options.threads} threads, "
        f"{options.clients} clients, {options.cases} reports of 7 sentences",
        flush=True,
    )
    fresh = [make_learner(f"fresh-{n}", case_set, cases, 0) for n in range(options.clients)]
    warming = [make_learner(f"warming-{n}", case_set, cases, 0) for n in range(4)]
    single = make_learner("single", case_set, cases, 0)
    veteran = make_learner("veteran", case_set, cases, options.history)
    server = bench_web.start_server(options.port, options.workers, options.threads)
    try:

        def pages(learner: bench_web.Learner) -> list[bytes]:
            path = f"/report/attempts/{learner.attempts[0]}/"
            return [bench_web.request_bytes("GET", path, learner, None)] * 20_000

        def submits(learner: bench_web.Learner) -> list[bytes]:
            # Learners are not in step with one another.
            pairs = list(zip(learner.attempts, learner.answers, strict=True))
            random.Random(learner.cookie).shuffle(pairs)
            return [
                bench_web.request_bytes(
                    "POST",
                    f"/report/attempts/{attempt}/submit/",
                    learner,
                    {"findings": text, "elapsed_s": "12"},
                )
                for attempt, text in pairs
            ]

        def run(title: str, queues: list[list[bytes]]) -> None:
            driven = asyncio.run(bench_web.drive(options.port, queues, options.seconds, 200))
            bench_web.report(title, *driven)

        # Every process reads a case once: the figures are those of a set that is in use.
        asyncio.run(bench_web.drive(options.port, [submits(item) for item in warming], 600, 200))
        run("report page, 1 client", [pages(single)])
        run(f"report page, {options.clients} clients", [pages(item) for item in fresh])
        run("report submit, 1 client, no history", [submits(single)])
        run(f"report submit, 1 client, {options.history} earlier attempts", [submits(veteran)])
        run(f"report submit, {options.clients} clients", [submits(item) for item in fresh])
    finally:
        server.terminate()
        server.wait(10)


if __name__ == "__main__":
    bench_web.main(__doc__, measure)
