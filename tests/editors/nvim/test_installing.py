"""The plug-in as a user installs it: by `make nvim`, with no `setup()` and no plug-in manager."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
LOOK = """
local found = { vim.fn.exists(":Aircher"), vim.fn.maparg("<Plug>(aircher-commit)", "n") }
vim.cmd.help("aircher-neighbours")
table.insert(found, vim.fn.expand("%:p"))
table.insert(found, #vim.tbl_filter(function(name)
  return name:find("^aircher") ~= nil
end, vim.tbl_keys(package.loaded)))
io.stdout:write(vim.json.encode(found))
vim.cmd("qa!")
"""


@pytest.mark.slow
def test_make_nvim(binary: Path, tmp_path: Path) -> None:
    make = shutil.which("make")
    assert make
    # As on a user's machine: `nvim` is on PATH.
    tools = tmp_path / "bin"
    tools.mkdir()
    (tools / "nvim").symlink_to(binary)
    env = {**os.environ, "PATH": f"{tools}:{os.environ['PATH']}"}
    for _ in range(2):  # the second one takes the first one's place
        done = subprocess.run([make, "-C", str(ROOT), "nvim"], env=env, capture_output=True)
        assert done.returncode == 0, done.stderr
    look = tmp_path / "look.lua"
    look.write_text(LOOK, "utf-8")
    words = [binary, "--headless", "-n", "-i", "NONE", "-S", str(look)]
    seen = subprocess.run(words, env=env, cwd=tmp_path, capture_output=True, text=True, timeout=60)
    place = Path(os.environ["XDG_DATA_HOME"]) / "nvim/site/pack/aircher/start/aircher"
    wanted = f'[2, "<Cmd>Aircher commit<CR>", "{place}/doc/aircher.txt", 0]'
    assert seen.stdout.replace("\\/", "/").replace(",", ", ") == wanted, seen.stderr
