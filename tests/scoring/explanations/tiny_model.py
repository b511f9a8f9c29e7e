"""A vision-language model of MedGemma's architecture and a few hundred thousand parameters.

Gemma 3 with a SigLIP tower, a tokenizer, an image processor and a chat template, made here and
saved as any checkpoint is, so that tests go through the code that the real one goes through.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from PIL import Image
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import (
    CLIPImageProcessor,
    Gemma3Config,
    Gemma3ForConditionalGeneration,
    Gemma3ImageProcessor,
    Gemma3Processor,
    LlavaConfig,
    LlavaForConditionalGeneration,
    LlavaProcessor,
    PreTrainedTokenizerFast,
)

# Test processes share the cores; threads that wait for one another cost most.
torch.set_num_threads(1)

PICTURE_SIDE = 56
PICTURE_TOKENS = 4
NAMED = {
    "pad_token": "<pad>",
    "eos_token": "<eos>",
    "bos_token": "<bos>",
    "unk_token": "<unk>",
}
PICTURES = {
    "boi_token": "<start_of_image>",
    "eoi_token": "<end_of_image>",
    "image_token": "<image_soft_token>",
}
TURNS = ["<start_of_turn>", "<end_of_turn>"]
# One turn of the user and one of the model, as Gemma writes them.
TEMPLATE = """\
{{- bos_token -}}
{%- for message in messages -%}
<start_of_turn>{{ message['role'] }}
{% for part in message['content'] -%}
{%- if part['type'] == 'image' -%}<start_of_image>
{%- else -%}{{ part['text'] | trim }}{%- endif -%}
{%- endfor -%}<end_of_turn>
{% endfor -%}
{%- if add_generation_prompt -%}<start_of_turn>model
{% endif -%}
"""


def make_tokenizer(corpus: Sequence[str]) -> Any:
    """A tokenizer whose tokens are the words of the corpus, so that its texts are short."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=1500,
        special_tokens=[*NAMED.values(), *PICTURES.values(), *TURNS],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(list(corpus), trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, extra_special_tokens=PICTURES, **NAMED
    )


def make_processor(
    tokenizer: Any, *, side: int = PICTURE_SIDE, tokens: int = PICTURE_TOKENS
) -> Any:
    pictures = Gemma3ImageProcessor(
        size={"height": side, "width": side},
        image_mean=[0.5] * 3,
        image_std=[0.5] * 3,
        image_seq_length=tokens,
    )
    return Gemma3Processor(pictures, tokenizer, chat_template=TEMPLATE, image_seq_length=tokens)


def make_model(
    tokenizer: Any,
    *,
    window: int = 64,
    positions: int = 4096,
    tokens: int = PICTURE_TOKENS,
    text: Any = None,
    vision: Any = None,
) -> Any:
    """Random weights; ``window``: small, so that questions are longer than it.

    ``text`` and ``vision`` change the configuration of the two halves.
    """
    torch.manual_seed(0)
    id_of = tokenizer.convert_tokens_to_ids
    ends = [id_of("<eos>"), id_of("<end_of_turn>")]
    config = Gemma3Config(
        text_config={
            "vocab_size": len(tokenizer),
            "hidden_size": 64,
            "intermediate_size": 128,
            "num_hidden_layers": 2,
            "num_attention_heads": 4,
            "num_key_value_heads": 2,
            "head_dim": 16,
            "query_pre_attn_scalar": 16,
            "sliding_window": window,
            "layer_types": ["sliding_attention", "full_attention"],
            "max_position_embeddings": positions,
            **(text or {}),
        },
        vision_config={
            "model_type": "siglip_vision_model",
            "hidden_size": 32,
            "intermediate_size": 64,
            "num_hidden_layers": 1,
            "num_attention_heads": 2,
            "image_size": PICTURE_SIDE,
            "patch_size": 14,
            "vision_use_head": False,
            **(vision or {}),
        },
        mm_tokens_per_image=tokens,
        boi_token_index=id_of("<start_of_image>"),
        eoi_token_index=id_of("<end_of_image>"),
        image_token_index=id_of("<image_soft_token>"),
        eos_token_id=ends,
    )
    model = Gemma3ForConditionalGeneration(config).eval()
    # From the usual beginning, nothing, it takes minutes to learn that there are pictures at all.
    torch.nn.init.normal_(model.model.multi_modal_projector.mm_input_projection_weight, std=3.0)
    model.generation_config.eos_token_id = ends
    model.generation_config.pad_token_id = id_of("<pad>")
    model.generation_config.bos_token_id = id_of("<bos>")
    return model


