"""Explanations a second: ours against one request after another, on the same model and prompts.

    python -m tests.bench.bench_explanations                          a tiny model, seconds
    python -m tests.bench.bench_explanations --model random-medgemma --layers 8 --width 512 \\
        --vision-layers 6 --vision-width 384 --picture-side 448       one that a CPU can bear
    python -m tests.bench.bench_explanations --model random-medgemma  MedGemma 4B's shape: for a GPU
    python -m tests.bench.bench_explanations --model FOLDER           a real checkpoint

Three ways, each from the films' pixels to the text: `one by one` asks the whole question with both
pictures, one request at a time, through the model's own `generate`; `in batches` pads whole
questions to one length; `film read once` is what the explainer does. Every answer has exactly
--new-tokens tokens, whatever a model with random weights would say.
Seconds are the processor's on a CPU, which others may be using, and the clock's on a GPU.
"""

import argparse
import platform
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import torch

from scoring.explanations import Request
from scoring.explanations import engine as engines
from scoring.explanations.engine import Engine, Question, load_engine
from scoring.explanations.local import CPU_BATCH, GPU_BATCH
from scoring.explanations.material import material_of
from scoring.explanations.prompts import INSTRUCTIONS, question_of
from scoring.localization import Box
from tests.scoring.explanations import tiny_model
from tests.scoring.explanations.asking import blob_film, false_mark, request

SIZE = (1500, 1800)
# google/medgemma-4b-it: the figures of its config.json.
MEDGEMMA_TOKENS = 256
MEDGEMMA_VOCABULARY = 262_208


def requests_about(films: int, findings: int) -> list[Request]:
    """Missed findings and false marks, each with a region of its own."""
    made = []
    for film in range(films):
        for number in range(findings):
            left = 100 + 150 * (number % 8)
            ask = false_mark if number % 3 == 2 else request
            made.append(
                ask(
                    f"{film}-{number}",
                    film=str(film),
                    size=SIZE,
                    regions=(Box(left, 900, left + 200, 1200),),
                    sentence="White area at the base." if number % 2 else "",
                )
            )
    return made


def tokenizer() -> Any:
    texts = [INSTRUCTIONS, question_of(request()), question_of(false_mark())]
    return tiny_model.make_tokenizer(texts * 3)


