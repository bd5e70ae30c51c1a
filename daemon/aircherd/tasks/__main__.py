"""`python -m aircherd.tasks`: JSON lines in, the task of each out. See `jsonl.py`."""

from __future__ import annotations

import sys

from aircherd.config.detector import bundled
from aircherd.tasks.detector import Detector
from aircherd.tasks.jsonl import MAX_LINE, answer


def main() -> int:
    """Answers until standard input ends. The process's exit code."""
    detector = Detector(bundled())
    source, out = sys.stdin.buffer, sys.stdout.buffer
    while line := source.readline(MAX_LINE * 4):
        text = line.decode("utf-8", "replace").lstrip("\ufeff").strip()
        if text:
            out.write(answer(detector, text).encode() + b"\n")
            out.flush()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
