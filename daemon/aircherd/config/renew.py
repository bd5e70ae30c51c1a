"""Model names that no longer answer, in a user's settings: what stands in, said with the day.

Only names at providers where they are known to be gone; a server of one's own may call its model
`gpt-4` for ever.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date

from aircherd.config.catalogue import Retired
from aircherd.core.settings import ProviderSettings, Settings

Finds = Callable[[str], Retired | None]


def renewed(
    settings: Settings, retired: Finds, today: date
) -> tuple[Settings, list[tuple[str, str]]]:
    """The settings with every name that is gone replaced, and (dotted path, warning) for each."""
    said: list[tuple[str, str]] = []
    served = {m for p in settings.providers.values() if p.base_url for m in p.models}

    def now(path: str, name: str) -> str:
        provider, _, rest = name.replace(":", "/", 1).partition("/")
        own = settings.providers.get(provider)
        if own is not None and own.base_url is not None:
            return name
        row = retired(rest or name)
        if row is None or (path.startswith("models.tasks.") and name in served):
            return name
        said.append((path, row.said(today)))
        if row.since > today:
            return name
        return name.removesuffix(rest or name) + row.use

    providers: dict[str, ProviderSettings] = {}
    for key, provider in settings.providers.items():
        if provider.base_url is None:
            models = tuple(now(f"providers.{key}.models", name) for name in provider.models)
            provider = replace(provider, models=tuple(dict.fromkeys(models)))
        providers[key] = provider
    tasks = {
        task: tuple(dict.fromkeys(now(f"models.tasks.{task}", name) for name in names))
        for task, names in settings.task_models.items()
    }
    return replace(settings, providers=providers, task_models=tasks), said


def places(known: Mapping[str, tuple[int, int]], path: str) -> tuple[int, int]:
    """Line and column of a key, however it is written: `model` for `models`, an older table."""
    tail = path.split(".", 1)[-1]
    for name in (path, path.removesuffix("s")):
        if name in known:
            return known[name]
    endings = (f".{tail}", f".{tail.removesuffix('s')}")
    return next((at for key, at in known.items() if key.endswith(endings)), (0, 0))
