"""Something is staged, and whoever writes the message next is made ready: a real repository, a
real TLS server on loopback, a whole daemon. And every case in which nothing may happen."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import ssl
import subprocess
import threading
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from aircherd import market as markets
from aircherd import runtime, warming
from aircherd.outbound.departures import Departure, Departures
from aircherd.providers import connections
from aircherd.providers.tls import trusting
from aircherd.server.lsp import intent
from aircherd.trust.place import look
from aircherd.trust.store import Trust
from aircherd.warming import Warming
from aircherd.workspace import staging
from aircherd.workspace.staging import Staging
from providers.test_connection import certified
from sessions import editor as editors
from sessions.conftest import Shop, configure, provider
from sessions.editor import Editor, Failed, in_process

ANSWER = (
    b'data: {"id":"x","model":"m","choices":[{"index":0,"delta":{"content":"Add mean"}}]}\n\n'
    b'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n'
    b'data: {"choices":[],"usage":{"prompt_tokens":20,"completion_tokens":5}}\n\n'
    b"data: [DONE]\n\n"
)


LIST = b'{"object":"list","data":[{"id":"m","object":"model"}]}'


@dataclass
class Far:
    """A hosted model behind TLS; counts connections and what came over them."""

    base: str = ""
    connected: int = 0
    asked: int = 0
    listed: int = 0
    heard: int = 0
    status: bytes = b"200 OK"
    writers: list[asyncio.StreamWriter] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connected += 1
        self.writers.append(writer)
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                first = await reader.readexactly(1)
                self.heard += 1
                head = first + await reader.readuntil(b"\r\n\r\n")
                if head.startswith(b"GET"):
                    self.listed += 1
                    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(LIST))
                    writer.write(LIST)
                    continue
                size = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
                await reader.readexactly(size)
                self.asked += 1
                said = ANSWER if self.status.startswith(b"200") else b"{}"
                writer.write(
                    b"HTTP/1.1 %s\r\nContent-Type: text/event-stream\r\nContent-Length: %d\r\n\r\n"
                    % (self.status, len(said))
                    + said
                )
        writer.transport.abort()


@pytest.fixture
async def far(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Far]:
    key, paper = certified(tmp_path)
    theirs = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    theirs.load_cert_chain(paper, key)
    ours = trusting(str(paper))
    monkeypatch.setattr(connections, "certificates", lambda: ours)
    made = Far()
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0, ssl=theirs)
    made.base = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    configure(BASE + provider("acme", made.base))
    yield made
    server.close()
    for writer in made.writers:
        writer.transport.abort()
    await asyncio.sleep(0)
    await server.wait_closed()


BASE = "[providers.ollama]\nenabled = false\n"


def asked_before(far: Far, days: float = 1.0, origin: str | None = None) -> None:
    """Puts a line into the list of what has left."""
    departures = Departures(runtime.departures_path())
    departures.note(
        Departure(
            at=(datetime.now(UTC) - timedelta(days=days)).isoformat(timespec="milliseconds"),
            operation="o",
            client="test",
            workspace=None,
            provider="acme",
            model="m",
            origin=origin or far.base.removesuffix("/v1"),
            size=2,
            sha256=hashlib.sha256(b"{}").hexdigest(),
        )
    )
    departures.close()


Hints = list[tuple[str, bool]]


@pytest.fixture
def hints(monkeypatch: pytest.MonkeyPatch) -> Hints:
    """The signs that were given, and whether anything was begun for each."""
    found: Hints = []
    original = Warming.expect

    def expect(self: Warming, path: str, surely: bool = False) -> None:
        original(self, path, surely)
        found.append((path, path in self._due))

    monkeypatch.setattr(Warming, "expect", expect)
    monkeypatch.setattr(warming, "PAUSE", 0.0)
    monkeypatch.setattr(editors, "TOLD", (*editors.TOLD, "aircher/workspaceChanged"))
    return found


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The repositories that were looked at for what to make ready, each once it was done."""
    monkeypatch.setattr(warming, "PAUSE", 0.0)
    done: list[str] = []
    original = Warming._warm

    async def warm(self: Warming, path: str, surely: bool) -> None:
        try:
            await original(self, path, surely)
        finally:
            done.append(path)

    monkeypatch.setattr(Warming, "_warm", warm)
    return done


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(30):
        while not condition():
            await asyncio.sleep(0.002)


