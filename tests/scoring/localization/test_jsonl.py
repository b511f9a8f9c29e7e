"""One line in, one line out: good lines worked out by hand, bad lines told what is wrong."""

import json

import pytest

from scoring.localization import SCORER_VERSION, score_line, score_lines

GOOD = {
    "id": "case-1",
    "size": [100, 50],
    "reference": [
        {"finding": "Nodule", "reader": "Ann", "box": [0, 0, 10, 10]},
        {"finding": "Mass", "box": [50, 0, 60, 10]},
    ],
    "marks": [
        {"finding": "Mass", "box": [90, 40, 100, 50]},
        {"finding": "Nodule", "box": [0, 0, 8, 10]},
    ],
    "selected": [],
}


def line_with(**changes):
    return json.dumps({**GOOD, **changes})


def test_a_line_gives_score_counts_and_matches():
    assert score_line(json.dumps(GOOD)) == {
        "id": "case-1",
        "score": 0.625,
        "version": SCORER_VERSION,
        "counts": {
            "hits": 1,
            "misplaced": 1,
            "wrong_finding": 0,
            "false_marks": 0,
            "missed": 0,
        },
        "matches": [{"mark": 1, "reference": 0, "iou": 0.8}],
        "precision": 0.5,
        "recall": 0.5,
        "f1": 0.5,
    }


def test_an_empty_case_is_a_perfect_answer():
    result = score_line('{"id": 1, "size": [10, 10], "reference": [], "marks": []}')
    assert (result["id"], result["score"], result["matches"]) == (1, 1.0, [])
    assert set(result["counts"].values()) == {0}


def test_matches_come_in_the_order_of_the_marks():
    boxes = [[40, 0, 50, 10], [0, 0, 10, 10], [20, 0, 30, 10]]
    rows = [{"finding": "Nodule", "box": box} for box in boxes]
    result = score_line(line_with(marks=rows, reference=rows[::-1]))
    assert result["matches"] == [
        {"mark": 0, "reference": 2, "iou": 1.0},
        {"mark": 1, "reference": 1, "iou": 1.0},
        {"mark": 2, "reference": 0, "iou": 1.0},
    ]


@pytest.mark.parametrize(
    ("reference", "marks", "selected", "counts"),
    [
        # A reference row without a box says that the finding is present.
        ([{"finding": "S"}], [], ["S"], (1, 0, 0, 0, 0)),
        ([{"finding": "S", "box": None}], [], ["S"], (1, 0, 0, 0, 0)),
        ([{"finding": "S"}], [], [], (0, 0, 0, 0, 1)),
        ([], [], ["S"], (0, 0, 0, 1, 0)),
        ([], [], ["S", "S"], (0, 0, 0, 1, 0)),
        # A tick makes a finding select; the box then only says that it is present.
        ([{"finding": "S", "box": [0, 0, 9, 9]}], [], ["S"], (1, 0, 0, 0, 0)),
        (
            [{"finding": "S", "box": [0, 0, 9, 9]}, {"finding": "S", "box": [20, 0, 29, 9]}],
            [],
            ["S"],
            (1, 0, 0, 0, 0),
        ),
        # So does a mark's box on a select finding: it is a tick.
        ([{"finding": "S"}], [{"finding": "S", "box": [0, 0, 9, 9]}], [], (1, 0, 0, 0, 0)),
        (
            [{"finding": "S", "box": [0, 0, 9, 9]}],
            [{"finding": "S", "box": [50, 0, 59, 9]}] * 2,
            ["S"],
            (1, 0, 0, 0, 0),
        ),
        # One row with a box and one without: select.
        (
            [{"finding": "S", "box": [0, 0, 9, 9]}, {"finding": "S"}],
            [],
            [],
            (0, 0, 0, 0, 1),
        ),
    ],
)
def test_select_findings_are_present_or_absent(reference, marks, selected, counts):
    result = score_line(line_with(reference=reference, marks=marks, selected=selected))
    assert tuple(result["counts"].values()) == counts
    assert result["matches"] == []


