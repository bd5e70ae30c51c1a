"""A daemon in this process, a repository, and a model that says what a test tells it to."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from fakes.scripted import Exchange, FarSide, far_side
from sessions.conftest import Shop, configure, provider
from sessions.editor import Editor, in_process


@dataclass
class Model:
    """Says its lines one after the other, the last again and again; keeps what it was asked."""

    lines: list[str] = field(default_factory=list)
    far: FarSide | None = None
    finish: str = "stop"

    async def answer(self, exchange: Exchange) -> None:
        text = self.lines.pop(0) if len(self.lines) > 1 else self.lines[0]
        await exchange.start()
        for at in range(0, len(text), 40):
            await exchange.text(text[at : at + 40])
        await exchange.chunk(choices=[{"index": 0, "delta": {}, "finish_reason": self.finish}])
        await exchange.chunk(usage={"prompt_tokens": 20, "completion_tokens": 5})
        await exchange.send(b"data: [DONE]\n\n")

    def says(self, *lines: str) -> None:
        self.lines = list(lines)

    @property
    def asked(self) -> list[list[dict[str, Any]]]:
        """The messages of each request."""
        assert self.far is not None
        return [json.loads(one.body)["messages"] for one in self.far.seen]


@pytest.fixture
async def model() -> AsyncIterator[Model]:
    """A priced, hosted model over a loopback socket."""
    made = Model(["Nothing."])
    # Looked up at each request: a test may have it answer in its own way.
    async with far_side(lambda exchange: made.answer(exchange)) as far:
        made.far = far
        configure(provider("acme", far.base))
        yield made


@pytest.fixture
async def editor(model: Model) -> AsyncIterator[Editor]:
    """One window on a daemon in this process."""
    async with in_process() as opened:
        window = await opened()
        await window.initialize()
        yield window
        await window.leave()


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path / "shop")


def at(first: int, last: int) -> dict[str, Any]:
    """A range of whole lines, 0-based, the last not included."""
    return {"start": {"line": first, "character": 0}, "end": {"line": last, "character": 0}}


def made(text: str, edit: dict[str, Any], uri: str) -> str:
    """The text with an LSP edit of it made, as an editor that counts UTF-16 does."""
    (change,) = [c for c in edit["documentChanges"] if c.get("textDocument", {}).get("uri") == uri]
    places = []
    starts = [0]
    for line in text.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    for one in change["edits"]:
        a, b = (
            starts[min(p["line"], len(starts) - 1)]
            + len(
                text[starts[min(p["line"], len(starts) - 1)] :]
                .encode("utf-16-le")[: 2 * p["character"]]
                .decode("utf-16-le")
            )
            for p in (one["range"]["start"], one["range"]["end"])
        )
        places.append((a, b, one["newText"]))
    for a, b, new in sorted(places, reverse=True):
        text = text[:a] + new + text[b:]
    return text
