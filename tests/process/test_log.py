"""One line per event, nothing secret in it, in a file of ours."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import resource
import stat
import threading
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aircherd import logs, runtime
from aircherd.server import log, redaction

OURS = logging.getLogger("aircherd.test")
FROM_US = {"name": "aircherd.test", "levelno": logging.ERROR, "levelname": "ERROR"}


@pytest.fixture
def lines() -> Iterator[Callable[[], list[str]]]:
    """Sets logging up at DEBUG; called, it gives the lines written since."""
    path = Path(runtime.log_path())
    log.setup("DEBUG", str(path))
    yield lambda: path.read_text(encoding="utf-8").split("\n")[:-1]
    log.close()
    logging.captureWarnings(False)
    logging.getLogger().setLevel(logging.WARNING)
    OURS.parent.setLevel(logging.NOTSET)
    redaction._secrets.clear()


def test_a_line_is_key_and_value_with_its_context(lines: Callable[[], list[str]]) -> None:
    with log.context(session=3, method="aircher/ask"), log.context(request=7):
        OURS.info("request served", extra={"cost_usd": "0.0004", "why": "cheapest of 2"})
    OURS.info("later")
    first, second = lines()
    assert first.split(" ", 1)[1] == (
        'level=INFO logger=aircherd.test msg="request served" session=3 method=aircher/ask '
        'request=7 cost_usd=0.0004 why="cheapest of 2"'
    )
    assert first.startswith("ts=20")
    assert first.split(" ")[0].endswith("Z")
    assert second.endswith("msg=later")


async def test_tasks_have_the_context_they_were_started_in(lines: Callable[[], list[str]]) -> None:
    async def work(number: int) -> None:
        with log.context(request=number):
            await asyncio.sleep(0)
            OURS.info("x")

    with log.context(session=1):
        await asyncio.gather(work(1), work(2))
    assert [line.split("msg=")[1] for line in lines()] == [
        "x session=1 request=1",
        "x session=1 request=2",
    ]


UNRULY = {
    "newline": "a\nlevel=ERROR msg=forged",
    "control": "a\r\x00\x1b[31m",
    "separator": "a\u2028b\u0085c",
    "direction": "\u202ex",
    "surrogate": "\udcff",
    "quote": '"\\',
}


@pytest.mark.parametrize("name", UNRULY)
def test_a_line_is_always_one_line_and_cannot_be_forged(
    lines: Callable[[], list[str]], name: str
) -> None:
    text = UNRULY[name]
    # Straight to our handler: xdist cannot pass on what pytest's own would capture.
    assert log._handler is not None
    log._handler.handle(logging.makeLogRecord({"msg": text, "field": text} | FROM_US))
    (line,) = Path(runtime.log_path()).read_bytes().decode().splitlines()
    assert " level=ERROR msg=forged" not in line.replace('"a\\nlevel=ERROR msg=forged"', "")
    assert line.isprintable()


@given(st.text(), st.text())
def test_any_text_stays_on_its_line_and_in_its_quotes(message: str, value: str) -> None:
    record = logging.makeLogRecord({"msg": message, "name": "aircherd", "field": value})
    line = log.KeyValueFormatter().format(record)
    assert len(line.splitlines()) <= 1
    bare = line.replace("\\\\", "").replace('\\"', "")
    assert bare.count('"') % 2 == 0
    outside = "".join(bare.split('"')[::2])
    assert outside.count("=") == 5


def test_an_exception_is_one_line_too(lines: Callable[[], list[str]]) -> None:
    try:
        raise ValueError("first\nsecond")
    except ValueError:
        OURS.exception("failed")
    (line,) = lines()
    assert "first\\nsecond" in line
    assert "Traceback" in line


def test_a_bad_format_loses_no_line(lines: Callable[[], list[str]]) -> None:
    # Straight to our handler: pytest's own, beside it, raises on these.
    assert log._handler is not None
    log._handler.handle(logging.makeLogRecord({"msg": "%d items", "args": ("many",)} | FROM_US))
    log._handler.handle(logging.makeLogRecord({"msg": _Unprintable()} | FROM_US))
    log._handler.handle(logging.makeLogRecord({"msg": "x", "field": _Unprintable()} | FROM_US))
    first, second, third = (line.split(" msg=")[1] for line in lines())
    assert first == '"%d items (unformatted: TypeError)"'
    assert "RuntimeError" in second
    assert "RuntimeError" in third


class _Unprintable:
    def __str__(self) -> str:
        raise RuntimeError("no")


KEYS = [
    "sk-proj-abcDEF0123456789abcdef",
    "sk-ant-api03-abc_DEF-0123456789",
    "AIzaSyA-abcdefghijklmnopqrstuvw",
    "hf_abcdefghijklmnop",
    "nvapi-abcdefghij-klmnop",
    "gsk_abcdefghijklmnop",
    "xai-abcdefghijklmnop",
    "ghp_abcdefghijklmnopqrstuvwxyz0123456789",
    "AKIAABCDEFGHIJKLMNOP",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.abc-def_ghi",
]
SHAPES = [
    "{}",
    "key {} refused",
    '{{"key":"{}"}}',
    "https://example.com/?key={}&x=1",
    "['{}']",
    "Authorization: Bearer {}",
]


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("shape", SHAPES)
def test_what_looks_like_a_key_is_not_written(
    lines: Callable[[], list[str]], key: str, shape: str
) -> None:
    text = shape.format(key)
    OURS.info(text, extra={"field": text})
    (line,) = lines()
    assert key not in line
    assert key[-8:] not in line
    assert line.count(redaction.REDACTED) >= 2


@pytest.mark.parametrize(
    "text",
    [
        "x-api-key: plainlookingvalue",
        "{'x-goog-api-key': 'plainlookingvalue'}",
        "[(b'x-api-key', b'plainlookingvalue')]",
        '{"api_key":"plainlookingvalue"}',
        '"{\\"api_key\\": \\"plainlookingvalue\\"}"',
        "POST /v1?api_key=plainlookingvalue HTTP/1.1",
        "Authorization: Bearer plainlookingvalue",
        "authorization=Basic plainlookingvalue",
        "Bearer plainlookingvalue",
    ],
)
def test_a_key_is_known_by_its_name(lines: Callable[[], list[str]], text: str) -> None:
    OURS.info(text)
    OURS.info("x", extra={"api_key": "plainlookingvalue", "body": {"headers": text}})
    for line in lines():
        assert "plainlookingvalue" not in line


def test_a_registered_secret_is_written_nowhere(lines: Callable[[], list[str]]) -> None:
    secret = 'odd"/secret\\value'
    redaction.register_secret(secret)
    redaction.register_secret('odd"/secret\\value-longer')
    redaction.register_secret("abc")
    OURS.info("it is %s.", 'odd"/secret\\value-longer')
    OURS.info("x", extra={"field": 'odd"/secret\\value', "url": "/?k=odd%22%2Fsecret%5Cvalue"})
    with contextlib.suppress(RuntimeError):
        try:
            raise RuntimeError(secret)
        except RuntimeError:
            OURS.exception("failed")
            raise
    logging.getLogger("httpx").warning('odd"/secret\\value')
    OURS.info(json.dumps({"k": [secret]}))
    logging.getLogger("pygls").error('odd"/secret\\value')
    OURS.info("abc")
    text = "\n".join(lines())
    assert "/secret" not in text
    assert "longer" not in text
    assert text.endswith("msg=abc")


@pytest.mark.parametrize(
    "text", ["task-kind", "risk-free-sk-", "sk-", "the api key is missing", "ask-me-anything-now"]
)
def test_innocent_words_stay(text: str) -> None:
    assert redaction.redact(text) == text


_MADE = st.lists(
    st.one_of(
        st.sampled_from([*redaction._NAMES, *redaction._SIGNS, "csk-", "gsk_", "Bearer "]),
        st.just("X-Goog-Api-Key"),
        st.sampled_from([*" :=\"'(){},", "AKIA", "ASIA", "AIza", "ghp_", "a" * 20, "A1" * 10]),
        st.sampled_from(["\u017f", "\u212a", "acce\u017fs_token", "eyJaaaaaaaaa.bbbbbbbbbb."]),
    ),
    max_size=12,
)


@pytest.mark.parametrize(
    "begins",
    [
        "sk-",
        "sk_",
        "pk-",
        "rk-",
        "xai-",
        "nvapi-",
        "pplx-",
        "csk-",
        "fw_",
        "tgp_v1_",
        "gsk_",
        "hf_",
        "r8_",
        "jina_",
        "ghp_",
        "gho_",
        "ghu_",
        "ghs_",
        "ghr_",
        "glpat-",
        "github_pat_",
        "AIza",
        "AKIA",
        "ASIA",
        "eyJ",
        "api-key=",
        "api_key=",
        "apikey=",
        "X-Api-Key:",
        "authorization:",
        "access-token=",
        "access_token=",
    ],
)
def test_a_key_is_known_by_each_of_its_signs(begins: str) -> None:
    key = "A1B2C3D4E5F6A7B8"
    said = redaction.redact(f"it said {begins}{key}.{key}.")
    assert redaction.REDACTED in said
    assert key not in said.partition(".")[0]


@given(_MADE)
def test_what_is_looked_at_first_hides_nothing_from_the_patterns(pieces: list[str]) -> None:
    text = "".join(pieces)
    whole = redaction._HEADER.sub(rf"\1{redaction.REDACTED}", text)
    assert redaction.redact(text) == redaction._KEY.sub(redaction.REDACTED, whole)


@given(st.text(alphabet="sk-_api key:=\"'bearer eyJ.[]redacted\\,", max_size=300))
def test_redacting_twice_changes_nothing(text: str) -> None:
    once = redaction.redact(text)
    assert redaction.redact(once) == once


@pytest.mark.parametrize("name", ["pygls", "pygls.protocol", "httpx", "httpcore", "git", "asyncio"])
def test_other_loggers_speak_from_warning_up(lines: Callable[[], list[str]], name: str) -> None:
    other = logging.getLogger(name)
    before = other.level
    other.info("whole body")
    other.setLevel(logging.DEBUG)  # as a library may do to itself
    other.debug("whole body")
    other.info("whole body")
    other.warning("trouble")
    other.setLevel(before)
    (line,) = lines()
    assert "msg=trouble" in line


def test_warnings_are_logged(lines: Callable[[], list[str]]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        logging.captureWarnings(True)
        warnings.warn("old way", DeprecationWarning, stacklevel=1)
        logging.captureWarnings(False)
    assert "old way" in lines()[0]


def test_the_level_holds_and_setting_up_again_replaces(lines: Callable[[], list[str]]) -> None:
    log.setup("WARNING", runtime.log_path())
    OURS.info("no")
    OURS.warning("yes")
    assert [line.split("msg=")[1] for line in lines()] == ["yes"]


def test_nothing_goes_to_stdout_or_stderr(
    lines: Callable[[], list[str]], capfd: pytest.CaptureFixture[str]
) -> None:
    OURS.error("x")
    assert log._handler is not None
    log._handler.handle(logging.makeLogRecord({"msg": "%d", "args": ("many",)} | FROM_US))
    log._handler.handleError(logging.makeLogRecord({"msg": "x"}))
    assert capfd.readouterr() == ("", "")


def test_the_file_is_ours_alone_even_if_it_was_not(lines: Callable[[], list[str]]) -> None:
    path = Path(runtime.log_path())
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.chmod(0o644)
    log.setup("INFO", str(path))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_link_in_its_place_is_not_followed(tmp_path: Path) -> None:
    Path(runtime.log_path()).symlink_to(tmp_path / "target")
    with pytest.raises(OSError, match="symbolic"):
        log.setup("INFO", runtime.log_path())
    assert not (tmp_path / "target").exists()


def test_what_passes_keeps_nobody_from_starting_and_it_begins_when_it_passed() -> None:
    """Out of descriptors stands for a full disk here: both are over after a while."""
    path = Path(runtime.log_path())
    path.parent.mkdir(parents=True, exist_ok=True)
    most = resource.getrlimit(resource.RLIMIT_NOFILE)
    lowest = os.dup(0)
    os.close(lowest)
    resource.setrlimit(resource.RLIMIT_NOFILE, (lowest, most[1]))
    try:
        log.setup("INFO", str(path))
        OURS.info("lost")
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, most)
    assert not path.exists()
    OURS.info("kept")
    log.close()
    assert "kept" in path.read_text("utf-8")
    assert "lost" not in path.read_text("utf-8")


def test_it_is_rotated_and_bounded(
    lines: Callable[[], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log, "FILE_LIMIT", 10_000)
    path = Path(runtime.log_path())
    log.setup("INFO", str(path))
    for number in range(1000):
        OURS.info("line %d", number)
    files = sorted(path.parent.glob("aircherd.log*"))
    assert [file.name for file in files] == [path.name, *(f"{path.name}.{n}" for n in (1, 2, 3))]
    assert all(file.stat().st_size <= 10_000 for file in files)
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    shown = logs.last_lines(path, 300)
    assert [line.split('"')[1] for line in shown] == [f"line {n}" for n in range(700, 1000)]


def test_a_huge_line_is_cut(lines: Callable[[], list[str]]) -> None:
    OURS.info("x" * 1_000_000)
    (line,) = lines()
    assert len(line) < log.LINE_LIMIT + 100
    assert line.endswith("more characters)")


def test_a_full_disk_costs_the_line_only(
    lines: Callable[[], list[str]], capfd: pytest.CaptureFixture[str]
) -> None:
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        handler = log._handler
        kept, handler.stream = handler.stream, full
        OURS.info("lost")
        handler.stream = kept
        with contextlib.suppress(OSError):
            full.close()
    OURS.info("kept")
    assert "msg=kept" in lines()[-1]
    assert capfd.readouterr() == ("", "")


def test_last_lines_reads_only_what_is_asked(tmp_path: Path) -> None:
    path = tmp_path / "x.log"
    assert logs.last_lines(path, 5) == []
    path.write_bytes("".join(f"{n} é\n" for n in range(50_000)).encode() + b"half")
    assert logs.last_lines(path, 3) == ["49998 é", "49999 é", "half"]
    assert logs.last_lines(path, 0) == []
    assert len(logs.last_lines(path, 10**6)) == 50_001
    assert logs.last_lines(path, 2, end=8 + 2) == ["0 é", "1 é"]


def test_following_goes_on_through_a_rotation(tmp_path: Path) -> None:
    path = tmp_path / "x.log"
    path.write_text("old\nnew\nha", encoding="utf-8")
    steps = iter(
        [
            lambda: path.write_text("old\nnew\nhalf\n", encoding="utf-8"),
            lambda: path.rename(tmp_path / "x.log.1"),
            lambda: path.write_text("after\n", encoding="utf-8"),
        ]
    )

    def sleep(_: float) -> None:
        next(steps)()

    following = logs.follow(path, start=4, sleep=sleep)
    assert [next(following) for _ in range(3)] == ["new", "half", "after"]
    following.close()


def test_lines_of_many_threads_do_not_mix(lines: Callable[[], list[str]]) -> None:
    def speak() -> None:
        for _ in range(100):
            OURS.info("x" * 200)

    threads = [threading.Thread(target=speak) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(lines()) == 400
    assert {line.split("msg=")[1] for line in lines()} == {"x" * 200}
    assert Path(runtime.log_path()).stat().st_size < log.FILE_LIMIT


def test_the_newest_complaints_are_found(tmp_path: Path) -> None:
    path = Path(runtime.log_path())
    rows = [f"ts=1 level=INFO msg=fine{n}" for n in range(40)]
    rows += [f"ts=2 level=WARNING logger=x msg='bad {n} {Path.home()}/x'" for n in range(40)]
    path.write_text("\n".join(rows) + "\n", "utf-8")
    found = logs.complaints()
    assert len(found) == 30
    assert found[-1] == "ts=2 level=WARNING logger=x msg='bad 39 ~/x'"
