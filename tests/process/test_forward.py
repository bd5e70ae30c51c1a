"""`aircherd connect` as an editor meets it: every byte, every end."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from aircherd import runtime

from .parts import PROGRAMS, Connect, Standin, alive, until
from .test_ending import EXIT, SHUTDOWN, frame

Start = Callable[..., Connect]
INITIALIZE = frame({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {}})


def test_it_starts_a_daemon_and_passes_bytes_both_ways(connect: Start, standin: Standin) -> None:
    one = connect()
    one.say(b"hello")
    assert one.hear(5) == b"hello"
    two = connect()
    two.say(b"\x00\xff\r\n")
    assert two.hear(4) == b"\x00\xff\r\n"
    standin.begun()


def round_trip(forwarder: Connect, megabytes: int) -> None:
    block = os.urandom(1 << 20)
    sent = hashlib.sha256()

    def speak() -> None:
        for number in range(megabytes):
            piece = block[number:] + block[:number]
            sent.update(piece)
            forwarder.say(piece)
        forwarder.finish()

    speaker = threading.Thread(target=speak)
    speaker.start()
    heard = hashlib.sha256()
    count = 0
    assert forwarder.process.stdout is not None
    while piece := forwarder.process.stdout.read(1 << 16):
        heard.update(piece)
        count += len(piece)
    speaker.join()
    assert count == megabytes << 20
    assert heard.digest() == sent.digest()


def test_four_megabytes_come_back_unchanged(connect: Start) -> None:
    round_trip(connect(), 4)


@pytest.mark.slow
def test_fifty_megabytes_come_back_unchanged(connect: Start) -> None:
    round_trip(connect(), 50)


def test_sockets_as_stdio_as_node_gives_them(connect: Start) -> None:
    ours_in, theirs_in = socket.socketpair()
    ours_out, theirs_out = socket.socketpair()
    with ours_in, ours_out:
        with theirs_in, theirs_out:
            forwarder = connect(stdin=theirs_in, stdout=theirs_out)
        data = os.urandom(3 << 20)
        speaker = threading.Thread(target=ours_in.sendall, args=(data,))
        speaker.start()
        heard = b""
        while len(heard) < len(data):
            heard += ours_out.recv(1 << 20)
        speaker.join()
        assert heard == data
        ours_in.shutdown(socket.SHUT_WR)
        assert forwarder.ended() == (1, "")


def test_an_answer_given_after_the_end_of_input_still_arrives(connect: Start) -> None:
    forwarder = connect("late")
    forwarder.say(INITIALIZE)
    forwarder.finish()
    assert forwarder.hear(1 << 20) == INITIALIZE
    assert forwarder.ended() == (1, "")


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ((), 1),
        ((INITIALIZE,), 1),
        ((INITIALIZE, EXIT), 1),
        ((INITIALIZE, SHUTDOWN), 0),
        ((INITIALIZE, SHUTDOWN, EXIT), 0),
    ],
)
def test_exit_code_is_what_lsp_wants(connect: Start, words: tuple[bytes, ...], code: int) -> None:
    forwarder = connect()
    forwarder.say(b"".join(words))
    forwarder.finish()
    assert forwarder.ended() == (code, "")


@pytest.mark.slow
def test_exit_ends_it_though_the_daemon_stays_and_input_is_open(connect: Start) -> None:
    forwarder = connect("mute")
    forwarder.say(SHUTDOWN + EXIT)
    assert forwarder.ended() == (0, "")


def test_a_killed_daemon_ends_it_with_a_line(connect: Start, standin: Standin) -> None:
    forwarder = connect()
    forwarder.say(b"hello")
    assert forwarder.hear(5) == b"hello"
    standin.end(signal.SIGKILL)
    code, said = forwarder.ended()
    assert code == 1
    assert said.startswith("aircherd has left; /")
    assert "/startup.log or `aircherd logs` may say why. " in said
    assert said.endswith("Start the language server again in the editor.\n")


def test_a_daemon_that_leaves_unheard_is_replaced_unnoticed(connect: Start) -> None:
    forwarder = connect("rude")
    forwarder.say(INITIALIZE)
    assert forwarder.hear(len(INITIALIZE)) == INITIALIZE
    forwarder.say(b"and on")
    assert forwarder.hear(6) == b"and on"
    forwarder.finish()
    assert forwarder.ended() == (1, "")


def test_a_daemon_killed_before_it_answered_is_replaced(connect: Start, standin: Standin) -> None:
    forwarder = connect("mute")
    forwarder.say(INITIALIZE)
    os.kill(standin.begun(), signal.SIGKILL)
    until(lambda: len(standin.noted("begin")) == 2, "a second daemon")
    assert forwarder.process.poll() is None


EDITOR = """
import subprocess, sys, time
child = subprocess.Popen(sys.argv[1:], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
child.stdin.write(b"hello"); child.stdin.flush()
assert child.stdout.read(5) == b"hello"
print(child.pid, flush=True)
time.sleep(60)
"""


def test_a_killed_editor_takes_its_forwarder_along(standin: Standin) -> None:
    argv = [sys.executable, str(PROGRAMS / "connect.py"), *standin.argv()]
    with subprocess.Popen([sys.executable, "-c", EDITOR, *argv], stdout=subprocess.PIPE) as editor:
        assert editor.stdout is not None
        pid = int(editor.stdout.readline())
        assert alive(pid)
        editor.kill()
        editor.wait()
        until(lambda: not alive(pid), "the forwarder's end", patience=5)
    assert alive(standin.begun())


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux says what a process may leave")
def test_it_leaves_no_core_with_the_editors_documents(connect: Start) -> None:
    """It keeps texts that were never saved, to tell another daemon of them."""
    one = connect()
    one.say(b"hello")
    assert one.hear(5) == b"hello"
    limits = Path(f"/proc/{one.process.pid}/limits").read_text(encoding="utf-8")
    (core,) = [line.split() for line in limits.splitlines() if line.startswith("Max core file")]
    assert core[4:6] == ["0", "0"]


def test_a_gone_reader_ends_it_though_input_stays_open(connect: Start) -> None:
    """An editor's other child may still hold the writing end of our stdin."""
    forwarder = connect()
    forwarder.say(b"hello")
    assert forwarder.hear(5) == b"hello"
    assert forwarder.process.stdout is not None
    forwarder.process.stdout.close()
    assert forwarder.ended() == (1, "")


def test_a_gone_reader_ends_it_while_the_daemon_talks(connect: Start) -> None:
    forwarder = connect("flood")
    assert len(forwarder.hear(1000)) == 1000
    assert forwarder.process.stdout is not None
    forwarder.process.stdout.close()
    assert forwarder.ended() == (1, "")


def peak(pid: int) -> int:
    """Peak resident memory in bytes."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    (line,) = [line for line in status.splitlines() if line.startswith("VmHWM")]
    return int(line.split()[1]) * 1024


def test_an_editor_that_does_not_read_costs_no_memory(connect: Start) -> None:
    forwarder = connect("flood")
    forwarder.hear(1)
    before = peak(forwarder.process.pid)
    forwarder.hear(8 << 20)
    assert peak(forwarder.process.pid) - before < 2 << 20


@pytest.mark.slow
def test_an_editor_that_says_and_reads_no_more_is_left(connect: Start) -> None:
    """It lives and has closed its end; nothing it is told will ever be read."""
    forwarder = connect("flood")
    forwarder.hear(1)
    forwarder.finish()
    assert forwarder.ended() == (1, "")


def test_an_editor_that_goes_while_a_daemon_is_looked_for(connect: Start, standin: Standin) -> None:
    forwarder = connect("rpc")
    forwarder.say(INITIALIZE)
    assert forwarder.hear(16) == b"Content-Length: "
    lock = runtime.open_lock(runtime.lock_path())
    try:
        standin.end(signal.SIGKILL)
        fcntl.flock(lock, fcntl.LOCK_EX)  # nobody else can be the daemon
        until(lambda: standin.noted("lost"), "one that was started in vain")
        forwarder.finish()
        code, said = forwarder.ended()
    finally:
        os.close(lock)
    assert (code, said) == (1, "The editor left before aircherd answered; start it again.\n")


def ticks(pid: int) -> int:
    """Processor time used so far, in clock ticks."""
    words = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return int(words[11]) + int(words[12])


@pytest.mark.parametrize("mode", ["flood", "mute"])
def test_waiting_for_a_slow_side_uses_no_processor(connect: Start, mode: str) -> None:
    """Input at its end, or output full: neither may be polled over and over."""
    forwarder = connect(mode)
    if mode == "mute":
        forwarder.finish()
    else:
        forwarder.hear(1)
    threading.Event().wait(0.3)
    before = ticks(forwarder.process.pid)
    threading.Event().wait(0.5)
    assert ticks(forwarder.process.pid) - before <= 5  # a spin would use fifty


def test_terminating_it_is_quiet(connect: Start) -> None:
    forwarder = connect()
    forwarder.say(b"hello")
    forwarder.hear(5)
    forwarder.process.terminate()
    assert forwarder.ended() == (-signal.SIGTERM, "")


def targets(folder: Path) -> str:
    """What the descriptors of a running process lead to; one may close while it is looked at."""
    found = []
    for descriptor in folder.iterdir():
        with contextlib.suppress(FileNotFoundError):
            found.append(str(descriptor.readlink()))
    return " ".join(found)


def test_closed_standard_descriptors_are_not_taken_for_the_socket(standin: Standin) -> None:
    command = 'exec "$@" <&- >&- 2>&-'
    argv = [sys.executable, str(PROGRAMS / "connect.py"), *standin.argv("mute")]
    with subprocess.Popen(["/bin/sh", "-c", command, "sh", *argv]) as process:
        standin.begun()
        folder = Path(f"/proc/{process.pid}/fd")
        until(lambda: "socket" in targets(folder), "a socket")
        assert [str((folder / name).readlink()) for name in "012"] == [os.devnull] * 3
        process.kill()


def test_the_daemon_is_nobodys_child_and_holds_nothing_of_the_editors(
    connect: Start, standin: Standin, tmp_path: Path
) -> None:
    environment = {**os.environ, "GIT_DIR": "/x", "PYTHONWARNINGS": "error", "OPENAI_API_KEY": "k"}
    leaked, other = os.pipe()
    os.set_inheritable(other, True)
    try:
        forwarder = connect(env=environment, cwd=tmp_path, close_fds=False)
        forwarder.say(b"hello")
        forwarder.hear(5)
    finally:
        os.close(leaked)
        os.close(other)
    process = Path(f"/proc/{standin.begun()}")
    stat = (process / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    parent, session = int(stat[1]), int(stat[3])
    assert parent not in (forwarder.process.pid, os.getpid())
    assert session not in (os.getsid(0), forwarder.process.pid)
    assert (process / "cwd").readlink() == Path("/")
    files = {int(fd.name): str(fd.readlink()) for fd in (process / "fd").iterdir()}
    assert files[0] == os.devnull
    assert files[1] == files[2] == runtime.startup_log_path()
    assert not [name for name in files.values() if name.startswith("pipe:")]
    seen = (process / "environ").read_bytes().split(b"\0")
    assert b"OPENAI_API_KEY=k" in seen
    assert not [entry for entry in seen if entry.startswith((b"GIT_", b"PYTHON", b"PWD"))]
    children = subprocess.run(
        ["ps", "--ppid", str(forwarder.process.pid), "-o", "pid="],
        capture_output=True,
        check=False,
    )
    assert children.stdout == b""


def test_a_daemon_that_crashes_is_one_line(connect: Start, standin: Standin) -> None:
    code, said = connect("crash").ended()
    assert code == 1
    log = runtime.startup_log_path()
    assert said == f"aircherd left at once with code 9. {log} says why; `aircherd doctor` helps.\n"
    assert len(standin.noted("crash")) == 2


def test_a_program_that_is_not_there_is_one_line_and_in_the_log(standin: Standin) -> None:
    forwarder = Connect(("/nonexistent/python", "serve"))
    code, said = forwarder.ended()
    forwarder.close()
    assert (code, said.count("\n")) == (1, 1)
    log = Path(runtime.startup_log_path()).read_text(encoding="utf-8")
    assert "/nonexistent/python" in log


@pytest.mark.parametrize("name", ["start.lock", "startup.log"])
@pytest.mark.parametrize("what", ["link", "directory", "fifo"])
def test_what_is_planted_in_the_state_directory_is_refused(
    connect: Start, name: str, what: str, tmp_path: Path
) -> None:
    path = Path(runtime.state_dir(), name)
    if what == "link":
        path.symlink_to(tmp_path / "target")
    elif what == "directory":
        path.mkdir()
    else:
        os.mkfifo(path)
    code, said = connect().ended()
    assert (code, said.count("\n")) == (1, 1)
    assert str(path) in said
    assert not (tmp_path / "target").exists()


def test_a_runtime_directory_open_to_others_is_one_line(connect: Start) -> None:
    Path(runtime.runtime_dir()).chmod(0o755)
    code, said = connect().ended()
    assert (code, said.count("\n")) == (1, 1)
    assert "open to others" in said


def test_arguments_of_vscodes_client_are_tolerated_others_are_not(standin: Standin) -> None:
    program = "import sys; from aircherd.forward import main; sys.exit(main(sys.argv[1:]))"
    done = subprocess.run(
        [sys.executable, "-c", program, "--stdio", "--clientProcessId=1", "--socket=3"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr == "aircherd connect takes no argument '--socket=3'. Leave it out.\n"
