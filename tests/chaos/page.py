"""What came of many seeds, in figures and as a page."""

from __future__ import annotations

import os
import platform
import subprocess
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Outcome:
    """What came of one seed."""

    seed: int
    wrong: tuple[str, ...]
    """What the oracles found."""
    requests: int
    answered: int
    errors: int
    lost: int
    asked_far: int
    misfortunes: tuple[str, ...]
    faults: dict[str, int]
    """How often far sides did what."""
    late: float
    """Seconds by which the slowest answer came after its deadline, on this machine as it was."""
    billed: int
    """Nano-dollars the far sides billed."""
    booked: int
    """Nano-dollars in the books, which may only be more."""

    def __str__(self) -> str:
        verdict = "ok" if not self.wrong else "WRONG"
        return (
            f"seed {self.seed}: {verdict}; {self.requests} requests, {self.answered} answered, "
            f"{self.errors} typed errors, {self.lost} lost with their connection; "
            f"{self.asked_far} calls out, {sum(self.faults.values())} of them faults; "
            f"slowest {self.late:+.1f} s; {', '.join(self.misfortunes)}"
        )


def summary(outcomes: Sequence[Outcome]) -> list[str]:
    """The figures of all seeds together, a line each."""
    right = sum(not one.wrong for one in outcomes)
    counted = {
        "requests": sum(one.requests for one in outcomes),
        "answered": sum(one.answered for one in outcomes),
        "typed errors": sum(one.errors for one in outcomes),
        "lost with their connection": sum(one.lost for one in outcomes),
        "calls out": sum(one.asked_far for one in outcomes),
        "faults of far sides": sum(sum(one.faults.values()) for one in outcomes),
        "misfortunes": sum(len(one.misfortunes) for one in outcomes),
    }
    billed, booked = (sum(getattr(one, n) for one in outcomes) for n in ("billed", "booked"))
    return [
        f"{right} of {len(outcomes)} seeds right",
        ", ".join(f"{value} {name}" for name, value in counted.items()),
        f"far sides billed ${billed / 1e9:.6f}, booked are ${booked / 1e9:.6f}",
        f"slowest answer {max((one.late for one in outcomes), default=0):+.1f} s of its deadline, "
        "pauses and kills of the daemon included",
    ]


def page(outcomes: Sequence[Outcome], first: int) -> str:
    """A page for people: the command, the figures, each fault and misfortune with its count."""
    faults: Counter[str] = Counter()
    for one in outcomes:
        faults.update(one.faults)
    happened = Counter(what for one in outcomes for what in one.misfortunes)
    lines = [
        "# A daemon under faults",
        "",
        "Made by `python -m chaos.seeds`; not written by hand. Again with:",
        "",
        f"    make chaos SEEDS={len(outcomes)} FIRST={first} PAGE=tests/chaos/RESULT.md",
        "",
        f"Commit {_commit()}, Python {platform.python_version()} on {platform.system()}, "
        f"{os.cpu_count()} cores.",
        "",
        *(f"- {line}" for line in summary(outcomes)),
        "",
        "Each seed is three editors, five scripts, a person at git and a storm of files for a few",
        "seconds, and then three questions: do the far sides' bills, the answers and the books",
        "agree, and was no limit passed; has every request one answer of a known kind; was nothing",
        "executed, kept or sent where it does not belong.",
        "",
        "## What happened to the daemon",
        "",
        *_table("misfortune", happened),
        "",
        "## What the far sides did",
        "",
        *_table("fault", faults),
        "",
        "## What was wrong",
        "",
        *([f"- seed {one.seed}: {what}" for one in outcomes for what in one.wrong] or ["Nothing."]),
    ]
    return "\n".join(lines) + "\n"


def _table(name: str, counted: Counter[str]) -> list[str]:
    rows = [f"| {what} | {times} |" for what, times in sorted(counted.items())]
    return [f"| {name} | times |", "|---|---:|", *rows]


def _commit() -> str:
    here = Path(__file__).parent
    done = subprocess.run(
        ["git", "describe", "--always", "--dirty"], cwd=here, capture_output=True, text=True
    )
    return done.stdout.strip() or "unknown"