@contextlib.asynccontextmanager
async def window(root: Path, *, trusted: bool = True) -> AsyncIterator[Editor]:
    """An editor that has a folder open, once its index is listened to."""
    async with in_process() as opened:
        editor = await opened()
        editor._task = asyncio.create_task(editor._read())
        await editor.ask(
            "initialize",
            processId=None,
            capabilities={},
            rootUri=None,
            workspaceFolders=[{"uri": root.as_uri(), "name": "shop"}],
            initializationOptions={"trusted": trusted},
        )
        editor.notify("initialized", {})
        await editor.ask("aircher/status")
        try:
            yield editor
        finally:
            await editor.leave()


async def message(editor: Editor, shop: Shop) -> Any:
    return await editor.ask("aircher/commitMessage", workspace=str(shop.root))


async def test_staging_opens_one_connection_and_the_message_goes_over_it(
    far: Far, shop: Shop, looks: list[str]
) -> None:
    asked_before(far)
    async with window(shop.root) as editor:
        await listening(editor)
        shop.stage("shop.py", "def total(prices):\n    return sum(prices) + 0\n")
        await until(lambda: looks and far.connected)
        assert (far.connected, far.heard) == (1, 0), "a connection, and not one byte over it"
        assert await ahead(editor) == ["acme"]
        found = await message(editor, shop)
        assert found["answer"]["provider"] == "acme"
        assert (far.connected, far.asked) == (1, 1)
        # What is staged later finds that one lying idle.
        shop.stage("new.py", "x = 1\n")
        await until(lambda: len(looks) >= 2)
        assert (far.connected, far.asked) == (1, 1)


async def ahead(editor: Editor) -> list[str]:
    """To whom a connection waits: known at this end before the far side counts it."""
    return list(json.loads((await editor.ask("aircher/dump"))["text"])["openedAhead"])


async def listening(editor: Editor) -> None:
    """Waits until the editor's folder is listened to."""
    async with asyncio.timeout(30):
        while True:
            dump = json.loads((await editor.ask("aircher/dump"))["text"])
            if dump["process"]["listening"]:
                return


async def test_a_host_asked_in_this_daemons_life_needs_no_list(
    far: Far, shop: Shop, looks: list[str]
) -> None:
    async with window(shop.root) as editor:
        await listening(editor)
        shop.stage("shop.py", "a = 1\n")
        await until(lambda: looks)
        assert await ahead(editor) == []
        assert far.connected == 0, "nobody has asked it yet"
        await message(editor, shop)
        for writer in far.writers:
            writer.transport.abort()
        assert far.connected == 1
        shop.stage("shop.py", "a = 2\n")
        await until(lambda: far.connected == 2)
        assert far.asked == 1


def over_budget(far: Far, shop: Shop) -> None:
    configure(BASE + "[costs]\ndaily_limit = 0.000001\n" + provider("acme", far.base))


def one_request_too_dear(far: Far, shop: Shop) -> None:
    configure(BASE + "[costs]\nrequest_limit = 0.000001\n" + provider("acme", far.base))


def broken_limits(far: Far, shop: Shop) -> None:
    configure(BASE + '[costs]\ndaily_limit = "much"\n' + provider("acme", far.base))


def never(far: Far, shop: Shop) -> None:
    configure(BASE + '[daemon]\nwarm = "never"\n' + provider("acme", far.base))


def offline(far: Far, shop: Shop) -> None:
    # What is on loopback is asked offline too, so here the host is beyond it by name.
    beyond = far.base.replace("127.0.0.1", "far.example")
    configure('offline = "on"\n' + BASE + provider("acme", beyond))
    asked_before(far, origin=beyond.removesuffix("/v1"))


def stays_here(far: Far, shop: Shop) -> None:
    configure('egress = "local"\n' + BASE + provider("acme", far.base))


def not_on_the_list(far: Far, shop: Shop) -> None:
    configure(BASE + '[providers]\nallow = ["other"]\n' + provider("acme", far.base))


def by_proxy(far: Far, shop: Shop) -> None:
    configure(BASE + provider("acme", far.base) + 'proxy = "http://127.0.0.1:9"\n')


