"""What the page says of the second judge: before, while it reads, and when it has answered."""

import re
from collections.abc import Iterator
from html import unescape

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries, Settings

from radgame import queues
from radgame.accounts.models import User
from radgame.cases import dossier
from radgame.cases.models import ReferenceReport
from radgame.progress.services import raise_flag
from report import judging, services
from report.models import Attempt, Judgement
from report.opinion import POLLS_S
from report.phrases import shown_version
from scoring.reports.evaluation import JudgeFailed, JudgeUnusable
from tests.conftest import client_of
from tests.report.judges import EFFUSION, ONE, FakeJudge, let_judge, submitted

HX = {"HX-Request": "true"}
BY_RULES = 33


@pytest.fixture(autouse=True)
def _fresh_process() -> Iterator[None]:
    judging._judge.cache_clear()
    yield
    judging._judge.cache_clear()


@pytest.fixture
def model(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> FakeJudge:
    settings.GAME_JUDGE = "openai"
    fake = FakeJudge()
    monkeypatch.setattr(judging, "make_judge", lambda name: fake)
    return fake


@pytest.fixture
def counting(attempt: Attempt) -> Attempt:
    case_set = attempt.sitting.case_set
    case_set.model_judge_counts = True
    case_set.save()
    return attempt


def page(attempt: Attempt, name: str = "attempt") -> str:
    return reverse(f"report:{name}", args=[attempt.pk])


def shown(client: Client, attempt: Attempt) -> str:
    return client.get(page(attempt)).content.decode()


def screen_of(html: str) -> str:
    """The page without its frame, which leads to a second factor as well."""
    return html.partition('id="screen"')[2]


def words(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def head_of(html: str) -> str:
    found = re.search(r'<header class="verdict">.*?</header>', html, re.DOTALL)
    assert found is not None
    return words(found[0])


def second_of(html: str) -> str:
    found = re.search(r'<section id="second".*?</section>', html, re.DOTALL)
    assert found is not None
    return words(found[0])


# --- before the submit --------------------------------------------------------


@pytest.mark.parametrize(
    ("judge", "counts", "told"),
    [
        ("", False, "Marked by rules."),
        ("", True, "Marked by rules."),
        ("openai", False, "Marked by rules; a model judges afterwards, for comparison."),
        (
            "openai",
            True,
            "Marked by rules at once; a model judges afterwards, and its mark counts.",
        ),
    ],
)
def test_before_the_submit_the_page_says_whose_mark_counts(
    alice_client: Client, attempt: Attempt, settings: Settings, judge: str, counts: bool, told: str
) -> None:
    settings.GAME_JUDGE = judge
    case_set = attempt.sitting.case_set
    case_set.model_judge_counts = counts
    case_set.save()
    assert f'<p class="marked-by">{told}</p>' in shown(alice_client, attempt)


def test_before_the_submit_there_is_nothing_to_ask_for(
    model: FakeJudge, alice_client: Client, attempt: Attempt
) -> None:
    screen = screen_of(shown(alice_client, attempt))
    assert screen
    assert "second-" not in screen
    assert alice_client.get(page(attempt, "judgement")).status_code == 404
    assert not Judgement.objects.exists()


# --- while it reads -----------------------------------------------------------


def test_a_site_without_a_second_judge_says_nothing_of_one(
    alice_client: Client, attempt: Attempt
) -> None:
    submitted(attempt)
    screen = screen_of(shown(alice_client, attempt))
    assert "Style" in screen
    assert "second" not in screen
    answer = alice_client.get(page(attempt, "judgement"))
    assert (answer.status_code, answer.content.strip()) == (286, b"")


def test_the_answer_to_the_submit_has_the_mark_and_asks_for_the_other(
    model: FakeJudge, alice_client: Client, attempt: Attempt, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = {"findings": ONE.findings}
    # The row of a submit is there before the answer, as it is outside of a test's transaction.
    monkeypatch.setattr(transaction, "on_commit", lambda done, **_options: done())
    monkeypatch.setattr(queues, "publish", lambda task, arguments: True)
    answer = alice_client.post(page(attempt, "submit"), sent, headers=HX).content.decode()
    assert head_of(answer) == (
        f"Result: {BY_RULES} of 100 {BY_RULES} of 100 1 finding was missed, 1 urgent. "
        "A second judge is reading; this mark stands meanwhile."
    )
    assert f'hx-get="{page(attempt, "judgement")}?turn=1" hx-trigger="load delay:2s' in answer
    assert '<section id="second" class="more second"' in answer
    assert second_of(answer) == ""


def test_where_the_models_mark_will_count_the_page_says_so_meanwhile(
    model: FakeJudge, alice_client: Client, counting: Attempt
) -> None:
    submitted(counting)
    assert "its mark will count. Until then, this one." in head_of(shown(alice_client, counting))


def test_the_page_asks_ever_more_slowly_and_after_some_minutes_no_more(
    model: FakeJudge, alice_client: Client, attempt: Attempt
) -> None:
    submitted(attempt)
    delays = []
    address = page(attempt, "judgement") + "?turn=1"
    for _number in range(len(POLLS_S) - 1):
        answer = alice_client.get(address)
        assert answer.status_code == 200
        text = answer.content.decode()
        assert "second-state" not in text
        found = re.search(r'hx-get="([^"]+)" hx-trigger="load delay:(\d+)s', text)
        assert found is not None
        address, delay = found.groups()
        delays.append(int(delay))
    assert delays == sorted(delays)
    assert 300 < sum(delays) < 600
    last = alice_client.get(address)
    assert last.status_code == 286
    assert "has not answered yet. This mark stands meanwhile; open this page again later." in words(
        last.content.decode()
    )
    assert "hx-get" not in last.content.decode()


@pytest.mark.parametrize("turn", ["-1", "x", "1e3", "99999", "%00"])
def test_a_turn_that_is_none_is_not_there(
    model: FakeJudge, alice_client: Client, attempt: Attempt, turn: str
) -> None:
    submitted(attempt)
    assert alice_client.get(f"{page(attempt, 'judgement')}?turn={turn}").status_code == 404


def test_an_attempt_without_a_row_gets_one_when_its_feedback_is_opened(
    model: FakeJudge, alice_client: Client, attempt: Attempt
) -> None:
    submitted(attempt)
    Judgement.objects.all().delete()
    assert "A second judge is reading" in head_of(shown(alice_client, attempt))
    assert Judgement.objects.get().attempt == attempt


# --- when it has answered -----------------------------------------------------


def test_both_marks_are_shown_with_who_gave_them_and_which_counts(
    model: FakeJudge, alice_client: Client, attempt: Attempt
) -> None:
    submitted(attempt)
    let_judge(attempt)
    text = shown(alice_client, attempt)
    assert head_of(text) == (
        f"Result: {BY_RULES} of 100 {BY_RULES} of 100 1 finding was missed, 1 urgent. "
        "A second judge, a model, gives 0 of 100; it does not count. Where the two differ"
    )
    second = second_of(text)
    assert second.startswith(
        "The model's mark 0 of 100 "
        f"The mark by RadGame's rules counts here: {BY_RULES} of 100. "
        "The model's stands beside it for comparison. Where the two differ "
        "Right pleural effusion Rules: found Model: "
        "moderate right pleural effusion: missed; effusion: not in the report How the "
    )
    assert "Pneumothorax" not in second.partition("How the model's mark came about")[0]
    assert second.endswith(
        "Judged by the model tutor-1 (openai), version reports-1.0.0+tutor-1+quoting-1."
    )
    assert "hx-get" not in text.replace('hx-post="', "")


def test_the_open_page_takes_the_models_mark_when_it_asks(
    model: FakeJudge, alice_client: Client, attempt: Attempt
) -> None:
    submitted(attempt)
    let_judge(attempt)
    answer = alice_client.get(page(attempt, "judgement") + "?turn=3")
    text = answer.content.decode()
    assert answer.status_code == 286
    assert '<p id="second-state" hx-swap-oob="innerHTML">A second judge' in text
    assert 'id="second" class="more second" aria-labelledby="second-title" tabindex="-1" hx-sw' in (
        text
    )
    assert second_of(text) == second_of(shown(alice_client, attempt))
    # The mark by rules counts: nothing at the head of the page changes.
    assert 'id="score"' not in text


def test_where_the_models_mark_counts_the_page_shows_it_and_says_why_it_changed(
    model: FakeJudge, alice_client: Client, counting: Attempt
) -> None:
    submitted(counting)
    let_judge(counting)
    text = shown(alice_client, counting)
    assert head_of(text) == (
        f"Result: 0 of 100 0 of 100 RadGame's rules gave {BY_RULES} of 100; below is what they "
        "found. This is the model's mark. It counts here. Where the two differ"
    )
    assert "The model's mark counts here: the case set says so. It has taken the place of the " in (
        second_of(text)
    )
    swapped = alice_client.get(page(counting, "judgement")).content.decode()
    assert '<strong id="score" hx-swap-oob="innerHTML">0</strong>' in swapped
    assert "Result: 0 of 100" in swapped
    summary = alice_client.get(reverse("report:summary", args=[counting.sitting_id]))
    assert "0 of 100, mean of what you submitted" in words(summary.content.decode())


def test_judges_that_agree_are_said_to(
    model: FakeJudge, alice_client: Client, attempt: Attempt
) -> None:
    submitted(attempt)
    model.effusion_found = True
    let_judge(attempt)
    second = second_of(shown(alice_client, attempt))
    assert second.startswith(f"The model's mark {BY_RULES} of 100")
    assert "Both judge every finding that counts alike." in second
    assert "Rules:" not in second


def test_a_models_words_are_text_and_nothing_else(
    model: FakeJudge, alice_client: Client, attempt: Attempt
) -> None:
    submitted(attempt)
    model.false = "<script>alert(1)</script>"
    model.words = f"{EFFUSION} <img src=x onerror=alert(2)>"
    let_judge(attempt)
    for html in (
        shown(alice_client, attempt),
        alice_client.get(page(attempt, "judgement")).content.decode(),
    ):
        assert "<script>alert" not in html
        assert "<img src=x" not in html
        assert "&lt;script&gt;alert(1)" in html


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (JudgeFailed("HTTP 401 at 10.0.0.7"), "The second judge could not be asked; this mark st"),
        (JudgeUnusable("not JSON: 10.0.0.7"), "gave no answer that can be used; this mark stands"),
    ],
)
def test_a_judge_that_failed_is_told_of_in_plain_words(
    model: FakeJudge, alice_client: Client, counting: Attempt, error: Exception, told: str
) -> None:
    submitted(counting)
    model.fails = error
    let_judge(counting)
    text = shown(alice_client, counting)
    assert head_of(text).startswith(f"Result: {BY_RULES} of 100 {BY_RULES} of 100 1 finding")
    assert told in head_of(text)
    assert second_of(text) == ""
    answer = alice_client.get(page(counting, "judgement"))
    assert answer.status_code == 286
    assert told in words(answer.content.decode())
    # What went wrong is for staff.
    assert "10.0.0.7" not in text + answer.content.decode()


def test_judges_of_two_texts_are_not_compared(
    model: FakeJudge, alice_client: Client, counting: Attempt, settings: Settings
) -> None:
    submitted(counting)
    let_judge(counting)
    settings.GAME_JUDGE = ""
    ReferenceReport.objects.update(findings="Moderate right pleural effusion.", impression="")
    dossier.revise_case(counting.case)
    services.rescore_attempt(attempt_id=counting.pk)
    second = second_of(shown(alice_client, counting))
    assert "as it stood before it was corrected" in second
    assert "Rules:" not in second
    assert "100 of 100" in second


@pytest.mark.parametrize(
    ("version", "told"),
    [
        ("reports-1+/srv/models/tutor+p-1", "reports-1+tutor+p-1"),
        ("reports-1+~/tutor/@abc+p-1", "reports-1+@abc+p-1"),
        ("reports-1+./tutor/+p-1", "reports-1+tutor+p-1"),
        ("reports-1+org/tutor@abc+p-1", "reports-1+org/tutor@abc+p-1"),
    ],
)
def test_a_folder_of_the_machine_is_not_told(version: str, told: str) -> None:
    assert shown_version(version) == told


# --- who may see it -----------------------------------------------------------


def test_only_the_reader_sees_it_and_staff_when_it_is_disputed(
    model: FakeJudge,
    alice_client: Client,
    bob_client: Client,
    dana: User,
    attempt: Attempt,
) -> None:
    done = submitted(attempt)
    let_judge(attempt)
    address = page(attempt, "judgement")
    assert Client().get(address).status_code == 302
    assert bob_client.get(address).status_code == 404
    assert client_of(dana).get(address).status_code == 404
    assert done.outcome is not None
    raise_flag(outcome=done.outcome, line=None, comment="?")
    assert client_of(dana).get(address).status_code == 286
    assert alice_client.post(address).status_code == 405


def test_asking_takes_few_queries(
    model: FakeJudge,
    alice_client: Client,
    attempt: Attempt,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    submitted(attempt)
    with django_assert_num_queries(3):
        alice_client.get(page(attempt, "judgement"))
    let_judge(attempt)
    with django_assert_num_queries(3):
        alice_client.get(page(attempt, "judgement"))


def test_staff_see_why_an_answer_was_dropped_and_change_nothing(
    model: FakeJudge, dana: User, attempt: Attempt
) -> None:
    submitted(attempt)
    model.fails = JudgeUnusable("openai gave no valid evaluation: it quotes <b>nothing</b>")
    row = let_judge(attempt)
    staff = User.objects.get(pk=dana.pk)
    staff.is_superuser = True
    staff.save()
    client = client_of(staff)
    rows = client.get(reverse("admin:report_judgement_changelist"))
    assert str(attempt.pk) in rows.content.decode()
    address = reverse("admin:report_judgement_change", args=[row.pk])
    assert "it quotes &lt;b&gt;nothing&lt;/b&gt;" in client.get(address).content.decode()
    assert client.post(address, {"state": "done"}).status_code == 403


def test_staff_choose_in_the_administration_whose_mark_counts(attempt: Attempt, dana: User) -> None:
    User.objects.filter(pk=dana.pk).update(is_superuser=True)
    client = client_of(User.objects.get(pk=dana.pk))
    case_set = attempt.sitting.case_set
    address = reverse("admin:cases_caseset_change", args=[case_set.pk])
    assert 'name="model_judge_counts"' in client.get(address).content.decode()
    fields = {"slug": case_set.slug, "title": case_set.title, "audience": case_set.audience}
    assert client.post(address, {**fields, "model_judge_counts": "on"}).status_code == 302
    case_set.refresh_from_db()
    assert case_set.model_judge_counts