def save(model: Any, processor: Any, folder: Path) -> str:
    model.save_pretrained(folder)
    processor.save_pretrained(folder)
    return str(folder)


LEARNT = 0.02
"""The loss from which on an answer is known by heart."""

Lesson = tuple[str, list[Image.Image], str]
"""A question in the model's format, its pictures, and the answer to be learnt."""


def teach(model: Any, processor: Any, lessons: Sequence[Lesson], *, steps: int = 600) -> float:
    """Train until the greedy answer to every lesson is learnt by heart; the last loss."""
    said = [f"{answer}<end_of_turn>" for _, _, answer in lessons]
    batch = processor(
        text=[question + answer for (question, _, _), answer in zip(lessons, said, strict=True)],
        images=[pictures for _, pictures, _ in lessons],
        return_tensors="pt",
        padding=True,
        padding_side="left",
        add_special_tokens=False,
    )
    lengths = [len(processor.tokenizer(answer)["input_ids"]) for answer in said]
    longest = max(lengths)
    wanted = batch["input_ids"][:, -longest:].clone()
    for row, length in zip(wanted, lengths, strict=True):
        row[: longest - length] = -100
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
    model.train()
    for _ in range(steps):
        # What the model thinks of each token of the answers, before it sees it.
        logits = model(**batch, logits_to_keep=longest + 1).logits[:, :-1]
        loss = torch.nn.functional.cross_entropy(
            logits.flatten(0, 1), wanted.flatten(), ignore_index=-100
        )
        if loss.item() < LEARNT:
            break
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
    model.eval()
    return float(loss.item())


def save_another(tokenizer: Any, folder: Path) -> str:
    """A model of another architecture (LLaVA: CLIP and Llama), random, that shares nothing."""
    torch.manual_seed(0)
    id_of = tokenizer.convert_tokens_to_ids
    config = LlavaConfig(
        vision_config={
            "model_type": "clip_vision_model",
            "hidden_size": 32,
            "intermediate_size": 64,
            "num_hidden_layers": 1,
            "num_attention_heads": 2,
            "image_size": PICTURE_SIDE,
            "patch_size": 14,
            "projection_dim": 32,
        },
        text_config={
            "model_type": "llama",
            "vocab_size": len(tokenizer),
            "hidden_size": 64,
            "intermediate_size": 128,
            "num_hidden_layers": 2,
            "num_attention_heads": 4,
            "num_key_value_heads": 2,
            "max_position_embeddings": 4096,
        },
        image_token_index=id_of("<image_soft_token>"),
        image_seq_length=16,
        vision_feature_layer=-1,
    )
    model = LlavaForConditionalGeneration(config).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.ndim > 1:
                # So that what it says depends on more than the last words.
                parameter.mul_(5)
    model.generation_config.eos_token_id = id_of("<eos>")
    model.generation_config.pad_token_id = id_of("<pad>")
    pictures = CLIPImageProcessor(
        size={"height": PICTURE_SIDE, "width": PICTURE_SIDE},
        crop_size={"height": PICTURE_SIDE, "width": PICTURE_SIDE},
    )
    processor = LlavaProcessor(
        pictures,
        tokenizer,
        patch_size=14,
        vision_feature_select_strategy="default",
        num_additional_image_tokens=1,
        image_token="<image_soft_token>",
        chat_template=TEMPLATE.replace("<start_of_image>", "<image_soft_token>"),
    )
    return save(model, processor, folder)
