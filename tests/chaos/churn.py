"""A person who goes on working in the repository, and a storm of files."""

from __future__ import annotations

import asyncio
import random
import subprocess

from chaos.world import World

# The person's own git runs nothing of the repository's either: only the daemon may be caught.
_SAFE = ("-c", "core.fsmonitor=", "-c", "core.hooksPath=/dev/null", "-c", "core.pager=cat")
_QUIET = ("-c", "filter.armed.clean=cat", "-c", "filter.armed.smudge=cat", "-c", "diff.external=")
_ACTS = (
    ("add", "-f", "other.txt"),
    ("commit", "--no-gpg-sign", "-qm", "More", "--", "other.txt"),
    ("commit", "--no-gpg-sign", "--amend", "--allow-empty", "-qm", "Other words", "--only"),
    ("branch", "-f", "side"),
    ("update-index", "--refresh"),
    ("reset", "-q", "--", "other.txt"),
    ("checkout", "-q", "--detach"),
    ("checkout", "-q", "-B", "elsewhere"),
    ("tag", "-f", "here"),
    ("pack-refs", "--all"),
    ("gc", "-q", "--prune=now"),
    ("update-index", "--index-version", "4"),
    ("worktree", "prune"),
)


async def git(world: World, end: float) -> None:
    """Everyday commands, an index that is locked, a work tree that is away for a moment."""
    roll, loop = random.Random(f"{world.roll.random()}"), asyncio.get_running_loop()
    lock = world.shop / ".git" / "index.lock"
    away = world.shop.with_name("away")
    while loop.time() < end:
        what = roll.randrange(len(_ACTS) + 2)
        if what == len(_ACTS):
            lock.touch()
            await asyncio.sleep(roll.random() * 0.3)
            lock.unlink(missing_ok=True)
        elif what > len(_ACTS):
            world.shop.rename(away)
            await asyncio.sleep(roll.random() * 0.2)
            away.rename(world.shop)
        else:
            (world.shop / "other.txt").write_text(f"{roll.random()}\n")
            await asyncio.to_thread(
                subprocess.run,
                ["git", *_SAFE, *_QUIET, *_ACTS[what]],
                cwd=world.shop,
                capture_output=True,
                check=False,
            )
        await asyncio.sleep(roll.random() * 0.3)


async def storm(world: World, end: float) -> None:
    """Files that come and go."""
    roll, loop = random.Random(f"{world.roll.random()}"), asyncio.get_running_loop()
    while loop.time() < end:
        folder = world.shop / f"d{roll.randrange(4)}" / f"e{roll.randrange(4)}"
        if world.shop.exists():
            folder.mkdir(parents=True, exist_ok=True)
            for number in range(20):
                (folder / f"f{number}").write_text("x")
            for number in range(0, 20, 3):
                (folder / f"f{number}").unlink(missing_ok=True)
        await asyncio.sleep(0.1)
