"""The parts of a subject line: reading them and putting them together again."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, replace

from aircherd.commits.inert import width
from aircherd.commits.model import Convention, Style
from aircherd.commits.types import KNOWN

_PICTURES = "\u2190-\u21ff\u2300-\u23ff\u2600-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff"
_EMOJI = re.compile(f":[a-z0-9_+-]{{2,40}}:|[{_PICTURES}][{_PICTURES}\ufe0e\ufe0f\u200d]{{0,11}}")
_TYPED = re.compile(r"([A-Za-z][\w-]{0,24})(?: ?\(([^()]{1,80})\))?(!?) ?(?:：\s*|:(?=\s|\S))\s*")
_AREA = re.compile(r"([\w.+/@*{},&~-]{1,50}(?: [\w.+/-]{1,30})?): (?=\S)")
_GITMOJI_SCOPE = re.compile(r"\(([^()]{1,80})\)\s*:?\s*")
_SQUASH = re.compile(r"\s*\([#!]\d{1,9}\)$")
_KEY = r"([A-Z][A-Z0-9]{1,9})-(\d{1,7})"
_TICKET_FRONT = re.compile(
    rf"(\[{_KEY}\]\s?:?\s?|\({_KEY}\)\s?:?\s?|{_KEY}(?::\s?|\s-\s|\s))(?=\S)"
)
_TICKET_BACK = re.compile(rf"(\s\({_KEY}\)|\s\[{_KEY}\]|\s{_KEY})$")
_TICKET = re.compile(_KEY)
_REFERENCE_FRONT = re.compile(
    r"((?:(?:Fixed|Fixes|Fix|Refs|Ref|Closes|Closed) )?\[?#(\d{1,9})\]?(?:\s(?:--|-|–)\s|:\s|\s))(?=\S)"
)

NO_TICKETS = frozenset(
    [
        "UTF",
        "ISO",
        "SHA",
        "MD",
        "RFC",
        "CVE",
        "AES",
        "RSA",
        "GPT",
        "HTTP",
        "TLS",
        "SSL",
        "PEP",
        "ES",
        "CP",
        "COVID",
        "IPV",
        "USB",
        "X",
        "ARM",
        "RS",
        "PKCS",
        "IEEE",
        "CWE",
        "GHSA",
        "BASE",
        "LATIN",
        "WINDOWS",
        "PY",
        "VS",
        "UCS",
        "FIPS",
    ]
)
"""Words that come with a number and are no ticket: `UTF-8`, `SHA-256`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """A subject line taken apart. An empty part is not there."""

    text: str
    type: str = ""
    scope: str = ""
    """The scope, or the area of a `prefixed` subject."""
    breaking: bool = False
    emoji: str = ""
    ticket: str = ""
    ticket_form: str = ""
    """The template the ticket was written with; see `Convention.ticket`."""


def without_squash(subject: str) -> str:
    """The subject without the ` (#123)` a forge adds when it merges."""
    return _SQUASH.sub("", subject) if subject.endswith(")") else subject


def read(
    subject: str, *, types: Collection[str] = (), keys: Collection[str] | None = None
) -> Header:
    """Takes a subject apart.

    `types` are words that count as types besides the usual ones. `keys` are the ticket keys to
    look for; None takes every plausible one.
    """
    text = subject.strip()[:2000]
    ticket, form, text = _front_ticket(text, keys)
    emoji = ""
    if found := _EMOJI.match(text):
        emoji, text = found[0], text[found.end() :].lstrip()
    kind, scope, breaking = "", "", False
    if (found := _TYPED.match(text)) and _is_type(found, types):
        kind, scope, breaking = found[1], (found[2] or "").strip(), bool(found[3])
        text = text[found.end() :]
        if not ticket:
            ticket, form, text = _inner_ticket(scope, text, keys)
            scope = "" if form == "({key}-{n})" else scope
    elif emoji and (found := _GITMOJI_SCOPE.match(text)):
        scope, text = found[1].strip(), text[found.end() :]
    else:
        scope, text = _area(text)
    if not ticket and (found := _TICKET_BACK.search(text)):
        name = _named(found[0], keys)
        if name:
            ticket, form = name, found[0].replace(name, "{key}-{n}")
            text = text[: found.start()]
    if kind and not emoji and (found := _EMOJI.match(text)):
        emoji, text = found[0], text[found.end() :].lstrip()
    return Header(
        text=text.strip(),
        type=kind,
        scope=scope,
        breaking=breaking,
        emoji=emoji,
        ticket=ticket,
        ticket_form=form,
    )


