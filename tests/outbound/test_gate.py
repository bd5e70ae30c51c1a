"""The gate, from the gateway to the bytes a far side hears."""

from __future__ import annotations

import asyncio
import fcntl
import hashlib
import os
import threading
import time
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from aircherd import egress
from aircherd.attempt import Job
from aircherd.core.catalog import ModelRef, ModelSpec
from aircherd.core.chat import ChatRequest, ImagePart, Message
from aircherd.core.clock import SystemClock
from aircherd.core.errors import AircherError, Untrusted, Withheld
from aircherd.core.money import FREE_LOCAL, Price, per_million
from aircherd.core.plan import Candidate, Plan
from aircherd.core.settings import OutboundSettings, ProviderSettings, Settings
from aircherd.core.tasks import Detection, TaskKind
from aircherd.egress import Egress
from aircherd.gateway import Gateway
from aircherd.ledger.store import Ledger
from aircherd.outbound.departures import Departures
from aircherd.providers import registry
from aircherd.trust.place import look
from aircherd.trust.store import Trust, restricted
from fakes.scripted import Exchange, FarSide, far_side

PAT = "ghp_x9Kf83jd7Hs62kLmQpWvRtYuZnBcAe41TgUi"
PRICE = Price(version="t", input=per_million("1"), output=per_million("2"))


class Silent:
    def append(self, text: str) -> None: ...
    def replace(self, text: str) -> None: ...
    def thinking(self, text: str) -> None: ...


@dataclass
class Stand:
    gateway: Gateway
    trust: Trust
    far: FarSide
    near: FarSide

    async def ask(self, text: str, workspace: Path | None, *providers: str) -> Any:
        return await self.gateway.run(self.job(text, workspace, *providers), Silent())

    def job(self, text: str, workspace: Path | None, *providers: str) -> Job:
        candidates = tuple(
            Candidate(
                spec=ModelSpec(
                    ref=ModelRef(name, "m"),
                    local=name == "near",
                    price=FREE_LOCAL if name == "near" else PRICE,
                    context=8192,
                ),
                why="",
                expected=None,
                worst=None,
            )
            for name in providers or ("far",)
        )
        detection = Detection(task=TaskKind.QUICK_QUESTIONS, confidence=1.0)
        request = ChatRequest(model="m", messages=(Message.of("user", text),), max_output=9)
        return Job(
            operation=f"op{time.monotonic_ns()}",
            task=TaskKind.QUICK_QUESTIONS,
            plan=Plan(detection=detection, candidates=candidates, refused=()),
            build=lambda *_: request,
            reason="{}",
            client="test",
            workspace=None if workspace is None else str(workspace),
        )

    @property
    def heard(self) -> tuple[int, int]:
        return len(self.far.seen), len(self.near.seen)


