"""Statements about dependencies, build files, pipelines and settings."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from aircherd.commits.drafting.changes import FileChange
from aircherd.commits.drafting.dependencies import Bump
from aircherd.commits.drafting.evidence import Material
from aircherd.commits.drafting.package_lines import Source
from aircherd.commits.drafting.phrases import (
    Phrase,
    about_phrases,
    alone,
    listed,
    part_of,
)
from aircherd.commits.drafting.settings_keys import Setting, read_settings
from aircherd.commits.drafting.word_set import word_set

_STEP = re.compile(r"\s*- name:\s*[\"']?(.{3,60}?)[\"']?\s*$")


def bump_phrases(bumps: Sequence[Bump]) -> Iterator[Phrase]:
    """Dependencies: one with its versions, several by name."""
    libraries = [b for b in bumps if b.source is not Source.OWN]
    added = [b for b in libraries if b.added and b.source is not Source.LOCK]
    removed = [b for b in libraries if b.new is None and b.source is not Source.LOCK]
    moved = [b for b in libraries if b.old and b.new]
    if moved:
        yield _moved(moved)
    actions = [b for b in added if b.source is Source.ACTION]
    if actions and len(actions) == len(added):
        yield Phrase(verb="use", items=listed(short(b.name) for b in actions), group="ci")
        return
    if added and removed and len(added) == len(removed) == 1:
        yield Phrase(
            verb="replace", items=(short(removed[0].name),), new=short(added[0].name), group="build"
        )
        return
    if added:
        yield Phrase(
            verb="add", noun="dependency", items=listed(short(b.name) for b in added), group="build"
        )
    if removed:
        yield Phrase(
            verb="remove",
            noun="dependency",
            items=listed(short(b.name) for b in removed),
            group="build",
        )


def _moved(moved: Sequence[Bump]) -> Phrase:
    names = listed(short(b.name) for b in moved)
    group = "ci" if all(b.source is Source.ACTION for b in moved) else "build"
    versions = {(b.old, b.new) for b in moved}
    family = _family(names)
    if len(versions) == 1:
        old, new = versions.pop()
        items = names if len(names) < 3 or not family else (family,)
        return Phrase(verb="bump", items=items, old=old or "", new=new or "", group=group)
    if len(moved) > 4 and all(b.source is Source.LOCK for b in moved):
        return Phrase(verb="bump", noun="locked", items=names, group=group)
    noun = (
        "action" if len(moved) > 3 and group == "ci" else "dependencies" if len(moved) > 3 else ""
    )
    return Phrase(
        verb="bump", noun=noun, items=(family,) if family and not noun else names, group=group
    )


def short(name: str) -> str:
    """`urfave/cli` from `github.com/urfave/cli/v2`."""
    parts = [p for p in name.split("/") if not re.fullmatch(r"v\d+", p)]
    if len(parts) < 2 or "." not in parts[0]:
        return name
    return "/".join(parts[1:] if len(parts) == 3 else parts[2:] or parts[1:])


def _family(names: Sequence[str]) -> str:
    """`@babel` for packages of one scope."""
    heads = {n.split("/")[0] for n in names if n.startswith("@")}
    return (
        heads.pop()
        if len(names) > 2 and len(heads) == 1 and all(n.startswith("@") for n in names)
        else ""
    )


def ci_phrases(changes: Sequence[FileChange], material: Material) -> Iterator[Phrase]:
    """Workflows and pipelines."""
    names = listed(c.stem for c in changes)
    if all(c.new for c in changes):
        yield Phrase(verb="add", noun="workflow", items=names, group="ci")
    elif all(c.gone for c in changes):
        yield Phrase(verb="remove", noun="workflow", items=names, group="ci")
    place = names[0] if len(names) == 1 else ""
    before = {m[1] for c in changes for line in c.removed if (m := _STEP.match(line))}
    steps = [
        m[1] for c in changes for line in c.added if (m := _STEP.match(line)) and m[1] not in before
    ]
    if steps and len(steps) <= 4:
        yield Phrase(verb="add", noun="step", items=listed(steps[:2]), where=place, group="ci")
    yield from setting_phrases(changes, "ci")
    yield from about_phrases(changes, "ci", place)
    yield Phrase(verb="update", noun="workflow", items=names, group="ci")


def build_phrases(changes: Sequence[FileChange], material: Material) -> Iterator[Phrase]:
    """Build files, manifests and settings of tools."""
    new = [c for c in changes if c.new]
    gone = [c for c in changes if c.gone]
    lines = sum(c.added_count for c in changes)
    if new and sum(c.added_count for c in new) * 2 > lines:
        yield Phrase(verb="add", items=listed(c.name for c in new), group="build")
    if gone and len(gone) * 2 >= len(changes):
        yield Phrase(verb="remove", items=listed(c.name for c in gone), group="build")
    for change in changes:
        if change.name.endswith("ignore") and change.name.startswith("."):
            yield from _ignored(change)
    yield from setting_phrases(changes, "build")
    swaps = material.clues.swaps.most_common(1)
    if (
        swaps
        and alone(changes, material)
        and all(re.fullmatch(r"[\w./@:+-]{2,40}", s) for s in swaps[0][0])
    ):
        (old, new_text), _ = swaps[0]
        yield Phrase(
            verb="use", items=(new_text,), old=old, where=part_names(changes), group="build"
        )
    yield from about_phrases(changes, "build", part_names(changes))
    yield Phrase(verb="update", items=listed(c.name for c in changes), group="build")


def part_names(changes: Sequence[FileChange]) -> str:
    """The file's name if there is one file only."""
    return changes[0].name if len(changes) == 1 else part_of(changes)


