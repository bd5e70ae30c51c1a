"""A model's Markdown before a file of it is opened: it may be read, and can do nothing.

Pictures would be fetched, raw HTML rendered and unusual links followed by some editors' previews.
Code is left alone: it is shown as it stands everywhere.
"""

from __future__ import annotations

import re

from aircherd.commits.inert import inert

_FENCE = re.compile(r"^(`{3,}(?=[^`]*$)|~{3,})")
_ENDS = re.compile(r"^ {0,3}(`{3,}|~{3,})\s*$")
_DOUBTFUL = re.compile(r"^[\s>*+.)0-9-]+(```|~~~)")
"""A fence that may stand in a list or a quote, which end it where no mark says so."""
_CODE = re.compile(r"(?<!`)(`+)(?!`).+?(?<!`)\1(?!`)")
_HTML = re.compile(r"<(?=[A-Za-z/!?])")
_LINK = re.compile(r"\](\(|:)(?=\s{0,8}(?!https?:|mailto:)[a-z][a-z0-9+.-]{0,30}:)", re.IGNORECASE)
_MODELINE = re.compile(r"(?i)(-\*|\b(?:vim?(?:[<=>]?\d+)?|ex)|\blocal variables)([-:])")
"""Vim reads the first and last lines of a file, Emacs its first line and its end."""


def harmless(text: str) -> str:
    """The text without control characters, pictures, HTML, and links that are no web addresses."""
    # `inert` widens tabs, which would break code that is made of them.
    text = "\t".join(inert(part) for part in text.split("\t"))
    fence: str | None = None
    doubtful = odd = False
    lines = []
    for line in text.split("\n"):
        ends = _ENDS.match(line)
        if fence is not None:
            if ends and ends[1].startswith(fence):
                fence = None
            lines.append(line)
            continue
        begins = _FENCE.match(line)
        doubtful = doubtful or bool(_DOUBTFUL.match(line))
        if begins and not doubtful:
            fence, odd = begins[1], False
            lines.append(line)
            continue
        # A backtick without its like may have it in another line, up to the next empty one.
        odd = bool(line.strip()) and (odd or "\\`" in line or "`" in _CODE.sub("", line))
        lines.append(_quiet(line) if odd or doubtful else _prose(line))
    return _no_modeline("\n".join(lines))


def _no_modeline(text: str) -> str:
    """The text without what sets options of the editor that opens it."""
    return _MODELINE.sub(lambda found: f"{found[1]} {found[2]}", text)


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
