"""What differs in a pair, and how much: the thresholds, from both sides of each."""

import pytest

from scoring.reports.evaluation import ErrorType, Gravity, ReadingContext
from scoring.reports.judge import RulesJudge
from scoring.reports.judge.differences import compare, placement_of
from scoring.reports.judge.kinship import kinship_table
from scoring.reports.reader import Acuity, Certainty, Change, Placement, Severity
from tests.scoring.reports.judge.stating import stated

MILD, MODERATE, SEVERE = Severity.MILD, Severity.MODERATE, Severity.SEVERE


def differences(reference, said, *, prior_shown=False):
    found = compare(reference, said, kinship_table(), prior_shown=prior_shown)
    assert found is not None
    return [
        ("!" if d.gravity is Gravity.SIGNIFICANT else "") + d.error.value for d in found.differences
    ]


def nodule(size_mm, **facts):
    return stated("nodule", "right", "upper-lobe", size_mm=size_mm, **facts)


def mass(size_mm):
    return stated("mass", "right", "upper-lobe", size_mm=size_mm)


@pytest.mark.parametrize(
    ("reference", "said", "expected"),
    [
        # Place.
        (("nodule", "left"), ("nodule", "left"), []),
        (("nodule", "left"), ("nodule", ""), []),
        (("nodule", ""), ("nodule", "left"), []),
        (("nodule", "left"), ("nodule", "right"), ["!location"]),
        (("nodule", "both"), ("nodule", "right"), ["!location"]),
        (("nodule", "right"), ("nodule", "both"), ["!location"]),
        (("nodule", "right", "upper-lobe"), ("nodule", "right", "middle-lobe"), ["location"]),
        (("nodule", "right", "upper-lobe"), ("nodule", "right", "lower-lobe"), ["!location"]),
        (("nodule", "left", "upper-lobe"), ("nodule", "left", "lower-lobe"), ["location"]),
        (("nodule", "left", "upper-zone"), ("nodule", "left", "lower-zone"), ["!location"]),
        (("nodule", "right", "lower-lobe"), ("nodule", "right", "base"), []),
        # Name.
        (("consolidation", "left"), ("pneumonia", "left"), ["descriptor"]),
        (("mass", "left"), ("lung-opacity", "left"), ["!unspecific"]),
        (("lung-opacity", "left"), ("mass", "left"), ["!overinterpretation"]),
    ],
)
def test_names_and_places(reference, said, expected):
    assert differences(stated(*reference), stated(*said)) == expected


@pytest.mark.parametrize(
    ("reference", "said"),
    [
        (("nodule", "left"), ("pneumothorax", "left")),
        (("lung-opacity", "left"), ("mass", "right")),
        (("pneumonia", "right", "lower-lobe"), ("atelectasis", "right", "upper-lobe")),
    ],
)
def test_another_finding_is_no_match(reference, said):
    pair = stated(*reference), stated(*said)
    assert compare(*pair, kinship_table(), prior_shown=False) is None


@pytest.mark.parametrize(
    ("reference", "said", "expected"),
    [
        (nodule(5), nodule(5), []),
        (nodule(5), nodule(7), ["measurement"]),
        (nodule(5), nodule(7.5), ["!measurement"]),
        (nodule(6), nodule(10), ["measurement"]),
        (nodule(6), nodule(10.5), ["!measurement"]),
        (nodule(8), nodule(4), ["measurement"]),
        (nodule(15), nodule(20, size_from_mm=10), []),
        (nodule(15), nodule(30, size_from_mm=18), ["measurement"]),
        (nodule(15), nodule(30, size_from_mm=20), ["!measurement"]),
        (nodule(30, size_from_mm=20), nodule(25), []),
        (mass(50), mass(60), ["measurement"]),
        (mass(50), mass(61), ["!measurement"]),
        (mass(32), mass(29), ["!measurement"]),
        (mass(32), nodule(29), ["!measurement"]),
        (mass(32), nodule(None), ["!descriptor"]),
        (nodule(8), nodule(None), []),
        (
            stated("pneumothorax", "right", size_mm=20),
            stated("pneumothorax", "right", size_mm=15),
            ["measurement"],
        ),
        (
            stated("pneumothorax", "right", size_mm=20),
            stated("pneumothorax", "right", size_mm=50),
            ["!measurement"],
        ),
    ],
)
def test_sizes(reference, said, expected):
    assert differences(reference, said) == expected


