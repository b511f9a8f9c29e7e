"""Scorers for a benchmark of report scorers, and the time the judge by rules takes.

    python tests/bench/bench_report_judge.py          times the demo pairs below

A harness that takes ``module:function`` with ``score(reference, candidate, context) -> float``
finds here: `score` (the game's), `crimson`, `burden`, `mixed` (half CRIMSON, half burden),
`game_and_crimson` and `game_and_burden`.
``context`` may hold age (in years, as text), sex, indication and comparison.
"""

import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from scoring.reports.crimson import burden_score, crimson_score
from scoring.reports.evaluation import Evaluation, ReadingContext
from scoring.reports.judge import RulesJudge
from scoring.reports.scores import game_score

JUDGE = RulesJudge()

PAIRS = [
    (
        "Small left pleural effusion, adjacent atelectasis. Mild cardiomegaly. No pneumothorax.",
        "sm L effusion, heart big, no ptx",
    ),
    (
        "The heart is normal in size. The lungs are clear. No pleural effusion or pneumothorax.",
        "Lungs clear. Heart size normal. No effusion.",
    ),
    (
        "FINDINGS: ETT 4 cm above the carina. Patchy opacity in the right lower lobe, consistent "
        "with pneumonia. Calcified aortic arch. IMPRESSION: Right lower lobe pneumonia.",
        "ET tube ok. RLL consolidation with bronchograms. Trace right effusion. Calcified aorta.",
    ),
]


def context_of(values: Mapping[str, Any]) -> ReadingContext:
    """The context as the judge wants it; an age that is no number is not known.

    Where a harness does not speak of comparisons at all, the two texts are all there is, and what
    they say of change is compared.
    """
    try:
        age = float(values.get("age") or "")
    except ValueError:
        age = None
    return ReadingContext(
        age_years=age,
        sex=values.get("sex") or "",
        indication=values.get("indication") or "",
        comparison=values.get("comparison", "not told") or "",
    )


def judged(reference: str, candidate: str, context: Mapping[str, Any]) -> Evaluation:
    return JUDGE.judge(reference, candidate, context_of(context))


def score(reference: str, candidate: str, context: Mapping[str, Any]) -> float:
    return game_score(judged(reference, candidate, context)).score


def crimson(reference: str, candidate: str, context: Mapping[str, Any]) -> float:
    return crimson_score(judged(reference, candidate, context))


def burden(reference: str, candidate: str, context: Mapping[str, Any]) -> float:
    return burden_score(judged(reference, candidate, context))


def mixed(reference: str, candidate: str, context: Mapping[str, Any]) -> float:
    evaluation = judged(reference, candidate, context)
    return (crimson_score(evaluation) + burden_score(evaluation)) / 2


def game_and_crimson(reference: str, candidate: str, context: Mapping[str, Any]) -> float:
    evaluation = judged(reference, candidate, context)
    return (game_score(evaluation).score + crimson_score(evaluation)) / 2


def game_and_burden(reference: str, candidate: str, context: Mapping[str, Any]) -> float:
    evaluation = judged(reference, candidate, context)
    return (game_score(evaluation).score + burden_score(evaluation)) / 2


def main(rounds: int = 300) -> None:
    for cold in (True, False):
        started = time.perf_counter()
        for number in range(rounds):
            for reference, candidate in PAIRS:
                # A reference that was not read before costs its reading too.
                text = f"{reference} {number}." if cold else reference
                score(text, candidate, {})
        took_ms = 1000 * (time.perf_counter() - started) / (rounds * len(PAIRS))
        print(f"{'new' if cold else 'known'} reference: {took_ms:.3f} ms a pair")


if __name__ == "__main__":
    main()
