"""How many tokens a prompt has: by its provider, by a tokenizer here, or a bound; it says which."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping

from aircherd.attempt import Job
from aircherd.core.chat import ChatRequest
from aircherd.core.errors import ProviderError, Unsupported
from aircherd.core.operations import TokenCount
from aircherd.egress import Egress
from aircherd.providers import tokenizer
from aircherd.providers.base import Provider
from aircherd.routing.estimate import prompt_bound

log = logging.getLogger(__name__)


async def counted(
    egress: Egress, providers: Mapping[str, Provider], job: Job
) -> tuple[TokenCount, str | None]:
    """The count for the plan's first candidate, and why it is not the provider's own.

    Counting costs nothing, so nothing is reserved; but a provider that counts sees the text, so it
    passes the gate first, and what is sent to it is noted. Raises Untrusted or Unscannable.
    """
    candidate = job.plan.candidates[0]
    allowed = await egress.admit(job)
    request, masked = await egress.passed(job, job.build(candidate, 1.0))
    why = allowed.why_not(candidate)
    provider = providers.get(candidate.spec.ref.provider)
    if why is None and provider is not None:
        try:
            async with egress.watched(job, candidate, masked):
                found = await provider.count(request)
        except (ProviderError, Unsupported) as error:
            why = str(error)
            log.info("counting tokens at %s failed: %s", candidate.spec.ref.provider, error)
        else:
            if found.how != "bound":
                return found, None
            why = f"{candidate.spec.ref.provider} does not count tokens"
    return await _here(request), why


async def _here(request: ChatRequest) -> TokenCount:
    tokens = await asyncio.to_thread(tokenizer.counted, request)
    if tokens is not None:
        return TokenCount(tokens=tokens, how="tokenizer")
    return TokenCount(tokens=prompt_bound(request), how="bound")
