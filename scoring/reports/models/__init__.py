"""Judges by model, behind the same interface as the judge by rules. Read `judge` first.

Nothing here imports torch, transformers or vLLM before a local model is asked for.
"""

from scoring.reports.models.choice import MODEL_JUDGES, JudgeOptions, make_model_judge
from scoring.reports.models.judge import ModelJudge

__all__ = ["MODEL_JUDGES", "JudgeOptions", "ModelJudge", "make_model_judge"]
