"""aircher/forget"""

from __future__ import annotations

import asyncio
import logging
import os
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from aircher_protocol.types import ForgetParams, Forgotten
from aircherd.core.errors import InvalidRequest, LedgerUnavailable
from aircherd.server import convert
from aircherd.server.dispatch import Call
from aircherd.server.house import House

log = logging.getLogger(__name__)

_RETAIN_EVERY = 6 * 3600.0
"""Seconds between two looks at what has grown too old."""


async def handle(house: House, call: Call[ForgetParams]) -> Forgotten:
    """Forgets usage."""
    params = call.params
    if params.workspace is None and params.older_than_days is None:
        raise InvalidRequest("Say what to forget: a workspace, or what is older than some days.")
    if params.older_than_days is not None and params.older_than_days < 0:
        raise InvalidRequest("`olderThanDays` is 0 or more.")
    workspace = None
    if params.workspace is not None:
        workspace = await asyncio.to_thread(os.path.realpath, convert.path_of(params.workspace))
    return await forget(house, workspace, params.older_than_days)


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
    return Forgotten(deleted=deleted, nameless=nameless, sent=sent)


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
