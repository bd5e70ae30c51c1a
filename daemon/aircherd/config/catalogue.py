"""The bundled models table: windows, prices, quality, and which model suits which task.

`models.json` is made by `python daemon/generate/prices.py` from open data, dated, with its sources;
`models.toml` beside it is ours: quality, ways of thinking, retired names and the default model of
each task. Nothing is fetched. What a provider's own list says counts before the table.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from aircherd.config.figures import INFERRED, UNKNOWN, Figure, Figures, published
from aircherd.config.pricing import price_at
from aircherd.config.tables import Rows, Stamp, rows_in_force, stamp
from aircherd.core.catalog import Capability, Effort, ModelRef, ModelSpec, Traits
from aircherd.core.money import Price, per_million
from aircherd.core.tasks import TaskKind

_DATED = re.compile(r"[-@](?:\d{8}|\d{4}-\d{2}-\d{2}|latest|preview-\d{2}-\d{4})$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Retired:
    """A model name that no longer answers."""

    name: str
    use: str
    """The model that stands in for it."""
    since: date
    """The day it was or will be switched off."""

    def said(self, today: date) -> str:
        """The warning, with the replacement and the day."""
        was = "was switched off" if self.since <= today else "will be switched off"
        return f"{self.name} {was} on {self.since}; {self.use} is used instead."


class Catalogue:
    """What is known about models without asking anybody."""

    def __init__(self, table: Rows, ours: dict[str, Any], figures: Figures | None = None) -> None:
        """`figures` is what is published of quality, the bundled table without one."""
        self.figures = figures or published()
        self.version = table.version
        """Source and day of the prices."""
        self._table = table
        self._quality: dict[str, float] = ours["quality"]
        self._local_quality: dict[str, float] = ours["local_quality"]
        self._thinking: dict[str, dict[str, Any]] = ours["thinking"]
        self._defaults: dict[str, dict[str, str]] = ours["defaults"]
        self._makers: dict[str, dict[str, list[str]]] = ours["makers"]
        self._absent: dict[str, list[str]] = ours.get("absent", {})
        self._pictures: dict[str, float] = ours["picture_output"]
        self._retired: dict[str, dict[str, Any]] = ours["retired"]

    def fill(self, spec: ModelSpec, now: datetime) -> ModelSpec:
        """The same model with window, price, quality and capabilities where the table knows."""
        row = {} if spec.local else self._row(spec.ref)
        capabilities = spec.capabilities
        if spec.said is None and row:
            mode = row.get("mode")
            can = frozenset(Capability(name) for name in row.get("can", ()))
            capabilities = frozenset({Capability(mode)}) if mode else capabilities | can
        traits = self._traits(spec, row)
        retires = spec.retires
        if retires is None and row.get("retires"):
            retires = date.fromisoformat(row["retires"])
        return replace(
            spec,
            context=spec.context or _window(row),
            max_output=spec.max_output or row.get("max_output"),
            price=spec.price or price_at(row, now, self.version),
            quality=spec.quality
            if spec.quality is not None
            else self.figure(spec, TaskKind.DEFAULT).quality,
            capabilities=capabilities,
            traits=traits,
            effort_off=spec.effort_off or Effort.OFF in (traits.efforts or ()),
            retires=retires,
        )

    def figure(self, spec: ModelSpec, task: TaskKind) -> Figure:
        """How good a model is at a task, and where that comes from."""
        if spec.local:
            names = [_local_name(spec.ref.model)]
        else:
            bare = _bare(spec.ref.model)
            names = [bare, _DATED.sub("", bare)]
        for name in names:
            found = self.figures.of(name, task, local=spec.local)
            if found is not None:
                return found
        tier = self._quality_of(spec)
        return Figure(tier, UNKNOWN if tier is None else INFERRED)

    def quality(self, spec: ModelSpec, task: TaskKind) -> float | None:
        """How good a model is at a task, 0 to 1; None: unknown."""
        return self.figure(spec, task).quality

    def judged(self) -> tuple[ModelSpec, ...]:
        """Every model the tables judge, hosted ones first, with no provider's name."""
        hosted = dict.fromkeys((*self._quality, *self.figures.names(local=False)))
        local = dict.fromkeys((*self._local_quality, *self.figures.names(local=True)))
        return tuple(
            ModelSpec(ref=ModelRef("", name), local=here)
            for here, names in ((False, hosted), (True, local))
            for name in names
        )

    def picture_price(self, ref: ModelRef, now: datetime) -> Price | None:
        """What a model's pictures cost, each of their tokens as a picture's; None: nobody says.

        Words that come with them are charged alike, so the sum is never too low.
        """
        price = price_at(self._row(ref), now, self.version)
        name = _bare(ref.model)
        fits = [beginning for beginning in self._pictures if name.startswith(beginning)]
        if price is None or not fits:
            return None
        return replace(price, output=per_million(str(self._pictures[max(fits, key=len)])))

    def known(self, provider: str, now: datetime) -> tuple[ModelSpec, ...]:
        """The models of a provider worth naming without asking it: those with a quality of ours."""
        rows = self._table.of(provider)
        absent = self._absent.get(provider, ())
        return tuple(
            self.fill(ModelSpec(ref=ModelRef(provider, name), local=False), now)
            for name in rows
            if _bare(name) in self._quality and name not in absent
        )

    def preferred(self, provider: str, task: TaskKind) -> str | None:
        """The model of a provider that suits a task, as a rule."""
        named = self._defaults.get(provider, {})
        return named.get(task, named.get("default"))

    def makers(self, provider: str, what: str) -> tuple[str, ...]:
        """The models of a provider that make `embeddings` or `images`, as a rule, best first."""
        return tuple(self._makers.get(provider, {}).get(what, ()))

    def retired(self, name: str) -> Retired | None:
        """What stands in for a name that is gone; None for one that is not known to be."""
        bare = name.rsplit("/", 1)[-1]
        row = self._retired.get(bare) or self._retired.get(_DATED.sub("", bare))
        if row is None:
            return None
        return Retired(name=name, use=row["use"], since=row["since"])

    def _row(self, ref: ModelRef) -> Mapping[str, Any]:
        rows = self._table.of(ref.provider)
        found = rows.get(ref.model)
        if found is None:
            found = rows.get(_DATED.sub("", ref.model), b"{}")
        row: Mapping[str, Any] = json.loads(found)
        return row

    def _traits(self, spec: ModelSpec, row: Mapping[str, Any]) -> Traits:
        said, ours = spec.traits, {} if spec.local else self._longest(spec.ref.model)
        efforts = ours.get("efforts", row.get("efforts"))
        default = ours.get("default")

        def first(mine: bool | None, name: str) -> bool | None:
            return mine if mine is not None else row.get(name, ours.get(name))

        return Traits(
            efforts=said.efforts
            if said.efforts is not None
            else (None if efforts is None else frozenset(Effort(e) for e in efforts)),
            effort_default=said.effort_default or (Effort(default) if default else None),
            thinking=said.thinking
            if said.thinking is not None
            else (frozenset(ours["ways"]) if "ways" in ours else None),
            sampling=first(said.sampling, "sampling"),
            forced_tools=first(said.forced_tools, "forced_tools"),
        )

    def _longest(self, model: str) -> Mapping[str, Any]:
        name = _bare(model)
        fits = [beginning for beginning in self._thinking if name.startswith(beginning)]
        return self._thinking[max(fits, key=len)] if fits else {}

    def _quality_of(self, spec: ModelSpec) -> float | None:
        if not spec.local:
            bare = _bare(spec.ref.model)
            return self._quality.get(bare, self._quality.get(_DATED.sub("", bare)))
        name = _local_name(spec.ref.model)
        fits = [prefix for prefix in self._local_quality if name.startswith(prefix)]
        return self._local_quality[max(fits, key=len)] if fits else None


def _window(row: Mapping[str, Any]) -> int | None:
    """Tokens of prompt and answer together; a limit of the prompt alone counts when smaller."""
    limits = [row[name] for name in ("context", "max_input") if row.get(name)]
    return min(limits) if limits else None


def _bare(model: str) -> str:
    """A model's name without a reseller's vendor prefix, dots as dashes."""
    return model.rsplit("/", 1)[-1].replace(".", "-")


def _local_name(model: str) -> str:
    """A local model's name without whose it is."""
    return model.lower().rsplit("/", 1)[-1]


def bundled() -> Catalogue:
    """The table that comes with this version, or the newer one that was taken up."""
    return _catalogue(stamp())


@lru_cache(maxsize=2)
def _catalogue(_: Stamp | None) -> Catalogue:
    ours = tomllib.loads(Path(__file__).with_name("models.toml").read_text("utf-8"))
    return Catalogue(rows_in_force(), ours)
