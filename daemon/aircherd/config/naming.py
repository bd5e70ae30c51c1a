"""What a model's name means: a name of the user's own, another name of its provider, an old one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from aircherd.config.catalogue import Retired, bundled
from aircherd.config.renew import custom, gone, stands_in
from aircherd.config.synonyms import PROVIDERS, model_name
from aircherd.core.settings import Settings

Finds = Callable[[str], Retired | None]


@dataclass(frozen=True, slots=True)
class Meant:
    """The model a name stands for."""

    name: str
    notice: str | None = None
    """A warning that names the replacement and the day, for a name that is or will be gone."""


def meant(name: str, settings: Settings, today: date, retired: Finds | None = None) -> Meant:
    """The model a caller's word stands for. A name nobody knows is given back as it is."""
    own = frozenset(PROVIDERS) & settings.providers.keys()
    name = custom(model_name(name, own), settings)
    row = gone("", name, settings, retired or bundled().retired)
    if row is None:
        return Meant(name)
    said = f"{row.said(today)} Write the new name to be rid of this."
    return Meant(name if row.since > today else stands_in(name, row), said)
