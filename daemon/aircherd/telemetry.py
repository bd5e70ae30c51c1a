"""Each call of a model as a span for an OpenTelemetry collector the user named; no text is in one.

Off unless `telemetry.otlp` says where. Names are those of OpenTelemetry's semantic conventions for
generative AI clients (opentelemetry.io, specs/semconv/gen-ai); what they have no name for is
`aircher.*`. The libraries are an extra (`aircher[otel]`), loaded with the first span, in a thread.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

from aircherd.attempt import Call
from aircherd.core.books import Settlement
from aircherd.core.chat import Usage
from aircherd.core.clock import Clock
from aircherd.core.settings import Settings
from aircherd.providers.addresses import is_loopback
from aircherd.sharing import CACHED, JOINED
from aircherd.threads import pool
from aircherd.version import __version__

log = logging.getLogger(__name__)
_SECONDS = 5.0
_PROVIDERS = {
    "gemini": "gcp.gemini",
    "vertex": "gcp.vertex_ai",
    "mistral": "mistral_ai",
    "xai": "x_ai",
    "azure": "azure.ai.openai",
}
"""Where the conventions call a provider something else than we do."""


class Telemetry:
    """Tells of settled calls. Nothing waits for it, and nothing fails with it."""

    def __init__(
        self,
        settings: Callable[[], Settings],
        clock: Clock,
        exporter: Callable[[str], Any] | None = None,
    ) -> None:
        """`exporter` makes what takes spans to an address, in place of the library's own."""
        self._settings, self._clock = settings, clock
        self._exporter = exporter or _exporter
        self._address: str | None = None
        self._tracer: Any = None
        self._source: Any = None
        # One thread: spans in their order, and the libraries loaded once.
        self._thread: ThreadPoolExecutor | None = None

    def note(self, call: Call, settlement: Settlement) -> None:
        """Tells of one call, if a collector is named and may be told. An answer that was given
        again is none: nobody was asked."""
        settings = self._settings()
        address = settings.telemetry
        if not address or settlement.outcome in (CACHED, JOINED):
            return
        kept_here = settings.egress == "local" or settings.offline == "on"
        if kept_here and not is_loopback(address):
            return
        end = int(self._clock.now().timestamp() * 1e9)
        began = end - (settlement.duration_ms or 0) * 1_000_000
        facts = attributes(call, settlement)
        if self._thread is None:
            try:
                self._thread = pool(1, "telemetry")
            except RuntimeError as error:
                log.warning("a span could not be told: %s", error)
                return
        self._thread.submit(self._tell, address, facts, began, end)

    async def aclose(self) -> None:
        """Sends what waits, for some seconds at most."""
        if self._thread is None:
            return
        closing = self._thread.submit(self._close)
        try:
            async with asyncio.timeout(_SECONDS):
                await asyncio.wrap_future(closing)
        except TimeoutError:
            log.warning("the collector at telemetry.otlp takes no spans; the last ones are lost")
        self._thread.shutdown(wait=False)
        self._thread = None

    def _tell(self, address: str, facts: Mapping[str, Any], began: int, end: int) -> None:
        try:
            if address != self._address:
                self._close()
                self._address = address
                self._open(address)
            if self._tracer is None:
                return
            from opentelemetry.trace import SpanKind, Status, StatusCode

            name = f"{facts['gen_ai.operation.name']} {facts['gen_ai.request.model']}"
            span = self._tracer.start_span(
                name, kind=SpanKind.CLIENT, start_time=began, attributes=facts
            )
            if "error.type" in facts:
                span.set_status(Status(StatusCode.ERROR, str(facts["error.type"])))
            span.end(end_time=end)
        except Exception:
            log.warning("a span could not be told", exc_info=True)

    def _open(self, address: str) -> None:
        try:
            from opentelemetry.sdk.resources import Resource
            from opentelemetry.sdk.trace import TracerProvider
            from opentelemetry.sdk.trace.export import BatchSpanProcessor

            exporter = self._exporter(address)
        except ImportError:
            log.warning("telemetry.otlp is set, which needs more: install aircher[otel]")
            return
        # Given in full, so that nothing of the environment is added to it.
        resource = Resource({"service.name": "aircherd", "service.version": __version__})
        self._source = TracerProvider(resource=resource, shutdown_on_exit=False)
        self._source.add_span_processor(BatchSpanProcessor(exporter))
        self._tracer = self._source.get_tracer("aircherd", __version__)

    def _close(self) -> None:
        if self._source is not None:
            self._source.shutdown()
        self._source = self._tracer = None


def attributes(call: Call, settlement: Settlement) -> dict[str, Any]:
    """What a span says of a call. What is not known is left out, and so is all text: also texts
    that end an answer."""
    job, request, transcript = call.job, call.request, call.transcript
    ref, usage = call.candidate.spec.ref, settlement.usage or Usage(input=None, output=None)
    host, port = _place(call.address)
    found: dict[str, Any] = {
        "gen_ai.operation.name": _operation(call),
        "gen_ai.output.type": _output(call),
        "gen_ai.provider.name": _PROVIDERS.get(ref.provider, ref.provider),
        "gen_ai.request.model": ref.model,
        "gen_ai.request.max_tokens": request.max_output if job.converses else None,
        "gen_ai.request.temperature": request.temperature,
        "gen_ai.request.top_p": request.top_p,
        "gen_ai.request.seed": request.seed,
        "gen_ai.request.presence_penalty": request.presence_penalty,
        "gen_ai.request.frequency_penalty": request.frequency_penalty,
        "gen_ai.request.stream": request.stream if job.converses else None,
        "gen_ai.response.model": None if transcript.started is None else transcript.started.model,
        "gen_ai.usage.input_tokens": usage.prompt_total,
        "gen_ai.usage.output_tokens": usage.output_total,
        "gen_ai.usage.cache_read.input_tokens": usage.cache_read or None,
        "gen_ai.usage.cache_creation.input_tokens": (usage.cache_write + usage.cache_write_long)
        or None,
        "gen_ai.usage.reasoning.output_tokens": usage.reasoning or None,
        "server.address": host,
        "server.port": port,
        "error.type": None if settlement.outcome == "done" else settlement.outcome,
        "aircher.task": str(job.task),
        "aircher.operation": job.operation,
        "aircher.cost.nano_usd": int(settlement.cost),
        "aircher.cost.estimated": usage.estimated,
        "aircher.first_text_ms": settlement.first_token_ms,
    }
    if transcript.finished is not None:
        found["gen_ai.response.finish_reasons"] = (str(transcript.finished.reason),)
    return {name: value for name, value in found.items() if value is not None}


def _operation(call: Call) -> str:
    if call.job.converses:
        return "chat"
    # Vectors keep no room for an answer; pictures do.
    return "generate_content" if call.request.max_output else "embeddings"


def _output(call: Call) -> str | None:
    if not call.job.converses:
        return "image" if call.request.max_output else None
    return "text" if call.request.response_format is None else "json"


def _place(address: str | None) -> tuple[str | None, int | None]:
    try:
        parts = urlsplit(address or "")
        port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    except ValueError:
        return None, None
    return (parts.hostname, port) if parts.hostname else (None, None)


def _exporter(address: str) -> Any:
    import requests
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

    session = requests.Session()
    session.trust_env = False  # no proxy and no .netrc that happen to be there
    base = address.rstrip("/")
    endpoint = base if base.endswith("/v1/traces") else f"{base}/v1/traces"
    return OTLPSpanExporter(endpoint=endpoint, session=session, timeout=_SECONDS)
