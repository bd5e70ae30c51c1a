"""Sentences people wrote, changelog entries, test titles and comments, made fit for a subject."""

from __future__ import annotations

import re

from aircherd.commits.drafting.word_set import word_set

_BASE = (
    "accept add adjust align allow always apply assign avoid block bump bypass cache call cancel catch"
    " change check clarify clean clear close collect compare compile compute configure convert copy"
    " correct create default defer delete deny deprecate detect disable discard display do document"
    " drop emit enable enforce ensure escape exclude exit expand expose extend extract fail fall fix"
    " flush follow force forward generate guard handle hide honor honour ignore implement import"
    " improve include increase infer initialize inject insert install introduce invalidate keep"
    " limit link list load log make mark match merge migrate move normalize omit only open optimize"
    " override parse pass permit prefer preserve prevent print process propagate provide publish"
    " quote raise read rebuild recover reduce refactor refresh register reject release reload remove"
    " rename render reorder replace report require reset resolve respect restore restrict retry"
    " return reuse revert rewrite run sanitize save scan select send set show simplify skip sort"
    " split start stop store strip support suppress switch sync test throw tidy track translate"
    " treat trigger trim truncate unify unwrap update upgrade use validate verify wait warn wrap"
    " write"
)
_IRREGULAR = {
    "made": "make", "wrote": "write", "kept": "keep", "sent": "send", "threw": "throw",
    "thrown": "throw", "hid": "hide", "ran": "run", "does": "do", "did": "do", "built": "build",
    "never": "never", "dont": "don't", "don't": "don't", "doesn't": "don't", "written": "write",
}  # fmt: skip


def _forms() -> dict[str, str]:
    forms = dict(_IRREGULAR)
    for base in _BASE.split():
        stem = base[:-1] if base.endswith("e") else base
        last = base[-1] if re.search(r"[^aeiou][aeiou][bdgmnprt]$", base) else ""
        forms |= dict.fromkeys((f"{base}s", f"{stem}ed", f"{stem}ing", f"{base}es"), base)
        forms |= {f"{base}{last}ed": base, f"{base}{last}ing": base}
        if base.endswith("y"):
            forms |= {f"{base[:-1]}ies": base, f"{base[:-1]}ied": base}
        forms[base] = base
    return forms


_FORMS = _forms()
_PAST = {"run": "ran", "make": "made", "keep": "kept", "send": "sent", "set": "set", "write": "wrote",
         "hide": "hid", "do": "did", "split": "split", "throw": "threw", "read": "read", "rewrite": "rewrote",
         "reset": "reset", "never": "never", "don't": "didn't", "only": "only", "always": "always"}  # fmt: skip
_LINK = re.compile(
    r"!?\[([^\[\]]{1,200})\]\([^()\s]{0,300}\)|\[([^\[\]]{1,120})\]\[[^\[\]]{0,60}\]"
)
_TAIL = re.compile(
    r"\s*(?:[(\[,;]?\s*(?:(?:fix(?:e[sd])?|close[sd]?|resolve[sd]?|see|refs?|thanks?(?: to)?|by|in|via|from|contributed by|gh|pr|issue)[ :]*)*"
    r"(?:[a-z][\w.-]{0,40}/[\w.-]{1,60})?[#!@][\w/-]{1,60}(?:\s*(?:,|and)\s*[#@][\w/-]{1,60}){0,5}[)\]]?|\(?\b[0-9a-f]{7,40}\)?)+\s*[.,]?\s*$",
    re.IGNORECASE,
)
_LABEL = re.compile(
    r"^(?:\*\*[^*]{1,60}\*\*:?|__[^_]{1,60}__:?|\[[^\]]{1,40}\]|\([\w /-]{1,30}\)|:[a-z_]{2,30}:|[a-z]{2,12}\([\w/, -]{1,40}\)!?:"
    r"|(?:feat|fix|docs|chore|refactor|perf|test|build|ci|style|breaking|security|bug ?fix|feature|new|changed?|added|fixed|removed|deprecated|improvement|enhancement|minor|patch|major|note|internal|bug)!?:)\s*",
    re.IGNORECASE,
)
_NO_START = re.compile(
    r"(?:todo|fixme|xxx|hack|note|nb|see|e\.g|i\.e|eg|http|copyright|license|this|these|we|i|you|it|that|there|they|if|when"
    r"|the (?:following|above)|for|because|since|given|given|first|second|now|then|also|eslint|@|example|default|optional|returns?|param|type|ts-|noqa|pylint|nolint|safety|arrange|act|assert|setup|expected|should be|with|without|in|on|at|from|to|by|under|after|before|has|is|are|can|will|was|no|not|as|of|and|or|via|all|each|both)\b",
    re.IGNORECASE,
)


