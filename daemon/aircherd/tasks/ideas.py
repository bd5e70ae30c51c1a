"""The ideas of a message with the role each plays in its sentence.

What a sentence starts with (H), says (M), says of something else (P, after a preposition), in
passing (S), as a thing with an article (A), as part of a name (K), or denies (N); what it asks by
is Q. "Explain the fix" and "fix the explanation" differ in nothing else.
"""

from __future__ import annotations

from aircherd.tasks.entry import ASIDE, ASKS, DENIES, ENDS, MAY, PAUSES, PLAIN, Entry

_THE = (
    "the a an my our your this that these those any some last previous der die das den dem ein "
    "eine einen meine meinen le la les un une mon ma mes ce cette el los las mi il lo gli o os "
    "as meu minha um uma"
)
_ARTICLES = frozenset(_THE.split())
_DOING = "EXPLAIN FIX MAKE CHANGE RESTRUCT SUM REVIEW DOCV COMMITV TRANSLATE O_COMMIT O_DOC O_TEST"
_VERBS = frozenset(_DOING.split())
_NAMED = frozenset({"O_CODE", "O_SRC"})


def add_ideas(pieces: list[Entry], found: list[str], notes: dict[str, str]) -> tuple[int, int]:
    """Adds the ideas with their roles, and what a person would be told of them; how many words
    have content, and how many of those tell something."""
    out: list[str] = []
    head = before = first = opening = closing = ""
    negated = aside = about = False
    told = plain = met = 0
    for at, piece in enumerate(pieces):
        kind = piece[2]
        if kind <= PLAIN:
            if kind == PLAIN:
                plain += 1
            elif kind == ENDS:
                negated = aside = about = False
            elif kind == PAUSES:
                negated = aside = False
            continue
        word, idea = piece[0], piece[1]
        if not first:
            first = idea
            out.append(f"f:{idea}")
        elif met == 1:
            out.append(f"f2:{first}>{idea}")
        if kind < MAY:
            if kind == DENIES:
                negated = True
                out.append("c:NEG")
            elif kind == ASIDE:
                aside = aside or head != ""
            else:
                about = about or head != ""
            continue
        opening = opening or idea
        closing = idea
        met += 1
        if kind == MAY:
            if met <= 2:
                out.append(f"c:{met - 1}:AUX")
            continue
        if kind == ASKS:
            role = "Q"
        else:
            told += 1
            role = "N" if negated else "S" if aside else "P" if about else "M"
            if (head or idea[:2] == "O_") and _next(pieces, at) in _NAMED:
                if idea not in _NAMED:
                    role = "K"
            elif idea in _VERBS and at and pieces[at - 1][0] in _ARTICLES:
                role = f"A{role}"
            elif not head:
                role = "H"
            if not head:
                head = idea
                out.append(f"hp:{idea}:{min(plain, 3)}")
            elif role[-1] in "MP":
                out.append(f"h:{head}>{idea}")
        name = f"c:{role}:{idea}"
        out.append(name)
        out.append(f"r:{role}:{word}")
        if name not in notes:
            notes[name] = f'says "{word}"'
        if before:
            out.append(f"s:{before}>{idea}")
        before = idea
    if met:
        out.append(f"l:{closing}")
        out.append(f"fl:{opening}>{closing}")
    if not head:
        out.append(f"hp:none:{min(plain, 3)}")
    elif first != head:
        out.append(f"fh:{first}>{head}")
    found.extend(dict.fromkeys(out))
    return plain + told, told


def _next(pieces: list[Entry], at: int) -> str:
    return pieces[at + 1][1] if at + 1 < len(pieces) else ""
