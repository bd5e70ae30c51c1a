"""`aircher trust`: a workspace's own settings, shown before they are accepted."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from aircher.show import Failed, inert
from aircher_protocol.client import Client
from aircher_protocol.types import TrustState


def run(options: argparse.Namespace) -> int:
    """Shows and accepts, lists or revokes."""
    # Without a person to ask, only a path that was named is accepted.
    named = options.path is not None
    path = str(Path(options.path or ".").resolve())
    with Client(name="terminal") as client:
        if options.list:
            return _list(client.call("aircher/trust", {}))
        if options.revoke:
            state = _ask(client, "revoke", path)
            print(f"{inert(state.root or path)} is not accepted any more.")
            return 0
        state = _ask(client, "show", path)
        if state.trusted:
            print(f"{inert(state.root or path)}: {_standing(state)}; models may be asked for it.")
        # A folder inside a workspace may have settings of its own, and each is asked about.
        while not state.trusted:
            if not _accepted(client, path, state, told=options.yes and named):
                return 1
            state = _ask(client, "show", path)
        return 0


def _accepted(client: Client, path: str, state: TrustState, *, told: bool) -> bool:
    """Shows one settings file and accepts it, if that is what is wanted."""
    if state.file is None and state.why is not None and not state.accepted:
        raise Failed(state.why)
    print(f"{inert(state.root or path)}/.aircher.toml says:\n")
    print(inert(state.file) if state.file else "(there is no such file any more)")
    print("\nIt can only narrow what you allow; anything else in it is refused.")
    if not _yes(told):
        print("Not accepted; nothing of this folder is sent.")
        return False
    _ask(client, "accept", path, digest=state.digest)
    print("Accepted as it is now; when it changes you are asked again.")
    return True


def _ask(client: Client, action: str, path: str, **more: Any) -> TrustState:
    state: TrustState = client.call("aircher/trust", {"action": action, "workspace": path, **more})
    return state


def _standing(state: TrustState) -> str:
    if any(one.root == state.root for one in state.accepted):
        return "its settings are accepted"
    return "it has no settings of its own"


def _yes(told: bool) -> bool:
    if told:
        return True
    if not sys.stdin.isatty():
        raise Failed("There is nobody to ask here; name the folder: `aircher trust PATH --yes`.")
    try:
        return input("Accept it? [y/N] ").strip().lower() in ("y", "yes")
    except EOFError:
        return False


def _list(state: TrustState) -> int:
    for one in state.accepted:
        print(f"{one.at[:10]}  {inert(one.root)}")
    if not state.accepted:
        print("No workspace's own settings were accepted.")
    return 0