@pytest.mark.parametrize(
    ("changes", "counts"),
    [
        ({}, (1, 1, 0, 0, 0)),
        ({"thresholds": {"Nodule": 0.81}}, (0, 2, 0, 0, 0)),
        ({"thresholds": {"Nodule": 0.8}}, (1, 1, 0, 0, 0)),
        ({"thresholds": {"Nodule": 1}}, (0, 2, 0, 0, 0)),
        ({"readers": ["Ann", "Bob"], "marks": []}, (0, 0, 0, 0, 1)),
        ({"readers": None, "marks": []}, (0, 0, 0, 0, 2)),
        ({"reference": [], "scored": ["Mass"]}, (0, 0, 0, 1, 0)),
        ({"reference": [], "marks": [], "selected": ["S"], "scored": ["Mass"]}, (0, 0, 0, 0, 0)),
        ({"reference": [], "marks": [], "selected": ["S"], "scored": ["S"]}, (0, 0, 0, 1, 0)),
        ({"remark": {"free": "text"}}, (1, 1, 0, 0, 0)),
        ({"selected": None, "scored": None, "thresholds": None}, (1, 1, 0, 0, 0)),
    ],
)
def test_optional_keys_change_the_mark_as_they_should(changes, counts):
    if changes.get("readers"):
        changes = {**changes, "reference": [
            {"finding": "Nodule", "reader": "Ann", "box": [0, 0, 10, 10]},
            {"finding": "Mass", "reader": "Ann", "box": [50, 0, 60, 10]},
            {"finding": "Mass", "reader": "Bob", "box": [50, 0, 60, 10]},
        ]}  # fmt: skip
    assert tuple(score_line(line_with(**changes))["counts"].values()) == counts


def test_a_box_that_touches_the_border_is_fine():
    whole = [{"finding": "Nodule", "box": [0, 0, 100, 50]}]
    result = score_line(line_with(reference=whole, marks=whole))
    assert result["matches"] == [{"mark": 0, "reference": 0, "iou": 1.0}]


def nodule(box):
    return [{"finding": "Nodule", "box": box}]


