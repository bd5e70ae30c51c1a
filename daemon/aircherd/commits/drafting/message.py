"""Puts statements into a subject line and a body, in a repository's convention."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from textwrap import fill

from aircherd.commits.drafting.phrases import (
    Phrase,
)
from aircherd.commits.drafting.statements import VAGUE
from aircherd.commits.drafting.vocabulary import Vocabulary
from aircherd.commits.drafting.word_set import word_set
from aircherd.commits.drafting.wording import fitted, in_the_past, shortened, vocabulary
from aircherd.commits.header import Header, compose
from aircherd.commits.inert import cut, one_line, width
from aircherd.commits.model import Case, Convention, Style

_BULLETS = 6


_TARGET_SLACK = 14


def subject(phrase: Phrase, header: Header, convention: Convention, words: Vocabulary) -> str:
    """The whole first line, in as much detail as fits."""
    limit = max(convention.subject_max, 1)
    stop = "." if convention.full_stop else ""
    plain = width(compose(replace(header, text="x"), convention)) - 1 + len(stop)
    if (
        limit - plain < 20
        and header.scope
        and convention.style is Style.CONVENTIONAL
        and convention.scope_policy != "required"
    ):
        header = replace(header, scope="")
        plain = width(compose(replace(header, text="x"), convention)) - 1 + len(stop)
    if header.scope and phrase.where.lower() == header.scope.lower():
        phrase = replace(phrase, where="")
    room = limit - plain
    wanted = max(convention.subject_typical + _TARGET_SLACK, 50) - plain
    text = fitted(phrase, words, max(room, 1), wanted)
    if not convention.imperative and words is vocabulary("en"):
        text = shortened(in_the_past(text), max(room, 1))
    text = _cased(text, convention)
    return safe(compose(replace(header, text=text.rstrip(".") + stop), convention), convention)


def _cased(text: str, convention: Convention) -> str:
    if convention.all_lower:
        return text.lower()
    first = text.partition(" ")[0]
    sentence = convention.case is Case.SENTENCE or (
        convention.case is Case.ANY and convention.style in (Style.PLAIN, Style.GITMOJI)
    )
    if sentence and (first.isalpha() or convention.case_enforced):
        return text[:1].upper() + text[1:]
    if (
        not sentence
        and convention.case is Case.LOWER
        and (convention.case_enforced or first[1:].islower())
    ):
        return text[:1].lower() + text[1:]
    return text


def safe(line: str, convention: Convention) -> str:
    """One line without anything a terminal, a shell or git could take for an order."""
    limit = max(convention.subject_max, 1)
    line = one_line(line).lstrip("-# \t")
    return cut(line, limit).rstrip() or cut("update", limit)


def body(phrases: Sequence[Phrase], convention: Convention, words: Vocabulary) -> str:
    """A short list of what else changed; empty where the subject says enough."""
    if convention.body_policy == "never":
        return ""
    first: dict[str, Phrase] = {}
    for phrase in phrases:
        first.setdefault(phrase.group, phrase)
    main = phrases[0]
    others = [p for g, p in first.items() if g != main.group]
    same = [p for p in phrases[1:] if p.group == main.group and p.verb in _CONCRETE][:3]
    wanted = convention.body_policy == "always" or convention.body_rate >= 0.5 or len(first) >= 3
    lines = [fitted(p, words, 100, 72) for p in (*same, *others) if _worth_a_line(p)]
    lines = list(dict.fromkeys(line for line in lines if line))[:_BULLETS]
    if not lines and convention.body_policy == "always":
        lines = [fitted(main, words, 100, 100)]
    if not wanted or (len(lines) < 2 and convention.body_policy != "always"):
        return ""
    return "\n".join(_bullet(line, convention) for line in lines)


_CONCRETE = word_set(
    """
    add remove rename move extract bump change set handle raise
    """
)


def _worth_a_line(phrase: Phrase) -> bool:
    """Whether a statement says something definite."""
    return phrase.verb not in VAGUE and phrase.noun not in ("support", "handling")


def _bullet(line: str, convention: Convention) -> str:
    sign = convention.bullet if convention.bullet in ("-", "*", "+", "•", "–") else "-"
    text = _cased(one_line(line), replace(convention, all_lower=False))
    wrap = max(convention.body_wrap, 20)
    return fill(
        text, wrap, initial_indent=f"{sign} ", subsequent_indent="  ", break_on_hyphens=False
    )
