"""Sections are joined into one text for the judge and cut again where findings lie."""

from hypothesis import given
from hypothesis import strategies as st

from report.segments import GRAVEST_FIRST, TextMark, cut_text, join_spans
from report.texts import JudgedText, Part, join_sections


def test_sections_are_joined_under_their_headings_and_found_again() -> None:
    joined = join_sections([("findings", "Clear lungs."), ("impression", "Normal.")])
    assert joined.text == "Findings: Clear lungs.\n\nImpression: Normal."
    assert joined.parts == (Part("findings", 10, 22), Part("impression", 36, 43))


def test_a_blank_section_is_left_out_with_its_heading() -> None:
    assert join_sections([("findings", " \n"), ("impression", "Normal.")]) == JudgedText(
        "Impression: Normal.", (Part("impression", 12, 19),)
    )
    assert join_sections([("findings", "")]) == JudgedText("", ())


@given(st.text(), st.text())
def test_every_part_is_its_section_word_for_word(findings: str, impression: str) -> None:
    sections = {"findings": findings, "impression": impression}
    joined = join_sections(sections.items())
    for part in joined.parts:
        assert joined.text[part.start : part.end] == sections[part.section]
    assert JudgedText.from_json(joined.to_json()) == joined


def cut(text: str, *marks: tuple[int, int, str, str]) -> list[tuple[str, tuple[str, ...], str]]:
    segments = cut_text(text, 0, len(text), [TextMark(*mark) for mark in marks])
    return [(segment.text, segment.marks, segment.outcome) for segment in segments]


def test_a_text_without_marks_is_one_segment_and_an_empty_one_is_none() -> None:
    assert cut("Clear.") == [("Clear.", (), "")]
    assert cut("") == []


def test_overlapping_marks_share_the_stretch_that_both_cover() -> None:
    marks = [(0, 4, "f0", "matched"), (2, 6, "f1", "missed")]
    assert cut("abcdefgh", *marks) == [
        ("ab", ("f0",), "matched"),
        ("cd", ("f0", "f1"), "missed"),
        ("ef", ("f1",), "missed"),
        ("gh", (), ""),
    ]


def test_a_mark_inside_another_is_cut_out_of_it() -> None:
    assert cut("abcdef", (0, 6, "r0", "remark"), (2, 4, "f0", "false")) == [
        ("ab", ("r0",), "remark"),
        ("cd", ("r0", "f0"), "false"),
        ("ef", ("r0",), "remark"),
    ]


def test_neighbouring_stretches_of_one_finding_are_one_segment() -> None:
    assert cut("abcd", (0, 2, "f0", "matched"), (2, 4, "f0", "matched")) == [
        ("abcd", ("f0",), "matched")
    ]


def test_what_lies_outside_the_section_is_ignored_and_what_reaches_in_is_clipped() -> None:
    marks = [TextMark(0, 3, "f0", "false"), TextMark(9, 99, "f1", "missed")]
    segments = cut_text("0123456789", 2, 5, marks)
    assert [(s.text, s.marks) for s in segments] == [("2", ("f0",)), ("34", ())]


@given(st.data(), st.text(max_size=30))
def test_joined_again_the_segments_are_the_text_and_each_is_covered_as_it_says(
    data: st.DataObject, text: str
) -> None:
    place = st.integers(0, len(text))
    marks = [
        TextMark(*sorted(span), f"f{number}", data.draw(st.sampled_from(GRAVEST_FIRST)))
        for number, span in enumerate(data.draw(st.lists(st.tuples(place, place), max_size=6)))
    ]
    segments = cut_text(text, 0, len(text), marks)
    assert "".join(segment.text for segment in segments) == text
    at = 0
    for segment in segments:
        over = {m.key for m in marks if m.start <= at and at + len(segment.text) <= m.end}
        assert set(segment.marks) == over
        at += len(segment.text)


def test_words_of_one_finding_with_only_white_space_between_them_are_one_passage() -> None:
    text = "Moderate  left\npleural effusion, small"
    spans = [(15, 31), (0, 8), (10, 14), (33, 38)]
    assert join_spans(text, spans) == [(0, 31), (33, 38)]
    assert join_spans(text, [(0, 14), (10, 22)]) == [(0, 22)]
    assert join_spans(text, []) == []
