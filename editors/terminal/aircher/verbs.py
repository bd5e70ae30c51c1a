"""`aircher explain`, `summarize`, `fix`, `document`, `refactor` and `generate`."""

from __future__ import annotations

import argparse
import sys
from typing import Any, TextIO

from aircher import applying, git
from aircher.conversation import call, connected
from aircher.keyboard import choice
from aircher.markdown import MarkdownStream
from aircher.preview import dry_run
from aircher.show import Failed, Stream, account, inert, not_sent, plain, styled
from aircher.target import document, lines_range, target
from aircher_protocol.commands import EditProposal, Prose

_LARGEST = 4 << 20
_NOTHING = "Nothing was changed."


def explain(options: argparse.Namespace) -> int:
    """What code does."""
    params = _common(options)
    if options.file:
        _aim(params, options.file)
    return _prose("aircher/explain", params, options, "reading")


def summarize(options: argparse.Namespace) -> int:
    """A short account of a file, a change, a branch or its commits."""
    params = _common(options)
    params["scope"] = "diff"
    if options.file:
        _aim(params, options.file)
        params["scope"] = "file"
    elif options.branch or options.log:
        params["scope"] = "branch" if options.branch else "log"
    if options.base:
        params["base"] = options.base
    return _prose("aircher/summarize", params, options, "reading")


def fix(options: argparse.Namespace) -> int:
    """The remedy of a problem."""
    params = _common(options)
    _aim(params, options.file)
    error = " ".join(options.error)
    if error == "-" or (not error and not sys.stdin.isatty()):
        # `pytest 2>&1 | aircher fix shop.py`
        error = sys.stdin.read(_LARGEST)
    if not error.strip() and not options.hint:
        raise Failed("There is no error to mend; write it behind the file, or pipe it in.")
    params["error"] = error
    return _edit("aircher/fix", params, options)


def document_(options: argparse.Namespace) -> int:
    """Documentation of a file, or of lines of it."""
    params = _common(options)
    _aim(params, options.file)
    params["kind"] = "readme" if options.readme else "docstring"
    return _edit("aircher/document", params, options)


def refactor(options: argparse.Namespace) -> int:
    """Another structure with the same behaviour."""
    params = _common(options)
    _aim(params, options.file)
    if "range" not in params:
        count = params["document"]["text"].count("\n") + 1
        params["range"] = lines_range((1, count))
    params["instruction"] = " ".join(options.instruction)
    return _edit("aircher/refactor", params, options)


def generate(options: argparse.Namespace) -> int:
    """New code in front of a line, instead of lines, or tests."""
    params = _common(options)
    _aim(params, options.file)
    lines = params.get("range")
    if not options.tests:
        one_line = lines is not None and lines["end"]["line"] - lines["start"]["line"] == 1
        if lines is None or one_line:
            text = params["document"]["text"]
            end = {"line": text.count("\n"), "character": 0}
            params["position"] = end if lines is None else lines["start"]
            params.pop("range", None)
    params["instruction"] = " ".join(options.instruction)
    params["kind"] = "tests" if options.tests else "code"
    return _edit("aircher/generate", params, options)


def _common(options: argparse.Namespace) -> dict[str, Any]:
    params: dict[str, Any] = {"workspace": git.here(), "client": "terminal"}
    if options.model:
        params["model"] = options.model
    if options.send_secret:
        params["sendSecrets"] = options.send_secret
    if getattr(options, "hint", None):
        params["instruction"] = options.hint
    return params


def _aim(params: dict[str, Any], said: str) -> None:
    path, lines = target(said)
    params["document"] = document(path)
    if lines is not None:
        params["range"] = lines_range(lines)


def _prose(method: str, params: dict[str, Any], options: argparse.Namespace, waiting: str) -> int:
    if options.dry_run:
        with connected() as client:
            return dry_run(client, method, params)
    if options.json:
        with connected() as client:
            print(plain(call(client, method, params, None)))
            return 0
    stream = MarkdownStream(sys.stdout, waiting)
    with connected(stream) as client:
        found: Prose = call(client, method, params, stream)
    stream.finish(found.answer.text)
    account(found.answer, sys.stderr)
    not_sent(found.left_out, sys.stderr)
    return 0


def _edit(method: str, params: dict[str, Any], options: argparse.Namespace) -> int:
    """Shows the edit as a diff; makes it after a yes, or with --apply."""
    if options.dry_run:
        with connected() as client:
            return dry_run(client, method, params)
    if options.json:
        with connected() as client:
            print(plain(call(client, method, params, None)))
            return 0
    stream = Stream(sys.stdout, "writing")
    with connected(stream) as client:
        return _proposed(client, method, params, options, stream)


def _proposed(
    client: Any, method: str, params: dict[str, Any], options: argparse.Namespace, stream: Stream
) -> int:
    """Asks until an edit is made or left. Another one, after a no, is the next better model's."""
    while True:
        found: EditProposal = call(client, method, params, stream)
        stream.finish(found.answer.text)
        print(flush=True)
        if found.edit is None:
            _about(found, sys.stderr)
            return 1
        asked = params["document"]
        sent = {applying.path_of(asked["uri"]): asked["text"]}
        changed = applying.changes(found.edit, sent)
        applying.show(changed, sys.stdout)
        print(flush=True)
        _about(found, sys.stderr)
        key = _agreed(options)
        if key == "y":
            break
        _tell(client, found, "rejected", options)
        if key != "a":
            return 1
        print(flush=True)
        stream = Stream(sys.stdout, "writing")
    applying.write(changed)
    _tell(client, found, "accepted", options)
    names = ", ".join(one.path.name for one in changed)
    print(f"{inert(names)}: done.", file=sys.stderr)
    return 0


def _about(found: EditProposal, out: TextIO) -> None:
    account(found.answer, out)
    not_sent(found.left_out, out)
    checked = found.checked
    mended = " (the model mended it once)" if checked.repaired else ""
    style = "2" if checked.parser else "33"
    print(styled(inert(f"checked: {checked.detail}{mended}"), style, out), file=out)


def _agreed(options: argparse.Namespace) -> str:
    """`y` for an edit that is to be made, `a` for another one, else it is left."""
    if options.apply:
        return "y"
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        print(f"{_NOTHING} Add --apply to make the edit.", file=sys.stderr)
        return "n"
    key = choice("\n[n]o, leave it  [a]nother one  [y]es, make it? ", "nay")
    print({"y": "yes", "a": "another"}.get(key, "no"), flush=True)
    if key not in ("y", "a"):
        print(_NOTHING)
    return key


def _tell(client: Any, found: EditProposal, outcome: str, options: argparse.Namespace) -> None:
    """Says what became of the answer, where a person decided."""
    if options.apply or sys.stdin.isatty():
        client.call("aircher/feedback", {"operation": found.answer.request_id, "outcome": outcome})
