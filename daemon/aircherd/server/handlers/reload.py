"""aircher/reload"""

from __future__ import annotations

from aircher_protocol.types import ReloadParams, ReloadResult
from aircherd.server import convert
from aircherd.server.dispatch import Call
from aircherd.server.house import House


async def handle(house: House, _: Call[ReloadParams]) -> ReloadResult:
    """Reads the configuration again."""
    changed = await house.reload()
    house.commits.acceptance.forget()
    return ReloadResult(changed=changed, problems=tuple(convert.problem(p) for p in house.problems))
