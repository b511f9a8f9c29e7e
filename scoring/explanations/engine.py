"""A vision-language model on this machine. Importing this imports torch and transformers.

Two ways to the same words (greedy decoding, so equal questions have equal answers):

- `_read_together`, for models built as Gemma 3 (MedGemma is): the whole film and the instructions,
  which every finding of the film has in common, are read once, and what the model keeps of them
  (keys and values) is copied for each finding. Answers are written side by side, and a question
  leaves the batch when its answer is whole.
- `_generate`, for any other model: whole questions, padded on the left, through its own `generate`.

Why the first gives what the second gives. Nothing in the shared part looks ahead: text is causal,
and in Gemma 3 the tokens of one picture see one another, but the film's picture lies in the shared
part as a whole. Questions of unequal length are padded on the left, as `generate` does it: a row
that is shorter by n has n empty places before the film, and reads the last n tokens of the shared
part, which are text, a second time. So every distance between tokens is as it would be alone, which
windowed attention asks for.
"""

import contextlib
import hashlib
import re
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Final

import torch
from PIL import Image
from safetensors import SafetensorError
from transformers import (
    AutoModelForImageTextToText,
    AutoProcessor,
    DynamicCache,
    StoppingCriteria,
    StoppingCriteriaList,
)
from transformers.cache_utils import DynamicLayer

from scoring.explanations.contract import ExplainerFailed
from scoring.explanations.prompts import INSTRUCTIONS
from scoring.explanations.wording import MAX_SENTENCES, enough_said
from scoring.reports.models.local import marks_of, without_marks

SHARING: Final = frozenset({"gemma3"})
"""The ``model_type`` of models that are tested to say the same when a film is read once."""

_MAY_END: Final = re.compile(r"[.!?…]")


class OutOfMemory(Exception):
    """So many questions at once need more memory than there is."""


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """One question: the whole film, the close-up if there is one, and the words after them.

    Questions with the same ``film`` object are about one film.
    """

    film: Image.Image
    close_up: Image.Image | None
    text: str


@dataclass(frozen=True, slots=True)
class Answer:
    """``ended``: the model had said enough, rather than run out of tokens."""

    text: str
    ended: bool