def replicas(far: Far, shop: Shop) -> None:
    lines = provider("acme", far.base).replace(
        f'base_url = "{far.base}"', f'hosts = ["{far.base}", "https://localhost:9/v1"]'
    )
    configure(BASE + lines)


def narrowed(far: Far, shop: Shop) -> None:
    shop.write(".aircher.toml", 'egress = "local"\n')
    Trust(runtime.trust_path()).accept(look(str(shop.root)))


def not_accepted(far: Far, shop: Shop) -> None:
    shop.write(".aircher.toml", "[commit]\nsubject_max = 60\n")


def kept_here(far: Far, shop: Shop) -> None:
    configure(BASE + '[outbound]\nlocal_only = ["shop.py"]\n' + provider("acme", far.base))


def unlisted(far: Far, shop: Shop) -> None:
    Path(runtime.departures_path()).unlink()


def long_ago(far: Far, shop: Shop) -> None:
    unlisted(far, shop)
    asked_before(far, days=8)


def elsewhere(far: Far, shop: Shop) -> None:
    unlisted(far, shop)
    asked_before(far, origin="https://127.0.0.1:1")


FORBIDDEN = [
    *(over_budget, one_request_too_dear, broken_limits, offline, stays_here, not_on_the_list),
    *(by_proxy, replicas, narrowed, not_accepted, kept_here, unlisted, long_ago, elsewhere),
]


@pytest.mark.parametrize("forbid", FORBIDDEN, ids=lambda one: one.__name__)
async def test_nothing_is_opened_where_nothing_may_be(
    forbid: Callable[[Far, Shop], None], far: Far, shop: Shop, looks: list[str]
) -> None:
    asked_before(far)
    forbid(far, shop)
    async with window(shop.root) as editor:
        await listening(editor)
        shop.stage("shop.py", "a = 1\n")
        await until(lambda: looks)
        assert await ahead(editor) == []
        assert far.connected == 0


async def test_never_means_that_nobody_even_looks(
    far: Far, shop: Shop, hints: Hints, looks: list[str]
) -> None:
    asked_before(far)
    never(far, shop)
    async with window(shop.root) as editor:
        await listening(editor)
        shop.stage("shop.py", "a = 1\n")
        await until(lambda: hints)
        opens(editor, shop)
        await until(lambda: len(hints) >= 2)
        assert await ahead(editor) == []
        assert not any(begun for _, begun in hints)
        assert (looks, far.connected) == ([], 0)


async def test_never_holds_for_connections_though_a_model_may_be_loaded(
    far: Far, shop: Shop, looks: list[str]
) -> None:
    asked_before(far)
    configure(BASE + 'warm = true\n[daemon]\nwarm = "never"\n' + provider("acme", far.base))
    async with window(shop.root) as editor:
        await listening(editor)
        shop.stage("shop.py", "a = 1\n")
        await until(lambda: looks)
        assert await ahead(editor) == []
        assert far.connected == 0


