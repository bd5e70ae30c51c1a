"""Whether a log ends in a failure: its last lines, read beneath the root only."""

from __future__ import annotations

import os

from aircherd.workspace.hints import tail_beneath

_END = 32 * 1024
_LINES = 60
_LONGEST = 200
_SUFFIXES = (b".log", b".err", b".stderr")
_NAMES = frozenset((b"nohup.out", b"testlog.txt", b"test-results.txt"))
_SIGNS = (
    "Traceback (most recent call last)", "FAILED", "FAILURE", "FATAL", "fatal:", "ERROR",
    "error:", "error[", "Error:", "Exception:", "panic:", "panicked at", "npm ERR!",
    "npm error", "Segmentation fault", "AssertionError", "BUILD FAILED", "*** [",
)  # fmt: skip
_FINE = ("0 failed", "0 errors", "no errors", "0 FAILED", "errors: 0", "failed: 0")


def is_log(path: bytes) -> bool:
    """Whether the name is that of a log."""
    name = path.rpartition(b"/")[2].lower()
    return name.endswith(_SUFFIXES) or name in _NAMES


def failure(root: str, path: bytes) -> str | None:
    """The last of the closing lines that tells of a failure; None when none does."""
    text = tail_beneath(root, os.fsdecode(path), _END)
    if text is None:
        return None
    for line in reversed(text.splitlines()[-_LINES:]):
        if any(sign in line for sign in _SIGNS) and not any(fine in line for fine in _FINE):
            shown = "".join(c if c.isprintable() else " " for c in line).strip()
            return shown[:_LONGEST]
    return None
