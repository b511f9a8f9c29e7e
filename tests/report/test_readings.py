"""What a learner wrote is kept as typed, cleaned of what no text holds, and never cut."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from radgame.playing.services import AnswerError
from report.readings import (
    Reading,
    ReadingRules,
    clean_text,
    read_draft,
    read_reading,
    reading_from_json,
    require_text,
)

RULES = ReadingRules(asks_impression=True, max_findings=20, max_impression=10)
FINDINGS_ONLY = ReadingRules(asks_impression=False, max_findings=20, max_impression=10)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("one\r\ntwo\rthree\n", "one\ntwo\nthree\n"),
        ("page\x0cbreak", "page\nbreak"),
        ("nul\x00 and \x1b[31mescape", "nul and [31mescape"),
        ("half \ud800 a character", "half  a character"),
        ("turned \u202eround\u202c", "turned round"),
        ("\t– bullet • “quoted” 5 µm é ", "\t– bullet • “quoted” 5 µm é "),
        ("  spaces stay  ", "  spaces stay  "),
    ],
)
def test_text_is_cleaned_of_what_cannot_be_stored_or_seen(typed: str, kept: str) -> None:
    assert clean_text(typed) == kept


@given(st.text(st.characters(exclude_categories=())))
def test_clean_text_can_be_stored_and_cleaning_it_again_changes_nothing(typed: str) -> None:
    cleaned = clean_text(typed)
    assert cleaned.encode("utf-8").decode("utf-8") == cleaned
    assert "\x00" not in cleaned
    assert "\r" not in cleaned
    assert clean_text(cleaned) == cleaned


def test_the_bound_counts_characters_after_cleaning() -> None:
    assert read_reading("é" * 19 + "\r\n", "", RULES).findings == "é" * 19 + "\n"


@pytest.mark.parametrize(
    ("findings", "impression", "said"),
    [
        ("x" * 21, "", "The findings are 21 characters long; 20 are allowed."),
        ("", "x" * 11, "The impression is 11 characters long; 10 are allowed."),
    ],
)
def test_a_section_that_is_too_long_is_refused_with_both_numbers(
    findings: str, impression: str, said: str
) -> None:
    with pytest.raises(AnswerError, match="Nothing is lost") as refused:
        read_reading(findings, impression, RULES)
    assert str(refused.value).startswith(said)


def test_an_impression_that_is_not_asked_for_is_left_out_however_long() -> None:
    assert read_reading("Normal.", "x" * 99, FINDINGS_ONLY) == Reading("Normal.", "")


@pytest.mark.parametrize("blank", ["", " ", "\n\t \u00a0"])
def test_a_blank_reading_is_refused(blank: str) -> None:
    with pytest.raises(AnswerError, match="Nothing is written yet"):
        require_text(Reading(blank, blank))


def test_an_impression_alone_is_a_reading() -> None:
    assert require_text(Reading("", "Normal.")).impression == "Normal."


@pytest.mark.parametrize("text", ["", "[]", "null", '{"findings": 3}', '{"impression": ["x"]}'])
def test_a_draft_that_is_not_what_the_page_sends_is_refused(text: str) -> None:
    with pytest.raises(AnswerError, match="kept in this browser"):
        read_draft(text, RULES)


def test_a_blank_draft_is_a_fine_draft() -> None:
    assert read_draft("{}", RULES) == Reading()


def test_the_stored_form_reads_back() -> None:
    reading = read_draft(json.dumps({"findings": "a", "impression": "b"}), RULES)
    assert reading_from_json(reading.to_json()) == reading
