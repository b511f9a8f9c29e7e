"""The results page, its files, and the script that computes the same from the export alone."""

import csv
import io
import json
import random
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook
from pytest_django.asserts import assertContains, assertNotContains

from localize.models import Exposure, Sitting
from radgame.accounts.models import User
from radgame.cases.models import Case, CaseSet
from radgame.classroom.models import Cohort, Enrolment, Trial, TrialPart
from radgame.classroom.studies.exports import study_document, written
from radgame.classroom.studies.ledger import read_ledger
from radgame.classroom.studies.randomisation import arm_order
from radgame.classroom.studies.results import results_of
from radgame.classroom.studies.services import close_trial
from radgame.classroom.studies.statistics import FEWEST, Estimate
from radgame.progress.models import Outcome
from tests.conftest import client_of
from tools import recompute_study

from .conftest import do_everything, do_phase, protocol, two_arms

Enrol = Callable[[Trial, str], Enrolment]
SCRIPT = Path(recompute_study.__file__)


@dataclass(frozen=True)
class Played:
    """A closed study of 24, of whom three stopped on the way; ``client``: of its instructor."""

    trial: Trial
    client: Client


@pytest.fixture
def small(trial: Trial, enrol: Enrol, charlie: User) -> Played:
    for number, name in enumerate(("ada", "ben", "chidi")):
        do_everything(enrol(trial, name), before=number, after=number + 1)
    return Played(trial, client_of(charlie))


@pytest.fixture
def played(trial: Trial, enrol: Enrol, charlie: User) -> Played:
    enrolments = [enrol(trial, f"learner-{number}") for number in range(27)]
    write_down(trial, enrolments)
    close_trial(trial=trial)
    return Played(trial, client_of(charlie))


def write_down(trial: Trial, enrolments: list[Enrolment]) -> None:
    """What they would have left: 24 who did everything, one who stopped in each phase.

    Every case has a score and a time of its own, so that no mean is right by chance.
    """
    arms = list(trial.arms.all())
    cases = {
        phase: list(Case.objects.filter(set_items__case_set=case_set).order_by("pk"))
        for phase, case_set in (("pre", trial.pre_set), ("training", arms[0].training_set))
    }
    cases["post"] = cases["pre"]
    parts = {(part.phase, part.arm_id): part for part in trial.parts.all()}
    rng = random.Random(3)
    now = timezone.now()
    order = arm_order(len(enrolments) - 1, arms=2, seed=trial.seed)
    for place, enrolment in enumerate(enrolments):
        reached = 3 if place < 24 else 26 - place
        for phase in ("pre", "training", "post")[:reached]:
            arm = arms[order[place]] if phase == "training" else None
            part = parts[phase, arm and arm.pk]
            passive = arm is not None and arm.mode == "passive"
            _do(part, enrolment, cases[phase], rng, passive=passive, gain=0.2 * (phase == "post"))
        if reached:
            enrolment.place, enrolment.arm = place, arms[order[place]]
            enrolment.allocated_at = now
            enrolment.trained_at = now if reached > 1 else None
            enrolment.finished_at = now if reached > 2 else None
            enrolment.save()


def _do(
    part: TrialPart,
    enrolment: Enrolment,
    cases: list[Case],
    rng: random.Random,
    *,
    passive: bool,
    gain: float,
) -> None:
    person = enrolment.membership.person
    if passive:
        sitting = Sitting.objects.create(
            reader=person, case_set=part.assignment.case_set, assignment=part.assignment
        )
        Exposure.objects.bulk_create(
            Exposure(
                sitting=sitting,
                reader=person,
                case=case,
                position=position,
                left_at=timezone.now(),
                seconds=rng.uniform(5, 40),
            )
            for position, case in enumerate(cases)
        )
        return
    Outcome.objects.bulk_create(
        Outcome(
            reader=person,
            game="localize",
            case=case,
            score=min(1.0, rng.uniform(0.1, 0.7) + gain),
            seconds=rng.uniform(20, 90),
            scorer_version="test-1",
            is_first=part.phase == "pre",
            occurred_at=timezone.now(),
            assignment=part.assignment_id,
        )
        for case in cases
    )


def page_of(played: Played) -> str:
    page = played.client.get(reverse("classroom:study", args=[played.trial.pk]))
    assert page.status_code == 200
    return str(page.content.decode())


def exported(played: Played) -> dict[str, Any]:
    answer = played.client.get(reverse("classroom:study_json", args=[played.trial.pk]))
    told: dict[str, Any] = json.loads(answer.content)
    return told


