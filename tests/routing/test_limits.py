"""Rate limits as providers write them, and the waits that follow."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from aircherd.routing.limits import Allowance, seconds

WALL = datetime(2026, 11, 21, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("12ms", 0.012),
        ("1s", 1.0),
        ("6m0s", 360.0),
        ("1h2m3.5s", 3723.5),
        ("46s", 46.0),
        ("30", 30.0),
        ("0", 0.0),
        ("-1", None),
        ("2026-11-21T12:00:30Z", 30.0),
        ("2026-11-21T11:59:30Z", 0.0),
        (str(int((WALL.timestamp() + 9) * 1000)), 9.0),
        (str(int(WALL.timestamp() + 9)), 9.0),
        ("soon", None),
        ("", None),
        ("9" * 400, None),
        ("2026-11-21T12:00:30", None),
    ],
)
def test_every_form_of_reset_is_read(text: str, wanted: float | None) -> None:
    found = seconds(text, WALL)
    assert found == (None if wanted is None else pytest.approx(wanted))


def test_openai_headers() -> None:
    allowance = Allowance()
    headers = {
        "X-RateLimit-Limit-Requests": "60",
        "x-ratelimit-remaining-requests": "0",
        "x-ratelimit-reset-requests": "60s",
        "x-ratelimit-limit-tokens": "6000",
        "x-ratelimit-remaining-tokens": "100",
    }
    allowance.heard(headers, 0.0, WALL)
    assert allowance.wait(1, 0.0) == pytest.approx(1.0)
    assert allowance.wait(200, 0.0) == pytest.approx(1.0)
    assert allowance.wait(1_100, 0.0) == pytest.approx(10.0)
    assert allowance.wait(1_100, 10.0) == pytest.approx(0.0)
    assert allowance.left("tokens", 10.0) == 1_100


def test_anthropic_headers_take_the_tightest() -> None:
    allowance = Allowance()
    headers = {
        "anthropic-ratelimit-input-tokens-limit": "60000",
        "anthropic-ratelimit-input-tokens-remaining": "60000",
        "anthropic-ratelimit-output-tokens-limit": "8000",
        "anthropic-ratelimit-output-tokens-remaining": "0",
        "anthropic-ratelimit-output-tokens-reset": "2026-11-21T12:00:30Z",
    }
    allowance.heard(headers, 0.0, WALL)
    assert allowance.wait(10, 0.0) == pytest.approx(30.0)


@pytest.mark.parametrize("junk", ["NaN", "1e999", "-5", "", "many", "9" * 50, "0x10"])
def test_junk_in_headers_changes_nothing(junk: str) -> None:
    allowance = Allowance()
    allowance.heard(
        {f"x-ratelimit-{w}-requests": junk for w in ("limit", "remaining", "reset")}, 0.0, WALL
    )
    assert allowance.wait(10**6, 0.0) == 0.0


def test_what_the_user_wrote_holds_until_the_headers_say_less() -> None:
    allowance = Allowance()
    allowance.configure("requests", 60, 0.0)
    for _ in range(60):
        assert allowance.wait(0, 0.0) == 0.0
        allowance.take(0, 0.0)
    assert allowance.wait(0, 0.0) == pytest.approx(1.0)
    allowance.heard({"x-ratelimit-limit-requests": "6000"}, 0.0, WALL)
    assert allowance.wait(0, 0.0) == pytest.approx(1.0)
    allowance.configure("requests", 60, 30.0)
    assert allowance.left("requests", 30.0) == 30


def test_no_header_is_no_limit() -> None:
    allowance = Allowance()
    allowance.heard({"content-type": "text/plain"}, 0.0, WALL)
    assert allowance.wait(10**9, 0.0) == 0.0
    assert allowance.left("requests", 0.0) is None
