"""`aircher try`: the first minute. A commit message now, and nothing left behind but its cost.

Who has books already has a try booked there, where limits see it too; nobody else is given any.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from aircher import git
from aircher.conversation import call, connected
from aircher.show import DAEMON, Failed, Stream, account, inert, styled
from aircher_protocol.types import CommitMessage

_BEFORE = '''"""Prices in cents."""


def total(prices):
    """The sum of all prices."""
    return sum(prices)
'''
_AFTER = '''"""Prices in cents."""


def total(prices, discount=0):
    """The sum of all prices, less a discount in percent."""
    if not 0 <= discount <= 100:
        raise ValueError(f"a discount is 0 to 100 percent, not {discount}")
    return sum(prices) * (100 - discount) // 100
'''
_TEST = """import pytest

from shop import total


def test_discount():
    assert total([1000, 500], discount=10) == 1350


def test_discount_out_of_range():
    with pytest.raises(ValueError):
        total([1000], discount=101)
"""


def run(options: argparse.Namespace) -> int:
    """Shows one message, with everything of its own in a folder that goes away."""
    if bool(options.base_url) != bool(options.model):
        raise Failed("--base-url and --model belong together; give both or neither.")
    # Short, because a socket's path may have 107 bytes.
    folder = Path(tempfile.mkdtemp(prefix="aircher-try-"))
    try:
        booked = _environment(folder, options)
        if options.repository:
            where = Path(options.repository).absolute()
            if not where.is_dir():
                raise Failed(f"There is no folder {where}.")
        else:
            where = _repository(folder / "shop")
        return _show(where, booked=booked)
    finally:
        subprocess.run([*DAEMON, "stop"], capture_output=True, check=False)
        shutil.rmtree(folder, ignore_errors=True)


def _environment(folder: Path, options: argparse.Namespace) -> bool:
    """Socket and configuration of its own, the user's settings copied; state of its own where the
    user has no books. Whether there are."""
    usual = os.environ.get("XDG_CONFIG_HOME") or str(Path("~/.config").expanduser())
    state = os.environ.get("XDG_STATE_HOME") or str(Path("~/.local/state").expanduser())
    booked = (Path(state) / "aircher" / "usage.sqlite3").is_file()
    own = ("XDG_RUNTIME_DIR", "XDG_CONFIG_HOME", *(() if booked else ("XDG_STATE_HOME",)))
    for name in own:
        place = folder / name[4:6].lower()
        place.mkdir(mode=0o700)
        os.environ[name] = str(place)
    mine = Path(os.environ["XDG_CONFIG_HOME"]) / "aircher" / "config.toml"
    mine.parent.mkdir()
    if options.base_url:
        import json

        mine.write_text(
            f"[providers]\ndefault = 'try'\n[providers.try]\n"
            f"base_url = {json.dumps(options.base_url)}\nmodels = [{json.dumps(options.model)}]\n",
            "utf-8",
        )
    elif (Path(usual) / "aircher" / "config.toml").is_file():
        shutil.copyfile(Path(usual) / "aircher" / "config.toml", mine)
    return booked


def _repository(root: Path) -> Path:
    root.mkdir()
    who = ("-c", "user.name=You", "-c", "user.email=you@example.invalid")
    git.output("init", "--quiet", cwd=str(root))
    (root / "shop.py").write_text(_BEFORE, "utf-8")
    git.output("add", ".", cwd=str(root))
    git.output(*who, "commit", "--quiet", "--no-verify", "-m", "Add prices", cwd=str(root))
    (root / "shop.py").write_text(_AFTER, "utf-8")
    (root / "test_shop.py").write_text(_TEST, "utf-8")
    git.output("add", ".", cwd=str(root))
    return root


def _show(where: Path, *, booked: bool) -> int:
    stat = ("diff", "--cached", "--stat", "--no-ext-diff", "--no-textconv")
    if staged := git.looked(*stat, cwd=str(where)):
        print(styled(f"What is staged in {where}:", "1", sys.stdout))
        print(f"{inert(staged)}\n")
    stream = Stream(sys.stdout, "writing a message")
    with connected(stream) as client:
        written: CommitMessage = call(
            client, "aircher/commitMessage", {"workspace": str(where)}, stream
        )
    stream.finish(written.answer.text)
    print()
    account(written.answer, sys.stdout)
    if written.answer.cost.nano_usd and not booked:
        cost = inert(written.answer.cost.text)
        print(f"A try begins no books: this {cost} is in no usage and counts to no limit.")
    return 0
