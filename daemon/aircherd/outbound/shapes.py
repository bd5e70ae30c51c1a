"""Secrets told by their shape rather than by a maker's prefix; also where they are cut short.

Private keys without their end (a diff shows a part), and passwords in addresses. Patterns are tried
at found places only and are bounded.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from aircherd.outbound.named import Span, is_made_up, named_values

_PEM = re.compile(rb"-----begin[ a-z0-9_-]{0,60}private key(?: block)?-----")
_PEM_LINE = re.compile(
    rb"(?:\\n|[ \t+>|#*'\",;-]|\\r)*([a-z0-9+/=]{0,200})(?:\\n|\\r|['\",; \t\\+])*"
)
_PEM_END = re.compile(rb"[ \t+'\"\\n>|#*-]{0,20}-----end[ a-z0-9_-]{0,60}-----")
_PEM_NEXT = re.compile(rb"[ \t+'\"\\n>|#*-]{0,20}-----begin")
"""Another key begins: without this, a text of nothing but beginnings would take for ever."""
_PEM_HEAD = re.compile(rb"[ \t+]{0,8}(?:proc-type|dek-info|comment|version):[^\n]{0,100}")
_MOST_PEM_LINES = 400

_USERINFO = re.compile(
    rb"://([^\s/?#:@'\"<>`]{0,128}):([^\s/?#@'\"<>`]{3,256})@(?=[A-Za-z0-9\[$_-])"
)


def shapes(data: bytes, lower: bytes) -> Iterator[Span]:
    """Every secret that has one of the shapes."""
    yield from _private_keys(lower)
    yield from _addresses(data)
    yield from named_values(data, lower)


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
        if _PEM_END.match(lower, at) is not None or _PEM_NEXT.match(lower, at) is not None:
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
            if not is_made_up(word) and len(set(word)) > 2:
                yield "url-password", *found.span(2)
        at = data.find(b"://", at + 3)
