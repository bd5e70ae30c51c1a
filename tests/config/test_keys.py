"""Keys: where they come from, whom they go to, and that nobody ever sees one."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from aircherd.config.keybook import Kept, entry, kept, usable, write
from aircherd.config.keysource import KeySource
from aircherd.config.load import user_settings
from aircherd.core.catalog import ModelRef
from aircherd.core.chat import ChatRequest, Message
from aircherd.core.clock import SystemClock
from aircherd.core.errors import ErrorKind, InvalidConfig, ProviderError
from aircherd.core.operations import EmbedRequest
from aircherd.furnishing import Furniture, furnish, keybook, read_keybook
from aircherd.providers.workshop import Whole
from e2e.terminal import terminal
from fakes.scripted import Exchange, far_side

KEY = "sk-test-0123456789abcdef"
OTHER = "sk-test-fedcba9876543210"
ROOT = Path(__file__).parents[1]


def keys(*words: str, stdin: str = "", **env: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-m", "aircherd", "keys", *words],
        input=stdin,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, **env},
    )
    assert KEY not in done.stdout + done.stderr
    assert OTHER not in done.stdout + done.stderr
    return done


def in_a_file(folder: Path) -> dict[str, str]:
    return {
        "PYTHON_KEYRING_BACKEND": "fakes.keyring_file.InAFile",
        "TEST_KEYRING": str(folder / "ring.json"),
        "PYTHONPATH": str(ROOT),
    }


@asynccontextmanager
async def furnished(folder: Path, text: str, **environ: str) -> AsyncIterator[Furniture]:
    path = folder / "config.toml"
    path.write_text("providers.ollama.enabled = false\n" + text, "utf-8")
    settings, _ = user_settings(path)
    book, _ = read_keybook()
    told: list[str] = []
    made = furnish(settings, environ, book, SystemClock(), told.append)
    try:
        yield made
    finally:
        for provider in made.providers.values():
            await provider.aclose()
    for host in made.hosts:
        assert host.key is None or host.key in told, "a key the log does not know to leave out"


def host(made: Furniture, name: str) -> Any:
    return next(host for host in made.hosts if host.name == name)


# --- keeping -------------------------------------------------------------------------------------


def test_a_key_is_kept_listed_and_forgotten_unseen() -> None:
    done = keys("set", "openai", "--file", stdin=f"{KEY}\n")
    assert done.returncode == 0, done.stderr
    assert "https://api.openai.com" in done.stdout
    assert keybook().stat().st_mode & 0o777 == 0o600
    listed = keys("list").stdout
    assert "openai" in listed
    assert "key file" in listed
    assert keys("rm", "openai").returncode == 0
    assert kept(keybook()) == {}
    assert keys("rm", "openai").returncode == 1
    assert "keys set" in keys("list").stdout


def test_a_key_that_is_typed_is_not_shown(tmp_path: Path) -> None:
    with terminal(["aircherd", "keys", "set", "openai", "--file"], tmp_path) as window:
        window.sees("Key for openai")
        window.types(f"{KEY}\n")
        window.sees("Kept in")
        assert window.ends() == 0
        assert KEY not in window.raw
    assert [one.keys for one in kept(keybook()).values()] == [(KEY,)]


def test_a_keyring_holds_the_key_and_the_file_only_says_so(tmp_path: Path) -> None:
    env = in_a_file(tmp_path)
    assert keys("set", "openai", stdin=KEY, **env).returncode == 0
    assert keys("set", "openai", "--add", stdin=OTHER, **env).returncode == 0
    assert KEY not in keybook().read_text("utf-8")
    assert f"{KEY}\\n{OTHER}" in (tmp_path / "ring.json").read_text("utf-8")
    assert "keyring, 2 keys" in keys("list", **env).stdout
    assert keys("set", "openai", "--file", stdin=KEY, **env).returncode == 0
    assert (tmp_path / "ring.json").read_text("utf-8") == "{}"
    assert keys("rm", "openai", **env).returncode == 0


@pytest.mark.parametrize(
    ("words", "stdin", "said"),
    [
        (("set", "nobody"), KEY, "There is no provider 'nobody'"),
        (("set", "openai"), "", "no key to read"),
        (("set", "openai"), "\n", "is empty"),
        (("set", "openai"), "two words\n", "blanks"),
        (("set", "openai"), "na\u00efve\n", "characters no key has"),
        (("set", "openai"), "x" * 9000, "longer"),
    ],
)
def test_what_cannot_be_kept_is_refused(words: tuple[str, ...], stdin: str, said: str) -> None:
    done = keys(*words, "--file", stdin=stdin)
    assert done.returncode == 1
    assert said in done.stderr
    assert not keybook().exists()


def test_a_file_others_can_read_is_not_used() -> None:
    write(keybook(), [Kept("openai@https://api.openai.com", "file", 1, (KEY,))])
    keybook().chmod(0o640)
    with pytest.raises(InvalidConfig, match="chmod 600"):
        kept(keybook())
    book, problems = read_keybook()
    assert book == {}
    assert KEY not in str(problems)
    keybook().unlink()
    elsewhere = keybook().with_name("real.json")
    write(elsewhere, [])
    keybook().symlink_to(elsewhere)
    with pytest.raises(InvalidConfig, match="cannot be read"):
        kept(keybook())
    keybook().unlink()
    keybook().write_text("[1]", "utf-8")
    keybook().chmod(0o600)
    with pytest.raises(InvalidConfig, match="set the keys again"):
        kept(keybook())


def test_no_printing_of_a_key_by_accident() -> None:
    assert KEY not in repr(Kept("a@b", "file", 1, (KEY,)))
    assert usable(KEY) is None


# --- whom a key goes to --------------------------------------------------------------------------


async def test_a_kept_key_is_for_one_address(tmp_path: Path) -> None:
    name = entry("openai", "https://api.openai.com/v1")
    write(keybook(), [Kept(name, "file", 2, (KEY, OTHER))])
    async with furnished(tmp_path, "") as made:
        assert (host(made, "openai").key, host(made, "openai").spare_keys) == (KEY, (OTHER,))
        assert made.sources["openai"] == "the key file"
    moved = '[providers.openai]\nbase_url = "https://api.openai.com.evil.example/v1"\n'
    async with furnished(tmp_path, moved) as made:
        assert host(made, "openai").key is None
        assert not host(made, "openai").key_later
    for port in ("http://api.openai.com/v1", "https://api.openai.com:8443/v1"):
        async with furnished(tmp_path, f'[providers.openai]\nbase_url = "{port}"\n') as made:
            assert host(made, "openai").key is None


async def test_what_counts_first(tmp_path: Path) -> None:
    write(keybook(), [Kept(entry("openai", "https://api.openai.com"), "file", 1, (KEY,))])
    async with furnished(tmp_path, "", OPENAI_API_KEY=OTHER) as made:
        assert host(made, "openai").key == OTHER
        assert made.sources["openai"] == "$OPENAI_API_KEY"
    command = '[providers.openai]\napi_key_command = ["pass", "show", "openai"]\n'
    async with furnished(tmp_path, command, OPENAI_API_KEY=OTHER) as made:
        assert host(made, "openai").key is None
        assert host(made, "openai").key_later
        assert made.sources["openai"] == "the program pass"


async def test_several_variables_take_turns_after_429(tmp_path: Path) -> None:
    async def answer(exchange: Exchange) -> None:
        if KEY.encode() in exchange.head:
            await exchange.start("429 Too Many Requests", "application/json")
            await exchange.send(b'{"error": {"message": "slow down"}}')
            return
        await exchange.start(kind="application/json")
        await exchange.send(b'{"data": [{"id": "m"}]}')

    async with far_side(answer) as far:
        text = f'[providers.mine]\nbase_url = "{far.base}"\napi_key_env = ["ONE_KEY", "TWO_KEY"]\n'
        async with furnished(tmp_path, text, ONE_KEY=KEY, TWO_KEY=OTHER) as made:
            mine = made.providers["mine"]
            with pytest.raises(ProviderError) as caught:
                await mine.models()
            assert (caught.value.can_retry, caught.value.retry_after) == (True, 0.0)
            assert [spec.ref for spec in await mine.models()] == [ModelRef("mine", "m")]
    assert OTHER.encode() in far.seen[1].head


# --- programs ------------------------------------------------------------------------------------


def program(folder: Path, body: str) -> list[str]:
    path = folder / "program.py"
    path.write_text(f"import sys, time, os\nopen({str(folder / 'runs')!r}, 'a').write('.')\n{body}")
    return [sys.executable, str(path)]


def source(command: list[str], **more: Any) -> KeySource:
    more = {"first_line": True, "secret": lambda _: None, **more}
    return KeySource("acme", command, **more)


async def test_a_program_s_first_line_is_the_key(tmp_path: Path) -> None:
    told: list[str] = []
    command = program(tmp_path, f"print('{KEY}'); print('user: me')")
    assert await source(command, secret=told.append)() == (KEY,)
    assert told == [KEY]
    both = [sys.executable, "-c", f"print('{KEY}\\n{OTHER}')"]
    assert await source(both, first_line=False)() == (KEY, OTHER)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("sys.exit(3)", "ended with code 3"),
        ("pass", "printed nothing"),
        (f"print('{KEY} and more')", "blanks"),
        ("print('x' * 100_000)", "longer"),
        (f"print('{KEY}'); sys.stdout.flush(); time.sleep(60)", "took longer"),
    ],
)
async def test_a_program_that_fails_says_so_and_shows_nothing(
    tmp_path: Path, body: str, said: str
) -> None:
    with pytest.raises(ProviderError, match=said) as caught:
        await source(program(tmp_path, body), seconds=1.5)()
    assert caught.value.kind is ErrorKind.AUTHENTICATION
    assert not caught.value.sent
    assert KEY not in str(caught.value)


async def test_a_program_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ProviderError, match="no-such-program, cannot be run"):
        await source([str(tmp_path / "no-such-program")])()


async def test_giving_up_ends_the_program_and_its_children(tmp_path: Path) -> None:
    note = tmp_path / "child"
    body = (
        "import subprocess\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        f"open({str(note)!r}, 'w').write(str(child.pid))\ntime.sleep(60)"
    )
    task = asyncio.create_task(source(program(tmp_path, body))())
    while not note.exists() or not note.read_text():
        await asyncio.sleep(0.02)
    child = int(note.read_text())
    task.cancel()
    async with asyncio.timeout(20):  # The child would hold its end of the pipe for a minute.
        with pytest.raises(asyncio.CancelledError):
            await task
    end = time.monotonic() + 5
    while Path(f"/proc/{child}").exists() and time.monotonic() < end:
        if Path(f"/proc/{child}/stat").read_text().split(") ")[1].startswith("Z"):
            break
        await asyncio.sleep(0.02)
    else:
        assert time.monotonic() < end, "the child of the program goes on"


async def test_a_program_is_run_once_for_all_and_again_after_a_refusal(tmp_path: Path) -> None:
    refuse = False

    async def answer(exchange: Exchange) -> None:
        if refuse:
            await exchange.start("401 Unauthorized", "application/json")
            await exchange.send(b'{"error": {"message": "no"}}')
            return
        await exchange.start(kind="application/json")
        await exchange.send(b'{"data": [{"id": "m"}]}')

    runs = tmp_path / "runs"
    command = program(tmp_path, f"print('{KEY}')")
    async with far_side(answer) as far:
        text = (
            f'[providers.mine]\nbase_url = "{far.base}"\n'
            f"api_key_command = {[str(word) for word in command]}\n"
        )
        async with furnished(tmp_path, text) as made:
            mine = made.providers["mine"]
            assert not runs.exists(), "nothing is run before it is needed"
            await asyncio.gather(*(mine.models() for _ in range(5)))
            assert runs.read_text() == "."
            refuse = True
            with pytest.raises(ProviderError):
                await mine.models()
            refuse = False
            await mine.models()
            assert runs.read_text() == ".."
    assert all(f"Bearer {KEY}".encode() in one.head for one in far.seen)


@pytest.mark.parametrize(
    "closed",
    ['offline = "on"', 'egress = "local"', 'providers.allow = ["other"]'],
)
async def test_no_program_is_run_where_nothing_may_be_sent(tmp_path: Path, closed: str) -> None:
    command = [str(word) for word in program(tmp_path, f"print('{KEY}')")]
    text = (
        f'{closed}\n[providers.mine]\nbase_url = "https://192.0.2.1/v1"\n'
        f'models = ["m"]\napi_key_command = {command}\n'
    )
    async with furnished(tmp_path, text) as made:
        mine = made.providers["mine"]
        asked = ChatRequest(model="m", messages=(Message.of("user", "x"),), max_output=9)
        deadline = SystemClock().monotonic() + 5
        assert not (await mine.health()).ok
        with pytest.raises(ProviderError):
            await mine.models()
        with pytest.raises(ProviderError) as caught:
            [event async for event in mine.stream(asked, deadline=deadline)]
        assert not caught.value.sent
        with pytest.raises(ProviderError):
            await mine.embed(EmbedRequest(model="m", texts=("x",)), deadline=deadline)
        assert not (tmp_path / "runs").exists(), "the program of a key was run for nothing"


async def test_a_key_in_the_keyring_reaches_the_provider_by_a_child(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def answer(exchange: Exchange) -> None:
        await exchange.start(kind="application/json")
        await exchange.send(b'{"data": [{"id": "m"}]}')

    for name, value in in_a_file(tmp_path).items():
        monkeypatch.setenv(name, value)
    async with far_side(answer) as far:
        name = entry("mine", far.base)
        (tmp_path / "ring.json").write_text(f'{{"aircher {name}": "{KEY}\\n{OTHER}"}}')
        write(keybook(), [Kept(name, "keyring", 2)])
        async with furnished(tmp_path, f'[providers.mine]\nbase_url = "{far.base}"\n') as made:
            assert made.sources["mine"] == "the keyring"
            mine = made.providers["mine"]
            assert isinstance(mine, Whole)
            (tmp_path / "LOCKED").touch()
            with pytest.raises(ProviderError, match="keyring"):
                await mine.models()
            assert far.seen == []
            (tmp_path / "LOCKED").unlink()
            await mine.models()
    assert f"Bearer {KEY}".encode() in far.seen[0].head
    assert "keyring" not in sys.modules, "only the child has the library"


@pytest.mark.slow
def test_a_running_daemon_takes_a_new_key_at_once(tmp_path: Path) -> None:
    def state() -> str:
        done = subprocess.run(
            [sys.executable, "-m", "aircherd", "call", "aircher/providers", "{}"],
            capture_output=True,
            text=True,
            check=True,
        )
        return next(line for line in done.stdout.split("{") if '"name": "openai"' in line)

    try:
        assert '"keyPresent": false' in state()
        assert keys("set", "openai", "--file", stdin=KEY).returncode == 0
        assert '"keyPresent": true' in state()
        assert KEY not in state()
        assert keys("rm", "openai").returncode == 0
        assert '"keyPresent": false' in state()
    finally:
        subprocess.run([sys.executable, "-m", "aircherd", "stop"], check=False, capture_output=True)
    log = keybook().with_name("aircherd.log")
    assert KEY not in log.read_text("utf-8")


def test_a_password_in_an_address_is_no_part_of_what_is_kept(tmp_path: Path) -> None:
    plain = entry("mine", "https://host.example:8443/v1")
    assert entry("mine", "https://me:sesame@host.example:8443/v1") == plain
    path = tmp_path / "keys.json"
    path.write_text(
        '{"mine@https://me:sesame@host.example:8443":'
        f' {{"where": "file", "count": 1, "keys": ["{KEY}"]}}}}',
        "utf-8",
    )
    path.chmod(0o600)
    book = kept(path)
    assert book[plain].keys == (KEY,), "one kept before is found again"
    write(path, book.values())
    assert "sesame" not in path.read_text("utf-8")
