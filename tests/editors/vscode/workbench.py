"""A VS Code server of a test's own, and a browser that runs a story in it."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
EXTENSION = HERE.parents[2] / "editors" / "vscode"
ARTEFACTS = Path(os.environ.get("AIRCHER_TEST_ARTEFACTS") or HERE.parents[2] / "build" / "vscode")

_SETTINGS: dict[str, Any] = {
    "chat.disableAIFeatures": True,
    # With a web front it is on by default, unlike on a desktop.
    "files.autoSave": "off",
    "extensions.autoCheckUpdates": False,
    "extensions.autoUpdate": False,
    "extensions.ignoreRecommendations": True,
    "git.openRepositoryInParentFolders": "never",
    "remote.autoForwardPorts": False,
    "telemetry.telemetryLevel": "off",
    "update.mode": "none",
    "window.commandCenter": False,
    "workbench.enableExperiments": False,
    "workbench.secondarySideBar.defaultVisibility": "hidden",
    "workbench.startupEditor": "none",
    "workbench.tips.enabled": False,
}


@contextlib.contextmanager
def server(
    host: Path,
    folder: Path,
    *,
    settings: Mapping[str, Any] | None = None,
    vsix: Path | None = None,
    trust: bool = False,
    path: str | None = None,
    driven: bool = False,
) -> Iterator[str]:
    """Its address. Everything it keeps is under `folder`.

    With `vsix` the extension is installed as users install it; `trust` asks before it trusts a
    workspace, as VS Code does by default; `path` replaces PATH.
    `driven` lets tests into the extension host, and keeps messages from being shown.
    """
    node = host / "node" / "bin" / "node"
    vscode = host / "host" / "node_modules" / "code-server" / "lib" / "vscode"
    user = folder / "sdata" / "data" / "User"
    for part in (user, folder / "extensions", folder / "sdata" / "data" / "Machine"):
        part.mkdir(parents=True, exist_ok=True)
    # With a web front the settings file of the machine is the one that counts everywhere.
    text = json.dumps({**_SETTINGS, **(settings or {})})
    (folder / "sdata" / "data" / "Machine" / "settings.json").write_text(text, "utf-8")
    (user / "settings.json").write_text(text, "utf-8")
    words = [
        str(node),
        "out/server-main.js",
        "--without-connection-token",
        "--accept-server-license-terms",
        "--telemetry-level=off",
        f"--server-data-dir={folder / 'sdata'}",
        f"--extensions-dir={folder / 'extensions'}",
    ]
    found = path or f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "EXTENSIONS_GALLERY": '{"serviceUrl":""}', "PATH": found}
    # The server asks the user's login shell for the environment its extensions get.
    (Path(os.environ["HOME"]) / ".profile").write_text(f"export PATH='{found}'\n", "utf-8")
    if vsix is not None:
        subprocess.run(
            [*words, "--install-extension", str(vsix)],
            cwd=vscode,
            env=environment,
            check=True,
            capture_output=True,
            timeout=120,
        )
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    more = ["--host=127.0.0.1", f"--port={port}"]
    if driven:
        more.append("--enable-smoke-test-driver")
    if not trust:
        more.append("--disable-workspace-trust")
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(
            [*words, *more],
            cwd=vscode,
            env=environment,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    address = f"http://127.0.0.1:{port}"
    try:
        _wait(f"{address}/version")
        yield address
    finally:
        # The hosts it started are in its process group and outlive it for minutes otherwise.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(15)


def browse(host: Path, story: Path, values: Mapping[str, str], seconds: float = 400) -> str:
    """Runs one story, a module whose default export gets the page; what it printed.

    Raises AssertionError with its output when it fails.
    """
    ARTEFACTS.mkdir(parents=True, exist_ok=True)
    process = subprocess.Popen(
        [str(host / "node" / "bin" / "node"), str(HERE / "browser.mjs"), str(story)],
        env={
            **os.environ,
            **values,
            "HOST": str(host),
            "ARTEFACTS": str(ARTEFACTS),
            "LIMIT": str(seconds),
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        said = process.communicate(timeout=seconds + 30)[0].decode("utf-8", "replace")
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(15)
    assert process.returncode == 0, said + notes(Path(values["DATA"]))
    return said


def notes(data: Path) -> str:
    """What the extension wrote into its log under a server's folder."""
    found = sorted(data.glob("sdata/data/logs/*/exthost*/aircher.aircher/aircher.log"))
    return "".join(f"\n--- {path.name}\n{path.read_text('utf-8')}" for path in found)


def bundle(host: Path, source: Path, target: Path) -> None:
    """One file of the tests under `source`, with mocha left where it is."""
    node = host / "node" / "bin" / "node"
    mocha = EXTENSION / "node_modules" / "mocha"
    subprocess.run(
        [
            str(node),
            str(EXTENSION / "node_modules" / "esbuild" / "bin" / "esbuild"),
            str(source),
            "--bundle",
            "--platform=node",
            "--format=cjs",
            "--external:vscode",
            f"--define:MOCHA={json.dumps(str(mocha))}",
            f"--outfile={target}",
            "--log-level=warning",
        ],
        check=True,
        timeout=60,
    )


def _wait(url: str) -> None:
    for _ in range(600):
        with contextlib.suppress(OSError), urllib.request.urlopen(url, timeout=2):
            return
        time.sleep(0.1)
    raise AssertionError("the VS Code server did not answer in time")
