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
    "reader/lexicon.toml": ("419d6772e994f7fb11ca53822e955268c5edabfa083489c2f4f3f57120079f79"),
    "reader/cues.toml": ("b44fb64c9613ee5e5048e0ee8907d50aabaf0bce92daf457ec998f7e11e6d45e"),
    "significance.toml": ("e01dc22e802d02cbe747a094baf4790496e22de8305f475a9dd4e0b8554929d6"),
    "judge/kinship.toml": ("0c3adc76974ae42dd7b10d25924d08350602792c982fef0aafd4f77e02ce2fa8"),
}


def test_the_sums_are_those_of_the_version() -> None:
    assert RulesJudge().version == PINNED_AT


@pytest.mark.parametrize("table", SUMS)
def test_no_table_changes_without_a_new_version(table: str) -> None:
    text = (REPORTS / table).read_text(encoding="utf-8")
    assert hashlib.sha256(text.encode()).hexdigest() == SUMS[table]
