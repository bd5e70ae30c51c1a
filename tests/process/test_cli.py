"""The commands, as a shell sees them."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from aircherd import cli, runtime
from aircherd.version import __version__

from .parts import Standin, alive, until


def aircherd(*arguments: str, stdin: str = "") -> tuple[int, str, str]:
    done = subprocess.run(
        [sys.executable, "-m", "aircherd", *arguments],
        input=stdin,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


def test_its_version() -> None:
    assert aircherd("--version") == (0, f"aircherd {__version__}\n", "")


def test_help_names_every_command() -> None:
    code, said, _ = aircherd("--help")
    assert code == 0
    for name in [
        "connect",
        "serve",
        "stop",
        "restart",
        "status",
        "call",
        "logs",
        "config",
        "doctor",
    ]:
        assert f"\n  {name}" in said or f"\n    {name}" in said
    assert aircherd("connect", "--help")[0] == 0


def test_no_command_is_an_error_with_the_usage() -> None:
    code, _, said = aircherd()
    assert code == 2
    assert "usage: aircherd" in said


def test_without_a_daemon_status_says_so_and_starts_none() -> None:
    assert aircherd("status") == (3, "aircherd is not running.\n", "")
    assert aircherd("status", "--json") == (3, "null\n", "")
    assert list(Path(runtime.runtime_dir()).iterdir()) == []
    assert not Path(runtime.startup_log_path()).exists()


def test_without_a_daemon_stop_has_nothing_to_do() -> None:
    assert aircherd("stop") == (0, "aircherd was not running.\n", "")


@pytest.fixture
def running(standin: Standin) -> int:
    with subprocess.Popen(standin.argv()) as process:
        until(lambda: standin.noted("begin"), "a daemon")
        until(lambda: Path(runtime.socket_path()).exists(), "its socket")
        yield process.pid
        process.kill()


def test_stop_waits_until_it_has_left(running: int, standin: Standin) -> None:
    assert aircherd("stop") == (0, f"aircherd (pid {running}) has stopped.\n", "")
    assert standin.noted("end") == [running]
    assert not alive(running)


def test_stop_gives_up_on_one_that_does_not_leave(
    running: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(cli, "STOP_SECONDS", 0.1)
    os.kill(running, signal.SIGSTOP)
    # Until it is truly stopped, a SIGTERM would be taken before the SIGSTOP.
    for _ in range(200):
        if Path(f"/proc/{running}/stat").read_text("utf-8").rpartition(")")[2].split()[0] == "T":
            break
        time.sleep(0.01)
    assert cli.main(["stop"]) == 1
    assert f"`kill {running}`" in capsys.readouterr().err
    os.kill(running, signal.SIGCONT)


def test_stop_waits_for_one_that_is_just_being_started(standin: Standin) -> None:
    """Its starter holds the lock for that, and nobody listens yet."""
    lock = runtime.open_lock(runtime.start_lock_path())
    fcntl.flock(lock, fcntl.LOCK_EX)
    argv = [sys.executable, "-m", "aircherd", "stop"]
    with subprocess.Popen(argv, stdout=subprocess.PIPE) as stopping:
        with subprocess.Popen(standin.argv("slow")) as process:
            until(lambda: standin.noted("begin"), "a daemon")
            os.close(lock)
            assert process.wait(20) == 0
        assert stopping.stdout is not None
        said = stopping.stdout.read().decode()
    assert said == f"aircherd (pid {process.pid}) has stopped.\n"
    assert not Path(runtime.socket_path()).exists()


def test_stop_ends_one_that_has_not_opened_its_books_yet() -> None:
    """It listens before it answers. A socket left behind would have forwarders start another."""
    books = Path(runtime.ledger_path())
    with books.with_name(f"{books.name}.gate").open("wb") as gate:
        fcntl.flock(gate, fcntl.LOCK_EX)
        argv = [sys.executable, "-m", "aircherd", "serve"]
        with subprocess.Popen(argv, stderr=subprocess.PIPE) as process:
            until(lambda: Path(runtime.socket_path()).exists(), "its socket")
            assert aircherd("stop") == (0, f"aircherd (pid {process.pid}) has stopped.\n", "")
            assert process.wait(20) == 0
            assert process.stderr is not None
            assert process.stderr.read() == b""
    assert not Path(runtime.socket_path()).exists()


STOP_AND_TELL = """
import sys
from aircherd import stopping
from aircherd.__main__ import main
plain = stopping._held
def held(path):
    found = plain(path)
    if found:
        print("waits", file=sys.stderr, flush=True)
    return found
