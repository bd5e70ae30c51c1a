"""Ollama's native API, after its own source (docs/api.md, server/routes.go).

Native, because its OpenAI-like face cannot set the context window: there, a long prompt is cut from
the front without a word.
"""

from aircherd.providers.ollama.family import Ollama
from aircherd.providers.ollama.window import window_for

__all__ = ["Ollama", "window_for"]
