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
    "reader/lexicon.toml": ("7f4c1b0c8680fc1f72ba7f99dc8907aa0a65c3b198c0f5c6a653d23c373631ee"),
    "reader/cues.toml": ("b99633dce80816e1375107607867674fdf856429c85c7883aedc6d030263b1df"),
    "significance.toml": ("e01dc22e802d02cbe747a094baf4790496e22de8305f475a9dd4e0b8554929d6"),
    "judge/kinship.toml": ("989ca53cf004e8dd2fec8b41836b8a7f7c5c29fb41bc1916e0dbcdda48ff8110"),
}


def test_the_sums_are_those_of_the_version() -> None:
    assert RulesJudge().version == PINNED_AT


@pytest.mark.parametrize("table", SUMS)
def test_no_table_changes_without_a_new_version(table: str) -> None:
    text = (REPORTS / table).read_text(encoding="utf-8")
    assert hashlib.sha256(text.encode()).hexdigest() == SUMS[table]