def compose(header: Header, convention: Convention) -> str:
    """Puts the parts together in the convention's order."""
    form = convention.ticket if header.ticket and convention.ticket else ""
    place = (form or "").replace("{key}-{n}", header.ticket).replace("#{n}", header.ticket)
    scope, text = header.scope, header.text
    if form == "({key}-{n})":
        scope = header.ticket
    if form and form.startswith(": "):
        text = place[2:] + text
    prefix = ""
    if convention.style is Style.CONVENTIONAL and header.type:
        mark = "!" if header.breaking and convention.breaking_mark else ""
        prefix = f"{header.type}({scope}){mark}: " if scope else f"{header.type}{mark}: "
    elif convention.style is Style.PREFIXED and scope:
        prefix = f"{scope}: "
    elif convention.style is Style.GITMOJI and header.emoji:
        prefix = f"{header.emoji} ({scope}): " if scope else f"{header.emoji} "
    line = prefix + text
    if form and form.startswith(" "):
        return line + place
    if form and not form.startswith((":", "(")):
        return place + line
    return line


def ticket_in(text: str, convention: Convention) -> str | None:
    """The first ticket of the convention's keys in a branch name or hint, as `ABC-12`."""
    for found in _TICKET.finditer(text[:500].upper()):
        if found[1] in convention.ticket_keys:
            return found[0]
    return None


def ticket_for(branch: str | None, hint: str | None, convention: Convention) -> str:
    """The ticket a message here names: the hint's, else the branch's; empty where none is usual."""
    if convention.ticket is None or convention.ticket_rate < 0.3:
        return ""
    return ticket_in(f"{hint or ''} {branch or ''}", convention) or ""


def form_of(ticket: str, convention: Convention) -> str:
    """The ticket as it is usually written, such as `ABC-12: `."""
    form = (convention.ticket or "").replace("{key}-{n}", ticket).replace("#{n}", ticket)
    return form.removeprefix(": ")


def with_ticket(subject: str, ticket: str, convention: Convention) -> str:
    """The subject with its ticket in the usual place; as it is when there is no room for it."""
    header = read(subject, types=convention.types, keys=convention.ticket_keys)
    if not ticket or header.ticket:
        return subject
    line = compose(replace(header, ticket=ticket), convention)
    return line if width(line) <= convention.subject_max else subject


def _is_type(found: re.Match[str], types: Collection[str]) -> bool:
    word = found[1].lower()
    known = word in KNOWN or any(word == t.lower() for t in types)
    spaced = found[0][-1:] in " \t：" or found.end() == len(found.string)
    return (known or found[2] is not None) and (spaced or known)


def _area(text: str) -> tuple[str, str]:
    areas: list[str] = []
    while len(areas) < 3 and (found := _AREA.match(text)):
        if areas and " " in found[1]:
            break
        areas.append(found[1])
        text = text[found.end() :]
    return ": ".join(areas), text


def _named(text: str, keys: Collection[str] | None) -> str:
    found = _TICKET.search(text)
    if found is None:
        return ""
    wanted = found[1] not in NO_TICKETS if keys is None else found[1] in keys
    return found[0] if wanted else ""


def _front_ticket(text: str, keys: Collection[str] | None) -> tuple[str, str, str]:
    if found := _TICKET_FRONT.match(text):
        name = _named(found[0], keys)
        if name:
            return name, found[0].replace(name, "{key}-{n}"), text[found.end() :]
    if keys is None and (found := _REFERENCE_FRONT.match(text)):
        return f"#{found[2]}", found[0].replace(f"#{found[2]}", "#{n}"), text[found.end() :]
    return "", "", text


def _inner_ticket(scope: str, text: str, keys: Collection[str] | None) -> tuple[str, str, str]:
    if scope and _TICKET.fullmatch(scope) and _named(scope, keys):
        return scope, "({key}-{n})", text
    if found := _TICKET_FRONT.match(text):
        name = _named(found[0], keys)
        if name:
            return name, ": " + found[0].replace(name, "{key}-{n}"), text[found.end() :]
    return "", "", text
