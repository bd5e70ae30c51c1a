"""`aircher outbox`, `forget`: what has left this machine, and usage taken out of the books."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from aircher.show import Failed, inert, plain, styled
from aircher_protocol.client import Client
from aircher_protocol.types import Forgotten, MaskedSecret, OutboxResult


def run(options: argparse.Namespace) -> int:
    """What was sent to models on other machines, the newest first."""
    params: dict[str, Any] = {"limit": options.limit}
    if options.operation:
        params["operation"] = options.operation
    with Client(name="terminal") as client:
        found: OutboxResult = client.call("aircher/outbox", params)
    if options.json:
        print(plain(found))
        return 0
    for row in found.sent:
        at = row.at[:19].replace("T", " ")
        print(f"{at}  {row.bytes:>9,} bytes  {inert(row.provider)}/{inert(row.model)}")
        where = f"to {inert(row.origin)} for {inert(row.client)}, operation {inert(row.operation)}"
        print(styled(f"    {where}", "2", sys.stdout))
        print(styled(f"    sha256 {row.sha256}{masked(row.masked)}", "2", sys.stdout))
        if row.unmasked:
            kinds = ", ".join(f"{one.count} {inert(one.kind)}" for one in row.unmasked)
            print(f"    sent as they are, as was asked: {kinds}")
        if options.text:
            print(inert(row.body) if row.body is not None else "    (its text was not kept)")
    if not found.sent:
        print("Nothing has left this machine.")
    if options.text and not found.keeps_text:
        print("Texts are kept only with `aircher config set outbound.keep_text true`.")
    return 0


def forget(options: argparse.Namespace) -> int:
    """Takes usage out of the books."""
    params: dict[str, Any] = {}
    if options.workspace:
        params["workspace"] = str(Path(options.workspace).resolve())
    if options.older_than is not None:
        params["olderThanDays"] = options.older_than
    if not params:
        raise Failed("Say what to forget: `--workspace PATH` or `--older-than DAYS`.")
    with Client(name="terminal") as client:
        gone: Forgotten = client.call("aircher/forget", params)
    print(f"{gone.deleted} calls and {gone.sent} lines of what was sent are forgotten.")
    print(
        f"So are {gone.answers} kept answers, {gone.logged} lines of the log and "
        f"{gone.learned} records of what was learned."
    )
    if gone.nameless:
        print(
            f"{gone.nameless} calls of this month keep their amounts, for your limits, "
            "without names."
        )
    return 0


def masked(found: tuple[MaskedSecret, ...]) -> str:
    """The secrets that were taken out, behind a semicolon; nothing when there were none."""
    if not found:
        return ""
    return "; masked " + ", ".join(f"{one.count} {inert(one.kind)}" for one in found)
