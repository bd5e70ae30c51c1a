"""A model's Markdown before a file of it is opened: it may be read, and can do nothing.

Pictures would be fetched, raw HTML rendered and unusual links followed by some editors' previews.
Code is left alone: it is shown as it stands everywhere.
"""

from __future__ import annotations

import re

from aircherd.commits.inert import inert

_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})")
_CODE = re.compile(r"(`+)(?!`).+?(?<!`)\1(?!`)")
_HTML = re.compile(r"<(?=[A-Za-z/!?])")
_LINK = re.compile(r"\](\(|:)(?=\s{0,8}(?!https?:|mailto:)[a-z][a-z0-9+.-]{0,30}:)", re.IGNORECASE)


def harmless(text: str) -> str:
    """The text without control characters, pictures, HTML, and links that are no web addresses."""
    # `inert` widens tabs, which would break code that is made of them.
    text = "\t".join(inert(part) for part in text.split("\t"))
    fence: str | None = None
    lines = []
    for line in text.split("\n"):
        found = _FENCE.match(line)
        if fence is not None:
            if found and found[1].startswith(fence) and not line.strip().strip(fence[0]):
                fence = None
        elif found:
            fence = found[1]
        else:
            line = _prose(line)
        lines.append(line)
    return "\n".join(lines)


def _prose(line: str) -> str:
    parts, last = [], 0
    for code in _CODE.finditer(line):
        parts += [_quiet(line[last : code.start()]), code[0]]
        last = code.end()
    return "".join([*parts, _quiet(line[last:])])


def _quiet(text: str) -> str:
    text = text.replace("![", "!\\[")
    text = _HTML.sub("&lt;", text)
    return _LINK.sub(r"] \1", text)
