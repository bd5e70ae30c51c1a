"""`aircher commit`: show the message; accept, edit, write again with a hint, or leave it."""

from __future__ import annotations

import argparse
import os
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, TextIO

from aircher import git
from aircher.conversation import call, connected
from aircher.keyboard import choice
from aircher.preview import bill
from aircher.show import Failed, Stream, account, inert, plain, styled
from aircher_protocol.client import Client
from aircher_protocol.types import CommitMessage, PlanResult

_WAITING = "writing a message"
_CHOICES = "[a]ccept [e]dit [r]egenerate [c]ancel? "
_WORDS = {"a": "accept", "e": "edit", "r": "regenerate", "c": "cancel", "": "cancel"}
_NOTHING = "Nothing was committed; what is staged stays staged."


def run(options: argparse.Namespace) -> int:
    """Writes the message and does with it what the options say, or asks."""
    params: dict[str, Any] = {"workspace": git.here(), "amend": options.amend, "client": "terminal"}
    if options.hint:
        params["hint"] = options.hint
    if options.model:
        params["model"] = options.model
    if options.send_secret:
        params["sendSecrets"] = options.send_secret
    interactive = sys.stdin.isatty() and sys.stdout.isatty()
    if options.dry_run:
        with connected() as client:
            return _dry_run(client, params, options.exact)
    if options.json:
        with connected() as client:
            print(plain(call(client, "aircher/commitMessage", params, None)))
            return 0
    if options.print or not (interactive or options.apply):
        return _print(params)
    stream = Stream(sys.stdout, _WAITING)
    with connected(stream) as client:
        text = _write(client, params, stream)
        if options.apply:
            return _commit(text, options.amend)
        try:
            return _ask(client, params, text, options.amend)
        except KeyboardInterrupt:
            print(f"\n{_NOTHING}")
            return 130


def _print(params: dict[str, Any]) -> int:
    """The message alone on stdout; what is said about it on stderr."""
    waiting = Stream(sys.stderr, _WAITING)
    with connected(waiting) as client:
        written: CommitMessage = call(client, "aircher/commitMessage", params, None)
    waiting.stop()
    print(inert(written.answer.text), flush=True)
    _explain(written, sys.stderr)
    return 0


def _write(client: Client, params: dict[str, Any], stream: Stream) -> str:
    """Shows a message as it comes, and then what there is to know about it."""
    written: CommitMessage = call(client, "aircher/commitMessage", params, stream)
    stream.finish(written.answer.text)
    print()
    _explain(written, sys.stdout)
    return written.answer.text


def _explain(written: CommitMessage, out: TextIO) -> None:
    account(written.answer, out)
    for left in written.left_out:
        print(styled(f"not sent: {inert(left.path)} ({left.why})", "2", out), file=out)
    mended = [check.rule for check in written.checks if check.repaired]
    if mended:
        again = sum(attempt.outcome == "done" for attempt in written.answer.attempts) > 1
        how = "the model was asked once more" if again else "by rule"
        print(
            styled(f"mended to fit this repository: {', '.join(mended)} ({how})", "2", out),
            file=out,
        )
    for check in written.checks:
        if not check.ok:
            print(styled(f"check {check.rule}: {inert(check.detail)}", "33", out), file=out)


def _ask(client: Client, params: dict[str, Any], text: str, amend: bool) -> int:
    while True:
        key = choice(f"\n{_CHOICES}", "aerc")
        print(_WORDS.get(key, key), flush=True)
        if key == "a":
            return _commit(text, amend)
        if key == "e":
            text = _edit(text)
            if not text.strip():
                print("The message is empty; nothing was committed.")
                return 1
            print(inert(text))
        elif key == "r":
            hint = input("What should it say? (Enter: anything) ").strip()
            params = {**params, "previous": text}
            if hint:
                params["hint"] = hint
            print()
            text = _write(client, params, Stream(sys.stdout, _WAITING))
        else:
            print(_NOTHING)
            return 1


def _edit(text: str) -> str:
    editor = os.environ.get("GIT_EDITOR") or git.output("var", "GIT_EDITOR", cwd="/")
    with tempfile.TemporaryDirectory(prefix="aircher-") as folder:
        file = Path(folder) / "COMMIT_EDITMSG"
        file.write_text(text + "\n", "utf-8")
        done = subprocess.run([*shlex.split(editor), str(file)], check=False)
        if done.returncode:
            raise Failed(f"The editor {editor!r} failed; set $EDITOR to one that works.")
        return file.read_text("utf-8").rstrip("\n")


def _commit(text: str, amend: bool) -> int:
    code = git.commit(text, amend=amend)
    if code:
        handle, name = tempfile.mkstemp(prefix="aircher-message-", suffix=".txt")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text + "\n")
        raise Failed(
            f"git did not commit (see above). The message is kept in {name}; "
            f"use it with `git commit -F {name}`."
        )
    return 0


def _dry_run(client: Client, params: dict[str, Any], exact: bool) -> int:
    seen: PlanResult = client.call(
        "aircher/plan", {"method": "aircher/commitMessage", "params": params}
    )
    if exact and seen.body is not None:
        print(inert(seen.body))
        return 0
    if seen.origin is None:
        print("Nothing would be sent: the message would be drafted by rule, on this machine.")
    else:
        for message in seen.messages:
            print(styled(f"--- {message.role}", "1", sys.stdout))
            print(inert(message.content))
        print()
        bill(seen, "; --exact shows it")
    for left in seen.left_out:
        print(f"not sent  {inert(left.path)} ({left.why})")
    for notice in seen.notices:
        print(inert(notice))
    return 0
