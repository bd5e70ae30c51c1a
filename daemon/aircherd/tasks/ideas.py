"""The ideas of a message with the role each plays in its sentence.

What a sentence starts with (H), says (M), says of something else (P, after a preposition), in
passing (S), as a thing with an article (A), as part of a name (K), or denies (N); what it asks by
is Q. "Explain the fix" and "fix the explanation" differ in nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence

from aircherd.tasks.entry import ASIDE, ASKS, DENIES, ENDS, MAY, ORDERS, PAUSES, PLAIN, TELLS

_THE = (
    "the a an my our your this that these those any some last previous der die das den dem ein "
    "eine einen meine meinen le la les un une mon ma mes ce cette el los las mi il lo gli o os "
    "as meu minha um uma"
)
_ARTICLES = frozenset(_THE.split())
_NAMED = frozenset({"O_CODE", "O_SRC"})


class _Names(dict[str, str]):
    """Names of features that differ in an idea; there are some dozens of ideas."""

    def __init__(self, begins: str) -> None:
        super().__init__()
        self._begins = begins

    def __missing__(self, idea: str) -> str:
        name = self[idea] = self._begins + idea
        return name


class _Between(dict[str, _Names]):
    """The same for two ideas."""

    def __init__(self, begins: str) -> None:
        super().__init__()
        self._begins = begins

    def __missing__(self, idea: str) -> _Names:
        names = self[idea] = _Names(f"{self._begins}{idea}>")
        return names


_ROLES = ("H", "M", "P", "S", "N", "A", "AM", "AP", "AS", "AN", "K", "Q")
_PLAYS = {role: (_Names(f"c:{role}:"), f"r:{role}:") for role in _ROLES}
_FOLLOWS, _SERVES = _Between("s:"), _Between("h:")
_NOTHING = _Names("")


def add_ideas(
    words: Sequence[str],
    ideas: Sequence[str],
    kinds: Sequence[int],
    found: list[str],
    notes: dict[str, str],
) -> tuple[int, int]:
    """Adds the ideas with their roles, and what a person would be told of them; how many words
    have content, and how many of those tell something."""
    out: list[str] = []
    add = out.append
    head = before = first = opening = closing = ""
    serves = follows = _NOTHING
    negated = aside = about = False
    base = "M"
    met = 0
    followers = (*ideas[1:], "")
    for at, kind in enumerate(kinds):
        if kind <= PLAIN:
            if kind == ENDS:
                negated = aside = about = False
                base = "M"
            elif kind == PAUSES:
                negated = aside = False
                base = "P" if about else "M"
            continue
        idea = ideas[at]
        if not first:
            first = idea
            add(f"f:{idea}")
        elif met == 1:
            add(f"f2:{first}>{idea}")
        if kind < MAY:
            if kind == DENIES:
                negated = True
                add("c:NEG")
            elif head and kind == ASIDE:
                aside = True
            elif head:
                about = True
            base = "N" if negated else "S" if aside else "P" if about else "M"
            continue
        if not met:
            opening = idea
        closing = idea
        met += 1
        if kind == MAY:
            if met <= 2:
                add(f"c:{met - 1}:AUX")
            continue
        word = words[at]
        if kind == ASKS:
            role = "Q"
        else:
            role = base
            if followers[at] in _NAMED and (head or idea[:2] == "O_"):
                if idea not in _NAMED:
                    role = "K"
            elif kind == ORDERS and at and words[at - 1] in _ARTICLES:
                role = f"A{base}"
            elif not head:
                role = "H"
            if not head:
                head = idea
                serves = _SERVES[idea]
                add(f"hp:{idea}:{min(kinds[:at].count(PLAIN), 3)}")
            elif role != "K" and not negated and not aside:
                add(serves[idea])
        plays, said = _PLAYS[role]
        name = plays[idea]
        add(name)
        add(said + word)
        if name not in notes:
            notes[name] = f'says "{word}"'
        if before:
            add(follows[idea])
        before = idea
        follows = _FOLLOWS[idea]
    told = kinds.count(ORDERS) + kinds.count(TELLS)
    plain = kinds.count(PLAIN)
    if met:
        out.append(f"l:{closing}")
        out.append(f"fl:{opening}>{closing}")
    if not head:
        out.append(f"hp:none:{min(plain, 3)}")
    elif first != head:
        out.append(f"fh:{first}>{head}")
    found.extend(dict.fromkeys(out))
    return plain + told, told
