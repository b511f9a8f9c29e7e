"""The ledger takes lines about findings of the taxonomy and about what only a report can say."""

import pytest
from django.db import IntegrityError
from django.utils import timezone

from radgame.accounts.models import User
from radgame.cases.models import Finding
from radgame.progress.models import Game, Outcome
from radgame.progress.services import LedgerEntry, LedgerLine, record_outcome, revise_outcome
from tests.factories import make_case


def record(reader: User, *lines: LedgerLine) -> Outcome:
    entry = LedgerEntry(
        reader_id=reader.pk,
        game=Game.REPORT,
        case_id=make_case(for_report=True).pk,
        score=0.5,
        seconds=1,
        scorer_version="tests",
        occurred_at=timezone.now(),
        lines=lines,
    )
    return record_outcome(entry=entry)


def test_a_line_may_be_about_what_the_taxonomy_does_not_name(alice: User) -> None:
    record(alice, LedgerLine(None, "missed", 0.5, concept="pneumoperitoneum"))
    assert Outcome.objects.get().lines.values_list("finding", "concept", "weight").get() == (
        None,
        "pneumoperitoneum",
        0.5,
    )


def test_a_line_may_name_both_a_finding_and_what_it_was_read_as(alice: User) -> None:
    case = make_case()
    nodule = Finding.objects.get(slug="nodule-mass")
    assert case.dataset.findings.contains(nodule)
    record(alice, LedgerLine(nodule.pk, "matched", concept="granuloma"))
    line = Outcome.objects.get().lines.get()
    assert (line.finding, line.concept) == (nodule, "granuloma")


def test_a_line_about_nothing_is_refused_by_the_database(alice: User) -> None:
    with pytest.raises(IntegrityError, match="line_is_about_something"):
        record(alice, LedgerLine(None, "missed"))


def test_a_revised_outcome_keeps_its_concepts(alice: User) -> None:
    outcome = record(alice, LedgerLine(None, "missed", concept="kyphosis"))
    revise_outcome(
        outcome=outcome,
        score=1,
        scorer_version="newer",
        lines=[LedgerLine(None, "matched", concept="kyphosis")],
    )
    assert list(outcome.lines.values_list("concept", "result")) == [("kyphosis", "matched")]
