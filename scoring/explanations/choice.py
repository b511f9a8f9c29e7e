"""Which explainers there are, and how one is made from the site's options."""

from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.util import find_spec
from types import MappingProxyType
from typing import Final

from scoring.explanations.atlas import AtlasExplainer
from scoring.explanations.contract import Explainer, ExplainerFailed
from scoring.explanations.local import DEFAULT_MODEL, TransformersExplainer


@dataclass(frozen=True, slots=True)
class ExplainerOptions:
    """What an explainer by model may be told; the atlas has no use for any of it.

    ``model``: a folder of weights or a name that transformers can resolve; behind an address, the
    model's name there. ``revision`` pins a name. ``url`` and ``key`` are the endpoint's, of which
    at most ``concurrency`` questions are asked at once; ``timeout_s`` bounds one answer with all
    its ``attempts``. ``batch_size``: so many findings are explained at once on this machine, 0 for
    what suits it. ``share_film``: whether a film is read once for all its findings where the model
    allows it. ``max_new_tokens`` bounds one answer.
    """

    model: str = ""
    revision: str = ""
    url: str = ""
    key: str = field(default="", repr=False)
    timeout_s: float = 60.0
    attempts: int = 3
    concurrency: int = 4
    batch_size: int = 0
    share_film: bool = True
    max_new_tokens: int = 120


INSTALL: Final = "pip install -r requirements/models.txt"
DEFAULT_OPTIONS: Final = ExplainerOptions()


def make_explainer(name: str, options: ExplainerOptions = DEFAULT_OPTIONS) -> Explainer:
    """The explainer of this name. Nothing is loaded or sent yet.

    Raises ExplainerFailed, with what to do, when a package or an option is missing; KeyError for
    a name that is not in EXPLAINERS.
    """
    return EXPLAINERS[name](options)


def _atlas(options: ExplainerOptions) -> Explainer:
    return AtlasExplainer()


def _transformers(options: ExplainerOptions) -> Explainer:
    absent = [name for name in ("torch", "transformers") if find_spec(name) is None]
    if absent:
        verb = "is" if len(absent) == 1 else "are"
        raise ExplainerFailed(
            f"The explainer transformers needs {' and '.join(absent)}, which {verb} not installed: "
            f"{INSTALL}"
        )
    return TransformersExplainer(
        model=options.model or DEFAULT_MODEL,
        revision=options.revision,
        batch_size=options.batch_size,
        share_film=options.share_film,
        max_new_tokens=options.max_new_tokens,
    )


def _openai(options: ExplainerOptions) -> Explainer:
    # Brings the HTTP client with it, which no command that asks nobody should wait for.
    from scoring.explanations.endpoint import SETTING, EndpointExplainer

    if not options.url or not options.model:
        raise ExplainerFailed(
            "The explainer openai needs an endpoint and a model: "
            f"set {SETTING} and RADGAME_EXPLAINER_MODEL."
        )
    if not options.url.startswith(("http://", "https://")):
        raise ExplainerFailed(f"{SETTING} must start with http:// or https://.")
    return EndpointExplainer(
        url=options.url,
        model=options.model,
        key=options.key,
        revision=options.revision,
        timeout_s=options.timeout_s,
        attempts=options.attempts,
        concurrency=options.concurrency,
        max_new_tokens=options.max_new_tokens,
    )


EXPLAINERS: Final = MappingProxyType[str, Callable[[ExplainerOptions], Explainer]](
    {"atlas": _atlas, "openai": _openai, "transformers": _transformers}
)
