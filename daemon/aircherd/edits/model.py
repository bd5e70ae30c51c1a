"""The values this room works with."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Block:
    """A stretch of lines to be found, and what is to stand there instead.

    Lines without their ends. Nothing to be found means that the new lines go to a place that is
    known otherwise.
    """

    search: tuple[str, ...]
    replace: tuple[str, ...]


@dataclass(frozen=True, slots=True, order=True)
class Replacement:
    """Characters `start` to `end` of a text become `text`."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Answered:
    """A model's answer taken apart."""

    prose: str
    """What it says besides."""
    blocks: tuple[Block, ...]
    fences: tuple[str, ...]
    """The insides of code fences that hold no block."""
    whole: str = ""
    """All of it, without a fence around everything."""


class DoesNotFit(Exception):
    """An edit that cannot be made on this text. Says why, for the user and for the model."""


def applied(text: str, replacements: tuple[Replacement, ...]) -> str:
    """The text with all of them made. They must not overlap."""
    parts: list[str] = []
    at = 0
    for one in sorted(replacements):
        assert one.start >= at, "replacements overlap"
        parts += [text[at : one.start], one.text]
        at = one.end
    return "".join((*parts, text[at:]))
