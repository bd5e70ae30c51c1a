"""Writes a commit message from the diff alone: by rules, without a model, without a network."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from textwrap import fill

from aircherd.commits.changes import FileChange, Shape, read_changes
from aircherd.commits.clues import read_clues
from aircherd.commits.composition import PRODUCT
from aircherd.commits.dependencies import Source, read_bumps
from aircherd.commits.evidence import Material
from aircherd.commits.header import Header, compose, ticket_in
from aircherd.commits.inert import cut, one_line, width
from aircherd.commits.judgement import branch_type, choose_type
from aircherd.commits.model import Case, Convention, Draft, FileDiff, Style
from aircherd.commits.phrases import Phrase, group_of, listed, part_of
from aircherd.commits.roles import Role
from aircherd.commits.scopes import choose_scope
from aircherd.commits.sentences import imperative
from aircherd.commits.source_phrases import file_moves, source_phrases
from aircherd.commits.support_phrases import BY_ROLE, bump_phrases, comment_phrases, other_phrases
from aircherd.commits.types import DEFAULT_EMOJI, emoji_kind
from aircherd.commits.vocabulary import Vocabulary
from aircherd.commits.wording import fitted, in_the_past, shortened, vocabulary
from aircherd.core.snapshot import Operation

_BULLETS = 6
_TARGET_SLACK = 14
_NOISE = frozenset({Role.LOCK, Role.GENERATED, Role.CHANGELOG})


def draft(
    files: Sequence[FileDiff],
    convention: Convention,
    *,
    branch: str | None = None,
    operation: Operation = Operation.NONE,
    incoming: str | None = None,
    hint: str | None = None,
) -> Draft:
    """A message for these changes in the repository's convention.

    `incoming` is the branch a merge brings in, or the subject of the commit that is reverted or
    picked. `hint` is what the user asks the message to say; it becomes the subject's text, or its
    type where it is a type's name. The subject is never empty, longer than `subject_max`, or more
    than one line, and holds no control character.
    """
    changes = read_changes(files)
    bumps = read_bumps([(c.file, c.role) for c in changes])
    material = Material(changes=tuple(changes), clues=read_clues(changes), bumps=tuple(bumps))
    words = vocabulary(convention.language)
    if ready := _of_operation(operation, incoming, convention, branch):
        return Draft(subject=_safe(ready, convention))
    asked = _asked(hint, convention)
    kind = asked.type or choose_type(material, convention, branch)
    phrases = list(_phrases(material, kind, branch, words))
    if asked.text:
        phrases.insert(0, Phrase(verb="say", items=(asked.text,)))
    scope = asked.scope or choose_scope(changes, bumps, convention, _only_bumps(material))
    header = Header(
        text="",
        type=kind,
        scope=scope,
        breaking=asked.breaking,
        emoji=_emoji(kind, convention),
        ticket=_ticket(branch, hint, convention),
    )
    subject = _subject(phrases[0], header, convention, words)
    return Draft(subject=subject, body=_body(phrases, convention, words))


def _of_operation(
    operation: Operation, incoming: str | None, convention: Convention, branch: str | None
) -> str:
    """The usual subject of a merge, revert or pick. These words are git's own in every language."""
    name = one_line(incoming or "")
    if operation is Operation.MERGE and (name or branch):
        if not name:
            return f"Merge into {branch}"
        into = f" into {branch}" if branch and branch not in ("main", "master") else ""
        return name if name.startswith("Merge ") else f"Merge branch '{name}'{into}"
    if operation is Operation.REVERT and name:
        if convention.style is Style.CONVENTIONAL and (
            not convention.types_enforced or "revert" in convention.types
        ):
            return f"revert: {name}"
        return f'Revert "{name}"'
    return name if operation is Operation.CHERRY_PICK else ""


def _phrases(
    material: Material, kind: str, branch: str | None, words: Vocabulary
) -> Iterator[Phrase]:
    """All statements about a change, the one for the subject first; never none."""
    seen: set[Phrase] = set()
    for phrase in (*_whole(material), *_by_group(material, kind, branch)):
        if phrase.verb == "say" and words is not vocabulary("en") and not phrase.noun:
            continue
        if phrase not in seen and (phrase.items or phrase.noun or phrase.new):
            seen.add(phrase)
            yield phrase
    if not seen:
        names = listed(c.name for c in material.changes)
        yield Phrase(verb="update", items=names or ("nothing",))


