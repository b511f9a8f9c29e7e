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
    "reader/lexicon.toml": ("2009bb990b22fa7817d07aba9cddbe050fd62ed786ed399044dcd067bbe50284"),
    "reader/cues.toml": ("906a0a666aa8bcc1ead72b15fb1a23607397cb56434345402592ee1cc52806a3"),
    "significance.toml": ("dd2784cce83e831b92331d70c4b8b658b66781df56f4413873c78f589701b47c"),
    "judge/kinship.toml": ("c84b152ad738ee80713262b47eeeff62257eee2de873acebbeddd1ae5c986383"),
}


def test_the_sums_are_those_of_the_version() -> None:
    assert RulesJudge().version == PINNED_AT


@pytest.mark.parametrize("table", SUMS)
def test_no_table_changes_without_a_new_version(table: str) -> None:
    text = (REPORTS / table).read_text(encoding="utf-8")
    assert hashlib.sha256(text.encode()).hexdigest() == SUMS[table]