def _ignored(change: FileChange) -> Iterator[Phrase]:
    added = [
        s
        for line in change.added
        if (s := line.strip())
        and not s.startswith("#")
        and s not in {r.strip() for r in change.removed}
    ]
    removed = [s for line in change.removed if (s := line.strip()) and not s.startswith("#")]
    if added:
        yield Phrase(
            verb="ignore",
            items=listed(added[:3]),
            where="" if change.name == ".gitignore" else change.name,
            group="build",
        )
    elif removed:
        yield Phrase(verb="unignore", items=listed(removed[:3]), group="build")


def setting_phrases(changes: Sequence[FileChange], group: str) -> Iterator[Phrase]:
    """Keys of configuration files, with their values where those are short."""
    settings: list[tuple[Setting, FileChange]] = [
        (s, c) for c in changes if not c.new and not c.gone for s in read_settings(c)
    ]
    settings = [(s, c) for s, c in settings if group != "ci" or s.key.lower() not in _STRUCTURE]
    if not settings or len(settings) > 12:
        return
    setting, change = settings[0]
    place = change.name if group == "build" else change.stem
    if len(settings) == 1 and setting.old and setting.new:
        yield Phrase(
            verb="change",
            items=(setting.key,),
            old=setting.old,
            new=setting.new,
            where=place,
            group=group,
        )
    elif setting.old is None and all(s.old is None for s, _ in settings):
        if len(settings) == 1 and setting.new:
            yield Phrase(
                verb="set", items=(setting.key,), new=setting.new, where=place, group=group
            )
        else:
            yield Phrase(
                verb="add", items=listed(s.key for s, _ in settings), where=place, group=group
            )
    elif setting.new is None and all(s.new is None for s, _ in settings):
        yield Phrase(
            verb="remove", items=listed(s.key for s, _ in settings), where=place, group=group
        )
    else:
        yield Phrase(
            verb="change", items=listed(s.key for s, _ in settings), where=place, group=group
        )


_STRUCTURE = word_set(
    """
    name run if on with uses steps env jobs needs id key path shell os target type version
    script branches tags push pull_request types default description required runs-on matrix
    include strategy args image stage stages when only paths
    """
)
"""Keys of workflows that say nothing about what is done."""
