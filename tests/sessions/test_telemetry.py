"""Spans of calls, as a collector gets them from a real daemon, and where they may not go."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.semconv._incubating.attributes import gen_ai_attributes as names_of_genai

from aircherd.attempt import Call
from aircherd.core.books import Settlement
from aircherd.core.chat import ChatRequest, Message, ResponseFormat, Usage
from aircherd.core.clock import SystemClock
from aircherd.core.money import NanoUsd
from aircherd.core.settings import Settings
from aircherd.telemetry import Telemetry, attributes
from fakes.scripted import far_side
from gateway.parts import PRICE, candidate, job
from sessions.conftest import Shop, Window, configure, provider
from sessions.test_stories import good

SETTLED = Settlement(
    outcome="done",
    usage=Usage(input=20, output=5),
    cost=NanoUsd(25_000),
    duration_ms=1200,
    first_token_ms=300,
)


@pytest.fixture
def collector() -> Iterator[tuple[str, list[bytes]]]:
    """A collector on this machine, and what it was told."""
    told: list[bytes] = []

    class Taking(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            assert self.path == "/v1/traces"
            told.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.send_header("Content-Type", "application/x-protobuf")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Taking)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", told
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


async def test_a_collector_is_told_of_a_call_and_of_no_text(
    window: Window, shop: Shop, collector: tuple[str, list[bytes]]
) -> None:
    address, told = collector
    async with far_side(good) as far:
        configure(f'[telemetry]\notlp = "{address}"\n\n' + provider("acme", far.base))
        editor = await window()
        for _ in range(2):
            await editor.ask("aircher/ask", prompt="a private question")
        await editor.leave()
        async with asyncio.timeout(30):
            while not told:
                await asyncio.sleep(0.05)
    body = told[0]
    assert b"private" not in body
    assert b"mean" not in body, "the answer"
    (resource,) = ExportTraceServiceRequest.FromString(body).resource_spans
    (span,) = resource.scope_spans[0].spans  # of two: the second was answered from memory
    facts = {
        one.key: getattr(one.value, str(one.value.WhichOneof("value"))) for one in span.attributes
    }
    assert span.name == "chat m"
    assert facts["gen_ai.operation.name"] == "chat"
    assert facts["gen_ai.provider.name"] == "acme"
    assert facts["gen_ai.usage.input_tokens"] == 20
    assert facts["gen_ai.usage.output_tokens"] == 5
    assert facts["aircher.cost.nano_usd"] == 25_000
    assert facts["gen_ai.output.type"] == "text"
    assert facts["gen_ai.request.max_tokens"] > 0
    assert facts["gen_ai.response.model"] == "m"
    (reason,) = facts["gen_ai.response.finish_reasons"].values
    assert reason.string_value == "stop"
    assert facts["server.address"] == "127.0.0.1"
    assert f":{facts['server.port']}/" in far.base
    known = {value for value in vars(names_of_genai).values() if isinstance(value, str)}
    ours = {key for key in facts if not key.startswith(("aircher.", "server.", "error."))}
    assert ours <= known, "no name is made up"
    assert span.end_time_unix_nano > span.start_time_unix_nano
    names = {one.key for one in resource.resource.attributes}
    assert names == {"service.name", "service.version"}


def call(**more: Any) -> Call:
    request = ChatRequest(model="m", messages=(Message.of("user", "private"),), max_output=100)
    hold: Any = None
    made = Call(job("acme"), candidate("acme"), replace(request, **more), PRICE, hold, 0.0)
    made.address = "https://user:private@api.acme.example/v1?key=private"
    return made


def test_a_span_says_what_the_conventions_ask_for_and_no_text() -> None:
    usage = Usage(input=20, output=5, cache_read=7, cache_write=2, reasoning=3)
    found = attributes(
        call(temperature=0.5, stop=("private",), response_format=ResponseFormat()),
        replace(SETTLED, usage=usage),
    )
    assert "private" not in str(found)
    wanted = {
        "gen_ai.output.type": "json",
        "gen_ai.request.temperature": 0.5,
        "gen_ai.usage.input_tokens": 29,
        "gen_ai.usage.cache_read.input_tokens": 7,
        "gen_ai.usage.cache_creation.input_tokens": 2,
        "gen_ai.usage.output_tokens": 8,
        "gen_ai.usage.reasoning.output_tokens": 3,
        "server.address": "api.acme.example",
        "server.port": 443,
    }
    assert {name: found[name] for name in wanted} == wanted
    assert "gen_ai.request.seed" not in found
    assert "error.type" not in found


@pytest.mark.parametrize(
    ("room", "operation", "output"),
    [(0, "embeddings", None), (16_384, "generate_content", "image")],
)
def test_vectors_and_pictures_have_names_of_their_own(
    room: int, operation: str, output: str | None
) -> None:
    made = call(max_output=room)
    made.job = replace(made.job, through=lambda provider: provider)
    found = attributes(made, SETTLED)
    assert found["gen_ai.operation.name"] == operation
    assert found.get("gen_ai.output.type") == output


async def test_an_answer_given_again_is_no_call() -> None:
    there = Settings(telemetry="http://127.0.0.1:1")
    assert await told(there, replace(SETTLED, outcome="cached")) == []
    assert await told(there, replace(SETTLED, outcome="joined")) == []


async def told(settings: Settings, settlement: Settlement = SETTLED) -> list[Any]:
    """The spans one call brings about."""
    exporter = InMemorySpanExporter()
    telemetry = Telemetry(lambda: settings, SystemClock(), lambda _: exporter)
    telemetry.note(call(), settlement)
    await telemetry.aclose()
    return list(exporter.get_finished_spans())


async def test_no_thread_for_it_costs_no_call(monkeypatch: pytest.MonkeyPatch) -> None:
    def begin(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", begin)
        assert await told(Settings(telemetry="http://127.0.0.1:1")) == []
    assert len(await told(Settings(telemetry="http://127.0.0.1:1"))) == 1


async def test_nobody_is_told_unless_the_user_says_whom() -> None:
    assert await told(Settings()) == []


@pytest.mark.parametrize(
    "more", [Settings(egress="local"), Settings(offline="on")], ids=["local", "offline"]
)
async def test_what_stays_here_is_told_here_only(more: Settings) -> None:
    far = replace(more, telemetry="https://collector.example:4318")
    assert await told(far) == []
    assert len(await told(replace(more, telemetry="http://127.0.0.1:4318"))) == 1
    assert len(await told(Settings(telemetry="https://collector.example:4318"))) == 1


async def test_a_failure_has_its_kind_and_what_is_unknown_is_left_out() -> None:
    failed = Settlement(outcome="timeout", usage=None, cost=NanoUsd(0), duration_ms=None)
    (span,) = await told(Settings(telemetry="http://127.0.0.1:1"), failed)
    assert span.attributes["error.type"] == "timeout"
    assert "gen_ai.usage.input_tokens" not in span.attributes
    assert "aircher.first_text_ms" not in span.attributes
    assert not span.status.is_ok


async def test_a_collector_that_is_not_there_costs_a_line_and_no_call() -> None:
    settings = Settings(telemetry="http://127.0.0.1:9")
    telemetry = Telemetry(lambda: settings, SystemClock())
    telemetry.note(call(), SETTLED)
    await telemetry.aclose()
