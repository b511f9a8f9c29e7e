"""The report of a case is read once for a process, and anew when the case was revised."""

import pytest
from pytest_django import DjangoAssertNumQueries

from radgame.cases import dossier
from radgame.cases.models import Case, ReferenceReport
from tests.factories import make_case, make_report_case


@pytest.fixture
def case(db: None) -> Case:
    return make_report_case("Clear lungs.", "Normal.", technique="PA.")


def test_a_report_comes_section_by_section(case: Case) -> None:
    report = dossier.open_report(case)
    assert (report.technique, report.findings, report.impression) == (
        "PA.",
        "Clear lungs.",
        "Normal.",
    )


def test_it_is_read_once_and_anew_when_the_case_is_revised(
    case: Case, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(1):
        dossier.open_report(case)
        dossier.open_report(case)
    ReferenceReport.objects.update(findings="A nodule.")
    assert dossier.open_report(case).findings == "Clear lungs."
    dossier.revise_case(case)
    case.refresh_from_db()
    assert dossier.open_report(case).findings == "A nodule."


def test_a_report_in_another_language_is_not_what_a_reading_is_compared_with(case: Case) -> None:
    ReferenceReport.objects.create(study=case.study, language="de", findings="Unauffällig.")
    assert dossier.open_report(case).findings == "Clear lungs."


def test_opening_the_sheet_or_the_key_of_a_case_reads_no_report(case: Case) -> None:
    ReferenceReport.objects.all().delete()
    dossier.open_sheet(case)
    dossier.open_key(case)
    with pytest.raises(ReferenceReport.DoesNotExist):
        dossier.open_report(case)


def test_a_case_without_a_report_has_none_to_open(db: None) -> None:
    with pytest.raises(ReferenceReport.DoesNotExist):
        dossier.open_report(make_case())
