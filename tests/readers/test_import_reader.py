"""A model's file is played as a learner's answers are, once, whatever else is in it."""

import codecs
import json
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command
from django.test import Client, RequestFactory
from django.urls import reverse

from localize import explaining
from localize.models import Attempt, Explanation
from radgame.accounts.models import ReaderKind, User
from radgame.cases.models import Case, CaseSet, Image, ReferenceReport
from radgame.progress.booking import book_everything
from radgame.progress.models import (
    CaseRating,
    Outcome,
    PlayedDay,
    ReaderRating,
    ReaderStreak,
    ReviewCard,
)
from report.models import Attempt as ReportAttempt
from tests.factories import Said, make_case, make_report_case
from tests.progress.test_withheld import record

BOX = (100.0, 100.0, 300.0, 300.0)


@pytest.fixture
def film(db: None) -> Case:
    return make_case(said=[Said("nodule-mass", BOX), Said("cardiomegaly")])


@pytest.fixture
def clear(db: None) -> Case:
    return make_case(is_normal=True)


def written(folder: Path, *lines: "dict[str, Any] | bytes") -> Path:
    path = folder / "model.jsonl"
    raw = [line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines]
    path.write_bytes(b"\n".join(raw) + b"\n")
    return path


def on(case: Case, **said: Any) -> dict[str, Any]:
    return {"dataset": case.dataset.slug, "case": case.key, **said}


def nodule(**more: Any) -> dict[str, Any]:
    return {"finding": "nodule-mass", "box": list(BOX), **more}


def test_boxes_ticks_and_normal_films_are_marked_like_anybodys(
    film: Case, clear: Case, tmp_path: Path
) -> None:
    path = written(
        tmp_path,
        on(film, boxes=[nodule(confidence=0.9)], selected=["cardiomegaly"]),
        on(clear, normal=True),
    )
    call_command("import_reader", path, name="CXR-Net", revision="2026-03", verbosity=0)
    reader = User.objects.get(kind=ReaderKind.MODEL)
    assert (reader.first_name, reader.source) == ("CXR-Net", "2026-03")
    first, second = Attempt.objects.filter(reader=reader).order_by("position")
    assert (first.score, second.score) == (1.0, 1.0)
    assert first.answer["marks"][0]["confidence"] == 4
    assert "without" not in first.result["inputs"]
    assert {row.is_first for row in Outcome.objects.all()} == {True}


def test_a_report_is_marked_like_anybodys(tmp_path: Path, db: None) -> None:
    case = make_report_case("There is a small left pleural effusion.", "Effusion.")
    line = on(case, findings="There is a small left pleural effusion.", impression="Effusion.")
    call_command("import_reader", written(tmp_path, line), verbosity=0)
    attempt = ReportAttempt.objects.get()
    assert attempt.answer["impression"] == "Effusion."
    assert attempt.score == 1.0
    assert attempt.reader.first_name == "model"


def test_a_line_that_names_a_film_and_holds_both_games(film: Case, tmp_path: Path) -> None:
    Case.objects.filter(pk=film.pk).update(for_report=True)
    ReferenceReport.objects.create(study=film.study, findings="A nodule in the left upper lobe.")
    uid = Image.objects.get(cases=film).sop_uid
    line = {
        "dataset": film.dataset.slug,
        "image_uid": uid,
        "boxes": [nodule(image_uid=uid)],
        "findings": "A nodule in the left upper lobe.",
    }
    call_command("import_reader", written(tmp_path, line), verbosity=0)
    assert Attempt.objects.count() == ReportAttempt.objects.count() == 1


def test_a_byte_order_mark_costs_no_reading(clear: Case, tmp_path: Path) -> None:
    file = written(tmp_path, on(clear, normal=True))
    file.write_bytes(codecs.BOM_UTF8 + file.read_bytes())
    call_command("import_reader", file, verbosity=0)
    assert Outcome.objects.filter(case=clear).count() == 1


