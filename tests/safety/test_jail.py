"""No byte from outside a workspace reaches a model: links, dots, addresses, swaps in flight."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from aircherd.core.errors import GitRefused
from aircherd.workspace.git import Repository
from aircherd.workspace.hints import read_beneath
from features.conftest import Model, at, editor, model, shop
from figures import Figure
from sessions.conftest import Shop
from sessions.editor import Editor, Failed

__all__ = ["editor", "model", "shop"]

SENTINEL = "the sentinel that lies outside"


def sent(model: Model) -> str:
    assert model.far is not None
    return "\n".join(one.body.decode() for one in model.far.seen)


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    folder = tmp_path / "outside"
    folder.mkdir()
    (folder / "secret.py").write_text(f"x = '{SENTINEL}'\n", "utf-8")
    return folder


def ways(shop: Shop, outside: Path) -> dict[str, str]:
    """URIs that lead out, each in a way of its own."""
    root = shop.root
    (root / "link.py").symlink_to(outside / "secret.py")
    (root / "chain.py").symlink_to(root / "link.py")
    (root / "folder").symlink_to(outside, target_is_directory=True)
    (root / "up.py").symlink_to("../outside/secret.py")
    (root / "self").symlink_to(".", target_is_directory=True)
    os.link(outside / "secret.py", outside / "other.py")
    return {
        "a link": f"file://{root}/link.py",
        "a chain of links": f"file://{root}/chain.py",
        "a folder that is a link": f"file://{root}/folder/secret.py",
        "a link with dots": f"file://{root}/up.py",
        "dots": f"file://{root}/../outside/secret.py",
        "coded dots": f"file://{root}/%2e%2e/outside/secret.py",
        "a loop and dots": f"file://{root}/self/self/../../outside/secret.py",
        "plainly": f"file://{outside}/secret.py",
        "another host": f"file://evil.example{root}/link.py",
        "proc": f"file:///proc/self/cwd/../{outside}/secret.py",
        "a process' root": f"file:///proc/self/root{outside}/secret.py",
        "a NUL": f"file://{root}/link.py%00.py",
        "a descriptor": "file:///dev/stdin",
        "a network address": f"http://127.0.0.1:9{outside}/secret.py",
    }


COMMANDS: dict[str, dict[str, Any]] = {
    "aircher/explain": {"range": at(0, 1)},
    "aircher/fix": {"range": at(0, 1), "error": "x"},
    "aircher/refactor": {"range": at(0, 1), "instruction": "x"},
    "aircher/document": {"range": at(0, 1)},
    "aircher/generate": {"instruction": "x", "kind": "tests"},
    "aircher/ask": {"prompt": "what is it?"},
    "aircher/review": {"scope": "file"},
    "aircher/summarize": {"scope": "file"},
}


@pytest.mark.parametrize("method", COMMANDS)
async def test_no_way_leads_out(
    editor: Editor, model: Model, shop: Shop, outside: Path, method: str, figure: Figure
) -> None:
    named = ways(shop, outside)
    for uri in named.values():
        with contextlib.suppress(Failed):
            await editor.ask(
                method, document={"uri": uri}, workspace=str(shop.root), **COMMANDS[method]
            )
    assert SENTINEL not in sent(model)
    figure(f"{len(named)} ways out by {len(COMMANDS)} commands, 0 bytes")


async def test_links_in_a_diff_are_named_and_not_followed(
    editor: Editor, model: Model, shop: Shop, outside: Path
) -> None:
    ways(shop, outside)
    shop.git("add", ".")
    shop.git("config", "core.worktree", str(outside))
    model.says("Add links")
    await editor.ask("aircher/commitMessage", workspace=str(shop.root))
    for scope in ("staged", "branch"):
        with contextlib.suppress(Failed):
            await editor.ask("aircher/review", workspace=str(shop.root), scope=scope, base="HEAD")
    assert "link.py" in sent(model)
    assert SENTINEL not in sent(model)


@pytest.mark.parametrize(
    "name",
    [".aircherignore", ".gitignore", ".aircher.toml", "CONTRIBUTING.md", ".gitmessage",
     "commitlint.config.js", ".commitlintrc.json", "AGENTS.md", "README.md", "package.json"],
)  # fmt: skip
async def test_files_read_by_their_names_are_read_inside_only(
    editor: Editor, model: Model, shop: Shop, outside: Path, name: str
) -> None:
    shop.stage("shop.py", "def mean(prices):\n    return 1\n")
    (shop.root / name).symlink_to(outside / "secret.py")
    with contextlib.suppress(Failed):
        await editor.ask("aircher/commitMessage", workspace=str(shop.root))
    assert SENTINEL not in sent(model)


def _swaps(root: Path, outside: Path, stop: threading.Event) -> None:
    """Puts a link where a file was, and a file where the link was, as fast as it goes."""
    inner, link = root / "inner.py", root / "link"
    while not stop.is_set():
        for source in (outside / "secret.py", None):
            link.unlink(missing_ok=True)
            if source is None:
                link.write_text("inside\n", "utf-8")
            else:
                link.symlink_to(source)
            link.replace(inner)


def test_a_file_swapped_for_a_link_while_it_is_opened(
    tmp_path: Path, outside: Path, figure: Figure
) -> None:
    root = tmp_path / "w"
    (root / "a").mkdir(parents=True)
    stop = threading.Event()
    swapping = threading.Thread(target=_swaps, args=(root / "a", outside, stop))
    swapping.start()
    try:
        read = [read_beneath(str(root), "a/inner.py", 100) for _ in range(10_000)]
    finally:
        stop.set()
        swapping.join()
    assert set(read) <= {"inside\n", "", None}
    assert "inside\n" in read, "both sides of the swap were met"
    assert None in read
    figure(f"{len(read):,} swaps, 0 bytes")


async def test_a_document_swapped_while_it_is_asked_about(
    editor: Editor, model: Model, shop: Shop, outside: Path
) -> None:
    stop = threading.Event()
    swapping = threading.Thread(target=_swaps, args=(shop.root, outside, stop))
    swapping.start()
    try:
        for _ in range(15):
            with contextlib.suppress(Failed):
                await editor.ask(
                    "aircher/explain",
                    document={"uri": f"file://{shop.root}/inner.py"},
                    range=at(0, 1),
                )
    finally:
        stop.set()
        await asyncio.to_thread(swapping.join)
    assert SENTINEL not in sent(model)


@pytest.mark.parametrize("method", ["aircher/generate", "aircher/document"])
async def test_nothing_is_written_where_a_link_leads_out(
    editor: Editor, model: Model, shop: Shop, outside: Path, method: str
) -> None:
    shop.write("shop.py", "def total(prices):\n    return sum(prices)\n")
    for name in ("tests", "test"):
        (shop.root / name).symlink_to(outside, target_is_directory=True)
    (shop.root / "README.md").symlink_to(outside / "secret.py")
    model.says("```markdown\n# Shop\n```")
    if method == "aircher/document":
        with pytest.raises(Failed, match="leads elsewhere"):
            await editor.ask(method, document={"uri": f"file://{shop.root}/shop.py"}, kind="readme")
        return
    found = await editor.ask(
        method, document={"uri": f"file://{shop.root}/shop.py"}, instruction="", kind="tests"
    )
    create, _ = found["edit"]["documentChanges"]
    assert create["uri"] == f"file://{shop.root}/test_shop.py"


async def test_a_coded_slash_in_a_file_s_name_leads_nowhere(
    editor: Editor, model: Model, shop: Shop, tmp_path: Path
) -> None:
    name = "a%2f..%2f..%2f..%2fout.py"
    shop.write(name, "def total(prices):\n    return sum(prices)\n")
    model.says("```python\ndef test_total(): ...\n```")
    found = await editor.ask(
        "aircher/generate",
        document={"uri": f"file://{shop.root}/{name.replace('%', '%25')}"},
        instruction="",
        kind="tests",
    )
    create, _ = found["edit"]["documentChanges"]
    assert create["uri"] == f"file://{shop.root}/tests/test_{name.replace('%', '%25')}"


def _file(git: Path, other: Path) -> None:
    git.write_text(f"gitdir: {other}\n", "utf-8")


def _link(git: Path, other: Path) -> None:
    git.symlink_to(other)


def _own(git: Path) -> None:
    subprocess.run(["git", "init", "-q", str(git.parent)], check=True)


def _common(git: Path, other: Path) -> None:
    _own(git)
    (git / "commondir").write_text(f"{other}\n", "utf-8")


def _stranger(git: Path, other: Path) -> None:
    """As a linked work tree that nobody linked."""
    _own(git)
    inner = git / "worktrees" / "x"
    inner.mkdir(parents=True)
    (inner / "commondir").write_text(f"{other}\n", "utf-8")
    (inner / "HEAD").write_bytes((other / "HEAD").read_bytes())
    shutil.move(git, git.with_name("kept"))
    git.write_text(f"gitdir: {git.with_name('kept')}/worktrees/x\n", "utf-8")


def _linked_parts(*names: str) -> Callable[[Path, Path], None]:
    """Its own git dir, with the objects of another and links to some of its references."""

    def make(git: Path, other: Path) -> None:
        _own(git)
        (git / "objects" / "info" / "alternates").write_text(f"{other}/objects\n", "utf-8")
        for name in names:
            at = git / name
            if at.is_dir():
                shutil.rmtree(at)
            at.unlink(missing_ok=True)
            at.symlink_to(other / name)

    make.__name__ = "+".join(names)
    return make


def _bare(git: Path, other: Path) -> None:
    bare = other.parent.with_name("store")
    subprocess.run(["git", "clone", "-q", "--bare", str(other.parent), str(bare)], check=True)
    _file(git, bare)


def _submodule_of_another(git: Path, other: Path) -> None:
    apart = other.parent.with_name("apart")
    shutil.copytree(other, apart)
    words = ["git", "config", "--file", str(apart / "config"), "core.worktree", str(other.parent)]
    subprocess.run(words, check=True)
    _file(git, apart)


def _apart(git: Path, other: Path) -> Path:
    """The other repository's git dir, moved out of it as `--separate-git-dir` does."""
    apart = other.parent.with_name("apart")
    words = ["git", "init", "-q", "--separate-git-dir", str(apart), str(other.parent)]
    subprocess.run(words, check=True)
    subprocess.run(["git", "status"], cwd=other.parent, check=True, capture_output=True)
    _file(git, apart)
    return apart