def imperative(word: str) -> str | None:
    """The base form of a known verb's form; None for any other word."""
    return _FORMS.get(word.lower().strip("`'\".,:"))


def past(verb: str) -> str:
    """`added` for `add`; verbs this module does not know get a regular ending."""
    if verb in _PAST:
        return _PAST[verb]
    if verb.endswith("e"):
        return f"{verb}d"
    if re.search(r"[^aeiou]y$", verb):
        return f"{verb[:-1]}ied"
    if verb in (
        "drop",
        "skip",
        "stop",
        "strip",
        "wrap",
        "trim",
        "unwrap",
        "omit",
        "permit",
        "log",
        "prefer",
    ):
        return f"{verb}{verb[-1]}ed"
    return f"{verb}ed"


def plain(text: str) -> str:
    """The text without Markdown, references, labels and a full stop."""
    text = _LINK.sub(lambda m: m[1] or m[2], text)
    text = text.replace("**", "").replace("__", "") if _LABEL.match(text) is None else text
    while found := _LABEL.match(text):
        text = text[found.end() :]
    while (shorter := _TAIL.sub("", text)) != text:
        text = shorter
    text = re.split(r"(?<=[a-z`)\"'])(?:\. |; | - | -- | — )", text, maxsplit=1)[0]
    return " ".join(text.split()).strip(" .,;:-–—*")


def from_entry(entry: str) -> str | None:
    """A changelog entry as a subject text, in the imperative where its first word is a verb."""
    text = plain(entry)
    if (
        not 8 <= len(text) <= 160
        or " " not in text
        or text.lower().startswith(
            ("http", "@", "#", "|", "the ", "a ", "an ", "this ", "when ", "if ", "we ", "you ")
        )
    ):
        return None
    return _started(text)


def from_comment(comment: str) -> str | None:
    """A comment as a subject text; only where it already starts with what the code is to do."""
    text = plain(comment)
    first, _, rest = text.partition(" ")
    if (
        _NO_START.match(text)
        or not rest
        or len(text) > 80
        or text.endswith(("?", ",", "and", "the", "a"))
    ):
        return None
    verb = imperative(first)
    if verb is None or first.lower() in _WEAK or first[-1:] in ":,":
        return None
    return _started(text)


_WEAK = word_set(
    """
    set list test tests process default read write open start stop run call only log copy do
    load returns return match check print create sets calls checks creates get gets
    """
)


def from_test(title: str, kind: str) -> str | None:
    """A new test's title as what the change makes the program do."""
    text = re.sub(
        r"^(?:it |that |#\d+:? |test |case |regression:? )+", "", plain(title), flags=re.IGNORECASE
    )
    text = re.sub(r"\s+(?:test|works?(?: correctly| as expected)?|correctly)$", "", text)
    words = text.split()
    if not 3 <= len(words) <= 12 or len(text) > 70:
        return None
    if words[0].lower() == "should":
        words = words[1:]
        if words[:1] == ["not"] and len(words) > 2:
            return " ".join(["do not", *words[1:]])
        if words[:1] in (["be"], ["have"], ["only"], ["always"], ["correctly"], ["properly"]):
            return None if len(words) < 2 or words[0] in ("be", "have") else " ".join(words)
        return " ".join(words) if len(words) > 1 else None
    if words[0].lower() in ("does", "doesn't") and len(words) > 2:
        rest = words[2:] if words[1].lower() == "not" else words[1:]
        return " ".join(["do not", *rest])
    verb = imperative(words[0])
    if verb is not None and words[0].lower() != verb:
        return " ".join([verb, *words[1:]])
    if verb is not None:
        return " ".join([words[0].lower(), *words[1:]])
    if kind in ("fix", "feat") and len(words) <= 7 and not _NO_START.match(text):
        return f"{'fix' if kind == 'fix' else 'support'} {text[0].lower() + text[1:] if words[0][1:].islower() else text}"
    return None


def _started(text: str) -> str:
    """With its first word in the base form and in lower case, unless it is a name."""
    first, space, rest = text.partition(" ")
    verb = imperative(first)
    if verb is not None and first.isalpha():
        return f"{verb}{space}{rest}"
    if first[:1].isupper() and first[1:].islower() and first.isalpha():
        first = first.lower()
    return f"{first}{space}{rest}"
