"""Which prompts a provider's cache probably holds: the last turn of conversations, in memory only.

No text is kept: a conversation is known by its name, one given in full by a hash of its turns.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Sequence

from aircherd.attempt import Reply
from aircherd.core.chat import Message
from aircherd.routing.expecting import Warm, left_warm

SECONDS = 300.0
"""How long a cache is taken to hold: the shortest life that providers state for one (Anthropic's
prompt caching page, five minutes)."""
MOST = 512


class Warmth:
    """The newest turn of each conversation."""

    def __init__(self) -> None:
        self._left: OrderedDict[str, tuple[float, Warm]] = OrderedDict()

    def of(self, conversation: str | None, now: float) -> Warm | None:
        """What the turn before left; None when it is unknown or was too long ago."""
        found = None if conversation is None else self._left.get(conversation)
        return found[1] if found is not None and now - found[0] <= SECONDS else None

    def note(self, conversation: str, reply: Reply, now: float) -> None:
        """A turn that was answered: what of its prompt is in a cache now, if anything is."""
        if not reply.usage.prompt_total:
            return  # an answer given again: nobody was asked
        self._left.pop(conversation, None)
        spec = reply.candidate.spec
        tokens = left_warm(reply.usage, spec.price)
        if tokens:
            self._left[conversation] = (now, Warm(ref=spec.ref, tokens=tokens))
        while len(self._left) > MOST:
            self._left.popitem(last=False)


def given(messages: Sequence[Message]) -> str:
    """A name for a conversation that is given in full, by what was said in it."""
    digest = hashlib.sha256()
    for message in messages:
        digest.update(f"{message.role}\x00{message.text}\x01".encode("utf-8", "surrogatepass"))
    return digest.hexdigest()
