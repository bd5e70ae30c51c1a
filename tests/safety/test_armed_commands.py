"""Every command on a repository that names programs in every way git knows: none of them runs."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from aircher import git
from aircherd import runtime
from aircherd.core.errors import AircherError
from aircherd.workspace.compare import branch_diff
from aircherd.workspace.layout import find
from aircherd.workspace.run import program_folders
from fakes.scripted import Exchange, far_side
from figures import Figure
from sessions.conftest import Shop, configure, provider
from sessions.editor import Editor, Failed

HOOKS = (
    "applypatch-msg", "pre-applypatch", "post-applypatch", "pre-commit", "pre-merge-commit",
    "prepare-commit-msg", "commit-msg", "post-commit", "pre-rebase", "post-checkout", "post-merge",
    "pre-push", "post-rewrite", "post-index-change", "reference-transaction", "fsmonitor-watchman",
    "pre-auto-gc", "sendemail-validate", "update", "pre-receive", "post-receive", "post-update",
    "push-to-checkout", "proc-receive",
)  # fmt: skip
PROGRAMS = (
    "core.fsmonitor", "core.pager", "core.editor", "core.askPass", "core.sshCommand",
    "core.gitProxy", "core.alternateRefsCommand", "diff.external", "diff.evil.command",
    "diff.evil.textconv", "filter.evil.clean", "filter.evil.smudge", "filter.evil.process",
    "filter.lfs.clean", "filter.lfs.process", "merge.evil.driver", "mergetool.evil.cmd",
    "difftool.evil.cmd", "gpg.program", "gpg.ssh.program", "gpg.x509.program",
    "gpg.ssh.defaultKeyCommand", "credential.helper", "remote.origin.uploadpack",
    "remote.origin.receivepack", "remote.origin.vcs", "sequence.editor", "interactive.diffFilter",
    "uploadpack.packObjectsHook", "pager.diff", "pager.log", "pager.status", "man.evil.cmd",
    "browser.evil.cmd", "web.browser", "instaweb.httpd", "sendemail.tocmd", "trailer.x.command",
    "trailer.x.cmd", "submodule.inner.update", "imap.tunnel", "rebase.instructionFormat",
    "log.diffMerges",
)  # fmt: skip
ALIASES = ("status", "diff", "diff-index", "rev-parse", "cat-file", "ls-files", "log", "config")
PLUMBING = frozenset(
    {"diff-index", "diff-files", "diff-tree", "diff", "ls-files", "ls-tree", "cat-file", "log",
     "rev-parse", "rev-list", "config", "for-each-ref", "merge-base", "check-ignore", "status",
     "update-index", "read-tree", "hash-object", "version", "symbolic-ref", "check-attr",
     "show-ref", "name-rev", "mktree"}
)  # fmt: skip


def arm(shop: Shop, outside: Path, canary: Path) -> int:
    """Arms a repository; how many ways there are."""
    program = outside / "program.sh"
    program.write_text(f'#!/bin/sh\necho "$0 $@" >> "{canary}"\ncat 2>/dev/null\n', "utf-8")
    program.chmod(0o755)
    root, git_dir = shop.root, shop.root / ".git"
    hooks = root / "hooks"
    hooks.mkdir()
    for folder in (hooks, git_dir / "hooks"):
        for hook in HOOKS:
            shutil.copy(program, folder / hook)
    shop.git("config", "core.hooksPath", str(hooks))
    for key in PROGRAMS:
        shop.git("config", key, str(program))
    for alias in ALIASES:
        shop.git("config", f"alias.{alias}", f"!{program}")
    for key, value in (
        ("log.showSignature", "true"), ("commit.gpgSign", "true"), ("diff.tool", "evil"),
        ("merge.tool", "evil"), ("remote.origin.url", f"ext::{program}"),
        ("remote.origin.promisor", "true"), ("remote.origin.partialCloneFilter", "blob:none"),
        ("extensions.partialClone", "origin"), ("core.repositoryFormatVersion", "1"),
        ("url.ext::sh.insteadOf", "https://"), ("protocol.ext.allow", "always"),
        ("core.attributesFile", str(outside / "attributes")),
        ("include.path", str(outside / "included")),
        ("core.untrackedCache", "true"), ("safe.directory", "*"), ("gc.auto", "1"),
        ("maintenance.auto", "true"), ("core.commentChar", ";"), ("help.autoCorrect", "immediate"),
    ):  # fmt: skip
        shop.git("config", key, value)
    (outside / "included").write_text(f"[core]\n\tfsmonitor = {program}\n", "utf-8")
    (outside / "attributes").write_text("* filter=evil diff=evil merge=evil\n", "utf-8")
    (git_dir / "info" / "attributes").write_text("*.txt filter=evil diff=evil\n", "utf-8")
    (git_dir / "info" / "alternates").write_text(f"{outside}\n", "utf-8")
    (root / ".gitattributes").write_text(
        "*.py filter=evil diff=evil merge=evil\n*.bin filter=lfs diff=lfs\n", "utf-8"
    )
    (root / ".gitmodules").write_text(
        f'[submodule "inner"]\n\tpath = inner\n\turl = ext::{program}\n\tupdate = !{program}\n',
        "utf-8",
    )
    for name in (".envrc", ".git-hooks", "Makefile", ".pre-commit-config.yaml", "setup.py"):
        if not (root / name).exists():
            (root / name).write_text(f"all:\n\t{program}\n", "utf-8")
    bare = root / "fixture.git"
    (bare / "objects").mkdir(parents=True)
    (bare / "refs").mkdir()
    (bare / "HEAD").write_text("ref: refs/heads/main\n", "utf-8")
    (bare / "config").write_text(f"[core]\n\tbare = true\n\tfsmonitor = {program}\n", "utf-8")
    return len(PROGRAMS) + 2 * len(HOOKS) + len(ALIASES) + 12


@pytest.fixture
def argv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A git that writes down how it was called, then is git."""
    folder, log = tmp_path / "bin", tmp_path / "argv"
    folder.mkdir()
    real = shutil.which("git")
    (folder / "git").write_text(
        f'#!/bin/sh\nprintf "%s\\n" "$*" >> "{log}"\nexec {real} "$@"\n', "utf-8"
    )
    (folder / "git").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    return log


