"""Work on a stream with several processes, in order and in bounded memory."""

import gc
import itertools
import multiprocessing
import signal
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ProcessPoolExecutor
from typing import Final, TypeVar

T = TypeVar("T")
R = TypeVar("R")

IN_PROCESS: Final = 200
"""So many items are worked on before any process is started: to start one takes longer."""
CHUNK: Final = 50
AHEAD: Final = 4
"""Chunks each process may be ahead of the one that is waited for."""
COLLECT_AFTER: Final = 50_000
"""So many objects more than before are made in a process before it looks for unused ones."""


def map_ordered(
    function: Callable[[T], R], items: Iterable[T], *, workers: int
) -> Generator[R, None, None]:
    """``function`` of each item, in the order of the items.

    The first results come as soon as they can, from this process. Only a longer stream is spread
    over ``workers`` processes, and never read further ahead than they can work. ``function`` and
    what it gives must be picklable. What it raises is raised here. To close the iterator ends the
    processes.
    """
    stream = iter(items)
    head = itertools.islice(stream, IN_PROCESS) if workers > 1 else stream
    for item in head:
        yield function(item)
    chunks = iter(lambda: list(itertools.islice(stream, CHUNK)), [])
    first = next(chunks, None)
    if first is None:
        return
    # A process is started afresh: a fork would take this one's threads' locks with it.
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(workers, mp_context=context, initializer=_start_process)
    waiting: deque[Future[list[R]]] = deque()
    try:
        for chunk in itertools.chain([first], chunks):
            waiting.append(pool.submit(_of_each, function, chunk))
            if len(waiting) >= workers * AHEAD:
                yield from waiting.popleft().result()
        while waiting:
            yield from waiting.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)


def _of_each(function: Callable[[T], R], items: list[T]) -> list[R]:
    return [function(item) for item in items]


def _start_process() -> None:
    # An interrupt is the parent's to handle.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Tables stay for good, and what is remembered for long: to go through it all for what could be
    # freed, as often as Python does, is a tenth of the work.
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER)
