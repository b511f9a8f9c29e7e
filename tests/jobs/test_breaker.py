"""A server that does not answer is asked by one, once in a while."""

from radgame.breaker import Breaker


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_server_that_answers_is_always_asked() -> None:
    breaker = Breaker(10, Clock())
    assert [breaker.may_try() for _ in range(3)] == [True, True, True]


def test_after_a_failure_nobody_asks_for_a_while() -> None:
    clock = Clock()
    breaker = Breaker(10, clock)
    breaker.failed()
    clock.now += 9.9
    assert not breaker.may_try()


def test_then_one_tries_for_all() -> None:
    clock = Clock()
    breaker = Breaker(10, clock)
    breaker.failed()
    clock.now += 10
    assert [breaker.may_try() for _ in range(3)] == [True, False, False]


def test_an_answer_opens_it_for_everybody() -> None:
    breaker = Breaker(10, Clock())
    breaker.failed()
    breaker.answered()
    assert [breaker.may_try() for _ in range(2)] == [True, True]


def test_news_is_told_once() -> None:
    breaker = Breaker(10, Clock())
    assert not breaker.answered()
    assert [breaker.failed(), breaker.failed()] == [True, False]
    assert [breaker.answered(), breaker.answered()] == [True, False]
