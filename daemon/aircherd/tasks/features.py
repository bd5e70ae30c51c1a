"""From a message and facts to the names of features, in five groups that are weighed apart."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from itertools import chain, count
from typing import Any

from aircherd.tasks.context import Fact
from aircherd.tasks.ideas import add_ideas
from aircherd.tasks.lexicon import Lexicon
from aircherd.tasks.text import Text

MOST = 250
"""Features of one group; the sums of the model have room for 256."""
SPELLED = 26
"""Words that are also looked at letter by letter."""
_ASKING = frozenset({"WHY", "HOW", "WHAT", "WHERE", "AUX"})


_Columns = tuple[tuple[Any, ...], ...]
"""Of all words what `Entry` says of one: the words, their ideas and so on."""
_NO_COLUMNS: _Columns = ((),) * 8


@dataclass(slots=True)
class Features:
    """What was found, by group: names of features, or what their names are made of."""

    ideas: list[str] = field(default_factory=list)
    facts: list[str] = field(default_factory=list)
    alone: Collection[str] = ()
    """Words by themselves (`w:`)."""
    pairs: Collection[tuple[str, str]] = ()
    """Words with the word before them (`b:`)."""
    mixed: Collection[tuple[str, str]] = ()
    """The same with ideas in place of words that tell something (`m:`)."""
    count: int = 0
    """How many the last three are."""
    letters: Collection[str] = ()
    senses: list[str] = field(default_factory=list)
    """Words once more, by what they mean: each has a weight, even if no row held it."""
    notes: dict[str, str] = field(default_factory=dict)
    """What a person would be told about a feature."""
    columns: _Columns | None = None
    """What the words are made of; None where they do not count."""

    @property
    def words(self) -> list[str]:
        """The names of `alone`, `pairs` and `mixed`, word by word."""
        if self.columns is None:
            return []
        before = "^"
        names: dict[str, None] = {}
        for word, beside, alone in zip(self.columns[0], *self.columns[3:5], strict=True):
            if alone is not None:
                names[alone] = None
            names[f"b:{before} {word}"] = None
            names[f"m:{before} {beside}"] = None
            before = word
        names[f"b:{before} $"] = None
        return list(names)[:MOST]


def features(text: Text, facts: list[Fact], lexicon: Lexicon) -> Features:
    """Everything the model weighs."""
    found = Features()
    shapes = text.shapes
    pieces = lexicon.pieces(text.words)
    columns: _Columns = tuple(zip(*pieces, strict=True)) or _NO_COLUMNS
    words, ideas, kinds = columns[:3]
    content, told = add_ideas(words, ideas, kinds, found.ideas, found.notes)
    pointing = ideas.count("DEICTIC")
    asks = pointing > 0 or "?" in text.words[-2:]
    asked = not _ASKING.isdisjoint(ideas)
    if text.empty or (content == pointing == told and not asked and not shapes):
        vague = "V"
    elif told == pointing and content - told <= 2 and not asked and not shapes:
        # A word or two that tell nothing: they stay, beside what the situation says.
        vague = "U"
    elif content <= 2:
        vague = "S"
    else:
        vague = "F"
    _size_and_shapes(shapes, content, asks, vague, found)
    if vague == "V" and facts:
        # Words that say nothing must not drown what the situation says.
        found.ideas = []
    else:
        _words(columns, found)
    _facts(facts, vague, asks, text, found)
    for group in (found.ideas, found.facts, found.senses):
        if len(group) > MOST:
            del group[MOST:]
    return found


def _size_and_shapes(
    shapes: tuple[str, ...], content: int, asks: bool, vague: str, found: Features
) -> None:
    out = found.ideas
    out.append(f"n:{_size(content)}{'?' if asks else ''}")
    for shape in shapes:
        out.append(f"sh:{shape}")
        out.append(f"sh:{shape}:{vague}")
        found.notes[f"sh:{shape}"] = _SHAPES.get(shape, f"the message holds {shape}")
    out.append(f"shn:{''.join(shapes) or 'plain'}:{_size(content)}")


_SHAPES = {
    "trace": "the message holds an error's trace",
    "errortext": "the message names an error",
    "diff": "the message holds a diff",
    "code": "the message holds code",
    "log": "the message holds a log",
    "speech": "the message holds a conversation",
    "stub": "the message holds unfinished code",
}


def _size(count: int) -> str:
    for limit in (0, 1, 2, 4, 8, 16, 30):
        if count <= limit:
            return str(limit)
    return "long"


def _words(columns: _Columns, found: Features) -> None:
    """Adds each word alone, beside the one before it, by its meaning and by its letters."""
    found.columns = columns
    words, _, _, besides, alone, senses, letters, spelled = columns
    before = ("^", *words)
    # What comes twice counts once; a word that tells something is not counted by itself. Nothing
    # hangs on their order: they are summed up.
    found.alone = names = set(alone)
    names.discard(None)
    found.pairs = set(zip(before, (*words, "$"), strict=True))
    found.mixed = set(zip(before, besides, strict=False))
    found.count = len(found.alone) + len(found.pairs) + len(found.mixed)
    if found.count > MOST:
        found.alone, found.pairs, found.mixed = found.words, (), ()
        found.count = len(found.alone)
    found.senses = list(chain.from_iterable(senses))
    if sum(spelled) > SPELLED:
        left = count(SPELLED, -1)
        letters = tuple(
            [
                some
                for some, counts in zip(letters, spelled, strict=True)
                if not counts or next(left) > 0
            ]
        )
    found.letters = set(chain.from_iterable(letters))
    if len(found.letters) > MOST:
        # Here it does: only the first ones are summed up.
        found.letters = tuple(dict.fromkeys(chain.from_iterable(letters)))[:MOST]


def _facts(facts: list[Fact], vague: str, asks: bool, text: Text, found: Features) -> None:
    out = found.facts
    if vague in "VU":
        mark = "?" if asks else "."
        out.append(f"x:{vague}{mark}")
        if not facts and not text.shapes:
            out.append(f"x:{vague}{mark}-nothing")
        names = [fact.name for fact in facts]
        for at, fact in enumerate(facts):
            out.append(f"x:{vague}:{fact.name}")
            out.append(f"x:{vague}{mark}:{fact.name}")
            found.notes[f"x:{vague}:{fact.name}"] = fact.text
            for other in names[at + 1 :]:
                out.append(f"x2:{vague}:{fact.name}|{other}")
                out.append(f"x2:{vague}{mark}:{fact.name}|{other}")
        return
    for fact in facts:
        out.append(f"x:{vague}:{fact.name}")
        found.notes[f"x:{vague}:{fact.name}"] = fact.text