def effusion(**facts):
    return stated("pleural-effusion", "left", **facts)


@pytest.mark.parametrize(
    ("reference", "said", "expected"),
    [
        (effusion(severity=MILD), effusion(severity=MILD), []),
        (effusion(severity=MILD), effusion(severity=MODERATE), ["severity"]),
        (effusion(severity=MILD), effusion(severity=SEVERE), ["!severity"]),
        (effusion(severity=MILD), effusion(), []),
        (effusion(), effusion(severity=SEVERE), []),
        (effusion(), effusion(certainty=Certainty.PROBABLE), []),
        (effusion(), effusion(certainty=Certainty.POSSIBLE), ["certainty"]),
        (effusion(certainty=Certainty.POSSIBLE), effusion(), ["certainty"]),
        (
            effusion(descriptors=frozenset({"loculated"})),
            effusion(descriptors=frozenset({"layering"})),
            ["!descriptor"],
        ),
        (
            stated("pneumothorax"),
            stated("pneumothorax", descriptors=frozenset({"tension"})),
            ["!severity"],
        ),
        (nodule(None, number=0), nodule(None, number=1), ["!descriptor"]),
        (
            stated("rib-fracture", acuity=Acuity.ACUTE),
            stated("rib-fracture", acuity=Acuity.OLD),
            ["!descriptor"],
        ),
    ],
)
def test_what_is_said_of_it(reference, said, expected):
    assert differences(reference, said) == expected


def test_to_call_possible_what_is_urgent_is_grave():
    pair = effusion(), effusion(certainty=Certainty.POSSIBLE)
    found = compare(*pair, kinship_table(), is_urgent=True, prior_shown=False)
    assert [d.gravity for d in found.differences] == [Gravity.SIGNIFICANT]


@pytest.mark.parametrize(
    ("reference", "said", "expected"),
    [
        (Change.INCREASED, Change.INCREASED, []),
        (Change.INCREASED, Change.DECREASED, ["!temporal"]),
        (Change.NEW, Change.STABLE, ["!temporal"]),
        (Change.NEW, Change.INCREASED, ["temporal"]),
        (Change.NEW, None, ["temporal"]),
        (Change.STABLE, None, []),
        (None, Change.NEW, []),
    ],
)
def test_change_counts_only_where_an_earlier_film_was_shown(reference, said, expected):
    pair = effusion(change=reference), effusion(change=said)
    assert differences(*pair, prior_shown=True) == expected
    assert differences(*pair, prior_shown=False) == []


_WRONG = Placement.MALPOSITIONED


def tube(**facts):
    return stated("endotracheal-tube", **facts)


@pytest.mark.parametrize(
    ("reference", "said", "expected"),
    [
        (tube(tip_distance_mm=40.0), tube(placement=Placement.GOOD), []),
        (tube(tip_distance_mm=40.0), tube(tip_distance_mm=60.0), []),
        (tube(tip_distance_mm=40.0), tube(tip_distance_mm=5.0), ["!location"]),
        (tube(tip_distance_mm=70.0), tube(tip_distance_mm=70.0, placement=_WRONG), []),
        (tube(tip_distance_mm=70.0, placement=_WRONG), tube(tip_distance_mm=62.0), []),
        (
            tube(tip_distance_mm=70.0, placement=_WRONG),
            tube(tip_distance_mm=40.0),
            ["!location", "!severity"],
        ),
        (
            stated("picc", tip="right-atrium"),
            stated("picc", tip="right-atrium", placement=_WRONG),
            [],
        ),
        (tube(tip="right-main-bronchus"), tube(placement=Placement.MALPOSITIONED), []),
        (
            tube(tip="right-main-bronchus"),
            tube(placement=Placement.GOOD),
            ["!location", "!severity"],
        ),
        (tube(tip="right-main-bronchus"), tube(), ["!unspecific"]),
        (tube(), tube(tip="right-main-bronchus"), ["!location"]),
        (
            stated("picc", tip="superior-vena-cava"),
            stated("picc", tip="right-atrium"),
            ["location"],
        ),
        (
            stated("picc", tip="superior-vena-cava"),
            stated("picc", tip="azygos-vein"),
            ["!location"],
        ),
    ],
)
def test_devices(reference, said, expected):
    assert differences(reference, said) == expected


