"""The one TLS context of this process, and the sessions it keeps for the next handshake.

A handshake that goes on with an earlier session sends no certificate again and verifies none: it
costs this machine about half and saves the network some kilobytes; under TLS 1.2 a round trip as
well. asyncio has no argument for a session, but it asks the context for its end of a connection
(`SSLContext.wrap_bio`), which has one; both are public, and uvloop asks the same way.
"""

from __future__ import annotations

import ssl
import time
from collections import OrderedDict
from dataclasses import dataclass
from functools import cache
from weakref import WeakSet

KEPT_SECONDS = 3_600.0
"""How long a certificate is believed without another look."""
MOST_SESSIONS = 64
"""Hosts whose sessions are kept."""


@dataclass(frozen=True, slots=True)
class _Kept:
    """One session."""

    session: ssl.SSLSession
    verified: float
    """When the certificate was looked at, monotonic: a session may have gone on with another."""


class Resuming(ssl.SSLContext):
    """A client's context that goes on with the last session of each host."""

    def __init__(self, _protocol: int) -> None:
        self._sessions: OrderedDict[str, _Kept] = OrderedDict()
        self._seen: WeakSet[ssl.SSLObject] = WeakSet()

    def wrap_bio(
        self,
        incoming: ssl.MemoryBIO,
        outgoing: ssl.MemoryBIO,
        server_side: bool = False,
        server_hostname: str | bytes | None = None,
        session: ssl.SSLSession | None = None,
    ) -> ssl.SSLObject:
        """One end of a connection, with the session of its host where there is one."""
        if session is None and isinstance(server_hostname, str):
            session = self._session(server_hostname)
        return super().wrap_bio(incoming, outgoing, server_side, server_hostname, session)

    def keep(self, end: ssl.SSLObject) -> None:
        """Keeps the session of a connection, once, when it was used: under TLS 1.3 what is gone on
        with comes from the server after the handshake."""
        host = end.server_hostname
        if not host or end in self._seen:
            return
        self._seen.add(end)
        session, verified = end.session, time.monotonic()
        if session is None or not (session.has_ticket or session.id):
            return
        before = self._sessions.pop(host, None)
        if end.session_reused:
            if before is None:
                return  # nobody knows any more when its certificate was looked at
            verified = before.verified
        self._sessions[host] = _Kept(session, verified)
        if len(self._sessions) > MOST_SESSIONS:
            self._sessions.popitem(last=False)

    def forget(self, host: str) -> None:
        """Begins the next handshake with a host anew."""
        self._sessions.pop(host, None)

    def _session(self, host: str) -> ssl.SSLSession | None:
        kept = self._sessions.get(host)
        if kept is None or time.monotonic() - kept.verified <= KEPT_SECONDS:
            return None if kept is None else kept.session
        del self._sessions[host]
        return None


@cache
def certificates() -> ssl.SSLContext:
    """The authorities whose word is taken: certifi's, wherever this runs."""
    import certifi

    return trusting(certifi.where())


def trusting(authorities: str) -> Resuming:
    """A context that takes the word of the authorities in a file of certificates, of nobody else,
    and holds every server to the name it was called by."""
    context = Resuming(ssl.PROTOCOL_TLS_CLIENT)
    # What PROTOCOL_TLS_CLIENT means; said, because everything rests on it.
    context.check_hostname = True
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(cafile=authorities)
    context.set_alpn_protocols(["http/1.1"])
    return context
