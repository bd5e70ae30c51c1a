"""Model names that no longer answer, in a user's settings: what stands in, said with the day.

Only names at providers where they are known to be gone; a server of one's own may call its model
`gpt-4` for ever.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from urllib.parse import urlsplit

from aircherd.config.catalogue import Retired
from aircherd.core.settings import ProviderSettings, Settings

Finds = Callable[[str], Retired | None]


_MAKERS = ("api.openai.com", "api.anthropic.com", "generativelanguage.googleapis.com")
"""Where the names are the makers' own, however the address is written in the settings."""


def renewed(
    settings: Settings, retired: Finds, today: date
) -> tuple[Settings, list[tuple[str, str]]]:
    """The settings with every name that is gone replaced, and (dotted path, warning) for each."""
    said: list[tuple[str, str]] = []

    def now(path: str, name: str) -> str:
        row = gone(path, name, settings, retired)
        if row is None:
            return name
        said.append((path, row.said(today)))
        return name if row.since > today else stands_in(name, row)

    providers: dict[str, ProviderSettings] = {}
    for key, provider in settings.providers.items():
        models = tuple(now(f"providers.{key}.models", name) for name in provider.models)
        own = {
            name: now(f"providers.{key}.custom_models", model)
            for name, model in provider.custom_models.items()
        }
        pool = (provider.custom_models.get(name, name) for name in provider.pool)
        providers[key] = replace(
            provider,
            models=tuple(dict.fromkeys(models)),
            custom_models=own,
            pool=tuple(dict.fromkeys(now(f"providers.{key}.pool", name) for name in pool)),
        )
    tasks = {
        task: tuple(
            dict.fromkeys(now(f"models.tasks.{task}", custom(name, settings)) for name in names)
        )
        for task, names in settings.task_models.items()
    }
    return replace(settings, providers=providers, task_models=tasks), said


def gone(path: str, name: str, settings: Settings, retired: Finds) -> Retired | None:
    """What stands in for a name in a setting; None for one that is a server's own."""
    parts = path.split(".")
    provider, _, rest = name.replace(":", "/", 1).partition("/")
    if parts[0] == "providers":
        provider, rest = parts[1], name
    elif any(name in p.models for p in settings.providers.values() if _own(p)):
        return None
    written = settings.providers.get(provider)
    if written is not None and _own(written):
        return None
    return retired(rest or name)


def custom(name: str, settings: Settings) -> str:
    """The model behind a name of the user's own (`custom_models`); any other name as it is."""
    provider, _, rest = name.replace(":", "/", 1).partition("/")
    for key, written in settings.providers.items():
        model = written.custom_models.get(rest if key == provider and rest else name)
        if model is not None:
            return f"{key}/{model}"
    return name


def stands_in(name: str, row: Retired) -> str:
    """The same name, its provider in front of it as before, with the model that stands in."""
    provider, mark, rest = name.replace(":", "/", 1).partition("/")
    return f"{provider}/{row.use}" if mark and rest else row.use


def _own(written: ProviderSettings) -> bool:
    """Whether a provider is a server of the user's own, which may call its models anything."""
    try:
        return written.base_url is not None and urlsplit(written.base_url).hostname not in _MAKERS
    except ValueError:
        return True  # it is no address, and so no maker's


def places(known: Mapping[str, tuple[int, int]], path: str) -> tuple[int, int]:
    """Line and column of a key, however it is written: `model` for `models`, an older table."""
    tail = path.split(".", 1)[-1]
    for name in (path, path.removesuffix("s")):
        if name in known:
            return known[name]
    endings = (f".{tail}", f".{tail.removesuffix('s')}")
    return next((at for key, at in known.items() if key.endswith(endings)), (0, 0))
