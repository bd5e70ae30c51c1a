"""What refusals mean: status, headers and body of every provider that speaks chat completions."""

# ruff: noqa: E501 - one refusal a line

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from aircherd.core.errors import ErrorKind as K
from aircherd.providers.failures import failure
from aircherd.providers.waits import retry_after

# (who, status, body, kind, worth a retry)
ROWS: list[tuple[str, int, Any, K, bool]] = [
    ("openai key", 401, {"error": {"code": "invalid_api_key", "message": "Incorrect"}}, K.AUTHENTICATION, False),
    ("openai region", 403, {"error": {"message": "Country not supported"}}, K.AUTHENTICATION, False),
    ("openai model", 404, {"error": {"code": "model_not_found", "message": "x"}}, K.MODEL_NOT_FOUND, False),
    ("openai window", 400, {"error": {"code": "context_length_exceeded", "message": "x"}}, K.CONTEXT_LENGTH, False),
    ("openai filter", 400, {"error": {"code": "content_policy_violation", "message": "x"}}, K.CONTENT_FILTER, False),
    ("openai prompt", 400, {"error": {"code": "invalid_prompt", "message": "x"}}, K.CONTENT_FILTER, False),
    ("openai rate", 429, {"error": {"code": "rate_limit_exceeded", "message": "x"}}, K.RATE_LIMIT, True),
    ("openai slow down", 429, {"error": {"code": "slow_down", "message": "x"}}, K.RATE_LIMIT, True),
    ("trap 13 quota", 429, {"error": {"type": "insufficient_quota", "message": "x"}}, K.QUOTA_EXCEEDED, False),
    ("trap 13 credit", 429, {"error": {"code": "credit_balance_exhausted", "message": "x"}}, K.QUOTA_EXCEEDED, False),
    ("trap 13 spend", 429, {"error": {"code": "project_spend_limit_exceeded", "message": "x"}}, K.QUOTA_EXCEEDED, False),
    ("openai down", 500, {"error": {"type": "server_error", "message": "x"}}, K.SERVER_ERROR, True),
    ("openai full", 503, {"error": {"code": "server_is_overloaded", "message": "x"}}, K.SERVER_ERROR, True),
    ("trap 14 402", 402, {"error": {"code": 402, "message": "Insufficient credits"}}, K.QUOTA_EXCEEDED, False),
    ("openrouter moderation", 403, {"error": {"code": 403, "message": "flagged", "metadata": {"reasons": ["x"]}}}, K.CONTENT_FILTER, False),
    ("openrouter free day", 429, {"error": {"code": 429, "message": "Rate limit exceeded: free-models-per-day"}}, K.QUOTA_EXCEEDED, False),
    ("openrouter no endpoint", 404, {"error": {"code": 404, "message": "No endpoints found"}}, K.MODEL_NOT_FOUND, False),
    ("openrouter 529", 529, {"error": {"code": 529, "message": "overloaded"}}, K.SERVER_ERROR, True),
    ("hf credits", 402, {"error": "You have exceeded your monthly included credits"}, K.QUOTA_EXCEEDED, False),
    ("hf token", 403, {"error": "no permission"}, K.AUTHENTICATION, False),
    ("nvidia gone", 410, {"status": 410, "title": "Gone", "detail": "end of life"}, K.MODEL_NOT_FOUND, False),
    ("nvidia function", 404, {"status": 404, "title": "Not Found", "detail": "Function not found for account"}, K.MODEL_NOT_FOUND, False),
    ("vllm window", 400, {"error": {"message": "This model's maximum context length is 4096 tokens.", "type": "BadRequestError", "code": 400}}, K.CONTEXT_LENGTH, False),
    ("old vllm", 400, {"object": "error", "message": "This model's maximum context length is 4096", "code": 40303}, K.CONTEXT_LENGTH, False),
    ("vllm validation", 422, {"detail": [{"loc": ["body"], "msg": "x", "type": "y"}]}, K.INVALID_REQUEST, False),
    ("lm studio", 400, {"error": "The number of tokens exceeds the available context size"}, K.CONTEXT_LENGTH, False),
    ("llama.cpp", 400, {"error": {"code": 400, "message": "the request exceeds the available context size", "type": "exceed_context_size_error"}}, K.CONTEXT_LENGTH, False),
    ("groq large", 413, {"error": {"message": "Request too large for model", "code": "rate_limit_exceeded"}}, K.INVALID_REQUEST, False),
    ("ollama memory", 500, {"error": "model requires more system memory (9 GiB) than is available"}, K.SERVER_ERROR, False),
    ("ollama busy", 503, {"error": "server busy, please try again. maximum pending requests exceeded"}, K.SERVER_ERROR, True),
    ("field too long", 400, {"error": {"code": "string_above_max_length", "message": "maximum input length is 9 tokens"}}, K.INVALID_REQUEST, False),
    ("timeout", 408, {}, K.TIMEOUT, True),
    ("gateway", 504, {}, K.TIMEOUT, True),
    ("conflict", 409, {}, K.SERVER_ERROR, True),
]  # fmt: skip