@asynccontextmanager
async def stand(
    path: Path, settings: Settings | None = None, family: str = "openai_chat", login: str = ""
) -> AsyncIterator[Stand]:
    async def answer(exchange: Exchange) -> None:
        await exchange.start()
        await exchange.text("yes")
        await exchange.finish()

    settings = settings or Settings()
    clock = SystemClock()
    ledger = await Ledger.open(path / "usage.sqlite3", clock=clock)
    tasks: set[asyncio.Task[Any]] = set()

    def keep(work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        tasks.add(task)
        return task

    async def settled(*_: Any) -> None: ...

    trust = Trust(str(path / "trust.json"))
    async with far_side(answer) as far, far_side(answer) as near:
        told = replace(
            settings,
            providers={
                name: ProviderSettings(
                    name=name,
                    family=family,
                    base_url=side.base.replace("//", f"//{login}"),
                    local=name == "near",
                )
                for name, side in (("far", far), ("near", near))
            },
        )
        providers = {
            host.name: registry.connect(host, told, clock)
            for host in registry.hosts(told, {})
            if host.name in ("far", "near")
        }
        gateway = Gateway(
            books=ledger,
            egress=Egress(lambda: told, trust, Departures(str(path / "sent.jsonl"))),
            providers=lambda: providers,
            settings=lambda: told,
            clock=clock,
            keep=keep,
            settled=settled,
        )
        try:
            yield Stand(gateway, trust, far, near)
        finally:
            await asyncio.gather(*tasks)
            for provider in providers.values():
                await provider.aclose()
            await ledger.aclose()


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    folder = tmp_path / "w"
    (folder / ".git").mkdir(parents=True)
    return folder


@pytest.mark.parametrize("provider", ["far", "near"])
async def test_no_secret_reaches_a_model(tmp_path: Path, provider: str) -> None:
    async with stand(tmp_path) as it:
        reply = await it.ask(f"Why does token = '{PAT}' fail?", None, provider)
        (exchange,) = (*it.far.seen, *it.near.seen)
        assert PAT.encode() not in exchange.body
        assert b"<secret:github-pat:" in exchange.body
        (name,) = reply.masked.secrets
        assert reply.masked.restored(f"set {name}") == f"set {PAT}"


async def test_what_leaves_is_noted_also_while_somebody_is_at_the_list(tmp_path: Path) -> None:
    """The quick way does not wait for the file; what cannot go that way waits, and goes after."""
    lock = os.open(tmp_path / "sent.jsonl.lock", os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        async with stand(tmp_path) as it:
            asking = asyncio.create_task(it.ask("hello", None, "far"))
            done, _ = await asyncio.wait((asking,), timeout=0.3)
            assert not done
            assert it.heard == (0, 0), "nothing leaves that is not noted"
            fcntl.flock(lock, fcntl.LOCK_UN)
            await asking
            assert it.heard == (1, 0)
    finally:
        os.close(lock)
    assert len(Departures(str(tmp_path / "sent.jsonl")).listed(9)) == 1


async def test_a_text_is_looked_through_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[Any] = []
    plain = egress.masked_request
    monkeypatch.setattr(egress, "masked_request", lambda *r: (looked.append(r), plain(*r))[1])
    async with stand(tmp_path) as it:
        await it.ask(f"Why does token = '{PAT}' fail?", None)
        await it.ask("And this?", None)
    assert len(looked) == 2


async def test_a_picture_is_looked_through_beside_the_loop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may be a text of megabytes, whatever little is said with it."""
    plain, where = egress.masked_request, []

    def looked(*given: Any) -> Any:
        where.append(threading.current_thread())
        return plain(*given)

    monkeypatch.setattr(egress, "masked_request", looked)
    gate = Egress(Settings, Trust(str(tmp_path / "t.json")), Departures(tmp_path / "d.jsonl"))
    words = ChatRequest(model="m", messages=(Message.of("user", "hello"),), max_output=9)
    drawn = Message(role="user", parts=(ImagePart(media_type="image/svg+xml", data=b"<svg/>"),))
    async with stand(tmp_path) as it:
        for request in (words, words, replace(words, messages=(drawn,))):
            await gate.passed(it.job("hello", None), request)
    here = threading.current_thread()
    assert [thread is here for thread in where] == [False, True, False]


async def test_a_folder_that_says_nothing_is_asked_about_at_once(
    tmp_path: Path, workspace: Path
) -> None:
    async with stand(tmp_path) as it:
        await it.ask("hello", workspace)
        assert it.heard == (1, 0)


async def test_nothing_of_an_unaccepted_workspace_is_sent(tmp_path: Path, workspace: Path) -> None:
    (workspace / ".aircher.toml").write_text('commit.language = "de"\n', "utf-8")
    (workspace / "deep" / "er").mkdir(parents=True)
    async with stand(tmp_path) as it:
        for asked in (workspace, workspace / "deep" / "er"):
            with pytest.raises(Untrusted, match="aircher trust"):
                await it.ask("hello", asked, "far", "near")
        assert it.heard == (0, 0)
        it.trust.accept(look(str(workspace)))
        await it.ask("hello", workspace)
        assert it.heard == (1, 0)


async def test_a_changed_file_is_asked_about_again(tmp_path: Path, workspace: Path) -> None:
    file = workspace / ".aircher.toml"
    file.write_text('egress = "local"\n', "utf-8")
    async with stand(tmp_path) as it:
        it.trust.accept(look(str(workspace)))
        with pytest.raises(Withheld, match="only this machine"):
            await it.ask("hello", workspace)
        file.write_text("", "utf-8")
        with pytest.raises(Untrusted, match="not what you accepted"):
            await it.ask("hello", workspace)
        file.unlink()
        file.parent.rename(tmp_path / "aside")
        workspace.mkdir()
        with pytest.raises(Untrusted, match="not what you accepted"):
            await it.ask("hello", workspace)
        assert it.heard == (0, 0)


@pytest.mark.parametrize(
    "text",
    [
        'egress = "locl"\n',
        'egres = "local"\n',
        "egress = [\n",
        'providers.allow = "near"\n',
        "models.rules.quick_question.max_cost_per_request = 0\n",
    ],
)
async def test_a_mistake_opens_nothing(tmp_path: Path, workspace: Path, text: str) -> None:
    (workspace / ".aircher.toml").write_text(text, "utf-8")
    async with stand(tmp_path) as it:
        it.trust.accept(look(str(workspace)))
        with pytest.raises(Untrusted, match="mend it"):
            await it.ask("hello", workspace)
        assert it.heard == (0, 0)


async def test_local_only_is_not_overridden_by_any_fallback(
    tmp_path: Path, workspace: Path
) -> None:
    settings = Settings(
        fallback_order=("near", "far"), outbound=OutboundSettings(local_only=(str(tmp_path),))
    )
    async with stand(tmp_path, settings) as it:
        reply = await it.ask("hello", workspace, "far", "near")
        assert it.heard == (0, 1)
        assert [attempt.outcome for attempt in reply.attempts] == ["withheld", "done"]
        with pytest.raises(Withheld, match="local_only"):
            await it.ask("hello", workspace, "far")
        assert it.heard == (0, 1)


@pytest.mark.parametrize(
    "settings", [Settings(egress="local"), Settings(allow=("near",)), Settings(allow=())]
)
async def test_a_plan_made_before_the_settings_changed_sends_nothing(
    tmp_path: Path, settings: Settings
) -> None:
    async with stand(tmp_path, settings) as it:
        with pytest.raises(Withheld):
            await it.ask("hello", None, "far")
        assert it.heard == (0, 0)


async def test_a_window_in_restricted_mode_asks_nobody(tmp_path: Path) -> None:
    async with stand(tmp_path) as it:
        token = restricted.set(True)
        try:
            with pytest.raises(Untrusted, match="restricted"):
                await it.ask("hello", None, "far", "near")
        finally:
            restricted.reset(token)
        assert it.heard == (0, 0)


async def test_a_text_made_to_be_slow_is_not_sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("aircherd.outbound.scanner.SECONDS_PER_MB", -1e9)
    async with stand(tmp_path) as it:
        with pytest.raises(AircherError, match="was not sent"):
            await it.ask("a long text with an api_key = and so on", None)
        assert it.heard == (0, 0)


async def test_what_left_is_noted_before_it_leaves(tmp_path: Path, workspace: Path) -> None:
    async with stand(tmp_path) as it:
        await it.ask(f"Why does token = '{PAT}' fail?", workspace, "far")
        await it.ask("hello", workspace, "near")
        (row,) = Departures(str(tmp_path / "sent.jsonl")).listed(10)
        (exchange,) = it.far.seen
        assert row.sha256 == hashlib.sha256(exchange.body).hexdigest()
        assert row.size == len(exchange.body)
        assert row.masked == {"github-pat": 1}
        assert row.origin == it.far.base.removesuffix("/v1")
        assert row.workspace == str(workspace)


async def test_what_cannot_be_noted_does_not_leave(tmp_path: Path) -> None:
    (tmp_path / "sent.jsonl").mkdir()
    async with stand(tmp_path) as it:
        with pytest.raises(AircherError, match="nothing was sent"):
            await it.ask("hello", None, "far")
        assert it.heard == (0, 0)
        await it.ask("hello", None, "near")
        assert it.heard == (0, 1)


async def test_what_is_sent_to_be_counted_is_noted_before_it_leaves(tmp_path: Path) -> None:
    async with stand(tmp_path, family="anthropic") as it:
        await it.gateway.count(it.job("how long is this?", None, "far"))
        await it.gateway.count(it.job("how long is this?", None, "near"))
        assert it.heard == (1, 1)
        (row,) = Departures(str(tmp_path / "sent.jsonl")).listed(10)
        (exchange,) = it.far.seen
        assert row.sha256 == hashlib.sha256(exchange.body).hexdigest()


async def test_a_password_in_an_address_is_neither_noted_nor_told(tmp_path: Path) -> None:
    async with stand(tmp_path, login="me:sesame@") as it:
        await it.ask("hello", None, "far")
        (row,) = Departures(str(tmp_path / "sent.jsonl")).listed(10)
        assert row.origin == it.far.base.removesuffix("/v1")
    (host,) = registry.hosts(
        Settings(
            providers={"x": ProviderSettings(name="x", base_url="http://me:sesame@127.0.0.1:9/v1")},
            default="x",
        ),
        {},
    )[:1]
    provider = registry.connect(host, Settings(), SystemClock())
    with pytest.raises(AircherError, match="nothing answers") as failed:
        await provider.models()
    await provider.aclose()
    assert "sesame" not in str(failed.value)