def test_twice_is_once(film: Case, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = written(tmp_path, on(film, boxes=[nodule()]))
    call_command("import_reader", path)
    call_command("import_reader", path)
    assert Attempt.objects.count() == User.objects.filter(kind=ReaderKind.MODEL).count() == 1
    assert "already there" in capsys.readouterr().out


def test_another_answer_is_told_and_another_revision_is_another_reader(
    film: Case, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("import_reader", written(tmp_path, on(film, boxes=[nodule()])))
    changed = written(tmp_path, on(film, boxes=[]))
    call_command("import_reader", changed)
    assert "already there, and differs" in capsys.readouterr().out
    assert Attempt.objects.get().answer["marks"]
    call_command("import_reader", changed, revision="2", verbosity=0)
    assert Attempt.objects.count() == 2


def test_bad_lines_are_told_with_their_number_and_stop_nothing(
    film: Case, clear: Case, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    draft = make_case(status=Case.Status.DRAFT)
    path = written(
        tmp_path,
        b"{",
        {"dataset": "nowhere", "case": "a", "normal": True},
        {"dataset": film.dataset.slug, "case": "a", "normal": True},
        on(film, boxes=[nodule(finding="ghost")]),
        on(film, boxes=[nodule(finding="cardiomegaly")]),
        on(film, selected=["nodule-mass"]),
        on(film, boxes=[nodule()], normal=True),
        on(film, boxes=[nodule(image_uid="9.9")]),
        on(film, boxes=[nodule(box=[5, 5, 5, 9])]),
        on(film, findings="Clear."),
        on(draft, normal=True),
        b"",
        on(clear, normal=True),
    )
    call_command("import_reader", path)
    told = " ".join(capsys.readouterr().out.split())
    for number, sentence in enumerate(
        [
            "not JSON",
            "no dataset “nowhere”",
            "has no case “a”",
            "no finding “ghost”",
            "ticked, not drawn",
            "cannot be ticked",
            "normal film has no marks",
            "no film “9.9”",
            "too small",
            "not played in Report",
            "not played in Localize",
        ],
        start=1,
    ):
        assert f"line {number} " in told
        assert sentence in told, sentence
    assert [attempt.case for attempt in Attempt.objects.all()] == [clear]


def test_a_rehearsal_writes_nothing_and_says_the_same(
    film: Case, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = written(tmp_path, on(film, boxes=[nodule()]), b"{")
    call_command("import_reader", path, dry_run=True)
    told = capsys.readouterr().out
    assert "nothing was written" in told
    assert "line 2" in told
    assert not User.objects.exclude(kind=ReaderKind.PERSON).exists()
    assert not Attempt.objects.exists()
    assert not CaseSet.objects.exists()


def test_nothing_that_came_in_is_an_error(tmp_path: Path, db: None) -> None:
    with pytest.raises(CommandError, match="table above says why"):
        call_command("import_reader", written(tmp_path, b"{"), verbosity=0)
    with pytest.raises(CommandError, match="no reading in it"):
        call_command("import_reader", written(tmp_path, b""), verbosity=0)
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("import_reader", tmp_path / "none.jsonl", verbosity=0)
    with pytest.raises(CommandError, match="one of the two"):
        call_command("import_reader", verbosity=0)


def test_what_was_broken_off_is_gone_on_with(
    film: Case, clear: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = written(tmp_path, on(film, boxes=[nodule()]), on(clear, normal=True))
    with monkeypatch.context() as broken:
        broken.setattr("localize.services.submit_attempt", _break)
        with pytest.raises(RuntimeError):
            call_command("import_reader", path, verbosity=0)
    call_command("import_reader", path, verbosity=0)
    attempts = Attempt.objects.order_by("position")
    assert [attempt.is_submitted for attempt in attempts] == [True, True]
    assert [attempt.position for attempt in attempts] == [0, 1]


def _break(**_options: object) -> None:
    raise RuntimeError


def test_no_model_is_asked_to_explain_what_nobody_will_read(
    film: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(explaining, "is_on", lambda: True)
    call_command("import_reader", written(tmp_path, on(film, boxes=[])), verbosity=0)
    assert not Explanation.objects.exists()


# --- who it is ----------------------------------------------------------------------


@pytest.fixture
def model(film: Case, tmp_path: Path) -> User:
    call_command("import_reader", written(tmp_path, on(film, boxes=[nodule()])), verbosity=0)
    return User.objects.get(kind=ReaderKind.MODEL)


def test_nobody_signs_in_as_one_even_with_a_password(model: User) -> None:
    assert not model.has_usable_password()
    model.set_password("correct horse battery")
    model.save()
    request = RequestFactory().post("/")
    assert authenticate(request, username=model.username, password="correct horse battery") is None
    client = Client()
    client.post(
        reverse("account_login"), {"login": model.username, "password": "correct horse battery"}
    )
    assert "_auth_user_id" not in client.session
    client.force_login(model, backend="radgame.accounts.backends.ReaderBackend")
    assert client.get(reverse("progress")).status_code == 302


def test_its_rating_moves_and_that_of_the_case_does_not(model: User, film: Case) -> None:
    book_everything()
    assert ReaderRating.objects.get(reader=model, scope="").value > 1500
    assert not CaseRating.objects.exists()


def test_it_plays_against_the_case_as_learners_found_it(
    film: Case, alice: User, tmp_path: Path
) -> None:
    record(alice, 0.0, case=film)
    book_everything()
    found = CaseRating.objects.get(case=film, scope="")
    path = written(tmp_path, on(film, boxes=[nodule()], selected=["cardiomegaly"]))
    call_command("import_reader", path, verbosity=0)
    book_everything()
    after = CaseRating.objects.get(case=film, scope="")
    assert (after.value, after.games) == (found.value, 1)
    reader = User.objects.get(kind=ReaderKind.MODEL)
    # Who is right where the case is hard gains more than against its prior.
    assert ReaderRating.objects.get(reader=reader, scope="").value > 1650


def test_it_has_no_days_no_streak_and_nothing_to_review(model: User) -> None:
    book_everything()
    for table in (PlayedDay, ReaderStreak, ReviewCard):
        assert not table._default_manager.exists()


def test_it_is_nobody_who_could_teach_or_keep_house(model: User) -> None:
    assert not model.may_teach
    assert not model.is_on_site_board
