"""A change that is reviewed or summarized: staged, a branch's, or not staged yet."""

from __future__ import annotations

from dataclasses import dataclass

from aircherd.commits.diff import parse
from aircherd.commits.model import FileDiff
from aircherd.commits.pack import pack, size_of
from aircherd.core.errors import InvalidRequest, NothingStaged
from aircherd.features.places import Place
from aircherd.features.prompting import Part
from aircherd.features.sources import Sources
from aircherd.workspace.compare import branch_diff, branch_log, unstaged_diff

_MOST_COMMITS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Files that differ."""

    place: Place
    title: str
    """What it is, such as `the staged change`."""
    files: tuple[FileDiff, ...]

    @property
    def size(self) -> int:
        """Bytes of all of it."""
        return size_of(self.files)

    def part(self, budget: int) -> tuple[Part, tuple[tuple[str, str], ...]]:
        """What of it is shown within so many bytes, and what is not."""
        packed = pack(self.files, budget_bytes=max(200, budget))
        title = self.title[:1].upper() + self.title[1:]
        return Part(title=title, text=packed.text), packed.left_out


def staged(sources: Sources, workspace: str) -> Change:
    """What is staged. Raises NothingStaged."""
    place = sources.repository(workspace)
    files = sources.staged(place)
    if not files:
        raise NothingStaged("Nothing is staged; stage with `git add -p`, or name another scope.")
    place, files = sources.held(place, files)
    return Change(place=place, title="the staged change", files=files)


def unsettled(sources: Sources, workspace: str) -> Change:
    """What is staged or, when nothing is, what is not staged yet. Raises NothingStaged."""
    place = sources.repository(workspace)
    files = sources.staged(place)
    if files:
        place, files = sources.held(place, files)
        return Change(place=place, title="the staged change", files=files)
    assert place.repository is not None
    found = unstaged_diff(place.repository.plain.layout, place.settings.diff_cap_bytes)
    files = tuple(f for f in parse(found.patch, found.unread) if f.hunks or f.unread or f.binary)
    if not files:
        raise NothingStaged("Nothing is changed, so there is nothing to tell of; edit something.")
    place, files = sources.held(place, files)
    return Change(place=place, title="the change that is not staged yet", files=files)


def against_base(sources: Sources, workspace: str, base: str | None) -> Change:
    """What a branch's commits change."""
    place = sources.repository(workspace)
    assert place.repository is not None
    cap = place.settings.diff_cap_bytes
    comparison, found = branch_diff(place.repository.plain.layout, base, cap)
    files = parse(found.patch, found.unread)
    name = place.branch or "HEAD"
    if not files:
        raise InvalidRequest(
            f"{name} has nothing {comparison.base} has not; commit something, or name another base."
        )
    place, files = sources.held(place, files)
    return Change(place=place, title=f"what {name} changes against {comparison.base}", files=files)


def log_of(sources: Sources, workspace: str, base: str | None) -> tuple[Place, str, list[str]]:
    """The place, what the list is of, and the branch's commits as texts, newest first."""
    place = sources.repository(workspace)
    assert place.repository is not None
    layout = place.repository.plain.layout
    comparison, commits = branch_log(layout, base, _MOST_COMMITS)
    if comparison is not None and not commits and base is None:
        comparison, commits = None, place.repository.history(30)
    if not commits:
        raise InvalidRequest("There is no commit to tell of; commit something first.")
    name = place.branch or "HEAD"
    since = f" since {comparison.base}" if comparison is not None else ""
    texts = [
        f"{commit.oid[:10]} {commit.message}\n(files: "
        + ", ".join(path.decode("utf-8", "backslashreplace") for path in commit.paths[:12])
        + ("" if len(commit.paths) <= 12 else f" and {len(commit.paths) - 12} more")
        + ")"
        for commit in commits
    ]
    return place, f"the last commits of {name}{since}", texts