@pytest.fixture
async def editor(tmp_path: Path) -> AsyncIterator[Editor]:
    async def answer(exchange: Exchange) -> None:
        await exchange.start()
        await exchange.text("Add the mean")
        await exchange.finish()

    async with far_side(answer) as far:
        configure(provider("acme", far.base))
        async with watched_daemon(tmp_path / "execve") as window:
            await window.initialize()
            yield window
            await window.leave()


@asynccontextmanager
async def watched_daemon(trace: Path) -> AsyncIterator[Editor]:
    """A daemon each of whose programs the kernel tells of, where there is strace."""
    strace = shutil.which("strace")
    watch = [strace, "-f", "-qq", "-s", "400", "-e", "trace=execve", "-o", str(trace)]
    daemon = await asyncio.create_subprocess_exec(
        *(watch if strace else []), sys.executable, "-m", "aircherd", "serve",
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        path = Path(runtime.socket_path())
        async with asyncio.timeout(90):
            while not path.exists():
                await asyncio.sleep(0.05)
        reader, writer = await asyncio.open_unix_connection(str(path))

        async def end() -> None:
            return None

        yield Editor(reader, writer, end)
    finally:
        stop = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "aircherd", "stop", stdout=subprocess.DEVNULL
        )
        await stop.wait()
        await daemon.wait()


async def test_no_command_runs_what_a_repository_names(
    tmp_path: Path, shop: Shop, argv: Path, editor: Editor, figure: Figure
) -> None:
    outside, canary = tmp_path / "outside", tmp_path / "canary"
    outside.mkdir()
    shop.git("switch", "-q", "-c", "more")
    shop.stage("shop.py", "def mean(prices):\n    return 1\n")
    shop.git("commit", "-q", "-m", "Add the mean")
    shop.stage("notes.txt", "staged\n")
    shop.write("shop.py", "changed = 1\n")
    ways = arm(shop, outside, canary)
    assert ways >= 40
    subprocess.run(["git", "diff"], cwd=shop.root, capture_output=True, check=False)
    assert canary.exists(), "plain git runs them, so that this test can fail"
    canary.unlink()
    argv.unlink()
    where, file = str(shop.root), {"uri": f"file://{shop.root}/shop.py"}
    span = {"start": {"line": 0, "character": 0}, "end": {"line": 1, "character": 0}}
    editor.notify(
        "textDocument/didOpen",
        {"textDocument": {**file, "languageId": "python", "version": 1, "text": "changed = 1\n"}},
    )
    answered, refused = 0, []
    for method, params in (
        ("aircher/workspace", {"workspace": where, "sync": True}),
        ("aircher/detectTask", {"message": "what next?", "workspace": where}),
        ("aircher/commitMessage", {"workspace": where}),
        ("aircher/commitMessage", {"workspace": where, "amend": True}),
        ("aircher/plan", {"method": "aircher/commitMessage", "params": {"workspace": where}}),
        ("aircher/review", {"workspace": where, "scope": "staged"}),
        ("aircher/review", {"workspace": where, "scope": "branch", "base": "main"}),
        ("aircher/review", {"workspace": where, "scope": "branch", "base": "--upload-pack=x"}),
        ("aircher/summarize", {"workspace": where, "scope": "diff"}),
        ("aircher/summarize", {"workspace": where, "scope": "log"}),
        ("aircher/explain", {"document": file, "range": span}),
        ("aircher/fix", {"document": file, "range": span, "error": "it fails"}),
        ("aircher/ask", {"prompt": "why?", "workspace": where, "document": file}),
        ("aircher/trust", {"workspace": where}),
        ("aircher/commitMessage", {"workspace": str(shop.root / "fixture.git")}),
        ("aircher/review", {"workspace": str(shop.root / "fixture.git"), "scope": "staged"}),
    ):
        try:
            await editor.ask(method, **params)
            answered += 1
        except Failed as error:
            refused.append(error.kind)
    assert answered >= 11, refused
    assert "unknown" not in refused
    await asyncio.sleep(0.3)
    assert not canary.exists(), canary.read_text("utf-8")
    calls = argv.read_text("utf-8").splitlines()
    assert calls
    for call in calls:
        words = [word for word in call.split() if not word.startswith("-") and "=" not in word]
        assert words[0] in PLUMBING, call
    trace = tmp_path / "execve"
    if trace.exists():
        told = [line for line in trace.read_text("utf-8").splitlines() if "execve(" in line]
        ran = {line.split('execve("')[1].split('"')[0] for line in told}
        ours = {str(tmp_path / "bin" / "git"), sys.executable}
        assert {Path(name).name for name in ran - ours} <= {"git", "python", "python3"}, ran
        assert any(name.endswith("/git") for name in ran)
    figure(f"{ways} ways to name a program, {answered + len(refused)} requests, 0 run")


