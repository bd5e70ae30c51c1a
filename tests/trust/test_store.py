"""Trust is bound to one folder as it was accepted, and kept where no workspace reaches."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from aircherd.core.errors import InvalidRequest
from aircherd.roots import top_of
from aircherd.trust.place import look
from aircherd.trust.store import Trust, TrustUnreadable


@pytest.fixture
def trust(tmp_path: Path) -> Trust:
    return Trust(str(tmp_path / "trust.json"))


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    folder = tmp_path / "w"
    folder.mkdir()
    (folder / ".aircher.toml").write_text('egress = "local"\n', "utf-8")
    return folder


def accepted(trust: Trust, workspace: Path) -> bool:
    return trust.why_not(look(str(workspace))) is None


def test_it_is_asked_about_once(trust: Trust, workspace: Path) -> None:
    assert not accepted(trust, workspace)
    trust.accept(look(str(workspace)))
    assert accepted(trust, workspace)
    assert [one.root for one in trust.listed()] == [str(workspace)]
    assert trust.revoke(str(workspace))
    assert not accepted(trust, workspace)
    assert not trust.revoke(str(workspace))


def test_a_link_to_it_is_the_same_workspace(trust: Trust, workspace: Path, tmp_path: Path) -> None:
    trust.accept(look(str(workspace)))
    (tmp_path / "link").symlink_to(workspace)
    assert accepted(trust, tmp_path / "link")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / ".aircher.toml").write_text('egress = "local"\n', "utf-8")
    (tmp_path / "link").unlink()
    (tmp_path / "link").symlink_to(tmp_path / "other")
    assert not accepted(trust, tmp_path / "link")


def test_another_folder_of_the_same_name_inherits_nothing(
    trust: Trust, workspace: Path, tmp_path: Path
) -> None:
    trust.accept(look(str(workspace)))
    text = (workspace / ".aircher.toml").read_text("utf-8")
    workspace.rename(tmp_path / "aside")
    assert not accepted(trust, tmp_path / "aside")
    workspace.mkdir()
    (workspace / ".aircher.toml").write_text(text, "utf-8")
    assert not accepted(trust, workspace)


def test_another_content_is_asked_about_again(trust: Trust, workspace: Path) -> None:
    file = workspace / ".aircher.toml"
    before = file.read_bytes()
    trust.accept(look(str(workspace)))
    for content in (before + b"\n", b"", before.replace(b"local", b"any")):
        file.write_bytes(content)
        assert not accepted(trust, workspace)
    file.unlink()
    assert not accepted(trust, workspace)
    file.write_bytes(before)
    assert accepted(trust, workspace)


def test_letter_case_is_another_name(trust: Trust, workspace: Path, tmp_path: Path) -> None:
    trust.accept(look(str(workspace)))
    (tmp_path / "W").mkdir()
    (tmp_path / "W" / ".aircher.toml").write_text('egress = "local"\n', "utf-8")
    assert not accepted(trust, tmp_path / "W")


@pytest.mark.parametrize("kind", ["link", "folder", "fifo", "huge", "unreadable"])
def test_a_settings_file_that_is_none_is_never_accepted(
    trust: Trust, workspace: Path, tmp_path: Path, kind: str
) -> None:
    trust.accept(look(str(workspace)))
    file = workspace / ".aircher.toml"
    text = file.read_bytes()
    file.unlink()
    match kind:
        case "link":
            (tmp_path / "elsewhere").write_bytes(text)
            file.symlink_to(tmp_path / "elsewhere")
        case "folder":
            file.mkdir()
        case "fifo":
            os.mkfifo(file)
        case "huge":
            file.write_bytes(text + b"#" * 300_000)
        case _:
            file.symlink_to(file)
    assert not accepted(trust, workspace)
    with pytest.raises(InvalidRequest):
        trust.accept(look(str(workspace)))


@pytest.mark.parametrize(
    "content",
    [b"", b"[]", b"{}", b'{"workspaces": [{}]}', b"\xff", b'{"workspaces": [{"root": 1}]}'],
)
def test_a_damaged_list_accepts_nothing(tmp_path: Path, workspace: Path, content: bytes) -> None:
    path = tmp_path / "trust.json"
    trust = Trust(str(path))
    trust.accept(look(str(workspace)))
    path.write_bytes(content)
    assert not accepted(trust, workspace)
    with pytest.raises(TrustUnreadable, match="remove it"):
        trust.listed()


def test_a_list_others_may_write_or_a_link_is_refused(tmp_path: Path, workspace: Path) -> None:
    path = tmp_path / "trust.json"
    trust = Trust(str(path))
    trust.accept(look(str(workspace)))
    assert path.stat().st_mode & 0o777 == 0o600
    path.chmod(0o666)
    assert not accepted(trust, workspace)
    path.chmod(0o600)
    assert accepted(trust, workspace)
    path.rename(tmp_path / "moved")
    path.symlink_to(tmp_path / "moved")
    assert not accepted(trust, workspace)


def test_the_workspace_a_path_lies_in(workspace: Path, tmp_path: Path) -> None:
    (workspace / "a" / "b").mkdir(parents=True)
    (workspace / "a" / "file.py").write_text("", "utf-8")
    assert top_of(str(workspace / "a" / "b")) == str(workspace)
    assert top_of(str(workspace / "a" / "file.py")) == str(workspace)
    (workspace / "a" / ".git").write_text("gitdir: elsewhere", "utf-8")
    assert top_of(str(workspace / "a" / "b")) == str(workspace / "a")
    (tmp_path / "lone").mkdir()
    assert top_of(str(tmp_path / "lone")) == str(tmp_path / "lone")
