"""The OpenAI chat completions family: OpenAI's older models and the many servers that speak so.

What differs between hosts is a named quirk in providers.toml, never a provider's name in code:

- `max_completion_tokens`   the answer limit goes by this name (OpenAI refuses `max_tokens`)
- `no_stream_options`       the server refuses `stream_options`
- `no_done_marker`          the stream may end without `[DONE]`; true of every host of one's own
- `no_system_role`          the chat template knows no system turn; it goes before the question
- `reasoning_effort`        thinking is set by `reasoning_effort`
- `tools_or_thinking`      a model with tools has to be told not to think (OpenAI's own)
- `reasoning_object`        thinking is set by `reasoning: {effort}` (OpenRouter)
- `chat_template_thinking`  thinking is set by `chat_template_kwargs.enable_thinking` (vLLM, NIM)
- `thinking_switch`         `thinking: {type}` switches it, its depth is told apart (DeepSeek)
- `bare_thinking`           models that think refuse penalties and stop texts (xAI)
- `random_seed`             the seed goes by this name (Mistral)
- `require_parameters`      only back ends that honour tools and schemas may answer (OpenRouter)
- `replay_reasoning`        thoughts go back with the tool calls they led to (DeepSeek)
- `no_json_object`          JSON mode has to be asked for by a schema (LM Studio)
- `no_image_urls`           pictures are taken as bytes only
- `cost_in_dollars`        `usage.cost` is US dollars and counts (OpenRouter)
- `embedding_input_type`    embeddings must be told what they are for (NVIDIA)

`efforts` of the row, where it has any: the words of `reasoning_effort` by the beginning of a
model's name (see `thinking`); and `options` of the row, paths all: `list`, `health`, `tokenize`,
`images`; `root:/x` stands below the host itself.
"""

from aircherd.providers.openai_chat.family import OpenAIChat

__all__ = ["OpenAIChat"]
