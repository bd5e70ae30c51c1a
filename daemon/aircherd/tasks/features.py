"""From a message and facts to the names of features, in four groups that are weighed apart.

Ideas carry the role they play: what a sentence starts with (H), says (M), says of something else
(P, after a preposition), in passing (S), as a thing with an article (A), as part of a name (K), or
denies (N). "Explain the fix" and "fix the explanation" differ in nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from aircherd.tasks.context import Fact
from aircherd.tasks.lexicon import Lexicon, beginning
from aircherd.tasks.text import Text

MOST = 250
"""Features of one group; the sums of the model have room for 256."""
SPELLED = 26
"""Words that are also looked at letter by letter."""
GRAM = 4
_ENDS = frozenset(".!\n?。！;；…")
_PAUSES = frozenset(",，、:：(")
_THE = (
    "the a an my our your this that these those any some last previous der die das den dem ein "
    "eine einen meine meinen le la les un une mon ma mes ce cette el los las mi il lo gli o os "
    "as meu minha um uma"
)
_ARTICLES = frozenset(_THE.split())
_SMALL = frozenset({"POLITE", "VAGUE", "PREP", "SUB", "NEG", "INSTEAD", "AUX"})
_ASKING = frozenset({"WHY", "HOW", "WHAT", "WHERE", "AUX"})
_DOING = "EXPLAIN FIX MAKE CHANGE RESTRUCT SUM REVIEW DOCV COMMITV TRANSLATE O_COMMIT O_DOC O_TEST"
_VERBS = frozenset(_DOING.split())
_NAMED = frozenset({"O_CODE", "O_SRC"})


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
    pieces = _pieces(text, lexicon)
    content, told = _ideas(pieces, found)
    pointing = sum(idea == "DEICTIC" for _, idea in pieces)
    asks = pointing > 0 or "?" in text.words[-2:]
    asked = any(idea in _ASKING for _, idea in pieces)
    if text.empty or (content == pointing == told and not asked and not text.shapes):
        vague = "V"
    elif told == pointing and content - told <= 2 and not asked and not text.shapes:
        # A word or two that tell nothing: they stay, beside what the situation says.
        vague = "U"
    elif content <= 2:
        vague = "S"
    else:
        vague = "F"
    shown = "".join(text.shapes) or "plain"
    found.ideas.append(f"n:{_size(content)}{'?' if asks else ''}")
    for shape in text.shapes:
        found.ideas.append(f"sh:{shape}")
        found.ideas.append(f"sh:{shape}:{vague}")
        found.notes[f"sh:{shape}"] = _SHAPES.get(shape, f"the message holds {shape}")
    found.ideas.append(f"shn:{shown}:{_size(content)}")
    _words(pieces, found)
    _facts(facts, vague, asks, text, found)
    if vague == "V" and facts:
        # Words that say nothing must not drown what the situation says.
        found.ideas, found.words, found.letters, found.senses = [], [], [], []
    for group in (found.ideas, found.words, found.letters, found.senses, found.facts):
        del group[MOST:]
    return found


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


def _pieces(text: Text, lexicon: Lexicon) -> list[tuple[str, str | None]]:
    words = text.words
    pieces: list[tuple[str, str | None]] = []
    at = 0
    while at < len(words):
        word = words[at]
        if word[0] > "\u2fff" and len(word) > 1:
            pieces.extend(lexicon.cut(word))
            at += 1
            continue
        phrase = lexicon.phrase(words, at)
        if phrase is not None:
            idea, count = phrase
            pieces.append((" ".join(words[at : at + count]), idea))
            at += count
            continue
        pieces.append((word, lexicon.idea(word)))
        at += 1
    return pieces


def _ideas(pieces: list[tuple[str, str | None]], found: Features) -> tuple[int, int]:
    """Adds the ideas with their roles; how many words have content, how many tell something."""
    out, notes = found.ideas, found.notes
    head = before = first = ""
    negated = aside = about = False
    content = told = plain = 0
    seen: list[str] = []
    for at, (word, idea) in enumerate(pieces):
        if idea is None:
            if word in _ENDS:
                negated = aside = about = False
            elif word in _PAUSES:
                negated = aside = False
            elif word[0].isalnum() or word[0] == "<":
                content += 1
                plain += 1
            continue
        if idea in ("POLITE", "VAGUE"):
            continue
        if not first:
            first = idea
            out.append(f"f:{idea}")
        elif len(seen) == 1:
            out.append(f"f2:{first}>{idea}")
        if idea == "NEG":
            negated = True
            out.append("c:NEG")
            continue
        if idea in ("INSTEAD", "SUB"):
            aside = aside or bool(head)
            continue
        if idea == "PREP":
            about = about or bool(head)
            continue
        if idea == "AUX":
            if len(seen) < 2:
                out.append(f"c:{len(seen)}:AUX")
            seen.append(idea)
            continue
        if idea not in _ASKING:
            content += 1
            told += 1
        role = "N" if negated else "S" if aside else "P" if about else "M"
        if idea in _ASKING:
            role = "Q"
        elif at + 1 < len(pieces) and pieces[at + 1][1] in _NAMED and (idea[:2] == "O_" or head):
            role = "K" if idea not in _NAMED else role
        elif idea in _VERBS and at and pieces[at - 1][0] in _ARTICLES:
            role = f"A{role}"
        elif not head:
            role = "H"
        if not head and idea not in _ASKING:
            head = idea
            out.append(f"hp:{idea}:{min(plain, 3)}")
        elif head and role[-1] in "MP":
            out.append(f"h:{head}>{idea}")
        name = f"c:{role}:{idea}"
        out.append(name)
        out.append(f"r:{role}:{word}")
        notes.setdefault(name, f'says "{word}"')
        if before:
            out.append(f"s:{before}>{idea}")
        before = idea
        seen.append(idea)
    if seen:
        out.append(f"l:{seen[-1]}")
        out.append(f"fl:{seen[0]}>{seen[-1]}")
    if not head:
        out.append(f"hp:none:{min(plain, 3)}")
    if head and first != head:
        out.append(f"fh:{first}>{head}")
    found.ideas = list(dict.fromkeys(out))
    return content, told


def _words(pieces: list[tuple[str, str | None]], found: Features) -> None:
    words, letters = found.words, found.letters
    before = "^"
    spelled = 0
    for word, idea in pieces:
        telling = idea is not None and idea not in _SMALL
        if not telling:
            words.append(f"w:{word}")
        words.append(f"b:{before} {word}")
        words.append(f"m:{before} {idea if telling else word}")
        if (len(word) > 1 and word.isalpha()) or word[0] > "\u2fff":
            found.senses.append(f"v:{word}")
            stem = beginning(word)
            if stem is not None:
                found.senses.append(f"v:{stem}")
        before = word
        if telling:
            continue
        if spelled < SPELLED and len(word) >= GRAM and word[0] != "<" and word[0] < "\u2fff":
            spelled += 1
            framed = f"^{word[:14]}$"
            letters.extend([framed[i : i + GRAM] for i in range(len(framed) - GRAM + 1)])
        elif word[0] > "\u2fff":
            letters.extend(word)
    words.append(f"b:{before} $")
    found.words = list(dict.fromkeys(words))
    found.letters = list(dict.fromkeys(letters))


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
