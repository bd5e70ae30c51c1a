"""How messages are written in one repository: learned from its history, its files and the user."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from aircherd.commits.drafting.habits import learn_habits
from aircherd.commits.header import Header, read, without_squash
from aircherd.commits.inert import one_line, width
from aircherd.commits.model import Case, Convention, Style
from aircherd.commits.types import CONVENTIONAL
from aircherd.core.settings import CommitSettings
from aircherd.core.snapshot import PastCommit, RepositoryHints

FEWEST = 5
"""Commits below which a history says nothing."""
_BOTS = ("[bot]", "dependabot", "renovate", "github-actions", "semantic-release", "pre-commit-ci")
_GUIDANCE = 1_500
_TYPE_ENUM = re.compile(r"""["']?type-enum["']?\s*:\s*\[[^\[\]]{0,80}\[([^\]]{0,2000})\]""")
_LENGTH = re.compile(
    r"""["']?header-max-length["']?\s*:\s*\[[^\]\d]{0,40}\d[^\]\d]{0,40}(\d{2,3})"""
)
_WORD = re.compile(r"""["']([\w-]{1,30})["']""")


def learn(
    history: Sequence[PastCommit],
    hints: RepositoryHints | None = None,
    settings: CommitSettings | None = None,
) -> Convention:
    """The convention of a repository. Configuration overrides habit, the user overrides both."""
    subjects = [
        (commit, without_squash(one_line(commit.message.partition("\n")[0][:500])))
        for commit in history
        if commit.parents < 2 and not any(bot in commit.author.lower() for bot in _BOTS)
    ]
    subjects = [(commit, subject) for commit, subject in subjects if subject]
    found = _of_history(subjects) if len(subjects) >= FEWEST else Convention(case=Case.SENTENCE)
    return _of_user(_of_files(found, hints or RepositoryHints()), settings or CommitSettings())


def describe(convention: Convention) -> str:
    """The convention in one line, for a person."""
    words = {
        Style.CONVENTIONAL: "conventional commits",
        Style.GITMOJI: "an emoji first",
        Style.PREFIXED: "`area: subject`",
        Style.PLAIN: "a plain sentence",
    }[convention.style]
    parts = [words]
    if convention.style is Style.CONVENTIONAL and convention.types:
        parts.append("types " + ", ".join(convention.types[:6]))
    parts.append(f"at most {convention.subject_max} characters")
    source = f"learned from {convention.learned_from} commits"
    if not convention.learned_from:
        source = "the usual one, for want of a history"
    return "; ".join([*parts, ", ".join([source, *convention.sources])])


def _of_history(subjects: Sequence[tuple[PastCommit, str]]) -> Convention:
    headers = [(commit, subject, read(subject)) for commit, subject in subjects]
    count = len(headers)
    typed = [entry for entry in headers if entry[2].type]
    pictured = [entry for entry in headers if entry[2].emoji and not entry[2].type]
    areas = [entry for entry in headers if entry[2].scope and not entry[2].type]
    style = Style.PLAIN
    for candidate, entries in (
        (Style.CONVENTIONAL, typed),
        (Style.GITMOJI, pictured),
        (Style.PREFIXED, areas),
    ):
        if len(entries) * 2 >= count:
            style = candidate
            break
    mine = {Style.CONVENTIONAL: typed, Style.GITMOJI: pictured, Style.PREFIXED: areas}.get(
        style, headers
    )
    texts = [header.text for _, _, header in mine if header.text]
    lengths = sorted(width(subject) for _, subject, _ in headers)
    scopes = Counter(header.scope for _, _, header in mine if header.scope)
    bodies = [commit for commit, _, _ in headers if _body(commit)]
    tickets = Counter(h.ticket_form for _, _, h in headers if h.ticket)
    ticketed = sum(tickets.values())
    return Convention(
        style=style,
        type_habits=learn_habits((h.type, commit.paths) for commit, _, h in typed),
        types=tuple(t for t, _ in Counter(h.type.lower() for _, _, h in typed).most_common(12)),
        scopes=tuple(scope for scope, _ in scopes.most_common(20)),
        scope_rate=sum(scopes.values()) / max(1, len(mine)),
        scope_paths=_scope_paths([(commit, header) for commit, _, header in mine]),
        case=_case(texts),
        subject_max=min(100, max(50, lengths[min(count - 1, count * 95 // 100)])),
        subject_typical=lengths[count // 2],
        full_stop=sum(text.endswith(".") for text in texts) * 2 > len(texts),
        imperative=sum(text.split(" ")[0].endswith("ed") for text in texts) * 2 < len(texts),
        body_rate=len(bodies) / count,
        bullet=_bullet(bodies),
        ticket=tickets.most_common(1)[0][0] if ticketed * 2 >= count else None,
        ticket_keys=tuple({h.ticket.partition("-")[0] for _, _, h in headers if h.ticket}),
        ticket_rate=ticketed / count,
        examples=tuple(subject for _, subject in subjects[:8]),
        learned_from=count,
    )


def _case(texts: Sequence[str]) -> Case:
    first = [text[0] for text in texts if text[0].isalpha()]
    lower = sum(letter.islower() for letter in first)
    if lower * 10 >= len(first) * 7:
        return Case.LOWER
    return Case.SENTENCE if lower * 10 <= len(first) * 3 else Case.ANY


def _body(commit: PastCommit) -> str:
    return commit.message.partition("\n")[2].strip()


def _bullet(commits: Sequence[PastCommit]) -> str | None:
    signs = Counter(sign for c in commits for sign in "-*" if f"\n{sign} " in f"\n{_body(c)}")
    return signs.most_common(1)[0][0] if signs and signs.total() * 3 >= len(commits) else None


def _scope_paths(entries: Sequence[tuple[PastCommit, Header]]) -> tuple[tuple[str, str], ...]:
    pairs: Counter[tuple[str, str]] = Counter()
    for commit, header in entries:
        if not header.scope:
            continue
        folders = {
            "/".join(path.decode("utf-8", "replace").split("/")[:depth])
            for path in commit.paths[:20]
            for depth in (1, 2)
            if path.count(b"/") >= depth
        }
        pairs.update((folder, header.scope) for folder in folders)
    return tuple(pair for pair, seen in pairs.most_common(60) if seen > 1)


def _of_files(convention: Convention, hints: RepositoryHints) -> Convention:
    guidance: list[tuple[str, str]] = []
    if hints.commitlint is not None:
        convention = _of_commitlint(convention, hints.commitlint, hints.commitlint_name or "")
    if hints.template:
        lines = [line for line in hints.template.splitlines() if not line.startswith("#")]
        text = "\n".join(lines).strip()
        guidance += [("commit.template", text[:_GUIDANCE])] if text else []
    for paragraph in (hints.contributing or "").split("\n\n"):
        if "commit message" in paragraph.lower():
            guidance.append(("CONTRIBUTING", paragraph.strip()[:_GUIDANCE]))
            break
    return replace(convention, guidance=tuple(guidance))


def _of_commitlint(convention: Convention, text: str, name: str) -> Convention:
    """What a commitlint configuration asks for, scanned rather than run."""
    types = convention.types
    enforced = False
    if found := _TYPE_ENUM.search(text):
        listed = tuple(_WORD.findall(found[1]))
        if listed:
            types = tuple(sorted(listed, key=lambda t: (t not in types, listed.index(t))))
            enforced = True
    elif "config-conventional" in text or "config-angular" in text:
        used = tuple(t for t in types if t in CONVENTIONAL)
        types, enforced = (*used, *(t for t in CONVENTIONAL if t not in used)), True
    # The length both presets have; see @commitlint/config-conventional.
    longest = (
        int(length[1]) if (length := _LENGTH.search(text)) else min(100, convention.subject_max)
    )
    notes = convention.notes
    if not enforced and "rules" not in text and not _is_json(text):
        notes = (*notes, f"{name} could not be understood and is not followed")
    return replace(
        convention,
        style=Style.CONVENTIONAL,
        types=types,
        types_enforced=enforced,
        subject_max=longest,
        case=Case.LOWER,
        full_stop=False,
        sources=(*convention.sources, name),
        notes=notes,
    )


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _of_user(convention: Convention, settings: CommitSettings) -> Convention:
    if settings.types:
        convention = replace(
            convention, style=Style.CONVENTIONAL, types=settings.types, types_enforced=True
        )
    if settings.scopes:
        convention = replace(convention, scopes=settings.scopes, scopes_enforced=True)
    return replace(
        convention,
        language=settings.language or convention.language,
        subject_max=settings.subject_max or convention.subject_max,
        body_policy=settings.body,
        body_rate={"never": 0.0, "always": 1.0}.get(settings.body, convention.body_rate),
    )
