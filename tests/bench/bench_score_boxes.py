"""Print how many lines of ten marks against ten regions are scored in a second, on one core.

Run from the repository's root: python -m tests.bench.bench_score_boxes [lines]
JSON in and out is part of the time, which is processor time, so that other work does not count.
`uniform` draws every box anywhere; `jittered` gives marks that lie near the regions; `crowded`
piles all boxes onto each other, so that all compete.
"""

import json
import random
import sys
import time
from collections.abc import Callable

from scoring.localization.jsonl import score_lines

Box = list[float]
SIZE_PX = 1024
FINDINGS = ["Atelectasis", "Effusion", "Consolidation", "Nodule", "Pneumothorax"]


def uniform(rng: random.Random) -> tuple[list[Box], list[Box]]:
    return [anywhere(rng) for _ in range(10)], [anywhere(rng) for _ in range(10)]


def jittered(rng: random.Random) -> tuple[list[Box], list[Box]]:
    regions = [anywhere(rng) for _ in range(10)]
    marks = [
        [
            max(0, x_min + rng.randint(-20, 20)),
            max(0, y_min + rng.randint(-20, 20)),
            min(SIZE_PX, x_max + rng.randint(-20, 20)),
            min(SIZE_PX, y_max + rng.randint(-20, 20)),
        ]
        for x_min, y_min, x_max, y_max in regions
    ]
    rng.shuffle(marks)
    return marks, regions


def crowded(rng: random.Random) -> tuple[list[Box], list[Box]]:
    def near() -> Box:
        x_min, y_min = rng.randint(300, 360), rng.randint(300, 360)
        return [x_min, y_min, x_min + rng.randint(180, 260), y_min + rng.randint(180, 260)]

    return [near() for _ in range(10)], [near() for _ in range(10)]


def anywhere(rng: random.Random) -> Box:
    width, height = rng.randint(60, 400), rng.randint(60, 400)
    x_min, y_min = rng.randint(0, SIZE_PX - width), rng.randint(0, SIZE_PX - height)
    return [x_min, y_min, x_min + width, y_min + height]


def lines_of(
    layout: Callable[[random.Random], tuple[list[Box], list[Box]]],
    findings: list[str],
    count: int,
) -> list[str]:
    rng = random.Random(20240229)
    lines = []
    for number in range(count):
        marks, regions = layout(rng)
        case = {
            "id": f"case-{number}",
            "size": [SIZE_PX, SIZE_PX],
            "reference": [{"finding": rng.choice(findings), "box": box} for box in regions],
            "marks": [{"finding": rng.choice(findings), "box": box} for box in marks],
            "selected": [],
        }
        lines.append(json.dumps(case))
    return lines


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 5000
    for layout in (uniform, jittered, crowded):
        for name, findings in (("five findings", FINDINGS), ("one finding", FINDINGS[:1])):
            lines = lines_of(layout, findings, count)
            best_s = float("inf")
            for _ in range(3):
                started = time.process_time()
                written = [json.dumps(result) for result, _ in score_lines(lines)]
                best_s = min(best_s, time.process_time() - started)
            sys.stdout.write(
                f"{layout.__name__:9} {name:14} {len(written) / best_s:8.0f} lines/s\n"
            )


if __name__ == "__main__":
    main()
