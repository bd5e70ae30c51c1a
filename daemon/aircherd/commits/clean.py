"""From what a model said to what it meant: the message, and nothing around it."""

from __future__ import annotations

import re

from aircherd.commits.inert import inert, one_line
from aircherd.commits.model import Draft

_THINK = re.compile(r"<think(?:ing)?>[\s\S]{0,200000}?(?:</think(?:ing)?>|$)", re.I)
_FENCE = re.compile(r"^\s*(?:```|~~~)")
_PREAMBLES = (
    "here is",
    "here's",
    "here are",
    "sure",
    "certainly",
    "of course",
    "okay",
    "commit message:",
    "suggested commit message",
    "the commit message",
    "hier ist",
    "voici",
    "aquí",
    "вот",
)
_LABEL_WORDS = ("subject", "title", "commit message", "message")
_LABELS = re.compile(
    rf"^(?:\*\*|__)?(?:{'|'.join(_LABEL_WORDS)})(?:\*\*|__)?:(?:\*\*|__)?\s*", re.I
)
_TRAILER = re.compile(
    r"^(?:co-authored-by|signed-off-by|generated[- ](?:by|with)|assisted-by):", re.I
)
_ENDINGS = ("this commit message", "note:", "explanation:", "let me know", "i hope")


def clean(raw: str) -> Draft:
    """The first message in the text, inert. Its subject is empty when there is none."""
    lines = _unfenced(_THINK.sub("", inert(raw)).strip("\n").split("\n"))
    while lines and (not lines[0].strip() or _is_preamble(lines[0])):
        lines.pop(0)
    if not lines:
        return Draft(subject="")
    subject = _unquoted(_LABELS.sub("", one_line(lines[0]).lstrip("#> ").strip()))
    body = _body(lines[1:])
    return Draft(subject=subject.lstrip("- ").strip(), body=body)


def _unfenced(lines: list[str]) -> list[str]:
    """The inside of the first fence, or everything when there is none."""
    marks = [n for n, line in enumerate(lines) if _FENCE.match(line)]
    if not marks:
        return lines
    before = [line for line in lines[: marks[0]] if line.strip() and not _is_preamble(line)]
    if before:
        # Text stood before the fence: that is the message, the fence is an extra.
        return lines[: marks[0]]
    end = marks[1] if len(marks) > 1 else len(lines)
    return lines[marks[0] + 1 : end]


def _is_preamble(line: str) -> bool:
    text = line.strip().strip("*_#> ").lower()
    return text.startswith(_PREAMBLES) and (text.endswith((":", "!", ".", "…")) or len(text) < 12)


def _unquoted(text: str) -> str:
    for opening, closing in ('""', "''", "``", ("**", "**"), "“”"):
        inside = text.startswith(opening) and text.endswith(closing)
        if inside and len(text) > len(opening) + len(closing):
            return _unquoted(text[len(opening) : -len(closing)].strip())
    return text


def _body(lines: list[str]) -> str:
    kept: list[str] = []
    for line in lines:
        text = line.rstrip()
        lowered = text.strip().lower()
        if _TRAILER.match(lowered):
            continue
        if lowered.startswith(_ENDINGS) and (not kept or not kept[-1]):
            break
        # git drops lines that begin with `#` when a message is edited.
        kept.append(f" {text}" if text.startswith("#") else text)
    return re.sub(r"\n{3,}", "\n\n", "\n".join(kept).strip("\n"))


class StreamCleaner:
    """Shows a message while it comes: only what `clean` would keep, as far as can be told."""

    def __init__(self) -> None:
        self._raw = ""
        self._shown = ""

    def feed(self, text: str) -> str:
        """What may be shown now."""
        self._raw += text
        opened = self._raw.lstrip()[:10].lower()
        if "<think" in opened and "</think" not in self._raw.lower():
            return ""
        text_now = clean(self._settled()).text
        if not text_now.startswith(self._shown):
            return ""
        more = text_now[len(self._shown) :]
        self._shown = text_now
        return more

    @property
    def shown(self) -> str:
        """Everything that was given so far."""
        return self._shown

    def _settled(self) -> str:
        """Whole lines, which may no longer turn out to be a fence or a closing remark; and of the
        line that is to be the subject its whole words, as soon as it can be nothing else."""
        cut = self._raw.rfind("\n") + 1
        whole, line = self._raw[:cut], self._raw[cut:]
        if clean(whole).subject or not _begins_subject(line):
            return whole
        return whole + line[: line.rfind(" ") + 1]


def _begins_subject(line: str) -> bool:
    """Whether the beginning of a line can only be that of a subject."""
    text = line.lstrip().lower()
    if not text[:1].isalnum():
        return False
    openings = (*_PREAMBLES, *(f"{label}:" for label in _LABEL_WORDS))
    return not any(text.startswith(one) or one.startswith(text) for one in openings)
