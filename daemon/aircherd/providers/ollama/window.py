"""How large a context window to ask Ollama for.

Left to itself it takes 4,096 tokens on most machines, whatever the model can, and cuts what is
longer from the front without an error (docs/context-length.mdx).
"""

from __future__ import annotations

from aircherd.core.chat import PICTURE_BYTES, ChatRequest

BUCKETS = (4_096, 8_192, 16_384, 32_768, 65_536, 131_072, 262_144)
"""Windows that are asked for. Few, because another window reloads the model."""


def window_for(request: ChatRequest, context: int | None, cap: int | None, now: int | None) -> int:
    """The context window to allocate for a request.

    `context` is what the model was trained for, `cap` the user's limit, `now` what was asked for
    last: it is kept while it is large enough, because a change reloads the model.
    """
    prompt = request.prompt_bytes + request.pictures * PICTURE_BYTES
    needed = prompt // 2 + request.max_output + 256
    wanted = next((bucket for bucket in BUCKETS if bucket >= needed), BUCKETS[-1])
    if now is not None and now >= wanted:
        wanted = now
    for most in (context, cap):
        if most is not None:
            wanted = min(wanted, most)
    return wanted
