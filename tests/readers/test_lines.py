"""A line of a reader's file: what it may say, and the sentence for each way it can be wrong."""

import json
from typing import Any

import pytest

from radgame.readers.lines import SaidBox, SaidMarks, SaidText, in_steps, read_line
from scoring.jsonl import LineError

BOX = {"finding": "nodule-mass", "box": [1, 2, 30.5, 40]}


def line(**keys: Any) -> bytes:
    return json.dumps({"dataset": "tests", "case": "a", **keys}).encode()


def test_boxes_are_read_with_their_confidence_in_the_learners_steps() -> None:
    said = read_line(line(boxes=[{**BOX, "confidence": 0.6}, {**BOX, "image_uid": "1.2"}]))
    assert said.marks == SaidMarks(
        boxes=(
            SaidBox("nodule-mass", (1, 2, 30.5, 40), "", 3),
            SaidBox("nodule-mass", (1, 2, 30.5, 40), "1.2", None),
        ),
        selected=(),
        normal=False,
    )
    assert said.text is None


@pytest.mark.parametrize(
    ("confidence", "step"),
    [(0, 1), (0.2499, 1), (0.25, 2), (0.5, 3), (0.75, 4), (1, 4), (1.0, 4)],
)
def test_each_quarter_of_a_probability_is_a_step(confidence: float, step: int) -> None:
    assert in_steps(confidence) == step


def test_a_line_may_hold_both_games() -> None:
    said = read_line(line(normal=True, findings="Clear.", impression="Normal."))
    assert said.marks == SaidMarks((), (), normal=True)
    assert said.text == SaidText("Clear.", "Normal.")


def test_a_film_names_the_case_as_well() -> None:
    raw = json.dumps({"dataset": "tests", "image_uid": "1.2.3", "boxes": []}).encode()
    said = read_line(raw)
    assert (said.case, said.image_uid) == ("", "1.2.3")


@pytest.mark.parametrize(
    ("raw", "sentence"),
    [
        (b"{", "not JSON"),
        (b"\xff", "not UTF-8"),
        (b"[]", "must be a JSON object"),
        (b'{"case": "a", "boxes": []}', "dataset is missing"),
        (b'{"dataset": 3, "case": "a", "boxes": []}', "dataset must be a string"),
        (b'{"dataset": "tests", "boxes": []}', "Name the case"),
        (line(image_uid="1", boxes=[]), "Name the case"),
        (line(), "says nothing"),
        (line(box=[]), "unknown key"),
        (line(boxes={}), "boxes must be a list"),
        (line(boxes=[3]), r"boxes\[0\] must be an object"),
        (line(boxes=[{"finding": "a"}]), r"boxes\[0\].box is missing"),
        (line(boxes=[{"box": [1, 2, 3, 4]}]), r"boxes\[0\].finding is missing"),
        (line(boxes=[{**BOX, "box": [1, 2, 3]}]), "four numbers"),
        (line(boxes=[{**BOX, "box": [1, 2, 3, True]}]), "four numbers"),
        (line(boxes=[{**BOX, "confidence": 4}]), "from 0 to 1"),
        (line(boxes=[{**BOX, "confidence": "high"}]), "from 0 to 1"),
        (line(selected="cardiomegaly"), "selected must be a list"),
        (line(normal="yes"), "normal must be true or false"),
        (line(findings="  "), "blank"),
        (line(findings=["a"]), "findings must be a string"),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(raw: bytes, sentence: str) -> None:
    with pytest.raises(LineError, match=sentence):
        read_line(raw)