@dataclass(frozen=True)
class Engine:
    """A loaded model. ``revision``: the commit of its repository, or a digest of its files."""

    name: str
    revision: str
    processor: Any
    model: Any
    lock: Any = field(default_factory=threading.Lock, repr=False)
    _may_end: dict[int, bool] = field(default_factory=dict, repr=False)

    @property
    def on_gpu(self) -> bool:
        return bool(self.model.device.type != "cpu")

    @property
    def can_share(self) -> bool:
        return bool(self.model.config.model_type in SHARING)

    def room_for(self, question: Question, max_new_tokens: int) -> bool:
        """Whether the model has as many positions as question and answer need."""
        room = getattr(self.model.config.get_text_config(), "max_position_embeddings", None)
        if room is None:
            return True
        per_picture = getattr(self.processor, "image_seq_length", 0) or 0
        text = self.processor.tokenizer(self._render(question), add_special_tokens=False)
        asked = len(text["input_ids"]) + len(_pictures(question)) * per_picture
        return bool(asked + max_new_tokens <= room)

    def answer(
        self, questions: Sequence[Question], *, max_new_tokens: int, share_film: bool = True
    ) -> list[Answer]:
        """The answers, in order; all at once. Raises OutOfMemory.

        Ends the process, by SystemExit, when its card has failed: no other would answer either.
        """
        with self.lock, torch.inference_mode(), _naming_out_of_memory():
            answers: dict[int, Answer] = {}
            read = self._read_together if share_film and self.can_share else self._generate
            for batch in read(questions, max_new_tokens):
                answers.update(batch)
        return [answers[number] for number in range(len(questions))]

    # --- the model's format -------------------------------------------------
    def harmless(self, text: str) -> str:
        """A text without what the model would read as the marks between messages or a picture."""
        return without_marks(text, self._marks)

    @cached_property
    def _marks(self) -> set[str]:
        # Gemma has thousands of them: to gather them takes longer than to read a question.
        return marks_of(self.processor.tokenizer)

    def _render(self, question: Question) -> str:
        text = self.harmless(question.text)
        picture = {"type": "image"}
        content: list[dict[str, str]]
        if question.close_up is None:
            content = [picture, {"type": "text", "text": f"{INSTRUCTIONS}\n\n{text}"}]
        else:
            content = [
                picture,
                {"type": "text", "text": INSTRUCTIONS},
                picture,
                {"type": "text", "text": text},
            ]
        return str(
            self.processor.apply_chat_template(
                [{"role": "user", "content": content}], add_generation_prompt=True, tokenize=False
            )
        )

    def _adds_start(self, rendered: str) -> bool:
        """Whether the tokenizer must add its first token, as the template does not write it."""
        start = self.processor.tokenizer.bos_token
        return not (start and rendered.startswith(start))

    @property
    def _ends(self) -> frozenset[int]:
        ends = self.model.generation_config.eos_token_id
        if ends is None:
            return frozenset()
        return frozenset({ends} if isinstance(ends, int) else ends)

    def _text(self, tokens: Sequence[int]) -> str:
        return str(self.processor.tokenizer.decode(tokens, skip_special_tokens=True))

    # --- any model ----------------------------------------------------------
    def _generate(
        self, questions: Sequence[Question], max_new_tokens: int
    ) -> Iterator[dict[int, Answer]]:
        for numbers in _alike(questions):
            texts = [self._render(questions[number]) for number in numbers]
            inputs = self.processor(
                text=texts,
                images=[_pictures(questions[number]) for number in numbers],
                return_tensors="pt",
                padding=True,
                padding_side="left",
                add_special_tokens=self._adds_start(texts[0]),
            ).to(self.model.device, dtype=self.model.dtype)
            asked = inputs["input_ids"].shape[-1]
            enough = _EnoughSaid(self, asked)
            output = self.model.generate(
                **inputs,
                max_new_tokens=max_new_tokens,
                do_sample=False,
                stopping_criteria=StoppingCriteriaList([enough]),
                # Greedy decoding has no use for what a checkpoint sets for sampling.
                temperature=None,
                top_p=None,
                top_k=None,
            )
            rows = output[:, asked:].tolist()
            yield {number: self._answer_of(row) for number, row in zip(numbers, rows, strict=True)}

    def _answer_of(self, row: list[int]) -> Answer:
        ends = self._ends
        length = next((place for place, token in enumerate(row) if token in ends), len(row))
        text = self._text(row[:length])
        return Answer(text, length < len(row) or enough_said(text))

    # --- models that share --------------------------------------------------
    def _read_together(
        self, questions: Sequence[Question], max_new_tokens: int
    ) -> Iterator[dict[int, Answer]]:
        films: dict[int, int] = {}
        pictures: list[Image.Image] = []
        for question in questions:
            if id(question.film) not in films:
                films[id(question.film)] = len(pictures)
                pictures.append(question.film)
        asked = [self._tokens_of(question) for question in questions]
        shared = self._read_films(_beginning(asked, self._picture_token), pictures)
        length = len(shared.ids)
        for numbers in _alike(questions):
            after = [asked[number][length:] for number in numbers]
            pixels = self._pixels([questions[number].close_up for number in numbers])
            lengths = [len(tokens) for tokens in after]
            for rows in _of_like_length(lengths, at_most_apart=shared.tail_of_text()):
                answers = self._write(
                    shared,
                    [films[id(questions[numbers[row]].film)] for row in rows],
                    [after[row] for row in rows],
                    None if pixels is None else pixels[rows],
                    max_new_tokens,
                )
                yield {numbers[row]: one for row, one in zip(rows, answers, strict=True)}

    @property
    def _picture_token(self) -> int:
        return int(self.processor.tokenizer.image_token_id)

    def _tokens_of(self, question: Question) -> list[int]:
        """A whole question as tokens, each picture as the tokens that stand for it."""
        rendered = self._render(question)
        text = rendered.replace(self.processor.boi_token, self.processor.full_image_sequence)
        starts = self._adds_start(rendered)
        return list(self.processor.tokenizer(text, add_special_tokens=starts)["input_ids"])

    def _pixels(self, pictures: Sequence[Image.Image | None]) -> Any:
        """Pictures as the model takes them in, one after another; None without any."""
        shown = [picture for picture in pictures if picture is not None]
        if not shown:
            return None
        # As one square each: cut into pieces, a picture would stand for more tokens.
        taken_in = self.processor.image_processor(shown, return_tensors="pt", do_pan_and_scan=False)
        pixels = taken_in["pixel_values"]
        return pixels.to(self.model.device, dtype=self.model.dtype)

    def _read_films(self, tokens: list[int], pictures: list[Image.Image]) -> "_Shared":
        """What the model keeps of each film and the words that its questions begin with."""
        ids = torch.tensor(tokens, device=self.model.device)
        types = (ids == self._picture_token).long()
        cache = DynamicCache()
        self.model(
            input_ids=ids.expand(len(pictures), -1),
            token_type_ids=types.expand(len(pictures), -1),
            pixel_values=self._pixels(pictures),
            past_key_values=cache,
            use_cache=True,
            logits_to_keep=1,
        )
        return _Shared(ids, types, [(layer.keys, layer.values) for layer in cache.layers])

    def _write(
        self,
        shared: "_Shared",
        of_film: list[int],
        after: list[list[int]],
        pixels: Any,
        max_new_tokens: int,
    ) -> list[Answer]:
        """The answers to a batch of questions about films that were read.

        ``after``: of each question the tokens after the shared ones; ``pixels``: of each the
        close-up, or None.
        """
        device = self.model.device
        length, longest = len(shared.ids), max(map(len, after))
        empty = [longest - len(tokens) for tokens in after]
        begun = shared.ids.tolist()
        # Rows × (length + longest), of which the last `longest` are read now.
        ids = torch.tensor(
            [[-1] * gap + begun + tokens for gap, tokens in zip(empty, after, strict=True)],
            device=device,
        )
        gaps = torch.tensor(empty, device=device)[:, None]
        room = length + longest + max_new_tokens
        places = torch.arange(room, device=device)[None, :]
        seen = places >= gaps
        cache = _cache_of(shared, of_film, gaps, room=room)
        output = self.model(
            input_ids=ids[:, length:],
            attention_mask=seen[:, : length + longest].long(),
            position_ids=(places - gaps)[:, length : length + longest],
            # Of the whole row: they are looked up by the place in it.
            token_type_ids=(ids == self._picture_token).long(),
            pixel_values=pixels,
            past_key_values=cache,
            use_cache=True,
            logits_to_keep=1,
        )
        return self._go_on(output.logits, cache, seen, gaps, length + longest, max_new_tokens)

    def _go_on(
        self, logits: Any, cache: Any, seen: Any, gaps: Any, reached: int, max_new_tokens: int
    ) -> list[Answer]:
        """Write one token after another for every row whose answer is not whole."""
        window = getattr(self.model.config.get_text_config(), "sliding_window", None)
        writers = [_Writer() for _ in range(len(gaps))]
        rows = list(writers)
        ends = self._ends
        for _ in range(max_new_tokens):
            chosen = logits[:, -1].argmax(dim=-1)
            for writer, token in zip(rows, chosen.tolist(), strict=True):
                self._note(writer, token, ends)
            going = [place for place, writer in enumerate(rows) if not writer.ended]
            if not going or len(rows[going[0]].tokens) == max_new_tokens:
                break
            if 2 * len(going) <= len(rows):
                # Rows that are done are carried along until it pays to leave them out.
                kept = torch.tensor(going, device=gaps.device)
                cache.batch_select_indices(kept)
                chosen, seen, gaps = chosen[kept], seen[kept], gaps[kept]
                rows = [rows[place] for place in going]
            reached += 1
            full = seen[:, None, None, :reached]
            near = full
            if window is not None and reached > window:
                near = full.clone()
                near[..., : reached - window] = False
            logits = self.model(
                input_ids=chosen[:, None],
                attention_mask={"full_attention": full, "sliding_attention": near},
                position_ids=reached - 1 - gaps,
                past_key_values=cache,
                use_cache=True,
                logits_to_keep=1,
            ).logits
        return [Answer(self._text(writer.tokens), writer.ended) for writer in writers]

    def _note(self, writer: "_Writer", token: int, ends: frozenset[int]) -> None:
        if writer.ended:
            return
        if token in ends:
            writer.ended = True
            return
        writer.tokens.append(token)
        if token not in self._may_end:
            self._may_end[token] = bool(_MAY_END.search(self._text([token])))
        writer.stops += self._may_end[token]
        # Read again only when as many sentences may have come to their ends.
        if writer.stops >= MAX_SENTENCES and enough_said(self._text(writer.tokens)):
            writer.ended = True