def _same_files(git: Path, other: Path) -> None:
    """The same names, contents and times, as out of an archive."""
    _apart(git, other)
    for file in other.parent.glob("*.*"):
        if file.name != ".git":
            shutil.copy2(file, git.parent / file.name)


def _links_to_its_files(git: Path, other: Path) -> None:
    inner = other.parent / "inner"
    inner.mkdir()
    (inner / "a.py").write_text("a = 1\n", "utf-8")
    subprocess.run(["git", "add", "."], cwd=other.parent, check=True)
    _apart(git, other)
    (git.parent / "inner").symlink_to(inner)


def _indexed_in(version: int) -> Callable[[Path, Path], None]:
    def make(git: Path, other: Path) -> None:
        words = ["git", "update-index", f"--index-version={version}"]
        subprocess.run(words, cwd=other.parent, check=True)
        _apart(git, other)

    make.__name__ = f"version {version}"
    return make


def _no_index(git: Path, other: Path) -> None:
    (_apart(git, other) / "index").unlink()


def _head_alone(git: Path, other: Path) -> None:
    apart = _apart(git, other)
    for name in ("index", "packed-refs"):
        (apart / name).unlink()


@pytest.mark.parametrize(
    "lead",
    [
        _file, _link, _common, _stranger, _bare, _submodule_of_another, _apart, _same_files,
        _links_to_its_files, _indexed_in(4), _no_index, _head_alone,
        _linked_parts("refs"), _linked_parts("refs/heads"), _linked_parts("HEAD", "packed-refs"),
    ],
    ids=lambda make: make.__name__,
)  # fmt: skip
async def test_no_history_of_another_repository_is_shown(
    editor: Editor, model: Model, tmp_path: Path, lead: Callable[[Path, Path], None]
) -> None:
    private, hostile = Shop(tmp_path / "private"), tmp_path / "hostile"
    private.stage("plan.txt", f"{SENTINEL}\n")
    private.git("commit", "-q", "-m", f"Plan {SENTINEL}")
    private.git("pack-refs", "--all")
    private.git("checkout", "-q", "--detach")
    hostile.mkdir()
    lead(hostile / ".git", private.root / ".git")
    for method, params in (
        ("aircher/commitMessage", {}),
        ("aircher/commitMessage", {"amend": True}),
        ("aircher/summarize", {"scope": "log"}),
        ("aircher/review", {"scope": "staged"}),
        ("aircher/workspace", {}),
    ):
        with pytest.raises(Failed) as failed:
            await editor.ask(method, workspace=str(hostile), **params)
        assert SENTINEL not in str(failed.value)
    assert SENTINEL not in sent(model)


