"""The OpenAI Responses family: OpenAI's own newer face, where thinking and tools go together.

Its hosts speak chat completions as well, and everything besides conversations in that dialect; the
quirks and options of that family count here too. Only this family's:

- `no_reasoning_summaries`  summaries of thoughts are refused (an account OpenAI has not verified)

and the option `chat_models`: beginnings of model ids, apart by blanks, that are asked through chat
completions instead, because they do not think and take more sampling parameters there.
"""

from aircherd.providers.openai_responses.family import OpenAIResponses

__all__ = ["OpenAIResponses"]
