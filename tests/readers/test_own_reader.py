"""A dataset's own reader, played as a learner: compared with the others, never with themselves."""

import pytest
from django.core.management import CommandError, call_command

from localize.answers import answer_from_json
from localize.marking import mark_inputs
from localize.models import Attempt
from localize.services import rescore_attempt
from radgame.accounts.models import ReaderKind, User
from radgame.cases.models import Case, Finding, ReferenceFinding, ReferenceReader, ReferenceRegion
from radgame.cases.reference import load_reference, without_reader
from tests.factories import Said, make_case, make_dataset

HERE = (100.0, 100.0, 300.0, 300.0)
THERE = (600.0, 600.0, 800.0, 800.0)
BOTH = ("R1", "R2")


def play(name: str) -> User:
    call_command("import_reader", from_dataset="tests", reader=name, verbosity=0)
    return User.objects.get(kind=ReaderKind.RADIOLOGIST, first_name=name)


def attempt_of(reader: User, case: Case) -> Attempt:
    return Attempt.objects.get(reader=reader, case=case)


def outcomes(attempt: Attempt) -> list[tuple[str, str]]:
    assert attempt.result is not None
    return sorted((line["finding"], line["outcome"]) for line in attempt.result["result"]["lines"])


def test_where_the_two_agree_it_is_a_hit(db: None) -> None:
    case = make_case(
        said=[Said("nodule-mass", HERE, "R1"), Said("nodule-mass", HERE, "R2")], everyone_read=BOTH
    )
    attempt = attempt_of(play("R1"), case)
    assert attempt.score == 1.0
    assert outcomes(attempt) == [("nodule-mass", "hit")]


def test_where_the_other_saw_nothing_of_the_kind_ones_own_box_is_no_help(db: None) -> None:
    case = make_case(said=[Said("nodule-mass", HERE, "R1")], everyone_read=BOTH)
    attempt = attempt_of(play("R1"), case)
    assert outcomes(attempt) == [("nodule-mass", "false_mark")]
    assert attempt.result is not None
    inputs = attempt.result["inputs"]
    assert (inputs["without"], inputs["regions"], inputs["readers"]) == ("R1", [], ["R2"])


def test_what_the_other_saw_alone_is_missed(db: None) -> None:
    case = make_case(said=[Said("nodule-mass", THERE, "R2")], everyone_read=BOTH)
    attempt = attempt_of(play("R1"), case)
    assert outcomes(attempt) == [("nodule-mass", "missed")]
    assert attempt.answer["normal"] is True


def test_a_tick_is_not_compared_with_ones_own_tick(db: None) -> None:
    case = make_case(said=[Said("cardiomegaly", HERE, "R1")], everyone_read=BOTH)
    attempt = attempt_of(play("R1"), case)
    assert attempt.answer["selected"] == ["cardiomegaly"]
    assert outcomes(attempt) == [("cardiomegaly", "false_mark")]


def test_three_readers_leave_two(db: None) -> None:
    case = make_case(
        said=[
            Said("nodule-mass", HERE, "R1"),
            Said("nodule-mass", HERE, "R2"),
            Said("consolidation", THERE, "R3"),
        ],
        everyone_read=("R1", "R2", "R3"),
    )
    attempt = attempt_of(play("R3"), case)
    assert attempt.result is not None
    assert {region["reader"] for region in attempt.result["inputs"]["regions"]} == {"R1", "R2"}
    assert ("consolidation", "false_mark") in outcomes(attempt)


def test_a_film_that_nobody_else_read_is_left_out(
    db: None, capsys: pytest.CaptureFixture[str]
) -> None:
    make_case(said=[Said("nodule-mass", HERE, "R1")], everyone_read=["R1"])
    make_case(said=[Said("nodule-mass", HERE, "R1")], everyone_read=BOTH)
    make_case(said=[Said("nodule-mass", HERE, "R2")], everyone_read=["R2"])
    call_command("import_reader", from_dataset="tests", reader="R1")
    assert Attempt.objects.count() == 1
    assert "Nobody else read it" in " ".join(capsys.readouterr().out.split())