def table_of(page: str, key: str) -> list[list[str]]:
    """The body of a table on the page, as cells."""
    found = re.search(rf'id="{key}">.*?<tbody>(.*?)</tbody>', page, re.DOTALL)
    assert found is not None
    return [
        [unescape(cell) for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row)]
        for row in re.findall(r"<tr>(.*?)</tr>", found[1], re.DOTALL)
    ]


def numbers(told: Estimate | None) -> list[float] | None:
    return None if told is None else [told.value, told.low, told.high]


# --- the script ---------------------------------------------------------------------


def test_the_script_computes_the_same_figures_from_the_export_alone(played: Played) -> None:
    told = recompute_study.recompute(exported(played))
    results = results_of(read_ledger(played.trial))
    assert (told["enrolled"], told["waiting"]) == (results.enrolled, results.waiting) == (27, 1)
    assert told["allocation"] == "confirmed"
    [game] = results.games
    figures = told["games"]["localize"]
    for row in game.arms:
        again = figures["arms"][row.arm.name]
        assert row.change.n >= FEWEST
        assert again["n"] == row.change.n
        for name in ("pre", "post", "change", "sd", "relative"):
            assert again[name] == pytest.approx(getattr(row.change, name), rel=1e-9), name
        assert [again["change"], again["low"], again["high"]] == pytest.approx(
            numbers(row.change.interval), rel=1e-9
        )
        for phase in ("pre", "training", "post"):
            assert again["seconds"][phase] == pytest.approx(getattr(row.times, phase), rel=1e-9)
        assert told["arms"][row.arm.name] == {
            "drawn": row.flow.drawn,
            "trained": row.flow.trained,
            "finished": row.flow.finished,
        }
    for comparison, again in zip(game.comparisons, figures["comparisons"], strict=True):
        for name in ("difference", "hedges_g", "adjusted"):
            estimate = numbers(getattr(comparison, name))
            assert estimate is not None
            assert again[name] == pytest.approx(estimate, rel=1e-6), name


def test_the_script_prints_the_page_cell_for_cell(played: Played) -> None:
    page = page_of(played)
    figures = recompute_study.recompute(exported(played))["games"]["localize"]
    assert table_of(page, "arms-localize") == [
        [name, *recompute_study.arm_cells(row)] for name, row in figures["arms"].items()
    ]
    assert table_of(page, "comparisons-localize") == [
        [f"{row['first']} less {row['second']}", *recompute_study.comparison_cells(row)]
        for row in figures["comparisons"]
    ]
    assert "–" not in "".join(cell for row in table_of(page, "arms-localize") for cell in row)


