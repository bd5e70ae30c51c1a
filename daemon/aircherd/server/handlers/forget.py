"""aircher/forget"""

from __future__ import annotations

import asyncio
import logging
import os
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from aircher_protocol.types import ForgetParams, Forgotten
from aircherd.core.errors import InvalidRequest, LedgerUnavailable
from aircherd.roots import root_of
from aircherd.server import convert
from aircherd.server import log as log_lines
from aircherd.server.dispatch import Call
from aircherd.server.house import House

log = logging.getLogger(__name__)

_RETAIN_EVERY = 6 * 3600.0
"""Seconds between two looks at what has grown too old."""
_STAMP = re.compile(r"ts=(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)")


async def handle(house: House, call: Call[ForgetParams]) -> Forgotten:
    """Forgets usage."""
    params = call.params
    if params.workspace is None and params.older_than_days is None:
        raise InvalidRequest("Say what to forget: a workspace, or what is older than some days.")
    if params.older_than_days is not None and params.older_than_days < 0:
        raise InvalidRequest("`olderThanDays` is 0 or more.")
    workspace = None
    if params.workspace is not None:
        workspace = await asyncio.to_thread(_root_of, convert.path_of(params.workspace))
    return await forget(house, workspace, params.older_than_days)


def _root_of(path: str) -> str:
    """The true path of a workspace. Raises InvalidRequest for a folder inside one: nothing is
    booked by it, and to find nothing there would look as if nothing were left."""
    true, top = os.path.realpath(path), root_of(path)
    if top != true:
        raise InvalidRequest(f"{path} lies in {top}, and usage is kept by that; forget {top}.")
    return true


async def forget(house: House, workspace: str | None, days: int | None) -> Forgotten:
    """Forgets usage of a workspace, or older than so many days, or what is both."""
    zone = ZoneInfo(house.settings.costs.zone)
    today = house.desk.clock.now().astimezone(zone).date()
    before = None if days is None else today - timedelta(days=days)
    deleted, nameless = await house.books.forget(
        workspace=workspace, before=before, floor=floor_of(today)
    )
    instant = None
    if before is not None:
        instant = datetime(before.year, before.month, before.day, tzinfo=zone)
    sent = await asyncio.to_thread(house.departures.forget, workspace=workspace, before=instant)
    answers = await house.desk.gateway.sharing.forget(workspace, instant)
    learned = await _learned(house, workspace, before)
    logged = await asyncio.to_thread(log_lines.forget, _of(workspace, instant))
    return Forgotten(
        deleted=deleted,
        nameless=nameless,
        sent=sent,
        answers=answers,
        learned=learned,
        logged=logged,
    )


async def _learned(house: House, workspace: str | None, before: date | None) -> int:
    """Forgets conversations, suggestions and what was taught. What was taught names no workspace,
    so it goes by its age alone."""
    since = midnight = None
    if before is not None:
        clock, zone = house.desk.clock, ZoneInfo(house.settings.costs.zone)
        midnight = datetime(before.year, before.month, before.day, tzinfo=zone)
        since = clock.monotonic() - (clock.now() - midnight).total_seconds()
    house.talks.forget(workspace, since)
    day = None if before is None else before.isoformat()
    count = 0
    if house.feedback.acceptance is not None:
        count = house.feedback.acceptance.forget_of(workspace, day, since)
    # It names no workspace, so it goes whole with any: what is lost is a finding shown once more.
    instant = None if workspace is not None or midnight is None else midnight.timestamp()
    house.feedback.forget(instant)
    if workspace is None and day is not None:
        try:
            count += await asyncio.to_thread(house.teaching.forget, day)
        except InvalidRequest as damaged:
            log.warning("%s", damaged)
    return count


def _of(workspace: str | None, before: datetime | None) -> Callable[[str], bool]:
    """Which lines of the log are about a workspace, from before an instant, or both."""
    named = None
    if workspace is not None:
        written = {workspace, workspace.replace("\\", "\\\\").replace('"', '\\"')}
        named = re.compile(f"(?:{'|'.join(map(re.escape, sorted(written)))})(?![\\w.-])")
    until = None if before is None else before.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")

    def goes(line: str) -> bool:
        stamp = _STAMP.match(line)
        # A line without a time is part of nothing that can be dated.
        old = until is None or stamp is None or stamp[1] < until
        return old and (named is None or named.search(line) is not None)

    return goes


async def retained(house: House) -> None:
    """Forgets what is older than the user wants it kept, now and from time to time. Never ends."""
    while True:
        if house.settings.keep_days:
            try:
                gone = await forget(house, None, house.settings.keep_days)
                log.info("forgot calls=%s nameless=%s", gone.deleted, gone.nameless)
            except (LedgerUnavailable, OSError) as error:
                log.warning("old usage is kept for now: %s", error)
        await asyncio.sleep(_RETAIN_EVERY)


def floor_of(today: date) -> date:
    """The first day of the oldest period a limit may still look at, with a day to spare for a
    change of the zone."""
    week = today - timedelta(days=today.weekday())
    return min(today.replace(day=1), week) - timedelta(days=1)
