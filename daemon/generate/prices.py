"""Makes daemon/aircherd/config/models.json from the open price data of genai-prices.

    python daemon/generate/prices.py [--check]

Run by hand and committed, so that the daemon reads one small dated file and imports no price
engine. Where the data has several rows for one model (by date or hour), the dearest that is in
force now or later is taken: what is reserved must never be too little.
"""

from __future__ import annotations

import datetime as dt
import importlib.metadata
import json
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

from genai_prices import data_snapshot, types

TARGET = Path(__file__).parent.parent / "aircherd" / "config" / "models.json"
HOSTS = {
    "openai": "openai",
    "openrouter": "openrouter",
    "groq": "groq",
    "mistral": "mistral",
    "deepseek": "deepseek",
    "xai": "x-ai",
}
"""Our provider names and the data's."""
CLASSES = {
    "input": "input_mtok",
    "output": "output_mtok",
    "cache_read": "cache_read_mtok",
    "cache_write": "cache_write_mtok",
}


def main() -> int:
    """Writes the table; with --check only says whether it is fresh."""
    text = json.dumps(table(), indent=0, sort_keys=True, ensure_ascii=False) + "\n"
    if "--check" in sys.argv:
        return 0 if _rows(TARGET.read_text("utf-8")) == _rows(text) else 1
    TARGET.write_text(text, "utf-8")
    return 0


def _rows(text: str) -> Any:
    return json.loads(text)["providers"]


def table() -> dict[str, Any]:
    """The whole table."""
    snapshot = data_snapshot.get_snapshot()
    by_id = {provider.id: provider for provider in snapshot.providers}
    version = importlib.metadata.version("genai-prices")
    return {
        "version": f"genai-prices {version}, {dt.date.today():%Y-%m-%d}",
        "license": "MIT, Pydantic Services Inc.",
        "unit": "USD per million tokens",
        "providers": {
            ours: {m.id: row for m in by_id[theirs].models if (row := _model(m)) is not None}
            for ours, theirs in HOSTS.items()
        },
    }


def _model(model: types.ModelInfo) -> dict[str, Any] | None:
    rows = _standing(model.prices) if isinstance(model.prices, list) else [model.prices]
    made = [row for row in (_prices(p) for p in rows) if row is not None]
    if not made:
        return None
    dearest = max(made, key=lambda row: Decimal(row["input"]) + Decimal(row["output"]))
    found: dict[str, Any] = {"price": dearest}
    if model.context_window:
        found["context"] = model.context_window
    return found


def _standing(prices: list[types.ConditionalPrice]) -> list[types.ModelPrice]:
    """The rows in force now or later: one that has begun replaces all before it."""
    now = dt.datetime.now(dt.UTC)
    rows: list[types.ModelPrice] = []
    for conditional in prices:
        begun = isinstance(conditional.constraint, types.StartDateConstraint)
        if begun and conditional.constraint.active(now):
            rows = []
        rows.append(conditional.prices)
    return rows


def _prices(prices: Any) -> dict[str, Any] | None:
    if prices.input_mtok is None or prices.output_mtok is None:
        return None
    row: dict[str, Any] = {}
    starts: set[int] = set()
    for name, theirs in CLASSES.items():
        value = getattr(prices, theirs)
        if value is None:
            continue
        if isinstance(value, types.TieredPrices):
            row[name] = str(value.base)
            starts |= {tier.start for tier in value.tiers}
        else:
            row[name] = str(value)
    tiers = []
    for start in sorted(starts):
        tier: dict[str, Any] = {"above": start}
        for name, theirs in CLASSES.items():
            value = getattr(prices, theirs)
            if value is None:
                continue
            price = value
            if isinstance(value, types.TieredPrices):
                price = value.base
                for step in value.tiers:
                    price = step.price if step.start <= start else price
            tier[name] = str(price)
        tiers.append(tier)
    if tiers:
        row["tiers"] = tiers
    return row


if __name__ == "__main__":
    sys.exit(main())