def test_the_script_runs_by_itself_without_the_site(played: Played, tmp_path: Path) -> None:
    script = tmp_path / "recompute.py"
    script.write_text(SCRIPT.read_text(encoding="utf-8"), encoding="utf-8")
    study = tmp_path / "study.json"
    study.write_text(json.dumps(exported(played)), encoding="utf-8")
    # Isolated: from this folder, with nothing of ours on the path.
    done = subprocess.run(
        [sys.executable, "-I", str(script), str(study)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "allocation confirmed" in done.stdout
    assert "Active less Passive" in done.stdout
    study.write_text("{}", encoding="utf-8")
    refused = subprocess.run(
        [sys.executable, "-I", str(script), str(study)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert refused.returncode == 1
    assert "no study in the format" in refused.stderr


def test_an_arm_that_was_not_drawn_so_is_noticed(played: Played) -> None:
    document = exported(played)
    first = next(one for one in document["enrolments"] if one["place"] == 0)
    first["arm"] = "Passive" if first["arm"] == "Active" else "Active"
    assert recompute_study.check_allocation(document) == "contradicted"
    document["study"]["seed"] = None
    assert recompute_study.check_allocation(document) == "sealed"


# --- the page -----------------------------------------------------------------------


def test_with_few_learners_nothing_is_claimed(small: Played) -> None:
    page = page_of(small)
    assert f"Fewer than {FEWEST} have done both tests in" in page
    assert "no interval, no effect, no comparison" in page
    for row in table_of(page, "comparisons-localize"):
        assert set(row[1:]) == {"–"}
    for row in table_of(page, "arms-localize"):
        assert row[5] == row[6] == row[7] == "–"
    again = recompute_study.recompute(exported(small))["games"]["localize"]
    assert table_of(page, "arms-localize") == [
        [name, *recompute_study.arm_cells(row)] for name, row in again["arms"].items()
    ]


def test_the_page_tells_who_stopped_where(played: Played) -> None:
    page = page_of(played)
    assert "27 enrolled." in page
    assert "1 did not end the pre-test" in page
    for words in ("stopped in the pre-test", "stopped in training", "stopped in the post-test"):
        assert words in page
    arms = results_of(read_ledger(played.trial)).flows
    assert sum(row.flow.left_in_training for row in arms) == 1
    assert sum(row.flow.left_in_post for row in arms) == 1
    assert sum(row.flow.finished for row in arms) == 24


def test_the_chart_has_the_figures_of_its_table(played: Played) -> None:
    page = page_of(played)
    svg = page[page.index("<svg") : page.index("</svg>")]
    for row in table_of(page, "arms-localize"):
        assert f"{row[4]}, n {row[1]}" in unescape(svg)
    assert svg.count('class="whisker"') == 2


def test_the_page_takes_the_same_queries_for_any_number(
    trial: Trial, enrol: Enrol, charlie: User
) -> None:
    client = client_of(charlie)
    address = reverse("classroom:study", args=[trial.pk])
    do_everything(enrol(trial, "first"), before=0, after=1)
    do_everything(enrol(trial, "second"), before=0, after=1)
    client.get(address)
    with CaptureQueriesContext(connection) as few:
        client.get(address)
    for number in range(6):
        do_everything(enrol(trial, f"learner-{number}"), before=1, after=2)
    with CaptureQueriesContext(connection) as many:
        client.get(address)
    assert len(many) == len(few) <= 12


# --- files --------------------------------------------------------------------------


def rows_of(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))


def test_no_file_names_anybody(played: Played) -> None:
    people = [
        *Enrolment.objects.values_list("membership__person__username", flat=True),
        "charlie",
    ]
    pages = [reverse("classroom:study_json", args=[played.trial.pk])]
    for table in ("arms", "comparisons", "learners", "attempts", "shown"):
        pages.append(reverse("classroom:study_csv", args=[played.trial.pk, table]))
    for page in pages:
        text = played.client.get(page).content.decode()
        assert not [name for name in people if name in text]


@pytest.mark.parametrize("table", ["arms", "comparisons", "learners", "attempts", "shown"])
def test_each_table_is_a_csv_and_the_same_spreadsheet(table: str, played: Played) -> None:
    plain = rows_of(
        played.client.get(reverse("classroom:study_csv", args=[played.trial.pk, table])).content
    )
    answer = played.client.get(reverse("classroom:study_xlsx", args=[played.trial.pk, table]))
    sheet = load_workbook(io.BytesIO(answer.content)).active
    assert sheet is not None
    filled = [["" if cell is None else cell for cell in row] for row in sheet.values]
    assert len(plain) > 1
    assert [len(row) for row in filled] == [len(row) for row in plain]
    assert [str(cell) for cell in filled[0]] == plain[0]
    assert [str(row[0]) for row in filled] == [row[0] for row in plain]


def test_the_export_holds_every_attempt_and_every_film_shown(played: Played) -> None:
    document = exported(played)
    assert len(document["attempts"]) == Outcome.objects.count()
    assert len(document["exposures"]) == Exposure.objects.count()
    codes = {one["code"] for one in document["enrolments"]}
    assert {row["code"] for row in document["attempts"]} <= codes
    assert all(
        row["scorer_version"] and row["seconds"] and row["case"] for row in document["attempts"]
    )
    # The same films twice: what is met again is told apart.
    assert {row["first"] for row in document["attempts"] if row["phase"] == "post"} == {False}
    sets = document["case_sets"]
    assert set(sets) == {"tests", "training"}
    assert len(sets["tests"]["cases"]) == 4


def test_the_document_is_of_this_study_alone(
    small: Played, enrol: Enrol, cohort: Cohort, tests_set: CaseSet, training_set: CaseSet
) -> None:
    other = protocol(cohort, tests_set, two_arms(training_set), title="Another")
    assert study_document(other)["attempts"] == []
    do_phase(enrol(other, "ada"))
    assert len(study_document(other)["attempts"]) == 4
    assert len(study_document(small.trial)["enrolments"]) == 3


def test_a_table_that_is_not_there_is_not_found(small: Played) -> None:
    address = reverse("classroom:study_csv", args=[small.trial.pk, "people"])
    assert small.client.get(address).status_code == 404


def test_results_are_for_who_teaches(small: Played, bob: User) -> None:
    address = reverse("classroom:study", args=[small.trial.pk])
    assert client_of(bob).get(address).status_code == 404
    learner = Enrolment.objects.select_related("membership__person").first()
    assert learner is not None
    assert client_of(learner.membership.person).get(address).status_code == 404
    assertContains(small.client.get(address), learner.code)
    assertNotContains(small.client.get(reverse("home")), learner.code)


def test_the_file_is_json_with_a_line_for_each_row() -> None:
    document = {"a": [{"b": 1}, {"b": "ü"}], "c": [], "d": {"e": None}}
    assert json.loads(written(document)) == document
    assert '{"b": 1},\n{"b": "ü"}' in written(document)