def _whole(material: Material) -> Iterator[Phrase]:
    """What is said of a change as a whole: a release, new versions, pure moves, pure layout."""
    changes = [c for c in material.changes if c.role not in _NOISE] or list(material.changes)
    if version := _released(material):
        yield Phrase(verb="release", noun="version", items=(version,), group="build")
    if changes and all(c.file.submodule for c in changes):
        yield from _submodules(changes)
    if _only_bumps(material):
        yield from bump_phrases(material.bumps)
    shapes = {c.shape for c in changes}
    group = group_of(changes[0].role) if changes else "source"
    if shapes == {Shape.MOVE}:
        yield from file_moves(changes)
    elif shapes == {Shape.MODE}:
        yield Phrase(verb="make executable", items=listed(c.name for c in changes), group=group)
    elif shapes and shapes <= {Shape.SPACE, Shape.LAYOUT}:
        yield Phrase(
            verb="format",
            items=listed(c.name for c in changes)
            if len(changes) < 3
            else (part_of(changes) or "code",),
            group=group,
        )
    elif shapes == {Shape.ORDER}:
        yield Phrase(verb="sort", items=listed(c.name for c in changes), group=group)
    elif shapes and shapes <= {Shape.IMPORTS, Shape.ORDER, Shape.SPACE}:
        yield from _imports(changes)


def _released(material: Material) -> str:
    """The project's new version, if naming it is all the change does."""
    own = next((b for b in material.bumps if b.source is Source.OWN), None)
    if own is None or not own.new:
        return ""
    if any(b.source is Source.LIBRARY and b.new != own.new for b in material.bumps):
        return ""
    for change in material.changes:
        named = any(own.new in line for line in change.added)
        if change.role not in _NOISE and (not named or change.added_count > 12):
            return ""
    return own.new


def _imports(changes: Sequence[FileChange]) -> Iterator[Phrase]:
    added = sum(c.added_count for c in changes)
    verb = "remove" if not added else "update"
    noun = "unused imports" if not added else "imports"
    yield Phrase(verb=verb, noun=noun, where=part_of(changes))


def _only_bumps(material: Material) -> bool:
    """Whether new versions are all there is to say."""
    if not any(b.source is not Source.OWN for b in material.bumps):
        return False
    lines = len(material.bumps)
    for change in material.changes:
        if change.role in _NOISE:
            continue
        if change.role not in (
            Role.MANIFEST,
            Role.CI,
            Role.BUILD,
            Role.CONFIG,
            Role.OTHER,
            Role.EXAMPLE,
            Role.TEST,
        ):
            return False
        if change.added_count > 3 * lines + 2:
            return False
    return True


def _submodules(changes: Sequence[FileChange]) -> Iterator[Phrase]:
    def commit(lines: Sequence[str]) -> str:
        return lines[0].removeprefix("Subproject commit ")[:7] if lines else ""

    if len(changes) == 1:
        change = changes[0]
        verb = "add" if change.new else "remove" if change.gone else "bump"
        old, new = (commit(change.removed), commit(change.added)) if verb == "bump" else ("", "")
        yield Phrase(
            verb=verb, noun="submodule", items=(change.path,), old=old, new=new, group="build"
        )
    else:
        yield Phrase(
            verb="bump", noun="submodule", items=listed(c.name for c in changes), group="build"
        )


def _by_group(material: Material, kind: str, branch: str | None) -> Iterator[Phrase]:
    """Statements about each part of the project, the part the type speaks of first."""
    groups: dict[str, list[FileChange]] = {}
    for change in material.changes:
        groups.setdefault("source" if change.role in PRODUCT else change.role.value, []).append(
            change
        )
    order = sorted(groups, key=lambda g: -_importance(groups[g], g, kind))
    for name in order:
        changes = groups[name]
        if name == "source":
            if all(c.shape in (Shape.COMMENT, Shape.SPACE, Shape.EMPTY) for c in changes):
                yield from comment_phrases(changes, material)
            found = source_phrases(material, kind)
            if (text := _from_branch(branch, kind)) and (not found or found[0].verb in _VAGUE):
                yield Phrase(verb="say", items=(text,))
            yield from found
        else:
            role = changes[0].role
            yield from BY_ROLE.get(role, other_phrases)(changes, material)
            if role is Role.MANIFEST:
                yield from bump_phrases(material.bumps)


