"""Compute a study's results from its export alone, without the site.

    python tools/recompute_study.py study.json [--json]

Needs numpy and scipy, and no file of RadGame: the formulas of docs/studies.md are written down here
a second time, so that a mistake in either shows as a difference (tests/classroom/studies).
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
from scipy import optimize, stats

FORMAT = "radgame-study-1"
BLOCK_MULTIPLES = (1, 2)

Document = dict[str, Any]


def recompute(document: Document) -> Document:
    """The figures of the results page, by game and arm; scores and changes lie in [0, 1]."""
    if document.get("format") != FORMAT:
        raise ValueError(f"This is no study in the format {FORMAT}.")
    return {
        "allocation": check_allocation(document),
        "enrolled": len(document["enrolments"]),
        "waiting": sum(one["arm"] is None for one in document["enrolments"]),
        "arms": {arm["name"]: flow_of(document, arm["name"]) for arm in document["arms"]},
        "games": {game: game_results(document, game) for game in document["study"]["games"]},
    }


# --- allocation --------------------------------------------------------------------


def check_allocation(document: Document) -> str:
    """Whether everybody is in the arm that the seed draws: confirmed, contradicted or sealed."""
    seed = document["study"]["seed"]
    if seed is None:
        return "sealed"
    names = [arm["name"] for arm in document["arms"]]
    drawn = [one for one in document["enrolments"] if one["place"] is not None]
    order = draw(max((one["place"] for one in drawn), default=-1) + 1, len(names), seed)
    as_drawn = all(names[order[one["place"]]] == one["arm"] for one in drawn)
    return "confirmed" if as_drawn else "contradicted"


def draw(count: int, arms: int, seed: int) -> list[int]:
    rng = random.Random(f"radgame-study/{seed}/{arms}")  # noqa: S311 - the seed is published
    order: list[int] = []
    while len(order) < count:
        block = [arm for _time in range(rng.choice(BLOCK_MULTIPLES)) for arm in range(arms)]
        rng.shuffle(block)
        order.extend(block)
    return order[:count]


def flow_of(document: Document, arm: str) -> dict[str, int]:
    drawn = [one for one in document["enrolments"] if one["arm"] == arm]
    return {
        "drawn": len(drawn),
        "trained": sum(one["trained_at"] is not None for one in drawn),
        "finished": sum(one["finished_at"] is not None for one in drawn),
    }


# --- one game ----------------------------------------------------------------------


def game_results(document: Document, game: str) -> Document:
    complete = {
        one["code"]: one["arm"]
        for one in document["enrolments"]
        if one["arm"] is not None and one["finished_at"] is not None
    }
    rows = [row for row in document["attempts"] if row["game"] == game]
    pre, post = means(rows, "pre", "score"), means(rows, "post", "score")
    scored = {code: arm for code, arm in complete.items() if code in pre and code in post}
    names = [arm["name"] for arm in document["arms"]]
    before = {
        name: np.array([pre[c] for c, arm in scored.items() if arm == name]) for name in names
    }
    after = {
        name: np.array([post[c] for c, arm in scored.items() if arm == name]) for name in names
    }
    study = document["study"]
    shown = [row for row in document["exposures"] if row["game"] == game and row["left_at"]]
    seconds = {
        "pre": means(rows, "pre", "seconds"),
        "training": means([*rows, *shown], "training", "seconds"),
        "post": means(rows, "post", "seconds"),
    }
    return {
        "arms": {
            name: {
                **arm_results(before[name], after[name], study),
                "seconds": {
                    phase: mean_of(
                        [by[c] for c, arm in complete.items() if arm == name and c in by]
                    )
                    for phase, by in seconds.items()
                },
            }
            for name in names
        },
        "comparisons": comparisons(names, before, after, study),
    }


def means(rows: list[Document], phase: str, column: str) -> dict[str, float]:
    """By code, the mean of a column over what somebody did in a phase."""
    values: dict[str, list[float]] = defaultdict(list)
    for row in rows:
        if row["phase"] == phase:
            values[row["code"]].append(row[column])
    return {code: float(np.mean(some)) for code, some in values.items()}


def mean_of(values: list[float]) -> float | None:
    return float(np.mean(values)) if values else None


def arm_results(pre: Any, post: Any, study: Document) -> Document:
    told: Document = dict.fromkeys(("pre", "post", "change", "sd", "low", "high", "relative"))
    told["n"] = len(pre)
    if not len(pre):
        return told
    change = post - pre
    told |= {"pre": pre.mean(), "post": post.mean(), "change": change.mean()}
    if len(pre) >= study["fewest"]:
        half = t_of(study, len(pre) - 1) * stats.sem(change)
        told |= {"sd": change.std(ddof=1), "low": change.mean() - half}
        told |= {"high": change.mean() + half}
        told["relative"] = change.mean() / pre.mean() if pre.mean() > 0 else None
    return {name: value if value is None else float(value) for name, value in told.items()} | {
        "n": len(pre)
    }


def comparisons(
    names: list[str], before: dict[str, Any], after: dict[str, Any], study: Document
) -> list[Document]:
    told = []
    adjusted = ancova(
        [name for name in names if len(before[name]) >= study["fewest"]], before, after, study
    )
    for number, first in enumerate(names):
        for second in names[number + 1 :]:
            one, other = (after[name] - before[name] for name in (first, second))
            row: Document = {"first": first, "second": second}
            if min(len(one), len(other)) >= study["fewest"]:
                row["difference"] = welch(one, other, study)
                row["hedges_g"] = hedges(one, other, study)
                row["adjusted"] = adjusted.get((first, second))
            else:
                row |= dict.fromkeys(("difference", "hedges_g", "adjusted"))
            told.append(row)
    return told


def t_of(study: Document, freedom: float) -> float:
    return float(stats.t.ppf((1 + study["confidence"]) / 2, freedom))


def around(value: float, half: float) -> list[float]:
    return [float(value), float(value - half), float(value + half)]


def welch(one: Any, other: Any, study: Document) -> list[float]:
    parts = one.var(ddof=1) / len(one), other.var(ddof=1) / len(other)
    difference = one.mean() - other.mean()
    if not sum(parts):
        return around(difference, 0.0)
    freedom = sum(parts) ** 2 / (parts[0] ** 2 / (len(one) - 1) + parts[1] ** 2 / (len(other) - 1))
    return around(difference, t_of(study, freedom) * np.sqrt(sum(parts)))


def hedges(one: Any, other: Any, study: Document) -> list[float] | None:
    """The noncentrality whose distribution leaves the statistic at either end of the interval."""
    freedom = len(one) + len(other) - 2
    pooled = ((len(one) - 1) * one.var(ddof=1) + (len(other) - 1) * other.var(ddof=1)) / freedom
    if not pooled:
        return None
    # Γ(f/2) / (√(f/2) Γ((f−1)/2)), from the mean of a chi distribution: √2 Γ(f/2) / Γ((f−1)/2).
    correction = stats.chi.mean(freedom - 1) / np.sqrt(freedom)
    scale = np.sqrt(1 / len(one) + 1 / len(other))
    d = (one.mean() - other.mean()) / np.sqrt(pooled)
    statistic = d / scale
    tail = (1 - study["confidence"]) / 2
    # Further away scipy's noncentral t is no number; five standard errors hold both ends.
    reach = 5 * np.sqrt(1 + statistic**2 / (2 * freedom))
    ends = [
        optimize.brentq(
            lambda nc, p=p: stats.nct.cdf(statistic, freedom, nc) - p,
            statistic - reach,
            statistic + reach,
            xtol=1e-12,
        )
        for p in (1 - tail, tail)
    ]
    return [float(correction * d), *(float(correction * scale * end) for end in ends)]


def ancova(
    names: list[str], before: dict[str, Any], after: dict[str, Any], study: Document
) -> dict[tuple[str, str], list[float]]:
    """Post-test on pre-test and arm, by the normal equations."""
    if len(names) < 2:
        return {}
    pre = np.concatenate([before[name] for name in names])
    post = np.concatenate([after[name] for name in names])
    member = np.concatenate(
        [np.full(len(before[name]), number) for number, name in enumerate(names)]
    )
    design = np.column_stack(
        [pre - pre.mean(), *(member == number for number in range(len(names)))]
    )
    design = design.astype(float)
    freedom = len(pre) - design.shape[1]
    if freedom < 1 or np.linalg.matrix_rank(design) < design.shape[1]:
        return {}
    inverse = np.linalg.inv(design.T @ design)
    fitted = inverse @ design.T @ post
    variance = float(np.sum((post - design @ fitted) ** 2)) / freedom
    told = {}
    for i, first in enumerate(names):
        for j, second in enumerate(names):
            if i < j:
                contrast = np.zeros(design.shape[1])
                contrast[i + 1], contrast[j + 1] = 1.0, -1.0
                error = np.sqrt(variance * contrast @ inverse @ contrast)
                told[first, second] = around(contrast @ fitted, t_of(study, freedom) * error)
    return told


# --- words -------------------------------------------------------------------------


def points(value: float | None, sign: str = "") -> str:
    return "–" if value is None else f"{round(100 * value, 1) + 0.0:{sign}.1f}".replace("-", "−")


def interval(low: float | None, high: float | None) -> str:
    return "–" if low is None or high is None else f"{points(low, '+')} to {points(high, '+')}"


def plain(value: float | None, digits: int) -> str:
    return "–" if value is None else f"{value:.{digits}f}".replace("-", "−")


def arm_cells(row: Document) -> list[str]:
    """An arm's line of the results page."""
    seconds = row["seconds"]
    return [
        str(row["n"]),
        points(row["pre"]),
        points(row["post"]),
        points(row["change"], "+"),
        interval(row["low"], row["high"]),
        points(row["sd"]),
        points(row["relative"], "+"),
        *(plain(seconds[phase], 0) for phase in ("pre", "training", "post")),
    ]


