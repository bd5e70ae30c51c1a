"""Writes a tiny llama model with random weights and a tokenizer of its own. Nothing is downloaded.

Its answers are printable nonsense; what is real is the engine that streams them.
"""

from __future__ import annotations

from pathlib import Path

import gguf
import numpy as np

WIDTH, LAYERS, HEADS, KV_HEADS, INNER, WINDOW = 64, 2, 4, 2, 128, 8192
WORDS = [
    "add",
    "fix",
    "remove",
    "change",
    "test",
    "file",
    "code",
    "line",
    "value",
    "name",
    "user",
    "error",
    "list",
    "string",
    "number",
    "false",
    "true",
    "with",
    "from",
    "into",
    "this",
    "that",
    "the",
    "for",
    "and",
    "not",
    "when",
    "read",
    "write",
    "open",
    "close",
    "parse",
    "check",
    "return",
]
TEMPLATE = (
    "{%- for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
    "{%- if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
CALLING = (
    "{%- if tools %}<|im_start|>system\n<tools>\n{%- for t in tools %}{{ t | tojson }}\n"
    "{%- endfor %}</tools>\n<tool_call>\n"
    '{"name": <function-name>, "arguments": <args-json-object>}\n'
    "</tool_call><|im_end|>\n{% endif %}{%- for m in messages %}<|im_start|>{{ m.role }}\n"
    "{{ m.content or '' }}{%- if m.tool_calls %}{%- for c in m.tool_calls %}\n<tool_call>\n"
    '{"name": "{{ c.function.name }}", "arguments": {{ c.function.arguments | tojson }}}\n'
    "</tool_call>{%- endfor %}{%- endif %}<|im_end|>\n{% endfor %}"
    "{%- if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
"""The shape Hermes and Qwen have: the engine reads `<tool_call>` out of it and can demand one."""
CALL, END = 5, 4
"""The tokens that begin a call and end a turn, to be preferred by a request's `logit_bias`."""


def write(path: Path, seed: int = 7, *, calls: bool = False) -> None:
    """Writes the model file; one that `calls` has a template with tools in it."""
    chance = np.random.default_rng(seed)
    normal, control = gguf.TokenType.NORMAL, gguf.TokenType.CONTROL
    tokens: list[tuple[str, float, gguf.TokenType]] = [
        ("<unk>", 0.0, gguf.TokenType.UNKNOWN),
        ("<s>", 0.0, control),
        ("</s>", 0.0, control),
        ("<|im_start|>", 0.0, control),
        ("<|im_end|>", 0.0, control),
    ]
    if calls:
        known = gguf.TokenType.USER_DEFINED
        tokens += [("<tool_call>\n", 0.0, known), ("</tool_call>", 0.0, known)]
    tokens += [(f"<0x{byte:02X}>", 0.0, gguf.TokenType.BYTE) for byte in range(256)]
    tokens += [(char, -1000.0, normal) for char in ["\u2581", *map(chr, range(33, 127))]]
    # Sentence-piece merges need every beginning of a word to be a token itself.
    there = {token for token, _, _ in tokens}
    pieces = {f"\u2581{word}"[:end] for word in WORDS for end in range(2, len(word) + 2)} - there
    tokens += [
        (p, -float(n), normal) for n, p in enumerate(sorted(pieces, key=lambda p: (len(p), p)))
    ]
    whole = {f"\u2581{word}" for word in WORDS}

    out = gguf.GGUFWriter(str(path), "llama")
    out.add_name("tiny-random")
    out.add_context_length(WINDOW)
    out.add_embedding_length(WIDTH)
    out.add_block_count(LAYERS)
    out.add_feed_forward_length(INNER)
    out.add_head_count(HEADS)
    out.add_head_count_kv(KV_HEADS)
    out.add_layer_norm_rms_eps(1e-5)
    out.add_rope_dimension_count(WIDTH // HEADS)
    out.add_vocab_size(len(tokens))
    out.add_file_type(0)
    out.add_tokenizer_model("llama")
    out.add_token_list([token for token, _, _ in tokens])
    out.add_token_scores([score for _, score, _ in tokens])
    out.add_token_types([int(kind) for _, _, kind in tokens])
    out.add_bos_token_id(1)
    out.add_eos_token_id(2)
    out.add_eot_token_id(4)
    out.add_unk_token_id(0)
    out.add_add_bos_token(True)
    out.add_add_space_prefix(False)
    out.add_chat_template(CALLING if calls else TEMPLATE)

    def random(*shape: int, scale: float = 0.3) -> np.ndarray:
        return (chance.standard_normal(shape) * scale).astype(np.float32)

    logits = np.zeros((len(tokens), WIDTH), np.float32)
    for number, (token, _, _) in enumerate(tokens):
        if token in whole:
            logits[number] = chance.standard_normal(WIDTH) * 1.5
    out.add_tensor("token_embd.weight", random(len(tokens), WIDTH, scale=1.0))
    out.add_tensor("output.weight", logits)
    out.add_tensor("output_norm.weight", np.ones(WIDTH, np.float32))
    narrow = WIDTH // HEADS * KV_HEADS
    for block in range(LAYERS):
        name = f"blk.{block}."
        out.add_tensor(f"{name}attn_norm.weight", np.ones(WIDTH, np.float32))
        out.add_tensor(f"{name}ffn_norm.weight", np.ones(WIDTH, np.float32))
        out.add_tensor(f"{name}attn_q.weight", random(WIDTH, WIDTH))
        out.add_tensor(f"{name}attn_k.weight", random(narrow, WIDTH))
        out.add_tensor(f"{name}attn_v.weight", random(narrow, WIDTH))
        out.add_tensor(f"{name}attn_output.weight", random(WIDTH, WIDTH))
        out.add_tensor(f"{name}ffn_gate.weight", random(INNER, WIDTH))
        out.add_tensor(f"{name}ffn_up.weight", random(INNER, WIDTH))
        out.add_tensor(f"{name}ffn_down.weight", random(WIDTH, INNER))
    out.write_header_to_file()
    out.write_kv_data_to_file()
    out.write_tensors_to_file()
    out.close()
