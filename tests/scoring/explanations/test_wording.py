"""What is kept of a model's answer."""

import contextlib
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.explanations import DropReason
from scoring.explanations.wording import (
    MAX_SENTENCES,
    MAX_TEXT,
    Unusable,
    enough_said,
    plain_text,
    sentences,
    tidy_answer,
)

GOOD = "The right base is white and hides the vessels. Look for dark bronchi inside it."


def reason_of(answer: str, *, ended: bool = True, instructions: tuple[str, ...] = ()) -> DropReason:
    with pytest.raises(Unusable) as unusable:
        tidy_answer(answer, ended=ended, instructions=instructions)
    return unusable.value.reason


@pytest.mark.parametrize(
    "answer",
    [
        GOOD,
        f"  {GOOD}\n",
        f'"{GOOD}"',
        f"“{GOOD}”",
        f"Explanation: {GOOD}",
        f"**Explanation:** {GOOD}",
        f"assistant: {GOOD}",
        f"<start_of_turn>model\n{GOOD}<end_of_turn>\n<start_of_turn>user\nAnd now?",
        f"<|im_start|>assistant\n{GOOD}<|im_end|>",
        f"{GOOD}</s>More.",
        f"<think>It may be the base.</think>\n{GOOD}",
        f"<unused94>thought\nThe base.<unused95>{GOOD}",
        f"<p>{GOOD}</p>",
        f"<div class='x'>{GOOD}</div><script>alert(1)</script>",
        f"<!-- note -->{GOOD}<img src=x onerror=alert(1)>",
        f"```\n{GOOD}\n```",
        f"## {GOOD}",
        f"> {GOOD}",
        "- The right base is *white* and hides the vessels.\n- Look for `dark` bronchi inside it.",
        "1. The right base is white and hides the vessels.\n2. Look for dark bronchi inside it.",
        "The [right base](http://example.org/x) is white and hides the vessels. "
        "Look for __dark bronchi__ inside it.",
        f"{GOOD}\u202e\u200b\x07",
        f"{GOOD} A third sentence is left out. And a fourth.",
        f"{GOOD}\n---\n",
    ],
)
def test_only_the_words_of_an_answer_are_kept(answer: str) -> None:
    assert tidy_answer(answer) == GOOD


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ("", DropReason.EMPTY),
        (" \n\t", DropReason.EMPTY),
        ("<end_of_turn>", DropReason.GARBAGE),
        ("<think>I wonder whether", DropReason.GARBAGE),
        ("<html><body><br></body></html>", DropReason.GARBAGE),
        ("<script>alert('the lung is white')</script>", DropReason.GARBAGE),
        ("<a href='", DropReason.GARBAGE),
        ("12 34 56 78 90", DropReason.GARBAGE),
        ("?!?! ... ***", DropReason.GARBAGE),
        ("{}[]{}[]{}[] the {}[]{}[]", DropReason.GARBAGE),
        ("White.", DropReason.GARBAGE),
        ("the the the the white lung", DropReason.GARBAGE),
        ("It is the base. It is the base. It is the base of it.", DropReason.GARBAGE),
        ("The base is white, the base is white and the base is white again.", DropReason.GARBAGE),
        ("Ksjdf lksdjf kjsd lkjsd fkljs dflkj sdf lkwe rwerj", DropReason.GARBAGE),
        (f"The {'w' * 60} is at the base of it.", DropReason.GARBAGE),
        (
            "Hay una opacidad blanca en la base derecha; fíjese en los bronquios.",
            DropReason.GARBAGE,
        ),
        ("I'm sorry, but I cannot interpret medical images.", DropReason.REFUSED),
        ("As an AI, the film shows a white base.", DropReason.REFUSED),
        ("The red box shows that the base is white.", DropReason.UNFIT),
        ("The second image shows that the base is white.", DropReason.UNFIT),
        ("The base is white at 30% of the width of it.", DropReason.UNFIT),
        ("The base is white, so consult a doctor about it.", DropReason.UNFIT),
        ("It is white here. Please seek medical attention for it.", DropReason.UNFIT),
        ("It is white, " + "and it is whiter than the rest, as this one shows " * 12, None),
    ],
)
def test_what_cannot_be_shown_is_refused_with_its_reason(
    answer: str, reason: DropReason | None
) -> None:
    assert reason_of(answer) is (reason or DropReason.GARBAGE)


