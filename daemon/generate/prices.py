"""Makes daemon/aircherd/config/models.json from open data, for the daemon to read in milliseconds.

    python daemon/generate/prices.py [--flags FILE | --limits-of TABLE] [--output FILE] [--check]

Prices, with their dates, hours and tiers, come from genai-prices (MIT). Windows, output limits,
capabilities, one-hour cache writes and announced ends come from the model list inside LiteLLM's
wheel (MIT), which is downloaded and read, never imported; FILE is that list when it is at hand
already. With `--limits-of` they are taken from an older table, and nothing is downloaded.
`--check` exits 1 when the prices here are not those of the installed genai-prices.
"""

from __future__ import annotations

import argparse
import datetime as dt
import importlib.metadata
import json
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import flags
from genai_prices import data_snapshot, types

TARGET = Path(__file__).parent.parent / "aircherd" / "config" / "models.json"
LIST = "litellm/model_prices_and_context_window_backup.json"
LITELLM = "1.109.1"
HOSTS = {
    "openai": ("openai", ("",)),
    "anthropic": ("anthropic", ("",)),
    "gemini": ("google", ("gemini/",)),
    "vertex": ("google", ("vertex_ai/", "gemini/")),
    "cohere": ("cohere", ("", "cohere/")),
    "azure": ("openai", ("azure/", "")),
    "openrouter": ("openrouter", ("openrouter/",)),
    "groq": ("groq", ("groq/",)),
    "mistral": ("mistral", ("mistral/",)),
    "deepseek": ("deepseek", ("deepseek/",)),
    "xai": ("x-ai", ("xai/",)),
}
"""Our provider names, the price data's, and how the model list begins theirs."""
CLASSES = {
    "input": "input_mtok",
    "output": "output_mtok",
    "cache_read": "cache_read_mtok",
    "cache_write": "cache_write_mtok",
}


def main() -> int:
    """Writes the table; with --check only says whether its prices are fresh."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--flags", type=Path, help="the model list, when it is at hand")
    parser.add_argument("--limits-of", type=Path, help="a table whose limits are still right")
    parser.add_argument("--output", type=Path, default=TARGET)
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    if options.check:
        return _check()
    if options.limits_of is not None:
        options.output.write_text(_text(_renewed(options.limits_of)), "utf-8")
        return 0
    known = json.loads(options.flags.read_text("utf-8")) if options.flags else _downloaded()
    rows = {
        ours: {
            name: {**row, **flags.of(known, name, beginnings)}
            for name, row in _priced(theirs, flags.names(known, ours, beginnings)).items()
        }
        for ours, (theirs, beginnings) in HOSTS.items()
    }
    limits = f"limits and capabilities: LiteLLM {LITELLM}, MIT, Berri AI"
    options.output.write_text(_text(_table(rows, limits)), "utf-8")
    return 0


def _table(rows: dict[str, dict[str, Any]], limits: str) -> dict[str, Any]:
    version = importlib.metadata.version("genai-prices")
    return {
        "version": f"genai-prices {version}, {dt.date.today():%Y-%m-%d}",
        "sources": [f"prices: genai-prices {version}, MIT, Pydantic Services Inc.", limits],
        "unit": "USD per million tokens",
        "providers": rows,
    }


def _renewed(path: Path) -> dict[str, Any]:
    """An older table with the prices of today."""
    old = json.loads(path.read_text("utf-8"))
    rows = {}
    for ours, (theirs, _) in HOSTS.items():
        before = old["providers"].get(ours, {})
        rows[ours] = {
            name: {**before.get(name, {}), **row}
            for name, row in _priced(theirs, list(before)).items()
        }
    limits = [line for line in old.get("sources", ()) if line.startswith("limits")]
    return _table(rows, limits[0] if limits else "limits: an older table")


def _check() -> int:
    here = json.loads(TARGET.read_text("utf-8"))["providers"]
    for ours, (theirs, _) in HOSTS.items():
        fresh = _priced(theirs, here[ours])
        if {n: r["prices"] for n, r in here[ours].items()} != {
            n: r["prices"] for n, r in fresh.items()
        }:
            print(f"{TARGET.name} is stale; run: python daemon/generate/prices.py")
            return 1
    return 0


def _text(table: dict[str, Any]) -> str:
    """JSON with one model a line, so that a change of one price is one line of a diff."""
    head = {name: value for name, value in table.items() if name != "providers"}
    lines = [json.dumps(head, ensure_ascii=False)[:-1] + ',"providers":{']
    for place, (host, rows) in enumerate(table["providers"].items()):
        lines.append(f'{"," if place else ""}"{host}":{{')
        for number, (name, row) in enumerate(sorted(rows.items())):
            body = json.dumps(row, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
            lines.append(f"{',' if number else ''}{json.dumps(name)}:{body}")
        lines.append("}")
    return "\n".join([*lines, "}}"]) + "\n"


def _downloaded() -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        words = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", folder]
        subprocess.run([*words, f"litellm=={LITELLM}"], check=True)
        with zipfile.ZipFile(next(Path(folder).glob("*.whl"))) as wheel:
            value: dict[str, Any] = json.loads(wheel.read(LIST))
    return value


def _priced(provider: str, names: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Prices by name: the data's own names, and each other name its rules say is one of them."""
    models = {one.id: one for one in data_snapshot.get_snapshot().providers}[provider].models
    found = {model.id: row for model in models if (row := _row(model)) is not None}
    for name in names:
        model = next((one for one in models if one.is_match(name)), None)
        if name not in found and model is not None and model.id in found:
            found[name] = found[model.id]
    return found


