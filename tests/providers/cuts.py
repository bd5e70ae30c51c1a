"""Feeds recorded answers to a decoder whole, cut in two everywhere, cut short everywhere."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable

from aircherd.core.chat import Finished, StreamEvent, TextDelta, ThinkingDelta, Transcript
from aircherd.core.errors import ErrorKind, ProviderError
from aircherd.providers.base import Decoder

Make = Callable[[], Decoder]


def events(make: Make, pieces: Iterable[bytes]) -> list[StreamEvent]:
    """Every event of an answer that comes in these pieces."""
    decoder = make()
    found: list[StreamEvent] = []
    for piece in pieces:
        found += decoder.feed(piece)
    found += decoder.end()
    return found


def whole(make: Make, body: bytes) -> Transcript:
    """What comes of an answer that arrives at once."""
    transcript = Transcript()
    for event in events(make, [body]):
        transcript.add(event)
    return transcript


def joined(found: Iterable[StreamEvent]) -> list[StreamEvent]:
    """The events with neighbouring text made one, as cuts may part it differently."""
    out: list[StreamEvent] = []
    for event in found:
        last = out[-1] if out else None
        for kind in (TextDelta, ThinkingDelta):
            if isinstance(event, kind) and isinstance(last, kind):
                out[-1] = kind(last.text + event.text)
                break
        else:
            out.append(event)
    return out


def same_however_cut(make: Make, body: bytes, *, seed: int = 7, rounds: int = 60) -> int:
    """Cut in two at every byte, and into random pieces: always the same events. How many cuts."""
    wanted = joined(events(make, [body]))
    for at in range(1, len(body)):
        assert joined(events(make, [body[:at], body[at:]])) == wanted, f"cut at byte {at}"
    assert joined(events(make, [body[i : i + 1] for i in range(len(body))])) == wanted
    chance = random.Random(seed)
    for _ in range(rounds):
        marks = sorted(chance.sample(range(1, len(body)), min(9, len(body) - 1)))
        pieces = [body[a:b] for a, b in zip([0, *marks], [*marks, len(body)], strict=True)]
        assert joined(events(make, pieces)) == wanted, f"cuts at {marks}"
    return len(body) + rounds


def never_done_early(make: Make, body: bytes, end: int) -> int:
    """Cut short at every byte before `end`: interrupted, and never Finished. How many cuts.

    `end` is where the provider has said that the answer is complete; what follows is blank.
    """
    for at in range(end):
        decoder = make()
        found: list[StreamEvent] = []
        try:
            found += decoder.feed(body[:at])
            for event in decoder.end():
                found.append(event)
        except ProviderError as raised:
            error = raised
        else:
            raise AssertionError(f"an answer cut at byte {at} of {len(body)} passed for whole")
        assert error.error_kind in (ErrorKind.INTERRUPTED, ErrorKind.SERVER_ERROR), at
        assert not any(isinstance(event, Finished) for event in found), f"cut at byte {at}"
    return end
