"""The table of what may stand for what is whole, and reads both ways round."""

import tomllib

import pytest

from scoring.reports.evaluation import ErrorType, Gravity
from scoring.reports.judge.kinship import SAME, TABLE, KinshipTable, kinship_table

DATA = tomllib.loads(TABLE.read_text(encoding="utf-8"))
S, L = Gravity.SIGNIFICANT, Gravity.NEGLIGIBLE


@pytest.mark.parametrize(
    ("reference", "said", "error", "gravity"),
    [
        ("consolidation", "pneumonia", ErrorType.DESCRIPTOR, L),
        ("mass", "lung-opacity", ErrorType.UNSPECIFIC, S),
        ("lung-opacity", "mass", ErrorType.OVERINTERPRETATION, S),
        ("pleural-effusion", "costophrenic-blunting", ErrorType.UNSPECIFIC, L),
        ("pleural-effusion", "silhouetted-border", ErrorType.UNSPECIFIC, S),
        ("silhouetted-border", "pleural-effusion", ErrorType.OVERINTERPRETATION, S),
        ("pneumonia", "atelectasis", ErrorType.DESCRIPTOR, S),
        # Of one family, and not listed.
        ("nodule", "mass", ErrorType.DESCRIPTOR, S),
    ],
)
def test_kin_differ_in_name(reference, said, error, gravity):
    kin = kinship_table().kin(reference, said)
    assert (kin.error, kin.gravity) == (error, gravity)


def test_a_concept_is_itself():
    assert kinship_table().kin("nodule", "nodule") == SAME


@pytest.mark.parametrize(
    ("one", "other"),
    [("pneumothorax", "pleural-effusion"), ("scoliosis", "pacemaker"), ("nodule", "atelectasis")],
)
def test_strangers_are_not_matched(one, other):
    assert kinship_table().kin(one, other) is None
    assert kinship_table().kin(other, one) is None


@pytest.mark.parametrize(
    ("reference", "said", "error", "gravity"),
    [
        (("consolidation", "pneumonia"), ("effusion", "pneumonia"), None, L),
        # Negligible, before it is significant by another name.
        (("atelectasis", "consolidation"), ("pneumonia",), ErrorType.DESCRIPTOR, L),
        (("atelectasis",), ("pneumonia",), ErrorType.DESCRIPTOR, S),
    ],
)
def test_findings_of_several_names_are_as_close_as_their_closest(reference, said, error, gravity):
    kin = kinship_table().closest(reference, said)
    assert (kin.error, kin.gravity) == (error, gravity)


def test_findings_of_which_no_names_are_kin_are_strangers():
    assert kinship_table().closest(("pneumothorax", "scoliosis"), ("pacemaker",)) is None


def test_a_sign_may_have_to_stand_in_the_sentence_of_its_cause():
    table = kinship_table()
    assert table.is_sign("costophrenic-blunting", "pleural-effusion", anywhere=True)
    assert table.is_sign("silhouetted-border", "pleural-effusion", anywhere=False)
    assert not table.is_sign("silhouetted-border", "pleural-effusion", anywhere=True)
    assert not table.is_sign("pleural-effusion", "silhouetted-border", anywhere=False)


def test_a_name_that_the_reader_does_not_know_is_refused():
    with pytest.raises(ValueError, match="moonbeam"):
        KinshipTable(
            {
                "alike": [{"concepts": ["nodule", "moonbeam"]}],
                "vaguer": [],
                "sign": [],
                "confused": [],
            },
            {"nodule": "nodule"},
        )
