"""aircher/feedback"""

from __future__ import annotations

import logging

from aircher_protocol.commands import FeedbackParams, FeedbackResult
from aircherd.server.dispatch import Call
from aircherd.server.house import House

log = logging.getLogger(__name__)


async def handle(house: House, call: Call[FeedbackParams]) -> FeedbackResult:
    """Keeps what a user did with an answer."""
    params = call.params
    kept = await house.feedback.take(params.operation, params.outcome.value, params.finding)
    if kept and params.outcome.value == "rejected" and params.finding is None:
        # Who asks the same again wants another answer, not this one from memory.
        await house.desk.gateway.sharing.useless(params.operation)
    log.info(
        "feedback operation=%s outcome=%s finding=%s kept=%s",
        params.operation[:40],
        params.outcome.value,
        (params.finding or "")[:40],
        kept,
    )
    return FeedbackResult(kept=kept)
