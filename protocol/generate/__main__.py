"""Writes every file that is made from the protocol and the configuration's options.

    python protocol/generate [--check | --dry-run]

`--check` exits 1 and names the command when a file is stale; `--dry-run` names what would change.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import config_schema
import lua
import markdown
import metamodel
import readme
import typescript
from model import protocol

ROOT = Path(__file__).parents[2]
COMMAND = "python protocol/generate"


def files() -> dict[str, str]:
    """Path from the top → what it must hold."""
    model = protocol()
    return {
        "protocol/aircher.metamodel.json": metamodel.render(model),
        "protocol/aircher.config.schema.json": config_schema.render(),
        "README.md": readme.render((ROOT / "README.md").read_text("utf-8")),
        "protocol/README.md": markdown.render(model),
        "editors/vscode/src/protocol.gen.ts": typescript.render(model),
        "editors/nvim/lua/aircher/_meta/protocol.lua": lua.render(model),
    }


def main() -> int:
    """Writes, or says what it would write."""
    parser = argparse.ArgumentParser(description="Make the files that come from the protocol.")
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--check", action="store_true", help="exit 1 when a file is stale")
    how.add_argument("--dry-run", action="store_true", help="name what would change")
    options = parser.parse_args()
    stale = []
    for name, text in files().items():
        path = ROOT / name
        if path.exists() and path.read_text("utf-8") == text:
            continue
        stale.append(name)
        if not (options.check or options.dry_run):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
    for name in stale:
        print(f"{name} is stale; run: {COMMAND}" if options.check else name)
    return 1 if stale and options.check else 0


if __name__ == "__main__":
    sys.exit(main())
