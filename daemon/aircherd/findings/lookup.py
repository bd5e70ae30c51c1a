"""Where lines stand in the files under review: as they are, or but for white space."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence

from aircherd.findings.model import Ground

_MARK = re.compile(r"^[+\-](?=\s*\S)|^\s*\d+\s*[|:]\s?")
_SHORTEST = 8
"""Characters a part of a line must have to be told apart."""


class Lookup:
    """One file's lines, made ready to be looked up many times."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self._exact: defaultdict[str, list[int]] = defaultdict(list)
        self._loose: defaultdict[str, list[int]] = defaultdict(list)
        self._squeezed: dict[int, str] = {}
        for n, text in ground.lines.items():
            squeezed = _squeezed(text)
            self._exact[text.rstrip()].append(n)
            self._loose[squeezed].append(n)
            self._squeezed[n] = squeezed
        self._removed = {
            _squeezed(text): at for at, texts in ground.removed.items() for text in texts
        }

    def exactly(self, quote: Sequence[str]) -> list[tuple[int, int]]:
        """First and last line of each place where these lines stand as they are."""
        lines = self.ground.lines
        return [
            (n, n + len(quote) - 1)
            for n in self._exact.get(quote[0].rstrip(), ())
            if all(
                n + k in lines and lines[n + k].rstrip() == line.rstrip()
                for k, line in enumerate(quote)
            )
        ]

    def loosely(self, quote: Sequence[str]) -> list[tuple[int, int]]:
        """The same but for white space, a diff's sign, or a line number in front."""
        for wanted in ([_squeezed(q) for q in quote], [_bare(q) for q in quote]):
            found = [
                (n, n + len(wanted) - 1)
                for n in self._loose.get(wanted[0], ())
                if all(self._squeezed.get(n + k) == line for k, line in enumerate(wanted))
            ]
            if found:
                return found
        return []

    def partly(self, quote: Sequence[str]) -> list[tuple[int, int]]:
        """Lines that hold a quote of one line which is long enough to be told apart."""
        wanted = _bare(quote[0]).rstrip("…").removesuffix("...")
        if len(quote) > 1 or len(wanted) < _SHORTEST:
            return []
        return [(n, n) for n, text in self._squeezed.items() if wanted in text]

    def removed(self, quote: Sequence[str]) -> list[tuple[int, int]]:
        """Where a quoted line was taken out, as long as a line is shown there."""
        places = (self._removed.get(form(q)) for q in quote if q.strip() for form in _FORMS)
        return [(at, at) for at in places if at is not None and at in self.ground.lines]


def _squeezed(text: str) -> str:
    return "".join(text.split())


def _bare(text: str) -> str:
    return _squeezed(_MARK.sub("", text))


_FORMS = (_squeezed, _bare)
