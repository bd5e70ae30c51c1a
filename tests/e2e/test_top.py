"""`aircher top`, as it is drawn in windows of several sizes, and as it runs in one."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from rich.cells import cell_len

from aircher.screen import screen
from aircher_protocol.types import (
    EndpointLine,
    LimitLine,
    Money,
    ProviderLine,
    ProviderList,
    RequestLine,
    Status,
)
from e2e.terminal import terminal

ERROR = "acme: The engine is overloaded\x1b]0;x\x07, try again later. Use another provider."


@pytest.fixture
def daemon() -> Iterator[None]:
    """What `top` starts is stopped afterwards."""
    yield
    subprocess.run([sys.executable, "-m", "aircherd", "stop"], capture_output=True, check=False)


def end(name: str, **more: Any) -> EndpointLine:
    facts: dict[str, Any] = {
        "circuit": "closed", "cooling_seconds": 0.0, "in_flight": 0, "waiting": 0,
        "answers": 0, "failures": 0,
    }  # fmt: skip
    return EndpointLine(name=name, **{**facts, **more})


def line(name: str, *ends: EndpointLine, state: str = "ready") -> ProviderLine:
    return ProviderLine(
        name=name, family="openai_chat", origin="http://x", local=False, usable=True, state=state,
        endpoints=ends or (end(name),),
    )  # fmt: skip


def money(text: str) -> Money:
    return Money(nano_usd=None, text=text)


STATUS = Status(
    version="1.0", protocol=1, pid=7, uptime_seconds=4000, sessions=1, in_flight=30, busy=True,
    offline=True, ledger="ok", today=money("unknown"), month=money("$1.00"),
    requests=tuple(
        RequestLine(
            task="quick_questions", client="an editor\x1b[2J", provider="acme", model=f"m{n}",
            stage="writing", seconds=n,
        )
        for n in range(30)
    ),
    limits=(
        LimitLine(
            label="daily", limit=money("$2.00"), spent=money("$0.50"), held=money("$0.25"),
            resets_at="2026-01-01T00:00:00Z",
        ),
    ),
    notices=("The configuration has a mistake; run `aircher config check`.",),
)  # fmt: skip
PROVIDERS = ProviderList(
    providers=(
        line(
            "acme",
            end("acme#1", circuit="open", cooling_seconds=27.4, failures=3, last_error=ERROR,
                last_error_seconds_ago=3.0, last_used_seconds_ago=3.0),
            end("acme#2", circuit="half-open", answers=12, in_flight=2, waiting=3, at_once=4,
                first_p50_ms=640, first_p99_ms=2_300, last_used_seconds_ago=0.2),
        ),
        line("full", end("full", answers=1, requests_left=0, first_p50_ms=5, first_p99_ms=5)),
        line("new", state="unchecked"),
        line("gone", state="unreachable"),
        line("keyless", state="no key"),
    )
)  # fmt: skip


@pytest.mark.parametrize("width", [20, 40, 60, 80, 120, 200])
def test_no_line_is_wider_than_the_window_and_nothing_acts_on_it(width: int) -> None:
    lines = screen(STATUS, PROVIDERS, width)
    assert [one.plain for one in lines if cell_len(one.plain) > width] == []
    assert [one.plain for one in lines if not one.plain.isprintable()] == []


def test_eighty_columns_show_all_that_matters() -> None:
    shown = "\n".join(one.plain for one in screen(STATUS, PROVIDERS, 80))
    assert "offline" in shown
    assert "today unknown" in shown, "what is not known is no zero"
    assert "acme#1    left alone 27 s" in shown
    assert "  3 s ago: The engine is overloaded0;x, try again later. Use another provider." in shown
    assert "acme#2    on trial         2 of 4        3       12       0  640 ms, 2.3 s" in shown
    assert "full      at its limit" in shown
    assert "not asked yet: new" in shown
    assert "not reachable: gone" in shown
    assert "keyless" not in shown
    assert "quick questions  acme/m0   writing" in shown
    assert "… and 18 more" in shown


def test_forty_columns_keep_names_states_and_what_is_under_way() -> None:
    shown = [one.plain for one in screen(STATUS, PROVIDERS, 40)]
    assert "acme#1    left alone 27 s  0" in shown
    assert any(one.startswith("acme#2    on trial         2 of 4") for one in shown)
    assert "full      at its limit     0" in shown


@pytest.mark.parametrize("width", [1, 40, 160])
def test_a_line_stays_one_whatever_a_name_or_an_error_says(width: int) -> None:
    odd = "up\nside\tdown\r\n模型"
    one = end(odd, answers=1, last_error=odd, last_error_seconds_ago=1.0)
    asked = RequestLine(task=odd, client=odd, provider=odd, model=odd, stage=odd, seconds=1.0)
    limit = evolve(STATUS.limits[0], label=odd)
    status = evolve(STATUS, requests=(asked,), limits=(limit,), notices=(odd,))
    providers = ProviderList(providers=(line(odd, one), line(odd, end(odd))))
    lines = screen(status, providers, width)
    assert [one.plain for one in lines if not one.plain.isprintable()] == []
    assert [one.plain for one in lines if cell_len(one.plain) > width] == []


@pytest.mark.parametrize("height", [0, 1, 2])
def test_a_window_of_hardly_any_lines_is_not_overrun(height: int) -> None:
    lines = screen(STATUS, PROVIDERS, 80, height)
    assert len(lines) == height


def test_a_low_window_says_that_there_is_more() -> None:
    lines = screen(STATUS, PROVIDERS, 80, 10)
    assert len(lines) == 10
    assert lines[-1].plain.startswith("… ")
    whole = len(screen(STATUS, PROVIDERS, 80))
    assert lines[-1].plain == f"… {whole - 9} more lines in a taller window"


@pytest.mark.parametrize("key", ["q", "\x04", "\x03"], ids=["q", "ctrl-d", "ctrl-c"])
def test_it_runs_in_a_window_until_a_key_ends_it(daemon: None, tmp_path: Path, key: str) -> None:
    with terminal(["aircher", "top"], tmp_path, columns=60) as window:
        window.sees("requests in flight")
        window.sees("ollama")
        assert not window.echoes
        window.types(key)
        assert window.ends() == 0


def test_piped_it_prints_one_look_and_ends(daemon: None, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "aircher", "top"], cwd=tmp_path, capture_output=True, text=True,
        timeout=60, check=True,
    )  # fmt: skip
    assert "\x1b" not in done.stdout
    assert "0 requests in flight" in done.stdout.splitlines()[0]


def test_a_monitor_is_given_the_text_and_nothing_around_it(daemon: None) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "aircherd", "call", "aircher/metrics"], capture_output=True,
        text=True, timeout=60, check=True,
    )  # fmt: skip
    assert done.stdout.startswith("# TYPE aircher_uptime_seconds gauge\n")
    assert done.stdout.endswith("\n# EOF\n")
    assert "aircher_requests_in_flight 0\n" in done.stdout, "the look does not count itself"
