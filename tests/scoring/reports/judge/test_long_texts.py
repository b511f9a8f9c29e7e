"""A text made to be slow is judged in the time of its length, not of its length cubed."""

import time

import pytest

from scoring.reports import score_report

REFERENCE = "Moderate right pleural effusion. Large left pneumothorax."
LONGEST = 6000


@pytest.mark.parametrize(
    "words", ["effusion, ", "nodule effusion pneumothorax mass opacity ", "effussion or ", "no "]
)
def test_one_endless_sentence_does_not_hold_a_process_up(words: str) -> None:
    text = (words * LONGEST)[:LONGEST]
    began = time.process_time()
    score_report(REFERENCE, text)
    # Half a second at most on a quiet machine; without a bound between findings it was minutes.
    assert time.process_time() - began < 10
