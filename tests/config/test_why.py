"""Any past choice can be told from what was stored with it."""

from __future__ import annotations

import asyncio
import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from aircherd import doctor, runtime
from aircherd.core.books import HoldRequest, Settlement
from aircherd.core.catalog import ModelRef, ModelSpec, ProviderState
from aircherd.core.chat import Usage
from aircherd.core.clock import SystemClock
from aircherd.core.money import NanoUsd, Price, per_million
from aircherd.core.plan import Candidate, Plan, Refusal
from aircherd.core.settings import CostSettings, Settings
from aircherd.core.tasks import Detection, Evidence, TaskKind
from aircherd.features.desk import reason_json
from aircherd.ledger.reasons import Chosen
from aircherd.ledger.store import Ledger
from aircherd.routing.budget import periods_for
from aircherd.routing.expecting import Known
from aircherd.routing.replay import packed
from aircherd.routing.selector import Need, Offer, select
from aircherd.why import again, lines, main

PRICE = Price(version="t", input=per_million("1"), output=per_million("2"))

PLAN = Plan(
    detection=Detection(
        task=TaskKind.COMMIT_MESSAGES,
        confidence=0.94,
        evidence=(Evidence(task=TaskKind.COMMIT_MESSAGES, weight=6.0, text="3 files are staged"),),
    ),
    candidates=(
        Candidate(
            spec=ModelSpec(ref=ModelRef("openai", "gpt-6-luna"), local=False),
            why="cheapest model good enough",
            expected=NanoUsd(400_000),
            worst=NanoUsd(2_000_000),
        ),
    ),
    refused=tuple(Refusal(provider=f"p{n}", model=None, why="no key in $X") for n in range(6)),
)


async def book(*operations: str) -> None:
    clock = SystemClock()
    ledger = await Ledger.open(Path(runtime.ledger_path()), clock=clock)
    request = HoldRequest(
        operation="",
        attempt=1,
        task=TaskKind.COMMIT_MESSAGES,
        provider="openai",
        model="gpt-6-luna",
        client="terminal",
        workspace=None,
        amount=NanoUsd(2_000_000),
        price_version="t",
        limits=(),
        periods=periods_for(CostSettings(), now=clock.now()),
        reason=reason_json(PLAN),
    )
    for operation in operations:
        hold = await ledger.reserve(replace(request, operation=operation))
        usage = Usage(input=10, output=5)
        done = Settlement(outcome="done", usage=usage, cost=NanoUsd(300_000), duration_ms=9)
        await ledger.settle(hold, done)
    await ledger.aclose()


def test_without_books_there_is_nothing_to_tell(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 1
    assert "no request in the books" in capsys.readouterr().err


async def test_a_choice_in_three_lines(capsys: pytest.CaptureFixture[str]) -> None:
    await book("aaa111", "bbb222")
    assert await asyncio.to_thread(main, ["aaa"]) == 0
    head, why, why_not, expected = capsys.readouterr().out.splitlines()
    assert head.startswith("aaa111")
    assert "commit messages 0.94 (3 files are staged)" in head
    assert "openai/gpt-6-luna: cheapest model good enough" in why
    assert "(done, $0.00030)" in why
    assert "p0: no key in $X" in why_not
    assert "and 2 more" in why_not
    assert expected == "expected: openai/gpt-6-luna $0.00040, at most $0.0020."
    assert await asyncio.to_thread(main, []) == 0
    assert capsys.readouterr().out.startswith("bbb222")
    assert await asyncio.to_thread(main, ["--json", "aaa111"]) == 0
    assert json.loads(capsys.readouterr().out)["reason"]["confidence"] == 0.94
    for nobody in ("zzz", "a%", "a_a111"):
        assert await asyncio.to_thread(main, [nobody]) == 1


@pytest.mark.parametrize("words", [[], ["--json"]])
async def test_what_a_provider_said_does_nothing_to_a_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, words: list[str]
) -> None:
    odd = Refusal(provider="p", model="a\x9b2Jb", why="it said \x1b]0;owned\x07\u202e")
    monkeypatch.setattr(sys.modules[__name__], "PLAN", replace(PLAN, refused=(odd,)))
    await book("aaa111")
    assert await asyncio.to_thread(main, words) == 0
    told = capsys.readouterr().out
    assert "it said" in told
    assert not set(told) & set("\x1b\x07\x9b\u202e")


def made() -> Plan:
    """A plan as `Desk.plan` makes one."""
    spec = ModelSpec(ref=ModelRef("openai", "gpt-6-luna"), local=False, context=8_000, price=PRICE)
    offers = [Offer(spec=spec), Offer(spec=replace(spec, ref=ModelRef("openai", "dear")))]
    states = [ProviderState(name="openai", local=False, usable=True)]
    need = Need(detection=PLAN.detection, prompt_bytes=900, shrinkable=True, max_output=90)
    plan = select(need, offers, states, Settings())
    return replace(plan, inputs=packed(plan, need, offers, states, Settings(), Known()))


def test_a_choice_is_made_again_and_comes_out_the_same() -> None:
    plan = made()
    stored = json.loads(reason_json(plan))
    assert again(stored) == (True, "the same choice", 2)
    second = plan.candidates[1]
    for turned in (
        plan.turn("spread round-robin", plan.candidates[::-1]),
        plan.turn(f"again {second.spec.ref}", (second,)),
    ):
        assert again(json.loads(reason_json(turned))).same, turned.turned


def test_a_choice_that_comes_out_otherwise_is_told_as_it_was_stored() -> None:
    stored = json.loads(reason_json(made()))
    other = {**stored, "candidates": stored["candidates"][::-1]}
    assert not again(other).same
    assert "openai/dear would be first" in again(other).said
    broken = again({**stored, "inputs": stored["inputs"][:40]})
    assert not broken.same
    assert "as it was stored" in broken.said
    chosen = Chosen(operation="o", at="", task="t", client="c", reason=other, attempts=())
    assert list(lines(chosen))[-1].startswith("replayed: by the rules of this version")
    chosen = replace(chosen, reason=stored)
    told = list(lines(chosen))
    assert len(told) == 4
    assert told[-1].endswith("of 2 models.")


def test_doctor_shows_what_a_provider_said_without_what_acts(
    capsys: pytest.CaptureFixture[str],
) -> None:
    doctor._line(True, "team", "1 models: a\x1b]0;owned\x07b\x9b2J\u202e")
    assert capsys.readouterr().out == "ok   team           1 models: a]0;ownedb2J\n"