def test_a_finding_that_is_no_device_has_no_placement():
    assert placement_of(stated("nodule")) is None


def test_every_difference_is_explained_in_a_sentence():
    pairs = [
        (
            stated("nodule", "left", size_mm=5, number=1),
            stated("mass", "left", size_mm=50, number=0),
        ),
        (stated("consolidation", "both"), stated("consolidation", "left")),
        (stated("consolidation", "left"), stated("consolidation", "both")),
        (tube(tip="right-main-bronchus"), tube()),
    ]
    for reference, said in pairs:
        found = compare(reference, said, kinship_table(), prior_shown=False)
        assert found.differences
        for difference in found.differences:
            assert difference.explanation[0].isupper() or difference.explanation[0] == "“"
            assert difference.explanation.endswith(".")


def test_a_name_is_told_in_the_words_that_were_written():
    pair = stated("mass", phrase="LUL mass"), stated("lung-opacity", phrase="vague density LUL")
    (difference,) = compare(*pair, kinship_table(), prior_shown=False).differences
    assert difference.explanation == (
        "“vague density LUL” is less than can be said: the radiologist writes “LUL mass”."
    )


def test_a_severity_is_told_in_the_words_that_were_written():
    pair = effusion(severity=MILD, degree="tiny"), effusion(severity=SEVERE, degree="gross")
    (difference,) = compare(*pair, kinship_table(), prior_shown=False).differences
    assert difference.explanation == "You call it “gross”; the radiologist calls it “tiny”."


def test_of_degrees_one_step_apart_it_is_said_that_readers_differ_by_as_much():
    pair = effusion(severity=MODERATE, degree="moderate"), effusion(severity=MILD, degree="small")
    (difference,) = compare(*pair, kinship_table(), prior_shown=False).differences
    assert difference.explanation == (
        "You call it “small”; the radiologist calls it “moderate”: one step, as two readers may "
        "differ."
    )


def test_a_slight_finding_is_a_trace_or_a_mild_one():
    slight = effusion(severity=Severity.TRACE, degree="slightly")
    assert differences(effusion(severity=MODERATE, degree="moderate"), slight) == ["severity"]
    assert differences(effusion(severity=SEVERE, degree="large"), slight) == ["!severity"]
    trace = effusion(severity=Severity.TRACE, degree="trace")
    assert differences(effusion(severity=MODERATE, degree="moderate"), trace) == ["!severity"]


@pytest.mark.parametrize(
    ("reference", "said", "explanation"),
    [
        (
            "Calcified pleural nodule-like lesion. Lytic lesion of a left rib.",
            "Blastic lesion of a left rib.",
            "You write “Blastic”; the radiologist writes “Lytic”.",
        ),
        (
            "Old right clavicle fracture.",
            "Right clavicle fracture, recent.",
            "You write “recent”; the radiologist writes “Old”.",
        ),
        (
            "Left effusion, larger than before.",
            "Left effusion has gone down.",
            "You write “has gone down”; the radiologist writes “larger”.",
        ),
        (
            "Left effusion, larger than before.",
            "Left effusion.",
            "The radiologist writes “larger”, compared with the earlier film; you do not compare.",
        ),
    ],
)
def test_what_differs_is_quoted_as_it_was_written(reference, said, explanation):
    got = RulesJudge().judge(reference, said, ReadingContext(comparison="Last week."))
    assert [error.explanation for error in got.attribute_errors] == [explanation]


def test_a_calcified_nodule_that_is_called_solid_is_one_error():
    got = RulesJudge().judge("Calcified nodule RUL.", "Solid nodule RUL.", ReadingContext())
    assert [error.error_types for error in got.attribute_errors] == [(ErrorType.UNSPECIFIC,)]