def _row(model: types.ModelInfo) -> dict[str, Any] | None:
    """The model's prices, in their order: of those in force the last one counts."""
    if isinstance(model.prices, types.ModelPrice):
        made = [_prices(model.prices, model.id)]
    else:
        made = [_conditional(one, model.id) for one in model.prices]
    if not made or any(row is None for row in made):
        # A model without a price in force is one whose price is unknown, not one that is free.
        return None
    found: dict[str, Any] = {"prices": made}
    if model.context_window:
        found["context"] = model.context_window
    return found


def _conditional(one: types.ConditionalPrice, model: str) -> dict[str, Any] | None:
    row = _prices(one.prices, model)
    if row is None:
        return None
    match one.constraint:
        case None:
            return row
        case types.StartDateConstraint():
            return {"from": one.constraint.start_date.isoformat(), **row}
        case types.TimeOfDateConstraint():
            hours = (one.constraint.start_time, one.constraint.end_time)
            return {"between": [_utc(time) for time in hours], **row}
        case _:
            raise ValueError(f"a kind of condition this generator does not know: {one.constraint}")


def _utc(time: dt.time) -> str:
    moment = dt.datetime.combine(dt.date(2026, 1, 1), time)
    moment = moment if moment.tzinfo is None else moment.astimezone(dt.UTC)
    return f"{moment:%H:%M}"


def _prices(prices: types.ModelPrice, model: str) -> dict[str, Any] | None:
    values = {name: getattr(prices, theirs) for name, theirs in CLASSES.items()}
    if values["output"] is None and "embed" in model:
        # Vectors are not billed; the data leaves their price out.
        values["output"] = 0
    if values["input"] is None or values["output"] is None:
        return None
    row = {name: str(_at(value, 0)) for name, value in values.items() if value is not None}
    starts = {
        tier.start
        for value in values.values()
        if isinstance(value, types.TieredPrices)
        for tier in value.tiers
    }
    tiers = [
        {
            "above": start,
            **{name: str(_at(value, start)) for name, value in values.items() if value is not None},
        }
        for start in sorted(starts)
    ]
    return {**row, "tiers": tiers} if tiers else row


def _at(value: Any, start: int) -> Any:
    """A price of the data for prompts longer than `start`."""
    if not isinstance(value, types.TieredPrices):
        return value
    price = value.base
    for tier in value.tiers:
        price = tier.price if tier.start <= start else price
    return price


if __name__ == "__main__":
    sys.exit(main())
