"""Report cases whose every sentence can be recognised, and what a reader does with them."""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django.conf import settings
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Locator

from radgame.accounts.models import User
from radgame.cases.importers import demo
from radgame.cases.importers.prepare import Known, PreparedCase, prepare
from radgame.cases.importers.record import CaseRecord, FilmSource, ReportRecord
from radgame.cases.models import Case, CaseSet, Dataset
from radgame.cases.services import append_cases, dataset_case_set, load_taxonomy, store_case
from radgame.imaging.fingerprint import pixel_fingerprint
from radgame.imaging.phantom import Recipe
from report.models import Attempt
from report.services import start_sitting

from .visit import Visit

EFFUSION = "There is a large left pleural effusion, as pale as marzipan."
HEART = "The heart is enlarged, to pumpernickel proportions."
IMPRESSION = "Wombat-grey left effusion. Cardiomegaly."
TECHNIQUE = "Zephyrine technique in two views."
COMPARISON = "Kumquat examination of an earlier year."
SENTENCES = (EFFUSION, HEART, IMPRESSION, TECHNIQUE)
RARE_WORDS = ("marzipan", "pumpernickel", "wombat", "zephyrine")
NEVER_TOLD = ("kumquat", "report-case-key", "report-study-uid")

REPORT = ReportRecord(
    findings=f"{EFFUSION} {HEART} No pneumothorax.", impression=IMPRESSION, technique=TECHNIQUE
)
NORMAL = ReportRecord(
    findings="The lungs are clear. The heart is of normal size. No pleural effusion.",
    impression="Normal chest.",
)
RIGHT_READING = "Large left pleural effusion. The heart is enlarged. No pneumothorax."
PARTLY_READING = "Small left pleural effusion. Nodule in the right upper lobe."


def prepared_reports() -> list[PreparedCase]:
    """A study of two views with an effusion and a large heart, then a normal one of one view."""
    records = (_two_views(), replace(_drawn("report-normal", 8), report=NORMAL))
    done = [prepare(record, Known(), max_pixels=10_000_000) for record in records]
    return [case for case in done if isinstance(case, PreparedCase)]


def _drawn(key: str, seed: int) -> CaseRecord:
    recipe = Recipe(key=key, seed=seed, age_years=61, sex="F", indication="Cough.", scale=0.5)
    return demo.build(recipe)


def _two_views() -> CaseRecord:
    record = _drawn("report-case-key", 5)
    (frontal,) = record.images
    assert isinstance(frontal.source, FilmSource)
    turned = frontal.source.film.pixels[:, ::-1].copy()
    lateral = replace(
        frontal,
        sop_uid=f"{frontal.sop_uid}-lateral",
        view="LATERAL",
        source=FilmSource(replace(frontal.source.film, pixels=turned), pixel_fingerprint(turned)),
    )
    return replace(
        record,
        study_uid="report-study-uid",
        images=(frontal, lateral),
        comparison=COMPARISON,
        report=REPORT,
    )


def store_reports(prepared: Sequence[PreparedCase]) -> CaseSet:
    """The demo set with these cases, as the importer itself would write them."""
    load_taxonomy()
    dataset = Dataset.objects.get(slug="demo")
    for case in prepared:
        store_case(dataset=dataset, prepared=case)
    case_set = dataset_case_set(dataset)
    append_cases(case_set=case_set, cases=Case.objects.filter(dataset=dataset).order_by("pk"))
    return case_set


class Desk:
    """A visit at the report game."""

    def __init__(self, visit: Visit) -> None:
        self.visit = visit

    @property
    def findings(self) -> Locator:
        return self.visit.page.locator("#findings")

    def sign_in(self, reader: User) -> None:
        """A session of this reader in this browser."""
        with self.visit.site.lock:
            client = Client()
            client.force_login(reader, backend="radgame.accounts.backends.ReaderBackend")
        cookie = client.cookies[settings.SESSION_COOKIE_NAME]
        self.visit.context.add_cookies(
            [{"name": cookie.key, "value": cookie.value, "url": self.visit.site.url}]
        )

    def begin(self, reader: User | None = None) -> str:
        """Straight to the first film of the newest set; gives the page's path."""
        with self.visit.site.lock:
            reader = reader or User.objects.create_guest()
            started = start_sitting(reader=reader, case_set=CaseSet.objects.latest("pk"))
        self.sign_in(reader)
        assert started.attempt is not None
        path = reverse("report:attempt", args=[started.attempt.pk])
        self.visit.page.goto(path)
        self.films_ready()
        return path

    def films_ready(self) -> None:
        """Every film that hangs is there in full depth."""
        self.visit.page.wait_for_selector("rg-film:not([hidden])")
        for film in self.visit.page.locator("rg-film:not([hidden])").all():
            film.and_(self.visit.page.locator('[data-depth="full"].is-drawn')).wait_for()

    def write(self, findings: str) -> None:
        """Typed, key by key."""
        self.findings.focus()
        self.visit.page.keyboard.type(findings)

    def saved(self) -> str:
        """The findings in the draft on the server."""
        with self.visit.site.lock:
            text: str = Attempt.objects.latest("started_at").answer.get("findings", "")
        return text

    def wait_until_saved(self, findings: str) -> None:
        self.visit.eventually(lambda: self.saved() == findings, f"the draft is {self.saved()!r}")

    def wait_for_state(self, words: str) -> None:
        self.visit.page.locator(".draft-state", has_text=words).wait_for()

    def submit(self) -> None:
        self.visit.page.get_by_role("button", name="Submit").click()
        self.visit.page.wait_for_selector("rg-outcomes .verdict")

    def kept_here(self) -> list[dict[str, Any]]:
        """The copies in this browser."""
        kept: list[str] = self.visit.page.evaluate(
            "Object.keys(localStorage).filter((key) => key.startsWith('radgame:draft:'))"
            ".map((key) => localStorage[key])"
        )
        return [json.loads(text) for text in kept]

    def film_states(self) -> Any:
        """Place, size and window of every film."""
        return self.visit.page.evaluate(
            "document.querySelector('rg-film-board').films.map(({viewport, hidden}) =>"
            " [viewport.view, viewport.window, viewport.inverted, hidden])"
        )
