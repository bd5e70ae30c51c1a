"""Whether a retry is made, how long it waits, and what all of them may add."""

from __future__ import annotations

import random

import pytest

from aircherd.core.errors import ErrorKind, ProviderError
from aircherd.routing.retry import (
    BUSY,
    COOLING,
    LONGEST_WAIT,
    MOST_RETRIES,
    RetryBudget,
    wait_before_retry,
)
from figures import Figure


def error(kind: ErrorKind, after: float | None = None, **more: object) -> ProviderError:
    values: dict[str, object] = {"can_retry": True, "retry_after": after, **more}
    return ProviderError(message="x", error_kind=kind, provider="x", **values)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "kind",
    [
        ErrorKind.AUTHENTICATION,
        ErrorKind.QUOTA_EXCEEDED,
        ErrorKind.INVALID_REQUEST,
        ErrorKind.CONTEXT_LENGTH,
        ErrorKind.MODEL_NOT_FOUND,
    ],
)
def test_what_cannot_get_better_is_not_tried_again(kind: ErrorKind) -> None:
    assert wait_before_retry(error(kind), 0, 0.5) is None


def test_the_wait_is_full_jitter_above_what_was_asked() -> None:
    kind = ErrorKind.SERVER_ERROR
    assert wait_before_retry(error(kind), 0, 0.0) == 0.0
    assert wait_before_retry(error(kind), 1, 0.5) == 0.5
    assert wait_before_retry(error(kind, 4.0), 0, 0.5) == 4.25
    assert wait_before_retry(error(kind, LONGEST_WAIT + 1), 0, 0.5) is None
    assert wait_before_retry(error(kind), MOST_RETRIES, 0.5) is None


def test_nobody_waits_long_while_another_stands_by() -> None:
    limited = error(ErrorKind.RATE_LIMIT, 5.0)
    assert wait_before_retry(limited, 0, 0.0) == 5.0
    assert wait_before_retry(limited, 0, 0.0, others=True) is None
    slow = error(ErrorKind.TIMEOUT)
    assert wait_before_retry(slow, 0, 0.0) == 0.0
    assert wait_before_retry(slow, 0, 0.0, others=True) is None


def test_an_endpoint_that_was_not_asked_is_waited_for_only_at_its_own_word() -> None:
    assert wait_before_retry(error(ErrorKind.SERVER_ERROR, 2.0, code=COOLING), 0, 0.0) is None
    assert wait_before_retry(error(ErrorKind.RATE_LIMIT, 2.0, code=COOLING), 0, 0.0) == 2.0
    assert wait_before_retry(error(ErrorKind.RATE_LIMIT, 2.0, code=BUSY), 0, 0.0) is None


def test_an_engine_that_loads_is_waited_for_without_a_count() -> None:
    loading = error(ErrorKind.SERVER_ERROR, code="unavailable_error", status=503)
    assert wait_before_retry(loading, 100, 0.5) == 0.75


def test_ten_minutes_of_outage_add_a_tenth_and_the_floor(figure: Figure) -> None:
    budget, roll = RetryBudget(), random.Random(1)
    offered = made = 0
    for second in range(600):
        for _ in range(50):
            now = second + roll.random()
            budget.offered(now)
            offered += 1
            made += sum(budget.take(now) for _ in range(MOST_RETRIES))
    assert 0 < made <= 0.1 * offered + 10 * 600
    figure(f"{made:,} retries on {offered:,} requests in ten minutes of outage")


def test_a_quiet_machine_may_retry() -> None:
    budget = RetryBudget()
    budget.offered(0.0)
    assert budget.take(0.0)
    assert budget.take(0.1)