def random_medgemma(options: argparse.Namespace) -> Engine:
    """MedGemma's architecture with random weights; 4B's shape unless layers or widths are given."""
    words = tokenizer()
    processor = tiny_model.make_processor(words, side=options.picture_side, tokens=MEDGEMMA_TOKENS)
    on_gpu = torch.cuda.is_available()
    torch.set_default_dtype(torch.bfloat16 if on_gpu else torch.float32)
    width, seeing = options.width, options.vision_width
    with torch.device("cuda" if on_gpu else "cpu"):
        model = tiny_model.make_model(
            words,
            window=1024,
            tokens=MEDGEMMA_TOKENS,
            text={
                "vocab_size": MEDGEMMA_VOCABULARY if width == 2560 else 32_000,
                "hidden_size": width,
                "intermediate_size": 4 * width,
                "num_hidden_layers": options.layers,
                "num_attention_heads": max(2, width // 320),
                "num_key_value_heads": max(1, width // 640),
                "head_dim": 256 if width == 2560 else 64,
                "query_pre_attn_scalar": 256 if width == 2560 else 64,
                "layer_types": [
                    "sliding_attention" if (layer + 1) % 6 else "full_attention"
                    for layer in range(options.layers)
                ],
            },
            vision={
                "hidden_size": seeing,
                "intermediate_size": 4304 if seeing == 1152 else 4 * seeing,
                "num_hidden_layers": options.vision_layers,
                "num_attention_heads": 16 if seeing == 1152 else max(2, seeing // 64),
                "image_size": options.picture_side,
            },
        )
    torch.set_default_dtype(torch.float32)
    return Engine("random-medgemma", "", processor, model)


def model_of(options: argparse.Namespace) -> Engine:
    if options.model == "tiny":
        words = tokenizer()
        return Engine(
            "tiny", "", tiny_model.make_processor(words), tiny_model.make_model(words, window=1024)
        )
    if options.model == "random-medgemma":
        return random_medgemma(options)
    return load_engine(options.model)


Way = Callable[[Engine, Sequence[Request], int, int], list[str]]


def film_of(key: str) -> Any:
    return FILMS[int(key) % len(FILMS)]


FILMS = [blob_film(side, seed=seed, size=SIZE) for seed, side in enumerate(("right", "left"))]


def one_by_one(engine: Engine, requests: Sequence[Request], new_tokens: int, _: int) -> list[str]:
    said = []
    for asked in requests:
        [material] = material_of([asked], film_of, {})
        pictures = [material.whole, material.close_up]
        text = engine._render(Question(material.whole, material.close_up, question_of(asked)))
        inputs = engine.processor(
            text=[text], images=[pictures], return_tensors="pt", add_special_tokens=False
        ).to(engine.model.device, dtype=engine.model.dtype)
        with torch.inference_mode():
            output = engine.model.generate(
                **inputs, max_new_tokens=new_tokens, do_sample=False, top_p=None, top_k=None
            )
        said.append(engine._text(output[0, inputs["input_ids"].shape[1] :].tolist()))
    return said


def in_batches(
    engine: Engine, requests: Sequence[Request], new_tokens: int, at_once: int
) -> list[str]:
    return _answered(engine, requests, new_tokens, at_once, share=False)


def film_read_once(
    engine: Engine, requests: Sequence[Request], new_tokens: int, at_once: int
) -> list[str]:
    return _answered(engine, requests, new_tokens, at_once, share=True)


def _answered(
    engine: Engine, requests: Sequence[Request], new_tokens: int, at_once: int, *, share: bool
) -> list[str]:
    questions = [
        Question(one.whole, one.close_up, question_of(one.request))
        for one in material_of(requests, film_of, {})
    ]
    said: list[str] = []
    for first in range(0, len(questions), at_once):
        answers = engine.answer(
            questions[first : first + at_once], max_new_tokens=new_tokens, share_film=share
        )
        said += [answer.text for answer in answers]
    return said


def never_enough(engine: Engine) -> None:
    """Keep the model from ending an answer, and us from ending it for it."""
    engine.model.generation_config.eos_token_id = None
    engines.enough_said = lambda text: False  # type: ignore[assignment]


def seconds(engine: Engine) -> float:
    if engine.on_gpu:
        torch.cuda.synchronize()
        return time.perf_counter()
    return time.process_time()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", default="tiny", help="FOLDER, random-medgemma or tiny")
    parser.add_argument("--films", type=int, default=4)
    parser.add_argument("--findings-per-film", type=int, default=4)
    parser.add_argument("--new-tokens", type=int, default=80)
    parser.add_argument("--batch", type=int, default=0)
    parser.add_argument("--layers", type=int, default=34)
    parser.add_argument("--width", type=int, default=2560)
    parser.add_argument("--vision-layers", type=int, default=27)
    parser.add_argument("--vision-width", type=int, default=1152)
    parser.add_argument("--picture-side", type=int, default=896)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    engine = model_of(options)
    never_enough(engine)
    at_once = options.batch or (GPU_BATCH if engine.on_gpu else CPU_BATCH)
    asked = requests_about(options.films, options.findings_per_film)
    parameters = sum(parameter.numel() for parameter in engine.model.parameters())
    where = torch.cuda.get_device_name() if engine.on_gpu else platform.processor() or "CPU"
    print(
        f"{engine.name}: {parameters / 1e6:,.1f} million parameters, {engine.model.dtype}, "
        f"{where}; {options.films} films × {options.findings_per_film} findings, "
        f"{options.new_tokens} tokens each, at most {at_once} at once"
    )
    ways: list[tuple[str, Way]] = [
        ("one by one", one_by_one),
        ("in batches", in_batches),
        ("film read once", film_read_once),
    ]
    reference: list[str] = []
    slowest = 0.0
    for name, way in ways:
        way(engine, asked[:1], 2, at_once)
        started = seconds(engine)
        said = way(engine, asked, options.new_tokens, at_once)
        took_s = seconds(engine) - started
        reference = reference or said
        slowest = slowest or took_s
        same = sum(a == b for a, b in zip(reference, said, strict=True))
        print(
            f"{name:>15}: {len(asked) / took_s:8.3f} explanations a second, "
            f"{slowest / took_s:5.1f} times; {same} of {len(said)} the same words"
        )


if __name__ == "__main__":
    main()
