"""Reads findings out of what a model said: JSON objects wherever they stand, or labelled lines.

Models are asked for one JSON object a line. They also give arrays, objects of arrays, fences,
trailing commas, line breaks inside strings, comments, or Markdown lists: all of that is read, and
nothing raises.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from aircherd.findings.model import Claim, Severity

_THINK = re.compile(r"<think(?:ing)?>[\s\S]{0,200000}?(?:</think(?:ing)?>|$)", re.I)
_NAMES: dict[str, tuple[str, ...]] = {
    "file": ("file", "path", "filename", "file_path", "filepath", "location"),
    "quote": ("quote", "code", "line_text", "snippet", "quoted", "existing_code", "excerpt"),
    "line": ("line", "line_number", "lineno", "start_line", "lines"),
    "severity": ("severity", "level", "priority"),
    "title": ("title", "summary", "issue", "problem", "name", "message"),
    "why": ("why", "reason", "description", "explanation", "detail", "details", "comment", "body"),
    "fix": ("fix", "suggestion", "replacement", "suggested_fix", "suggested_code", "improved_code"),
}
_OWN = frozenset((*_NAMES["title"], *_NAMES["why"], "number", "holds")) - {"summary", "review"}
_SEVERITIES: dict[str, Severity] = {
    "critical": "error", "blocker": "error", "high": "error", "error": "error", "bug": "error",
    "major": "error", "medium": "warning", "warning": "warning", "warn": "warning",
    "moderate": "warning", "minor": "information", "low": "information", "info": "information",
    "information": "information", "note": "information", "nit": "hint", "hint": "hint",
    "style": "hint", "suggestion": "hint",
}  # fmt: skip
_LABEL = re.compile(
    r"^\s*(?:[-*•]|\d+[.)])?\s*[*_`]*(file|path|quote|code|line|severity|title|issue|problem|why|"
    r"reason|description|explanation|fix|suggestion)[*_`]*\s*:\s*[*_]*\s*(.*)$",
    re.I,
)
_MOST = 200
"""Findings that are read, and braces that may turn out to open none."""
_LONGEST = 400_000
_WIDEST = 20_000
"""Characters of one object; in a wider one, those inside are read one by one."""


def claims(answer: str) -> tuple[Claim, ...]:
    """Everything that reads as a finding, in order."""
    text = _THINK.sub("", answer[:_LONGEST])
    found = [claim for value in objects(text) if (claim := _claim(value)) is not None]
    if not found:
        found = list(_labelled(text))
    return tuple(found[:_MOST])


def says_nothing_found(answer: str) -> bool:
    """Whether the answer is readable as `no findings`, rather than as something not understood."""
    text = _THINK.sub("", answer).strip().strip("`").removeprefix("json").strip()
    if (
        not text
        or text in ("[]", "{}", "null")
        or re.fullmatch(r'\{\s*"\w+"\s*:\s*\[\s*\]\s*\}', text)
    ):
        return True
    return bool(
        re.search(
            r"\b(?:no|zero|not find any|without)\b[^.\n]{0,40}\b(?:findings?|issues?|problems?|"
            r"faults?|bugs?|defects?|errors?)\b|\bnone\b|looks good|lgtm",
            text[:600],
            re.I,
        )
    )


def objects(text: str) -> Iterator[dict[str, Any]]:
    """Each outermost JSON object in a text, wherever it stands; lists and wrappers are opened."""
    at = failed = 0
    while (at := text.find("{", at)) >= 0 and failed < _MOST:
        end = _closing(text, at)
        value = _load(text[at:end]) if end is not None else None
        if value is None:
            # Braces of code, or an object that is broken: what is inside may be whole.
            failed += 1
            at += 1
            continue
        yield from _opened(value)
        assert end is not None
        at = end


def _opened(value: Any) -> Iterator[dict[str, Any]]:
    """What lies inside lists and wrappers; an object that has a word of its own is no wrapper."""
    if isinstance(value, list):
        for item in value:
            yield from _opened(item)
    elif isinstance(value, dict):
        words = {str(key).lower() for key, item in value.items() if not isinstance(item, dict)}
        inner = [item for item in value.values() if isinstance(item, dict | list)]
        lists = [x for x in inner if isinstance(x, dict) or (x and isinstance(x[0], dict))]
        if lists and not words & _OWN:
            for item in lists:
                yield from _opened(item)
        else:
            yield value


def _closing(text: str, at: int) -> int | None:
    """Behind the brace that closes the one at an index."""
    depth, inside, escaped = 0, False, False
    for n in range(at, min(len(text), at + _WIDEST)):
        char = text[n]
        if inside:
            if escaped:
                escaped = False
            elif char == "\\":
                escaped = True
            elif char == '"':
                inside = False
        elif char == '"':
            inside = True
        elif char == "{":
            depth += 1
        elif char == "}":
            depth -= 1
            if depth == 0:
                return n + 1
    return None


def _load(text: str) -> Any:
    for attempt in (text, _mended(text)):
        try:
            return json.loads(attempt, strict=False)
        except (ValueError, RecursionError):
            continue
    return None


def _mended(text: str) -> str:
    """Without trailing commas, with the escapes JSON does not know doubled."""
    text = re.sub(r'\\(?!["\\/bfnrtu])', r"\\\\", text)
    return re.sub(r",(\s*[}\]])", r"\1", text)


def _claim(value: dict[str, Any]) -> Claim | None:
    low = {str(key).lower().replace("-", "_").replace(" ", "_"): v for key, v in value.items()}
    got = {
        name: next((low[k] for k in names if low.get(k) not in (None, "")), None)
        for name, names in _NAMES.items()
    }
    title, why = _text(got["title"]), _text(got["why"])
    if not (title or why):
        return None
    file = _text(got["file"])
    line = got["line"]
    at = re.fullmatch(r"(.+?):(\d+)(?:[-:]\d+)?", file)
    if at is not None:
        file, line = at[1], line or at[2]
    number = re.search(r"\d+", str(line)) if line is not None else None
    fix = got["fix"]
    return Claim(
        file=file,
        quote=_text(got["quote"], keep=True),
        line=int(number[0][:9]) if number else None,
        severity=severity(_text(got["severity"])),
        title=title or why.partition(".")[0],
        why=why or title,
        fix=_text(fix, keep=True) if isinstance(fix, str | list) and fix else None,
    )


def severity(word: str) -> Severity:
    """A severity by any of the words models use; `warning` when none is known."""
    for part in re.findall(r"[a-z]+", word.lower()):
        if part in _SEVERITIES:
            return _SEVERITIES[part]
    return "warning"


def _text(value: Any, *, keep: bool = False) -> str:
    if isinstance(value, list):
        value = "\n".join(str(item) for item in value)
    if value is None or isinstance(value, dict):
        return ""
    text = str(value)
    return text.strip("\n") if keep else text.strip()


def _labelled(text: str) -> Iterator[Claim]:
    """Findings as `label: value` lines; a label that comes again begins the next."""
    got: dict[str, Any] = {}
    last: str | None = None
    for line in text.split("\n"):
        found = _LABEL.match(line)
        if found is None:
            if last and line.strip() and not line.lstrip().startswith(("#", "---")):
                got[last] = f"{got[last]}\n{line.strip()}" if got[last] else line.strip()
            elif not line.strip() and last not in ("quote", "fix", "code"):
                last = None
            continue
        name = found[1].lower()
        if name in got:
            if (claim := _claim(_unticked(got))) is not None:
                yield claim
            got = {}
        got[name], last = found[2].strip(), name
    if got and (claim := _claim(_unticked(got))) is not None and len(got) > 1:
        yield claim


def _unticked(got: dict[str, Any]) -> dict[str, Any]:
    return {
        key: re.sub(r"^```\w*\n?|\n?```$", "", value).strip("`").strip("*")
        for key, value in got.items()
    }
