"""Where a text is cut into passages, and that a passage reads alike wherever it stands."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.reports.reader import Mention, Section, Span, read_report
from scoring.reports.reader.lexicon import LEXICON
from scoring.reports.reader.memory import LONGEST_REMEMBERED
from scoring.reports.reader.passages import Passage, split_passages
from scoring.reports.reader.reading import moved_spans
from scoring.reports.reader.text import LONGEST_SENTENCE, split_sentences

SENTENCES = [
    "The lungs are clear.",
    "There is a small left pleural effusion, unchanged from the prior study.",
    "No pneumothorax is seen!",
    "A 7 mm nodule projects over the left upper lobe; the heart is enlarged.",
    "The patient's ETT ends 4 cm above the carina.",
    "Œdema cannot be excluded.",
    "Zorbling of the mediastinum is noted.",
]


def passages(text: str) -> list[tuple[int, Passage]]:
    return list(split_passages(text, LEXICON.canonical))


def texts(text: str) -> list[str]:
    return [passage.text for _, passage in passages(text)]


def test_a_text_is_cut_behind_full_stops() -> None:
    assert passages("Lungs clear. Heart big!  No ptx") == [
        (0, Passage("Lungs clear.", Section.NONE)),
        (13, Passage("Heart big!", Section.NONE)),
        (25, Passage("No ptx", Section.NONE)),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "Seen by Dr. Smith, approx. 3 cm vs. 4 cm before",
        "A nodule of 3.5 cm in the RUL",
        "An opacity, e.g. a nodule",
        "small effusion\nheart big",
    ],
)
def test_a_text_is_not_cut_where_a_sentence_may_go_on(text: str) -> None:
    assert texts(text) == [text]


def test_headings_belong_to_no_passage() -> None:
    assert passages("FINDINGS: Lungs clear.\nIMPRESSION: Normal.") == [
        (10, Passage("Lungs clear.", Section.FINDINGS)),
        (35, Passage("Normal.", Section.IMPRESSION)),
    ]


def test_a_short_section_ends_with_a_blank_line() -> None:
    assert [passage.section for _, passage in passages("Indication: cough\n\nLungs clear.")] == [
        Section.INDICATION,
        Section.NONE,
    ]


def test_a_blank_line_under_its_heading_does_not_end_a_section() -> None:
    assert passages("Indication:\n\ncough") == [(13, Passage("cough", Section.INDICATION))]


def test_a_wrapped_line_knows_how_much_of_it_stands_ahead() -> None:
    text = "The lungs are clear. The cardiac silhouette is\nenlarged"
    assert passages(text)[1] == (
        21,
        Passage("The cardiac silhouette is\nenlarged", Section.NONE, ahead=21),
    )


@given(st.lists(st.sampled_from(SENTENCES), max_size=8), st.sampled_from([" ", "  ", "\n", "\n\n"]))
def test_a_sentence_reads_alike_wherever_it_stands(sentences: list[str], gap: str) -> None:
    whole = read_report(gap.join(sentences))
    mentions: list[Mention] = []
    unknown: list[Span] = []
    start = 0
    for sentence in sentences:
        alone = read_report(sentence)
        mentions += [mention.moved(start) for mention in alone.mentions]
        unknown += moved_spans(alone.unknown_words, start)
        start += len(sentence) + len(gap)
    assert list(whole.mentions) == mentions
    assert list(whole.unknown_words) == unknown


def test_a_text_too_long_to_be_remembered_reads_as_its_parts_do() -> None:
    clause = "small left pleural effusion, "
    text = clause * (LONGEST_REMEMBERED // len(clause) + 2)
    assert len(texts(text)) == 1
    assert {mention.concept for mention in read_report(text).mentions} == {"pleural-effusion"}
    assert len(read_report(text).mentions) == text.count("effusion")


def test_what_was_read_before_changes_nothing() -> None:
    text = " ".join(SENTENCES)
    first = read_report(text)
    for number in range(20):
        read_report(" ".join(random.Random(number).sample(SENTENCES, len(SENTENCES))))
    assert read_report(text) == first


@pytest.mark.parametrize("between", [" ", ", "])
def test_a_text_without_full_stops_is_read_in_pieces(between: str) -> None:
    """So that the time it takes grows with its length, and not with its cube."""
    text = between.join(["7 mm lung"] * 500 + ["small left pneumothorax"])
    sentences = split_sentences(Passage(text, Section.NONE), {}, LEXICON.canonical)
    assert len(sentences) > 1
    assert max(len(sentence.words) for sentence in sentences) <= LONGEST_SENTENCE
    for sentence in sentences:
        written = [text[a:b] for a, b in zip(sentence.starts, sentence.ends, strict=True)]
        assert sentence.words == [LEXICON.canonical(word) for word in written]
        numbers = [i for i, word in enumerate(written) if word == "7"]
        assert sentence.numbers == numbers
    if "," in between:
        assert all(sentence.words[-1] == "," for sentence in sentences[:-1])
    told = " ".join(word for sentence in sentences for word in sentence.words)
    assert told.replace(" ,", ",") == text
    (found,) = [mention for mention in read_report(text).mentions if mention.is_positive]
    assert (found.concept, found.words) == ("pneumothorax", ((len(text) - 12, len(text)),))
