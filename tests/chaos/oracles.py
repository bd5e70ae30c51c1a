"""Three questions to a world that has come to rest; each answers with what is wrong."""

from __future__ import annotations

import base64
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

from aircher_protocol.errors import Code, ErrorKind
from chaos.peer import Asked, Peer
from chaos.surroundings import KEY, LOCAL, PRICE
from chaos.world import World

_KINDS = {kind.value for kind in ErrorKind} - {"unknown"}
_PLAIN = {
    Code.PARSE_ERROR,
    Code.INVALID_REQUEST,
    Code.METHOD_NOT_FOUND,
    Code.INVALID_PARAMS,
    Code.REQUEST_CANCELLED,
}


def books(world: World, peers: Sequence[Peer]) -> list[str]:
    """What the far sides billed, what clients were told, and what is booked: do they agree?"""
    wrong: list[str] = []
    files = list((world.root / "state").rglob("*.sqlite3"))
    if not files:
        return ["there are no books"]
    charged: dict[str, int] = {}
    costs: dict[str, int] = {}
    in_full: set[str] = set()
    """Whose settlement never reached the disk: the next daemon books all that was held."""
    for file in files:
        db = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
        try:
            held = db.execute("SELECT count(*) FROM entries WHERE state = 'held'").fetchone()[0]
            if held:
                wrong.append(f"{held} holds are open in {file.name}")
            rows = db.execute(
                "SELECT provider, coalesce(sum(cost), 0) FROM entries GROUP BY provider"
            )
            for provider, cost in rows:
                charged[provider] = charged.get(provider, 0) + cost
            over = db.execute(
                "SELECT count(*) FROM entries WHERE cost > amount AND overrun = 0"
            ).fetchone()[0]
            if over:
                wrong.append(f"{over} entries cost more than they held, unmarked")
            wrong += _overspent(db, world.limit)
            for operation, cost in db.execute(
                "SELECT operation, coalesce(sum(cost), 0) FROM entries GROUP BY operation"
            ):
                costs[operation] = costs.get(operation, 0) + cost
            rows = db.execute(
                "SELECT DISTINCT operation FROM entries WHERE outcome IN ('abandoned', 'expired')"
            )
            in_full |= {operation for (operation,) in rows}
            if db.execute("PRAGMA integrity_check").fetchone()[0] != "ok":
                wrong.append(f"{file.name} is damaged")
        finally:
            db.close()
    for name, bill in world.bills.items():
        billed = (bill.input + bill.output) * PRICE if name not in LOCAL else 0
        if charged.get(name, 0) + world.losses.allowed[name] < billed:
            wrong.append(f"{name} billed {billed}, {charged.get(name, 0)} is booked")
    for peer in peers:
        for one in peer.asked.values():
            told = one.answers[0].get("result") if one.answers else None
            # A commit message's result is told of inside it.
            told = told.get("answer", told) if isinstance(told, dict) else {}
            cost, operation = told.get("cost"), told.get("requestId")
            if not (operation and cost and cost.get("nanoUsd")):
                continue
            if operation in world.losses.operations:
                # Of what stood in books that were spoiled only the sums come back, and its holds.
                continue
            if operation in costs:
                # Neither less nor, as when a call is booked twice, more.
                # A message that had to be mended is a second call, told of together with the first.
                found = costs[operation] + costs.get(f"{operation}r", 0)
                full = in_full & {operation, f"{operation}r"}
                if found != cost["nanoUsd"] and not (full and found > cost["nanoUsd"]):
                    wrong.append(
                        f"operation {operation} was said to cost {cost['nanoUsd']}, "
                        f"{found} is booked"
                    )
            else:
                wrong.append(f"operation {operation} was answered and is not booked")
    return wrong


def booked(world: World) -> int:
    """Nano-dollars in all books."""
    total = 0
    for file in (world.root / "state").rglob("*.sqlite3"):
        with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as db:
            total += db.execute("SELECT coalesce(sum(cost), 0) FROM entries").fetchone()[0]
    return total


def _overspent(db: sqlite3.Connection, limit: int) -> Iterator[str]:
    """Days on which more was spent than the limit, but for what a provider took beyond a hold."""
    for day, spent, beyond in db.execute(
        "SELECT day, sum(coalesce(cost, 0)), sum(CASE overrun WHEN 1 THEN cost - amount ELSE 0 END)"
        " FROM entries GROUP BY day"
    ):
        if spent > limit + beyond:
            yield f"on {day} {spent} was spent, {beyond} of it beyond holds; the limit was {limit}"
    for day, rows, summed in db.execute(
        "SELECT day, sum(coalesce(cost, 0)), (SELECT coalesce(sum(cost), 0) FROM daily"
        " WHERE daily.day = entries.day) FROM entries GROUP BY day"
    ):
        if rows != summed:
            yield f"on {day} {rows} stands in the rows and {summed} in the sums"


def answers(world: World, peers: Sequence[Peer]) -> list[str]:
    """Has every request exactly one answer of a known kind?"""
    wrong = list(world.wrong)
    for peer in peers:
        wrong += [str(one) for one in peer.strange]
        for number, one in peer.asked.items():
            wrong += [f"{peer.name} {number} {one.method}: {what}" for what in _untyped(one)]
    return wrong


def _untyped(one: Asked) -> Iterator[str]:
    if len(one.answers) > one.copies:
        yield f"{len(one.answers)} answers"
    if len(one.answers) < one.copies and not one.lost:
        yield "no answer"
    for answer in one.answers:
        error = answer.get("error")
        if error is None:
            if "result" not in answer:
                yield "neither a result nor an error"
        elif error["code"] == Code.INTERNAL_ERROR:
            yield f"a crash: {error['message']}"
        elif error["code"] == Code.REQUEST_FAILED:
            kind = (error.get("data") or {}).get("kind")
            if kind not in _KINDS and "in flight" not in error["message"]:
                yield f"an error of kind {kind}: {error['message']}"
        elif error["code"] not in _PLAIN:
            yield f"an error of code {error['code']}"


def leaks(world: World, peers: Sequence[Peer]) -> list[str]:
    """Was anything executed, kept or sent where it does not belong?"""
    wrong: list[str] = []
    if world.canary.exists():
        wrong.append("a program of the repository was executed")
    if world.sentinel.seen:
        wrong.append(f"{len(world.sentinel.seen)} requests followed a redirect")
    if world.bills["c"].requests:
        wrong.append(f"c was asked {world.bills['c'].requests} times and is named nowhere")
    needles = [
        KEY.encode(),
        base64.b64encode(KEY.encode())[:20],
        KEY[::-1].encode(),
        KEY.encode().hex().encode(),
    ]
    for place in _files(world.root):
        data = place.read_bytes()
        wrong += [f"the key stands in {place.name}" for needle in needles if needle in data]
    for peer in peers:
        wrong += [f"{peer.name} heard the key" for needle in needles if needle in peer.heard]
    for name in LOCAL:
        if any(KEY.encode() in exchange.head for exchange in world.fars[name].seen):
            wrong.append(f"{name}, an engine here, was given the key of a company")
    return wrong


def _files(root: Path) -> Iterator[Path]:
    for part in ("state", "cache", "run", "home"):
        for place in (root / part).rglob("*"):
            if place.is_file():
                yield place
    yield root / "serve.log"
