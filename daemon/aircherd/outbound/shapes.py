"""Secrets told by their shape rather than by a maker's prefix; also where they are cut short.

Private keys without their end (a diff shows a part), passwords in addresses, pairs of a `.env`
file, quoted passwords with signs in them. Patterns are tried at found places only and are bounded.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from aircherd.outbound.ruleset import entropy

Span = tuple[str, int, int]
"""Kind, begin and end of one secret."""

_PEM = re.compile(rb"-----begin[ a-z0-9_-]{0,60}private key(?: block)?-----")
_PEM_LINE = re.compile(
    rb"(?:\\n|[ \t+>|#*'\",;-]|\\r)*([a-z0-9+/=]{0,200})(?:\\n|\\r|['\",; \t\\+])*"
)
_PEM_END = re.compile(rb"[ \t+'\"\\n>|#*-]{0,20}-----end[ a-z0-9_-]{0,60}-----")
_PEM_HEAD = re.compile(rb"[ \t+]{0,8}(?:proc-type|dek-info|comment|version):[^\n]{0,100}")
_MOST_PEM_LINES = 400

_USERINFO = re.compile(
    rb"://([^\s/?#:@'\"<>`]{0,128}):([^\s/?#@'\"<>`]{3,256})@(?=[A-Za-z0-9\[$_-])"
)

_NAMED = (
    rb"pass(?:w(?:or)?d|phrase|code)?|pwd|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|"
    rb"auth|credentials?|creds|dsn|signing[_-]?key|encryption[_-]?key|master[_-]?key|salt"
)
_WORDS = (b"pass", b"pwd", b"secret", b"token", b"key", b"auth", b"cred", b"dsn", b"salt")
_QUOTED = re.compile(
    rb"(?:" + _NAMED + rb")[a-z0-9_.-]{0,24}[\"'`]?[)\]]?\s{0,3}(?::\s?[a-z]{1,12}\s?)?"
    rb"(?:=>|:=|==?|:|,)\s{0,3}(?:[a-z]{1,2})?([\"'`])((?:(?!\1)[^\n\s]){8,200})\1",
    re.IGNORECASE,
)
_PAIR = re.compile(
    rb"(?:"
    + _NAMED
    + rb")[A-Z0-9_]{0,24}=[\"']?([^\s\"'#\\]{8,300})[\"']?[ \t]*(?:#[^\n]*)?(?=\n|$)",
    re.IGNORECASE,
)
_NAME_BEFORE = re.compile(
    rb"(?:^|\n)[ +-]?[ \t]*(?:export[ \t]+|set[ \t]+|ENV[ \t]+|- )?[A-Za-z0-9_]*$"
)
_NO_SECRET = re.compile(
    rb"^(?:[$<{%(\[@]|\*{3}|x{3,}|\.{3}|change|your|my[-_]|some[-_]|the[-_]|example|sample|dummy|fake|"
    rb"test|todo|none|null|true|false|undefined|placeholder|redacted|password|passwd|secret|token|"
    rb"process\.|os\.|env\.|config|settings|self\.|this\.|https?://[^@]*$|/|\./|~/|file:|vault:|"
    rb"arn:|sha\d+-|text/|application/)",
    re.IGNORECASE,
)
_MADE_UP = re.compile(
    rb"example|change.?me|placeholder|your[-_ ]|<[a-z]|\$\{|\{\{|%\(|xxxx|\*\*\*", re.I
)
_PROSE = re.compile(rb"^[a-z]+(?:[-_./: ][a-z]+)*[.!?:]?$", re.IGNORECASE)


def shapes(data: bytes, lower: bytes) -> Iterator[Span]:
    """Every secret that has one of the shapes."""
    yield from _private_keys(lower)
    yield from _addresses(data)
    yield from _named_values(data, lower)


def _private_keys(lower: bytes) -> Iterator[Span]:
    at = lower.find(b"-----begin")
    while at >= 0:
        found = _PEM.match(lower, at)
        if found is None:
            at = lower.find(b"-----begin", at + 10)
            continue
        end, lines = _body(lower, found.end())
        if lines:
            yield "private-key", found.end(), end
        at = lower.find(b"-----begin", max(end, found.end()))


def _body(lower: bytes, at: int) -> tuple[int, int]:
    """End of a key's body, and how many lines of it there are; it may lack its closing line."""
    lines = 0
    end = at
    for _ in range(_MOST_PEM_LINES):
        if _PEM_END.match(lower, at) is not None:
            break
        head = _PEM_HEAD.match(lower, at)
        found = head or _PEM_LINE.match(lower, at)
        assert found is not None  # it can match nothing
        if found.end() == at and lower[at : at + 1] != b"\n":
            break
        if head is None and len(found.group(1)) >= 16:
            lines += 1
            end = found.end(1)
        elif head is None and lines and found.group(1):
            # The last line may be short.
            end = found.end(1) if len(found.group(1)) >= 4 else end
        at = found.end()
        if lower[at : at + 1] == b"\n":
            at += 1
        elif not found.group():
            break
    return end, lines


def _addresses(data: bytes) -> Iterator[Span]:
    at = data.find(b"://")
    while at >= 0:
        found = _USERINFO.match(data, at)
        if found is not None:
            word = found.group(2)
            if not _NO_SECRET.match(word) and not _MADE_UP.search(word) and len(set(word)) > 2:
                yield "url-password", *found.span(2)
        at = data.find(b"://", at + 3)


def _named_values(data: bytes, lower: bytes) -> Iterator[Span]:
    for word in _WORDS:
        at = lower.find(word)
        while at >= 0:
            found = _QUOTED.match(data, at)
            if found is not None:
                if _is_random(found.group(2)):
                    yield "quoted-secret", *found.span(2)
            else:
                found = _PAIR.match(data, at)
                before = data[max(0, at - 60) : at]
                if found is not None and _NAME_BEFORE.search(before) and _is_random(found.group(1)):
                    yield "env-secret", *found.span(1)
            at = lower.find(word, at + len(word))


def _is_random(value: bytes) -> bool:
    """Whether a value looks chosen to be hard to guess rather than written to be read."""
    if _NO_SECRET.match(value) or _MADE_UP.search(value) or _PROSE.match(value):
        return False
    if b"(" in value and value.endswith(b")"):
        return False
    kinds = sum(
        any(low <= char <= high for char in value) for low, high in ((48, 57), (65, 90), (97, 122))
    ) + any(char in b"!@#$%^&*+=?~" for char in value)
    return kinds >= 2 and any(48 <= char <= 57 for char in value) and entropy(value) >= 2.8