_VAGUE = frozenset({"fix", "update", "rework", "extend", "simplify", "speed", "use"})
_LEADING = {
    "docs": "docs",
    "test": "test",
    "ci": "ci",
    "build": "manifest",
    "chore": "",
    "style": "",
}


def _importance(changes: Sequence[FileChange], group: str, kind: str) -> float:
    weight = sum(c.weight for c in changes)
    if _LEADING.get(kind, "source") == group or (kind == "build" and group == "build"):
        weight *= 20
    return weight


def _from_branch(branch: str | None, kind: str) -> str:
    """`crash on empty scope` from `fix/crash-on-empty-scope`, with a verb in front."""
    name = (branch or "").rpartition("/")[2]
    words = [w for w in re.split(r"[-_.]+", name) if w]
    words = [w for w in words if not w.isdigit() and not re.fullmatch(r"[A-Z]{2,10}", w)]
    if len(words) < 3 or len(name) > 70 or not branch_type(branch):
        return ""
    verb = imperative(words[0])
    if verb is None:
        words.insert(0, {"feat": "add", "fix": "fix", "docs": "document"}.get(kind, "improve"))
    return " ".join(words)


def _asked(hint: str | None, convention: Convention) -> Header:
    """What the user asked for: a whole subject, a type, or a text."""
    text = one_line(hint or "").strip()
    types = set(convention.types)
    found = re.match(r"([A-Za-z]{2,14})(?:\(([\w./, -]{1,40})\))?(!?):\s*(.*)", text)
    if found and (found[1].lower() in types or branch_type(f"{found[1].lower()}/")):
        return Header(
            text=found[4], type=found[1].lower(), scope=found[2] or "", breaking=bool(found[3])
        )
    if text.lower() in types or (text and branch_type(f"{text.lower()}/") == text.lower()):
        return Header(text="", type=text.lower())
    return Header(text=text)


def _ticket(branch: str | None, hint: str | None, convention: Convention) -> str:
    if convention.ticket is None or convention.ticket_rate < 0.3:
        return ""
    return ticket_in(f"{hint or ''} {branch or ''}", convention) or ""


def _emoji(kind: str, convention: Convention) -> str:
    if convention.style is not Style.GITMOJI:
        return ""
    for name, emoji in (*convention.emoji, *DEFAULT_EMOJI):
        if name == kind or emoji_kind(emoji) == kind:
            return emoji
    return "🔧"


def _subject(phrase: Phrase, header: Header, convention: Convention, words: Vocabulary) -> str:
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
    return _safe(compose(replace(header, text=text.rstrip(".") + stop), convention), convention)


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


def _safe(subject: str, convention: Convention) -> str:
    """One line without anything a terminal, a shell or git could take for an order."""
    limit = max(convention.subject_max, 1)
    line = one_line(subject).lstrip("-# \t")
    return cut(line, limit).rstrip() or cut("update", limit)


def _body(phrases: Sequence[Phrase], convention: Convention, words: Vocabulary) -> str:
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
    lines = [fitted(p, words, 100, 72) for p in (*same, *others)]
    lines = list(dict.fromkeys(line for line in lines if line))[:_BULLETS]
    if not lines and convention.body_policy == "always":
        lines = [fitted(main, words, 100, 100)]
    if not wanted or (len(lines) < 2 and convention.body_policy != "always"):
        return ""
    return "\n".join(_bullet(line, convention) for line in lines)


_CONCRETE = frozenset(
    {"add", "remove", "rename", "move", "extract", "bump", "change", "set", "handle", "raise"}
)


def _bullet(line: str, convention: Convention) -> str:
    sign = convention.bullet if convention.bullet in ("-", "*", "+", "•", "–") else "-"
    text = _cased(one_line(line), replace(convention, all_lower=False))
    wrap = max(convention.body_wrap, 20)
    return fill(
        text, wrap, initial_indent=f"{sign} ", subsequent_indent="  ", break_on_hyphens=False
    )
