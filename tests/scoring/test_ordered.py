"""A stream worked on by several processes comes out in order, in bounded memory."""

import gc
import os
import time
from collections.abc import Iterator

import pytest

from scoring.ordered import AHEAD, CHUNK, COLLECT_AFTER, IN_PROCESS, map_ordered


def process_of(item: int) -> tuple[int, int]:
    return item, os.getpid()


def collects_after(item: int) -> int:
    return gc.get_threshold()[0]


def slow_at_first(item: int) -> int:
    if item == IN_PROCESS:
        time.sleep(0.3)
    return item


def refuse(item: int) -> int:
    if item == IN_PROCESS + 70:
        raise ValueError(f"{item} is refused")
    return item


def test_a_short_stream_stays_in_this_process() -> None:
    results = list(map_ordered(process_of, range(IN_PROCESS), workers=2))
    assert results == [(item, os.getpid()) for item in range(IN_PROCESS)]


def test_one_worker_is_this_process() -> None:
    assert {pid for _, pid in map_ordered(process_of, range(500), workers=1)} == {os.getpid()}


def test_nothing_gives_nothing() -> None:
    assert list(map_ordered(process_of, [], workers=2)) == []


def test_a_long_stream_is_shared_and_comes_out_in_order() -> None:
    count = IN_PROCESS + 5 * CHUNK + 7
    results = list(map_ordered(process_of, range(count), workers=2))
    assert [item for item, _ in results] == list(range(count))
    assert {pid for _, pid in results[:IN_PROCESS]} == {os.getpid()}
    assert os.getpid() not in {pid for _, pid in results[IN_PROCESS:]}


def test_a_process_of_its_own_seldom_looks_for_unused_objects() -> None:
    here = gc.get_threshold()[0]
    count = IN_PROCESS + 2 * CHUNK
    results = list(map_ordered(collects_after, range(count), workers=2))
    assert results == [here] * IN_PROCESS + [COLLECT_AFTER] * 2 * CHUNK
    assert gc.get_threshold()[0] == here < COLLECT_AFTER


def test_a_slow_item_holds_back_those_after_it() -> None:
    count = IN_PROCESS + 3 * CHUNK
    assert list(map_ordered(slow_at_first, range(count), workers=2)) == list(range(count))


def test_no_more_is_read_than_the_processes_can_work_on() -> None:
    read = 0

    def endless() -> Iterator[int]:
        nonlocal read
        while True:
            read += 1
            yield read

    results = map_ordered(abs, endless(), workers=2)
    for _ in range(IN_PROCESS):
        next(results)
    # A first result comes when it is there, not when a chunk is.
    assert read == IN_PROCESS
    for _ in range(1000):
        next(results)
    assert read <= IN_PROCESS + 1000 + (2 * AHEAD + 1) * CHUNK
    results.close()


def test_what_the_function_raises_is_raised_here() -> None:
    with pytest.raises(ValueError, match=f"{IN_PROCESS + 70} is refused"):
        list(map_ordered(refuse, range(IN_PROCESS + 200), workers=2))
