"""Vectors, pictures and counts as the wire has them."""

from __future__ import annotations

import base64

from aircher_protocol import types as t
from aircherd.features.making import Counted, Made
from aircherd.server.convert import money, usage


def embedded(made: Made) -> t.Embedded:
    """Vectors with who made them and what they cost."""
    assert made.embeddings is not None
    told = made.told
    return t.Embedded(
        vectors=made.embeddings.vectors,
        request_id=told.operation,
        provider=told.ref.provider,
        model=told.ref.model,
        local=told.local,
        usage=usage(told.usage),
        cost=money(told.cost, estimated=told.estimated),
        duration_ms=told.duration_ms,
        notices=told.notices,
    )


def pictured(made: Made) -> t.Pictured:
    """Pictures with who made them and what they cost."""
    assert made.pictures is not None
    told = made.told
    return t.Pictured(
        pictures=tuple(
            t.PictureFile(
                data=base64.b64encode(one.data).decode("ascii"), media_type=one.media_type
            )
            for one in made.pictures.pictures
        ),
        text=made.pictures.text,
        request_id=told.operation,
        provider=told.ref.provider,
        model=told.ref.model,
        local=told.local,
        usage=usage(told.usage),
        cost=money(told.cost, estimated=told.estimated),
        duration_ms=told.duration_ms,
        notices=told.notices,
    )


def counted(found: Counted) -> t.CountedTokens:
    """A count with who counted."""
    return t.CountedTokens(
        tokens=found.count.tokens,
        how=t.CountedBy(found.count.how),
        provider=found.ref.provider,
        model=found.ref.model,
        why=found.why,
    )
