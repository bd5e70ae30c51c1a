"""What each command loads, since what it loads is what one waits for.

Compared as sets of modules in a fresh interpreter, which a busy machine cannot change; how many
milliseconds that makes is measured by `make bench`.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = {
    *("pygls", "lsprotocol", "httptools", "git", "watchfiles", "sqlite_utils", "tomlkit", "rich"),
    *("cattrs", "attr", "attrs", "platformdirs", "pydantic", "genai_prices"),
    *("asyncio", "sqlite3", "ssl", "subprocess", "http", "email"),
}

REPORT = """
import sys
before = set(sys.modules)
{code}
modules = sorted(set(sys.modules) - before)
import json
print(json.dumps(modules), file=sys.stderr)
"""


def loaded(code: str) -> set[str]:
    """Modules that `code` loads beyond those of a bare interpreter."""
    done = subprocess.run(
        [sys.executable, "-c", REPORT.format(code=code)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    return set(json.loads(done.stderr.splitlines()[-1]))


def command(module: str, *arguments: str) -> str:
    """Code that runs a command line and goes on whatever its exit code."""
    return (
        f"sys.argv = {['x', *arguments]!r}\n"
        f"from {module}.__main__ import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
    )


def heavy(modules: set[str]) -> set[str]:
    return {name.partition(".")[0] for name in modules} & HEAVY


def test_connect_loads_next_to_nothing() -> None:
    """With a daemon running, as it is for every editor but the first."""
    listen = (
        "from aircherd import singleton\n"
        "lease = singleton.acquire()\n"
        "print(flush=True)\n"
        "client = lease.socket.accept()[0]\n"
        "client.recv(1)\n"
        "client.close()\n"
        "lease.release()\n"
    )
    with subprocess.Popen([sys.executable, "-c", listen], stdout=subprocess.PIPE) as daemon:
        assert daemon.stdout is not None
        daemon.stdout.readline()
        modules = loaded(command("aircherd", "connect"))
    assert {name for name in modules if name.startswith("aircher")} == {
        "aircherd",
        "aircherd.__main__",
        "aircherd.asked",
        "aircherd.autostart",
        "aircherd.ending",
        "aircherd.forward",
        "aircherd.frames",
        "aircherd.pipes",
        "aircherd.resume",
        "aircherd.runtime",
    }
    others = {name for name in modules if not name.startswith("aircher")}
    assert others <= {"__future__", "_socket", "binascii", "errno", "resource", "select"}


def test_the_daemon_loads_little_before_it_answers_initialize() -> None:
    """What else it needs is loaded after that (`aircherd.start`)."""
    modules = loaded("from aircherd import start; import asyncio; import aircherd.server.listener")
    rooms = {name.split(".")[1] for name in modules if name.startswith("aircherd.")}
    assert rooms == {
        *("commits", "core", "hardening", "landing", "outbound", "roots", "runtime", "server"),
        *("singleton", "start", "trust", "version"),
    }
    few = {name for name in modules if name.startswith(("aircherd.commits.", "aircherd.outbound."))}
    assert few == {"aircherd.commits.inert", "aircherd.outbound.letting"}
    assert not {name for name in modules if name.startswith("aircherd.server.handlers")}
    assert heavy(modules) <= {"asyncio", "ssl", "subprocess", "attr", "attrs"}
    assert len(modules) < 260


SELDOM = {
    *("argparse", "csv", "email", "gettext", "zipfile"),
    *("importlib.metadata", "importlib.resources", "httpx", "httptools", "sqlite_utils", "tomlkit"),
    *("pygls", "lsprotocol", "pathspec", "rich", "git", "watchfiles", "genai_prices", "uvloop"),
}
"""What the daemon needs for some requests, or for none, and would hold all day."""

AT_REST = """
import os, signal, threading, time
from aircherd import runtime
from aircherd.__main__ import main
from aircherd.server.sessions import Sessions

opened = Sessions.open
def leave(self, *rest):
    opened(self, *rest)
    threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGTERM)).start()
Sessions.open = leave
sys.argv = ["aircherd", "serve"]
assert main() == 0
"""


@pytest.mark.slow
def test_a_daemon_nobody_asks_holds_little_that_is_seldom_needed() -> None:
    modules = loaded(AT_REST)
    assert "aircherd.server.handlers.ask" in modules  # it was furnished
    assert not modules & SELDOM


def test_sources_of_generated_code_are_not_kept() -> None:
    """They take half a megabyte, for the day one of these functions stands in a traceback."""
    code = (
        "import linecache\nfrom aircherd import start\n"
        "import asyncio\nfrom aircherd.server.sessions import Sessions\n"
        "asyncio.run(start._furnished(Sessions(), None))\n"
        "for name in linecache.cache: sys.modules['cached ' + name] = None\n"
    )
    assert not {name for name in loaded(code) if name.startswith("cached ")}


def test_the_socket_stands_before_the_daemon_loads_anything_large() -> None:
    assert not heavy(loaded("from aircherd import start"))


def test_losing_the_race_to_be_the_daemon_loads_little() -> None:
    assert not heavy(loaded("from aircherd import singleton; singleton.acquire().release()"))


@pytest.mark.parametrize("arguments", [("--version",), ("status",), ("stop",), ("logs",)])
def test_small_commands_load_little(arguments: tuple[str, ...]) -> None:
    assert not heavy(loaded(command("aircherd", *arguments)))


@pytest.mark.skipif(
    not (Path(__file__).parents[1] / "editors/terminal/aircher/__main__.py").exists(),
    reason="the shim has no command yet",
)
def test_the_shims_version_loads_little() -> None:
    rooms = {
        "pygls",
        "lsprotocol",
        "httptools",
        "git",
        "watchfiles",
        "sqlite_utils",
        "tomlkit",
        "rich",
    }
    assert not heavy(loaded(command("aircher", "--version"))) & rooms


def test_the_log_does_not_need_the_server() -> None:
    assert not heavy(loaded("import aircherd.server.log"))


def test_the_client_needs_only_its_two_libraries() -> None:
    pytest.importorskip("aircher_protocol.client")
    found = heavy(loaded("import aircher_protocol.client"))
    assert found <= {"attr", "attrs", "cattrs", "asyncio", "ssl", "subprocess"}
