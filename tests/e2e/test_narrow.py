"""What a terminal of 80 columns shows, and what a mistyped command is told."""

from __future__ import annotations

import argparse
import io

import pytest
from rich.console import Console

from aircher import report, usage
from aircher.__main__ import main
from aircher_protocol.types import (
    AcceptanceLine,
    ModelLine,
    ModelList,
    Money,
    TaskKind,
    UsageReport,
    UsageTotal,
)

LONG = "claude-3-5-sonnet-2024"
NAME = f"anthropic/{LONG}"
CENT = Money(nano_usd=10_000_000, text="$0.01")


def total(name: str) -> UsageTotal:
    return UsageTotal(
        name=name, requests=12, attempts=12, cost=CENT, input=1_234_567, output=23_456, cached=0,
        unpriced=0,
    )  # fmt: skip


NEVER = UsageTotal(
    name="openai/never-answered", requests=0, attempts=3, cost=Money(nano_usd=0, text="$0.00"),
    input=0, output=0, cached=0, unpriced=0,
)  # fmt: skip


def test_usage_breaks_no_name() -> None:
    kept = AcceptanceLine(
        name=NAME, task=TaskKind.COMMIT_MESSAGES, answers=40, kept=20, edited=10, dropped=10,
        acceptance=0.71,
    )  # fmt: skip
    found = UsageReport(
        zone="Etc/UTC", today=total("today"), month=total("month"), by_task=(), by_provider=(),
        by_model=(total(NAME), NEVER), limits=(), days=(total("2026-11-22"),), acceptance=(kept,),
    )  # fmt: skip
    out = io.StringIO()
    usage.show(found, Console(file=out, width=80, highlight=False), ("model",))
    lines = out.getvalue().splitlines()
    assert sum(line.startswith(NAME) for line in lines) == 2
    assert any(line.startswith(NAME) and "71%  commit" in line for line in lines)
    assert "never-answered" not in out.getvalue()
    assert any(line.startswith("last 1 day ") for line in lines)
    assert max(map(len, lines)) <= 80


def test_models_breaks_no_name_and_says_the_rest_below(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    usable = ModelLine(
        provider="anthropic", model=LONG, local=False, usable=True, why="for every task",
        context=1_000_000, input_per_million="10.00", output_per_million="50.00", quality=0.7,
        capabilities=("tools", "vision", "thinking", "json_schema"), first_token_ms=1200,
    )  # fmt: skip
    keyless = ModelLine(
        provider="openai", model="m", local=False, usable=False, why="no key in $OPENAI_API_KEY"
    )
    found = ModelList(models=(usable, keyless), price_table="a table")
    monkeypatch.setattr(report, "_ask", lambda *_: found)
    monkeypatch.setenv("COLUMNS", "80")
    assert report.models(argparse.Namespace(all=True, refresh=False, json=False)) == 0
    out = capsys.readouterr().out
    assert f"{NAME}  " in out
    assert f"{NAME}: for every task\n" in out
    assert [line.split() for line in out.splitlines() if line.startswith("openai/m")] == [
        ["openai/m", "no", "key", "in", "$OPENAI_API_KEY"]
    ]


def test_a_mistyped_command_names_the_one_that_was_meant(
    capsys: pytest.CaptureFixture[str],
) -> None:
    for typed, meant in (("comit", "commit"), ("docter", "doctor"), ("confg", "config")):
        with pytest.raises(SystemExit) as left:
            main([typed])
        assert left.value.code == 2
        assert f"did you mean `aircher {meant}`?" in capsys.readouterr().err


def test_no_command_at_all_shows_what_there_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    out = capsys.readouterr().out
    assert "Write the message for what is staged." in out
    assert "`aircher doctor`" in out


def test_hook_without_a_word_names_what_is_missing(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["hook"])
    assert "required: action\n" in capsys.readouterr().err
