"""Language models of a few thousand parameters, made here and saved as any checkpoint is.

They go through the code that a real model goes through: tokenizer, chat template, generate.
"""

from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

# Test processes share the cores; threads that wait for one another cost most.
torch.set_num_threads(1)

SPECIAL = ["<pad>", "<eos>", "<bos>", "<start_of_turn>", "<end_of_turn>"]
# The turns of Gemma 3: the system's words stand before the user's first.
TEMPLATE = (
    "{{ bos_token }}{% set system = messages[0]['content'] if messages[0]['role'] == 'system' %}"
    "{% for m in (messages[1:] if system else messages) %}"
    "<start_of_turn>{{ 'model' if m['role'] == 'assistant' else m['role'] }}\n"
    "{% if loop.first and system %}{{ system }}\n\n{% endif %}{{ m['content'] }}<end_of_turn>\n"
    "{% endfor %}{% if add_generation_prompt %}<start_of_turn>model\n{% endif %}"
)


def make_tokenizer(corpus: list[str]) -> Any:
    """A tokenizer whose tokens are whole phrases of the corpus, so that its texts are short."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=2000,
        special_tokens=SPECIAL,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(corpus, trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token="<pad>",
        eos_token="<eos>",
        bos_token="<bos>",
        chat_template=TEMPLATE,
    )


def make_model(tokenizer: Any, *, positions: int = 4096) -> Any:
    torch.manual_seed(0)
    model = LlamaForCausalLM(
        LlamaConfig(
            vocab_size=len(tokenizer),
            hidden_size=64,
            intermediate_size=128,
            num_hidden_layers=2,
            num_attention_heads=4,
            num_key_value_heads=2,
            max_position_embeddings=positions,
        )
    )
    end = tokenizer.convert_tokens_to_ids("<end_of_turn>")
    model.generation_config.eos_token_id = [tokenizer.eos_token_id, end]
    model.generation_config.pad_token_id = tokenizer.pad_token_id
    return model


def save(model: Any, tokenizer: Any, folder: Path) -> str:
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return str(folder)


def teach(model: Any, tokenizer: Any, lessons: list[tuple[list[dict[str, str]], str]]) -> None:
    """Train until the greedy answer to each conversation is learnt by heart."""
    batch = []
    for conversation, answer in lessons:
        prompt = tokenizer.apply_chat_template(
            conversation, add_generation_prompt=True, tokenize=True, return_dict=True
        )["input_ids"]
        said = tokenizer(answer + "<end_of_turn>", add_special_tokens=False)["input_ids"]
        batch.append(
            (torch.tensor([prompt + said]), torch.tensor([[-100] * len(prompt) + said]), len(said))
        )
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
    model.train()
    for _ in range(600):
        worst = 0.0
        for inputs, labels, length in batch:
            out = model(input_ids=inputs, labels=labels)
            out.loss.backward()
            with torch.no_grad():
                # Of each token the probability that greedy decoding needs.
                logits = out.logits[0, -length - 1 : -1]
                target = labels[0, -length:]
                margin = logits.gather(1, target[:, None])[:, 0] - logits.max(dim=1).values
                worst = min(worst, float(margin.min()))
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        if worst == 0.0:
            break
    model.eval()