def test_importing_runs_nothing_and_asks_nobody(figure: Figure) -> None:
    code = (
        "import sys, pkgutil, importlib\n"
        "seen = []\n"
        "watched = ('subprocess.Popen', 'os.exec', 'os.posix_spawn', 'os.fork', 'os.system',"
        " 'socket.connect', 'socket.getaddrinfo', 'socket.bind', 'socket.sendto')\n"
        "sys.addaudithook(lambda e, a: seen.append(e) if e in watched else None)\n"
        "import aircherd, aircher, aircher_protocol\n"
        "for one in (aircherd, aircher, aircher_protocol):\n"
        "    for found in pkgutil.walk_packages(one.__path__, one.__name__ + '.'):\n"
        "        if not found.name.endswith('__main__'):\n"
        "            importlib.import_module(found.name)\n"
        "count = sum(name.startswith('aircher') for name in sys.modules)\n"
        "print(count, seen)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    count, seen = done.stdout.split(" ", 1)
    assert int(count) > 200
    assert seen.strip() == "[]"
    figure(f"{count} modules imported, 0 programs, 0 connections")


def test_locating_a_repository_runs_only_our_own_git(shop: Shop, argv: Path) -> None:
    """GitPython is a locator: it must not run so much as `git version`."""
    code = (
        "import sys\nfrom aircherd.workspace.git import Repository\n"
        "Repository.locate(sys.argv[1]).snapshot()\n"
    )
    subprocess.run([sys.executable, "-c", code, str(shop.root)], check=True)
    assert "version" not in argv.read_text("utf-8").split()


@pytest.mark.parametrize("base", ["--upload-pack=touch owned", "--output=owned", "-O", "--help"])
def test_no_name_becomes_an_option(shop: Shop, argv: Path, base: str) -> None:
    layout = find(str(shop.root))
    argv.unlink(missing_ok=True)
    with pytest.raises(AircherError):
        branch_diff(layout, base, 1 << 20)
    assert not (shop.root / "owned").exists()
    said = argv.read_text("utf-8") if argv.exists() else ""
    for call in said.splitlines():
        before, mark, _ = call.partition("--end-of-options")
        assert base not in before, call
        assert mark or base not in call


PLACES = ("", ".", "bin", "{root}", "{root}/bin", "{link}/bin", "{outer}/link/bin/.")


@pytest.mark.parametrize("place", PLACES)
def test_no_folder_of_a_work_tree_gives_us_its_git(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    """A terminal in an editor puts folders of the workspace on PATH, or `.` stands there."""
    shop.stage("shop.py", "changed = 1\n")
    (shop.root / "bin").mkdir()
    for folder in (shop.root, shop.root / "bin"):
        (folder / "git").write_text(f"#!/bin/sh\ntouch {tmp_path}/owned\nexit 1\n", "utf-8")
        (folder / "git").chmod(0o755)
    (tmp_path / "link").symlink_to(shop.root)
    first = place.format(root=shop.root, link=tmp_path / "link", outer=tmp_path)
    monkeypatch.setenv("PATH", f"{first}:{os.environ['PATH']}")
    code = (
        "import sys\nfrom aircherd.workspace.git import Repository\n"
        "found = Repository.locate(sys.argv[1])\nfound.hints()\n"
        "print(len(found.snapshot().staged))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(shop.root)], cwd=shop.root, capture_output=True, check=True
    )
    assert done.stdout.strip() == b"1"
    assert not (tmp_path / "owned").exists()


@pytest.mark.parametrize("place", [".", "bin", "{root}/bin", "{link}/bin"])
@pytest.mark.parametrize(
    "code",
    [
        "from aircherd.doctor import _tools\n_tools()",
        "from aircher.__main__ import main\nmain(['hook', 'status'])",
        "from aircher import git\nprint(git.commit('Add a change', amend=False))",
        "from aircher import git\nprint(git.output('--version', cwd='/'))",
    ],
    ids=["doctor", "hook", "commit", "elsewhere"],
)
def test_no_command_of_the_terminal_takes_its_git_from_a_work_tree(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str, place: str
) -> None:
    """These run where the user stands, with all of their environment."""
    shop.stage("shop.py", "changed = 1\n")
    (shop.root / "bin").mkdir()
    for folder in (shop.root, shop.root / "bin"):
        (folder / "git").write_text(f"#!/bin/sh\ntouch {tmp_path}/owned\nexit 1\n", "utf-8")
        (folder / "git").chmod(0o755)
    (tmp_path / "link").symlink_to(shop.root)
    first = place.format(root=shop.root, link=tmp_path / "link")
    monkeypatch.setenv("PATH", f"{first}:{os.environ['PATH']}")
    subprocess.run([sys.executable, "-c", code], cwd=shop.root, capture_output=True, check=True)
    assert not (tmp_path / "owned").exists()


def test_a_home_kept_in_git_has_its_own_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    """There git may stand in `~/.local/bin` alone."""
    home, own = str(Path.home()), str(Path.home() / ".local" / "bin")
    monkeypatch.setenv("PATH", f"{own}:.")
    assert (program_folders(home), git._folders(home)) == (own, [own])
    assert (program_folders(own), git._folders(own)) == ("", [])


async def test_trying_it_out_on_any_repository_runs_nothing_of_it(
    tmp_path: Path, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`aircher try` shows what is staged by the user's own git; `.` may stand on PATH."""
    outside, canary = tmp_path / "outside", tmp_path / "canary"
    outside.mkdir()
    shop.stage("shop.py", "def mean(prices):\n    return 1\n")
    arm(shop, outside, canary)
    subprocess.run(["git", "diff", "--cached"], cwd=shop.root, capture_output=True, check=False)
    assert canary.exists(), "plain git runs them, so that this test can fail"
    canary.unlink()
    shutil.copy(outside / "program.sh", shop.root / "git")
    monkeypatch.setenv("PATH", f".:{os.environ['PATH']}")
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "aircher", "try", str(shop.root), cwd=tmp_path,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    said, _ = await process.communicate()
    assert process.returncode == 0, said.decode()
    assert b"shop.py | " in said
    assert b"aircher/rules" in said
    assert not canary.exists(), canary.read_text("utf-8")


SHADOWS = ("json", "argparse", "asyncio", "socket", "aircher", "aircherd", "aircher_protocol")


@pytest.mark.parametrize(
    "words",
    [("config", "path"), ("doctor",), ("offline", "auto"), ("hook", "run"), ("commit", "--print")],
    ids=lambda words: words[0],
)
async def test_no_module_of_a_work_tree_is_taken_for_ours(
    tmp_path: Path, shop: Shop, words: tuple[str, ...]
) -> None:
    """`python -m` would look into the folder one stands in before anywhere else."""
    canary = tmp_path / "canary"
    code = f"import os\nos.close(os.open({str(canary)!r}, os.O_CREAT))\n"
    for name in SHADOWS:
        folder = shop.root / name
        folder.mkdir()
        for file in ("__init__.py", "__main__.py"):
            (folder / file).write_text(code, "utf-8")
    shop.stage("shop.py", "def mean(prices):\n    return 1\n")
    ours = (sys.executable, "-P", "-m", "aircher")
    command: tuple[str, ...] = (*ours, *words)
    if words[0] == "hook":
        subprocess.run([*ours, "hook", "install"], cwd=shop.root, check=True, capture_output=True)
        command = ("git", "-c", "core.editor=true", "commit")
    try:
        process = await asyncio.create_subprocess_exec(
            *command, cwd=shop.root,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        said, _ = await process.communicate()
    finally:
        stop = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "aircherd", "stop", cwd=tmp_path, stdout=subprocess.DEVNULL
        )
        await stop.wait()
    assert not canary.exists(), said.decode()
    assert process.returncode == 0 or words[0] == "doctor", said.decode()
