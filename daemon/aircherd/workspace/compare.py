"""A branch against its base, what is not staged, and the messages of commits.

Synchronous: call it in a thread. An error is never an empty answer.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from aircherd.core.errors import GitRefused, InvalidRequest
from aircherd.core.snapshot import PastCommit, StagedDiff
from aircherd.workspace.history import LOG, parse_log
from aircherd.workspace.layout import Layout, resolve
from aircherd.workspace.shadow import Shadow, opened
from aircherd.workspace.upstream import upstream

_PATCH = (
    "--patch", "-M", "--no-color", "--no-ext-diff", "--no-textconv", "--submodule=short",
    "--src-prefix=a/", "--dst-prefix=b/",
)  # fmt: skip
_USUAL = ("main", "master", "trunk", "develop")
_LOG_CAP = 4 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """A branch, and where it left its base."""

    base: str
    """The base as a person names it, such as `origin/main`."""
    start: str
    """The commit they have in common."""
    commit: str
    """The branch's last commit."""


def branch_diff(layout: Layout, base: str | None, cap: int) -> tuple[Comparison, StagedDiff]:
    """What a branch's commits change. Raises InvalidRequest when it has no base to be told."""
    with opened(layout) as shadow:
        found = _compare(shadow, layout, base)
        patch = shadow.git(
            "diff-tree", "-r", *_PATCH, "--end-of-options", found.start, found.commit, cap=cap
        )
        names = None
        if not patch.complete:
            names = shadow.git(
                "diff-tree", "-r", "--name-only", "-z", "-M",
                "--end-of-options", found.start, found.commit, cap=_LOG_CAP,
            ).data  # fmt: skip
        return found, _whole_files(patch.data, names)


def unstaged_diff(layout: Layout, cap: int) -> StagedDiff:
    """What the work tree has and the index has not; files git does not track are not in it."""
    with opened(layout) as shadow:
        patch = shadow.git("diff-files", *_PATCH, cap=cap, allowed=(0, 1))
        names = None
        if not patch.complete:
            names = shadow.git("diff-files", "--name-only", "-z", cap=_LOG_CAP).data
        return _whole_files(patch.data, names)


def branch_log(
    layout: Layout, base: str | None, count: int
) -> tuple[Comparison | None, tuple[PastCommit, ...]]:
    """A branch's commits, newest first, without merges; the last ones of all where it has no base.

    Raises InvalidRequest for a base that is named and not there.
    """
    with opened(layout) as shadow:
        if shadow.commit is None:
            return None, ()
        found: Comparison | None = None
        try:
            found = _compare(shadow, layout, base)
        except InvalidRequest:
            if base is not None:
                raise
        outside = () if found is None else (f"^{found.start}",)
        log = shadow.git(
            *LOG, f"--max-count={count}", "--end-of-options", shadow.commit, *outside,
            cap=_LOG_CAP, allowed=(0, 128),
        )  # fmt: skip
        return found, parse_log(log.data, complete=log.complete)


def _compare(shadow: Shadow, layout: Layout, base: str | None) -> Comparison:
    if shadow.commit is None:
        raise InvalidRequest("There is no commit yet; commit something first.")
    name, commit = _named(shadow, layout, base) if base else _usual(shadow, layout)
    try:
        merge = shadow.git("merge-base", "--end-of-options", commit, shadow.commit, cap=1 << 10)
        start = merge.data.decode("ascii", "replace").split("\n")[0].strip()
    except GitRefused:
        start = ""
    if not start:
        raise InvalidRequest(
            f"This branch and {name} have no commit in common here; name another base, or fetch "
            "more of the history."
        )
    return Comparison(base=name, start=start, commit=shadow.commit)


def _usual(shadow: Shadow, layout: Layout) -> tuple[str, str]:
    """The branch others are taken from: the remote's own, then the usual names."""
    refs: list[str] = []
    try:
        pointed = resolve(layout, "refs/remotes/origin/HEAD")
    except GitRefused:
        pointed = None
    if pointed is not None and pointed.startswith("ref: "):
        refs.append(pointed.removeprefix("ref: ").strip())
    refs += [f"refs/remotes/origin/{name}" for name in _USUAL]
    refs += [f"refs/heads/{name}" for name in _USUAL]
    follows = upstream(layout, shadow.branch)
    if follows is not None and shadow.branch in _USUAL:
        refs.insert(0, follows.ref)
    for ref in refs:
        if ref == f"refs/heads/{shadow.branch}":
            continue
        try:
            commit = resolve(layout, ref)
        except GitRefused:
            continue
        if commit is not None and not commit.startswith("ref:"):
            return ref.removeprefix("refs/remotes/").removeprefix("refs/heads/"), commit
    raise InvalidRequest(
        "Nothing tells what this branch is to be compared with; name a base, as `--base main` does."
    )


def _named(shadow: Shadow, layout: Layout, base: str) -> tuple[str, str]:
    if not re.fullmatch(r"[\w./@{}~^+-]{1,200}", base) or base.startswith("-"):
        raise InvalidRequest(f"{base!r} is no name of a branch, a tag or a commit.")
    for prefix in ("refs/heads/", "refs/remotes/", "refs/tags/", "refs/remotes/origin/"):
        try:
            commit = resolve(layout, prefix + base)
        except GitRefused:
            continue
        if commit is not None and not commit.startswith("ref:"):
            return base, _peeled(shadow, commit, base)
    return base, _peeled(shadow, base, base)


def _peeled(shadow: Shadow, name: str, said: str) -> str:
    try:
        found = shadow.git(
            "rev-parse",
            "--verify",
            "--quiet",
            "--end-of-options",
            f"{name}^{{commit}}",
            cap=1 << 10,
        )
    except GitRefused:
        raise InvalidRequest(
            f"There is no branch, tag or commit {said!r} here; see `git branch -a`."
        ) from None
    text = found.data.decode("ascii", "replace").split()
    return text[-1] if text else name


def _whole_files(patch: bytes, names: bytes | None) -> StagedDiff:
    if names is None:
        return StagedDiff(patch=patch, complete=True)
    whole = patch.rfind(b"\ndiff --git ")
    kept = patch[: whole + 1] if whole >= 0 else b""
    listed = [name for name in names.split(b"\0") if name]
    read = kept.count(b"\ndiff --git ") + (1 if kept.startswith(b"diff --git ") else 0)
    return StagedDiff(patch=kept, complete=False, unread=tuple(listed[read:]))
