"""How a reading is written: answers as residents write them, and what each part is worth."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.reports import style
from scoring.reports.marking import StyleMark
from scoring.reports.reader import read_report
from scoring.reports.style import StyleName, score_style

FULL = (
    "The lungs are clear. There is no pleural effusion or pneumothorax. The heart is of normal "
    "size. The mediastinum is not widened. The bones are intact."
)
# Regions, order, clauses, wording.
ANSWERS = [
    # Whole and in order, in several ways of writing.
    (FULL, (1, 1, 1, 1)),
    (FULL.upper(), (1, 1, 1, 1)),
    ("No focal consolidation. The heart and mediastinum are normal. No fracture.", (1, 1, 1, 1)),
    (
        "The cardiomediastinal silhouette is normal. Lungs are clear. Bones are intact.",
        (1, 1, 1, 1),
    ),
    (
        "There is a moderate right pleural effusion. The lungs are otherwise clear. The heart is "
        "enlarged. The trachea is midline. No rib fracture is seen.",
        (1, 1, 1, 1),
    ),
    # The most important thing first, then area by area.
    (
        "There is a large left pneumothorax. The heart is normal. The mediastinum is shifted to "
        "the right. The right lung is clear. There is no rib fracture.",
        (1, 1, 1, 1),
    ),
    # Accepted abbreviations are no fault.
    (
        "The ETT ends 4 cm above the carina. Consolidation is seen in the RLL. The heart is "
        "normal. The SVC and aorta are normal. No fracture.",
        (1, 1, 1, 1),
    ),
    # Headings are neither asked for nor held against anybody.
    (
        "FINDINGS:\nThe lungs are clear. Heart size is normal. There is no mediastinal widening. "
        "No fracture.\nIMPRESSION:\nNormal lungs.",
        (1, 1, 1, 1),
    ),
    # An impression may say again what the findings said.
    (
        "FINDINGS: The lungs are hyperinflated. The heart is normal. The hila are normal. Bones "
        "are intact. IMPRESSION: Emphysema. Cardiomegaly is absent.",
        (1, 1, 1, 1),
    ),
    # Telegram style says everything: half way in its clauses alone.
    ("Lungs clear. Heart normal. Mediastinum normal. Bones intact.", (1, 1, 0.5, 1)),
    ("lungs clear, heart normal, mediastinum normal, bones intact", (1, 1, 0.5, 1)),
    ("- lungs clear\n- heart normal\n- mediastinum normal\n- bones intact", (1, 1, 0.5, 1)),
    ("LUNGS: clear\nMEDIASTINUM: normal\nHEART: normal\nBONES: intact", (1, 1, 0.5, 1)),
    ("Lungs clear; heart, mediastinum and bones normal.", (1, 1, 0.5, 1)),
    # Denials are whole as they stand.
    ("No consolidation. No cardiomegaly. No mediastinal widening. No fracture.", (1, 1, 1, 1)),
    # One area left out.
    ("The lungs are clear. The heart is normal. The mediastinum is normal.", (0.5, 1, 1, 1)),
    ("The lungs are clear. The heart is normal. The bones are intact.", (0.5, 1, 1, 1)),
    ("Lungs clear. Heart normal. Ribs intact.", (0.5, 1, 0.5, 1)),
    # Two or fewer.
    ("The lungs are clear. The heart is normal.", (0, 1, 1, 1)),
    ("There is a small left pleural effusion.", (0, 0.5, 1, 1)),
    ("No acute cardiopulmonary abnormality.", (0, 0.5, 1, 1)),
    ("Unremarkable chest.", (0, 0.5, 0.5, 1)),
    ("Cardiomegaly.", (0, 0.5, 0, 1)),
    ("Small left pleural effusion.", (0, 0.5, 0.5, 1)),
    # As the issue of this game puts it.
    ("small L effusion, heart big", (0, 1, 0.5, 0.5)),
    ("R PTX", (0, 0.5, 0, 0.5)),
    ("no effus", (0, 0.5, 1, 0.5)),
    ("ETT 4 cm above carina", (0, 0.5, 0.5, 1)),
    # To and fro.
    (
        "The heart is normal. The lungs are clear. The aorta is tortuous. No fracture.",
        (1, 0.5, 1, 1),
    ),
    (
        "The lungs are clear. The heart is normal. There is no effusion. The mediastinum is "
        "normal. No fracture. No pneumothorax.",
        (1, 0, 1, 1),
    ),
    (
        "No fracture. The lungs are clear. The heart is normal. The mediastinum is normal. "
        "There is old rib fracture.",
        (1, 0.5, 1, 1),
    ),
    # Run together.
    ("lungs clear heart normal no ptx bones ok", (0, 1, 0, 0.5)),
    (
        "There is a small left effusion and the heart is normal in size and the mediastinum is not "
        "widened and the trachea is midline and I also looked at the ribs and they are intact and "
        "there is no pneumothorax and no consolidation and the costophrenic angle on the right is "
        "sharp and clear as well.",
        (1, 0.5, 0, 1),
    ),
    # Everyday words, the first person, question marks, two hedges.
    ("There is fluid on the lung and a broken rib.", (0, 0.5, 1, 0.5)),
    ("I think there is an opacity in the left lower lobe.", (0, 0.5, 1, 0.5)),
    ("Possible left lower lobe consolidation, may represent pneumonia.", (0, 0.5, 1, 0.5)),
    ("?LLL consolidation", (0, 0.5, 0, 0.5)),
    (
        "White stuff in right lung, heart looks big, maybe possible pneumonia?",
        (0, 1, 1, 0),
    ),
    ("Mod L effusion w/ atel, big heart", (0, 1, 0.5, 0)),
    # One hedge is judgement.
    ("There is a possible nodule in the right upper lobe.", (0, 0.5, 1, 1)),
    # A compound is no abbreviation.
    ("The L-spine and T-spine are normal.", (0, 0.5, 1, 1)),
    # Nothing of the film.
    ("", (0, 0, 0, 0)),
    (" \n\t ", (0, 0, 0, 0)),
    ("asdf qwer zxcv", (0, 0, 0, 0)),
    ("see above", (0, 0, 0, 0)),
    ("Sorry, I have no idea what this is.", (0, 0, 0, 0)),
    ("TECHNIQUE: AP portable. COMPARISON: None.", (0, 0, 0, 0)),
]


def values(mark: StyleMark) -> tuple[float, ...]:
    return tuple(part.value for part in mark.parts)


@pytest.mark.parametrize(("answer", "expected"), ANSWERS, ids=[a[:40] for a, _ in ANSWERS])
def test_answers_are_worth_what_the_rubric_says(answer: str, expected: tuple[float, ...]) -> None:
    assert values(score_style(answer)) == expected


def test_the_table_is_long_enough_to_be_a_specification() -> None:
    assert len(ANSWERS) >= 40


@pytest.mark.parametrize("answer", [answer for answer, _ in ANSWERS])
def test_every_part_below_one_has_one_sentence_of_advice_and_none_asks_for_headings(
    answer: str,
) -> None:
    mark = score_style(answer)
    assert [part.name for part in mark.parts] == list(StyleName)
    assert mark.score == sum(values(mark)) / 4
    for part in mark.parts:
        assert bool(part.advice) == (part.value < 1)
        if part.advice:
            assert part.advice.endswith(".")
            assert part.advice[0].isupper()
            assert len(part.advice) < 260
        assert not re.search(r"\b(heading|section|title)", part.advice, re.IGNORECASE)


@pytest.mark.parametrize(
    ("answer", "part", "advice"),
    [
        (
            "The lungs are clear. The heart is normal. The mediastinum is normal.",
            StyleName.REGIONS,
            "Say something of the bones as well, even where all is normal.",
        ),
        (
            "Small left pleural effusion.",
            StyleName.REGIONS,
            "Say something of the lungs, heart, mediastinum and bones as well, even where all is "
            "normal.",
        ),
        (
            "The heart is normal. The lungs are clear. The aorta is tortuous. No fracture.",
            StyleName.ORDER,
            "Finish with the heart and mediastinum before you go on: you come back to them later.",
        ),
        (
            "- small left effusion\n- ribs intact",
            StyleName.CLAUSES,
            "Make full clauses of phrases such as “small left effusion”: say what is where, and "
            "how much.",
        ),
        (
            "lungs clear heart normal no ptx bones ok",
            StyleName.CLAUSES,
            "End a sentence after each statement, so that none runs into the next.",
        ),
        (
            "small L effusion, I think the heart is normal",
            StyleName.WORDING,
            "Write “left” for “L” and leave out “I think”.",
        ),
        (
            "Possible consolidation, may be pneumonia.",
            StyleName.WORDING,
            "Keep one of “Possible” and “may”.",
        ),
    ],
)
def test_advice_says_what_to_do(answer: str, part: StyleName, advice: str) -> None:
    [found] = [p for p in score_style(answer).parts if p.name == part]
    assert found.advice == advice


def test_what_was_observed_is_told() -> None:
    regions, order, clauses, wording = score_style(
        "Heart big. Lungs clear. Small L effusion."
    ).parts
    assert regions.observed == ("lungs", "heart")
    assert order.observed == ("lungs",)
    assert clauses.observed[0] == "Heart big"
    assert wording.observed == ("Heart big", "L")


def test_a_reading_that_was_read_already_is_not_read_again() -> None:
    for answer, _ in ANSWERS:
        assert score_style(answer, read_report(answer)) == score_style(answer)


@pytest.mark.parametrize("heading", ["FINDINGS:\n", "Findings: ", "IMPRESSION: "])
def test_a_heading_changes_nothing(heading: str) -> None:
    assert values(score_style(heading + FULL)) == values(score_style(FULL))


SENTENCES = [s + "." for s in FULL.rstrip(".").split(". ")]


@given(st.permutations(SENTENCES))
def test_only_the_order_depends_on_the_order_of_sentences(sentences: list[str]) -> None:
    regions, _, clauses, wording = values(score_style(" ".join(sentences)))
    assert (regions, clauses, wording) == (1, 1, 1)


@given(st.lists(st.sampled_from(SENTENCES), unique=True, max_size=4), st.sampled_from(SENTENCES))
def test_a_further_area_never_costs_regions(said: list[str], more: str) -> None:
    before = values(score_style(" ".join(said)))[0]
    assert values(score_style(" ".join([*said, more])))[0] >= before


@settings(max_examples=150, deadline=None)
@given(
    st.text(max_size=120) | st.lists(st.sampled_from(["L", "PTX", "no", ".", "?"])).map(" ".join)
)
def test_any_text_has_a_style_and_always_the_same(text: str) -> None:
    mark = score_style(text)
    assert score_style(text) == mark
    assert set(values(mark)) <= {0, 0.5, 1}
    assert 0 <= mark.score <= 1


@given(
    st.lists(
        st.sampled_from(["Heart big.", "the e.g", "L-spine", "FINDINGS:", "clear.Lungs", "ok"])
    ),
    st.sampled_from([" ", "  ", "\n", "\n\n", " - "]),
)
def test_the_words_of_the_parts_of_a_text_are_its_words(pieces: list[str], gap: str) -> None:
    text = gap.join(pieces)
    read = read_report(text)
    parts = [style._written(passage).wording.words for _, passage in read.passages]
    parts += [len(style._words(heading)) for heading in style._headings(read)]
    assert sum(parts) == len(style._words(text))
