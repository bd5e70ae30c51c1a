"""A provider from a package of its own: installed, let in, left out, and one that fails."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from aircherd.config.load import user_settings
from aircherd.core.chat import ChatRequest, Message, Transcript
from aircherd.core.clock import SystemClock
from aircherd.core.errors import InvalidConfig
from aircherd.furnishing import furnish
from aircherd.providers import registry, strangers
from fakes.scripted import Exchange, far_side

PACKAGE = Path(__file__).parents[1] / "fakes" / "stranger"


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the package in it, as pip puts it there."""
    target = tmp_path_factory.mktemp("site")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input", "install"]
    where = ["--no-index", "--no-deps", "--no-build-isolation", "--target", str(target)]
    subprocess.run([*pip, "-q", *where, str(PACKAGE)], check=True, capture_output=True, timeout=90)
    return target


@pytest.fixture
def present(installed: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The package where this process finds it, and nothing of it left afterwards."""
    monkeypatch.syspath_prepend(str(installed))
    families, added = dict(registry._families), dict(registry._added)
    strangers._all_let_in.cache_clear()
    yield
    for known, before in ((registry._families, families), (registry._added, added)):
        known.clear()
        known.update(before)  # type: ignore[arg-type]
    strangers._all_let_in.cache_clear()
    for name in [name for name in sys.modules if name.startswith("aircher_parrot")]:
        del sys.modules[name]


def settings_of(folder: Path, text: str):  # type: ignore[no-untyped-def]
    path = folder / "config.toml"
    path.write_text("providers.ollama.enabled = false\n" + text, "utf-8")
    return user_settings(path)[0]


@pytest.mark.slow
@pytest.mark.usefixtures("present")
async def test_a_stranger_s_provider_answers(tmp_path: Path) -> None:
    async def answer(exchange: Exchange) -> None:
        await exchange.start(kind="application/json")
        await exchange.send(b'{"said": "hello, hello"}')

    async with far_side(answer) as far:
        base = far.base.removesuffix("/v1")
        settings = settings_of(tmp_path, f'[providers.parrot]\nbase_url = "{base}"\n')
        made = furnish(settings, {}, {}, SystemClock(), lambda _: None)
        transcript = Transcript()
        request = ChatRequest(model="grey", messages=(Message.of("user", "hello"),), max_output=9)
        deadline = SystemClock().monotonic() + 10
        async for event in made.providers["parrot"].stream(request, deadline=deadline):
            transcript.add(event)
        for provider in made.providers.values():
            await provider.aclose()
    assert "".join(transcript.text) == "hello, hello"
    assert far.seen[0].head.startswith(b"POST /say ")
    assert {(Path(p.file).name, p.message.partition(":")[0]) for p in made.problems} == {
        ("mute", "aircher-parrot 0.1"),
        ("cuckoo", "aircher-parrot 0.1"),
    }
    names = {host.name for host in made.hosts}
    assert "nest" not in names, "what a failing stranger brought first stays out as well"
    assert next(h for h in made.hosts if h.name == "openai").base_url == "https://api.openai.com/v1"


@pytest.mark.slow
@pytest.mark.usefixtures("present")
def test_a_switch_leaves_strangers_out(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, "providers.plugins = false\n")
    assert strangers.let_in(settings.plugins) == ()
    assert "aircher_parrot" not in sys.modules
    assert "parrot" not in {host.name for host in registry.hosts(settings, {})}
    strangers.let_in(True)
    assert "parrot" not in {host.name for host in registry.hosts(settings, {})}
    assert "parrot" in {host.name for host in registry.hosts(settings_of(tmp_path, ""), {})}


@pytest.mark.slow
def test_the_doctor_names_the_one_that_fails_and_goes_on(installed: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "aircherd", "doctor"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "PYTHONPATH": str(installed)},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (line,) = [line for line in done.stdout.splitlines() if " mute " in line]
    assert line.startswith("!!")
    assert "SystemExit" in line
    assert any(" parrot " in line for line in done.stdout.splitlines())


def test_a_name_or_a_key_that_is_taken_is_not_given_away() -> None:
    before = registry.rows()
    for family, hosts in (
        ("ollama", {}),
        ("new", {"openai": {"base_url": "http://x"}}),
        ("new", {"mine": {"base_url": "http://x", "key_variables": ["OPENAI_API_KEY"]}}),
    ):
        with pytest.raises(InvalidConfig):
            registry.register(family, registry.Ollama, hosts)
    assert registry.rows() == before
    with pytest.raises(InvalidConfig, match="'new' is not known"):
        registry.connect(
            registry.Host(name="a", family="new", base_url="http://x"),
            user_settings(Path("/nowhere"))[0],
            SystemClock(),
        )


async def test_a_family_nobody_knows_costs_one_provider_and_not_the_rest(tmp_path: Path) -> None:
    text = '[providers.odd]\nbase_url = "http://127.0.0.1:9"\nfamily = "no_such"\n'
    made = furnish(settings_of(tmp_path, text), {"OPENAI_API_KEY": "k" * 9}, {}, SystemClock(), len)
    assert "odd" not in made.providers
    assert "openai" in made.providers
    assert ["no_such" in problem.message for problem in made.problems] == [True]
    await asyncio.gather(*(provider.aclose() for provider in made.providers.values()))


def test_without_one_the_library_that_finds_them_is_not_loaded() -> None:
    code = (
        "import sys\nfrom aircherd.providers import strangers\n"
        "assert strangers.let_in(True) == ()\nprint('importlib.metadata' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=30, check=True)
    assert done.stdout.strip() == b"False"


@pytest.mark.usefixtures("present")
def test_one_in_any_folder_of_modules_is_seen() -> None:
    assert strangers._any()


def test_an_archive_of_modules_is_left_to_the_library(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Other tests' libraries may have left finders of their own, which say that they cannot tell.
    own = [finder for finder in sys.meta_path if "_frozen" in getattr(finder, "__module__", "")]
    monkeypatch.setattr(sys, "meta_path", own)
    assert not strangers._any()
    (tmp_path / "modules.zip").write_bytes(b"PK")
    monkeypatch.syspath_prepend(str(tmp_path / "modules.zip"))
    assert strangers._any()
