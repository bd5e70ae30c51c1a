"""Whether a message keeps the convention, and how it is made to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from textwrap import wrap

from aircherd.commits.header import compose, read
from aircherd.commits.inert import UNSAFE, cut, inert, one_line, width
from aircherd.commits.model import Case, Convention, Draft, Style
from aircherd.commits.types import CONVENTIONAL

_SAYS_NOTHING = "update the staged files"
_WORTH_KEEPING = 300
"""Characters of a subject's rest that may still be meant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One rule held against a message, named after commitlint's where it has one."""

    rule: str
    ok: bool
    detail: str


def check(
    draft: Draft, convention: Convention, *, previous_subjects: Sequence[str] = ()
) -> tuple[Finding, ...]:
    """Every rule of the convention and whether the message keeps it."""
    subject = draft.subject
    types = allowed_types(convention)
    header = read(subject, types=types)
    found = [
        _finding("subject-empty", bool(header.text.strip()), "the subject says something"),
        _finding(
            "header-max-length",
            width(subject) <= convention.subject_max,
            f"{width(subject)} of {convention.subject_max} characters",
        ),
        _finding("one-subject", "\n" not in subject, "the subject is one line"),
        _finding(
            "inert",
            not UNSAFE.search(subject) and not subject.startswith(("-", "#")),
            "no control characters, and nothing git would read as an option or a comment",
        ),
        _finding(
            "no-repetition",
            subject.strip().lower() not in {s.strip().lower() for s in previous_subjects},
            "no past subject word for word",
        ),
    ]
    if convention.style is Style.CONVENTIONAL:
        kind = header.type
        found.append(_finding("type-empty", bool(kind), "there is a type"))
        known = not kind or kind in types
        found.append(_finding("type-enum", known, f"the type {kind!r} is one of those used here"))
        if convention.scopes_enforced and header.scope:
            ok = header.scope in convention.scopes
            found.append(_finding("scope-enum", ok, f"the scope {header.scope!r} is allowed"))
    if not convention.full_stop:
        ok = not header.text.rstrip().endswith(".") or header.text.rstrip().endswith("...")
        found.append(_finding("subject-full-stop", ok, "no full stop at the end"))
    longest = max((width(line) for line in draft.body.split("\n")), default=0)
    ok = longest <= max(convention.body_wrap, 100) or all(
        " " not in line.strip() for line in draft.body.split("\n") if width(line) > 100
    )
    found.append(_finding("body-max-line-length", ok, f"longest body line {longest}"))
    return tuple(found)


def complaint(findings: Sequence[Finding]) -> str:
    """What is wrong, for the one repair a model gets."""
    return "\n".join(f"- {f.rule}: not kept ({f.detail})" for f in findings if not f.ok)


def allowed_types(convention: Convention) -> tuple[str, ...]:
    """The types a message may have here."""
    if convention.types_enforced:
        return convention.types
    return tuple(dict.fromkeys((*convention.types, *CONVENTIONAL)))


def trim(
    draft: Draft, convention: Convention, *, kind: Callable[[], str] = lambda: "chore"
) -> Draft:
    """The message made to keep every rule, by rule; `kind` is the type it gets when it has none.

    What is cut off an over-long subject is kept at the head of the body, unless it is so long that
    the model was rambling.
    """
    subject = one_line(draft.subject).lstrip("-# ").strip()
    types = allowed_types(convention)
    header = read(subject, types=types)
    text = header.text.strip() or "update the staged files"
    if not convention.full_stop:
        while text.endswith(".") and not text.endswith("..."):
            text = text[:-1].rstrip()
    first, rest = text[:1], text[1:]
    acronym = rest[:1].isupper() or any(c in "_./" for c in text.split(" ")[0])
    if convention.case is Case.LOWER and not acronym:
        first = first.lower()
    elif convention.case is Case.SENTENCE and not any(c in "_./" for c in text.split(" ")[0]):
        first = first.upper()
    header = replace(header, text=(first + rest).strip() or "update the staged files")
    if convention.style is Style.CONVENTIONAL:
        wanted = header.type.lower()
        if wanted not in types:
            wanted = found if (found := kind()) in types else types[0]
        scope = header.scope
        if convention.scopes_enforced and scope not in convention.scopes:
            scope = ""
        header = replace(header, type=wanted, scope=scope)
        line = compose(header, convention)
    elif header.type:
        line = subject if width(subject) <= convention.subject_max else header.text
    else:
        line = compose(header, convention) if convention.style is not Style.PLAIN else subject
        if convention.style is Style.PLAIN:
            line = first + rest if not header.scope and not header.emoji else subject
    body = inert(draft.body).strip("\n")
    if (
        width(line) > convention.subject_max
        and header.scope
        and convention.style is Style.CONVENTIONAL
    ):
        line = compose(replace(header, scope=""), convention)
    if width(line) > convention.subject_max:
        line, left = _cut(line, convention.subject_max)
        if width(left) <= _WORTH_KEEPING:
            body = f"{left}\n\n{body}".strip("\n")
    if not convention.full_stop:
        line = line.rstrip(". ") or line
    if convention.body_policy == "never":
        body = ""
    made = Draft(subject=line, body=_wrapped(body, convention))
    if all(finding.ok for finding in check(made, convention)):
        return made
    # Nothing but an emoji, a lone type and the like: there is no subject in it to keep.
    plain = replace(header, text=_SAYS_NOTHING, emoji="", scope="", ticket="")
    if convention.style is not Style.CONVENTIONAL:
        plain = replace(plain, type="")
    return Draft(subject=compose(plain, convention), body=_wrapped(body, convention))


def _cut(line: str, limit: int) -> tuple[str, str]:
    short = cut(line, limit)
    space = short.rfind(" ")
    if space > limit // 2:
        short = short[:space]
    short = short.rstrip(" ,;:-")
    return short, "… " + line[len(short) :].strip()


def _wrapped(body: str, convention: Convention) -> str:
    lines: list[str] = []
    for line in body.split("\n"):
        if width(line) <= max(convention.body_wrap, 72):
            lines.append(line)
            continue
        lead = line[: len(line) - len(line.lstrip("-*• "))]
        lines.extend(
            wrap(
                line.strip(),
                width=convention.body_wrap,
                subsequent_indent=" " * len(lead),
                break_long_words=False,
                break_on_hyphens=False,
            )
        )
    return "\n".join(f" {line}" if line.startswith("#") else line for line in lines).strip("\n")


def _finding(rule: str, ok: bool, detail: str) -> Finding:
    return Finding(rule=rule, ok=ok, detail=detail)
