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
    "reader/lexicon.toml": ("a308728007508eee3aa0b9de14a67da412512595db42cb443c4efd75d84761e8"),
    "reader/cues.toml": ("1afe6881b0d1180f4fc2d34e42516139f22a36909e2bedec4ccb6df1b0c36392"),
    "significance.toml": ("e01dc22e802d02cbe747a094baf4790496e22de8305f475a9dd4e0b8554929d6"),
    "judge/kinship.toml": ("0c3adc76974ae42dd7b10d25924d08350602792c982fef0aafd4f77e02ce2fa8"),
}


def test_the_sums_are_those_of_the_version() -> None:
    assert RulesJudge().version == PINNED_AT


@pytest.mark.parametrize("table", SUMS)
def test_no_table_changes_without_a_new_version(table: str) -> None:
    text = (REPORTS / table).read_text(encoding="utf-8")
    assert hashlib.sha256(text.encode()).hexdigest() == SUMS[table]