def comparison_cells(row: Document) -> list[str]:
    """A comparison's line of the results page."""
    difference, g, adjusted = row["difference"], row["hedges_g"], row["adjusted"]
    nothing = [None, None, None]
    return [
        points((difference or nothing)[0], "+"),
        interval(*(difference or nothing)[1:]),
        plain((g or nothing)[0], 2),
        "–" if g is None else f"{plain(g[1], 2)} to {plain(g[2], 2)}",
        points((adjusted or nothing)[0], "+"),
        interval(*(adjusted or nothing)[1:]),
    ]


def report(document: Document, results: Document) -> str:
    """The results as the page tells them."""
    lines = [
        document["study"]["title"],
        f"Enrolled {results['enrolled']}, without an arm {results['waiting']}; "
        f"allocation {results['allocation']}.",
    ]
    for name, flow in results["arms"].items():
        told = ", ".join(f"{word} {count}" for word, count in flow.items())
        lines.append(f"{name}: {told}")
    for game, told in results["games"].items():
        lines += [
            "",
            f"{game}: arm | n | pre | post | change | 95 % CI | SD | relative % | s a case",
        ]
        lines += [" | ".join([name, *arm_cells(row)]) for name, row in told["arms"].items()]
        lines += ["against each other | difference | 95 % CI | g | 95 % CI | adjusted | 95 % CI"]
        lines += [
            " | ".join([f"{row['first']} less {row['second']}", *comparison_cells(row)])
            for row in told["comparisons"]
        ]
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("study", type=Path, help="the complete study, as it was exported")
    parser.add_argument("--json", action="store_true", help="the figures unrounded, as JSON")
    options = parser.parse_args(arguments)
    document = json.loads(options.study.read_text(encoding="utf-8"))
    try:
        results = recompute(document)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1
    print(json.dumps(results, indent=1) if options.json else report(document, results))
    return 0


if __name__ == "__main__":
    sys.exit(main())
