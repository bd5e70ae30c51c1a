"""Where the socket, the lock and the books stand, and when such a place is refused."""

from __future__ import annotations

import errno
import os
import shutil
import socket
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

import aircher_protocol
from aircherd import runtime
from aircherd.runtime import Refused


@pytest.fixture
def short_root(monkeypatch: pytest.MonkeyPatch) -> Path:
    """A stand-in for /tmp."""
    with tempfile.TemporaryDirectory(prefix="air", dir="/tmp") as root:
        monkeypatch.setattr(runtime, "SHORT_ROOT", root)
        yield Path(root)


def test_the_protocol_version_is_the_protocols_own() -> None:
    assert runtime.PROTOCOL_VERSION == aircher_protocol.PROTOCOL_VERSION


def test_directories_are_made_for_us_alone() -> None:
    for path in (runtime.runtime_dir(), runtime.state_dir()):
        assert stat.S_IMODE(Path(path).stat().st_mode) == 0o700
    assert runtime.runtime_dir() == os.environ["XDG_RUNTIME_DIR"] + "/aircher"
    assert runtime.ledger_path() == os.environ["XDG_STATE_HOME"] + "/aircher/usage.sqlite3"


def test_the_socket_depends_on_the_books_it_guards(monkeypatch: pytest.MonkeyPatch) -> None:
    one = runtime.socket_path()
    assert one == runtime.socket_path()
    monkeypatch.setenv("XDG_STATE_HOME", os.environ["HOME"] + "/elsewhere")
    assert runtime.socket_path() != one


