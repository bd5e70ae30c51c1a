"""Makes the README's picture of the terminal from a real one: `python tests/e2e/picture.py`.

A daemon, a repository with something staged and a scripted model are set up in a temporary folder.
A person's keys go into a shell under tmux; what its screen shows then becomes
`editors/terminal/picture.svg`, by rich. Needs tmux; with `--text` the screens are printed instead.
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

TESTS = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TESTS))

from editors.nvim.child import search_path  # noqa: E402
from editors.nvim.conftest import Model, stop_daemon  # noqa: E402
from editors.nvim.picture import AFTER, BEFORE  # noqa: E402
from fakes.scripted import far_side  # noqa: E402
from sessions.conftest import Shop, configure, provider  # noqa: E402

COLUMNS, LINES = 100, 18
SAID = """\
Refuse a discount that is no fraction

A percentage such as 20 was taken for a factor and gave a negative
total. Values outside 0 to 1 raise ValueError now."""
TARGET = TESTS.parent / "editors" / "terminal" / "picture.svg"
_THEME = TerminalTheme(
    (24, 26, 32),
    (214, 218, 226),
    [
        *((24, 26, 32), (226, 106, 106), (126, 196, 120), (222, 184, 96)),
        *((104, 160, 236), (196, 136, 220), (92, 190, 200), (214, 218, 226)),
    ],
    [
        *((112, 118, 130), (240, 130, 130), (150, 216, 144), (238, 204, 124)),
        *((132, 182, 250), (214, 160, 236), (120, 210, 220), (240, 242, 246)),
    ],
)
# rich's own frame, without the fonts it would have a reader's browser fetch from elsewhere.
_SVG = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" \
font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, monospace">
<style>
.{unique_id}-matrix {{ font-size: {char_height}px; line-height: {line_height}px; }}
{styles}
</style>
<defs><clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}"/></clipPath>
{lines}</defs>
<rect width="100%" height="100%" rx="8" fill="#181a20"/>
<g transform="translate({terminal_x}, 12)" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g></g></svg>
"""


class Tmux:
    """A shell under a tmux of its own, with a person's keys."""

    def __init__(self, cwd: Path) -> None:
        self.server = ["tmux", "-L", f"aircher-{os.getpid()}", "-f", os.devnull]
        size = ["-x", str(COLUMNS), "-y", str(LINES)]
        shell = ["env", "PS1=$ ", "TERM=tmux-256color", "bash", "--norc", "--noprofile"]
        self._run("new-session", "-d", "-c", str(cwd), *size, *shell)
        self._run("set", "-g", "status", "off")
        self.sees("$")

    def types(self, text: str) -> None:
        """Letters and Enter."""
        self._run("send-keys", "-l", text)
        self._run("send-keys", "Enter")

    def sees(self, wanted: str, seconds: float = 60) -> str:
        """Waits until this stands on the screen; the screen, with its colours."""
        end = time.monotonic() + seconds
        while wanted not in (shown := self._run("capture-pane", "-p")):
            assert time.monotonic() < end, f"{wanted!r} never came:\n{shown}"
            time.sleep(0.1)
        return self._run("capture-pane", "-e", "-p")

    def ends(self) -> None:
        """Closes it and everything in it."""
        self._run("kill-server")

    def _run(self, *words: str) -> str:
        done = subprocess.run([*self.server, *words], check=True, capture_output=True)
        return done.stdout.decode("utf-8")


def svg(screen: str) -> str:
    """A screen with ANSI colours as SVG."""
    with Path(os.devnull).open("w") as nowhere:
        console = Console(
            record=True, width=COLUMNS, file=nowhere, force_terminal=True, color_system="truecolor"
        )
        console.print(Text.from_ansi(screen.rstrip("\n")), soft_wrap=True)
        found = console.export_svg(theme=_THEME, code_format=_SVG, unique_id="t")
    return re.sub(r"(=\"\d+\.\d)\d+\"", r'\1"', found)


def story(root: Path) -> list[str]:
    """What a person sees, screen by screen."""
    shop = Shop(root / "shop")
    shop.stage("shop.py", BEFORE)
    shop.git("commit", "-q", "-m", "Add totals and means")
    shop.stage("shop.py", AFTER)
    window = Tmux(shop.root)
    try:
        window.types("git diff --staged --stat")
        window.sees("1 file changed")
        window.types("aircher commit")
        first = window.sees("[a]ccept")
        window.types("a")
        second = window.sees("] Refuse a discount")
        window.types("clear")
        window.types("aircher usage")
        return [first, second, window.sees("month")]
    finally:
        window.ends()


async def main() -> None:
    """Makes the picture, or prints what is seen."""
    if shutil.which("tmux") is None:
        raise SystemExit("tmux is not here; install it (Debian: apt-get install tmux).")
    with tempfile.TemporaryDirectory(prefix="air", dir="/tmp") as folder:
        root = Path(folder)
        for name in ("CONFIG_HOME", "STATE_HOME", "DATA_HOME", "CACHE_HOME", "RUNTIME_DIR"):
            (root / name).mkdir(mode=0o700)
            os.environ[f"XDG_{name}"] = str(root / name)
        os.environ |= {
            "HOME": folder,
            "GIT_CONFIG_GLOBAL": str(root / ".gitconfig"),
            "PATH": search_path(),
            "LC_ALL": "C.UTF-8",
        }
        os.environ.pop("NO_COLOR", None)
        (root / ".gitconfig").write_text(
            "[user]\n\tname = Ada\n\temail = ada@example.com\n[init]\n\tdefaultBranch = main\n"
        )
        async with far_side(Model([SAID]).answer) as far:
            configure(provider("acme", far.base))
            screens = await asyncio.to_thread(story, root)
            await asyncio.to_thread(stop_daemon)
    if "--text" in sys.argv:
        print("\n".join(screens))
        return
    TARGET.write_text(svg(screens[1]), "utf-8")
    print(TARGET)


if __name__ == "__main__":
    asyncio.run(main())
