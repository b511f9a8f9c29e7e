"""Sections of a report, whether stated apart or in one text, and what can be compared with."""

import pytest

from radgame.cases.importers.sections import Sections, is_usable, plain_text, read_sections


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (float("nan"), ""),
        ("nan", ""),
        ("NaN", ""),
        ("  The  lungs\tare clear. ", "The lungs are clear."),
        ("One.\n\n  Two.", "One.\nTwo."),
        (20140614, "20140614"),
        ("XXXX", ""),
        ("No XXXX of XXXXX.", "No [removed] of [removed]."),
        ("Chest x-XXXX.", "Chest x-[removed]."),
        ("XX chromosomes", "XX chromosomes"),
    ],
)
def test_a_field_is_cleaned(value: object, text: str) -> None:
    assert plain_text(value) == text


def test_one_text_with_headings_is_taken_apart() -> None:
    whole = (
        "EXAM: Chest, two views.\nCLINICAL HISTORY: Cough. COMPARISON: None.\n"
        "FINDINGS: The lungs are clear.\nThe heart is large.\nIMPRESSION: 1. Cardiomegaly."
    )
    assert read_sections(Sections(findings=whole)) == Sections(
        findings="The lungs are clear.\nThe heart is large.",
        impression="1. Cardiomegaly.",
        indication="Cough.",
        comparison="None.",
        technique="Chest, two views.",
    )


def test_a_field_that_repeats_its_own_heading_loses_it() -> None:
    read = read_sections(
        Sections(findings="Findings: Clear lungs.", comparison="Comparison: 3/8/1991")
    )
    assert (read.findings, read.comparison) == ("Clear lungs.", "3/8/1991")


def test_a_section_stated_apart_wins_over_a_heading_elsewhere() -> None:
    read = read_sections(
        Sections(findings="Clear lungs. IMPRESSION: Normal.", impression="No active disease.")
    )
    assert (read.findings, read.impression) == ("Clear lungs.", "No active disease.")


def test_text_before_a_heading_belongs_to_the_field_it_stands_in() -> None:
    read = read_sections(Sections(findings="Clear lungs.\nConclusion: Normal chest."))
    assert (read.findings, read.impression) == ("Clear lungs.", "Normal chest.")


@pytest.mark.parametrize(
    "text",
    [
        "The history: of the finding is unknown to the lungs.",
        "There are two findings: a nodule and an effusion.",
        "The study was compared.",
        "Ratio 1:2 of the heart.",
    ],
)
def test_a_word_within_a_sentence_is_no_heading(text: str) -> None:
    assert read_sections(Sections(findings=text)) == Sections(findings=text)


@pytest.mark.parametrize(
    ("text", "usable"),
    [
        ("The lungs are clear.", True),
        ("Clear lungs", True),
        ("Normal chest.", True),
        ("No acute disease. See impression.", True),
        ("", False),
        ("Normal.", False),
        ("None.", False),
        ("N/A", False),
        ("See impression.", False),
        ("As above.", False),
        ("See the impression below", True),
        ("[removed] [removed] clear lungs", False),
        ("The [removed] are clear and the heart is small.", True),
        ("12 34", False),
    ],
)
def test_findings_are_usable_when_they_say_something_of_the_film(text: str, usable: bool) -> None:
    assert is_usable(text) is usable
