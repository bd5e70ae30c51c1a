"""`aircher review`: the faults of what is staged, of a branch, or of a file."""

from __future__ import annotations

import argparse
import os
import re
import sys
from typing import Any

from aircher import applying, git
from aircher.conversation import call, connected
from aircher.keyboard import choice
from aircher.preview import dry_run
from aircher.show import Stream, account, inert, not_sent, plain, styled
from aircher.target import document, lines_range, target
from aircher_protocol.client import Client
from aircher_protocol.commands import Finding, Review

_STYLES = {"error": "1;31", "warning": "1;33", "information": "1;36", "hint": "1;2"}
Fix = tuple[applying.FileChange, ...]
FOUND = 2
"""Exit code of a review that found errors or warnings, so that scripts can tell."""


def run(options: argparse.Namespace) -> int:
    """Reviews. 0 when nothing, or only remarks, were found; 1 when that is not known."""
    params: dict[str, Any] = {"workspace": git.here(), "client": "terminal", "scope": "staged"}
    if options.file:
        path, lines = target(options.file)
        params |= {"document": document(path), "scope": "selection" if lines else "file"}
        if lines:
            params["range"] = lines_range(lines)
    elif options.branch or options.base:
        params["scope"] = "branch"
    for name, value in (
        ("base", options.base),
        ("instruction", options.hint),
        ("model", options.model),
    ):
        if value:
            params[name] = value
    if options.dry_run:
        with connected() as client:
            return dry_run(client, "aircher/review", params)
    if options.json:
        with connected() as client:
            found: Review = call(client, "aircher/review", params, None)
        print(plain(found))
        return _code(found)
    # What streams is not checked yet: it stands on the other channel than the result.
    waiting = Stream(sys.stderr, "reviewing")
    with connected(waiting) as client:
        found = call(client, "aircher/review", params, None)
        waiting.stop()
        # Looked at before anything is shown: what is agreed to later is this and nothing newer.
        fixes = {finding.id: _fix(finding) for finding in found.findings}
        for finding in found.findings:
            _show(finding, fixes[finding.id])
        if not found.findings:
            # Not known to be clean is no result: it is told where errors are.
            print(inert(found.answer.text), file=sys.stdout if found.complete else sys.stderr)
        sys.stdout.flush()
        account(found.answer, sys.stderr)
        not_sent(found.left_out, sys.stderr)
        for dropped in found.dropped:
            line = f"dropped: {inert(dropped.title)} ({inert(dropped.why)})"
            print(styled(line, "2", sys.stderr), file=sys.stderr)
        _offer(client, found, fixes)
    return _code(found)


def _code(found: Review) -> int:
    if any(f.severity in ("error", "warning") for f in found.findings):
        return FOUND
    return 0 if found.complete else 1


def _fix(finding: Finding) -> Fix | None:
    """A small remedy as a change of the file; None when the file is not as it was reviewed."""
    if finding.fix is None:
        return None
    found = applying.changes(finding.fix)
    lines = re.split("\r\n|\r|\n", found[0].before or "") if found else []
    first = finding.range.start.line
    quote = finding.quote.split("\n")
    same = [line.rstrip() for line in lines[first : first + len(quote)]]
    return found if same == [line.rstrip() for line in quote] else None


def _show(finding: Finding, fix: Fix | None) -> None:
    path = os.path.relpath(applying.path_of(finding.uri))
    where = f"{path}:{finding.range.start.line + 1}"
    head = styled(finding.severity.value, _STYLES[finding.severity], sys.stdout)
    print(f"{where}: {head}: {inert(finding.title)}")
    for line in finding.quote.split("\n"):
        print(styled(f"    {inert(line)}", "2", sys.stdout))
    print(f"  {inert(finding.why)}")
    if fix is not None:
        print("  There is a small fix for it:" if sys.stdin.isatty() else "  Fix:")
        applying.show(fix, sys.stdout)
    print()


def _offer(client: Client, found: Review, fixes: dict[str, Fix | None]) -> None:
    """Asks for each small fix; positions are of the file as it is now, so one file, one fix."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return
    written: set[str] = set()
    for finding in found.findings:
        fix = fixes[finding.id]
        if fix is None or finding.uri in written:
            continue
        key = choice(f"\nFix `{inert(finding.title)}`? [n]o [y]es [s]top ", "nys")
        print({"y": "yes", "s": "stop"}.get(key, "no"), flush=True)
        if key in ("s", ""):
            return
        if key == "y":
            applying.write(fix)
            written.add(finding.uri)
        outcome = "applied" if key == "y" else "dismissed"
        client.call(
            "aircher/feedback",
            {
                "operation": found.answer.request_id,
                "outcome": outcome,
                "finding": finding.id,
            },
        )
