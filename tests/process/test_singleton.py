"""Exactly one daemon, whatever stands in its way."""

from __future__ import annotations

import os
import signal
import socket
import stat
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from aircherd import autostart, runtime, singleton
from aircherd.runtime import Refused
from aircherd.version import __version__
from figures import Figure

from .parts import PROGRAMS, Standin, until


@pytest.fixture
def lease() -> singleton.Lease:
    taken = singleton.acquire()
    assert taken is not None
    yield taken
    taken.release()


def standing() -> list[str]:
    """What is in the runtime directory."""
    return [str(path) for path in Path(runtime.runtime_dir()).iterdir()]


def answers() -> bool:
    connection = autostart.dial()
    if connection is not None:
        connection.close()
    return connection is not None


def test_the_socket_is_for_us_alone_and_answers(lease: singleton.Lease) -> None:
    found = Path(lease.path).lstat()
    assert stat.S_ISSOCK(found.st_mode)
    assert stat.S_IMODE(found.st_mode) == 0o600
    assert lease.still_ours()
    assert answers()
    assert standing() == [lease.path]
    assert not os.get_inheritable(lease.socket.fileno())


def test_the_umask_is_as_it_was(lease: singleton.Lease) -> None:
    before = os.umask(0o022)
    os.umask(before)
    assert before != 0o177


def test_a_second_one_is_told_so(lease: singleton.Lease) -> None:
    assert singleton.acquire() is None
    assert lease.still_ours()


def test_the_lock_says_who_holds_it(lease: singleton.Lease) -> None:
    assert runtime.holder() == {
        "pid": str(os.getpid()),
        "socket": lease.path,
        "protocol": str(runtime.PROTOCOL_VERSION),
        "version": __version__,
    }
    assert stat.S_IMODE(Path(runtime.lock_path()).stat().st_mode) == 0o600


def test_release_leaves_nothing_and_may_be_said_twice(lease: singleton.Lease) -> None:
    lease.release()
    lease.release()
    assert not lease.still_ours()
    assert standing() == []
    again = singleton.acquire()
    assert again is not None
    again.release()


def test_a_chmod_does_not_make_it_leave(lease: singleton.Lease) -> None:
    Path(lease.path).chmod(0o777)
    assert lease.still_ours()


def test_a_removed_socket_is_noticed(lease: singleton.Lease) -> None:
    Path(lease.path).unlink()
    assert not lease.still_ours()


def test_a_replaced_socket_is_noticed_and_left_alone(lease: singleton.Lease) -> None:
    for _ in range(20):  # file systems reuse inode numbers, often at once
        Path(lease.path).unlink()
        with socket.socket(socket.AF_UNIX) as foreign:
            foreign.bind(lease.path)
        assert not lease.still_ours()
    lease.release()
    assert Path(lease.path).is_socket()


