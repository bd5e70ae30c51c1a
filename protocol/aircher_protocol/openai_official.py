"""The official `openai` client over the daemon: its own code and types, our transport.

Nothing leaves this process but through the daemon, so that budgets, routing, the outbound gate and
the books hold. Needs the `openai` package from 3.52 on, which brings httpx2. The client's own
retries are off: the daemon retries, and two layers would multiply.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx2
import openai

from aircher_protocol import openai_request as ask
from aircher_protocol import openai_shape as shape
from aircher_protocol.client import ConnectionLost, RemoteError
from aircher_protocol.line import Line
from aircher_protocol.openai_client import embedded
from aircher_protocol.provider_errors import status


def official(line: Line, provider: str | None) -> openai.OpenAI:
    """A real `openai.OpenAI` that speaks to one provider, or to whichever the daemon chooses."""
    return openai.OpenAI(
        api_key="held-by-aircherd",
        base_url="http://aircherd.invalid/v1",
        organization="",
        project="",
        http_client=httpx2.Client(transport=_Transport(line, provider)),
        max_retries=0,
    )


class _Transport(httpx2.BaseTransport):
    """Answers HTTP requests by calls to the daemon. No socket is opened."""

    def __init__(self, line: Line, provider: str | None) -> None:
        self._line = line
        self._provider = provider

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """The answer to one request of the client."""
        body = json.loads(request.read() or b"{}")
        path = request.url.path.removeprefix("/v1")
        try:
            return self._answer(request.method, path, body)
        except ask.Unsupported as error:
            return _refusal(400, str(error), "unsupported", None)
        except RemoteError as error:
            name = error.data.code if error.data else None
            kind = str(error.data.kind) if error.data else "unknown"
            return _refusal(status(error), str(error), kind, name)
        except ConnectionLost as error:
            raise httpx2.ConnectError(str(error), request=request) from None

    def _answer(self, method: str, path: str, body: dict[str, Any]) -> httpx2.Response:
        match (method, path):
            case ("POST", "/chat/completions"):
                params = ask.chat_params(body, self._provider)
                if not body.get("stream"):
                    answer = self._line.call("aircher/chat", params)
                    return httpx2.Response(200, json=shape.completion(answer))
                wants = bool((body.get("stream_options") or {}).get("include_usage"))
                pieces = self._line.pieces("aircher/chat", params)
                return _streamed(shape.chunks(pieces, str(body.get("model")), wants))
            case ("POST", "/embeddings"):
                return httpx2.Response(200, json=embedded(self._line, self._provider, body))
            case ("GET", "/models"):
                found = self._line.call("aircher/models", {})
                return httpx2.Response(200, json=shape.models(found.models, self._provider))
        return _refusal(404, f"{path} cannot be carried here.", "unsupported", None)


class _Events(httpx2.SyncByteStream):
    """Chunks as server-sent events; an end before the last one cancels the request."""

    def __init__(self, chunks: Iterator[dict[str, Any]]) -> None:
        self._chunks = chunks

    def __iter__(self) -> Iterator[bytes]:
        try:
            for chunk in self._chunks:
                yield b"data: " + json.dumps(chunk).encode() + b"\n\n"
        except RemoteError as error:
            kind = str(error.data.kind) if error.data else "unknown"
            told = {"error": {"message": str(error), "type": kind}}
            yield b"data: " + json.dumps(told).encode() + b"\n\n"
            return
        yield b"data: [DONE]\n\n"

    def close(self) -> None:
        closing = getattr(self._chunks, "close", None)
        if closing is not None:
            closing()


def _streamed(chunks: Iterator[dict[str, Any]]) -> httpx2.Response:
    """A streamed response, once its first text is there: a refusal before it is an error status."""
    first = next(chunks)
    second = next(chunks, None)

    def all_chunks() -> Iterator[dict[str, Any]]:
        try:
            yield first
            if second is not None:
                yield second
            yield from chunks
        finally:
            closing = getattr(chunks, "close", None)
            if closing is not None:
                closing()

    headers = {"content-type": "text/event-stream"}
    return httpx2.Response(200, headers=headers, stream=_Events(all_chunks()))


def _refusal(code: int, message: str, kind: str, name: str | None) -> httpx2.Response:
    error = {"message": message, "type": kind, "code": name, "param": None}
    return httpx2.Response(code, json={"error": error})
