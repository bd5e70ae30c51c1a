"""The bundled models table: windows, prices, quality, and which model suits which task.

`models.json` is made by `python daemon/generate/prices.py` from open data, dated, with its sources;
`models.toml` beside it is ours: quality and the default model of each task. Nothing is fetched.
"""

from __future__ import annotations

import json
import tomllib
from dataclasses import replace
from functools import cache
from importlib.resources import files
from typing import Any

from aircherd.core.catalog import Capability, ModelRef, ModelSpec
from aircherd.core.money import Price, per_million
from aircherd.core.tasks import TaskKind


class Catalogue:
    """What is known about models without asking anybody."""

    def __init__(self, table: dict[str, Any], ours: dict[str, Any]) -> None:
        self.version = str(table["version"])
        """Source and day of the prices."""
        self._hosts: dict[str, dict[str, Any]] = table["providers"]
        self._quality: dict[str, float] = ours["quality"]
        self._local_quality: dict[str, float] = ours["local_quality"]
        self._thinking: dict[str, bool] = ours["thinking"]
        self._defaults: dict[str, dict[str, str]] = ours["defaults"]

    def fill(self, spec: ModelSpec) -> ModelSpec:
        """The same model with window, price, quality and capabilities where the table knows."""
        row = {} if spec.local else self._hosts.get(spec.ref.provider, {}).get(spec.ref.model, {})
        capabilities = spec.capabilities
        off = None if spec.local else self._thinking.get(_bare(spec.ref.model))
        if off is not None:
            capabilities = capabilities | {Capability.THINKING}
        return replace(
            spec,
            context=spec.context or row.get("context"),
            price=spec.price or self._price(row),
            quality=spec.quality if spec.quality is not None else self._quality_of(spec),
            capabilities=capabilities,
            effort_off=spec.effort_off or bool(off),
        )

    def known(self, provider: str) -> tuple[ModelSpec, ...]:
        """The models of a provider worth naming without asking it: those with a quality of ours."""
        rows = self._hosts.get(provider, {})
        return tuple(
            self.fill(ModelSpec(ref=ModelRef(provider, name), local=False))
            for name in rows
            if _bare(name) in self._quality
        )

    def preferred(self, provider: str, task: TaskKind) -> str | None:
        """The model of a provider that suits a task, as a rule."""
        return self._defaults.get(provider, {}).get(task)

    def _price(self, row: dict[str, Any]) -> Price | None:
        price = row.get("price")
        if price is None:
            return None
        tiers = tuple((int(t["above"]), self._row(t)) for t in price.get("tiers", ()))
        return replace(self._row(price), tiers=tiers)

    def _row(self, price: dict[str, Any]) -> Price:
        def cost(name: str) -> Any:
            return None if price.get(name) is None else per_million(price[name])

        return Price(
            version=self.version,
            input=cost("input"),
            output=cost("output"),
            cache_read=cost("cache_read"),
            cache_write=cost("cache_write"),
        )

    def _quality_of(self, spec: ModelSpec) -> float | None:
        if not spec.local:
            return self._quality.get(_bare(spec.ref.model))
        name = spec.ref.model.lower().rsplit("/", 1)[-1]
        fits = [prefix for prefix in self._local_quality if name.startswith(prefix)]
        return self._local_quality[max(fits, key=len)] if fits else None


def _bare(model: str) -> str:
    """A model's name without a reseller's vendor prefix, dots as dashes."""
    return model.rsplit("/", 1)[-1].replace(".", "-")


@cache
def bundled() -> Catalogue:
    """The table that comes with this version."""
    here = files("aircherd.config")
    table = json.loads((here / "models.json").read_text("utf-8"))
    return Catalogue(table, tomllib.loads((here / "models.toml").read_text("utf-8")))