@pytest.mark.parametrize(
    ("line", "case_id", "said"),
    [
        ("", None, "not JSON"),
        ("\n", None, "not JSON"),
        ("{", None, "not JSON"),
        ('{"id": "a"} {"id": "b"}', None, "not JSON: Extra data at character 13"),
        ('{"id": "a", "size": [NaN, 1]}', None, "NaN is not a JSON number"),
        ('{"id": "a", "size": [-Infinity, 1]}', None, "-Infinity is not a JSON number"),
        ("[" * 100_000, None, "nested too deeply"),
        ('{"id": ' + "1" * 5000 + "}", None, "number that cannot be read"),
        ("[1]", None, "must be a JSON object, not a list of 1"),
        ("null", None, "must be a JSON object, not null"),
        ("true", None, "must be a JSON object, not true"),
        ('"text"', None, "must be a JSON object, not a string"),
        ("{}", None, "id is missing"),
        (line_with(id=None), None, "id must be a string or a whole number, not null"),
        (line_with(id=True), None, "id must be a string or a whole number, not true"),
        (line_with(id=[1]), None, "id must be"),
        (line_with(id={}), None, "id must be"),
        (line_with(id=1.5), None, "id must be"),
        ('{"id": "a"}', "a", "size is missing"),
        ('{"id": "a", "size": [9, 9]}', "a", "reference is missing"),
        ('{"id": "a", "size": [9, 9], "reference": []}', "a", "marks is missing"),
        (line_with(size=100), "case-1", "size must be [width, height], not a number"),
        (line_with(size=[100]), "case-1", "size must be [width, height], not a list of 1"),
        (line_with(size=[100, "50"]), "case-1", 'the height is "50"'),
        (line_with(size=[True, 50]), "case-1", "the width is true"),
        (line_with(size=[0, 50]), "case-1", "the width is 0"),
        (line_with(size=[100, -5]), "case-1", "the height is -5"),
        (line_with(size=[10**30, 5]), "case-1", "the width is 1000"),
        (line_with().replace("[100, 50]", "[1e999, 50]"), "case-1", "the width is Infinity"),
        (line_with(reference={}), "case-1", "reference must be a list, not an object"),
        (line_with(marks="none"), "case-1", "marks must be a list, not a string"),
        (line_with(reference=[3]), "case-1", "reference[0] must be an object, not a number"),
        (line_with(marks=[None]), "case-1", "marks[0] must be an object, not null"),
        (line_with(marks=[{"box": [0, 0, 1, 1]}]), "case-1", "marks[0].finding is missing"),
        (line_with(reference=[{}]), "case-1", "reference[0].finding is missing"),
        (line_with(marks=[{"finding": 3}]), "case-1", "marks[0].finding must be a string"),
        (line_with(marks=[{"finding": ""}]), "case-1", "marks[0].finding must be a string"),
        (line_with(reference=[{"finding": ["A"]}]), "case-1", "not a list of 1"),
        (
            line_with(reference=[{"finding": "A", "reader": 1}]),
            "case-1",
            "reference[0].reader must be a string, not a number",
        ),
        (line_with(marks=[{"finding": "A"}]), "case-1", "marks[0].box is missing"),
        (line_with(marks=nodule(None)), "case-1", "marks[0].box must be a list of four"),
        (line_with(marks=nodule([0, 0, 1])), "case-1", "not a list of 3"),
        (line_with(marks=nodule({"x": 1})), "case-1", "not an object"),
        (line_with(marks=nodule([0, 0, 1, "9"])), "case-1", 'one of them is "9"'),
        (line_with(marks=nodule([0, 0, 1, True])), "case-1", "one of them is true"),
        (line_with(marks=nodule([0, 0, 1, None])), "case-1", "one of them is null"),
        (line_with(marks=nodule([0, 0, 1, [2]])), "case-1", "one of them is a list of 1"),
        (line_with(marks=nodule([5, 0, 5, 9])), "case-1", "marks[0].box has no area"),
        (line_with(marks=nodule([0, 9, 5, 9])), "case-1", "marks[0].box has no area"),
        (line_with(marks=nodule([0, 0, 1e-200, 1e-200])), "case-1", "has no area"),
        (line_with(marks=nodule([9, 0, 5, 9])), "case-1", "negative extent"),
        (line_with(marks=nodule([-1, 0, 5, 9])), "case-1", "outside the image of 100 × 50"),
        (line_with(marks=nodule([0, 0, 100.5, 9])), "case-1", "outside the image of 100 × 50"),
        (line_with(marks=nodule([0, 0, 50, 51])), "case-1", "outside the image of 100 × 50"),
        (line_with(marks=nodule([0, 0, 10**400, 51])), "case-1", "beyond"),
        (
            line_with().replace("[0, 0, 8, 10]", "[0, 0, 1e999, 10]"),
            "case-1",
            "marks[1].box has a coordinate that is not finite",
        ),
        (
            line_with(reference=nodule([0, 0, 1, 1]) + nodule([0, 0, 0, 1])),
            "case-1",
            "reference[1].box has no area",
        ),
        # A box that only says that a finding is present must be a box all the same.
        (
            line_with(reference=nodule([0, 0, 0, 1]), selected=["Nodule"]),
            "case-1",
            "reference[0].box has no area",
        ),
        (line_with(selected="Nodule"), "case-1", "selected must be a list of strings"),
        (line_with(selected=["S", 3]), "case-1", "selected[1] must be a string, not a number"),
        (line_with(readers=[None]), "case-1", "readers[0] must be a string, not null"),
        (line_with(scored={}), "case-1", "scored must be a list of strings, not an object"),
        (line_with(thresholds=[0.3]), "case-1", "thresholds must be an object, not a list"),
        (line_with(thresholds={"A": 0}), "case-1", 'thresholds["A"] must be a number above 0'),
        (line_with(thresholds={"A": 1.01}), "case-1", "at most 1, not 1.01"),
        (line_with(thresholds={"A": -0.3}), "case-1", "not -0.3"),
        (line_with(thresholds={"A": "0.3"}), "case-1", 'not "0.3"'),
        (line_with(thresholds={"A": True}), "case-1", "not true"),
        (line_with(thresholds={"A": None}), "case-1", "not null"),
    ],
)
def test_a_bad_line_is_told_what_is_wrong_and_where(line, case_id, said):
    result = score_line(line)
    assert set(result) == {"id", "error"}
    assert result["id"] == case_id
    assert said in result["error"]
    assert result["error"].endswith(".")
    json.dumps(result, allow_nan=False)


def test_a_stream_gives_a_result_for_each_line_in_order():
    stream = [json.dumps(GOOD) + "\n", "\n", line_with(id="b") + "\n", "oops"]
    results = list(score_lines(stream))
    assert [ok for _, ok in results] == [True, False, True, False]
    assert [result["id"] for result, _ in results] == ["case-1", None, "b", None]


def test_a_stream_is_read_only_as_far_as_it_is_asked_for():
    def stream():
        yield json.dumps(GOOD)
        raise AssertionError("read too far")

    assert next(score_lines(stream()))[1] is True