@dataclass(slots=True)
class _Writer:
    """An answer as it is written. ``stops``: tokens so far that may end a sentence."""

    tokens: list[int] = field(default_factory=list)
    stops: int = 0
    ended: bool = False


@dataclass(frozen=True, slots=True)
class _Shared:
    """What a model keeps of films: of each layer keys and values, films × heads × tokens × size"""

    ids: Any
    types: Any
    kept: list[tuple[Any, Any]]

    def tail_of_text(self) -> int:
        """How many tokens of text stand after the last of a picture."""
        pictures = self.types.nonzero()
        last = int(pictures[-1]) + 1 if len(pictures) else 0
        return len(self.types) - last


class _RoomyLayer(DynamicLayer):  # type: ignore[misc]  # transformers is untyped
    """A layer of a cache with room for all that will come, so that no step copies what was."""

    def __init__(self, keys: Any, values: Any, room: int) -> None:
        super().__init__()
        self.lazy_initialization(keys, values)
        rows, heads, length, size = keys.shape
        self.length = length
        self._keys = keys.new_zeros(rows, heads, room, size)
        self._values = values.new_zeros(rows, heads, room, values.shape[-1])
        self._keys[:, :, :length] = keys
        self._values[:, :, :length] = values
        self._show()

    def _show(self) -> None:
        self.keys = self._keys[:, :, : self.length]
        self.values = self._values[:, :, : self.length]

    def update(self, keys: Any, values: Any, *args: Any, **kwargs: Any) -> tuple[Any, Any]:
        end = self.length + keys.shape[-2]
        self._keys[:, :, self.length : end] = keys
        self._values[:, :, self.length : end] = values
        self.length = end
        self._show()
        return self.keys, self.values

    def batch_select_indices(self, indices: Any) -> None:
        kept = indices.to(self._keys.device)
        self._keys, self._values = self._keys[kept], self._values[kept]
        self._show()


