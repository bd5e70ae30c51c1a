"""How many tokens a prompt has: by its provider, by a tokenizer here, or a bound; it says which."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections import OrderedDict
from collections.abc import Callable, Mapping

from aircherd.attempt import Job
from aircherd.core.chat import ChatRequest
from aircherd.core.errors import ProviderError, Unsupported
from aircherd.core.operations import TokenCount
from aircherd.egress import Egress
from aircherd.providers import tokenizer
from aircherd.providers.base import Provider
from aircherd.routing.estimate import prompt_bound

log = logging.getLogger(__name__)
_MOST_KNOWN = 512
"""Counts that are remembered, those lately used."""


class Counting:
    """Counts prompts, and asks a provider once for each."""

    def __init__(self, egress: Egress, providers: Callable[[], Mapping[str, Provider]]) -> None:
        self._egress = egress
        self._providers = providers
        self._known: OrderedDict[str, tuple[Provider, TokenCount]] = OrderedDict()
        """What providers counted, by a digest of what they were shown; not of one that was set
        up anew since, for it may be another engine under the same name."""

    async def count(self, job: Job) -> tuple[TokenCount, str | None]:
        """The count for the plan's first candidate, and why it is not the provider's own.

        Counting costs nothing, so nothing is reserved; but a provider that counts sees the text, so
        it passes the gate first, and what is sent to it is noted. Raises Untrusted or Unscannable.
        """
        candidate, egress = job.plan.candidates[0], self._egress
        allowed = await egress.admit(job)
        request, masked = await egress.passed(job, job.build(candidate, 1.0))
        why = allowed.why_not(candidate)
        provider = self._providers().get(candidate.spec.ref.provider)
        if why is None and provider is not None:
            key = hashlib.sha256(repr((provider.name, request)).encode("utf-8", "replace"))
            digest = key.hexdigest()
            known = self._known.get(digest)
            if known is not None and known[0] is provider:
                self._known.move_to_end(digest)
                return known[1], None
            try:
                with egress.watched(job, candidate, masked):
                    found = await provider.count(request)
            except (ProviderError, Unsupported) as error:
                why = str(error)
                log.info("counting tokens at %s failed: %s", candidate.spec.ref.provider, error)
            else:
                if found.how != "bound":
                    self._known[digest] = provider, found
                    if len(self._known) > _MOST_KNOWN:
                        self._known.popitem(last=False)
                    return found, None
                why = f"{candidate.spec.ref.provider} does not count tokens"
        return await _here(request), why


async def _here(request: ChatRequest) -> TokenCount:
    tokens = await asyncio.to_thread(tokenizer.counted, request)
    if tokens is not None:
        return TokenCount(tokens=tokens, how="tokenizer")
    return TokenCount(tokens=prompt_bound(request), how="bound")