LONG = (
    "The white area at the base of this lung hides every vessel that should run through it "
    "towards the diaphragm, takes the outline of the dome away with it, leaves dark bronchi to be "
    "followed from the hilum outwards, spares only a thin rim along the chest wall, and stops "
    "above at a sharp and slightly raised line which marks where one lobe ends and its neighbour "
    "begins, as a fissure does"
)


def test_a_sentence_that_is_too_long_is_refused_and_not_cut() -> None:
    assert len(LONG) > MAX_TEXT - 40
    assert reason_of(f"{LONG}, when nothing pulls or pushes it in any way at all.") is (
        DropReason.TOO_LONG
    )


def test_the_second_sentence_is_left_out_where_both_are_too_long() -> None:
    first = "The right base is white and hides the vessels."
    assert tidy_answer(f"{first} {LONG}.") == first


def test_a_sentence_that_was_cut_off_is_left_out() -> None:
    first = "The right base is white and hides the vessels."
    assert tidy_answer(f"{first} Look for dark bro", ended=False) == first
    assert reason_of("The right base is white and hides the", ended=False) is DropReason.TOO_LONG


def test_a_sentence_that_the_model_left_open_is_closed() -> None:
    assert tidy_answer("The right base is white and hides the vessels") == (
        "The right base is white and hides the vessels."
    )


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("It is 2.5 cm wide. Look there.", ["It is 2.5 cm wide.", "Look there."]),
        ("Signs, e.g. bronchi, help. Look.", ["Signs, e.g. bronchi, help.", "Look."]),
        ('It is "white." Look!', ['It is "white."', "Look!"]),
        ("Open end", ["Open end"]),
        ("", []),
    ],
)
def test_sentences_end_where_they_end(text: str, told: list[str]) -> None:
    assert list(sentences(text)) == told


@pytest.mark.parametrize(
    "answer",
    [
        "Round nodule, right upper zone. Sharp edge tells nodule apart.",
        "Blunted right costophrenic angle.",
        "Large heart. Left border near chest wall, ratio above one half.",
    ],
)
def test_short_sentences_are_prose(answer: str) -> None:
    assert tidy_answer(answer) == answer


@pytest.mark.parametrize(
    "answer",
    [
        "Rundherd rechts oben mit scharfem Rand.",
        "- Nodule\n- Right upper zone\n- Sharp edge",
        "Finding: nodule. Side: right. Zone: upper.",
        '{"finding": "nodule", "side": "right"}',
    ],
)
def test_what_is_no_english_or_no_sentence_is_garbage(answer: str) -> None:
    assert reason_of(answer) is DropReason.GARBAGE


def test_an_answer_is_enough_when_the_sentence_after_the_last_has_begun() -> None:
    assert not enough_said(GOOD)
    assert not enough_said("It is 2. And 3.")
    assert enough_said(f"{GOOD} A")


def test_the_instructions_said_again_are_no_answer() -> None:
    instructions = "Answer in exactly two sentences, in plain text, as a teacher speaks."
    echo = "Answer in exactly two sentences, in plain text, as a teacher."
    assert reason_of(echo, instructions=(instructions,)) is DropReason.GARBAGE
    assert tidy_answer(GOOD, instructions=(instructions,)) == GOOD


def test_less_than_is_no_tag() -> None:
    assert plain_text("A nodule is < 3 cm, a mass > 3 cm.") == "A nodule is < 3 cm, a mass > 3 cm."


@given(st.text(max_size=600) | st.text(alphabet="<>abc the.*_[]()/!\n ", max_size=600))
def test_whatever_a_model_says_is_tidied_or_refused(answer: str) -> None:
    try:
        text = tidy_answer(answer)
    except Unusable:
        return
    assert 0 < len(text) <= MAX_TEXT + 1
    assert "\n" not in text
    assert len(list(sentences(text))) <= MAX_SENTENCES
    assert "<script" not in text


@pytest.mark.parametrize(
    "piece", ["<", "<a ", "*", "[", "<think>", "`x", "_ _", "the ", "a. ", "\n", "- \n", "-\n"]
)
def test_a_long_answer_takes_no_long_time(piece: str) -> None:
    started = time.process_time()
    plain_text(piece * 50_000)
    enough_said(piece * 500)
    with contextlib.suppress(Unusable):
        tidy_answer(f"{GOOD}\n{piece * 50_000}x")
    assert time.process_time() - started < 2
