"""Which judges by model there are, and how one is made from the site's options."""

from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.util import find_spec
from types import MappingProxyType
from typing import Final

from scoring.reports.evaluation import JudgeFailed
from scoring.reports.models.endpoint import OpenAIChat
from scoring.reports.models.judge import ModelJudge
from scoring.reports.models.local import TransformersChat, VllmChat
from scoring.reports.models.prompts import CrimsonPrompt, QuotingPrompt

CRIMSON_MODEL: Final = "rajpurkarlab/medgemma-4b-it-crimson"
INSTALL: Final = "pip install -r requirements/models.txt"


@dataclass(frozen=True, slots=True)
class JudgeOptions:
    """What a judge by model may be told.

    ``url``, ``key``, ``json_schema`` are the endpoint's (`OpenAIChat`). ``model`` is its name
    there, or a folder of weights here; ``revision`` pins a name. ``timeout_s`` bounds one answer.
    """

    url: str = ""
    model: str = ""
    key: str = field(default="", repr=False)
    revision: str = ""
    timeout_s: float = 60.0
    attempts: int = 3
    json_schema: bool = True
    max_new_tokens: int = 4096


def make_model_judge(name: str, options: JudgeOptions) -> ModelJudge:
    """The judge of this name. Nothing is loaded or sent yet.

    Raises JudgeFailed, with what to do, when a package or an option is missing; KeyError for a
    name that is not in MODEL_JUDGES.
    """
    return MODEL_JUDGES[name](options)


def _openai(options: JudgeOptions) -> ModelJudge:
    if not options.url or not options.model:
        raise JudgeFailed(
            "The judge openai needs an endpoint and a model: "
            "set RADGAME_JUDGE_URL and RADGAME_JUDGE_MODEL."
        )
    if not options.url.startswith(("http://", "https://")):
        raise JudgeFailed("RADGAME_JUDGE_URL must start with http:// or https://.")
    chat = OpenAIChat(
        url=options.url,
        model=options.model,
        key=options.key,
        timeout_s=options.timeout_s,
        attempts=options.attempts,
        json_schema=options.json_schema,
    )
    return ModelJudge("openai", chat, QuotingPrompt())


def _crimson_hf(options: JudgeOptions) -> ModelJudge:
    _need("crimson-hf", {"torch": "torch", "transformers": "transformers"})
    _need("crimson-hf", {"CRIMSON": "crimson-score"})
    chat = TransformersChat(
        model=options.model or CRIMSON_MODEL,
        revision=options.revision,
        timeout_s=options.timeout_s,
        max_new_tokens=options.max_new_tokens,
    )
    return ModelJudge("crimson-hf", chat, CrimsonPrompt())


def _crimson_vllm(options: JudgeOptions) -> ModelJudge:
    _need("crimson-vllm", {"CRIMSON": "crimson-score"})
    _need("crimson-vllm", {"vllm": "vllm"}, "pip install 'crimson-score[vllm]'")
    return ModelJudge("crimson-vllm", VllmChat(options.model or CRIMSON_MODEL), CrimsonPrompt())


def _need(judge: str, modules: dict[str, str], install: str = INSTALL) -> None:
    absent = [package for module, package in modules.items() if find_spec(module) is None]
    if absent:
        verb = "is" if len(absent) == 1 else "are"
        raise JudgeFailed(
            f"The judge {judge} needs {' and '.join(absent)}, which {verb} not installed: {install}"
        )


MODEL_JUDGES: Final = MappingProxyType[str, Callable[[JudgeOptions], ModelJudge]](
    {"crimson-hf": _crimson_hf, "crimson-vllm": _crimson_vllm, "openai": _openai}
)
