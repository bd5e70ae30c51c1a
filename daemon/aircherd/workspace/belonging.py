"""Whether what `.git` leads to belongs to the work tree it stands in.

A folder out of an archive may hold a `.git` that leads into another repository of the user's, with
rules of its own: its history would be shown under this folder's. git looks at less.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping

from aircherd.core.errors import GitRefused
from aircherd.workspace.indexed import is_about, nothing_in

PLACES = ("core.bare", "core.worktree")
"""Keys by which a repository says where its work tree is; read, and never obeyed."""
_SHORT = 1 << 20
_OPEN = "; open that folder itself, or use `git worktree add`"
_MOVED = "; if you moved it here, run `git worktree repair` in it"
_UNSAID = '; if it is this folder\'s, run `git config core.worktree "$PWD"` in it'
_NAMES = ("HEAD", "packed-refs", "refs", "refs/heads", "refs/remotes", "refs/tags", "refs/replace")


def refuse_elsewhere(root: str, git_dir: str, common: str, places: Mapping[str, str]) -> None:
    """Raises GitRefused unless a git dir is the work tree's own: in it, linked to it by
    `git worktree`, made for it as a submodule's, or apart by `--separate-git-dir`.

    All paths are canonical. `places` are the repository's own `PLACES` and its object format.

    Objects are not looked at, though `objects` may be a link and `objects/info/alternates` may name
    any folder: `git clone --shared` and the `repo` tool make them so. What is shown is what the
    references say, which are the git dir's own; an object elsewhere is reached by its hash only,
    and who can write that into a reference knows it.
    """
    why = _why(root, git_dir, common, places) or _lead_out((git_dir, common))
    if why is not None:
        what = "" if why.endswith((_MOVED, _UNSAID)) else _OPEN
        raise GitRefused(f"{root}/.git {why}{what}.")


def _why(root: str, git_dir: str, common: str, places: Mapping[str, str]) -> str | None:
    back = _back(git_dir)
    if back is not None or common != git_dir:
        linked = os.path.dirname(os.path.dirname(git_dir)) == common
        if linked and back == os.path.join(root, ".git"):
            return None
        return f"leads to {common}, where no work tree is linked to this folder{_MOVED}"
    if os.path.basename(git_dir) == ".git":
        return None if os.path.dirname(git_dir) == root else f"is another work tree's, {git_dir}"
    if places.get("core.bare", "").lower() in ("true", "yes", "on", "1"):
        return f"leads to {git_dir}, which has no work tree"
    said = places.get("core.worktree")
    if said is not None:
        own = os.path.realpath(os.path.join(git_dir, said)) == root
        return None if own else f"is another work tree's, {git_dir}"
    # Apart by `--separate-git-dir`: nothing in it says for which folder it was made.
    brought_along = git_dir.startswith(f"{root.rstrip('/')}/")
    wide = 32 if places.get("extensions.objectformat") == "sha256" else 20
    if brought_along or is_about(git_dir, root, oid_bytes=wide) or nothing_in(git_dir):
        return None
    return f"leads to {git_dir}, whose files are not this folder's{_UNSAID}"


def _back(git_dir: str) -> str | None:
    """The `.git` file a linked work tree says it belongs to; None when nothing is said."""
    said = plain(os.path.join(git_dir, "gitdir"), _SHORT)
    if said is None:
        return None
    path = os.path.join(git_dir, os.fsdecode(said).strip())
    return os.path.join(os.path.realpath(os.path.dirname(path)), os.path.basename(path))


def _lead_out(folders: tuple[str, str]) -> str | None:
    """Why a reference would be read from elsewhere; None when all of them lie in the git dirs."""
    for folder in dict.fromkeys(folders):
        for name in _NAMES:
            path = os.path.join(folder, name)
            true = os.path.realpath(path)
            if not any(f"{true}/".startswith(f"{one}/") for one in folders):
                return f"has a link out of it, {path}"
    return None


def refuse_odd(root: str) -> None:
    """Raises GitRefused when what GitPython is about to read whole is no short, plain file: a pipe
    would be waited for without an end, and `/dev/zero` read without one."""
    git_dir = os.path.join(root, ".git")
    if not os.path.isdir(git_dir):
        said = os.fsdecode(plain(git_dir, _SHORT) or b"").strip()
        git_dir = os.path.join(root, said.removeprefix("gitdir: "))
    for name in ("HEAD", "commondir", "gitdir"):
        plain(os.path.join(git_dir, name), _SHORT)


def plain(path: str, cap: int) -> bytes | None:
    """A file of a git dir; None when there is none. Raises GitRefused for what is no plain file, is
    larger than `cap` bytes, or cannot be read."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise GitRefused(f"{path} cannot be read ({error.strerror}); try `git status`.") from None
    with os.fdopen(handle, "rb") as file:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise GitRefused(f"{path} is no plain file; try `git status`.")
        data = file.read(cap + 1)
    if len(data) > cap:
        raise GitRefused(f"{path} is larger than {cap} bytes; try `git status`.")
    return data
