"""Every file this program reads again, spoilt: what it says, or the one fault its reader is known
for. A daemon that does not start because of a file of its own is lost to its user."""

from __future__ import annotations

import base64
import json
import tempfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aircherd.answers import Disk
from aircherd.config import corrections, keybook, learned, tables
from aircherd.config.load import user_settings
from aircherd.core.errors import InvalidConfig, InvalidRequest
from aircherd.features.acceptance_pending import Pending
from aircherd.features.feedback_ladder import Ladder
from aircherd.ledger import reasons, snapshot
from aircherd.outbound.departures import Departures
from aircherd.routing.replay import FORM, replayed
from aircherd.trust.store import Trust, TrustUnreadable
from providers.test_hostile import spoilt_value


@dataclass(frozen=True)
class Kept:
    """A file, what may stand in it, and who reads it."""

    name: str
    read: Callable[[Path], object]
    sample: Any
    refuses: tuple[type[Exception], ...] = ()
    lines: bool = False


def _trusted(path: Path) -> object:
    path.chmod(0o600)
    return Trust(str(path)).listed()


def _keys(path: Path) -> object:
    path.chmod(0o600)
    return keybook.kept(path)


def _departed(path: Path) -> object:
    sent = Departures(str(path))
    for row in sent.listed(10):
        assert isinstance(row.operation, str)
        assert isinstance(row.masked, dict)
    return sent.forget(before=datetime.now(UTC))


def _pending(path: Path) -> object:
    return Ladder(Pending(path))


def _reasons(path: Path) -> object:
    return reasons._read(path.read_text("utf-8", "replace"))


def _replayed(path: Path) -> object:
    packed = base64.b85encode(zlib.compress(path.read_bytes())).decode()
    return replayed(packed)


_SENT = {
    **dict.fromkeys(("operation", "client", "provider", "model", "origin", "sha256"), "x"),
    **{"at": "2026-11-21T10:00:00+00:00", "workspace": None, "size": 1, "masked": {"key": 1}},
}
_ROW = ["2026-11-21", "default", "p", "m", "", 9]
FILES = [
    Kept(
        "trust",
        _trusted,
        {"workspaces": [{"root": "/a", "device": 1, "inode": 2, "digest": "d", "at": "t"}]},
        (TrustUnreadable,),
    ),
    Kept(
        "keys",
        _keys,
        {"p@https://a": {"where": "file", "count": 1, "keys": ["k" * 20]}},
        (InvalidConfig,),
    ),
    Kept(
        "learned",
        learned.load,
        {"p/m": {"default": {"trials": 2, "score": 1, "kept": 1, "edited": 0, "dropped": 1}}},
        (InvalidConfig,),
    ),
    Kept("corrections", corrections.load, {"version": 1, "corrections": []}, (InvalidRequest,)),
    Kept("sums", lambda path: snapshot.remembered(path), {"spent": [_ROW], "held": [[1, *_ROW]]}),
    Kept("sent", _departed, _SENT, (), True),
    Kept(
        "awaited",
        _pending,
        {"key": "a" * 32, "answers": [["o", "m", "default", "p/m", 1.0]], "rejected": []},
    ),
    Kept(
        "answer", lambda path: Disk(path.parent).get(path.stem, 0, 1e12), {"text": "t", "cost": 1}
    ),
    Kept("reason", _reasons, {"why": "x"}),
    Kept(
        "price table",
        tables.read,
        {"models": {"p/m": {"input": "1", "output": "2"}}, "as_of": "2026-11-21"},
        (InvalidConfig,),
    ),
    Kept(
        "choice",
        _replayed,
        {"form": FORM, "need": ["default", 1, True, 9, [], None, None, None]},
        (ValueError,),
    ),
]


def place(folder: Path, kept: Kept) -> Path:
    """Where its reader looks for what is written."""
    return folder / ("x.sums" if kept.name == "sums" else "x.json")


def check(folder: Path, kept: Kept, body: bytes) -> None:
    """Reads it; whatever else is raised is a bug."""
    path = place(folder, kept)
    path.write_bytes(body)
    try:
        kept.read(folder / "x" if kept.name == "sums" else path)
    except kept.refuses as error:
        said = str(error)
    else:
        said = "read"
    assert said, "a refusal without words"


_BOMBS = (
    *(b"", b"\xff\xfe", b"null", b"[]", b"7", b'"x"', b"{}", b"[" * 60_000, b"9" * 5_000),
    *(b'{"a":' * 60_000, b"\x00" * 100, b'{"a":1', b"NaN", b"1e999"),
)


@pytest.mark.parametrize("kept", FILES, ids=lambda kept: kept.name)
def test_what_is_no_file_of_ours(kept: Kept, tmp_path: Path) -> None:
    for body in _BOMBS:
        check(tmp_path, kept, body)


@pytest.mark.parametrize("number", [b"1e999", b"-1e999", b"NaN", b"9" * 400, b"-7", b"true"])
@pytest.mark.parametrize("kept", FILES, ids=lambda kept: kept.name)
def test_numbers_nobody_counts_to(kept: Kept, number: bytes, tmp_path: Path) -> None:
    check(tmp_path, kept, json.dumps(_marked(kept.sample)).encode().replace(b'"NUMBER"', number))


def _marked(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _marked(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_marked(inner) for inner in value]
    return "NUMBER" if isinstance(value, int | float) else value


def spoil(folder: Path, kept: Kept, examples: int) -> None:
    @settings(
        max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck), database=None
    )
    @given(st.data())
    def run(draw: st.DataObject) -> None:
        value = kept.sample
        for _ in range(draw.draw(st.integers(0, 2))):
            value = spoilt_value(value, draw)
        body = json.dumps(value).encode() + (b"\n" if kept.lines else b"")
        if draw.draw(st.integers(0, 4)) == 0:
            body = body[: draw.draw(st.integers(0, len(body)))] + draw.draw(st.binary(max_size=4))
        check(folder, kept, body)

    run()


@pytest.mark.parametrize("kept", FILES, ids=lambda kept: kept.name)
def test_a_spoilt_file(kept: Kept, tmp_path: Path) -> None:
    spoil(tmp_path, kept, 25)


@pytest.mark.slow
@pytest.mark.parametrize("kept", FILES, ids=lambda kept: kept.name)
def test_many_spoilt_files(kept: Kept, tmp_path: Path) -> None:
    spoil(tmp_path, kept, 1_000)


@settings(max_examples=60, deadline=None, database=None)
@given(st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
def test_any_bytes_as_a_configuration(body: bytes) -> None:
    """Defaults, and problems that say what is wrong; never an exception."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "config.toml")
        path.write_bytes(body)
        _, problems = user_settings(path)
        assert all(problem.message for problem in problems)