def test_readers_who_were_told_what_to_find_say_so(db: None) -> None:
    both = make_case(
        said=[Said("nodule-mass", HERE, "R1"), Said("nodule-mass", HERE, "R2")], is_normal=False
    )
    make_case(said=[Said("nodule-mass", HERE, "R2")])
    make_case(said=[Said("nodule-mass", HERE, "R1")])
    make_case(is_normal=True)
    reader = play("R1")
    assert reader.source == "Tests, told what to find"
    assert [attempt.case for attempt in Attempt.objects.all()] == [both]
    assert attempt_of(reader, both).score == 1.0


def test_a_rescore_leaves_the_same_reader_out(db: None) -> None:
    case = make_case(said=[Said("nodule-mass", HERE, "R1")], everyone_read=BOTH)
    reader = play("R1")
    same = rescore_attempt(attempt_id=attempt_of(reader, case).pk)
    assert (same.before, same.after, same.lines_changed) == (same.before, same.before, False)

    other = ReferenceReader.objects.get(name="R2")
    statement = ReferenceFinding.objects.create(
        image=case.images.get(), finding=Finding.objects.get(slug="nodule-mass")
    )
    ReferenceRegion.objects.create(
        reference_finding=statement, reader=other, x_min=100, y_min=100, x_max=300, y_max=300
    )
    changed = rescore_attempt(attempt_id=attempt_of(reader, case).pk)
    assert changed.after == 1.0
    attempt = attempt_of(reader, case)
    assert attempt.result is not None
    assert attempt.result["inputs"]["without"] == "R1"
    assert {region["reader"] for region in attempt.result["inputs"]["regions"]} == {"R2"}


def test_the_stored_inputs_give_the_stored_result(db: None) -> None:
    case = make_case(
        said=[Said("nodule-mass", HERE, "R1"), Said("fracture", THERE, "R2")], everyone_read=BOTH
    )
    attempt = attempt_of(play("R1"), case)
    assert attempt.result is not None
    again = mark_inputs(answer_from_json(attempt.answer), attempt.result["inputs"])
    assert again.to_json() == attempt.result


def test_a_statement_that_both_drew_stays_and_one_of_nobody_too(db: None) -> None:
    case = make_case(said=[Said("nodule-mass", HERE, "R1"), Said("cardiomegaly")])
    statement = ReferenceFinding.objects.get(finding__slug="nodule-mass")
    other = ReferenceReader.objects.create(dataset=case.dataset, name="R2")
    ReferenceRegion.objects.create(
        reference_finding=statement, reader=other, x_min=1, y_min=1, x_max=9, y_max=9
    )
    left = without_reader(load_reference(case), "R1")
    assert {s.finding for s in left.statements} == {"nodule-mass", "cardiomegaly"}
    assert [region.reader for region in left.regions] == ["R2"]


def test_twice_is_once_and_a_rehearsal_is_none(db: None) -> None:
    make_case(said=[Said("nodule-mass", HERE, "R1")], everyone_read=BOTH)
    call_command("import_reader", from_dataset="tests", reader="R1", dry_run=True, verbosity=0)
    assert not Attempt.objects.exists()
    play("R1")
    play("R1")
    assert Attempt.objects.count() == 1
    assert play("R2").pk != play("R1").pk


def test_who_cannot_be_played_is_told(db: None) -> None:
    make_dataset()
    with pytest.raises(CommandError, match="several readers apart"):
        call_command("import_reader", from_dataset="tests", reader="R1", verbosity=0)
    make_case(said=[Said("nodule-mass", HERE, "R1")], everyone_read=BOTH)
    with pytest.raises(CommandError, match="one of R1, R2"):
        call_command("import_reader", from_dataset="tests", verbosity=0)
    with pytest.raises(CommandError, match="no dataset"):
        call_command("import_reader", from_dataset="nowhere", reader="R1", verbosity=0)
    with pytest.raises(CommandError, match="radiologist"):
        call_command("import_reader", from_dataset="tests", reader="R1", kind="model", verbosity=0)
