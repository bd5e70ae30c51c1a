"""`--dry-run`: what would be sent, to whom, at what cost. Nothing is sent."""

from __future__ import annotations

import sys
from typing import Any

from aircher.show import inert, styled
from aircher_protocol.client import Client
from aircher_protocol.types import PlanResult


def bill(seen: PlanResult, more: str = "") -> None:
    """To whom, why, what of it is masked, and what it may cost. `more` stands behind the sum."""
    first, *others = seen.reason.candidates
    print(f"to        {seen.provider}/{seen.model} at {seen.origin}")
    print(f"why       {inert(first.why)}")
    # What stands behind the first mostly stands there for the same reason, told once.
    before = first.why
    for other in others:
        why = "" if other.why == before else f" ({inert(other.why)})"
        print(f"or, if that fails: {other.provider}/{other.model}{why}")
        before = other.why
    print(f"size      {seen.prompt_bytes:,} bytes, about {seen.prompt_tokens:,} tokens")
    if seen.sha256 is not None:
        print(f"sha256    {seen.sha256} of the whole body{more}")
    for secret in seen.masked:
        print(f"masked    {secret.count} {inert(secret.kind)}")
    print(f"at most   {seen.worst.text} (probably {seen.expected.text})")
    print("Nothing was sent.")


def dry_run(client: Client, method: str, params: dict[str, Any]) -> int:
    """Shows the plan of one request."""
    seen: PlanResult = client.call("aircher/plan", {"method": method, "params": params})
    if seen.origin is None:
        print("Nothing can be sent:")
    else:
        for message in seen.messages:
            print(styled(f"--- {message.role}", "1", sys.stdout))
            print(inert(message.content))
        print()
        bill(seen)
    for left in seen.left_out:
        print(f"not sent  {inert(left.path)} ({inert(left.why)})")
    for notice in seen.notices:
        print(inert(notice))
    return 0 if seen.origin is not None else 1
