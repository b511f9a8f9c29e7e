"""In which arm the next one is: permuted blocks of random length. Pure (docs/studies.md).

The whole order follows from the seed, so that who has the seed can draw it again, and who has not
cannot tell the next one: the length of a block varies, and so its end is not known.
"""

import random
from typing import Final

# A block holds each arm so often.
BLOCK_MULTIPLES: Final = (1, 2)


def arm_order(count: int, *, arms: int, seed: int) -> list[int]:
    """The arms, by number from 0, of the first ``count`` who are drawn.

    Raises ValueError for fewer than two arms.

    >>> arm_order(6, arms=2, seed=1)
    [1, 0, 0, 1, 1, 0]
    """
    if arms < 2:
        raise ValueError("There is nothing to draw among fewer than two arms.")
    rng = random.Random(f"radgame-study/{seed}/{arms}")  # noqa: S311 - who may not know has no seed
    drawn: list[int] = []
    while len(drawn) < count:
        block = list(range(arms)) * rng.choice(BLOCK_MULTIPLES)
        rng.shuffle(block)
        drawn += block
    return drawn[:count]


def arm_at(place: int, *, arms: int, seed: int) -> int:
    """The arm of the one who is drawn at this place, from 0."""
    return arm_order(place + 1, arms=arms, seed=seed)[place]
