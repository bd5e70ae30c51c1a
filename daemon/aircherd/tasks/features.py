"""From a message and facts to the names of features, in five groups that are weighed apart."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import chain, count
from operator import add

from aircherd.tasks.context import Fact
from aircherd.tasks.entry import START, Entry
from aircherd.tasks.ideas import add_ideas
from aircherd.tasks.lexicon import Lexicon
from aircherd.tasks.text import Text

MOST = 250
"""Features of one group; the sums of the model have room for 256."""
SPELLED = 26
"""Words that are also looked at letter by letter."""
_ASKING = frozenset({"WHY", "HOW", "WHAT", "WHERE", "AUX"})


@dataclass(slots=True)
class Features:
    """The names of what was found, by group."""

    ideas: list[str] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    letters: list[str] = field(default_factory=list)
    senses: list[str] = field(default_factory=list)
    """Words once more, by what they mean: each has a weight, even if no row held it."""
    facts: list[str] = field(default_factory=list)
    notes: dict[str, str] = field(default_factory=dict)
    """What a person would be told about a feature."""


def features(text: Text, facts: list[Fact], lexicon: Lexicon) -> Features:
    """Everything the model weighs."""
    found = Features()
    shapes = text.shapes
    pieces = lexicon.pieces(text.words)
    content, told = add_ideas(pieces, found.ideas, found.notes)
    ideas = [piece[1] for piece in pieces]
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
    elif pieces:
        _words(pieces, found)
    else:
        found.words = [f"{START[0]}$"]
    _facts(facts, vague, asks, text, found)
    for group in (found.ideas, found.words, found.letters, found.senses, found.facts):
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


def _words(pieces: list[Entry], found: Features) -> None:
    """Adds each word alone, beside the one before it, by its meaning and by its letters."""
    columns = zip(*pieces, strict=True)
    words, _, _, besides, alone, befores, mixed, senses, letters, spelled = columns
    pairs = list(map(add, (START[0], *befores), (*words, "$")))
    both = map(add, (START[1], *mixed), besides)
    # A name that comes twice counts once; a word that tells something has none of its own.
    names = dict.fromkeys(chain.from_iterable(zip(alone, pairs, both, strict=False)))
    names.pop(None, None)
    names[pairs[-1]] = None
    found.words = list(names)
    found.senses = list(chain.from_iterable(senses))
    if sum(spelled) > SPELLED:
        left = count(SPELLED, -1)
        letters = tuple([p[8] for p in pieces if not p[9] or next(left) > 0])
    found.letters = list(dict.fromkeys(chain.from_iterable(letters)))


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
