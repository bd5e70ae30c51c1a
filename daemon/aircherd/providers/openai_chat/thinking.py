"""How a model is told to think, or not to: each host's own way, by its row.

A row's `efforts` says which words its models know, by the beginning of their names. What a host's
list says of a model counts before it. A model without words is left as it is, and that is said.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aircherd.core.catalog import Capability, Effort
from aircherd.core.chat import ChatRequest
from aircherd.providers.base import Host
from aircherd.providers.effort import nearest, unheeded, words_for

LEVELS = {Effort.OFF: "none", Effort.MAX: "xhigh"}


def set_thinking(
    body: dict[str, Any], host: Host, request: ChatRequest, notices: list[str]
) -> None:
    """Writes the level of thinking into a body; what cannot be told goes into the notices."""
    allowed = request.spec.traits.efforts if request.spec is not None else None
    if request.tools and "tools_or_thinking" in host.quirks and Effort.OFF in (allowed or ()):
        # Asked for or not: the newer models think unless they are told not to.
        body["reasoning_effort"] = LEVELS[Effort.OFF]
        if request.effort not in (None, Effort.OFF):
            notices.append(f"{request.model} does not think while it has tools at {host.name}.")
        return
    if request.effort is None:
        return
    if host.efforts is not None:
        words = words_for(host.efforts, request.model)
        if allowed is not None:
            words = {e: words.get(e, LEVELS.get(e, str(e))) for e in allowed}
        _by_words(body, host, request, words, notices)
        return
    level = nearest(request.effort, allowed)
    if "chat_template_thinking" in host.quirks:
        body["chat_template_kwargs"] = {"enable_thinking": request.effort is not Effort.OFF}
    if level is None:
        notices += unheeded(request, "chat_template_kwargs" in body)
        return
    word = LEVELS.get(level, str(level))
    if allowed is None and level in (Effort.MINIMAL, Effort.MAX):
        # Words only some models know; their neighbours are known to all that think.
        word = "low" if level is Effort.MINIMAL else "high"
    if "reasoning_effort" in host.quirks:
        body["reasoning_effort"] = word
    elif "reasoning_object" in host.quirks:
        body["reasoning"] = {"effort": word}


def _by_words(
    body: dict[str, Any],
    host: Host,
    request: ChatRequest,
    words: Mapping[Effort, str],
    notices: list[str],
) -> None:
    assert request.effort is not None
    template = "chat_template_thinking" in host.quirks
    if not words and template:
        body["chat_template_kwargs"] = {"enable_thinking": request.effort is not Effort.OFF}
        return
    level = nearest(request.effort, words.keys())
    if level is None:
        spec = request.spec
        thinks = spec is not None and Capability.THINKING in spec.capabilities
        if thinks or request.effort is not Effort.OFF:
            notices.append(
                f"{host.name} has no switch for the thinking of {request.model}; it was left out."
            )
        return
    if "thinking_switch" in host.quirks:
        body["thinking"] = {"type": "disabled" if level is Effort.OFF else "enabled"}
        if level is Effort.OFF:
            return
    body["reasoning_effort"] = words[level]
