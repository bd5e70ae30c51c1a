"""Price tables: the one that came with this version, and a newer one the user put beside the books.

A table is JSON as `python daemon/generate/prices.py` makes it. Its day decides which one counts,
so that a new version of aircher is not held back by a table somebody took up a year before.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from aircherd import runtime
from aircherd.config.pricing import price_at
from aircherd.core.errors import InvalidConfig
from aircherd.core.money import Price

_BUNDLED = Path(__file__).with_name("models.json")
LARGEST = 32 * 1024 * 1024
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_ROW = re.compile(rb',?"([^"\\]+)":(\{.*)')
"""A line of the bundled table: a model and its row, or a provider and nothing yet."""
_HIGHEST = Decimal(100_000)
"""USD per million tokens above which a price is a mistake."""

Table = dict[str, Any]
Stamp = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Rows:
    """A table with each model's row as the JSON it is, to be read when it is asked for.

    A daemon asks for a few of its 1,200; all of them read take 1.3 MB, and so 0.3.
    """

    version: str
    """Source and day."""
    hosts: Mapping[str, Mapping[str, bytes]]
    """Rows by provider and model."""

    def of(self, provider: str) -> Mapping[str, bytes]:
        """Those of a provider; none when the table does not know it."""
        return self.hosts.get(provider, {})


def taken_up() -> Path:
    """Where a newer table stands once it was taken up."""
    return Path(runtime.table_path())


def stamp() -> Stamp | None:
    """What changes when the table that was taken up does; None when there is none."""
    try:
        found = taken_up().stat()
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns


def own() -> Table:
    """The table that came with this version."""
    table: Table = json.loads(_BUNDLED.read_bytes())
    return table


def in_force() -> Table:
    """The newer of both. A table that was damaged since it was taken up is passed over."""
    mine = own()
    try:
        other = read(taken_up())
    except InvalidConfig:
        return mine
    return other if day(other) > day(mine) else mine


def rows_in_force() -> Rows:
    """The newer of both, as `in_force` chooses."""
    mine = own_rows()
    try:
        other = read(taken_up())
    except InvalidConfig:
        return mine
    if day(other) <= day({"version": mine.version}):
        return mine
    hosts = {
        provider: {model: json.dumps(row).encode() for model, row in rows.items()}
        for provider, rows in other["providers"].items()
    }
    return Rows(str(other["version"]), hosts)


def own_rows() -> Rows:
    """Those that came with this version, by the lines `daemon/generate/prices.py` writes."""
    head, *lines = _BUNDLED.read_bytes().splitlines()
    hosts: dict[str, dict[str, bytes]] = {}
    for line in lines:
        found = _ROW.fullmatch(line)
        if found is None:
            if line.strip(b"}"):
                raise ValueError(f"{_BUNDLED.name} has a line that is no model: {line!r}")
            continue
        name = found[1].decode()
        if found[2] == b"{":
            hosts[name] = models = {}
        else:
            models[name] = found[2]
    return Rows(json.loads(head + b"}}")["version"], hosts)


def read(path: Path) -> Table:
    """A table from a file, every price in it looked at. Raises InvalidConfig."""
    try:
        with path.open("rb") as file:
            raw = file.read(LARGEST + 1)
    except OSError as error:
        raise InvalidConfig(
            f"{path} cannot be read: {error.strerror}. Name another file."
        ) from None
    if len(raw) > LARGEST:
        raise InvalidConfig(f"{path} is larger than 32 MiB; is this the right file?")
    try:
        table = json.loads(raw)
        _look_at(table)
    except (
        *(ValueError, TypeError, KeyError, AttributeError),
        *(RecursionError, OverflowError, InvalidOperation),
    ) as error:
        raise InvalidConfig(
            f"{path} is no price table as `daemon/generate/prices.py` makes them ({error}); "
            "name another file."
        ) from None
    found: Table = table
    return found


def day(table: Mapping[str, Any]) -> str:
    """The day a table was made, ISO 8601."""
    return str(_DAY.findall(str(table["version"]))[-1])


@dataclass(frozen=True, slots=True)
class Change:
    """What one model cost, and costs; None where no price is known."""

    model: str
    """`provider/model`."""
    before: Price | None
    after: Price | None


def changes(old: Table, new: Table, now: datetime) -> Iterator[Change]:
    """Every model whose price is another one now: any class of tokens, any tier."""
    mine, theirs = old["providers"], new["providers"]
    for provider in sorted({*mine, *theirs}):
        left, right = mine.get(provider, {}), theirs.get(provider, {})
        for model in sorted({*left, *right}):
            before = price_at(left.get(model, {}), now, "")
            after = price_at(right.get(model, {}), now, "")
            if before != after:
                yield Change(f"{provider}/{model}", before, after)


def _look_at(table: Any) -> None:
    """Raises ValueError and the like for what is no table."""
    if not _DAY.search(str(table["version"])):
        raise ValueError("it has no day")
    count = 0
    for rows in table["providers"].values():
        for name, row in rows.items():
            for one in row.get("prices", ()):
                count += 1
                _look_at_prices(name, one)
                for tier in one.get("tiers", ()):
                    int(tier["above"])
                    _look_at_prices(name, tier)
            price_at(row, datetime(2026, 1, 1, tzinfo=UTC), "")
    if not count:
        raise ValueError("it has no prices")


def _look_at_prices(name: str, prices: Mapping[str, Any]) -> None:
    for kind in ("input", "output", "cache_read", "cache_write"):
        if kind in ("input", "output") or kind in prices:
            amount = Decimal(str(prices[kind]))
            if not amount.is_finite() or not 0 <= amount <= _HIGHEST:
                raise ValueError(f"{name} has the price {amount}")
