"""A site with something of everything in it, and what is in a site: for the test of backups.

    python -m tests.site.filling fill|tell

Uses the database and the folder of the environment.
"""

import hashlib
import json
import sys
from typing import Any

import django

if __name__ == "__main__":
    django.setup()

from django.apps import apps
from django.core.management import call_command
from django.db.models import ForeignKey, ManyToManyField

import localize.services
import report.services
from localize.answers import Answer, DrawnMark
from localize.models import Explanation
from radgame.cases.models import Case, Image, ReferenceReport
from radgame.progress.services import raise_flag
from report.models import Attempt as ReportAttempt
from report.readings import Reading
from tests.factories import Said, make_case, make_set, person, token_of

NODULE = (100.0, 100.0, 220.0, 240.0)


def fill() -> None:
    """Two learners, four cases, both games, a dispute, and an explanation that failed."""
    cases = [
        make_case(
            said=[
                Said("nodule-mass", NODULE, sentence="Ein Rundherd – “links”."),
                Said("cardiomegaly"),
            ],
            for_report=True,
        )
        for _number in range(4)
    ]
    for case in cases:
        ReferenceReport.objects.create(
            study=case.study, findings="A nodule in the left upper lobe. The heart is enlarged."
        )
    case_set = make_set(*cases)
    for name in ("alice", "bob"):
        reader = person(name)
        box = localize.services.start_sitting(reader=reader, case_set=case_set).attempt
        text = report.services.start_sitting(reader=reader, case_set=case_set).attempt
        assert box is not None
        assert text is not None
        marks = (DrawnMark(token_of(cases[0]), "nodule-mass", NODULE, 2),)
        box = localize.services.submit_attempt(
            attempt=box, answer=Answer(marks, (), normal=False), elapsed_s=12.5
        )
        reading = Reading("Nodule in the left upper lobe, 2 cm – näher ansehen.")
        report.services.submit_attempt(attempt=text, reading=reading, elapsed_s=30)
        assert box.outcome is not None
        raise_flag(outcome=box.outcome, line=None, comment="The ♥ is not enlarged.")
        localize.services.advance(attempt=box)
    Explanation.objects.create(
        fingerprint="0" * 64,
        kind=Explanation.Kind.MISSED,
        case=cases[0],
        finding=cases[0].dataset.findings.get(slug="nodule-mass"),
        film=token_of(cases[0]),
        regions=[list(NODULE)],
        state="failed",
        tries=5,
        error="endpoint: no answer",
    )


def tell() -> dict[str, Any]:
    """Rows by table with a digest of them, films with a digest of their bytes, and a rescore."""
    return {"tables": _tables(), "films": _films(), "scores": _scores()}


def _tables() -> dict[str, list[Any]]:
    told: dict[str, list[Any]] = {}
    for model in apps.get_models(include_auto_created=True):
        names = [
            field.attname if isinstance(field, ForeignKey) else field.name
            for field in model._meta.concrete_fields
            if not isinstance(field, ManyToManyField)
        ]
        rows = sorted(repr(row) for row in model._default_manager.values_list(*names))
        digest = hashlib.sha256("\n".join(rows).encode()).hexdigest()
        told[model._meta.label] = [len(rows), digest]
    return told


def _films() -> dict[str, str]:
    digests = {}
    for image in Image.objects.all():
        for file in (image.preview, image.pixels):
            with file.open("rb") as opened:
                digests[file.name] = hashlib.sha256(opened.read()).hexdigest()
    return digests


def _scores() -> dict[str, list[float]]:
    """What the answers are worth, as stored and as marked anew from what was restored."""
    told = {}
    for rows, rescore in (
        (localize.services.ROWS.attempts, localize.services.rescore_attempt),
        (ReportAttempt, report.services.rescore_attempt),
    ):
        for attempt in rows._default_manager.filter(status="submitted"):
            marked = rescore(attempt_id=attempt.pk, dry_run=True)
            told[str(attempt.pk)] = [marked.before, marked.after]
    return told


if __name__ == "__main__":
    if sys.argv[1] == "fill":
        fill()
        assert Case.objects.count() == 4
    else:
        call_command("migrate", check_unapplied=True, verbosity=0)
        print(json.dumps(tell()))
