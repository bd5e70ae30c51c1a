"""What a request would send, byte for byte: the preview of a feature, taken through the gate."""

from __future__ import annotations

from dataclasses import replace

from aircherd.attempt import Job
from aircherd.core.errors import Untrusted, Withheld
from aircherd.features.desk import Desk, Preview


async def through_the_gate(desk: Desk, seen: Preview, workspace: str | None) -> Preview:
    """The preview with what the gate leaves of it. Nothing is sent. Raises NoModel."""
    candidate, request = seen.candidate, seen.request
    if candidate is None or request is None:
        return seen
    job = Job(
        operation="preview",
        task=seen.plan.detection.task,
        plan=seen.plan,
        build=lambda *_: request,
        reason="{}",
        client="preview",
        workspace=workspace,
        within=seen.within,
    )
    try:
        clean, masked, body = await desk.gateway.previewed(job, candidate, request)
    except (Untrusted, Withheld) as error:
        said = (*seen.notices, str(error))
        return replace(seen, candidate=None, request=None, origin=None, notices=said)
    return replace(seen, request=clean, body=body, masked=masked.kinds)
