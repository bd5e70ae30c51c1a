"""Why a request went where it went stands in the books as JSON, whatever its texts hold."""

from __future__ import annotations

import json
from dataclasses import replace

from aircherd.core.catalog import Capability, ModelRef, ModelSpec
from aircherd.core.money import NanoUsd
from aircherd.core.plan import Candidate, Plan, Refusal
from aircherd.core.settings import Settings
from aircherd.core.tasks import Detection, Evidence, TaskKind
from aircherd.features.reasoned import reason_json
from aircherd.routing.expecting import Known, Warm
from aircherd.routing.replay import packed
from aircherd.routing.selector import Need

HARD = 'a "name" \\ with\nall\x01 signs: é, 漢, 😀'
FOUND = Detection(
    task=TaskKind.DEBUGGING,
    confidence=0.98765,
    evidence=(Evidence(task=TaskKind.DEBUGGING, weight=1.0, text=HARD),) * 5,
)
NEED = Need(
    detection=FOUND,
    prompt_bytes=12,
    shrinkable=True,
    max_output=7,
    features=frozenset({Capability.TOOLS, Capability.CHAT}),
    requested=HARD,
    warm=Warm(ref=ModelRef(HARD, "m"), tokens=3),
    workspace=f"/{HARD}",
)


def _candidate(model: str, expected: int | None) -> Candidate:
    return Candidate(
        spec=ModelSpec(ref=ModelRef("far", model), local=False, quality=0.5),
        why=HARD,
        expected=None if expected is None else NanoUsd(expected),
        worst=None,
        takes_ms=None if expected is None else 250,
    )


PLAN = Plan(
    detection=FOUND,
    candidates=(_candidate(HARD, 5), _candidate("other", None)),
    refused=tuple(
        Refusal(provider=f"p{n}", model=HARD if n else None, why=HARD) for n in range(14)
    ),
    requested=HARD,
    turned=HARD,
)


def test_the_text_is_what_json_makes_of_it() -> None:
    inputs = packed(PLAN, NEED, (), (), Settings(), Known())
    plan = replace(PLAN, inputs=inputs)
    value = {
        "task": "debugging",
        "confidence": 0.988,
        "evidence": [HARD] * 4,
        "requested": HARD,
        "candidates": [
            {
                "model": f"far/{HARD}",
                "why": HARD,
                "expected": 5,
                "worst": None,
                "quality": 0.5,
                "takes": 250,
            },
            {
                "model": "far/other",
                "why": HARD,
                "expected": None,
                "worst": None,
                "quality": 0.5,
                "takes": None,
            },
        ],
        "refused": [
            {"provider": f"p{n}", "model": HARD if n else None, "why": HARD} for n in range(12)
        ],
        "turned": HARD,
        "inputs": inputs,
    }
    assert reason_json(plan) == json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def test_what_was_not_packed_and_what_is_half_a_character_can_be_written() -> None:
    assert json.loads(reason_json(PLAN))["inputs"] == ""
    half = replace(PLAN, turned="\ud800", inputs='no mark "here"')
    assert json.loads(reason_json(half))["inputs"] == 'no mark "here"'


def test_others_that_are_refused_are_told_of() -> None:
    """What is remembered of one list of refusals is not told of another."""
    reason_json(PLAN)
    other = replace(PLAN, refused=(Refusal(provider="new", model=None, why="off"),))
    refused = json.loads(reason_json(other))["refused"]
    assert refused == [{"provider": "new", "model": None, "why": "off"}]


def test_what_a_request_needs_is_packed_as_it_is() -> None:
    own = json.loads(packed(PLAN, NEED, (), (), Settings(), Known()).partition(":")[2])
    assert own["need"] == [
        *("debugging", 12, True, 7, ["chat", "tools"], HARD, f"/{HARD}"),
        [HARD, "m", 3],
    ]
    plain = replace(NEED, warm=None, workspace=None, requested=None, shrinkable=False)
    own = json.loads(packed(PLAN, plain, (), (), Settings(), Known()).partition(":")[2])
    assert own["need"][2] is False
    assert own["need"][5:] == [None, None, None]
