"""Values that a choice is made from, as rows of JSON and back. See `replay`."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from aircherd.core.books import Limit
from aircherd.core.catalog import Capability, ModelRef, ModelSpec
from aircherd.core.jsontext import quoted
from aircherd.core.money import PicoUsd, Price
from aircherd.core.settings import TaskRule
from aircherd.routing.expecting import Pace, Usual, Warm
from aircherd.routing.selector import Offer


@lru_cache(64)
def features(found: frozenset[Capability]) -> str:
    """What a model must be able to do, as JSON."""
    return f"[{','.join([quoted(name) for name in sorted(found)])}]"


def limit(found: Limit) -> str:
    """What names a limit, as the beginning of a row."""
    return f"{quoted(found.scope)},{quoted(found.label)}"


def warm(found: Warm) -> str:
    """What a cache holds, as JSON."""
    return f"[{quoted(found.ref.provider)},{quoted(found.ref.model)},{found.tokens}]"


def as_json(inputs: str) -> str:
    """What was packed, as a JSON string: nothing of its lasting part, the longer one, is a sign
    that JSON escapes."""
    lasting, mark, own = inputs.partition(":")
    return f'"{lasting}:{quoted(own)[1:]}' if mark else quoted(inputs)


def of_offer(one: Offer) -> list[Any]:
    """A model that was weighed."""
    spec = one.spec
    return [
        spec.ref.provider,
        spec.ref.model,
        spec.local,
        spec.context,
        spec.max_output,
        None if spec.price is None else of_price(spec.price),
        spec.quality,
        sorted(spec.capabilities),
        spec.loaded,
        one.preferred,
    ]


def offer_of(row: Sequence[Any]) -> Offer:
    """The same back. Raises ValueError or TypeError for a row of another form."""
    provider, model, local, context, most, price, quality, can, loaded, preferred = row
    spec = ModelSpec(
        ref=ModelRef(provider, model),
        local=local,
        context=context,
        max_output=most,
        price=None if price is None else price_of(price),
        quality=quality,
        capabilities=frozenset(Capability(name) for name in can),
        loaded=loaded,
    )
    return Offer(spec=spec, preferred=preferred)


def of_price(one: Price) -> list[Any]:
    """Its price, tiers and all."""
    return [
        one.version,
        one.input,
        one.output,
        one.cache_read,
        one.cache_write,
        one.cache_write_long,
        [[above, of_price(row)] for above, row in one.tiers],
    ]


def price_of(row: Sequence[Any]) -> Price:
    """The same back. Raises ValueError or TypeError for a row of another form."""
    version, plain, output, read, write, long, tiers = row
    return Price(
        version=version,
        input=PicoUsd(plain),
        output=PicoUsd(output),
        cache_read=read,
        cache_write=write,
        cache_write_long=long,
        tiers=tuple((above, price_of(tier)) for above, tier in tiers),
    )


def of_rule(one: TaskRule) -> list[Any] | None:
    """The user's rule for the task; None for none."""
    if one == TaskRule():
        return None
    features = sorted(one.features)
    return [one.request_limit, one.per_1k, one.quality, features, one.response_time]


def rule_of(row: Sequence[Any] | None) -> TaskRule:
    """The same back. Raises ValueError or TypeError for a row of another form."""
    if row is None:
        return TaskRule()
    limit, each, quality, features, seconds = row
    return TaskRule(
        request_limit=limit,
        per_1k=each,
        quality=quality,
        features=frozenset(features),
        response_time=seconds,
    )


def of_usual(one: Usual | None) -> list[Any] | None:
    """What answers took; None when nothing is known."""
    if one is None:
        return None
    return [one.answers, one.output, one.cached, one.duration_ms]


def usual_of(row: Sequence[Any] | None) -> Usual | None:
    """The same back. Raises ValueError or TypeError for a row of another form."""
    if row is None:
        return None
    return Usual(answers=row[0], output=row[1], cached=row[2], duration_ms=row[3])


def of_pace(one: Pace) -> list[Any]:
    """How quick a model was."""
    return [one.answers, one.first_ms, one.token_ms, one.tokens]


def pace_of(row: Sequence[Any]) -> Pace:
    """The same back. Raises ValueError or TypeError for a row of another form."""
    answers, first, token, *more = row
    # Older versions kept three.
    (tokens,) = more or (None,)
    return Pace(answers=answers, first_ms=first, token_ms=token, tokens=tokens)
