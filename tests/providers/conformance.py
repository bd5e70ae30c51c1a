"""What works at which provider, found out by doing it: rows operations, columns providers.

    python tests/providers/conformance.py

writes the table into the README. A cell is filled only when the request was made for that
provider's own row of `providers.toml`, its official SDK's types took the body, and the operation
left its mark in it; a conversation's cell also needs an answer read to its end.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))

from aircherd.config.catalogue import bundled
from aircherd.core.catalog import Capability, Effort, ModelRef, ModelSpec
from aircherd.core.chat import (
    ChatRequest,
    Finished,
    FinishReason,
    ImagePart,
    Message,
    ResponseFormat,
    TextPart,
    Tool,
)
from aircherd.core.clock import SystemClock
from aircherd.core.errors import Unsupported
from aircherd.core.operations import EmbedRequest, Operation, PictureRequest
from aircherd.core.settings import ProviderSettings, Settings
from aircherd.providers import registry
from aircherd.providers.abilities import Counts, Embeds, Paints
from aircherd.providers.base import Host
from aircherd.providers.effort import with_efforts
from aircherd.providers.workshop import Whole
from providers import official

HERE = Path(__file__).parent
README = HERE.parents[1] / "README.md"
BEGIN = "<!-- conformance: made by `python tests/providers/conformance.py`; changes are lost -->"
END = "<!-- end of conformance -->"
YES, PARTLY, NO = "●", "○", "–"
LOCAL = ("ollama", "lmstudio", "vllm")
"""Providers last in the table: engines of one's own."""
ADDRESS = {
    "azure": "https://me.openai.azure.com/openai/v1",
    "vertex": "https://aiplatform.googleapis.com/v1",
}
MODELS = {"lmstudio": "qwen3", "vllm": "qwen3", "ollama": "qwen3.5:4b"}
EMBEDDERS = {"gemini": "gemini-embedding-2", "vertex": "gemini-embedding-2"}
SCHEMA = {"type": "object", "properties": {"a": {"type": "integer"}}}
TOOL = Tool(name="read", description="Reads", parameters={"type": "object", "properties": {}})
OTHER = replace(TOOL, name="list")
ASK = (Message.of("user", "What is this?"),)
PICTURE = Message(
    role="user", parts=(TextPart("What?"), ImagePart(data=b"\x89PNG", media_type="image/png"))
)
LINKED = Message(role="user", parts=(TextPart("What?"), ImagePart(url="https://example.com/a.png")))


@dataclass(frozen=True)
class Asked:
    """One row of the table that is a conversation: what is asked, and beside what."""

    more: dict[str, Any]
    beside: dict[str, Any]


CONVERSATIONS: dict[str, Asked] = {
    "chat": Asked({"stream": False}, {}),
    "chat, streamed": Asked({"stream": True}, {}),
    "system turn": Asked({"messages": (Message.of("system", "Be brief."), *ASK)}, {}),
    "tools": Asked({"tools": (TOOL, OTHER)}, {}),
    "a tool demanded": Asked(
        {"tools": (TOOL, OTHER), "tool_choice": "list"}, {"tools": (TOOL, OTHER)}
    ),
    "one call at a time": Asked(
        {"tools": (TOOL,), "parallel_tool_calls": False}, {"tools": (TOOL,)}
    ),
    "picture, as bytes": Asked({"messages": (PICTURE,)}, {}),
    "picture, by address": Asked({"messages": (LINKED,)}, {}),
    "thinking": Asked({"effort": Effort.HIGH}, {}),
    "thinking off": Asked({"effort": Effort.OFF}, {}),
    "JSON": Asked({"response_format": ResponseFormat()}, {}),
    "JSON by schema": Asked({"response_format": ResponseFormat(json_schema=SCHEMA)}, {}),
    "temperature": Asked({"temperature": 0.5}, {}),
    "top-p": Asked({"top_p": 0.9}, {}),
    "penalties": Asked({"presence_penalty": 0.1, "frequency_penalty": 0.1}, {}),
    "seed": Asked({"seed": 7}, {}),
    "stop texts": Asked({"stop": ("END",)}, {}),
}


def hosts() -> tuple[Host, ...]:
    """Every row of providers.toml, ready to be asked."""
    rows = registry.rows()
    written = {
        name: ProviderSettings(name=name, base_url=ADDRESS.get(name))
        for name in rows
        if rows[name].get("on_request")
    }
    environ = {v: "key" for row in rows.values() for v in row.get("key_variables", ())}
    environ["GOOGLE_CLOUD_PROJECT"] = "p"
    found = registry.hosts(Settings(providers=written), environ)
    return tuple(sorted(found, key=lambda h: (h.name in LOCAL, list(rows).index(h.name))))


def table() -> str:
    """The whole table, as Markdown. Raises for a body an official SDK would not send."""
    columns = hosts()
    lines = [
        "| | " + " | ".join(host.name for host in columns) + " |",
        "| --- |" + " :-: |" * len(columns),
    ]
    for name in (*CONVERSATIONS, *BESIDES):
        cells = [cell(host, name) for host in columns]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def cell(host: Host, name: str) -> str:
    """What one provider makes of one operation."""
    provider = registry.connect(host, Settings(), SystemClock())
    assert isinstance(provider, Whole)
    if name in BESIDES:
        return BESIDES[name](provider)
    asked = CONVERSATIONS[name]
    plain = _body(provider, **asked.beside)
    assert plain is not None
    body, notices = plain
    with_it = _body(provider, **asked.more)
    if with_it is None:
        return NO
    if name.startswith("chat"):
        return YES if _reads(provider, stream="streamed" in name) else NO
    if len(with_it[1]) > len(notices):
        return PARTLY
    return NO if with_it[0] == body else YES


