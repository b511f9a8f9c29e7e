"""What follows from a passage is worked out once, unless it is too long to come again."""

from scoring.reports.reader.memory import LONGEST_REMEMBERED, remembers_passages
from scoring.reports.reader.passages import Passage
from scoring.reports.reader.reading import PassageReading, Section


def test_a_passage_that_comes_again_is_worked_on_once_for_each_of_what_else_matters() -> None:
    asked: list[tuple[str, str]] = []

    @remembers_passages
    def answer(passage: Passage, device: str) -> int:
        asked.append((passage.text, device))
        return len(asked)

    one, other = (Passage("Clear.", section) for section in (Section.FINDINGS, Section.NONE))
    assert [answer(one, ""), answer(one, ""), answer(one, "picc"), answer(other, "")] == [
        1,
        1,
        2,
        3,
    ]
    assert answer(Passage("Clear.", Section.FINDINGS), "") == 1


def test_a_long_passage_is_worked_on_again() -> None:
    asked: list[str] = []

    @remembers_passages
    def answer(passage: Passage) -> None:
        asked.append(passage.text)

    longest = "x" * LONGEST_REMEMBERED
    for text in (longest, longest, longest + "x", longest + "x"):
        answer(Passage(text, Section.NONE))
    assert [len(text) - LONGEST_REMEMBERED for text in asked] == [0, 1, 1]


def test_readings_of_one_text_are_told_apart() -> None:
    plain, strange = PassageReading("Quokka."), PassageReading("Quokka.", unknown_words=((0, 6),))
    assert hash(plain) == hash(strange)
    assert plain != strange

    @remembers_passages
    def unknown(passage: PassageReading) -> int:
        return len(passage.unknown_words)

    assert [unknown(plain), unknown(strange), unknown(plain)] == [0, 1, 0]
