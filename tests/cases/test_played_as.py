"""A case is played in one game, in both, or in neither, and every set counts for each."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import Http404
from django.urls import reverse

from radgame.accounts.models import User
from radgame.cases.access import get_case_set, get_film
from radgame.cases.importers.record import NOTHING_TO_COMPARE, CaseRecord, ReportRecord, Skipped
from radgame.cases.models import Audience, Case, CaseSet, Play
from radgame.cases.services import append_cases, count_case_sets
from radgame.progress.models import Game
from tests.cases.importing import import_dataset
from tests.cases.reports import rex_key, rex_study, write_rex
from tests.conftest import client_of
from tests.factories import make_case, make_dataset, make_set

BEFORE = [("cases", "0001_initial")]
OLD = Skipped("Old.", "here")
AFTER = [("cases", "0003_fill_played_as")]


def record(**changes: Any) -> CaseRecord:
    return CaseRecord("tests", "key", "patient", "study", images=(), **changes)


def test_the_ledger_calls_the_games_by_the_same_names() -> None:
    assert Play.values == Game.values
    assert Play.labels == Game.labels


@pytest.mark.parametrize(
    ("described", "localize", "report", "why_not"),
    [
        ({}, False, False, NOTHING_TO_COMPARE),
        ({"scored_findings": ("nodule-mass",)}, True, False, ""),
        ({"scored_findings": ("nodule-mass",), "not_playable": "No."}, False, False, "No."),
        ({"report": ReportRecord("Clear.", "")}, False, True, ""),
        ({"report": ReportRecord("Clear.", ""), "not_playable": "No."}, False, True, ""),
        ({"report": ReportRecord("Clear.", ""), "not_reportable": (OLD,)}, False, False, "Old."),
        ({"report": ReportRecord(" ", "Normal.")}, False, False, NOTHING_TO_COMPARE),
        ({"report": ReportRecord("Claro.", "", "es")}, False, False, NOTHING_TO_COMPARE),
        (
            {"scored_findings": ("fracture",), "report": ReportRecord("Clear.", "")},
            True,
            True,
            "",
        ),
        (
            {
                "scored_findings": ("fracture",),
                "report": ReportRecord("Clear.", ""),
                "not_playable": "No.",
                "not_reportable": (OLD,),
            },
            False,
            False,
            "No.",
        ),
    ],
)
def test_a_record_is_for_the_games_that_have_something_to_compare(
    described: dict[str, Any], localize: bool, report: bool, why_not: str
) -> None:
    told = record(**described)
    assert (told.for_localize, told.for_report) == (localize, report)
    assert told.why_not_playable == why_not


def test_each_game_opens_its_own_cases(alice: User) -> None:
    boxes, text = make_case(), make_case(for_localize=False, for_report=True)
    both = make_case(for_report=True)
    make_case(for_report=True, status=Case.Status.DRAFT)
    staff = make_case(for_report=True, dataset=make_dataset("staff", Audience.STAFF))
    assert set(Case.objects.playable_by(alice, Play.LOCALIZE)) == {boxes, both}
    assert set(Case.objects.playable_by(alice, Play.REPORT)) == {text, both}
    assert set(Case.objects.playable_as(Play.REPORT)) == {text, both, staff}
    assert set(Case.objects.open_to(alice)) == {boxes, text, both}


def test_the_film_of_a_case_for_either_game_may_be_seen(alice: User) -> None:
    for case in (make_case(), make_case(for_localize=False, for_report=True)):
        image = case.images.get()
        assert get_film(alice, image.token, image.rendition) == image


def test_a_set_is_offered_by_the_games_that_can_play_a_case_of_it(alice: User) -> None:
    make_set(make_case(), slug="boxes")
    make_set(make_case(for_localize=False, for_report=True), slug="texts")
    make_set(make_case(), make_case(for_report=True), slug="both")
    make_set(make_case(status=Case.Status.WITHDRAWN, for_report=True), slug="none")

    def offered(play: Play) -> set[str]:
        return {row.slug for row in CaseSet.objects.playable_by(alice, play)}

    assert offered(Play.LOCALIZE) == {"boxes", "both"}
    assert offered(Play.REPORT) == {"texts", "both"}
    assert get_case_set(alice, "texts", Play.REPORT).slug == "texts"
    with pytest.raises(Http404):
        get_case_set(alice, "texts", Play.LOCALIZE)


def test_a_set_for_signed_in_readers_is_not_offered_to_a_stranger(db: None) -> None:
    make_set(make_case(for_report=True), audience=Audience.SIGNED_IN)
    assert not CaseSet.objects.playable_by(AnonymousUser(), Play.REPORT)


def test_appending_counts_the_places_and_what_each_game_can_play(db: None) -> None:
    case_set = make_set()
    first = [make_case(), make_case(for_report=True)]
    assert append_cases(case_set=case_set, cases=first) == 2
    assert (case_set.size, case_set.localize_size, case_set.report_size) == (2, 2, 1)
    text, draft = make_case(for_localize=False, for_report=True), make_case(status="draft")
    assert append_cases(case_set=case_set, cases=[*first, text, draft]) == 2
    assert (case_set.size, case_set.localize_size, case_set.report_size) == (4, 2, 2)


def test_counting_anew_follows_the_cases_of_those_sets_only(db: None) -> None:
    case, other = make_case(for_report=True), make_case(for_report=True)
    changed, left = make_set(case, slug="changed"), make_set(other, slug="left")
    Case.objects.update(for_report=False)
    for _twice in range(2):
        count_case_sets(CaseSet.objects.filter(items__case=case))
    changed.refresh_from_db()
    left.refresh_from_db()
    assert (changed.size, changed.localize_size, changed.report_size) == (1, 1, 0)
    assert left.report_size == 1


def test_an_import_counts_every_set_that_shows_a_case_of_the_dataset(
    tmp_path: Path, db: None
) -> None:
    root = write_rex(tmp_path, {rex_key(1): rex_study(1, PatientAge="006Y")})
    import_dataset("rexgradient", root, "--include", "children")
    chosen = make_set(slug="chosen")
    append_cases(case_set=chosen, cases=Case.objects.all())
    assert chosen.report_size == 1
    import_dataset("rexgradient", root)
    chosen.refresh_from_db()
    assert (chosen.size, chosen.report_size) == (1, 0)


def test_staff_who_withdraw_a_case_leave_no_set_counting_it(db: None, dana: User) -> None:
    case = make_case(for_report=True)
    case_set = make_set(case)
    dana.is_staff = dana.is_superuser = True
    dana.save()
    client = client_of(dana)
    response = client.post(
        reverse("admin:cases_case_change", args=[case.pk]),
        {
            "dataset": case.dataset_id,
            "study": case.study_id,
            "key": case.key,
            "status": "withdrawn",
            "is_normal": "unknown",
            "for_localize": "on",
            "for_report": "on",
            "scored_findings": "[]",
            "source_fingerprint": "",
        },
    )
    assert response["Location"] == reverse("admin:cases_case_changelist")
    case_set.refresh_from_db()
    assert (case_set.size, case_set.localize_size, case_set.report_size) == (1, 0, 0)


def test_a_report_set_asks_for_findings_and_shows_the_checklist_unless_told(db: None) -> None:
    case_set = CaseSet.objects.create(slug="new", title="New")
    assert (case_set.asks_impression, case_set.shows_checklist) == (False, True)


@pytest.fixture
def migrated() -> Iterator[Any]:
    """The executor; afterwards the database is at the newest migration again."""
    yield MigrationExecutor(connection)
    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes())


@pytest.mark.django_db(transaction=True)
def test_cases_from_before_keep_their_game_and_those_with_a_report_gain_one(
    migrated: MigrationExecutor,
) -> None:
    migrated.migrate(BEFORE)
    old = migrated.loader.project_state(BEFORE).apps
    dataset = old.get_model("cases", "Dataset").objects.create(slug="old", name="Old")
    case_set = old.get_model("cases", "CaseSet").objects.create(slug="old", title="Old", size=5)
    told = [
        ("ready", None, None),
        ("ready", "en", "The lungs are clear."),
        ("ready", "en", " \n"),
        ("ready", "es", "Pulmones limpios."),
        ("draft", "en", "The lungs are clear."),
    ]
    for position, (status, language, findings) in enumerate(told):
        patient = old.get_model("cases", "Patient").objects.create(dataset=dataset, key=position)
        study = old.get_model("cases", "Study").objects.create(patient=patient, uid=position)
        case = old.get_model("cases", "Case").objects.create(
            dataset=dataset, study=study, key=position, status=status
        )
        old.get_model("cases", "CaseSetItem").objects.create(
            case_set=case_set, case=case, position=position
        )
        if language:
            old.get_model("cases", "ReferenceReport").objects.create(
                study=study, language=language, findings=findings
            )
    executor = MigrationExecutor(connection)
    executor.migrate(AFTER)
    new = executor.loader.project_state(AFTER).apps
    cases = new.get_model("cases", "Case").objects.order_by("pk")
    assert list(cases.values_list("for_localize", "for_report")) == [
        (True, False),
        (True, True),
        (True, False),
        (True, False),
        (False, False),
    ]
    counted = new.get_model("cases", "CaseSet").objects.get()
    assert (counted.size, counted.localize_size, counted.report_size) == (5, 4, 1)