def spec_of(host: Host) -> ModelSpec:
    """The model asked at a provider: its usual one, with all the table knows of it."""
    catalogue = bundled()
    model = MODELS.get(host.name) or catalogue.preferred(host.name, "default") or "m"  # type: ignore[arg-type]
    spec = ModelSpec(ref=ModelRef(host.name, model), local=host.local)
    spec = catalogue.fill(with_efforts(host, spec), datetime(2026, 11, 21, tzinfo=UTC))
    if host.local:
        can = {Capability.TOOLS, Capability.VISION, Capability.THINKING}
        spec = replace(spec, capabilities=spec.capabilities | can)
    return spec


def _body(provider: Whole, **more: Any) -> tuple[dict[str, Any], tuple[str, ...]] | None:
    spec = spec_of(provider.host)
    fields: dict[str, Any] = {"messages": ASK, "max_output": 4_096, "spec": spec}
    request = ChatRequest(model=spec.ref.model, **(fields | more))
    try:
        encoded = provider.wire.encode(provider.host, request)
    except Unsupported:
        return None
    body = json.loads(encoded.body)
    official.CHAT[provider.host.family](body)
    return body, encoded.notices


def _reads(provider: Whole, *, stream: bool) -> bool:
    """Whether an answer of this family is read to its end."""
    spec = spec_of(provider.host)
    request = ChatRequest(model=spec.ref.model, messages=ASK, max_output=9, stream=stream)
    decoder = provider.wire.decoder(provider.host, request)
    kind = ".ndjson" if provider.host.family == "ollama" else ".sse"
    body = (HERE / provider.host.family / "streams" / f"text{kind}").read_bytes()
    if not stream:
        body = PLAIN[provider.host.family]
    events = [*decoder.feed(body), *decoder.end()]
    return any(isinstance(e, Finished) and e.reason is FinishReason.STOP for e in events)


PLAIN: dict[str, bytes] = {
    "openai_chat": b'{"id":"x","model":"m","choices":[{"index":0,"finish_reason":"stop",'
    b'"message":{"role":"assistant","content":"hi"}}],"usage":{"prompt_tokens":1,'
    b'"completion_tokens":1,"total_tokens":2}}',
    "openai_responses": b'{"id":"r","model":"m","status":"completed","output":[{"type":"message",'
    b'"id":"i","role":"assistant","status":"completed","content":[{"type":"output_text",'
    b'"text":"hi","annotations":[]}]}],"usage":{"input_tokens":1,"output_tokens":1}}',
    "anthropic": b'{"id":"m","type":"message","role":"assistant","model":"m","content":[{"type":'
    b'"text","text":"hi"}],"stop_reason":"end_turn","usage":{"input_tokens":1,"output_tokens":1}}',
    "gemini": b'{"candidates":[{"content":{"role":"model","parts":[{"text":"hi"}]},'
    b'"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":1,"candidatesTokenCount":1}}',
    "cohere": b'{"id":"x","finish_reason":"COMPLETE","message":{"role":"assistant","content":'
    b'[{"type":"text","text":"hi"}]},"usage":{"billed_units":{"input_tokens":1}}}',
    "ollama": b'{"model":"m","message":{"role":"assistant","content":"hi"},"done":true,'
    b'"done_reason":"stop","prompt_eval_count":1,"eval_count":1}\n',
}


def _embeds(provider: Whole) -> str:
    if not provider.supports(Operation.EMBEDDINGS) or not isinstance(provider.wire, Embeds):
        return NO
    model = EMBEDDERS.get(provider.name, "e")
    request = provider.wire.embed_request(
        provider.host, EmbedRequest(model=model, texts=("a", "b"))
    )
    official.EMBED[provider.host.family](json.loads(request.body))
    return YES


def _paints(provider: Whole) -> str:
    if not provider.supports(Operation.IMAGES) or not isinstance(provider.wire, Paints):
        return NO
    request = provider.wire.picture_request(
        provider.host, PictureRequest(model="gpt-image-2", prompt="A till.")
    )
    official.PICTURE[provider.host.family](json.loads(request.body))
    return YES


def _counts(provider: Whole) -> str:
    if not provider.supports(Operation.COUNT_TOKENS) or not isinstance(provider.wire, Counts):
        return PARTLY
    asked = ChatRequest(model="m", messages=ASK, max_output=1)
    return YES if provider.wire.count_request(provider.host, asked) is not None else PARTLY


def _lists(provider: Whole) -> str:
    return YES if provider.wire.list_request(provider.host).url.startswith("http") else NO


def _keeps(provider: Whole) -> str:
    return YES if provider.supports(Operation.PULL) else NO


BESIDES: dict[str, Callable[[Whole], str]] = {
    "vectors": _embeds,
    "pictures made": _paints,
    "tokens counted": _counts,
    "list of models, health": _lists,
    "pull, load, unload": _keeps,
}


def section() -> str:
    """What stands between the marks of the README."""
    legend = (
        f"{YES} asked in its own words and held against its official SDK's types · "
        f"{PARTLY} left out with a word for its usual model, or done here instead · "
        f"{NO} not offered there: refused before anything is sent, or not sent"
    )
    return f"{BEGIN}\n\n{table()}\n\n{legend}\n\n{END}"


if __name__ == "__main__":
    text = README.read_text("utf-8")
    before, _, rest = text.partition(BEGIN)
    README.write_text(before + section() + rest.partition(END)[2], "utf-8")