stopping._held = held
sys.argv = ["aircherd", "stop"]
sys.exit(main())
"""


def test_stop_waits_for_one_that_is_just_leaving() -> None:
    """It took its socket away and still writes its books."""
    lock = runtime.open_lock(runtime.lock_path())
    fcntl.flock(lock, fcntl.LOCK_EX)
    os.pwrite(lock, b"pid=4711\n", 0)
    argv = [sys.executable, "-c", STOP_AND_TELL]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as stopping:
        assert stopping.stdout is not None
        assert stopping.stderr is not None
        assert stopping.stderr.readline() == b"waits\n"
        assert stopping.poll() is None
        os.close(lock)
        assert stopping.stdout.read() == b"aircherd (pid 4711) has stopped.\n"


def test_stop_signals_nobody_when_the_daemon_changed_meanwhile(
    running: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    looks = []
    really = runtime.peer

    def peer(connection):
        looks.append(connection)
        end = really(connection)
        # Each dialling looks once and `stop` once more; the very last finds somebody else.
        return end if len(looks) < 4 else (1, end[1])

    monkeypatch.setattr(runtime, "peer", peer)
    assert cli.main(["stop"]) == 1
    assert "Another daemon has just taken over" in capsys.readouterr().err
    assert alive(running)


@pytest.mark.parametrize("text", ["{", "'x'", '{"a": }', "NaN nope", "\udcff"], ids=range(5))
def test_bad_json_is_one_clear_line_and_starts_nothing(text: str) -> None:
    code, out, said = aircherd("call", "aircher/status", text)
    assert (code, out) == (1, "")
    assert said.startswith("The parameters are not JSON: ")
    assert said.count("\n") == 1
    assert list(Path(runtime.runtime_dir()).iterdir()) == []


def test_parameters_must_be_an_object() -> None:
    for text in ("[]", "null", '"x"', "3"):
        code, _, said = aircherd("call", "aircher/status", text)
        assert (code, said) == (1, "The parameters must be a JSON object, such as '{}'.\n")
    code, _, said = aircherd("call", "aircher/status", "-", stdin="nope")
    assert code == 1
    assert said.startswith("The parameters are not JSON")


def test_logs_shows_the_end_of_the_log() -> None:
    code, out, said = aircherd("logs")
    assert (code, out) == (1, "")
    assert runtime.log_path() in said
    Path(runtime.log_path()).write_text("".join(f"line {n}\n" for n in range(90)), "utf-8")
    assert aircherd("logs", "-n", "2") == (0, "line 88\nline 89\n", "")
    assert aircherd("logs")[1].count("\n") == 50


def test_a_reader_that_stops_early_is_no_error() -> None:
    Path(runtime.log_path()).write_text("x" * 99 + "\n" + "y\n" * 200_000, "utf-8")
    command = f"{sys.executable} -m aircherd logs -n 300000 | head -n 1"
    done = subprocess.run(["/bin/sh", "-c", command], capture_output=True, text=True, check=False)
    assert done.stdout == "x" * 99 + "\n"
    assert done.stderr == ""


def test_a_refused_directory_is_one_line() -> None:
    Path(runtime.runtime_dir()).chmod(0o755)
    for name in ("status", "stop"):
        code, out, said = aircherd(name)
        assert (code, out) == (1, "")
        assert "open to others" in said
        assert said.count("\n") == 1


@pytest.fixture
def answering(standin: Standin) -> Standin:
    with subprocess.Popen(standin.argv("rpc")) as process:
        until(lambda: Path(runtime.socket_path()).exists(), "the socket")
        yield standin
        process.kill()


def test_call_prints_the_result_as_json(answering: Standin) -> None:
    code, out, said = aircherd("call", "aircher/echo", '{"a": [1, "ü"]}')
    assert (code, said) == (0, "")
    assert json.loads(out) == {"a": [1, "ü"]}
    assert "ü" in out
    assert aircherd("call", "aircher/echo", "-", stdin='{"b": null}')[1] == '{\n  "b": null\n}\n'
    assert aircherd("call", "aircher/echo")[1] == "{}\n"


def test_call_says_what_the_daemon_refused(answering: Standin) -> None:
    said = "There is no aircher/nothing. Try another.\n"
    assert aircherd("call", "aircher/nothing") == (1, "", said)


def test_call_shows_text_as_it_comes_apart_from_the_result(answering: Standin) -> None:
    _, out, said = aircherd("call", "aircher/echo", '{"deltaToken": 1}', "--stream")
    assert json.loads(out) == {"deltaToken": 1}
    assert said == "\n"  # a method that does not stream
    _, _, said = aircherd("call", "aircher/ask", '{"prompt": "x"}', "--stream")
    assert said.startswith("Hello\n")


def test_status_is_readable_and_also_plain_json(answering: Standin) -> None:
    code, out, said = aircherd("status")
    assert (code, said) == (0, "")
    assert out.splitlines() == [
        "aircherd 9.9 runs (pid 4) for 2 min.",
        "sessions 2, requests in flight 1",
        "ledger   ok",
        "Be kind.",
    ]
    assert json.loads(aircherd("status", "--json")[1])["ledger"] == "ok"


def test_restart_is_told_apart_from_the_old_one(standin: Standin) -> None:
    """With the stand-in for the daemon that is stopped, and for the one that is started."""
    program = (
        "import sys\nfrom aircherd import autostart, cli\n"
        f"autostart.reach.__defaults__ = ({standin.argv()!r}, 10.0, lambda: True)\n"
        "sys.exit(cli.main(['restart']))\n"
    )
    for count in (1, 2):
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
        begun = standin.noted("begin")
        assert len(begun) == count
        assert done.stdout == f"aircherd runs (pid {begun[-1]}).\n".encode()
    assert standin.noted("end") == begun[:1]
