"""Patterns of Go's RE2 as Python writes them.

Differences that occur in the rules (syntax page of google/re2): a flag in the middle of a group
holds to the end of that group, `\\z` is the end of the text, POSIX classes have names.
"""

from __future__ import annotations

_POSIX = {
    "[:alnum:]": "0-9A-Za-z",
    "[:alpha:]": "A-Za-z",
    "[:digit:]": "0-9",
    "[:lower:]": "a-z",
    "[:upper:]": "A-Z",
    "[:xdigit:]": "0-9A-Fa-f",
}
_FLAG = "(?i)"


def translated(pattern: str) -> bytes:
    """The same pattern for `re.compile` over ASCII bytes. Raises ValueError when it has more."""
    for name, chars in _POSIX.items():
        pattern = pattern.replace(name, chars)
    out: list[str] = []
    # For each open group: whether a scoped flag was opened in it and has to be closed.
    open_flags: list[bool] = [False]
    at, in_class = 0, False
    while at < len(pattern):
        char = pattern[at]
        if char == "\\":
            pair = pattern[at : at + 2]
            out.append("\\Z" if pair == "\\z" else pair)
            at += 2
            continue
        if in_class:
            in_class = char != "]"
            out.append("\\[" if char == "[" else char)
        elif char == "[":
            in_class = True
            out.append(char)
            # `]` and `^]` at the beginning of a class stand for themselves.
            for first in ("^]", "^", "]"):
                if pattern.startswith(first, at + 1):
                    out.append(first)
                    at += len(first)
                    break
        elif pattern.startswith(_FLAG, at):
            at += len(_FLAG)
            if not open_flags[-1]:
                out.append("(?i:")
                open_flags[-1] = True
            continue
        elif char == "(":
            open_flags.append(False)
            out.append(char)
        elif char == "|":
            out.append(")|(?i:" if open_flags[-1] else char)
        elif char == ")":
            out.append("))" if open_flags.pop() else char)
        else:
            out.append(char)
        at += 1
    if open_flags.pop():
        out.append(")")
    return "".join(out).encode("ascii")
