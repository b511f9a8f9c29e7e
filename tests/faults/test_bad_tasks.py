"""A task that raises, hangs, takes all memory or is killed costs one try and no neighbour."""

import pytest

from localize.models import Explanation
from radgame.jobs import MAX_TRIES, Job

from .audit import audit, make_rows, states, wait_until_done
from .endpoint import Answer, Endpoint, Question
from .processes import Site, wait_for

BAD = ["raise", "hang", "hang for good", "take all memory", "be killed"]


@pytest.mark.parametrize("bad", BAD)
def test_a_try_that_goes_wrong_is_made_again(site: Site, endpoint: Endpoint, bad: str) -> None:
    rows = make_rows(3)

    def answer(question: Question) -> Answer:
        first = (question.row, question.time) == (rows[1], 1)
        return Answer(do=bad if first else "say")

    endpoint.answer = answer
    worker = site.worker("gpu")
    wait_until_done(3, seconds=30)
    assert worker.is_alive
    assert Explanation.objects.get(pk=rows[1]).tries == 2
    audit(endpoint)


def test_a_process_whose_card_has_failed_makes_room_for_another(
    site: Site, endpoint: Endpoint
) -> None:
    rows = make_rows(3)
    broken: set[int] = set()

    def answer(question: Question) -> Answer:
        if not broken:
            broken.add(question.pid)
        return Answer(do="exit" if question.pid in broken else "say")

    endpoint.answer = answer
    worker = site.worker("gpu")
    wait_until_done(3, seconds=30)
    assert worker.is_alive
    # The broken one asked once, and not for each row.
    assert [question.pid in broken for question in endpoint.asked].count(True) == 1
    told = set(Explanation.objects.filter(pk__in=rows).values_list("tries", flat=True))
    assert told == {2}
    audit(endpoint)


@pytest.mark.parametrize(
    ("bad", "error"),
    [
        ("raise", "RuntimeError: the model has a bug"),
        ("take all memory", "there was not enough memory"),
        ("be killed", "given up"),
    ],
)
def test_what_goes_wrong_every_time_is_given_up_and_says_why(
    site: Site, endpoint: Endpoint, bad: str, error: str
) -> None:
    rows = make_rows(4)
    endpoint.answer = lambda question: Answer(do=bad if question.row == rows[1] else "say")
    worker = site.worker("gpu")
    wait_for(
        lambda: states() == {Job.State.DONE: 3, Job.State.FAILED: 1},
        seconds=40,
        why="not everything came to an end",
    )
    row = Explanation.objects.get(pk=rows[1])
    assert error in row.error
    assert row.tries == MAX_TRIES
    assert worker.is_alive
    audit(endpoint)