def _cache_of(shared: _Shared, of_film: list[int], gaps: Any, *, room: int) -> Any:
    """A cache with one row a question: its film's keys and values, after its empty places."""
    length = len(shared.ids)
    film = torch.tensor(of_film, device=gaps.device)[:, None]
    # What falls into an empty place is never looked at; it only has to be some number.
    source = (torch.arange(length, device=gaps.device)[None, :] - gaps).clamp(min=0)
    cache = DynamicCache()
    for keys, values in shared.kept:
        # Layers may lie on several devices.
        row, place = film.to(keys.device), source.to(keys.device)
        # Indices that stand apart come first: rows × tokens × heads × size.
        layer = _RoomyLayer(
            keys[row, :, place].transpose(1, 2), values[row, :, place].transpose(1, 2), room
        )
        cache.layers.append(layer)
    return cache


class _EnoughSaid(StoppingCriteria):  # type: ignore[misc]  # transformers is untyped
    """Stops a row of `generate` when all that is shown of its answer has been written."""

    def __init__(self, engine: Engine, asked: int) -> None:
        self._engine = engine
        self._asked = asked

    def __call__(self, input_ids: Any, scores: Any, **kwargs: Any) -> Any:
        said = input_ids[:, self._asked :].tolist()
        return torch.tensor(
            [enough_said(self._engine._text(row)) for row in said], device=input_ids.device
        )


def _pictures(question: Question) -> list[Image.Image]:
    return [question.film] if question.close_up is None else [question.film, question.close_up]


