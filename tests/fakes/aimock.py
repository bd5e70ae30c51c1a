"""The provider emulator `@copilotkit/aimock`, which nobody here wrote, on a port of its own.

`python -m fakes.aimock FILE.json` serves until Ctrl-C. Its known gaps (token counts that are zero,
`/api/version` and `/api/show` missing, Ollama errors in OpenAI's shape) are never asserted.
"""

from __future__ import annotations

import contextlib
import json
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

NODE = Path(__file__).parent / "node"
CLI = NODE / "node_modules" / "@copilotkit" / "aimock" / "dist" / "cli.js"


def installed() -> Path:
    """The emulator's program, installed from its lock when it is not there yet."""
    if not CLI.exists():
        npm = shutil.which("npm")
        assert npm, "npm is needed for the provider emulator"
        subprocess.run(
            [npm, "ci", "--prefix", str(NODE), "--no-audit", "--no-fund", "--ignore-scripts"],
            check=True,
            capture_output=True,
            timeout=100,
        )
    return CLI


@contextlib.contextmanager
def aimock(fixtures: Sequence[dict[str, Any]]) -> Iterator[str]:
    """Its address, without any path. Each fixture has `match` and `response`."""
    with tempfile.TemporaryDirectory(prefix="aircher-aimock-") as folder:
        (Path(folder) / "fixtures.json").write_text(json.dumps({"fixtures": list(fixtures)}))
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        node = shutil.which("node")
        assert node, "node is needed for the provider emulator"
        words = [node, str(installed()), "-p", str(port), "-h", "127.0.0.1", "-f", folder]
        process = subprocess.Popen(
            [*words, "--strict", "--log-level", "warn"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        base = f"http://127.0.0.1:{port}"
        try:
            _wait(f"{base}/v1/models")
            yield base
        finally:
            process.terminate()
            process.wait(10)


def journal(base: str) -> list[dict[str, Any]]:
    """Every request it got."""
    with urllib.request.urlopen(f"{base}/__aimock/journal", timeout=5) as answer:
        value = json.load(answer)
    rows = value.get("entries", value) if isinstance(value, dict) else value
    assert isinstance(rows, list)
    return rows


def _wait(url: str) -> None:
    for _ in range(200):
        with contextlib.suppress(OSError), urllib.request.urlopen(url, timeout=2):
            return
        time.sleep(0.05)
    raise AssertionError("the emulator did not answer in time")


if __name__ == "__main__":
    with aimock(json.loads(Path(sys.argv[1]).read_text())["fixtures"]) as address:
        print(address, flush=True)
        with contextlib.suppress(KeyboardInterrupt):
            time.sleep(1e6)
