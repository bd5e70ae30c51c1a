"""Secrets that are known, and what looks like one, taken out of what is said and written."""

from __future__ import annotations

import json
import re
from urllib.parse import quote

REDACTED = "[redacted]"
_SHORTEST_SECRET = 6
_SHORTEST_KEY = 16

_secrets: set[str] = set()
_long: tuple[int, tuple[bytes, ...]] = (0, ())
"""How many secrets there were when they were last put in order, and those that are long enough to
be kept from clients, the longest first."""


def register_secret(value: str) -> None:
    """Keep `value` out of every line from now on, also as it looks in a URL or in JSON.

    Values under six characters are not kept out: they would be found in innocent words.
    """
    global _long
    if len(value) >= _SHORTEST_SECRET:
        _long = (-1, ())
        _secrets.update({value, quote(value, safe=""), json.dumps(value)[1:-1]})


def without_secrets(data: bytes) -> bytes:
    """The bytes of a message without registered secrets, whoever said them.

    For what goes to clients: a provider may say a key back, in an error or in an answer. Short ones
    are let be: local servers take `ollama` or `lm-studio` for a key.
    """
    global _long
    if _long[0] != len(_secrets):
        # The longest first, so that no secret is left half standing around a shorter one in it.
        known = sorted(_secrets, key=len, reverse=True)
        forms = (secret.encode("utf-8", "surrogatepass") for secret in known)
        _long = (len(known), tuple(form for form in forms if len(form) >= _SHORTEST_KEY))
    for form in _long[1]:
        if form in data:
            data = data.replace(form, REDACTED.encode())
    return data


def redact(text: str) -> str:
    """`text` without registered secrets and without anything that looks like a key."""
    # The longest first, so that no secret is left half standing around a shorter one in it.
    for secret in sorted(_secrets, key=len, reverse=True):
        text = text.replace(secret, REDACTED)
    low = text.lower()
    # Most lines hold nothing a key or its name begins with, and plain words are found in a tenth of
    # the time. What is not ASCII may be a letter in disguise to a pattern that ignores case.
    if not text.isascii() or _holds(low, _NAMES):
        text = _HEADER.sub(rf"\1{REDACTED}", text)
    if not text.isascii() or _holds(low, _SIGNS):
        text = _KEY.sub(REDACTED, text)
    return text


def _holds(text: str, signs: tuple[str, ...]) -> bool:
    for sign in signs:  # noqa: SIM110 - `any` takes twice as long
        if sign in text:
            return True
    return False


_HEADER = re.compile(
    r"((?:x-api-key|x-goog-api-key|api[-_]?key|authorization|access[-_]token)"
    r"(?>\\{0,8}[\"']\s{0,4},\s{0,4}b?\\{0,8}[\"']"
    r"|\\{0,8}[\"']?\s{0,4}[:=]\s{0,4}(?:b?\\{0,8}[\"'])?)"
    r"(?>(?:(?:bearer|basic|token)\s{1,4})?))"
    r"(?!\[redacted\])[^\s\"',;&\\)}\]]+",
    re.IGNORECASE,
)
"""A key by its name: as a header, in JSON also when escaped, in a URL, in a tuple's repr."""
_NAMES = ("api-key", "api_key", "apikey", "authorization", "access-token", "access_token")
"""One of these stands in whatever that pattern finds, in lower case."""

_KEY = re.compile(
    r"(?<![A-Za-z0-9])(?:"
    r"(?:sk-|sk_|pk-|rk-|xai-|nvapi-|pplx-|csk-|fw_|tgp_v1_|gsk_|hf_|r8_|jina_)[A-Za-z0-9_-]{8,}"
    r"|(?:ghp|gho|ghu|ghs|ghr|glpat|github_pat)[_-][A-Za-z0-9_-]{16,}"
    r"|AIza[A-Za-z0-9_-]{16,}"
    r"|(?:AKIA|ASIA)[A-Z0-9]{16}"
    r"|eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*"
    r"|(?i:bearer)\s{1,4}[A-Za-z0-9._~+/=-]{6,}"
    r")"
)
"""Prefixes the providers, code hosts and clouds give their keys; the last two: JWT, RFC 6750."""
_SIGNS = (
    *("sk-", "sk_", "pk-", "rk-", "xai-", "nvapi-", "pplx-", "fw_", "tgp_v1_", "hf_", "r8_"),
    *("jina_", "ghp", "gho", "ghu", "ghs", "ghr", "glpat", "github_pat", "aiza", "akia", "asia"),
    *("eyj", "bearer"),
)
"""The same for keys by their form; `csk-` and `gsk_` end in one of them."""
