"""`aircher task`: what a message would be taken for, and teaching the daemon better."""

from __future__ import annotations

import argparse

from aircher import git
from aircher.show import Failed
from aircher_protocol.client import Client
from aircher_protocol.types import DetectedTask, TaskCorrections, TaskKind


def run(options: argparse.Namespace) -> int:
    """Detects, corrects, lists or resets."""
    words = " ".join(options.words)
    if options.action in ("list", "reset") and words:
        raise Failed(f"`aircher task {options.action}` takes no message; leave it out.")
    with Client(name="terminal") as client:
        if options.action == "detect":
            params = {"message": words, "workspace": git.here()}
            found: DetectedTask = client.call("aircher/detectTask", params)
            reasons = ", ".join(dict.fromkeys(piece.text for piece in found.evidence))
            print(
                f"{found.task.value} {found.confidence:.2f}" + (f": {reasons}" if reasons else "")
            )
        elif options.action == "correct":
            _correct(client, options.words)
        else:
            _list(client.call("aircher/correctTask", {"reset": options.action == "reset"}))
    return 0


def _correct(client: Client, words: list[str]) -> None:
    names = [task.value for task in TaskKind]
    if not words or words[0] not in names:
        raise Failed(f"Say first what the message was: one of {', '.join(names)}.")
    task, message = words[0], " ".join(words[1:])
    params = {"task": task, "message": message, "workspace": git.here()}
    kept: TaskCorrections = client.call("aircher/correctTask", params)
    print(f"Learned: {task}. {len(kept.corrections)} kept; `aircher task reset` forgets them.")


def _list(kept: TaskCorrections) -> None:
    for one in kept.corrections:
        print(f"{one.day}  {one.task.value:16}  {one.hint}")
    if not kept.corrections:
        print("Nothing was corrected.")
