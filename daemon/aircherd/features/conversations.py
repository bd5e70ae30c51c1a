"""Conversations that can be gone on with, in memory only.

Bounded: so many a client, so many together, so many bytes each, so long without a word. What goes
beyond is forgotten, the oldest first; nothing is ever written to disk.
"""

from __future__ import annotations

import secrets
from collections import OrderedDict
from dataclasses import dataclass, field

from aircherd.core.chat import Message
from aircherd.core.clock import Clock
from aircherd.core.errors import InvalidRequest

MOST_OF_A_CLIENT = 16
MOST = 128
BYTES = 256 * 1024
"""UTF-8 bytes of one conversation; earlier turns make room for later ones."""
SECONDS = 2 * 60 * 60.0
"""How long one is kept after its last word."""


@dataclass(slots=True)
class Conversation:
    """Turns between a person and models, oldest first."""

    id: str
    client: str
    turns: list[tuple[Message, Message]] = field(default_factory=list)
    forgotten: int = 0
    """Turns that made room."""
    last: float = 0.0
    workspace: str | None = None
    """Whose rules hold for it: that of its first turn which had one."""
    local: bool = False
    """Whether something was shown that only models on this machine may see."""
    within: tuple[str, ...] = ()
    """Folders of that workspace something was shown of: what they say counts from then on."""

    def messages(self, budget: int) -> tuple[tuple[Message, ...], int]:
        """The latest turns that fit, and how many earlier ones are missing."""
        kept: list[Message] = []
        used = count = 0
        for asked, said in reversed(self.turns):
            used += _size(asked) + _size(said)
            if used > budget:
                break
            kept[:0] = (asked, said)
            count += 1
        return tuple(kept), self.forgotten + len(self.turns) - count


class Conversations:
    """All that are kept now."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._kept: OrderedDict[str, Conversation] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    def at(self, name: str | None, client: str) -> Conversation:
        """The conversation of that name, or a new one.

        Raises InvalidRequest for one that is not known: it was another client's, or is forgotten.
        """
        self._expire()
        if name is None:
            return Conversation(id=secrets.token_urlsafe(16), client=client)
        found = self._kept.get(name)
        if found is None or found.client != client:
            raise InvalidRequest(
                "This conversation is not known here any more; ask without it to begin another."
            )
        return found

    def add(self, conversation: Conversation, question: Message, answer: Message) -> None:
        """One more turn; keeps the conversation from now on."""
        conversation.turns.append((question, answer))
        conversation.last = self._clock.monotonic()
        while len(conversation.turns) > 1 and _bytes(conversation) > BYTES:
            conversation.turns.pop(0)
            conversation.forgotten += 1
        self._kept[conversation.id] = conversation
        self._kept.move_to_end(conversation.id)
        mine = [c.id for c in self._kept.values() if c.client == conversation.client]
        for name in mine[: max(0, len(mine) - MOST_OF_A_CLIENT)]:
            del self._kept[name]
        while len(self._kept) > MOST:
            self._kept.popitem(last=False)

    def forget(self, workspace: str | None, before: float | None) -> int:
        """Drops those of a workspace, those last heard of before a monotonic instant, or both."""
        gone = [
            name
            for name, one in self._kept.items()
            if workspace in (None, one.workspace) and (before is None or one.last < before)
        ]
        for name in gone:
            del self._kept[name]
        return len(gone)

    def _expire(self) -> None:
        now = self._clock.monotonic()
        for name in [n for n, c in self._kept.items() if now - c.last > SECONDS]:
            del self._kept[name]


def _bytes(conversation: Conversation) -> int:
    return sum(_size(asked) + _size(said) for asked, said in conversation.turns)


def _size(message: Message) -> int:
    return len(message.text.encode("utf-8", "surrogatepass"))
