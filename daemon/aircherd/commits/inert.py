"""Text that can do nothing to a terminal, an editor or git.

What models and histories hold passes through here before anything else reads it.
"""

from __future__ import annotations

import re

_SEQUENCES = re.compile(
    "(?:\x1b\\[|\x9b)[0-?]{0,64}[ -/]{0,16}[@-~]?"  # CSI: colours, cursor movement
    "|(?:\x1b[]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c\n]{0,4096}(?:\x07|\x1b\\\\|\x9c)?"  # OSC & co.
    "|\x1b[ -/]{0,16}[0-~]?"
)
_BREAKS = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
_DROPPED = (
    "\x00-\x08\x0e-\x1f\x7f-\x9f"  # C0 and C1 without tab and line feed
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\uffa0"  # invisible fillers
    "\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"  # bidi, zero width
    "\ufe00-\ufe0d\ufdd0-\ufdef\ufffe\uffff"
    "\ud800-\udfff"  # lone surrogates: no UTF-8
    "\U0001d173-\U0001d17a"
    "\U000e0000-\U000e0fff"  # tags and supplementary variation selectors
    "\U000f0000-\U0010ffff"  # private planes
)
_DROP = re.compile(f"[{_DROPPED}]+")
# Joiners build emoji and belong to several scripts; behind ASCII or in runs they only hide things.
_JOINERS = re.compile("(?:(?<![^\x00-\x7f])[\u200c\u200d]+|[\u200c\u200d]{2,})")

UNSAFE = re.compile(f"[{_DROPPED}\t\r\x0b\x0c\u2028\u2029]")
"""Finds what `inert` never leaves behind."""


def inert(text: str) -> str:
    """The text without control characters, escape sequences, bidi overrides and hidden characters.

    Line ends become `\\n`, tabs become spaces. Takes time linear in the text's length.
    """
    if "\x1b" in text or not text.isascii():
        text = _SEQUENCES.sub("", text)
    text = _BREAKS.sub("\n", text)
    text = _DROP.sub("", text)
    if not text.isascii():
        text = _JOINERS.sub("", text)
    return text.replace("\t", "    ")


def one_line(text: str) -> str:
    """Inert, on one line, with single spaces."""
    return " ".join(inert(text).split())


def width(text: str) -> int:
    """Length in UTF-16 units, as commitlint counts; never less than the characters."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def cut(text: str, limit: int) -> str:
    """The longest beginning of the text whose `width` is within the limit."""
    if width(text) <= limit:
        return text
    piece = text[:limit]
    while width(piece) > limit:
        over = width(piece) - limit
        piece = piece[: -max(1, over // 2)]
    return piece
