"""The outbound gate: what every request passes before anything of it leaves for a model.

Three questions, all asked by the gateway itself, so that no feature can forget one: may a model be
asked for this workspace at all, which models may see it, and what of the text is a secret.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlsplit

from aircherd.attempt import Job
from aircherd.config.load import read
from aircherd.config.resolve import narrowed
from aircherd.config.rules import rules
from aircherd.core.chat import ChatRequest
from aircherd.core.errors import ErrorKind, ProviderError, Untrusted
from aircherd.core.plan import Candidate
from aircherd.core.settings import Settings
from aircherd.outbound.departures import Departure, Departures
from aircherd.outbound.letting import send_secrets
from aircherd.outbound.mask import Masked, masked_request
from aircherd.outbound.paths import PathRules
from aircherd.providers.base import HttpRequest, departing
from aircherd.roots import FILE, between, top_of
from aircherd.trust.place import Place, look
from aircherd.trust.store import Trust, restricted

log = logging.getLogger(__name__)

_AT_ONCE = 4096
"""Bytes of a prompt that is looked through where it stands: it takes less than a thread does."""
_PASSED = 16
"""Requests whose passage is remembered: those under way, and no more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pass:
    """What one operation may do, as the user's and the workspace's settings stand now."""

    settings: Settings
    whole_local: bool = False
    """Whether the workspace stands in `outbound.local_only`."""
    workspace: str | None = None
    """The workspace by its one true path, whichever way it was named: limits are kept, and usage is
    forgotten, by it."""

    def why_not(self, candidate: Candidate) -> str | None:
        """Why a model may not see this operation's text; None when it may."""
        name = candidate.spec.ref.provider
        if self.settings.allow is not None and name not in self.settings.allow:
            return f"{name} is not in providers.allow"
        if candidate.spec.local:
            return None
        if self.settings.egress == "local":
            return 'only this machine may be used (egress = "local")'
        if self.whole_local:
            return "this folder may only be seen on this machine (outbound.local_only)"
        return None


class Watch:
    """The time in which whatever leaves this task is told to somebody first; nobody for None."""

    def __init__(self, tell: Callable[[HttpRequest], Awaitable[None]] | None) -> None:
        self._tell = tell

    def __enter__(self) -> None:
        self._token = departing.set(self._tell)

    def __exit__(self, *_: object) -> None:
        departing.reset(self._token)


class Egress:
    """The gate. Its methods look at files and texts in threads of their own."""

    def __init__(
        self, settings: Callable[[], Settings], trust: Trust, departures: Departures
    ) -> None:
        self._settings = settings
        self._trust = trust
        self._departures = departures
        self._warm = False
        self._passed: OrderedDict[
            str, tuple[tuple[ChatRequest, frozenset[str]], ChatRequest, Masked]
        ] = OrderedDict()
        """What passed lately, by operation: a kept answer is looked for by the same."""

    async def admit(self, job: Job) -> Pass:
        """What an operation may do. Raises Untrusted before anything of it is sent."""
        return await self.passage(job.workspace, job.within)

    async def passage(self, workspace: str | None, within: tuple[str, ...] = ()) -> Pass:
        """What an operation in a workspace may do; `within` are folders in it that texts of the
        operation come from. Raises Untrusted."""
        if restricted.get():
            raise Untrusted(
                "The editor has this folder in restricted mode, so no model is asked; "
                "trust the folder in the editor first."
            )
        if workspace is None:
            return Pass(settings=self._settings())
        return await asyncio.to_thread(self._admit, workspace, within)

    def _admit(self, workspace: str, within: tuple[str, ...]) -> Pass:
        top = top_of(workspace)
        folders = dict.fromkeys((top, *between(top, (workspace,)), *within))
        try:
            places = [look(folder) for folder in folders]
        except OSError as error:
            raise Untrusted(
                f"{error.filename or workspace} cannot be looked at ({error.strerror}), so nothing "
                "of it is sent; is it a folder?"
            ) from None
        self._trust.require(*places)
        settings = self._settings()
        for place in places:
            settings = _narrowed(settings, place)
        here = settings.outbound.local_only
        whole = any(PathRules(place.root, local_only=here).whole_local for place in places)
        return Pass(settings=settings, whole_local=whole, workspace=top)

    def watched(self, job: Job, candidate: Candidate, masked: Masked) -> Watch:
        """Notes what leaves for another machine while this lasts, before it does."""
        ref = candidate.spec.ref

        async def tell(request: HttpRequest) -> None:
            departure = Departure(
                at=datetime.now(UTC).isoformat(timespec="milliseconds"),
                operation=job.operation,
                client=job.client,
                workspace=job.workspace,
                provider=ref.provider,
                model=ref.model,
                origin=_origin(request.url),
                size=len(request.body),
                sha256=hashlib.sha256(request.body).hexdigest(),
                masked=dict(masked.kinds),
                let=dict(masked.let),
            )
            if self._settings().outbound.keep_text:
                departure = departure.of(request.body, keep=True)
            try:
                await self._noted(departure)
            except OSError as error:
                # What nobody could find again afterwards does not leave.
                raise ProviderError(
                    message=f"What is sent cannot be noted ({error.strerror}), so nothing was "
                    "sent; free the disk, or use a local model.",
                    error_kind=ErrorKind.WITHHELD,
                    provider=ref.provider,
                    sent=False,
                ) from None

        return Watch(None if candidate.spec.local else tell)

    async def _noted(self, departure: Departure) -> None:
        """Adds a line; in a thread only when it is long or has to wait, for a thread costs more
        than the line."""
        if departure.body is None:
            with contextlib.suppress(BlockingIOError):
                self._departures.note(departure, wait=False)
                return
        await asyncio.to_thread(self._departures.note, departure)

    async def passed(self, job: Job, request: ChatRequest) -> tuple[ChatRequest, Masked]:
        """The request without secrets, and what they were. Raises Unscannable."""
        before, let = self._passed.pop(job.operation, None), send_secrets.get()
        if before is not None and before[0] == (request, let):
            return before[1], before[2]
        short = request.prompt_bytes <= _AT_ONCE and not request.pictures
        if self._warm and short:
            clean, masked = masked_request(request, let)
        else:
            # The first time the rules are loaded, which takes a while.
            clean, masked = await asyncio.to_thread(masked_request, request, let)
            self._warm = True
        if masked.let:
            kinds = ",".join(f"{kind}:{count}" for kind, count in masked.let.items())
            log.warning("secrets sent as they are operation=%s %s", job.operation, kinds)
        if masked.kinds:
            kinds = ",".join(f"{kind}:{count}" for kind, count in masked.kinds.items())
            log.info("masked operation=%s %s", job.operation, kinds)
        self._passed[job.operation] = ((request, let), clean, masked)
        if len(self._passed) > _PASSED:
            self._passed.popitem(last=False)
        return clean, masked


def _narrowed(settings: Settings, place: Place) -> Settings:
    """The settings with what a folder says of itself. Raises Untrusted for a mistake in it."""
    if place.said is None:
        return settings
    file, text = Path(place.root) / FILE, place.said.decode("utf-8", "replace")
    values, problems = read(file, workspace=True, text=text)
    for problem in problems:
        if problem.severe:
            raise Untrusted(f"{problem}: mend it, for it may keep something on this machine.")
    for message, hint in rules(values)[1]:
        raise Untrusted(f"{FILE}: {message} ({hint}): mend it, for it may forbid something.")
    return narrowed(settings, values)


@lru_cache(64)
def _origin(url: str) -> str:
    """Scheme, host and port. An address may hold a name and a password."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
