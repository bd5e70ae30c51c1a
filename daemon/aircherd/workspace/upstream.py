"""What a branch follows, and how far they are apart."""

from __future__ import annotations

from dataclasses import dataclass

from aircherd.core.errors import GitRefused
from aircherd.workspace.layout import Layout, resolve
from aircherd.workspace.shadow import Shadow


@dataclass(frozen=True, slots=True, kw_only=True)
class Upstream:
    """Where a branch's changes go to and come from."""

    ref: str
    """Such as `refs/remotes/origin/main`."""
    commit: str | None
    """None when it is configured but was never fetched."""

    @property
    def name(self) -> str:
        """As git shows it: `origin/main`."""
        return self.ref.removeprefix("refs/remotes/").removeprefix("refs/heads/")


def upstream(layout: Layout, branch: str | None) -> Upstream | None:
    """What the branch follows by its configuration; None when that is nothing, or not readable."""
    if branch is None:
        return None
    remote = _last(layout, f"branch.{branch}.remote")
    merge = _last(layout, f"branch.{branch}.merge")
    if remote is None or merge is None:
        return None
    ref = merge if remote == "." else _tracked(layout.tracking.get(f"remote.{remote}.fetch"), merge)
    if ref is None or not ref.startswith("refs/"):
        return None
    try:
        found = resolve(layout, ref)
    except GitRefused:
        found = None
    return Upstream(ref=ref, commit=found if found and not found.startswith("ref:") else None)


def apart(shadow: Shadow, found: Upstream | None) -> tuple[int | None, int | None]:
    """(ahead, behind) in commits; None for what cannot be counted."""
    if found is None or found.commit is None or shadow.commit is None:
        return None, None
    if found.commit == shadow.commit:
        return 0, 0
    try:
        counted = shadow.git(
            "rev-list", "--count", "--left-right",
            "--end-of-options", f"{shadow.commit}...{found.commit}", cap=1 << 10,
        )  # fmt: skip
        left, _, right = counted.data.strip().partition(b"\t")
        return int(left), int(right)
    except (GitRefused, ValueError):
        # A shallow or partial history: the objects between are not here.
        return None, None


def _last(layout: Layout, key: str) -> str | None:
    values = layout.tracking.get(key)
    return values[-1] if values else None


def _tracked(refspecs: tuple[str, ...] | None, merge: str) -> str | None:
    """Where a fetch puts the remote's reference."""
    for spec in refspecs or ():
        source, _, target = spec.removeprefix("+").partition(":")
        if source == merge:
            return target or None
        before, star, after = source.partition("*")
        inside = merge.startswith(before) and merge.endswith(after) and "*" in target
        if star and inside and len(merge) >= len(before) + len(after):
            return target.replace("*", merge[len(before) : len(merge) - len(after)], 1)
    return None