def test_git_dirs_that_stand_apart_are_the_work_trees_own(tmp_path: Path) -> None:
    shop, inner = Shop(tmp_path / "shop"), Shop(tmp_path / "inner")
    shop.git("worktree", "add", "-q", str(tmp_path / "linked"))
    allow = ["-c", "protocol.file.allow=always"]
    shop.git(*allow, "submodule", "--quiet", "add", str(inner.root), "inner")
    shop.git("clone", "-q", "--separate-git-dir", str(tmp_path / "apart"), ".", str(tmp_path / "b"))
    for root in (shop.root, tmp_path / "linked", shop.root / "inner", tmp_path / "b"):
        assert Repository.locate(str(root)).snapshot().head is not None


@pytest.mark.parametrize("version", [2, 3, 4])
@pytest.mark.parametrize("form", ["sha1", "sha256"])
def test_a_git_dir_apart_is_known_by_its_index(tmp_path: Path, version: int, form: str) -> None:
    root, apart = tmp_path / "root", tmp_path / "apart"
    words = ["git", "init", "-q", f"--object-format={form}", "--separate-git-dir", str(apart)]
    subprocess.run([*words, str(root)], check=True)
    assert Repository.locate(str(root)).snapshot().head is None

    def git(*words: str) -> None:
        subprocess.run(["git", *words], cwd=root, check=True, capture_output=True)

    (root / "deep" / "er").mkdir(parents=True)
    for name in ("a.py", "deep/b.py", "deep/er/a-name-of-its-own.py", "z.py"):
        (root / name).write_text(f"# {name}\n", "utf-8")
    git("add", ".")
    git("commit", "-q", "-m", "Add files")
    git("update-index", f"--index-version={version}")
    if version == 3:
        git("update-index", "--skip-worktree", "a.py")
    # Only the last file is still the one that was added.
    for name in ("a.py", "deep/b.py"):
        (root / name).unlink()
    os.utime(root / "deep" / "er" / "a-name-of-its-own.py", (1, 1))
    assert Repository.locate(str(root)).snapshot().head is not None
    root.rename(tmp_path / "moved")
    assert Repository.locate(str(tmp_path / "moved")).snapshot().head is not None
    shutil.copytree(tmp_path / "moved", root)
    (root / "z.py").unlink()
    (root / "z.py").write_text("# another one of that name\n", "utf-8")
    with pytest.raises(GitRefused, match=r"run `git config core.worktree \"\$PWD\"` in it"):
        Repository.locate(str(root))
    git("config", "core.worktree", str(root))
    assert Repository.locate(str(root)).snapshot().head is not None


