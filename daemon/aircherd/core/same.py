"""What follows from a value that stays the very same one from request to request."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")
V = TypeVar("V")


class Same(Generic[T, V]):
    """What a function made of a frozen value, for as long as it is asked about the very same one.

    Only the newest is remembered, and held, so that no other one is taken for it.
    """

    __slots__ = ("_known", "_make")

    def __init__(self, make: Callable[[T], V]) -> None:
        """`make` is pure, and what it is given never changes."""
        self._make = make
        self._known: tuple[T, V] | None = None

    def __call__(self, value: T) -> V:
        """What it comes to."""
        known = self._known
        if known is None or known[0] is not value:
            known = self._known = (value, self._make(value))
        return known[1]
