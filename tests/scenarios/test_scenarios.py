"""Plays every text file beside it: a repository, what the model says, what must come of it.

A file has sections, each begun by a line `== name`:

    about      what it shows (not read)
    history    one past commit a line
    branch     the branch's name
    head       files as committed; each begun by a line `-- path`
    staged     files as staged, likewise; `-- path (deleted)`, `-- path (renamed from old)`,
               `-- path (bytes)` with hex, `-- path (repeated N)` repeat the text below N times
    git        further git commands, one a line, run before staging
    config     the user's config.toml; `BASE` is the model's address
    says       what the model says, a section for each call; `status 503 {body}` refuses
    hint       what the user wants said
    expect     `key: text` a line: subject, body, text, provider, kind (of an error), notice,
               left out, calls (how many the model got), sent / not sent (a text in the prompt),
               broken (a rule of the convention the message breaks)
"""

from __future__ import annotations

import subprocess
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from fakes.scripted import Exchange, far_side
from sessions.conftest import configure, provider
from sessions.editor import Failed, in_process

HERE = Path(__file__).parent
FILES = sorted(path.stem for path in HERE.glob("*.txt"))
Sections = dict[str, list[str]]


def read(name: str) -> Sections:
    """The file's sections by name; a name may come several times."""
    found: Sections = defaultdict(list)
    current: list[str] | None = None
    for line in (HERE / f"{name}.txt").read_text("utf-8").splitlines():
        if line.startswith("== "):
            current = found[line[3:].strip()]
            current.append("")
        elif current is not None:
            current[-1] += line + "\n"
    return found


def one(sections: Sections, name: str) -> str:
    return sections[name][0] if sections[name] else ""


class Repository:
    """A real git repository, made as the file says."""

    def __init__(self, root: Path) -> None:
        self.root = root
        root.mkdir()
        self.git("init", "-q")

    def git(self, *words: str) -> None:
        subprocess.run(["git", *words], cwd=self.root, check=True, capture_output=True)

    def write(self, section: str) -> None:
        for part in ("\n" + section).split("\n-- ")[1:]:
            head, _, text = part.partition("\n")
            name, _, how = head.partition(" (")
            how = how.rstrip(")")
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            text = text if text.endswith("\n") or not text else text + "\n"
            if how == "deleted":
                self.git("rm", "-q", name)
            elif how.startswith("renamed from "):
                self.git("mv", how.removeprefix("renamed from "), name)
            elif how == "bytes":
                path.write_bytes(bytes.fromhex(text))
            elif how.startswith("repeated "):
                count = int(how.removeprefix("repeated "))
                path.write_text("".join(text.replace("N", str(n)) for n in range(count)), "utf-8")
            else:
                path.write_text(text, "utf-8")

    def commit(self, subjects: list[str]) -> None:
        for subject in subjects:
            self.git("commit", "-q", "--allow-empty", "-m", subject.replace("\\n", "\n"))


def made(sections: Sections, root: Path) -> Repository:
    repository = Repository(root)
    head = one(sections, "head")
    subjects = [line for line in one(sections, "history").splitlines() if line.strip()]
    if head:
        repository.write(head)
        repository.git("add", "-A")
    if head or subjects:
        repository.commit(subjects or ["Begin"])
    if sections["branch"]:
        repository.git("checkout", "-q", "-b", one(sections, "branch").strip())
    for line in one(sections, "git").splitlines():
        subprocess.run(
            ["git", *line.split()], cwd=repository.root, capture_output=True, check=False
        )
    repository.write(one(sections, "staged"))
    repository.git("add", "-A")
    return repository


@pytest.mark.parametrize("name", FILES)
async def test_scenario(name: str, tmp_path: Path) -> None:
    sections = read(name)
    repository = made(sections, tmp_path / "work")
    says = list(sections["says"])
    prompts: list[str] = []

    async def model(exchange: Exchange) -> None:
        prompts.append(exchange.body.decode())
        said = (says.pop(0) if len(says) > 1 else says[0]).rstrip("\n")
        if said.startswith("status "):
            _, status, body = said.split(" ", 2)
            await exchange.start(f"{status} Refused", "application/json")
            await exchange.send(body.encode())
            return
        await exchange.start()
        for start in range(0, len(said), 7):
            await exchange.text(said[start : start + 7])
        await exchange.finish()

    async with far_side(model) as far:
        config = one(sections, "config")
        if says:
            config += provider("acme", far.base)
        configure(config.replace("BASE", far.base))
        async with in_process() as window:
            editor = await window()
            await editor.initialize()
            params: dict[str, Any] = {"workspace": str(repository.root), "deltaToken": "t"}
            if sections["hint"]:
                params["hint"] = one(sections, "hint").strip()
            try:
                answer = await editor.ask("aircher/commitMessage", **params)
            except Failed as failed:
                answer = {"kind": failed.kind, "message": str(failed)}
            else:
                assert editor.shown == answer["answer"]["text"], "what was shown is what it is"
            await editor.leave()
    check(one(sections, "expect"), answer, prompts)


def check(expected: str, answer: dict[str, Any], prompts: list[str]) -> None:
    told = answer.get("answer", {})
    prompt = prompts[0] if prompts else ""
    for line in expected.splitlines():
        if not line.strip():
            continue
        key, _, wanted = line.partition(": ")
        wanted = wanted.replace("\\n", "\n").strip(" ")
        match key:
            case "subject" | "kind" | "convention":
                assert answer.get(key) == wanted, answer
            case "message":
                assert wanted in answer["message"]
            case "subject begins":
                assert answer["subject"].startswith(wanted), answer["subject"]
            case "subject holds":
                assert wanted in answer["subject"], answer["subject"]
            case "subject lacks":
                assert wanted not in answer["subject"], answer["subject"]
            case "body":
                assert answer["body"] == wanted, answer["body"]
            case "body holds":
                assert wanted in answer["body"], answer["body"]
            case "longest":
                assert len(answer["subject"]) <= int(wanted), answer["subject"]
            case "provider":
                assert told["provider"] == wanted, told
            case "notice":
                assert any(wanted in notice for notice in told["notices"]), told["notices"]
            case "left out":
                lines = [f"{item['path']} {item['why']}" for item in answer["leftOut"]]
                assert any(wanted in item for item in lines), lines
            case "calls":
                assert len(prompts) == int(wanted), len(prompts)
            case "sent":
                assert wanted in prompt, prompt
            case "not sent":
                assert wanted not in prompt
            case "files":
                assert answer["files"] == int(wanted)
            case "repaired":
                fixed = [c["rule"] for c in answer["checks"] if c["repaired"]]
                assert wanted in fixed, answer["checks"]
            case "broken":
                broken = [c["rule"] for c in answer["checks"] if not c["ok"]]
                assert wanted in broken, answer["checks"]
            case _:
                raise AssertionError(f"what does {key!r} expect?")
    if "broken" not in expected and "kind" not in expected:
        assert all(c["ok"] for c in answer["checks"]), answer["checks"]


def test_there_are_enough_scenarios() -> None:
    assert len(FILES) >= 15
