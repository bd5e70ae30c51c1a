"""The Anthropic family as one object: what `registry` knows under its name."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

from aircherd.core.catalog import Capability, Effort, ModelRef, ModelSpec, Traits
from aircherd.core.chat import ChatRequest
from aircherd.core.errors import ProviderError
from aircherd.providers.anthropic import refusals
from aircherd.providers.anthropic.decode import Plain, Stream
from aircherd.providers.anthropic.encode import body_of, prompt_of, wants_sampling
from aircherd.providers.base import Decoder, Host, HttpRequest
from aircherd.providers.jsonpost import json_request

VERSION = "2026-10-21"
"""The version spoken; it refuses sampling parameters even at their defaults."""
SAMPLING_VERSION = "2023-06-01"
"""The version for the older models that still take a temperature."""
_LEVELS = {"low": Effort.LOW, "medium": Effort.MEDIUM, "high": Effort.HIGH, "max": Effort.MAX}
_CAN = {
    "image_input": Capability.VISION,
    "structured_outputs": Capability.JSON_SCHEMA,
    "thinking": Capability.THINKING,
}
_ALWAYS = frozenset({Capability.CHAT, Capability.STREAMING, Capability.SYSTEM, Capability.TOOLS})


class Anthropic:
    """Encode, decode, classify, count and list."""

    def encode(self, host: Host, request: ChatRequest) -> HttpRequest:
        """The HTTP request for this chat. Raises Unsupported."""
        body, notices = body_of(host, request)
        version = SAMPLING_VERSION if wants_sampling(request) else _version(host)
        headers = {"anthropic-version": version}
        return json_request(host, "POST", "/v1/messages", body, notices=notices, headers=headers)

    def decoder(self, host: Host, request: ChatRequest) -> Decoder:
        """A fresh decoder."""
        return Stream(host, request) if request.stream else Plain(host, request)

    def classify(
        self, host: Host, status: int, headers: Mapping[str, str], body: bytes
    ) -> ProviderError:
        """What a refusal means."""
        return refusals.classify(host, status, headers, body)

    def list_request(self, host: Host) -> HttpRequest:
        """The request for the first page of models; a page holds 20 unless told otherwise."""
        return self._get(host, "/v1/models?limit=1000")

    def next_page(self, host: Host, body: bytes) -> HttpRequest | None:
        """The request for the page after this one."""
        value = json.loads(body)
        last = value.get("last_id")
        if not value.get("has_more") or not isinstance(last, str) or not last.isascii():
            return None
        safe = "".join(c for c in last if c.isalnum() or c in "-_.:@")
        return self._get(host, f"/v1/models?limit=1000&after_id={safe}")

    def parse_models(self, host: Host, body: bytes) -> tuple[ModelSpec, ...]:
        """The models with everything this list tells, which is more than any other's."""
        rows = json.loads(body)["data"]
        return tuple(
            _model(host, row) for row in rows if row.get("lifecycle", "active") != "retired"
        )

    def health_request(self, host: Host) -> HttpRequest:
        """One row of the model list: it needs the key and costs nothing."""
        return self._get(host, "/v1/models?limit=1")

    def parse_health(self, host: Host, body: bytes) -> str:
        """That it answered."""
        return "the key is taken" if json.loads(body).get("data") else "offers no models"

    def count_request(self, host: Host, request: ChatRequest) -> HttpRequest | None:
        """The request for the count; free, with a rate limit of its own."""
        body = prompt_of(host, request, [])
        headers = {"anthropic-version": _version(host)}
        return json_request(host, "POST", "/v1/messages/count_tokens", body, headers=headers)

    def parse_count(self, host: Host, body: bytes) -> int:
        """Tokens of the prompt."""
        return int(json.loads(body)["input_tokens"])

    def _get(self, host: Host, path: str) -> HttpRequest:
        return json_request(host, "GET", path, None, headers={"anthropic-version": _version(host)})


def _version(host: Host) -> str:
    return host.options.get("version", VERSION)


def _model(host: Host, row: dict[str, Any]) -> ModelSpec:
    can = row.get("capabilities")
    said = traits = None
    if isinstance(can, dict):
        said = _ALWAYS | {ours for theirs, ours in _CAN.items() if _supported(can.get(theirs))}
        traits = _traits(can)
    retires = row.get("retires_at")
    return ModelSpec(
        ref=ModelRef(host.name, str(row["id"])),
        local=host.local,
        context=row.get("max_input_tokens"),
        max_output=row.get("max_tokens"),
        capabilities=said or _ALWAYS,
        said=said,
        traits=traits or Traits(),
        retires=date.fromisoformat(retires[:10]) if isinstance(retires, str) else None,
    )


def _traits(can: dict[str, Any]) -> Traits:
    types = (can.get("thinking") or {}).get("types") or {}
    ways = frozenset(name for name, value in types.items() if _supported(value))
    effort = can.get("effort") or {}
    levels = {level for name, level in _LEVELS.items() if _supported(effort.get(name))}
    if not levels and "enabled" in ways:
        levels = {Effort.LOW, Effort.MEDIUM, Effort.HIGH, Effort.MAX}
    if "disabled" in ways:
        levels.add(Effort.OFF)
    return Traits(thinking=ways, efforts=frozenset(levels))


def _supported(value: Any) -> bool:
    return isinstance(value, dict) and bool(value.get("supported"))
