"""The box game's scorer: marks against reference regions, without Django.

`score_localization` holds the rules; read its docstring first. `jsonl` is the same scorer for
files. `agreement` turns readers' boxes into thresholds.
"""

from scoring.localization.agreement import (
    AgreementSummary,
    best_ious,
    percentile_of,
    summarise_agreement,
    threshold_from_agreement,
)
from scoring.localization.geometry import Box, box_problem, check_box_in_image
from scoring.localization.jsonl import score_line, score_lines
from scoring.localization.marking import (
    DEFAULT_THRESHOLD,
    SCORER_VERSION,
    Kind,
    Line,
    LocalizationResult,
    Mark,
    Outcome,
    Reason,
    ReferenceRegion,
    score_localization,
)

__all__ = [
    "DEFAULT_THRESHOLD",
    "SCORER_VERSION",
    "AgreementSummary",
    "Box",
    "Kind",
    "Line",
    "LocalizationResult",
    "Mark",
    "Outcome",
    "Reason",
    "ReferenceRegion",
    "best_ious",
    "box_problem",
    "check_box_in_image",
    "percentile_of",
    "score_line",
    "score_lines",
    "score_localization",
    "summarise_agreement",
    "threshold_from_agreement",
]
