"""A conversation with the daemon, before a person: opened, asked, and stopped at any moment."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from typing import Any

from aircher.keyboard import still
from aircher.show import Stopped, Stream
from aircher_protocol.client import Client, ConnectionLost, RemoteError

_LOOKS = 60
_BETWEEN = 0.05
"""Seconds between two looks at whether a stopped call is booked: three in all."""


@contextlib.contextmanager
def connected(stream: Stream | None = None) -> Iterator[Client]:
    """A client; the daemon is started if need be, while the stream says what is waited for.

    Raises RemoteError and ConnectionLost, with a sentence for the user.
    """
    client = Client(name="terminal")
    with _shown(stream):
        client.__enter__()
    try:
        yield client
    finally:
        client.__exit__(None, None, None)


def call(client: Client, method: str, params: dict[str, Any], stream: Stream | None) -> Any:
    """One request. Raises RemoteError, ConnectionLost; Stopped once what was made is booked."""
    with _shown(stream):
        try:
            waits = None if stream is None else stream.waits
            return client.call(method, params, on_delta=stream, on_waiting=waits)
        except KeyboardInterrupt:
            if stream is not None:
                stream.stop()
            raise Stopped(_booked(client)) from None


@contextlib.contextmanager
def _shown(stream: Stream | None) -> Iterator[None]:
    with still():
        try:
            yield
        except BaseException:
            if stream is not None:
                stream.stop()
            raise


def _booked(client: Client) -> str:
    """What a stopped call leaves behind. The daemon books it within moments."""
    with contextlib.suppress(RemoteError, ConnectionLost, KeyboardInterrupt):
        for _ in range(_LOOKS):
            status = client.call("aircher/status")
            # Others may be at work all the while: `busy` would wait for them.
            if not status.settling:
                return f"Stopped. What was used until then is booked: today {status.today.text}."
            time.sleep(_BETWEEN)
    return "Stopped. `aircher usage` shows what was used until then."