@pytest.mark.parametrize(("who", "status", "body", "kind", "retry"), ROWS, ids=[r[0] for r in ROWS])
def test_what_a_refusal_means(who: str, status: int, body: Any, kind: K, retry: bool) -> None:
    error = failure("acme", status, {}, json.dumps(body).encode())
    assert (error.error_kind, error.can_retry) == (kind, retry), who
    assert error.message.startswith("acme: ")
    assert error.message.endswith(".")
    assert error.status == status


@pytest.mark.parametrize(
    "body", [b"", b"<html><body>502 Bad Gateway</body></html>", b"\xff\xfe", b"[]", b"null", b"[" * 9_000]
)  # fmt: skip
def test_a_body_of_no_known_shape_goes_by_the_status(body: bytes) -> None:
    error = failure("acme", 502, {}, body)
    assert error.error_kind is K.SERVER_ERROR
    assert "HTTP 502" in error.message
    assert "<" not in error.message


def test_the_prompt_echoed_in_an_error_does_not_decide() -> None:
    """Providers repeat what was sent; words in it are not the provider's."""
    echo = {"error": {"message": "bad field", "param": "rate limit exceeded; prompt is too long"}}
    assert failure("acme", 400, {}, json.dumps(echo).encode()).error_kind is K.INVALID_REQUEST


def test_a_key_echoed_in_an_error_is_not_shown() -> None:
    echo = {"error": {"message": "Incorrect API key provided: sk-live-12345. \x1b[31mred"}}
    error = failure("acme", 401, {}, json.dumps(echo).encode(), key="sk-live-12345")
    assert "sk-live-12345" not in str(error)
    assert "[key]" in str(error)
    assert "\x1b" not in str(error)


def test_trap_36_waiting_times_in_all_their_forms() -> None:
    assert retry_after({"retry-after-ms": "250"}) == 0.25
    assert retry_after({"retry-after": "1.5"}) == 1.5
    assert retry_after({"retry-after-ms": "x", "retry-after": "2"}) == 2
    soon = datetime.now(UTC) + timedelta(seconds=30)
    found = retry_after({"retry-after": format_datetime(soon, usegmt=True)})
    assert found is not None
    assert 25 <= found <= 31
    past = datetime.now(UTC) - timedelta(days=1)
    assert retry_after({"retry-after": format_datetime(past, usegmt=True)}) == 0
    # Both by the server's clock, whatever ours says.
    for hours in (-5, 5):
        theirs = datetime.now(UTC) + timedelta(hours=hours)
        then = format_datetime(theirs + timedelta(seconds=90), usegmt=True)
        told = {"retry-after": then, "date": format_datetime(theirs, usegmt=True)}
        assert retry_after(told) == 90
    far_off = format_datetime(datetime.now(UTC) + timedelta(days=900), usegmt=True)
    assert retry_after({"retry-after": far_off, "date": "yesterday"}) == 86_400
    for odd in ("", "soon", "nan", "-5", "inf", "1e400"):
        value = retry_after({"retry-after": odd})
        assert value is None or 0 <= value < 1e9, odd


def test_the_server_s_own_word_on_retrying_counts() -> None:
    assert not failure("a", 503, {"X-Should-Retry": "false"}, b"").can_retry
    assert failure("a", 400, {"x-should-retry": "true"}, b"").can_retry


@pytest.mark.parametrize(
    ("status", "asked", "words"),
    [
        (429, "30", "Ask again in 30 s, or name another provider in providers.fallback_order."),
        (429, "600", "Ask again in 10 min, or name another provider in providers.fallback_order."),
        (429, "0.2", "Wait a moment, or name another provider in providers.fallback_order."),
        (503, "5", "Ask again in 5 s, or use another provider."),
        (503, "", "Try again, or use another provider."),
        (401, "30", "`aircher doctor` names its source; `aircher keys set` takes another."),
    ],
)
def test_a_wait_that_is_known_is_said(status: int, asked: str, words: str) -> None:
    error = failure("acme", status, {"Retry-After": asked}, b'{"error": {"message": "no"}}')
    assert str(error) == f"acme: no. {words}"
