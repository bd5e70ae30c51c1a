"""Which files no model sees, whatever an ignore file says."""

from __future__ import annotations

from importlib.resources import files as resources
from pathlib import Path

import pytest

from aircherd.outbound.paths import PathRules, _built_in, holds_secrets

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


def test_the_one_search_for_secret_files_passes_over_none_of_them() -> None:
    text = (resources("aircherd.outbound") / "rules" / "secret_files.txt").read_text("utf-8")
    lines = [one.lstrip("!") for one in text.splitlines() if one and not one.startswith("#")]
    plain = [one.replace("*", star).rstrip("/") for one in lines for star in ("", "a", "a.b")]
    names = [
        name
        for one in plain
        for name in (
            one,
            f"{one}/x",
            f"a/{one}",
            f"a/b/{one}/c.py",
            f"./{one}",
            one.upper(),
            f"{one}x",
        )
    ]
    names += ["src/main.py", "a", "src/secretsmanager.py", "docs/credential.md", "key/pem.txt"]
    said = [holds_secrets(name) for name in names]
    assert said == [_built_in().match_file(name.lower()) for name in names]
    assert len(names) // 3 < sum(said) < len(names)
