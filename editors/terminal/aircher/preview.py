"""`--dry-run`: what would be sent, to whom, at what cost. Nothing is sent."""

from __future__ import annotations

import sys
from typing import Any

from aircher.show import inert, styled
from aircher_protocol.client import Client
from aircher_protocol.types import PlanResult


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
        print(f"to        {seen.provider}/{seen.model} at {seen.origin}")
        print(f"why       {inert(seen.reason.summary)}")
        print(f"size      {seen.prompt_bytes:,} bytes, about {seen.prompt_tokens:,} tokens")
        print(f"at most   {seen.worst.text} (probably {seen.expected.text})")
        print("Nothing was sent.")
    for left in seen.left_out:
        print(f"not sent  {inert(left.path)} ({inert(left.why)})")
    for notice in seen.notices:
        print(inert(notice))
    return 0 if seen.origin is not None else 1
