"""A circuit's life, told by a clock that is a number."""

from __future__ import annotations

import pytest

from aircherd.core.errors import ErrorKind, ProviderError
from aircherd.routing.circuit import (
    FAILURES_TO_OPEN,
    FIRST_COOL_DOWN,
    LONGEST_COOL_DOWN,
    Admission,
    Circuit,
    State,
    is_loading,
)


def broken(kind: ErrorKind = ErrorKind.SERVER_ERROR, **more: object) -> ProviderError:
    values: dict[str, object] = {"message": "x: busy. Wait.", "error_kind": kind, "provider": "x"}
    return ProviderError(**{**values, **more})  # type: ignore[arg-type]


def fail(circuit: Circuit, now: float, error: ProviderError | None = None) -> None:
    admission = circuit.admit(now)
    assert admission is not Admission.REFUSED
    circuit.failed(error or broken(), now, local=False, admission=admission)


def opened(now: float = 0.0) -> Circuit:
    circuit = Circuit()
    for _ in range(FAILURES_TO_OPEN):
        fail(circuit, now)
    return circuit


def test_every_attempt_counts_and_it_opens_by_itself() -> None:
    circuit = Circuit()
    for number in range(FAILURES_TO_OPEN):
        assert circuit.state(0.0) is State.CLOSED, number
        fail(circuit, 0.0)
    assert circuit.state(0.0) is State.OPEN
    assert circuit.admit(FIRST_COOL_DOWN - 0.001) is Admission.REFUSED
    assert circuit.cooling(1.0) == FIRST_COOL_DOWN - 1.0


def test_an_answer_in_between_starts_the_count_anew() -> None:
    circuit = Circuit()
    for _ in range(10):
        fail(circuit, 0.0)
        fail(circuit, 0.0)
        circuit.succeeded()
    assert circuit.state(0.0) is State.CLOSED


def test_half_open_admits_one() -> None:
    circuit = opened()
    then = FIRST_COOL_DOWN
    assert circuit.state(then) is State.HALF_OPEN
    assert circuit.admit(then) is Admission.PROBE
    assert [circuit.admit(then) for _ in range(50)] == [Admission.REFUSED] * 50
    circuit.succeeded()
    assert circuit.admit(then) is Admission.PASSED


def test_a_cancelled_probe_gives_its_place_to_the_next() -> None:
    circuit = opened()
    probe = circuit.admit(FIRST_COOL_DOWN)
    circuit.left(Admission.PASSED)  # an old request that was cancelled frees nothing
    assert circuit.admit(FIRST_COOL_DOWN) is Admission.REFUSED
    circuit.left(probe)
    assert circuit.admit(FIRST_COOL_DOWN) is Admission.PROBE


def test_a_probe_nobody_reported_on_does_not_block_for_ever() -> None:
    circuit = opened()
    assert circuit.admit(FIRST_COOL_DOWN) is Admission.PROBE
    assert circuit.admit(FIRST_COOL_DOWN + 121.0) is Admission.PROBE


def test_each_failed_probe_doubles_the_wait_up_to_a_bound() -> None:
    circuit, now, waits = opened(), 0.0, []
    for _ in range(8):
        now += circuit.cooling(now)
        fail(circuit, now)
        waits.append(circuit.cooling(now))
    assert waits[:3] == [10.0, 20.0, 40.0]
    assert waits[3:] == [LONGEST_COOL_DOWN] * 5


def test_a_late_failure_of_a_request_that_began_earlier_is_no_probe() -> None:
    circuit = Circuit()
    early = circuit.admit(0.0)
    for _ in range(FAILURES_TO_OPEN):
        fail(circuit, 0.0)
    probe = circuit.admit(FIRST_COOL_DOWN)
    for _ in range(FAILURES_TO_OPEN):
        circuit.failed(broken(), FIRST_COOL_DOWN, local=False, admission=early)
    assert circuit.state(FIRST_COOL_DOWN) is State.HALF_OPEN
    assert circuit.admit(FIRST_COOL_DOWN) is Admission.REFUSED
    circuit.succeeded()
    assert probe is Admission.PROBE


@pytest.mark.parametrize(
    "kind",
    [
        ErrorKind.INVALID_REQUEST,
        ErrorKind.CONTEXT_LENGTH,
        ErrorKind.CONTENT_FILTER,
        ErrorKind.MODEL_NOT_FOUND,
    ],
)
def test_a_request_that_was_wrong_itself_tells_nothing_of_the_endpoint(kind: ErrorKind) -> None:
    circuit = Circuit()
    for _ in range(20):
        fail(circuit, 0.0, broken(kind))
    assert circuit.state(0.0) is State.CLOSED


@pytest.mark.parametrize(
    ("kind", "asked", "rest"),
    [
        (ErrorKind.RATE_LIMIT, 30.0, 30.0),
        (ErrorKind.RATE_LIMIT, None, 1.0),
        (ErrorKind.SERVER_ERROR, 12.0, 12.0),
        (ErrorKind.QUOTA_EXCEEDED, None, 600.0),
        (ErrorKind.AUTHENTICATION, None, 60.0),
        (ErrorKind.RATE_LIMIT, 90_000.0, 3_600.0),
    ],
)
def test_what_a_provider_asks_for_is_granted(
    kind: ErrorKind, asked: float | None, rest: float
) -> None:
    circuit = Circuit()
    fail(circuit, 100.0, broken(kind, retry_after=asked))
    assert circuit.cooling(100.0) == rest


def test_another_key_that_is_awake_keeps_it_closed() -> None:
    circuit = Circuit()
    fail(circuit, 0.0, broken(ErrorKind.RATE_LIMIT, can_retry=True, retry_after=0.0))
    assert circuit.state(0.0) is State.CLOSED


def test_loading_is_not_down() -> None:
    loading = broken(status=503, code="unavailable_error", message="x: Loading model. Wait.")
    assert is_loading(loading)
    circuit = Circuit()
    for _ in range(20):
        admission = circuit.admit(0.0)
        circuit.failed(loading, 0.0, local=True, admission=admission)
    assert circuit.state(0.0) is State.CLOSED


def test_words_of_loading_without_the_status_mean_nothing() -> None:
    assert not is_loading(broken(message="x: loading model failed", status=500))
    assert not is_loading(broken(message="x: loading model"))