def test_a_socket_that_inherited_the_inode_number_is_another(
    lease: singleton.Lease, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ext4 gives it out again at once; tmpfs does not, so here it is made up."""
    old = Path(lease.path).lstat()
    Path(lease.path).unlink()
    with socket.socket(socket.AF_UNIX) as foreign:
        foreign.bind(lease.path)
        really = os.lstat

        def lstat(path: str) -> os.stat_result | SimpleNamespace:
            found = really(path)
            if path != lease.path:
                return found
            return SimpleNamespace(
                st_mode=found.st_mode,
                st_dev=old.st_dev,
                st_ino=old.st_ino,
                st_mtime_ns=found.st_mtime_ns,
            )

        monkeypatch.setattr(os, "lstat", lstat)
        assert not lease.still_ours()
        monkeypatch.undo()


def test_a_removed_lock_is_noticed_and_nothing_is_stolen_meanwhile(lease: singleton.Lease) -> None:
    Path(runtime.lock_path()).unlink()
    assert not lease.still_ours()
    # A newcomer could take the new lock file, yet a living daemon still answers.
    assert singleton.acquire() is None
    assert answers()


def test_a_lock_file_replaced_while_it_is_taken_is_taken_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = Path(runtime.lock_path())
    really = singleton.fcntl.flock
    calls = []

    def flock(fd: int, how: int) -> None:
        if not calls:
            path.unlink()
        calls.append(fd)
        really(fd, how)

    monkeypatch.setattr(singleton.fcntl, "flock", flock)
    taken = singleton.acquire()
    assert taken is not None
    assert len(calls) == 2
    assert taken.still_ours()
    taken.release()


@pytest.mark.parametrize("what", ["stale socket", "file", "link", "link to a socket", "fifo"])
def test_what_is_dead_at_the_sockets_path_is_replaced(what: str, tmp_path: Path) -> None:
    path = Path(runtime.socket_path())
    foreign = socket.socket(socket.AF_UNIX)
    target = Path(os.environ["XDG_RUNTIME_DIR"], "target")
    with foreign:
        if what == "stale socket":
            with socket.socket(socket.AF_UNIX) as stale:
                stale.bind(str(path))
                stale.listen()
        elif what == "file":
            path.write_text("x", encoding="utf-8")
        elif what == "link":
            target.write_text("precious", encoding="utf-8")
            path.symlink_to(target)
        elif what == "link to a socket":
            foreign.bind(str(target))
            foreign.listen()
            path.symlink_to(target)
        else:
            os.mkfifo(path)
        assert not answers()
        taken = singleton.acquire()
        assert taken is not None
        assert answers()
        taken.release()
    if what == "link":
        assert target.read_text(encoding="utf-8") == "precious"


def test_a_directory_at_the_sockets_path_is_refused_and_the_lock_given_back() -> None:
    path = Path(runtime.socket_path())
    path.mkdir()
    for _ in range(2):
        with pytest.raises(Refused, match=r"Remove whatever stands there"):
            singleton.acquire()
    assert standing() == [str(path)]


def test_stale_words_in_the_lock_mislead_nobody() -> None:
    Path(runtime.lock_path()).write_text(
        "pid=1\nsocket=/nonexistent/aircherd-v1-0.sock\n" + "x" * 5000, encoding="utf-8"
    )
    assert not answers()
    taken = singleton.acquire()
    assert taken is not None
    assert runtime.holder()["pid"] == str(os.getpid())
    taken.release()


def test_another_installations_daemon_is_found_through_the_lock(
    lease: singleton.Lease, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = lease.path.replace(".sock", "0.sock")
    monkeypatch.setattr(runtime, "socket_path", lambda: elsewhere)
    assert answers()
    assert singleton.acquire() is None


def test_a_socket_somebody_else_serves_is_refused(
    lease: singleton.Lease, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runtime, "peer", lambda _: (1, os.getuid() + 1))
    with pytest.raises(Refused, match="not by you"):
        autostart.dial()


def run(program: str, *arguments: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, str(PROGRAMS / program), *arguments],
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.stderr == ""
    return done.stdout.splitlines()


@pytest.mark.slow
def test_a_kill_at_any_line_of_starting_up_leaves_a_place_for_the_next(
    figure: Figure,
) -> None:
    (line,) = run("killed.py")
    assert line.startswith("lines ")
    assert line.endswith(" code 0")
    assert int(line.split()[1]) > 60
    figure(f"killed at each of {line.split()[1]} lines of starting up")


def race(standin: Standin, starters: int, mode: str = "pid") -> None:
    """Start many at once; every one must be served, by the one daemon that began."""
    before = len(standin.noted("begin"))
    served = run("starters.py", str(starters), *standin.argv(mode))
    begun = standin.noted("begin")[before:]
    assert (len(begun), served) == (1, [str(pid) for pid in begun] * starters)


def plant(what: str) -> None:
    path = Path(runtime.socket_path())
    lock = Path(runtime.lock_path())
    if what == "file":
        path.write_text("x", encoding="utf-8")
    elif what == "link":
        path.symlink_to("/nonexistent/air")
    elif what == "fifo":
        os.mkfifo(path)
    elif what == "no lock":
        lock.unlink(missing_ok=True)
    elif what == "reused pid":
        lock.write_text(f"pid={os.getpid()}\nsocket={path}\n", encoding="utf-8")


def test_starters_at_once_make_one_daemon(standin: Standin) -> None:
    race(standin, 10)
    standin.end(signal.SIGKILL)
    race(standin, 10)


def test_the_loser_of_a_race_says_so_quietly(standin: Standin, lease: singleton.Lease) -> None:
    done = subprocess.run(standin.argv(), capture_output=True, timeout=20, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (runtime.HELD, b"", b"")


@pytest.mark.slow
def test_fifty_starters_twenty_rounds(standin: Standin, figure: Figure) -> None:
    """With what earlier daemons leave, killed or not, and with what may be planted."""
    planted = ["nothing", "file", "link", "fifo", "no lock", "reused pid"]
    for number in range(20):
        race(standin, 50, "slow" if number == 7 else "pid")
        ends = (signal.SIGKILL, signal.SIGTERM)
        standin.end(ends[number % 2])
        if number % 2:
            plant(planted[(number // 2) % len(planted)])
    figure("20 rounds of 50 starters, 1 daemon each")


def test_a_daemon_that_lost_its_socket_leaves_and_the_next_is_found(standin: Standin) -> None:
    race(standin, 1)
    first = standin.begun()
    Path(runtime.socket_path()).unlink()
    until(lambda: first in standin.noted("end"), "the first daemon's end")
    race(standin, 1)


def test_starters_wait_for_one_that_is_just_leaving(
    standin: Standin, lease: singleton.Lease
) -> None:
    """It still holds the lock while it finishes what it has in hand."""
    Path(lease.path).unlink()
    process = subprocess.Popen(
        [sys.executable, str(PROGRAMS / "starters.py"), "3", *standin.argv("pid")],
        stdout=subprocess.PIPE,
    )
    with process:
        until(lambda: len(standin.noted("lost")) > 2, "daemons that find the lock held")
        lease.release()
        assert process.stdout is not None
        served = process.stdout.read().split()
    assert served == [str(standin.begun()).encode()] * 3
