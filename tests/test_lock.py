"""The lock files cover what is asked for, by hash, and name no index."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))

ASKED = {
    "run": PROJECT["project"]["dependencies"],
    "dev": PROJECT["project"]["dependencies"]
    + PROJECT["dependency-groups"]["dev"]
    + PROJECT["build-system"]["requires"],
    "build": PROJECT["build-system"]["requires"],
}
PACKAGE = r"([a-z0-9.-]+)==([^ ;\\]+)(?: ; [^\\]*?)?"
ENTRY = re.compile(PACKAGE + r"((?: \\\n    --hash=sha256:[0-9a-f]{64})+)\n")


def text(name: str) -> str:
    return (ROOT / ".requirements" / f"{name}.txt").read_text(encoding="utf-8")


def locked(name: str) -> dict[str, set[Version]]:
    """Versions by package; several where they differ by Python version."""
    found: dict[str, set[Version]] = {}
    for match in ENTRY.finditer(text(name)):
        found.setdefault(match[1], set()).add(Version(match[2]))
    return found


@pytest.mark.parametrize("name", ASKED)
def test_a_lock_covers_what_is_asked_for(name: str) -> None:
    """Stale? `make lock`."""
    have = locked(name)
    for line in ASKED[name]:
        wanted = Requirement(line)
        versions = have.get(canonicalize_name(wanted.name))
        assert versions, f"{wanted.name} is not in {name}.txt: run `make lock`"
        for version in versions:
            assert version in wanted.specifier, f"{wanted.name} {version}: run `make lock`"


@pytest.mark.parametrize("name", ASKED)
def test_a_lock_holds_nothing_but_versions_with_hashes(name: str) -> None:
    assert ENTRY.sub("", text(name)) == ""
    assert "://" not in text(name)


def test_users_get_the_versions_that_are_tested() -> None:
    tested = locked("dev")
    for name in ("run", "build"):
        for package, versions in locked(name).items():
            assert versions <= tested[package]


def test_every_direct_dependency_has_its_reason() -> None:
    source = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    block = source.split("dependencies = [")[1].split("]\n")[0].strip().splitlines()
    assert len(block) == len(PROJECT["project"]["dependencies"])
    for line in block:
        assert re.search(r'", +# \w+', line), line
