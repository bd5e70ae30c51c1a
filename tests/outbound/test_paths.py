"""Which files no model sees, whatever an ignore file says."""

from __future__ import annotations

from pathlib import Path

import pytest

from aircherd.outbound.paths import PathRules

SECRET = (
    b".env", b".env.local", b"a/b/.ENV.production", b"deploy/prod.env", b".envrc", b"server.pem",
    b"certs/Key.PEM", b"id_rsa", b"home/.ssh/config", b".npmrc", b"x/.pypirc", b".netrc",
    b"credentials", b".aws/credentials", b"gcp-credentials-prod.json", b"client_secret_12.json",
    b"secrets.yaml", b"config/master.key", b"terraform.tfstate", b"prod.tfvars", b"kubeconfig",
    b"secrets/.env", b"vault.kdbx", b".git-credentials", b".htpasswd", b".docker/config.json",
)  # fmt: skip
PLAIN = (
    b"main.py", b"environment.py", b"env.py", b"src/secrets/mod.rs", b"src/credentials/index.ts",
    b"keys.py", b"docs/npmrc.md", b"README.md", b"package.json", b"monkey.py", b"tokenizer.json",
)  # fmt: skip


@pytest.mark.parametrize("path", SECRET)
def test_secret_files_are_withheld(path: bytes) -> None:
    assert PathRules("/w").why_withheld(path) is not None


@pytest.mark.parametrize("path", PLAIN)
def test_plain_files_are_not(path: bytes) -> None:
    assert PathRules("/w").why_withheld(path) is None


@pytest.mark.parametrize("line", ["!.env", "!*", "!/.env", "!**/.env", "!.e*"])
@pytest.mark.parametrize("file", [".aircherignore", ".gitignore"])
def test_an_exclamation_mark_readmits_nothing(line: str, file: str) -> None:
    rules = PathRules("/w", read={file: line}.get, withhold=[line])
    assert rules.why_withheld(b".env") is not None


def test_the_users_pattern_is_not_undone_by_the_repository() -> None:
    rules = PathRules("/w", read={".aircherignore": "!*.sql"}.get, withhold=["*.sql"])
    assert rules.why_withheld(b"a/dump.sql") is not None


def test_ignore_files_withhold() -> None:
    texts = {
        ".aircherignore": "internal/\n*.csv\n",
        ".gitignore": "dist/\n*.log\n!keep.log\n",
        "sub/.gitignore": "*.tmp\n!debug.log\n",
    }
    rules = PathRules("/w", read=texts.get)
    held = (b"internal/a.py", b"x/y.csv", b"dist/a.js", b"a.log", b"sub/x/a.tmp")
    assert all(rules.why_withheld(path) is not None for path in held)
    free = (b"keep.log", b"sub/debug.log", b"a.tmp", b"src/a.py")
    assert all(rules.why_withheld(path) is None for path in free)


def test_a_line_that_is_no_pattern_spoils_no_other() -> None:
    rules = PathRules("/w", read={".aircherignore": "[a\n///\n!\n\\\n*.csv\n"}.get)
    assert rules.why_withheld(b"x.csv") is not None
    assert rules.why_withheld(b"a") is None


def test_absolute_folders(tmp_path: Path, surroundings: Path) -> None:
    inner = tmp_path / "work" / "client"
    inner.mkdir(parents=True)
    rules = PathRules(str(inner), local_only=[str(tmp_path / "work")])
    assert rules.whole_local
    assert rules.is_local_only(b"any")
    assert not PathRules(str(tmp_path), local_only=[str(tmp_path / "wor")]).whole_local
    part = PathRules(str(tmp_path), local_only=[str(inner)])
    assert part.is_local_only(b"work/client/a.py")
    assert not part.is_local_only(b"work/a.py")
    (surroundings / "mine").mkdir()
    assert PathRules(str(surroundings / "mine"), withhold=["~/mine"]).why_withheld(b"a.py")


def test_names_that_are_no_utf8_are_matched() -> None:
    assert PathRules("/w").why_withheld(b"\xff\xfe/.env") is not None
    assert PathRules("/w").why_withheld(b"\xff.pem") is not None