async def test_an_editor_that_does_not_trust_its_folder_is_not_listened_to(
    far: Far, shop: Shop, hints: Hints, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked_before(far)
    written: list[str] = []

    async def writing(_: object, __: object, path: str) -> None:
        written.append(path)

    monkeypatch.setattr(intent, "_writing", writing)
    async with window(shop.root, trusted=False) as editor:
        await editor.ask("aircher/workspace", workspace=str(shop.root), subscribe=True)
        shop.stage("shop.py", "a = 1\n")
        opens(editor, shop)
        await until(lambda: any("staged" in news for news in told_later(editor)))
        dump = json.loads((await editor.ask("aircher/dump"))["text"])
        assert not dump["process"]["listening"]
        assert (hints, written, far.connected) == ([], [], 0)


async def test_an_editor_that_takes_its_trust_back_is_listened_to_no_more(
    far: Far, shop: Shop, hints: Hints, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked_before(far)
    read: list[int] = []
    original = Staging._readable

    def readable(self: Staging) -> None:
        original(self)
        read.append(1)

    monkeypatch.setattr(Staging, "_readable", readable)
    async with window(shop.root) as editor:
        await listening(editor)
        await editor.ask("aircher/trust", action="window", trusted=False)
        shop.stage("shop.py", "a = 1\n")
        await until(lambda: read)
        assert await ahead(editor) == []
        assert (hints, far.connected) == ([], 0)
        await editor.ask("aircher/trust", action="window", trusted=True)
        shop.stage("shop.py", "a = 2\n")
        await until(lambda: far.connected == 1)


async def test_a_host_that_was_sent_nothing_was_not_asked(
    far: Far, shop: Shop, looks: list[str]
) -> None:
    """A request had its turn there, and the books refused it."""
    dear = BASE + "[costs]\nrequest_limit = 0.000001\n" + provider("acme", far.base)
    configure(dear)
    async with window(shop.root) as editor:
        await listening(editor)
        with pytest.raises(Failed, match="limit"):
            await editor.ask("aircher/ask", prompt="q", model="acme/m")
        configure(BASE + provider("acme", far.base))
        await editor.ask("aircher/reload")
        shop.stage("shop.py", "a = 1\n")
        await until(lambda: looks)
        assert await ahead(editor) == []
        assert far.connected == 0


async def test_a_folder_that_was_closed_while_it_was_looked_for_counts_no_more(
    shop: Shop, hints: Hints, monkeypatch: pytest.MonkeyPatch
) -> None:
    found, go_on = threading.Event(), threading.Event()
    plain = staging._root

    def slow(path: str) -> str | None:
        found.set()
        go_on.wait(30)
        return plain(path)

    monkeypatch.setattr(staging, "_root", slow)
    other = shop.root.parent / "other"
    subprocess.run(["git", "init", "-q", str(other)], check=True)
    async with window(shop.root) as editor:
        await until(found.is_set)
        old, new = ({"uri": one.as_uri(), "name": "x"} for one in (shop.root, other))
        change = {"event": {"added": [new], "removed": [old]}}
        editor.notify("workspace/didChangeWorkspaceFolders", change)
        await editor.ask("aircher/status")
        go_on.set()
        await listening(editor)
        for _ in range(3):
            await editor.ask("aircher/status")
        shop.stage("shop.py", "a = 1\n")
        (other / "a.py").write_text("a = 1\n", "utf-8")
        subprocess.run(["git", "add", "a.py"], cwd=other, check=True)
        await until(lambda: hints)
        assert {path for path, _ in hints} == {str(other)}


def told_later(editor: Editor) -> list[list[str]]:
    """What changed in a workspace after it was first seen, as the editor was told."""
    return [
        params["changed"]
        for method, params in editor.told
        if method == "aircher/workspaceChanged" and params["serial"] > 1
    ]


@pytest.mark.parametrize("status", [b"500 Oh", b"429 Slow\r\nRetry-After: 900"])
async def test_a_circuit_that_is_open_is_left_alone(
    far: Far, shop: Shop, looks: list[str], status: bytes
) -> None:
    configure(BASE + "[retry]\nmax_retries = 0\n" + provider("acme", far.base))
    async with window(shop.root) as editor:
        await listening(editor)
        far.status = status
        shop.stage("shop.py", "a = 1\n")
        for _ in range(3):
            await message(editor, shop)
        assert far.asked == (3 if status.startswith(b"500") else 1)
        for writer in far.writers:
            writer.transport.abort()
        count, before = far.connected, len(looks)
        shop.stage("shop.py", "a = 2\n")
        await until(lambda: len(looks) > before)
        assert await ahead(editor) == []
        assert far.connected == count


async def test_only_something_new_that_is_staged_counts(
    far: Far, shop: Shop, looks: list[str]
) -> None:
    async with window(shop.root) as editor:
        await listening(editor)
        shop.git("update-index", "--force-write-index")
        await until(lambda: len(looks) == 1)
        shop.stage("shop.py", "a = 1\n")
        await until(lambda: len(looks) == 2)
        # From here on it may be opened; but nothing new is staged any more.
        asked_before(far)
        shop.git("update-index", "--force-write-index")
        await until(lambda: len(looks) == 3)
        shop.git("reset", "-q")
        await until(lambda: len(looks) == 4)
        assert await ahead(editor) == []
        assert far.connected == 0
        shop.git("add", "shop.py")
        await until(lambda: far.connected == 1)


async def test_once_a_minute_at_most(far: Far, shop: Shop, looks: list[str]) -> None:
    asked_before(far)
    async with window(shop.root) as editor:
        await listening(editor)
        shop.stage("shop.py", "a = 1\n")
        await until(lambda: far.connected == 1)
        far.writers[0].transport.abort()
        for number in range(3):
            before = len(looks)
            shop.stage("shop.py", f"b = {number}\n")
            await until(lambda at=before: len(looks) > at)  # type: ignore[misc]
        assert await ahead(editor) == []
        assert far.connected == 1
        # And a request is no worse for it.
        assert (await message(editor, shop))["answer"]["provider"] == "acme"
        assert far.connected == 2


def opens(editor: Editor, shop: Shop) -> None:
    """The editor git opens shows the commit's buffer."""
    path = shop.root / ".git" / "COMMIT_EDITMSG"
    path.write_text("\n# Please enter the commit message\n", "utf-8")
    document = {"uri": path.as_uri(), "languageId": "git-commit", "version": 1, "text": "\n"}
    editor.notify("textDocument/didOpen", {"textDocument": document})


async def test_a_commit_buffer_that_opens_counts_too(
    far: Far, shop: Shop, looks: list[str]
) -> None:
    asked_before(far)
    shop.stage("shop.py", "a = 1\n")
    async with window(shop.root) as editor:
        opens(editor, shop)
        await until(lambda: far.connected == 1)
        assert far.heard == 0


async def test_a_watched_workspace_counts_without_a_folder(
    far: Far, shop: Shop, hints: Hints, tmp_path: Path
) -> None:
    asked_before(far)
    shop.stage("shop.py", "a = 1\n")
    aside = tmp_path / "aside"
    aside.mkdir()
    async with window(aside) as editor:
        await editor.ask("aircher/workspace", workspace=str(shop.root), subscribe=True)
        assert hints == [], "what was staged before is no news"
        shop.stage("shop.py", "a = 2\n")
        await editor.is_told("aircher/workspaceChanged")
        await until(lambda: far.connected == 1)
        assert far.heard == 0


async def test_an_end_waits_for_nothing(far: Far, shop: Shop, looks: list[str]) -> None:
    asked_before(far)
    async with window(shop.root) as editor:
        await listening(editor)
        shop.stage("shop.py", "a = 1\n")
        await until(lambda: far.connected == 1)
    await until(lambda: far.writers[0].transport.is_closing())
    assert far.heard == 0


async def test_nobody_beyond_this_machine_is_asked_what_there_is(
    far: Far, shop: Shop, looks: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A host whose models nobody has named is asked for them when it is needed, not for this."""
    asked_before(far)
    lines = provider("acme", far.base).replace('models = ["m"]', "fetch_models = true")
    other = provider("beta", far.base, price=9.0)
    configure('offline = "off"\n[providers]\ndefault = "acme"\n' + BASE + lines + other)
    # The server stands on loopback, where asking is nobody's business; it is taken for one beyond.
    monkeypatch.setattr(markets, "reaches_only_here", lambda _: False)
    async with window(shop.root) as editor:
        await listening(editor)
        shop.stage("shop.py", "a = 1\n")
        await until(lambda: looks)
        assert await ahead(editor) == []
        assert (far.connected, far.listed) == (0, 0), "who would be asked is not known"
        await message(editor, shop)
        assert (far.listed, far.asked) == (1, 1)
        monkeypatch.setattr(markets, "KEEP_HOSTED", 0.0)
        for writer in far.writers:
            writer.transport.abort()
        count = far.connected
        shop.stage("shop.py", "a = 2\n")
        await until(lambda: far.connected == count + 1)
        assert (far.listed, far.asked) == (1, 1), "what it said an hour ago will do"


@dataclass
class Engine:
    """Ollama, as far as it is asked here; loads a model when it is told to."""

    port: int = 0
    models: tuple[str, ...] = ("qwen3.5:4b",)
    loads: list[dict[str, Any]] = field(default_factory=list)
    asked: list[dict[str, Any]] = field(default_factory=list)
    loaded: asyncio.Event = field(default_factory=asyncio.Event)
    hung_up: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            head = await reader.readuntil(b"\r\n\r\n")
            size = head.lower().partition(b"content-length:")[2].split(b"\r\n")[0]
            body = json.loads(await reader.readexactly(int(size))) if size else {}
            await self._answer(head.split()[1].decode(), body, reader, writer)
        writer.transport.abort()

    async def _answer(
        self, path: str, body: Any, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        said: Any = {"version": "0.13.0"}
        said["models"] = [
            {"name": name, "model": name, "size": 3, "details": {"family": "qwen3"}}
            for name in self.models
        ]
        if path == "/api/show":
            info = {"general.architecture": "qwen3", "qwen3.context_length": 32768}
            said = {"model_info": info, "capabilities": ["completion"]}
        elif path == "/api/chat" and not body["messages"]:
            self.loads.append(body)
            gone = asyncio.ensure_future(reader.read(1))
            ready = asyncio.ensure_future(self.loaded.wait())
            await asyncio.wait({gone, ready}, return_when=asyncio.FIRST_COMPLETED)
            self.hung_up += gone.done()
            gone.cancel()
            ready.cancel()
            said = {"done": True, "done_reason": "load"}
        elif path == "/api/chat":
            self.asked.append(body)
            text = {"role": "assistant", "content": "Add mean"}
            said = {"message": text, "done": True, "done_reason": "stop", "eval_count": 3}
            said["prompt_eval_count"] = 2000
        data = json.dumps({"model": "m", **said}).encode() + b"\n"
        kind = b"application/x-ndjson" if path == "/api/chat" else b"application/json"
        writer.write(
            b"HTTP/1.1 200 OK\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n" % (kind, len(data))
            + data
        )
        await writer.drain()


@pytest.fixture
async def engine() -> AsyncIterator[Engine]:
    made = Engine()
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    yield made
    made.loaded.set()
    server.close()
    await server.wait_closed()


def ollama(engine: Engine, more: str = "") -> None:
    configure(f'[providers.ollama]\nbase_url = "http://127.0.0.1:{engine.port}"\n{more}')


async def test_a_model_is_loaded_once_as_large_as_the_message_needs_it(
    engine: Engine, shop: Shop, looks: list[str]
) -> None:
    ollama(engine, 'warm = true\nkeep_alive = "7m"\n')
    async with window(shop.root) as editor:
        await listening(editor)
        shop.stage("shop.py", "a = 1\n")
        await until(lambda: engine.loads)
        # The message does not wait for word of the load, and leaves it alone: Ollama would begin
        # again if whoever asked for it went away.
        assert (await message(editor, shop))["answer"]["provider"] == "ollama"
        assert engine.hung_up == 0
        engine.loaded.set()
        await until(lambda: looks)
        shop.stage("shop.py", "a = 2\n")
        await until(lambda: len(looks) == 2)
        (load,) = engine.loads
        assert (load["model"], load["keep_alive"]) == ("qwen3.5:4b", "7m")
        assert load["options"]["num_ctx"] == engine.asked[0]["options"]["num_ctx"]


async def test_no_model_is_loaded_unasked(engine: Engine, shop: Shop, looks: list[str]) -> None:
    ollama(engine)
    async with window(shop.root) as editor:
        await listening(editor)
        shop.stage("shop.py", "a = 1\n")
        await until(lambda: looks)
        assert engine.loads == []


async def test_a_load_ends_when_another_model_is_asked(
    engine: Engine, shop: Shop, looks: list[str]
) -> None:
    engine.models = ("qwen3.5:4b", "other:1b")
    ollama(engine, "warm = true\n")
    async with window(shop.root) as editor:
        await listening(editor)
        shop.stage("shop.py", "a = 1\n")
        await until(lambda: engine.loads)
        other = next(m for m in engine.models if m != engine.loads[0]["model"])
        await editor.ask("aircher/ask", prompt="What?", model=f"ollama/{other}")
        await until(lambda: engine.hung_up == 1 and looks)
        assert [one["model"] for one in engine.asked] == [other]


async def test_an_end_ends_a_load(engine: Engine, shop: Shop, looks: list[str]) -> None:
    ollama(engine, "warm = true\n")
    async with window(shop.root) as editor:
        await listening(editor)
        shop.stage("shop.py", "a = 1\n")
        await until(lambda: engine.loads)
    await until(lambda: engine.hung_up == 1)