def _beginning(questions: Sequence[Sequence[int]], picture_token: int) -> list[int]:
    """The tokens that all questions begin with, the whole film among them.

    It ends before the close-up, and leaves at least one token of each question to be read.
    """
    length = min(map(len, questions)) - 1
    first = questions[0]
    for place in range(length):
        token = first[place]
        begins_picture = token == picture_token != first[place - 1]
        if begins_picture and picture_token in first[:place]:
            length = place
            break
        if any(question[place] != token for question in questions):
            length = place
            break
    return list(first[:length])


def _alike(questions: Sequence[Question]) -> list[list[int]]:
    """The questions' numbers, those with a close-up apart from those without."""
    with_one = [n for n, question in enumerate(questions) if question.close_up is not None]
    without = [n for n, question in enumerate(questions) if question.close_up is None]
    return [numbers for numbers in (with_one, without) if numbers]


def _of_like_length(lengths: Sequence[int], *, at_most_apart: int) -> list[list[int]]:
    """Rows in groups, in each of which lengths differ by no more than that."""
    groups: list[list[int]] = []
    for row in sorted(range(len(lengths)), key=lambda row: lengths[row]):
        if groups and lengths[row] - lengths[groups[-1][0]] <= at_most_apart:
            groups[-1].append(row)
        else:
            groups.append([row])
    return groups


@contextlib.contextmanager
def _naming_out_of_memory() -> Iterator[None]:
    try:
        yield
    except (torch.OutOfMemoryError, MemoryError) as error:
        short = error
    except torch.AcceleratorError as error:
        if "out of memory" not in str(error):
            # Whatever this process asks of its card from now on fails; a new one may do better.
            reason = str(error).partition("\n")[0][:200]
            raise SystemExit(f"the card serves this process no more ({reason})") from error
        short = error
    except RuntimeError as error:
        # The CPU's allocator has no error of its own.
        if "DefaultCPUAllocator" not in str(error):
            raise
        short = error
    else:
        return
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
    raise OutOfMemory((str(short) or "There is no memory left.").splitlines()[0][:200])


# --- loading ----------------------------------------------------------------

_LOADING: Final = threading.Lock()


def load_engine(name: str, revision: str = "") -> Engine:
    """The model of a folder or a name, loaded once a process. Raises ExplainerFailed."""
    with _LOADING:
        return _load(name, revision)


@lru_cache(maxsize=1)
def _load(name: str, revision: str) -> Engine:
    folder = Path(name)
    is_folder = folder.is_dir()
    if not is_folder and (folder.is_absolute() or name.startswith((".", "~"))):
        raise ExplainerFailed(f"There is no folder {name}: {_TO_DO}")
    pinned = {"revision": revision} if revision else {}
    on_gpu = torch.cuda.is_available()
    try:
        processor = AutoProcessor.from_pretrained(name, **pinned)
        model = AutoModelForImageTextToText.from_pretrained(
            name,
            dtype=torch.bfloat16 if on_gpu else torch.float32,
            device_map="auto" if on_gpu else None,
            attn_implementation="sdpa",
            **pinned,
        )
    except (OSError, ValueError, RuntimeError, ImportError, SafetensorError) as error:
        raise ExplainerFailed(
            f"The model {name} cannot be loaded ({type(error).__name__}): {_TO_DO}"
        ) from error
    if getattr(processor, "chat_template", None) is None:
        raise ExplainerFailed(f"The model {name} has no chat template: it cannot be asked.")
    commit = getattr(model.config, "_commit_hash", None)
    known = digest_of(folder) if is_folder else str(commit or revision)
    return Engine(name, known, processor, model.eval())


_TO_DO: Final = (
    "give the folder of its weights in RADGAME_EXPLAINER_MODEL. MedGemma's are given out by its "
    "authors once their terms are accepted."
)


def digest_of(folder: Path) -> str:
    """A digest of the weights in a folder and of their configuration."""
    digest = hashlib.sha256()
    for path in sorted([*folder.glob("*.safetensors"), *folder.glob("config.json")]):
        digest.update(path.name.encode())
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return f"sha256:{digest.hexdigest()[:16]}"
