"""Definitions and imports, found by the look of lines: indentation and words, no parser.

Right for code that is indented as people indent it, in any language; for the rest the lines around
a selection are what a model gets.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import islice

_DEFINES = re.compile(
    r"^\s*(?:@\w|(?:export|default|public|private|protected|internal|static|abstract|final|async|"
    r"pub(?:\([^)]*\))?|unsafe|extern|inline|virtual|override|open|sealed|data|suspend|const|local|"
    r"declare|partial|readonly|template\s*<.*>)\s+)*"
    r"(?:def|class|function|func|fn|fun|impl|trait|interface|struct|enum|module|namespace|type|"
    r"object|record|protocol|extension|sub|defmodule|defp?|macro_rules!|describe|it|test)\b"
)
_METHOD = re.compile(
    r"^\s*(?:[\w<>\[\],.&*:?~ ]+\s+)?[\w$~:]+\s*\([^;]*\)?\s*(?:const|noexcept|throws [\w., ]+|"
    r"->\s*[\w<>\[\], ]+|:\s*[\w<>\[\]|, .]+)?\s*(?:\{|=>\s*\{?)?\s*$"
)
_SIGNATURE = re.compile(r"^[\w<>\[\],.&*:~ ]+\([^;]*\)\s*(?:const|noexcept|override)?\s*$")
_NOT_METHODS = re.compile(
    r"^\s*(?:\}?\s*else|if|for|while|switch|catch|return|do|try|with|elif|match|case|await|throw|"
    r"raise|print|assert|yield|del|not)\b"
)
_IMPORTS = re.compile(
    r"^\s*(?:import\b|from\s+\S+\s+import\b|(?:const|let|var)\s+.*=\s*require\(|#\s*include\b|"
    r"using\s+[\w.:]+|use\s+[\w:]+|package\s+\w|require(?:_relative)?\s+['\"]|extern\s+crate\b|"
    r"local\s+\w+\s*=\s*require\b|export\s+.*\bfrom\s+['\"]|@import\b|source\s+\S)"
)
LONGEST = 400
"""Lines a definition may have; a longer one is not sent for a selection inside it."""


_TOP = 3_000
"""Lines imports are looked for in."""
_FAR = 20_000
"""Lines definitions are looked for in; no window holds the heads of more."""


def depth(line: str) -> int:
    """Columns of white space in front; a tab goes to the next multiple of eight."""
    text = line[: len(line) - len(line.lstrip(" \t"))]
    return len(text.expandtabs(8))


def defines(line: str) -> bool:
    """Whether a line looks like the head of a definition."""
    if _NOT_METHODS.match(line):
        return False
    if _DEFINES.match(line):
        return True
    return line.rstrip().endswith(("{", "=> {")) and _METHOD.match(line) is not None


def enclosing(lines: Sequence[str], first: int, last: int) -> tuple[int, int] | None:
    """First and last line, 0-based, of the smallest definition around the lines `first` to `last`.

    None when there is none, or it is too long to be of use.
    """
    if not lines:
        return None
    first = max(0, min(first, len(lines) - 1))
    shallow = min((depth(line) for line in lines[first : last + 1] if line.strip()), default=10_000)
    at: int | None = first if _starts(lines, first, shallow) else None
    if at is None:
        bound = shallow
        for n in range(first - 1, -1, -1):
            line = lines[n]
            if not line.strip() or depth(line) >= bound:
                continue
            if defines(line):
                at = n
                break
            if line.strip() == "{" and n and _SIGNATURE.match(lines[n - 1]):
                at = n - 1
                break
            bound = depth(line)
            if bound == 0 and not line.lstrip().startswith((")", "{", "}", "]")):
                break
    if at is None:
        return None
    stop = _end(lines, at)
    if stop < last or stop - at >= LONGEST:
        return None
    while at > 0 and lines[at - 1].lstrip().startswith(("@", "#[", "///", "/**", " *")):
        at -= 1
    return at, stop


def _starts(lines: Sequence[str], at: int, shallow: int) -> bool:
    return bool(lines[at].strip()) and depth(lines[at]) == shallow and defines(lines[at])


def _end(lines: Sequence[str], at: int) -> int:
    """The last line of the definition that begins at a line."""
    own, stop, closed = depth(lines[at]), at, False
    for n in range(at + 1, len(lines)):
        line = lines[n]
        if not line.strip():
            continue
        if depth(line) > own:
            if closed:
                break
            stop = n
            continue
        text = line.lstrip()
        if text.startswith((")", "}", "]", "end", "{", "fi", "done", "esac")):
            stop = n
            # `) {` and `}: Props) {` go on with the same definition.
            closed = not text.rstrip().endswith(("{", ":", "(", "[", "=>"))
            if closed and text.startswith(("}", "end")):
                break
            continue
        break
    return stop


def imports(lines: Sequence[str], most: int = 60) -> list[tuple[int, int]]:
    """Stretches of import lines, first and last, 0-based."""
    found: list[tuple[int, int]] = []
    count = n = 0
    while n < min(len(lines), _TOP) and count < most:
        if _IMPORTS.match(lines[n]):
            stop = n
            opened = lines[n].count("(") + lines[n].count("{")
            closed = lines[n].count(")") + lines[n].count("}")
            while opened > closed and stop + 1 < len(lines) and stop - n < 40:
                stop += 1
                opened += lines[stop].count("(") + lines[stop].count("{")
                closed += lines[stop].count(")") + lines[stop].count("}")
            found.append((n, stop))
            count += stop - n + 1
            n = stop
        n += 1
    return found


def heads(lines: Sequence[str], most: int = 200) -> list[int]:
    """The lines at which definitions begin, 0-based."""
    near = enumerate(islice(lines, _FAR))
    found = (n for n, line in near if defines(line) and depth(line) <= 8)
    return list(islice(found, most))
