"""Makes the README's picture of Neovim from a real one: `python tests/editors/nvim/picture.py`.

A daemon, a repository with something staged and a scripted model are set up in a temporary folder;
Neovim's own screen events become `editors/nvim/picture.svg`, text and colours and nothing else.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from html import escape
from pathlib import Path

TESTS = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TESTS))

from editors.nvim.child import PLUGIN, Neovim, neovim  # noqa: E402
from editors.nvim.conftest import Model, stop_daemon  # noqa: E402
from editors.nvim.install import neovim as binary_of  # noqa: E402
from editors.nvim.screen import Screen  # noqa: E402
from fakes.scripted import far_side  # noqa: E402
from sessions.conftest import Shop, configure, provider  # noqa: E402

CELL = (8.4, 18)
"""Width and height of a character in pixels, at 14 px."""
MARGIN = 10

SAID = """\
Refuse a discount that is no fraction

A percentage such as 20 was taken for a factor and gave a negative total. Values outside 0 to 1 \
raise ValueError now."""

BEFORE = """\
def total(prices, discount=0.0):
    \"\"\"The sum of the prices, less the discount.\"\"\"
    return sum(prices) * (1 - discount)


def mean(prices):
    \"\"\"The mean price.\"\"\"
    return total(prices) / len(prices)
"""
AFTER = BEFORE.replace(
    "    return sum(prices) * (1 - discount)\n",
    "    if not 0 <= discount <= 1:\n"
    '        raise ValueError("a discount is a fraction of 1")\n'
    "    return sum(prices) * (1 - discount)\n",
)


def svg(screen: Screen) -> str:
    """A screen as SVG."""
    wide, high = CELL
    width = round(screen.columns * wide + 2 * MARGIN)
    height = screen.lines * high + 2 * MARGIN
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        'font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, monospace" font-size="14">',
        f'<rect width="100%" height="100%" rx="8" fill="#{screen.background:06x}"/>',
    ]
    for row, cells in enumerate(screen.cells):
        start = 0
        for end in range(1, len(cells) + 1):
            if end < len(cells) and cells[end][1] == cells[start][1]:
                continue
            text = "".join(cell for cell, _ in cells[start:end])
            parts += _run(screen, row, start, end, text, cells[start][1])
            start = end
    return "\n".join([*parts, "</svg>", ""])


def _run(screen: Screen, row: int, start: int, end: int, text: str, number: int) -> list[str]:
    look = screen.highlights.get(number, {})
    ink = look.get("foreground", screen.foreground)
    paper = look.get("background", screen.background)
    if look.get("reverse"):
        ink, paper = paper, ink
    wide, high = CELL
    x, y = MARGIN + start * wide, MARGIN + row * high
    parts = []
    if paper != screen.background:
        box = f'x="{x:.1f}" y="{y}" width="{(end - start) * wide:.1f}" height="{high}"'
        parts.append(f'<rect {box} fill="#{paper:06x}"/>')
    if text.strip():
        left = len(text) - len(text.lstrip())
        shown = text.strip()
        x += left * wide
        bold = ' font-weight="bold"' if look.get("bold") else ""
        parts.append(
            f'<text x="{x:.1f}" y="{y + 14}" textLength="{len(shown) * wide:.1f}" '
            f'fill="#{ink:06x}"{bold} xml:space="preserve">{escape(shown)}</text>'
        )
    return parts


def _story(root: Path) -> str:
    shop = Shop(root / "shop")
    shop.stage("shop.py", BEFORE)
    shop.git("commit", "-q", "-m", "Add totals and means")
    shop.stage("shop.py", AFTER)
    with neovim(binary_of("newest"), shop.root, "shop.py", columns=92, lines=18) as window:
        _dressed(window)
        window.ex("Aircher commit")
        window.sees("c commit")
        window.sees("aircher $0.0000")
        window.lua("vim.api.nvim_echo({ { '' } }, false, {})")
        window.sees_no(":Aircher")
        return svg(window.screen)


def _dressed(window: Neovim) -> None:
    window.lua("vim.o.laststatus, vim.o.ruler, vim.o.number = 3, false, true")
    window.lua("vim.o.statusline = \" shop.py%=%{%v:lua.require'aircher'.statusline()%} \"")
    window.lua("vim.opt.fillchars = { eob = ' ' }")


async def _main() -> None:
    with tempfile.TemporaryDirectory(prefix="air", dir="/tmp") as folder:
        root = Path(folder)
        for name in ("CONFIG_HOME", "STATE_HOME", "DATA_HOME", "CACHE_HOME", "RUNTIME_DIR"):
            (root / name).mkdir(mode=0o700)
            os.environ[f"XDG_{name}"] = str(root / name)
        os.environ |= {"HOME": folder, "GIT_CONFIG_GLOBAL": str(root / ".gitconfig")}
        (root / ".gitconfig").write_text("[user]\n\tname = Ada\n\temail = ada@example.com\n")
        model = Model([SAID])
        async with far_side(model.answer) as far:
            configure(provider("acme", far.base))
            drawn = await asyncio.to_thread(_story, root)
            await asyncio.to_thread(stop_daemon)
    path = PLUGIN / "picture.svg"
    path.write_text(drawn, "utf-8")
    print(path)


if __name__ == "__main__":
    asyncio.run(_main())
