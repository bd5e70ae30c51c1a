"""Secrets told by the name they are given: `db_password = "…"`, `TOKEN: …`, `--api-key=…`.

A value counts when it looks chosen to be hard to guess rather than written to be read. Patterns are
tried at found words only and are bounded.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from aircherd.outbound.ruleset import entropy

Span = tuple[str, int, int]
"""Kind, begin and end of one secret."""

_WORDS = (b"pass", b"pwd", b"secret", b"token", b"key", b"auth", b"cred", b"dsn", b"salt")
_NAMED = rb"(?:pass(?:w(?:or)?d|phrase|code)?|pwd|secret|token|key|auth|cred(?:ential)?s?|dsn|salt)"
_TAIL = rb"[a-z0-9_.-]{0,24}[\"'`]?[)\]]?"
_QUOTED = re.compile(
    _NAMED + _TAIL + rb"\s{0,3}(?::\s?[a-z]{1,12}\s?|\s[a-z]{1,12}\s)?"
    rb"(?:=>|:=|==?|:|,)\s{0,3}(?:[a-z]{1,2})?([\"'`])((?:(?!\1)[^\n\s]){8,200})\1",
    re.IGNORECASE,
)
_BARE = re.compile(
    _NAMED + _TAIL + rb"[ \t]{0,2}(?:=>|:=|==?|:)[ \t]{0,2}"
    rb"([^\s\"'`#&;,|<>(){}\\]{8,300})(?=[\"'`\s&;,|<\\]|$)",
    re.IGNORECASE,
)
_KEY_OF = re.compile(
    rb"(?:api|access|private|sign(?:ing)?|encrypt(?:ion)?|master|secret|service|storage|account|"
    rb"licen[cs]e|session|crypto|aes|hmac|deploy|webhook|client|shared|app|auth|admin|jwt)[_.-]?$",
    re.IGNORECASE,
)
"""What makes a key one of the kind that is kept: a sort key or a React key is none."""

_PUBLIC = re.compile(rb"public[_-]?(?:key[_-]?)?$", re.IGNORECASE)

_NO_SECRET = re.compile(
    rb"^(?:[$<{(\[@]|%[({sdv]|\*{3}|x{3,}|\.{3}|change|your|my[-_]|some[-_]|the[-_]|example|sample|"
    rb"dummy|fake|test|todo|none|null|true|false|undefined|placeholder|redacted|password|passwd|"
    rb"secret|token|process\.|os\.|env\.|config|settings|self\.|this\.|https?://[^@]*$|"
    rb"urn:|--[a-z]|\^\.|/[a-z._-]+(?:/|$)|\./|~/|file:|vault:|arn:|sha\d+-|text/|application/)",
    re.IGNORECASE,
)
_MADE_UP = re.compile(
    rb"example|change.?me|placeholder|your[-_ ]|<[a-z]|\$\{|\{\{|%\(|xxxx|_here$|"
    rb"\*\*\*|^dXNlcm5hbWU6cGFzc3dvcmQ",
    re.I,
)
_PROSE = re.compile(
    rb"^(?:[a-z]+(?:[-_./: ][a-z]+)*[.!?:]?|"
    rb"(?:[a-z]{1,20}[0-9]{0,2}[-_]){1,8}[a-z]{1,20}[0-9]{0,3}(?:\.[a-z]{1,8})?|"
    rb"[a-z]+(?:[-_][a-z]+)*[-_][0-9]{1,3}(?:\.[a-z]{1,5})?|[a-z0-9_.-]+[<>=~!]=[0-9.]+)$",
    re.IGNORECASE,
)
_DEFAULT = re.compile(
    rb"^(?:pass|pwd|pw|user|username|guest|root|admin|postgres|mysql|rabbitmq|redis|minio|foo|bar)"
    rb"[0-9]{0,3}$",
    re.IGNORECASE,
)
"""What documentation writes for a password; also what ships as one, which is no secret either."""
_OF_CODE = re.compile(
    rb"^[A-Za-z_]+[0-9]{0,4}[A-Za-z_]*(?:(?:[.\]\[:-]|->)+[A-Za-z_]*[0-9]{0,4}[A-Za-z_]*)*[!?*]?$"
    rb"|^[A-Za-z_][\w.]*\[[^\]\n]{0,40}\]$"
)
"""A name of code, perhaps a path of such names: without quotes a value may well be one."""


def is_made_up(value: bytes) -> bool:
    """Whether a value stands for a secret rather than being one."""
    return bool(_NO_SECRET.match(value) or _MADE_UP.search(value) or _DEFAULT.match(value))


def named_values(data: bytes, lower: bytes) -> Iterator[Span]:
    """Every value whose name says that it is a secret, and that looks like one."""
    if b":" not in data and b"=" not in data and b"," not in data:
        return  # nothing is given to a name
    for word in _WORDS:
        at = lower.find(word)
        while at >= 0:
            before = data[max(0, at - 16) : at]
            kept = word != b"key" or _KEY_OF.search(before)
            if kept and not _PUBLIC.search(before):
                found = _QUOTED.match(data, at)
                if found is not None:
                    if _is_random(found.group(2)):
                        yield "quoted-secret", *found.span(2)
                else:
                    found = _BARE.match(data, at)
                    if found is not None and _is_random(found.group(1), bare=True):
                        yield "bare-secret", *found.span(1)
            at = lower.find(word, at + len(word))


def _is_random(value: bytes, *, bare: bool = False) -> bool:
    """Whether a value looks chosen to be hard to guess."""
    if is_made_up(value) or _PROSE.match(value) or (bare and _OF_CODE.match(value)):
        return False
    if (b"(" in value and value.endswith(b")")) or b"://" in value:
        return False  # a call; an address, whose password is looked for on its own
    kinds = sum(
        any(low <= char <= high for char in value) for low, high in ((48, 57), (65, 90), (97, 122))
    ) + any(char in b"!@#$%^&*+=?~" for char in value)
    return kinds >= 2 and any(48 <= char <= 57 for char in value) and entropy(value) >= 2.8
