"""Asks a causal language model on this machine, through transformers or vLLM.

The heavy packages are imported when the first question is asked, never with this module.
"""

import contextlib
import re
import sys
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from scoring.reports.evaluation import JudgeFailed, JudgeUnavailable, JudgeUnusable
from scoring.reports.models.chat import Message


def without_marks(text: str, marks: Iterable[str]) -> str:
    """The text with a space inside each of the marks, so that a tokenizer sees plain words."""
    known = sorted({mark for mark in marks if len(mark) > 1 and mark.strip()}, key=len)
    if not known:
        return text
    pattern = "|".join(re.escape(mark) for mark in reversed(known))
    return re.sub(pattern, lambda m: f"{m.group()[0]} {m.group()[1:]}", text)


def marks_of(tokenizer: Any) -> set[str]:
    """What a tokenizer reads as a control token wherever it stands in a text."""
    added = tokenizer.added_tokens_decoder.values()
    return {str(token) for token in added if token.special} | set(tokenizer.all_special_tokens)


@dataclass(frozen=True)
class TransformersChat:
    """A model folder, or a name that transformers can resolve.

    Its answers are greedy, so equal questions have equal answers on one machine. ``timeout_s``
    and ``max_new_tokens`` bound one answer; an answer that reaches either bound is refused.
    """

    model: str
    revision: str = ""
    timeout_s: float = 300.0
    max_new_tokens: int = 4096
    _lock: Any = field(default_factory=threading.Lock, repr=False, compare=False)
    _loaded: list[Any] = field(default_factory=list, repr=False, compare=False)

    @property
    def version(self) -> str:
        return f"{self.model}@{self.revision}" if self.revision else self.model

    def harmless(self, text: str) -> str:
        tokenizer, _ = self._load()
        return without_marks(text, marks_of(tokenizer))

    def ask(self, messages: Sequence[Message]) -> str:
        import torch

        tokenizer, model = self._load()
        inputs = tokenizer.apply_chat_template(
            [message.to_json() for message in messages],
            add_generation_prompt=True,
            tokenize=True,
            return_dict=True,
            return_tensors="pt",
        ).to(model.device)
        asked = inputs["input_ids"].shape[-1]
        room = getattr(model.config.get_text_config(), "max_position_embeddings", None)
        if room is not None and asked >= room:
            raise JudgeFailed(f"The reports are too long for the model ({asked} tokens of {room}).")
        fitting = self.max_new_tokens if room is None else min(self.max_new_tokens, room - asked)
        # One answer at a time: two at once would need the memory twice.
        with self._lock, torch.inference_mode():
            try:
                output = model.generate(
                    **inputs,
                    max_new_tokens=fitting,
                    max_time=self.timeout_s,
                    do_sample=False,
                    # Greedy decoding has no use for what a checkpoint sets for sampling.
                    temperature=None,
                    top_p=None,
                    top_k=None,
                )
            except torch.OutOfMemoryError as error:
                raise JudgeUnavailable("The model needs more memory than there is.") from error
        answered = output[0][asked:]
        if int(answered[-1]) not in _ends(model):
            raise JudgeUnusable(
                f"The model did not come to an end within {fitting} tokens "
                f"and {self.timeout_s:g} s."
            )
        return str(tokenizer.decode(answered, skip_special_tokens=True))

    def _load(self) -> tuple[Any, Any]:
        with self._lock:
            if not self._loaded:
                self._loaded.extend(_pretrained(self.model, self.revision))
            tokenizer, model = self._loaded
            return tokenizer, model


@dataclass(frozen=True)
class VllmChat:
    """A model that vLLM serves inside this process, started as crimson-score starts it."""

    model: str
    _lock: Any = field(default_factory=threading.Lock, repr=False, compare=False)
    _loaded: list[Any] = field(default_factory=list, repr=False, compare=False)

    @property
    def version(self) -> str:
        return self.model

    def harmless(self, text: str) -> str:
        return without_marks(text, marks_of(self._load().llm.get_tokenizer()))

    def ask(self, messages: Sequence[Message]) -> str:
        scorer = self._load()
        conversation = [message.to_json() for message in messages]
        with self._lock:
            try:
                outputs = scorer.llm.chat(
                    [conversation], sampling_params=scorer.sampling_params, use_tqdm=False
                )
            except ValueError as error:
                # vLLM's word for a prompt longer than the model's context.
                raise JudgeFailed(f"vLLM refused the question: {error}") from error
        answer = outputs[0].outputs[0]
        if answer.finish_reason == "length":
            raise JudgeUnusable("The model ran out of length before its answer was whole.")
        return str(answer.text)

    def _load(self) -> Any:
        from CRIMSON import CRIMSONScore

        with self._lock:
            if not self._loaded:
                # It prints how loading goes; our standard output may be JSON Lines.
                with contextlib.redirect_stdout(sys.stderr):
                    try:
                        self._loaded.append(CRIMSONScore(api="vllm", model_name=self.model))
                    except (OSError, ValueError, RuntimeError) as error:
                        raise JudgeUnavailable(_cannot_load(self.model, error)) from error
            return self._loaded[0]


def _pretrained(name: str, revision: str) -> tuple[Any, Any]:
    from transformers import AutoModelForCausalLM, AutoTokenizer

    pinned = {"revision": revision} if revision else {}
    try:
        tokenizer = AutoTokenizer.from_pretrained(name, **pinned)
        model = AutoModelForCausalLM.from_pretrained(
            name, dtype="auto", device_map="auto", **pinned
        )
    except (OSError, ValueError, RuntimeError) as error:
        raise JudgeUnavailable(_cannot_load(name, error)) from error
    if tokenizer.chat_template is None:
        raise JudgeFailed(f"The model {name} has no chat template: it cannot be asked.")
    return tokenizer, model.eval()


def _cannot_load(name: str, error: Exception) -> str:
    return (
        f"The model {name} cannot be loaded ({type(error).__name__}). "
        "Give the folder of its weights in RADGAME_JUDGE_MODEL."
    )


def _ends(model: Any) -> set[int]:
    ends = model.generation_config.eos_token_id
    if ends is None:
        return set()
    return {ends} if isinstance(ends, int) else set(ends)
