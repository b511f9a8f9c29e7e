"""Who may open what of following a cohort: every address against a table reviewed by eye."""

import pytest
from django.test import Client
from django.urls import reverse

from tests.site import test_urls_of_cohorts as cohorts
from tests.site.test_urls_of_cohorts import PEOPLE, Taught

# The same people: only who teaches the cohort sees what becomes of its work.
clients, eve, taught = cohorts.clients, cohorts.eve, cohorts.taught

# 200 page, 302 elsewhere (to sign in), 404 hidden.
TABLE: dict[str, list[int]] = {
    "classroom:follow": [302, 404, 404, 404, 404, 200, 404],
    "classroom:follow_file": [302, 404, 404, 404, 404, 200, 404],
    "classroom:follow_cases": [302, 404, 404, 404, 404, 200, 404],
    "classroom:follow_cases_file": [302, 404, 404, 404, 404, 200, 404],
    "classroom:follow_times": [302, 404, 404, 404, 404, 200, 404],
    "classroom:follow_times_file": [302, 404, 404, 404, 404, 200, 404],
    "classroom:follow_time_steps_file": [302, 404, 404, 404, 404, 200, 404],
    "classroom:follow_curves": [302, 404, 404, 404, 404, 200, 404],
    "classroom:follow_curves_file": [302, 404, 404, 404, 404, 200, 404],
    "classroom:follow_false": [302, 404, 404, 404, 404, 200, 404],
    "classroom:follow_false_file": [302, 404, 404, 404, 404, 200, 404],
    "classroom:follow_ledger_file": [302, 404, 404, 404, 404, 200, 404],
    "classroom:learner": [302, 404, 404, 404, 404, 200, 404],
    "classroom:learner_given_file": [302, 404, 404, 404, 404, 200, 404],
    "classroom:learner_cases_file": [302, 404, 404, 404, 404, 200, 404],
    "classroom:learner_findings_file": [302, 404, 404, 404, 404, 200, 404],
    "classroom:members_file": [302, 404, 404, 404, 404, 200, 404],
    "classroom:results_xlsx": [302, 404, 404, 404, 404, 200, 404],
    "localize:follow_confidence": [302, 404, 404, 404, 404, 200, 404],
    "localize:follow_confidence_file": [302, 404, 404, 404, 404, 200, 404],
    "localize:follow_radiologists": [302, 404, 404, 404, 404, 200, 404],
    "localize:follow_each_radiologist_file": [302, 404, 404, 404, 404, 200, 404],
    "localize:follow_radiologists_file": [302, 404, 404, 404, 404, 200, 404],
}


def address(name: str, taught: Taught) -> str:
    arguments: list[object] = [taught.cohort.pk]
    if name == "classroom:results_xlsx":
        return reverse(name, args=[taught.assignment.pk])
    if name.startswith("classroom:learner"):
        arguments.append(taught.membership.pk)
    if name.endswith("_file"):
        arguments.append("csv")
    return reverse(name, args=arguments)


@pytest.mark.parametrize("name", TABLE)
def test_each_person_gets_what_the_table_says(
    name: str, taught: Taught, clients: dict[str, Client]
) -> None:
    got = [clients[person].get(address(name, taught)).status_code for person in PEOPLE]
    assert got == TABLE[name]
