"""Whatever is written can be read, and what is read lies where it is said to lie."""

from collections import Counter
from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st

from scoring.reports.reader import (
    Attributes,
    Mention,
    Noted,
    ReportReading,
    Span,
    read_report,
)
from scoring.reports.reader.lexicon import LEXICON

WORDS = st.sampled_from(sorted(LEXICON.known))
SIGNS = st.sampled_from(
    [
        " ",
        " ",
        " ",
        ", ",
        ". ",
        "\n",
        ": ",
        "; ",
        "/",
        " - ",
        "?",
        "(",
        ") ",
        "\u00a0",
        "–",
        " 3 cm ",
    ]
)
REPORTS = st.lists(st.one_of(WORDS, SIGNS), max_size=60).map(" ".join)
# Each says its own and nothing of the others.
SENTENCES = (
    "Small left pleural effusion.",
    "The heart is mildly enlarged.",
    "No pneumothorax.",
    "8 mm nodule in the right upper lobe.",
    "Possible pneumonia at the left base.",
    "ETT 4 cm above the carina.",
    "Healed right rib fractures.",
    "The lungs are hyperinflated.",
    "The bones are unremarkable.",
)


def _noted(attributes: Attributes) -> Iterator[Noted[object]]:
    for name in attributes.__slots__:
        value = getattr(attributes, name)
        if isinstance(value, Noted):
            yield value
        elif value:
            yield from value


def _spans(reading: ReportReading) -> Iterator[Span]:
    yield from reading.sentences
    yield from reading.prior_references
    yield from reading.unknown_words
    for cover in reading.regions:
        yield from cover.spans
    for mention in reading.mentions:
        yield from mention.words
        yield from mention.cues
        yield mention.clause
        yield from (noted.span for noted in _noted(mention.attributes))


def _content(mention: Mention) -> tuple[object, ...]:
    values = tuple(str(noted.value) for noted in _noted(mention.attributes))
    return (mention.concept, mention.polarity, mention.scope, mention.certainty, values)


def _contents(text: str) -> list[tuple[object, ...]]:
    return [_content(mention) for mention in read_report(text).mentions]


def _check(text: str) -> None:
    reading = read_report(text)
    for start, end in _spans(reading):
        assert 0 <= start < end <= len(text)
        assert text[start:end].strip() == text[start:end]
    for mention in reading.mentions:
        assert mention.words
        assert list(mention.words) == sorted(mention.words)
        for start, end in mention.words:
            assert mention.clause[0] <= start < end <= mention.clause[1]
    assert reading == read_report(text)


@given(st.text(max_size=300))
def test_any_text_can_be_read_and_spans_lie_inside_it(text: str) -> None:
    _check(text)


@given(REPORTS)
def test_any_salad_of_the_readers_own_words_can_be_read(text: str) -> None:
    _check(text)


@given(st.permutations(SENTENCES))
def test_the_order_of_sentences_does_not_change_what_is_said(order: list[str]) -> None:
    assert Counter(_contents(" ".join(order))) == Counter(_contents(" ".join(SENTENCES)))


@given(REPORTS.filter(str.isascii))
def test_capitals_do_not_change_what_is_said(text: str) -> None:
    # Line breaks are judged by capitals too, so they are left out here.
    flat = text.replace("\n", " ").replace(".", " ")
    assert _contents(flat.upper()) == _contents(flat.lower())


@given(st.lists(st.sampled_from(SENTENCES), max_size=4), st.sampled_from(["\n\n", "\n- ", " "]))
def test_sentences_may_be_joined_in_any_layout(sentences: list[str], joint: str) -> None:
    apart = [content for sentence in sentences for content in _contents(sentence)]
    assert _contents(joint.join(sentences)) == apart
