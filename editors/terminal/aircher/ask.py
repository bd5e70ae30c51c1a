"""`aircher ask`: a question, and the answer as it comes."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from aircher import git
from aircher.conversation import call, connected
from aircher.markdown import MarkdownStream
from aircher.show import Failed, account, not_sent, plain
from aircher_protocol.commands import AskResult

_LARGEST = 4 * 1024 * 1024


def run(options: argparse.Namespace) -> int:
    """Asks. The answer goes to stdout, everything about it to stderr."""
    words = " ".join(options.question)
    if words == "-":
        words = sys.stdin.read(_LARGEST)
    elif not sys.stdin.isatty():
        # `git diff | aircher ask "is this safe?"`
        piped = sys.stdin.read(_LARGEST)
        words = f"{words}\n\n{piped}" if piped.strip() else words
    if not words.strip():
        raise Failed("There is no question; write one behind `aircher ask`.")
    params: dict[str, Any] = {"prompt": words, "workspace": git.here(), "client": "terminal"}
    if options.model:
        params["model"] = options.model
    if options.send_secret:
        params["sendSecrets"] = options.send_secret
    if options.json:
        with connected() as client:
            print(plain(call(client, "aircher/ask", params, None)))
            return 0
    stream = MarkdownStream(sys.stdout)
    with connected(stream) as client:
        while True:
            found: AskResult = call(client, "aircher/ask", params, stream)
            stream.finish(found.answer.text)
            if sys.stdout.isatty() and sys.stderr.isatty():
                print(flush=True)
            account(found.answer, sys.stderr)
            not_sent(found.left_out, sys.stderr)
            words = _next() if options.talk else ""
            if not words:
                return 0
            params |= {"prompt": words, "conversation": found.conversation}
            stream = MarkdownStream(sys.stdout)


def _next() -> str:
    """The next question; empty when there is none any more."""
    try:
        return input("\n> ").strip()
    except EOFError:
        return ""
