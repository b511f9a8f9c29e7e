"""What the report game holds of a person, beside sittings and attempts: a second judge's marks."""

from typing import Any

from radgame.playing.own_data import register_game

from .models import ROWS, Attempt, Judgement


def _judged(attempt: Attempt) -> dict[str, Any]:
    done = [row for row in attempt.judgements.all() if row.state == Judgement.State.DONE]
    return {
        "judgements": [
            {
                "judge": row.judge,
                "counts": row.counts,
                "marking": row.marking,
                "score": row.score,
                "version": row.version,
            }
            for row in done
        ]
    }


def register_report() -> None:
    register_game(
        ROWS,
        said_of=_judged,
        prefetch=("judgements",),
        covers=frozenset({"report.Judgement.attempt"}),
    )
