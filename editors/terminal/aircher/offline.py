"""`aircher offline`: whether anything beyond this machine may be asked."""

from __future__ import annotations

import argparse
import subprocess

from aircher.show import DAEMON

_SAID = {
    "on": "Only models on this machine are asked.",
    "off": "Providers are asked as configured, even while no network is seen.",
    "auto": "Providers are asked as configured; without a network only those on this machine.",
}


def run(options: argparse.Namespace) -> int:
    """Writes the setting, or says which one is in force. The process's exit code."""
    config = [*DAEMON, "config"]
    if options.state is None:
        said = subprocess.run(
            [*config, "get", "offline"], capture_output=True, text=True, check=False
        )
        state = said.stdout.strip() or "auto"
        print(f"{state}: {_SAID.get(state, '')}")
        return 0
    done = subprocess.run([*config, "set", "offline", options.state], check=False)
    if done.returncode:
        return done.returncode
    _tell()
    print(_SAID[options.state])
    return 0


def _tell() -> None:
    """Has a daemon that runs read the setting now; one that does not will read it anyway."""
    running = subprocess.run([*DAEMON, "status", "--json"], capture_output=True, check=False)
    if running.returncode == 0:
        subprocess.run(
            [*DAEMON, "call", "aircher/reload"],
            capture_output=True,
            check=False,
        )