def test_objects_may_be_elsewhere(tmp_path: Path) -> None:
    """As `git clone --shared` and the `repo` tool have it: references are this one's own."""
    shop, store = Shop(tmp_path / "shop"), tmp_path / "store"
    shop.git("clone", "-q", "--shared", ".", str(tmp_path / "shared"))
    assert Repository.locate(str(tmp_path / "shared")).snapshot().head is not None
    (shop.root / ".git" / "objects").rename(store)
    (shop.root / ".git" / "objects").symlink_to(store)
    assert Repository.locate(str(shop.root)).snapshot().head is not None


def test_a_linked_work_tree_that_was_moved_is_told_how_to_be_mended(tmp_path: Path) -> None:
    shop, moved = Shop(tmp_path / "shop"), tmp_path / "moved"
    shop.stage("shop.py", "changed = 1\n")
    shop.git("commit", "-q", "-m", "Add a shop")
    shop.git("worktree", "add", "-q", str(tmp_path / "linked"))
    (tmp_path / "linked").rename(moved)
    with pytest.raises(GitRefused, match="if you moved it here, run `git worktree repair` in it"):
        Repository.locate(str(moved))
    subprocess.run(["git", "worktree", "repair"], cwd=moved, check=True, capture_output=True)
    assert Repository.locate(str(moved)).snapshot().head is not None
