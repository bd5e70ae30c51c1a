"""How long a refusal asks to wait, in each of the forms in use.

Retry-After is seconds or an HTTP date (RFC 9110, section 10.2.3); OpenAI's gateway adds
`retry-after-ms`. Names are looked up in lower case.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping

_LONGEST_WAIT = 86_400.0


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds a refusal asks to wait: milliseconds, seconds, or an HTTP date."""
    for name, scale in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        text = headers.get(name, "").strip()
        if not text:
            continue
        try:
            seconds = float(text) * scale
        except ValueError:
            pass
        else:
            if math.isfinite(seconds):
                return min(max(0.0, seconds), _LONGEST_WAIT)
            continue
        until = _instant(text)
        if until is not None:
            # By the server's own clock where it tells it: ours may be hours off.
            now = _instant(headers.get("date", ""))
            return min(max(0.0, until - (time.time() if now is None else now)), _LONGEST_WAIT)
    return None


def _instant(text: str) -> float | None:
    """An HTTP date as seconds since 1970; None for anything else."""
    from email.utils import parsedate_to_datetime  # it loads much, and dates are rare

    try:
        return parsedate_to_datetime(text).timestamp()
    except (TypeError, ValueError, OverflowError):
        return None
