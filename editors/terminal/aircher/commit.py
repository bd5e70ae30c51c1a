"""`aircher commit`: show the message; accept, edit, write again with a hint, or leave it."""

from __future__ import annotations

import argparse
import os
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from aircher import git
from aircher.show import Failed, Stream, account, inert, plain, styled
from aircher_protocol.client import Client
from aircher_protocol.types import CommitMessage, PlanResult

_CHOICES = "[a]ccept  [e]dit  [r]egenerate  [c]ancel > "


def run(options: argparse.Namespace) -> int:
    """Writes the message and does with it what the options say, or asks."""
    params: dict[str, Any] = {"workspace": git.here(), "amend": options.amend, "client": "terminal"}
    if options.hint:
        params["hint"] = options.hint
    if options.model:
        params["model"] = options.model
    with Client(name="terminal") as client:
        if options.dry_run:
            return _dry_run(client, params)
        interactive = sys.stdin.isatty() and sys.stdout.isatty()
        if options.json:
            print(plain(client.call("aircher/commitMessage", params)))
            return 0
        if options.print or not (interactive or options.apply):
            written = _write(client, params, sys.stderr if sys.stderr.isatty() else None)
            print(inert(written.answer.text))
            return 0
        written = _write(client, params, sys.stdout)
        if options.apply:
            return _commit(written.answer.text, options.amend)
        return _ask(client, params, written, options.amend)


def _write(client: Client, params: dict[str, Any], out: Any) -> CommitMessage:
    stream = Stream(out, "writing a message") if out is not None else None
    try:
        written: CommitMessage = client.call("aircher/commitMessage", params, on_delta=stream)
    finally:
        if stream is not None:
            stream.clear()
    if stream is not None:
        stream.finish(written.answer.text)
        print(file=out)
        account(written.answer, out)
    told = out if out is not None else sys.stderr
    if out is None:
        account(written.answer, told)
    for left in written.left_out:
        print(styled(f"not sent: {inert(left.path)} ({left.why})", "2", told), file=told)
    for check in written.checks:
        if not check.ok:
            print(styled(f"check {check.rule}: {inert(check.detail)}", "33", told), file=told)
    return written


def _ask(client: Client, params: dict[str, Any], written: CommitMessage, amend: bool) -> int:
    text = written.answer.text
    while True:
        print()
        try:
            choice = input(_CHOICES).strip().lower()[:1]
        except EOFError:
            choice = "c"
        if choice in ("a", ""):
            return _commit(text, amend)
        if choice == "e":
            text = _edit(text)
            if not text.strip():
                print("The message is empty; nothing was committed.")
                return 1
            print(inert(text))
        elif choice == "r":
            hint = input("What should it say? (empty: just another one) > ").strip()
            params = {**params, "previous": text}
            if hint:
                params["hint"] = hint
            print()
            text = _write(client, params, sys.stdout).answer.text
        elif choice == "c":
            print("Nothing was committed; what is staged stays staged.")
            return 1


def _edit(text: str) -> str:
    editor = os.environ.get("GIT_EDITOR") or git.output("var", "GIT_EDITOR")
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


def _dry_run(client: Client, params: dict[str, Any]) -> int:
    seen: PlanResult = client.call(
        "aircher/plan", {"method": "aircher/commitMessage", "params": params}
    )
    if seen.origin is None:
        print("Nothing would be sent: the message would be drafted by rule, on this machine.")
    else:
        for message in seen.messages:
            print(styled(f"--- {message.role}", "1", sys.stdout))
            print(inert(message.content))
        print()
        print(f"to        {seen.provider}/{seen.model} at {seen.origin}")
        print(f"why       {inert(seen.reason.summary)}")
        print(f"size      {seen.prompt_bytes:,} bytes, about {seen.prompt_tokens:,} tokens")
        print(f"at most   {seen.worst.text} (probably {seen.expected.text})")
        print("Nothing was sent.")
    for left in seen.left_out:
        print(f"not sent  {inert(left.path)} ({left.why})")
    for notice in seen.notices:
        print(inert(notice))
    return 0
