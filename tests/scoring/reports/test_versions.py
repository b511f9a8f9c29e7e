"""A stored score names the version it was made with, so a table does not change under its version.

Whoever edits a table raises READER_VERSION, or the judge's, and writes the new sums here.
"""

import hashlib
from pathlib import Path

import pytest

import scoring.reports
from scoring.reports.judge import RulesJudge

REPORTS = Path(scoring.reports.__file__).parent
PINNED_AT = "rules-1.6.0+8"
SUMS = {
    "reader/lexicon.toml": ("0ab2a8e123a95af63f2b10cfe34057dea34ea391db564faa6c806b9495175b2e"),
    "reader/cues.toml": ("e1b64c4025bc86bf0930c1b1f7c0b5f48cb8348f7e25b26bf4d766d43aef0efa"),
    "significance.toml": ("e01dc22e802d02cbe747a094baf4790496e22de8305f475a9dd4e0b8554929d6"),
    "judge/kinship.toml": ("66d3681361ead9479425d09ee233054f3074e25966d8edf0c0a6e1fd7fad0f07"),
}


def test_the_sums_are_those_of_the_version() -> None:
    assert RulesJudge().version == PINNED_AT


@pytest.mark.parametrize("table", SUMS)
def test_no_table_changes_without_a_new_version(table: str) -> None:
    text = (REPORTS / table).read_text(encoding="utf-8")
    assert hashlib.sha256(text.encode()).hexdigest() == SUMS[table]
