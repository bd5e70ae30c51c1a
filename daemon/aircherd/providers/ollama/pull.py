"""How far Ollama is in fetching a model: lines of JSON to progress."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from aircherd.core.errors import ErrorKind, ProviderError
from aircherd.core.operations import PullProgress
from aircherd.providers.base import Host
from aircherd.providers.failures import error_object, made
from aircherd.providers.ndjson import NdjsonDecoder


class PullStream:
    """Lines of a pull to progress: the bytes of all layers together."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._lines = NdjsonDecoder()
        self._layers: dict[str, tuple[int, int]] = {}
        self._done = False

    def feed(self, data: bytes) -> Iterator[PullProgress]:
        """Takes the next bytes."""
        try:
            rows = self._lines.feed(data)
        except ValueError as error:
            raise self._broken(f"sent a line that is no JSON ({error})") from None
        for row in rows:
            yield self._row(row)

    def end(self) -> Iterator[PullProgress]:
        """The body ended."""
        try:
            rows = self._lines.end()
        except ValueError:
            raise self._broken("ended before the model was fetched") from None
        for row in rows:
            yield self._row(row)
        if not self._done:
            raise self._broken("ended before the model was fetched")

    def _row(self, row: dict[str, Any]) -> PullProgress:
        if row.get("error"):
            raise error_object(self._host.name, row["error"], self._host.key)
        total = row.get("total")
        if isinstance(total, int):
            completed = row.get("completed")
            layer = str(row.get("digest") or row.get("status"))
            self._layers[layer] = (completed if isinstance(completed, int) else 0, total)
        status = str(row.get("status") or "")
        self._done = self._done or status == "success"
        known = bool(self._layers)
        return PullProgress(
            status=status,
            completed=sum(done for done, _ in self._layers.values()) if known else None,
            total=sum(total for _, total in self._layers.values()) if known else None,
            done=self._done,
        )

    def _broken(self, what: str) -> ProviderError:
        return made(self._host.name, ErrorKind.INTERRUPTED, what)
