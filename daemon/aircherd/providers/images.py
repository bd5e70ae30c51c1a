"""Pictures on their way to a model: which kinds and sizes a provider takes, and as what text.

What a provider would refuse is refused here, before anything is sent, with the limit in the words.
Nothing is made smaller: that would need an image library, and the caller knows what may be lost.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from aircherd.core.chat import ChatRequest, ImagePart
from aircherd.core.errors import Unsupported

USUAL = ("image/png", "image/jpeg", "image/webp", "image/gif")
"""What nearly every model that sees can read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageLimits:
    """What one API takes. None: no limit is known."""

    media: tuple[str, ...] | None = USUAL
    each: int | None = None
    """Bytes of one picture."""
    total: int | None = None
    """Bytes of all pictures of a request, as they are sent: base64 makes four of three."""
    count: int | None = None
    """Pictures in a request."""
    addresses: bool = True
    """Whether the provider fetches a picture from an address."""


def limits_of(row: Mapping[str, Any], *, addresses: bool) -> ImageLimits:
    """The limits a host's row states; what it says nothing of is refused by the host alone."""
    media = row.get("media")
    return ImageLimits(
        media=None if media is None else tuple(media),
        each=row.get("each"),
        total=row.get("total"),
        count=row.get("count"),
        addresses=addresses,
    )


def check(provider: str, request: ChatRequest, limits: ImageLimits) -> None:
    """Raises Unsupported for the first picture, or the sum of them, that would be refused."""
    found = list(_pictures(request))
    if limits.count is not None and len(found) > limits.count:
        raise Unsupported(
            f"{provider} takes {limits.count} pictures in one request and these are {len(found)}; "
            "send fewer."
        )
    for image in found:
        if image.data is None:
            if not limits.addresses:
                raise Unsupported(
                    f"{provider} takes pictures as bytes only; give the file instead of its "
                    "address."
                )
            continue
        kind = image.media_type or "image/png"
        if limits.media is not None and kind not in limits.media:
            known = ", ".join(name.removeprefix("image/") for name in limits.media)
            raise Unsupported(f"{provider} takes no {kind}; give the picture as one of {known}.")
        if limits.each is not None and len(image.data) > limits.each:
            raise Unsupported(
                f"{provider} takes pictures of at most {_megabytes(limits.each)} and this one has "
                f"{_megabytes(len(image.data))}; make it smaller."
            )
    total = sum(len(image.data or b"") for image in found) * 4 // 3
    if limits.total is not None and total > limits.total:
        raise Unsupported(
            f"{provider} takes {_megabytes(limits.total)} of pictures in one request and these are "
            f"{_megabytes(total)} as sent; make them smaller or send fewer."
        )


def address(image: ImagePart) -> str:
    """The picture as an address: its own, or its bytes as a data URL."""
    if image.url is not None:
        return image.url
    return f"data:{image.media_type or 'image/png'};base64,{encoded(image)}"


def encoded(image: ImagePart) -> str:
    """The bytes as base64 text."""
    return base64.b64encode(image.data or b"").decode("ascii")


def _pictures(request: ChatRequest) -> Iterator[ImagePart]:
    for message in request.messages:
        for part in message.parts:
            if isinstance(part, ImagePart):
                yield part


def _megabytes(size: int) -> str:
    return f"{size / 1_000_000:.3g} MB"
