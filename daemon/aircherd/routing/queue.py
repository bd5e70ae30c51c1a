"""Who goes next when an endpoint is busy. Pure: who waits and in which order, nothing of waiting.

A person who waits goes before a background job. Within one urgency the clients take turns, so that
a script with a thousand requests does not keep an editor waiting; within one client it is first
come, first served. Nobody starves: what has waited long enough counts as urgent.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field

from aircherd.core.tasks import TaskKind

MOST_WAITING = 1_024
"""Requests that may wait for one endpoint."""
MOST_PER_CLIENT = 256
AGES_AFTER = 30.0
"""Seconds after which whoever waits is as urgent as anybody."""
PERSON, WORK, BACKGROUND = 0, 1, 2
URGENCY: dict[TaskKind, int] = {
    TaskKind.COMMIT_MESSAGES: PERSON,
    TaskKind.QUICK_QUESTIONS: PERSON,
}
"""What somebody sits and waits for; anything else is `WORK`, and `BACKGROUND` what nobody reads as
it comes (vectors, pictures)."""


@dataclass(slots=True, eq=False)
class Ticket:
    """One request that waits."""

    client: str
    urgency: int
    since: float
    """Monotonic instant."""
    tokens: int = 0


@dataclass(slots=True)
class FairQueue:
    """Those who wait for one endpoint."""

    _clients: OrderedDict[str, list[Ticket]] = field(default_factory=OrderedDict)
    """Clients in the order of their turns; whoever was served goes to the end."""

    def __len__(self) -> int:
        return sum(len(tickets) for tickets in self._clients.values())

    def full(self, client: str) -> bool:
        """Whether one more of this client has no room."""
        return len(self) >= MOST_WAITING or len(self._clients.get(client, ())) >= MOST_PER_CLIENT

    def enter(self, ticket: Ticket) -> None:
        """Gets in line. The caller has asked `full` first."""
        self._clients.setdefault(ticket.client, []).append(ticket)

    def leave(self, ticket: Ticket) -> None:
        """Out of the line, served or not; being out already is no error."""
        waiting = self._clients.get(ticket.client)
        if waiting is None or ticket not in waiting:
            return
        waiting.remove(ticket)
        if not waiting:
            del self._clients[ticket.client]

    def first(self, now: float) -> Ticket | None:
        """Who goes next; they stay in line until they `take` their turn."""
        return next(self.order(now), None) if self._clients else None

    def take(self, ticket: Ticket) -> None:
        """Serves one: out of the line, and their client's next turn comes after the others'."""
        self.leave(ticket)
        if ticket.client in self._clients:
            self._clients.move_to_end(ticket.client)

    def position(self, ticket: Ticket, now: float) -> int:
        """1 for the next one; 0 for one who is not in line."""
        for place, one in enumerate(self.order(now), start=1):
            if one is ticket:
                return place
        return 0

    def place_of(self, ticket: Ticket, now: float) -> int:
        """The place one would have that is not in line yet."""
        self.enter(ticket)
        try:
            return self.position(ticket, now)
        finally:
            self.leave(ticket)

    def order(self, now: float) -> Iterator[Ticket]:
        """All who wait, in the order they would be served now."""
        for urgency in (PERSON, WORK, BACKGROUND):
            lines = [
                [one for one in waiting if _urgency(one, now) == urgency]
                for waiting in self._clients.values()
            ]
            for turn in range(max((len(line) for line in lines), default=0)):
                for line in lines:
                    if turn < len(line):
                        yield line[turn]


def _urgency(ticket: Ticket, now: float) -> int:
    return PERSON if now - ticket.since >= AGES_AFTER else ticket.urgency
