"""Which judges a report can be given to, and what the site's settings tell them."""

from typing import Final

from django.conf import settings

from scoring.reports.evaluation import Judge

RULES: Final = "rules"
# They load a model into their own process, which must then be a worker's.
LOCAL: Final = ("crimson-hf", "crimson-vllm")
# As in scoring.reports.models.MODEL_JUDGES, whose packages no page needs to load.
MODEL_JUDGES: Final = (*LOCAL, "openai")
JUDGES: Final = (RULES, *MODEL_JUDGES)


def loads_model() -> bool:
    """Whether a worker that judges holds a model in its own memory."""
    return settings.GAME_JUDGE in LOCAL


def has_broker() -> bool:
    """Whether workers of their own do the slow work; else the serving process does it."""
    return not settings.BROKER_URL.startswith("memory")


def make_judge(name: str) -> Judge:
    """The judge of this name, told what the settings say.

    Raises JudgeFailed, with what to do, when a package or a setting is missing.
    """
    if name == RULES:
        from scoring.reports import rules_judge

        return rules_judge()
    from scoring.reports.models import JudgeOptions, make_model_judge

    return make_model_judge(
        name,
        JudgeOptions(
            url=settings.JUDGE_URL,
            model=settings.JUDGE_MODEL,
            key=settings.JUDGE_KEY,
            revision=settings.JUDGE_REVISION,
            timeout_s=settings.JUDGE_TIMEOUT_S,
            json_schema=settings.JUDGE_JSON_SCHEMA,
        ),
    )
