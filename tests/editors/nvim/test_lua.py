"""What the plug-in reckons by itself: text made inert, edits carried over, rows, positions."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from editors.nvim.child import Neovim, neovim
from editors.nvim.install import neovim as binary_of
from sessions.conftest import Shop


@pytest.fixture
def window(binary: Path, tmp_path: Path) -> Iterator[Neovim]:
    """A Neovim in an empty folder."""
    with neovim(binary, tmp_path) as window:
        yield window


HARMFUL = {
    "escape": "\x1b[31mred\x1b[0m",
    "title": "\x1b]0;owned\x07",
    "bell": "ding\x07",
    "null": "a\x00b",
    "delete": "a\x7fb",
    "c1": "a\x9b31mb",
    "override": "a\u202eb",
    "isolate": "a\u2066b\u2069",
    "arabic mark": "a\u061cb",
    "zero width": "a\u200bb",
    "lone joiner": "a\u200db",
    "separator": "a\u2028b",
    "byte order mark": "a\ufeffb",
    "tag": "a\U000e0041\U000e007fb",
    "selector": "a\U000e0100b",
}
HARMLESS = [
    "plain text, tabs\tand\nlines",
    "Grüße, ελληνικά, 日本語, עברית, العربية",
    "€ ‰ … – — “quoted” • · × → ✓ �",
    "👍🏽 👩\u200d💻 👨\u200d👩\u200d👧 🏳️\u200d🌈 ❤️",
]


def test_harmful_text_is_made_inert(window: Neovim) -> None:
    clean = "return require('aircher.inert').clean(...)"
    for name, text in HARMFUL.items():
        found = window.lua(clean, text)
        assert "�" in found, name
        unsafe = [c for c in found if (ord(c) < 32 and c not in "\t\n") or 127 <= ord(c) < 160]
        assert not unsafe, name
        assert not set(found) & set(text) & set("\u202e\u2066\u2069\u061c\u200b\u2028\ufeff"), name
        assert not [c for c in found if 0xE0000 <= ord(c) <= 0xE01FF], name
    for text in HARMLESS:
        assert window.lua(clean, text) == text
    assert window.lua(clean, "a\r\nb\rc") == "a\nb\nc"


def test_text_in_a_bar_runs_nothing(window: Neovim) -> None:
    text = "%{system('touch ran')} %!x\nnext"
    shown = window.lua("return require('aircher.inert').bar(...)", text)
    done = window.lua("return vim.api.nvim_eval_statusline(..., {}).str", shown)
    assert done == "%{system('touch ran')} %!x next"


CARRY = "return require('aircher.merge').carry(...)"
LINE = st.sampled_from(["a", "b", "c", ""])
TEXT = st.lists(LINE, min_size=1, max_size=8)


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Neovim]:
    """One for all examples."""
    with neovim(binary_of("newest"), tmp_path_factory.mktemp("one")) as window:
        yield window


@settings(max_examples=150, deadline=None)
@given(base=TEXT, proposed=TEXT, now=TEXT)
def test_carrying_over(one: Neovim, base: list[str], proposed: list[str], now: list[str]) -> None:
    assert one.lua(CARRY, base, proposed, base) == proposed, "nothing was typed"
    assert one.lua(CARRY, base, base, now) == now, "nothing was proposed"
    found = one.lua(CARRY, base, proposed, now)
    if found is not None:
        assert len(found) == len(proposed) + len(now) - len(base), "both changes and no other"


@pytest.mark.parametrize(
    ("now", "wanted"),
    [
        (["top", "a", "b", "c"], ["top", "a", "B", "c"]),
        (["a", "b", "c", "end"], ["a", "B", "c", "end"]),
        (["a", "x", "c"], None),
        (["a", "c"], None),
        (["a", "b", "b2", "c"], None),
    ],
)
def test_what_was_typed_stays_or_wins(
    window: Neovim, now: list[str], wanted: list[str] | None
) -> None:
    assert window.lua(CARRY, ["a", "b", "c"], ["a", "B", "c"], now) == wanted


def test_rows_stand_in_columns(window: Neovim) -> None:
    rows = [["today", "$0.10"], ["this month", "$12.00"], ["größer", "$1"]]
    lines = window.lua("return require('aircher.books').table(...)", rows)
    assert lines == ["today         $0.10", "this month   $12.00", "größer           $1"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_positions_count_as_the_server_does(window: Neovim, encoding: str) -> None:
    line = "x = '😀é' + y"
    window.request("nvim_buf_set_lines", 0, 0, -1, False, [line])
    byte = len(line.encode()[: line.encode().index(b"y")])
    units = byte if encoding == "utf-8" else len(line[: line.index("y")].encode("utf-16-le")) // 2
    found = window.lua(
        "local character, encoding = ...\n"
        "local position = { line = 0, character = character }\n"
        "return require('aircher.where').byte(0, position, encoding)",
        units,
        encoding,
    )
    assert found == byte
    told = window.lua(
        "local byte, encoding = ...\n"
        "require('aircher.client').encoding = function() return encoding end\n"
        "local diagnostic = { lnum = 0, col = byte, message = 'm' }\n"
        "return require('aircher.where').to_lsp(0, diagnostic)",
        byte,
        encoding,
    )
    assert told["range"]["start"] == {"line": 0, "character": units}


def test_the_workspace_of_a_buffer(window: Neovim, tmp_path: Path) -> None:
    shop = Shop(tmp_path / "shop")
    shop.git("worktree", "add", "-q", "../second")
    where = "return require('aircher.where').workspace(0)"
    for name, wanted in {
        "shop/shop.py": "shop",
        "shop/.git/COMMIT_EDITMSG": "shop",
        "shop/.git/worktrees/second/COMMIT_EDITMSG": "second",
        "second/shop.py": "second",
        "no repository.txt": ".",
    }.items():
        window.lua("vim.cmd.edit(vim.fn.fnameescape(...))", str(tmp_path / name))
        assert window.lua(where) == str((tmp_path / wanted).resolve()), name
    window.lua("vim.cmd.enew()")
    assert window.lua(where) == window.lua("return vim.fn.getcwd()")


def test_a_repository_cannot_point_at_somebody_elses(window: Neovim, tmp_path: Path) -> None:
    """Only a work tree that names the folder back is believed to be its own."""
    private, evil = Shop(tmp_path / "private"), Shop(tmp_path / "evil")
    admin = evil.root / ".git" / "worktrees" / "bait"
    admin.mkdir(parents=True)
    (admin / "gitdir").write_text(f"{private.root}/.git/HEAD\n", "utf-8")
    (evil.root / ".git" / "gitdir").write_text(f"{private.root}/.git\n", "utf-8")
    where = "return require('aircher.where').workspace(0)"
    for name, wanted in {
        "evil/.git/COMMIT_EDITMSG": str(evil.root.resolve()),
        "evil/.git/worktrees/bait/COMMIT_EDITMSG": window.lua("return vim.fn.getcwd()"),
    }.items():
        window.lua("vim.cmd.edit(vim.fn.fnameescape(...))", str(tmp_path / name))
        assert window.lua(where) == wanted, name


def test_a_pipe_in_place_of_a_file_keeps_nobody_waiting(window: Neovim, tmp_path: Path) -> None:
    shop = Shop(tmp_path / "shop")
    admin = shop.root / ".git" / "worktrees" / "bait"
    admin.mkdir(parents=True)
    os.mkfifo(admin / "gitdir")
    window.lua("vim.cmd.edit(vim.fn.fnameescape(...))", str(admin / "COMMIT_EDITMSG"))
    found = window.lua("return require('aircher.where').workspace(0)")
    assert found == window.lua("return vim.fn.getcwd()")


@pytest.mark.parametrize("between", [" ", "\n"], ids=["one paragraph", "lines"])
def test_who_answered_is_seen_under_a_long_text(window: Neovim, between: str) -> None:
    """A paragraph is one line, which may be longer than the window is tall."""
    window.lua("Shown = require('aircher.view').open({ title = 'Long' }) Shown:wait('asking')")
    window.lua("Shown:append(...)", f"word{between}" * 600)
    window.lua("Shown:append('the last of it')")
    window.sees("the last of it")
    window.lua("Shown:stop_waiting() Shown:notes({ { 'acme/m, hosted', 'Comment' } })")
    window.sees("acme/m, hosted")
    assert "the last of it" in window.screen.text


def test_who_reads_further_up_is_left_there(window: Neovim) -> None:
    window.lua("Shown = require('aircher.view').open({ title = 'Long' }) Shown:wait('asking')")
    window.lua("Shown:append(...)", "\n".join(f"line {n}" for n in range(100)))
    window.sees("line 99")
    window.keys("gg")
    window.sees("line 0")
    window.lua("Shown:append('the last of it')")
    window.lua("Shown:stop_waiting() Shown:notes({ { 'acme/m, hosted', 'Comment' } })")
    assert "line 0" in window.screen.text
    assert window.lua("return vim.fn.line('.')") == 1
