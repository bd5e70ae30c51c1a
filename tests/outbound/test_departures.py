"""The list of what has left: exact, private, bounded, and forgotten when asked."""

from __future__ import annotations

import fcntl
import hashlib
import os
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from aircherd.outbound import departures
from aircherd.outbound.departures import Departure, Departures

BODY = '{"text":"grüße"}'.encode()


def one(number: int, workspace: str | None = "/w") -> Departure:
    return Departure(
        at=f"2026-03-{number + 1:02d}T00:00:00.000+00:00",
        operation=f"op{number}",
        client="t",
        workspace=workspace,
        provider="p",
        model="m",
        origin="https://x.example",
        size=0,
        sha256="",
    )


def test_hash_and_size_are_kept_and_the_text_only_when_asked(tmp_path: Path) -> None:
    sent = Departures(str(tmp_path / "sent.jsonl"))
    sent.note(one(1).of(BODY, keep=False))
    sent.note(one(2).of(BODY, keep=True))
    newest, oldest = sent.listed(10)
    assert newest.body == '{"text":"grüße"}'
    assert oldest.body is None
    assert oldest.size == len(BODY)
    assert oldest.sha256 == hashlib.sha256(BODY).hexdigest()
    assert (tmp_path / "sent.jsonl").stat().st_mode & 0o777 == 0o600
    assert [row.operation for row in sent.listed(10, operation="op1")] == ["op1"]
    assert len(sent.listed(1)) == 1


def test_it_stays_small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(departures, "LARGEST", 2_000)
    sent = Departures(str(tmp_path / "sent.jsonl"))
    for number in range(25):
        sent.note(one(number))
    files = [path.stat().st_size for path in tmp_path.glob("sent.jsonl*")]
    assert sum(files) < 5_000
    assert [row.operation for row in sent.listed(3)] == ["op24", "op23", "op22"]
    assert 8 < len(sent.listed(100)) < 25


def test_it_forgets_a_workspace_or_an_age(tmp_path: Path) -> None:
    sent = Departures(str(tmp_path / "sent.jsonl"))
    for number in range(6):
        sent.note(one(number, "/a" if number % 2 else "/b"))
    assert sent.forget(workspace="/a") == 3
    assert {row.workspace for row in sent.listed(10)} == {"/b"}
    assert sent.forget(before=datetime(2026, 3, 4, tzinfo=UTC)) == 2
    assert [row.operation for row in sent.listed(10)] == ["op4"]
    assert b"/a" not in (tmp_path / "sent.jsonl").read_bytes()


def test_damaged_lines_hide_no_others(tmp_path: Path) -> None:
    path = tmp_path / "sent.jsonl"
    sent = Departures(str(path))
    sent.note(one(1))
    with path.open("ab") as out:
        out.write(b'{"at": 3}\nnonsense\n\xff\n')
    sent.note(one(2))
    assert [row.operation for row in sent.listed(10)] == ["op2", "op1"]


def test_an_instant_without_a_zone_can_be_told_from_another(tmp_path: Path) -> None:
    """Somebody else wrote that line; it is taken for UTC, here as in forgetting."""
    sent = Departures(str(tmp_path / "sent.jsonl"))
    sent.note(replace(one(1), at="2026-03-02T00:00:00"))
    assert sent.sent_since("https://x.example", datetime(2026, 3, 1, tzinfo=UTC))
    assert not sent.sent_since("https://x.example", datetime(2026, 3, 3, tzinfo=UTC))


def test_a_link_in_its_place_is_refused(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text("mine", "utf-8")
    (tmp_path / "sent.jsonl").symlink_to(elsewhere)
    with pytest.raises(OSError):
        Departures(str(tmp_path / "sent.jsonl")).note(one(1))
    assert elsewhere.read_text("utf-8") == "mine"


def test_two_processes_lose_no_line(tmp_path: Path) -> None:
    code = (
        "import sys; sys.path.insert(0, sys.argv[2])\n"
        "from test_departures import one\n"
        "from aircherd.outbound.departures import Departures\n"
        "from aircherd.outbound import departures\n"
        "departures.LARGEST = 4_000_000\n"
        "s = Departures(sys.argv[1])\n"
        "[s.note(one(n)) for n in range(25)]\n"
    )
    path = str(tmp_path / "sent.jsonl")
    words = [sys.executable, "-c", code, path, str(Path(__file__).parent)]
    both = [subprocess.Popen(words) for _ in range(2)]
    assert [process.wait() for process in both] == [0, 0]
    assert len(Departures(path).listed(1_000)) == 50


def test_who_may_not_wait_is_told_that_somebody_is_at_the_file(tmp_path: Path) -> None:
    path = tmp_path / "sent.jsonl"
    sent = Departures(str(path))
    handle = os.open(f"{path}.lock", os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        with pytest.raises(BlockingIOError):
            sent.note(one(1), wait=False)
        assert not sent.listed(1)
    finally:
        os.close(handle)
    sent.note(one(1), wait=False)
    assert len(sent.listed(9)) == 1


def test_a_file_that_another_took_the_place_of_is_not_written_to(tmp_path: Path) -> None:
    path = tmp_path / "sent.jsonl"
    sent = Departures(str(path))
    sent.note(one(1))
    path.rename(tmp_path / "taken.jsonl")
    sent.note(one(2))
    assert [row.operation for row in sent.listed(9)] == ["op2"]
    path.unlink()
    path.write_bytes(b"")
    sent.note(one(3))
    sent.close()
    sent.note(one(4), wait=False)
    assert [row.operation for row in sent.listed(9)] == ["op4", "op3"]
    assert len((tmp_path / "taken.jsonl").read_bytes().splitlines()) == 1
    sent.close()


def test_a_thread_that_may_not_wait_hears_of_another_one(tmp_path: Path) -> None:
    sent = Departures(str(tmp_path / "sent.jsonl"))
    sent.note(one(1))
    with sent._turn(), pytest.raises(BlockingIOError):
        sent.note(one(2), wait=False)
    assert len(sent.listed(9)) == 1
