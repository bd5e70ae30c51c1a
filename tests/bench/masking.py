"""How well secrets are found: recall on planted ones, false alarms in real diffs, time.

    python tests/bench/masking.py [--commits N] [--skip N] [--write] [REPOSITORY.git …]

Without repositories only the planted ones are looked at.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import platform
import subprocess
import sys
import time
from collections import Counter
from datetime import date
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from aircherd.commits.diff import parse
from aircherd.commits.pack import pack
from aircherd.outbound.mask import mask
from aircherd.outbound.paths import PathRules
from aircherd.outbound.ruleset import ruleset
from aircherd.outbound.scanner import Finding, scan
from outbound.corpus import STRUCTURED, everything, leaked

HERE = Path(__file__).parent
JUDGED = HERE / "masking_judged.txt"
LARGEST = 3_000_000
BARS = {"structured": 0.99, "generic": 0.90}


def recall() -> None:
    """The share of planted secrets of which nothing telling is left."""
    planted: Counter[str] = Counter()
    missed: Counter[str] = Counter()
    of_kind: Counter[tuple[str, str]] = Counter()
    kinds: dict[str, set[str]] = {}
    for one in everything():
        planted[one.group] += 1
        kinds.setdefault(one.group, set()).add(one.kind)
        if leaked(one, mask([one.text]).texts[0]):
            missed[one.group] += 1
            of_kind[one.group, one.kind] += 1
    print("| planted | kinds | texts | found | wanted |")
    print("| --- | --- | --- | --- | --- |")
    for group, count in planted.items():
        found = 1 - missed[group] / count
        bar = f"{BARS[group]:.0%}" if group in BARS else "–"
        print(f"| {group} | {len(kinds[group])} | {count:,} | {found:.2%} | {bar} |")
    print()
    worst = [f"{kind} ({group}, {count})" for (group, kind), count in of_kind.most_common(6)]
    print(f"Missed most: {', '.join(worst) or 'none'}.\n")


def patches(repository: Path, commits: int, skip: int) -> list[tuple[str, str]]:
    """(commit, what a model with a large window would be shown of it), spread over the history."""
    git = ["git", "--git-dir", str(repository)]
    env = {"PATH": "/usr/bin:/bin", "HOME": "/nonexistent", "GIT_NO_LAZY_FETCH": "1"}
    listed = subprocess.run(
        [*git, "rev-list", "--no-merges", "--max-count=4000", "--all"],
        capture_output=True, check=True, env=env,
    ).stdout.decode().split()[skip:]  # fmt: skip
    rules = PathRules("/nowhere")
    found = []
    for oid in listed[:: max(1, len(listed) // commits)][:commits]:
        show = subprocess.run(
            [*git, "show", "--format=", "--no-ext-diff", "--no-textconv", "-M", oid],
            capture_output=True, check=False, env=env,
        )  # fmt: skip
        if show.returncode == 0 and show.stdout and len(show.stdout) <= LARGEST:
            files = [file for file in parse(show.stdout) if not rules.why_withheld(file.path)]
            found.append((oid, pack(files, budget_bytes=1_000_000).text))
    return found


def judged() -> dict[tuple[str, str], str]:
    """(commit, rule) → `key` for what has the form of a real secret, `none` for a false alarm."""
    rows = {}
    for line in JUDGED.read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            commit, rule, verdict = line.split()[:3]
            rows[commit, rule] = verdict
    return rows


def false_alarms(repositories: list[Path], commits: int, skip: int) -> None:
    """Diffs with a finding that is none."""
    verdicts, size, looked = judged(), 0, 0
    alarmed: set[str] = set()
    found_in: set[str] = set()
    lines = []
    for repository in repositories:
        for oid, text in patches(repository, commits, skip):
            looked, size = looked + 1, size + len(text)
            for finding in scan(text):
                verdict = verdicts.get((oid[:12], finding.rule), "not judged")
                (found_in if verdict == "key" else alarmed).add(oid)
                if verdict != "key":
                    lines.append(f"{oid[:12]} {finding.rule} {verdict}: {_line(text, finding)}")
    if not looked:
        return
    rate = f"one in {looked / len(alarmed):.0f}" if alarmed else "none"
    print(
        f"{looked:,} diffs of {len(repositories)} public repositories, {size / 1e6:.1f} MB as "
        f"models would see them: {len(found_in)} hold what has the form of a real secret (test "
        f"keys, most of them), {len(alarmed)} raise a false alarm: {rate}; wanted: at most one in "
        "200.\n"
    )
    for line in sorted(set(lines)):
        print(f"    {line}")


def _line(text: str, finding: Finding) -> str:
    begin = text.rfind("\n", 0, finding.begin) + 1
    return text[begin : text.find("\n", finding.begin)].strip()[:100]


def speed() -> None:
    """Processor time for a megabyte of this project's own code as added lines."""
    code = "".join(p.read_text("utf-8") for p in sorted(HERE.parents[1].glob("daemon/**/*.py")))
    text = "".join(f"+{line}\n" for line in code[:1_000_000].splitlines())
    hostile = {
        "quotes": '"' * 300_000,
        "assignments": "key=" * 80_000,
        "one long run": "a" * 300_000,
        "colons": "api_key: " * 35_000,
        "begins of keys": "-----BEGIN RSA PRIVATE KEY-----\n" * 10_000,
        "addresses": "a://b:" * 50_000,
        "dots": "password" + "." * 300_000 + "=x",
    }
    took = min(_cpu(text) for _ in range(5))
    print(f"One megabyte of code takes {took / len(text) * 1e9:.0f} ms; wanted: at most 60.\n")
    print("| made to be slow, 0.3 MB | ms/MB |")
    print("| --- | --- |")
    for name, bad in hostile.items():
        print(f"| {name} | {_cpu(bad) / len(bad) * 1e9:.0f} |")


def _cpu(text: str) -> float:
    began = time.process_time()
    scan(text)
    return time.process_time() - began


def main() -> None:
    """Prints the report; `--write` puts it into SECRETS.md."""
    parser = argparse.ArgumentParser()
    parser.add_argument("repositories", nargs="*", type=Path)
    parser.add_argument("--commits", type=int, default=70)
    parser.add_argument("--skip", type=int, default=0)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        print("# How well secrets are found\n")
        print("Made by `tests/bench/masking.py`; do not edit.\n")
        print(
            f"{date.today()}, Python {platform.python_version()}, {len(ruleset().rules)} rules.\n"
        )
        print("## Planted ones\n")
        recall()
        print(
            f"{len(STRUCTURED)} kinds of tokens with a form of their own, each in up to 200 "
            "surroundings (`tests/outbound/corpus.py`); a secret counts as found when no 12 "
            "characters of it in a row are left.\n"
        )
        print("## Real diffs\n")
        false_alarms(options.repositories, options.commits, options.skip)
        print("\n## Time\n")
        speed()
    print(out.getvalue())
    if options.write:
        (HERE / "SECRETS.md").write_text(out.getvalue(), "utf-8")


if __name__ == "__main__":
    main()
