"""`providers.NAME.pool`: what of it can have no effect, as far as the file itself says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from aircherd.core.settings import Settings


def idle_pools(values: Mapping[str, Any], settings: Settings) -> Iterator[tuple[str, str, str]]:
    """(dotted path, mistake, what to do) for pools with too few models and names of none.

    What a provider has beyond the models that are written is known by the market alone.
    """
    for name, written in settings.providers.items():
        path = f"providers.{name}.pool"
        if path not in values:
            continue
        if len(written.pool) < 2:
            count = "one model only" if written.pool else "no model"
            yield path, f"'{path}' names {count}: nothing is spread", "name two, or leave it out"
        if not written.models or written.fetch_models:
            continue
        for model in written.pool:
            if model not in written.models:
                where = f"providers.{name}.models"
                what = f"'{path}' names {model!r}, which is none of {where}"
                yield path, what, "mend the name, or add it there"
