"""`aircher why [REQUEST]`: why this model, why not the others, what it would have cost.

The choice is made once more from what it was made from, which stands with the request in the books:
prices, history and limits of that moment. Where this version would choose otherwise, or cannot
read what an older one kept, the stored choice is told and that is said.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from aircherd import runtime
from aircherd.config.catalogue import bundled
from aircherd.core.catalog import ModelRef, ModelSpec
from aircherd.core.errors import LedgerUnavailable
from aircherd.core.money import NanoUsd, show
from aircherd.core.plan import POOLED
from aircherd.core.tasks import TaskKind
from aircherd.ledger.reader import Reader
from aircherd.ledger.reasons import Chosen, chosen
from aircherd.routing.replay import replayed, weighed
from aircherd.shown import as_json, inert

_OTHERS = 4


def main(arguments: Sequence[str], _: Callable[[], None] = lambda: None) -> int:
    """Prints three lines, or JSON; 1 when there is no such request."""
    options = _parser().parse_args(arguments)
    try:
        there = Path(runtime.ledger_path()).exists()
        found = asyncio.run(_found(options.request)) if there else None
    except LedgerUnavailable as error:
        print(error, file=sys.stderr)
        return 1
    if found is None:
        what = f"request {options.request}" if options.request else "request"
        print(f"There is no {what} in the books; an answer shows its id.", file=sys.stderr)
        return 1
    if options.json:
        shown = {**asdict(found), "replay": again(found.reason)._asdict()}
        print(as_json(shown))
    else:
        print(inert("\n".join(lines(found))))
    return 0


async def _found(request: str | None) -> Chosen | None:
    reader = Reader(Path(runtime.ledger_path()))
    try:
        return await reader.run(lambda db: chosen(db, request))
    finally:
        await reader.close()


def lines(found: Chosen) -> Iterator[str]:
    """The three lines, below one that says which request."""
    reason = found.reason
    candidates = [one for one in reason.get("candidates", ()) if isinstance(one, dict)]
    task = found.task.replace("_", " ")
    evidence = "; ".join(str(text) for text in reason.get("evidence", ()))
    sure = reason.get("confidence")
    known = f" {sure:.2f}" if isinstance(sure, int | float) else ""
    yield f"{found.operation}  {_when(found.at)}  {found.client}: {task}{known}" + (
        f" ({evidence})" if evidence else ""
    )
    asked = [f"{name} {_became(outcome, cost)}" for name, outcome, cost in found.attempts]
    first = candidates[0] if candidates else None
    named = f"you named {reason['requested']}; " if reason.get("requested") else ""
    why = f"{first.get('model')}: {first.get('why')}" if first else "no model could answer"
    yield f"why:      {named}{why}. Asked: {', '.join(asked) or 'nobody'}."
    replay = again(reason)
    refused = [one for one in reason.get("refused", ()) if isinstance(one, dict)]
    not_those = [f"{one.get('model') or one.get('provider')}: {one.get('why')}" for one in refused]
    more = f"; and {len(not_those) - _OTHERS} more" if len(not_those) > _OTHERS else ""
    yield f"why not:  {'; '.join(not_those[:_OTHERS]) or 'nothing was refused'}{more}."
    costs = [f"{one.get('model')} {_expected(one)}" for one in candidates]
    of = f", of {replay.weighed} models" if replay.weighed is not None else ""
    yield f"expected: {', '.join(costs) or 'nothing could be asked'}{of}."
    if first is not None and first.get("quality") is not None:
        yield f"quality:  {_judged(first, found.task)}."
    if not replay.same:
        yield f"replayed: {replay.said}"


def _when(at: str) -> str:
    """By the clock of whoever asks."""
    try:
        return f"{datetime.fromisoformat(at).astimezone():%Y-%m-%d %H:%M:%S %Z}"
    except ValueError:
        return at


class Replay(NamedTuple):
    """What came of making a stored choice once more."""

    same: bool
    said: str
    weighed: int | None
    """Models there were; None when that is not known."""


def again(reason: Mapping[str, Any]) -> Replay:
    """Makes a choice again from what it was made from, and holds it against what was stored."""
    inputs, turned = str(reason.get("inputs") or ""), str(reason.get("turned") or "")
    if not inputs:
        return Replay(True, "nothing was kept to choose from again", None)
    try:
        plan, count = replayed(inputs, turned), weighed(inputs)
    except ValueError as error:
        return Replay(False, f"not possible: {error}; above is the choice as it was stored.", None)
    stored = [
        (one.get("model"), _chosen(one.get("why")), one.get("expected"), one.get("worst"))
        for one in reason.get("candidates", ())
    ]
    found = [(str(c.spec.ref), c.why, c.expected, c.worst) for c in plan.candidates]
    if "spread" in turned or "able" in turned:
        # Chance spread it, or a model could not: the order is not the choice's own.
        found = [one for one in found if one in stored]
        stored, found = sorted(stored, key=repr), sorted(found, key=repr)
    if stored == found[: len(stored)]:
        return Replay(True, "the same choice", count)
    first = str(plan.candidates[0].spec.ref) if plan.candidates else "no model"
    return Replay(
        False,
        f"by the rules of this version {first} would be first; above is what was done.",
        count,
    )


def _chosen(why: object) -> object:
    """A reason as selection gave it: chance made the order within a pool."""
    return why.partition(POOLED)[0] if isinstance(why, str) else why


def _became(outcome: str, cost: NanoUsd | None) -> str:
    return f"({outcome}, {'unknown' if cost is None else show(cost)})"


def _expected(candidate: dict[str, Any]) -> str:
    figures = [candidate.get(name) for name in ("expected", "worst")]
    texts = [show(NanoUsd(one)) if isinstance(one, int) else "unknown" for one in figures]
    takes = candidate.get("takes")
    quick = f", in about {takes / 1_000:.1f} s" if isinstance(takes, int) else ""
    return f"{texts[0]}, at most {texts[1]}{quick}"


def _judged(candidate: Mapping[str, Any], task: str) -> str:
    """How good the model was taken to be at the task, and by whose word."""
    quality, name = float(candidate["quality"]), str(candidate.get("model"))
    provider, _, model = name.partition("/")
    figures = [
        bundled().figure(ModelSpec(ref=ModelRef(provider, model), local=local), TaskKind(task))
        for local in (False, True)
    ]
    figure = max(figures, key=lambda one: (one.published, one.quality is not None))
    told = f"{name} {quality:.2f} for {task.replace('_', ' ')}"
    if figure.quality is None:
        return told
    if abs(figure.quality - quality) >= 0.005:
        return f"{told}; the bundled table has {figure.quality:.2f} ({figure.said}), moved by you"
    return f"{told}, {figure.said}" + (f" ({figure.source})" if figure.source else "")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="aircher why", description="Say why a request went to the model it went to."
    )
    parser.add_argument("request", nargs="?", metavar="REQUEST", help="its id; the newest without")
    parser.add_argument("--json", action="store_true", help="print all that is stored of it")
    return parser