@pytest.mark.parametrize("value", ["", "relative/dir", "/nonexistent/air"])
def test_without_a_usable_runtime_directory_tmp_serves(
    value: str, short_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", value)
    assert runtime.runtime_dir() == f"{short_root}/aircher-{os.getuid()}"


def test_a_runtime_directory_open_to_others_is_not_used(short_root: Path) -> None:
    base = Path(os.environ["XDG_RUNTIME_DIR"])
    base.chmod(0o755)
    assert runtime.runtime_dir().startswith(str(short_root))
    assert stat.S_IMODE(base.stat().st_mode) == 0o755
    assert not (base / "aircher").exists()


def test_a_path_too_long_for_a_socket_gives_way(
    short_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deep = tmp_path / ("d" * 90)
    deep.mkdir(0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(deep))
    path = runtime.socket_path()
    assert path.startswith(str(short_root))
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(f"{path}.4194304")


def test_the_longest_directory_that_is_accepted_can_be_bound_in(
    short_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for length in range(40, 100):
        base = short_root / ("d" * (length - len(str(short_root)) - 1))
        base.mkdir(0o700, parents=True)
        monkeypatch.setenv("XDG_RUNTIME_DIR", str(base))
        if not runtime.runtime_dir().startswith(str(base)):
            assert length > 60
            break
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind(f"{runtime.socket_path()}.4194304")
    else:
        pytest.fail("no length was too long")


@pytest.mark.parametrize("mode", [0o777, 0o750, 0o701])
def test_our_own_directory_open_to_others_is_refused_not_repaired(mode: int) -> None:
    path = Path(runtime.runtime_dir())
    path.chmod(mode)
    with pytest.raises(Refused, match=r"open to others .* Remove it, or set XDG_RUNTIME_DIR"):
        runtime.runtime_dir()
    assert stat.S_IMODE(path.stat().st_mode) == mode


def test_a_link_in_place_of_the_directory_is_refused(tmp_path: Path) -> None:
    (tmp_path / "private").mkdir(0o700)
    Path(os.environ["XDG_RUNTIME_DIR"], "aircher").symlink_to(tmp_path / "private")
    with pytest.raises(Refused, match="is not a directory"):
        runtime.runtime_dir()


@pytest.mark.parametrize("place", [runtime.runtime_dir, runtime.state_dir])
def test_a_file_in_place_of_a_directory_is_refused(place) -> None:
    path = Path(place())
    path.rmdir()
    path.write_text("x", encoding="utf-8")
    with pytest.raises(Refused, match="is not a directory"):
        place()


@pytest.mark.parametrize("place", [runtime.runtime_dir, runtime.state_dir])
def test_somebody_elses_directory_is_refused(place, monkeypatch: pytest.MonkeyPatch) -> None:
    base = Path(os.environ["XDG_RUNTIME_DIR"])
    place()
    monkeypatch.setattr(os, "getuid", lambda: base.stat().st_uid + 1)
    monkeypatch.setattr(runtime, "_private", lambda _: True)
    with pytest.raises(Refused, match="belongs to uid"):
        place()


def test_a_dangling_link_as_state_directory_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    path = Path(runtime.state_dir())
    path.rmdir()
    path.symlink_to("/nonexistent/air")
    with pytest.raises(Refused, match="cannot be read"):
        runtime.state_dir()


def test_a_state_directory_may_be_a_link_of_the_users(tmp_path: Path) -> None:
    path = Path(runtime.state_dir())
    path.rmdir()
    (tmp_path / "large").mkdir()
    path.symlink_to(tmp_path / "large")
    assert runtime.state_dir() == str(path)


@pytest.mark.parametrize("what", ["link", "directory", "fifo", "socket"])
def test_only_a_plain_file_of_ours_is_a_lock(what: str, tmp_path: Path) -> None:
    path = Path(runtime.lock_path())
    if what == "link":
        (tmp_path / "target").write_text("precious", encoding="utf-8")
        path.symlink_to(tmp_path / "target")
    elif what == "directory":
        path.mkdir()
    elif what == "fifo":
        os.mkfifo(path)
    else:
        with socket.socket(socket.AF_UNIX) as listening:
            os.chdir(path.parent)
            listening.bind(path.name)
    with pytest.raises(Refused, match="Remove"):
        runtime.open_lock(str(path))
    assert runtime.holder() == {}


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (errno.ENOSPC, "is full; free some"),
        (errno.EDQUOT, "quota"),
        (errno.EROFS, "is read-only"),
        (errno.EACCES, "You may not write there"),
        (errno.EPERM, "You may not write there"),
    ],
)
def test_what_the_disk_refuses_is_not_said_to_stand_in_the_way(code: int, said: str) -> None:
    found = runtime.remedy(OSError(code, os.strerror(code)), "/some/where/daemon.lock")
    assert found is not None
    assert said in found
    assert "Remove" not in found


@pytest.mark.parametrize(
    ("options", "end", "said"),
    [
        ("nr_inodes=2", "true", ["No space left on device", "is full; free some"]),
        ("nr_inodes=9", "mount -o remount,ro {}", ["Read-only file system", "is read-only"]),
    ],
    ids=["full", "read-only"],
)
@pytest.mark.parametrize("what", ["lock", "directory"])
def test_a_daemon_that_cannot_have_its_lock_says_what_is_true(
    what: str, options: str, end: str, said: list[str], tmp_path: Path
) -> None:
    """On a real disk with no room for one file more, and on one that takes none."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = f"mount -t tmpfs -o {options} tmpfs {disk} && mkdir {disk}/aircher && "
    if what == "directory":
        mounted = mounted.replace("/aircher", "/other")
    words = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c"]
    if shutil.which("unshare") is None or (
        subprocess.run([*words, f"{mounted}true"], capture_output=True, check=False).returncode
    ):
        pytest.skip("no disk of our own can be had here")
    program = "from aircherd import singleton; singleton.acquire()"
    done = subprocess.run(
        [*words, f'{mounted}{end.format(disk)} && exec "$@"', "sh", sys.executable, "-c", program],
        env={**os.environ, "XDG_STATE_HOME": str(disk)},
        capture_output=True,
        text=True,
        check=False,
    )
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith("aircherd.runtime.Refused: ")
    for words_said in said:
        assert words_said in last
    assert "Remove" not in last


def test_the_peer_is_the_one_who_listens() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        assert runtime.peer(ours) == (os.getpid(), os.getuid())
