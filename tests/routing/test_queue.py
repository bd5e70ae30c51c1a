"""The order in which those who wait are served."""

from __future__ import annotations

import random

from aircherd.routing.concurrency import LEAST, MOST, START, AdaptiveLimit
from aircherd.routing.queue import (
    AGES_AFTER,
    BACKGROUND,
    MOST_PER_CLIENT,
    PERSON,
    WORK,
    FairQueue,
    Ticket,
)


def line(*tickets: tuple[str, int, float]) -> FairQueue:
    queue = FairQueue()
    for client, urgency, since in tickets:
        queue.enter(Ticket(client=client, urgency=urgency, since=since))
    return queue


def served(queue: FairQueue, now: float = 10.0) -> list[tuple[str, float]]:
    order = []
    while (ticket := queue.first(now)) is not None:
        queue.take(ticket)
        order.append((ticket.client, ticket.since))
    return order


def test_clients_take_turns_whatever_each_brings() -> None:
    script = [("script", WORK, float(n)) for n in range(5)]
    queue = line(*script, ("vim", WORK, 5.0), ("vim", WORK, 6.0))
    assert [client for client, _ in served(queue)] == [
        "script", "vim", "script", "vim", "script", "script", "script",
    ]  # fmt: skip


def test_a_person_goes_before_work_and_work_before_the_background() -> None:
    queue = line(("a", BACKGROUND, 0.0), ("b", WORK, 1.0), ("c", PERSON, 2.0), ("a", PERSON, 3.0))
    assert [since for _, since in served(queue)] == [3.0, 2.0, 1.0, 0.0]


def test_whoever_waited_long_enough_is_as_urgent_as_anybody() -> None:
    queue = line(("slow", BACKGROUND, 0.0), ("quick", PERSON, AGES_AFTER))
    assert served(queue, AGES_AFTER)[0] == ("slow", 0.0)


def test_one_client_is_first_come_first_served() -> None:
    queue = line(*(("a", WORK, float(n)) for n in range(9)))
    assert [since for _, since in served(queue)] == [float(n) for n in range(9)]


def test_the_line_is_bounded_by_client_and_in_all() -> None:
    queue = line(*(("a", WORK, 0.0) for _ in range(MOST_PER_CLIENT)))
    assert queue.full("a")
    assert not queue.full("b")
    for client in "bcd":
        for _ in range(MOST_PER_CLIENT):
            queue.enter(Ticket(client=client, urgency=WORK, since=0.0))
    assert queue.full("e")


def test_positions_are_those_of_the_order() -> None:
    queue = line(("a", WORK, 0.0), ("a", WORK, 1.0), ("b", PERSON, 2.0))
    order = list(queue.order(3.0))
    assert [queue.position(ticket, 3.0) for ticket in order] == [1, 2, 3]
    queue.leave(order[0])
    assert queue.position(order[0], 3.0) == 0
    queue.leave(order[0])
    assert len(queue) == 2


def test_an_engine_that_keeps_up_is_given_more_and_one_that_does_not_less() -> None:
    limit, roll = AdaptiveLimit(), random.Random(2)
    for _ in range(300):
        limit.answered(200 + roll.random() * 50, limit.most)
    grown = limit.most
    assert START < grown <= MOST
    for _ in range(300):
        # Four slots: beyond them each request waits for another.
        limit.answered(200 * max(1.0, limit.most / 4) ** 2, limit.most)
    assert LEAST <= limit.most < grown


def test_an_idle_engine_proves_nothing() -> None:
    limit = AdaptiveLimit()
    for _ in range(100):
        limit.answered(100, 1)
    assert limit.most == START
