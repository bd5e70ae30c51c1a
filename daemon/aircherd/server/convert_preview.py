"""What a request would send, to wire values."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from aircher_protocol import types as t
from aircherd.core.money import NanoUsd
from aircherd.features.desk import Preview
from aircherd.routing.estimate import likely
from aircherd.server import convert


def preview(seen: Preview) -> t.PlanResult:
    """What a request would send."""
    first, request = seen.candidate, seen.request
    if first is None or request is None:
        return t.PlanResult(
            reason=convert.reason(seen.plan),
            provider="aircher",
            model="rules",
            local=True,
            worst=convert.money(NanoUsd(0)),
            expected=convert.money(NanoUsd(0)),
            left_out=_left_out(seen),
            notices=seen.notices,
        )
    return t.PlanResult(
        reason=convert.reason(seen.plan),
        provider=first.spec.ref.provider,
        model=first.spec.ref.model,
        local=first.spec.local,
        origin=seen.origin,
        messages=tuple(
            t.ChatMessage(role=t.Role(m.role), content=m.text)
            for m in request.messages
            if m.role != "tool"
        ),
        prompt_bytes=request.prompt_bytes,
        prompt_tokens=likely(request.prompt_bytes),
        max_output_tokens=request.max_output,
        worst=convert.money(first.worst, estimated=True),
        expected=convert.money(first.expected, estimated=True),
        left_out=_left_out(seen),
        notices=seen.notices,
        body=None if seen.body is None else seen.body.decode("utf-8", "replace"),
        sha256=None if seen.body is None else hashlib.sha256(seen.body).hexdigest(),
        masked=masked(seen.masked),
    )


def masked(kinds: Mapping[str, int]) -> tuple[t.MaskedSecret, ...]:
    """What was taken out of a text."""
    return tuple(t.MaskedSecret(kind=kind, count=count) for kind, count in kinds.items())


def _left_out(seen: Preview) -> tuple[t.LeftOut, ...]:
    return tuple(t.LeftOut(path=path, why=why) for path, why in seen.left_out)
