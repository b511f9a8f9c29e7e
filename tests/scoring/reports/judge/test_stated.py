"""What is gathered from a passage once holds wherever the passage comes again."""

import random

from scoring.reports.judge.kinship import kinship_table
from scoring.reports.judge.stated import Stated, gather
from scoring.reports.reader import read_report
from scoring.reports.reader.memory import LONGEST_REMEMBERED

# Each of one finding, and none has to do with another.
SENTENCES = [
    "Small left pleural effusion.",
    "The heart is mildly enlarged.",
    "An opacity at the right apex, consistent with tumour, is 42 mm wide.",
    "ETT 4 cm above the carina.",
    "Healed fracture of the right fifth rib.",
    "Cannot exclude pneumoperitoneum.",
    "The aorta is calcified.",
]


def gathered(text: str) -> tuple[Stated, ...]:
    return gather(read_report(text), kinship_table())


def test_a_sentence_states_the_same_wherever_it_stands() -> None:
    for number in range(20):
        sentences = random.Random(number).sample(SENTENCES, len(SENTENCES))
        text = " ".join(sentences)
        together = set(gathered(text))
        alone = set()
        for sentence in sentences:
            (stated,) = gathered(sentence)
            alone.add(stated.moved(text.index(sentence)))
        assert together == alone


def test_a_moved_finding_has_all_its_places_moved() -> None:
    (here,) = gathered(SENTENCES[0])
    (there,) = gathered("\n\n" + SENTENCES[0])
    assert here != there
    assert there == here.moved(2)
    assert there.spans == tuple((start + 2, end + 2) for start, end in here.spans)
    assert (there.head, there.start, there.end) == (
        (here.head[0] + 2, here.head[1] + 2),
        here.start + 2,
        here.end + 2,
    )


def test_a_passage_too_long_to_be_remembered_states_what_its_parts_do() -> None:
    filler = "and the film was taken in the usual way and in the usual place " * 8
    text = f"Small left pleural effusion, {filler}, and the heart is mildly enlarged."
    assert len(text) > LONGEST_REMEMBERED
    assert [stated.concept for stated in gathered(text)] == ["cardiomegaly", "pleural-effusion"]
    assert gathered(text) == gathered(text)
