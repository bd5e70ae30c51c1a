"""`aircher why [REQUEST]`: why this model, why not the others, what it would have cost.

Told from what was stored with the request when it was made, not judged anew: prices and settings
may have changed since.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from aircherd import runtime
from aircherd.core.errors import LedgerUnavailable
from aircherd.core.money import NanoUsd, show
from aircherd.ledger.reader import Reader
from aircherd.ledger.reasons import Chosen, chosen

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
        print(json.dumps(asdict(found), ensure_ascii=False, indent=2))
    else:
        print("\n".join(lines(found)))
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
    yield f"{found.operation}  {found.at}  {found.client}: {task}{known}" + (
        f" ({evidence})" if evidence else ""
    )
    asked = [f"{name} {_became(outcome, cost)}" for name, outcome, cost in found.attempts]
    first = candidates[0] if candidates else None
    named = f"you named {reason['requested']}; " if reason.get("requested") else ""
    why = f"{first.get('model')}: {first.get('why')}" if first else "no model could answer"
    yield f"why:      {named}{why}. Asked: {', '.join(asked) or 'nobody'}."
    refused = [one for one in reason.get("refused", ()) if isinstance(one, dict)]
    not_those = [f"{one.get('model') or one.get('provider')}: {one.get('why')}" for one in refused]
    more = f"; and {len(not_those) - _OTHERS} more" if len(not_those) > _OTHERS else ""
    yield f"why not:  {'; '.join(not_those[:_OTHERS]) or 'nothing was refused'}{more}."
    costs = [f"{one.get('model')} {_expected(one)}" for one in candidates]
    yield f"expected: {', '.join(costs) or 'nothing could be asked'}."


def _became(outcome: str, cost: NanoUsd | None) -> str:
    return f"({outcome}, {'unknown' if cost is None else show(cost)})"


def _expected(candidate: dict[str, Any]) -> str:
    figures = [candidate.get(name) for name in ("expected", "worst")]
    texts = [show(NanoUsd(one)) if isinstance(one, int) else "unknown" for one in figures]
    return f"{texts[0]}, at most {texts[1]}"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="aircher why", description="Say why a request went to the model it went to."
    )
    parser.add_argument("request", nargs="?", metavar="REQUEST", help="its id; the newest without")
    parser.add_argument("--json", action="store_true", help="print all that is stored of it")
    return parser
