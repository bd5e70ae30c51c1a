"""What a caller's word for a model means here, and what the settings add to a request."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from aircherd.config.naming import meant
from aircherd.core.chat import ChatRequest
from aircherd.core.errors import UnknownModel
from aircherd.core.plan import Candidate
from aircherd.core.settings import Settings
from aircherd.market import Market
from aircherd.routing.selector import Offer, matches


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """The model to look for."""

    name: str | None
    """None when the caller named none."""
    offers: tuple[Offer, ...]
    """What there is, the named model among it."""
    notices: tuple[str, ...] = ()


class Meanings:
    """What words for models were found to mean, for as long as nothing it hangs on changes."""

    def __init__(self) -> None:
        self._on: tuple[Market, Sequence[Offer], Settings, date] | None = None
        self._found: dict[str, Wanted] = {}

    def named(
        self,
        model: str | None,
        market: Market,
        offers: tuple[Offer, ...],
        settings: Settings,
        today: date,
    ) -> Wanted:
        """As `named`, which see."""
        if model is None:
            return Wanted(name=None, offers=offers)
        on, now = self._on, (market, offers, settings, today)
        if (
            on is None
            or on[3] != today
            or any(a is not b for a, b in zip(on[:3], now[:3], strict=True))
        ):
            self._on, self._found = now, {}
        found = self._found.get(model)
        if found is None:
            found = named(model, market, offers, settings, today)
            if len(self._found) < _MOST:
                self._found[model] = found
        return found


_MOST = 64


def named(
    model: str | None, market: Market, offers: Sequence[Offer], settings: Settings, today: date
) -> Wanted:
    """Finds the model a word stands for. Raises UnknownModel when no provider in use has it.

    A name that is offered as it stands is never read as an old name for something else: a server
    of one's own may call its model as it likes.
    """
    if model is None:
        return Wanted(name=None, offers=tuple(offers))
    word = meant(model, settings, today)
    found = [offer for offer in offers if matches(model, offer.spec.ref)]
    name = model if found else word.name
    found = found or [offer for offer in offers if matches(name, offer.spec.ref)]
    if not found:
        spec = market.named(name)
        if spec is None:
            raise UnknownModel(
                f"No provider you use has a model {model!r}; "
                "`aircher models --all` lists what there is."
            )
        found = [Offer(spec=spec)]
        offers = (*offers, *found)
    here = any(offer.spec.local for offer in found)
    said = word.notice if name == word.name and not here else None
    return Wanted(name=name, offers=tuple(offers), notices=(said,) if said else ())


def as_set(request: ChatRequest, candidate: Candidate, settings: Settings) -> ChatRequest:
    """The request with what the user's settings say of its provider.

    A temperature is added only where the model is not known to refuse one.
    """
    written = settings.providers.get(candidate.spec.ref.provider)
    takes = candidate.spec.traits.sampling is not False
    if written is None or written.temperature is None or not takes:
        return request
    return (
        request
        if request.temperature is not None
        else replace(request, temperature=written.temperature)
    )


def built_as_set(
    build: Callable[[Candidate, float], ChatRequest], settings: Settings
) -> Callable[[Candidate, float], ChatRequest]:
    """A way to build requests that heeds the user's settings.

    The last one is kept: the same is asked for to look for a kept answer, and to be sent.
    """
    last: tuple[Candidate, float, ChatRequest] | None = None

    def built(candidate: Candidate, ratio: float) -> ChatRequest:
        nonlocal last
        if last is None or last[0] is not candidate or last[1] != ratio:
            last = (candidate, ratio, as_set(build(candidate, ratio), candidate, settings))
        return last[2]

    return built
