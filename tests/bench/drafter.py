"""How close the rule-based drafter comes to what people wrote, on real histories.

    python tests/bench/drafter.py [--commits N] [--write] REPOSITORY ...

A repository is a path (a work tree or a bare repository) or a URL, which is cloned to a temporary
directory. Of each, N commits are taken, evenly spread over its history. Nothing of them is kept
but figures. See DRAFTER.md for what is measured and how.
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from aircherd.commits.convention import learn
from aircherd.commits.diff import parse
from aircherd.commits.drafter import draft
from aircherd.commits.drafting.habits import usual_name
from aircherd.commits.model import Convention, FileDiff, Style
from aircherd.core.snapshot import PastCommit

REPORT = Path(__file__).with_name("DRAFTER.md")
MOST_FILES = 60
MOST_BYTES = 3_000_000
HISTORY = 200
TYPES = frozenset({"feat", "fix", "docs", "test", "refactor", "perf", "build", "ci", "chore", "style"})  # fmt: skip
BOT = re.compile(
    r"\[bot\]|renovate|dependabot|greenkeeper|snyk|-bot\b|semantic-release|release-please|yoshi-auto"
    r"|github-actions|gcf-owl|pre-commit-ci",
    re.IGNORECASE,
)
CONVENTIONAL = re.compile(r"([A-Za-z]+)(?:\([^()]{1,80}\))?!?: +(.+)")
SQUASHED = re.compile(r"(?:\s*\(#\d+\))+$")
STOP_WORDS = frozenset({"a", "an", "the", "and", "or", "of", "to", "in", "for", "from", "with", "by", "on", "at", "as", "is", "are", "be", "it", "this", "that", "when", "if", "not", "into"})  # fmt: skip


@dataclass(frozen=True)
class Sample:
    """One commit as its author made it, and what was before it."""

    oid: str
    subject: str
    patch: bytes
    history: tuple[PastCommit, ...]


@dataclass
class Row:
    """Sums over the commits of one repository."""

    name: str
    commits: int = 0
    type_hits: int = 0
    baseline_type_hits: int = 0
    most_used_hits: int = 0
    overlap: float = 0.0
    baseline_overlap: float = 0.0
    nothing_shared: int = 0
    baseline_nothing: int = 0
    too_long: int = 0
    seconds: list[float] | None = None

    def cells(self) -> list[str]:
        """The row of the report's table."""
        n = max(1, self.commits)
        return [
            self.name,
            str(self.commits),
            f"{self.type_hits / n:.0%}",
            f"{self.baseline_type_hits / n:.0%}",
            f"{self.most_used_hits / n:.0%}",
            f"{self.overlap / n:.3f}",
            f"{self.baseline_overlap / n:.3f}",
            f"{self.nothing_shared / n:.0%}",
            f"{self.baseline_nothing / n:.0%}",
        ]


HEAD = [
    "repository", "commits", "type agrees", "… `chore`", "… most used so far",
    "subject F1", "… “update FILE”", "no word shared", "… “update FILE”",
]  # fmt: skip


def git(repository: Path, *arguments: str) -> bytes:
    """Runs git on a repository that may be bare, without any of the user's configuration."""
    environment = {
        **{k: v for k, v in os.environ.items() if not k.startswith("GIT_")},
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_ALLOW_PROTOCOL": "none",
    }
    place = repository / ".git" if (repository / ".git").exists() else repository
    command = ["git", "-c", "core.fsmonitor=", f"--git-dir={place}", *arguments]
    return subprocess.run(command, check=True, capture_output=True, env=environment).stdout


def human_type(subject: str) -> str:
    """The conventional type a person gave, in its usual spelling; empty if there is none."""
    found = CONVENTIONAL.match(subject)
    kind = usual_name(found[1]) if found else ""
    return kind if kind in TYPES else ""


def samples(repository: Path, count: int) -> Iterator[Sample]:
    """Typed, non-merge, non-bot commits, evenly spread, with diffs of at most 60 files."""
    log = git(repository, "log", "--no-merges", "--format=%H%x00%P%x00%an <%ae>%x00%s").decode("utf-8", "replace")  # fmt: skip
    rows = [row.split("\0") for row in log.split("\n")]
    rows = [r for r in rows if len(r) == 4 and r[1] and not BOT.search(r[2]) and human_type(r[3])]
    step = max(1.0, len(rows) / (count * 1.15))
    at, taken = 0.0, 0
    while at < len(rows) and taken < count:
        oid, parents, _, subject = rows[int(at)]
        at += step
        try:
            patch = git(
                repository, "diff-tree", "-p", "-M", "-r", "--no-color", "--no-ext-diff",
                "--no-textconv", parents.split()[0], oid,
            )  # fmt: skip
            history = past(repository, f"{oid}^")
        except subprocess.CalledProcessError:
            continue  # a snapshot may lack objects
        files = patch.count(b"\ndiff --git ") + 1
        if patch and files <= MOST_FILES and len(patch) <= MOST_BYTES:
            taken += 1
            yield Sample(oid, subject, patch, history)


def past(repository: Path, revision: str) -> tuple[PastCommit, ...]:
    """The commits before one, as the daemon reads them."""
    form = "--format=%x01%H%x00%P%x00%an <%ae>%x00%B%x00"
    log = git(repository, "log", "--no-merges", f"-n{HISTORY}", "--name-only", form, revision)
    commits = []
    for record in log.split(b"\x01")[1:]:
        parts = record.split(b"\0")
        if len(parts) == 5:
            oid, parents, author, message = (p.decode("utf-8", "replace") for p in parts[:4])
            paths = tuple(line for line in parts[4].strip().split(b"\n") if line)
            commits.append(PastCommit(oid=oid, parents=len(parents.split()), author=author, message=message, paths=paths))  # fmt: skip
    return tuple(commits)


def words(subject: str) -> Counter[str]:
    """Stems of the words of a subject without its prefix and the forge's number."""
    subject = SQUASHED.sub("", subject)
    found = CONVENTIONAL.match(subject)
    text = re.sub(r"([a-z0-9])([A-Z])", r"\1 \2", found[2] if found else subject)
    return Counter(stem(w) for w in re.findall(r"[^\W_]+", text.lower()) if w not in STOP_WORDS)


def stem(word: str) -> str:
    """The word without `ing`, `ed`, `es` or `s`, where three letters are left."""
    for ending in ("ing", "ed", "es", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word


def overlap(one: str, other: str) -> float:
    """F1 of two subjects' words: twice the shared ones over all."""
    a, b = words(one), words(other)
    shared = (a & b).total()
    return 2 * shared / (a.total() + b.total()) if shared else 0.0


def naive(files: Sequence[FileDiff]) -> str:
    """The baseline: `chore: update` and the name of the file with most changed lines."""
    largest = max(files, key=lambda f: sum(len(h.added) + len(h.removed) for h in f.hunks))
    return f"chore: update {largest.name.rpartition('/')[2]}"


def measure(name: str, repository: Path, count: int, show: int) -> Row:
    """Drafts every sample of one repository and compares."""
    row = Row(name, seconds=[])
    for sample in samples(repository, count):
        convention = learn(sample.history)
        if convention.style is not Style.CONVENTIONAL:
            # The measure is about types: as a user's `commit.types` would, it asks for them.
            convention = replace(convention, style=Style.CONVENTIONAL)
        files = parse(sample.patch)
        begin = time.perf_counter()
        message = draft(files, convention)
        row.seconds.append(time.perf_counter() - begin)  # type: ignore[union-attr]
        mine, base, theirs = message.subject, naive(files), human_type(sample.subject)
        f1, base_f1 = overlap(mine, sample.subject), overlap(base, sample.subject)
        row.commits += 1
        row.type_hits += human_type(mine) == theirs
        row.baseline_type_hits += human_type(base) == theirs
        row.most_used_hits += most_used(convention) == theirs
        row.overlap += f1
        row.baseline_overlap += base_f1
        row.nothing_shared += not f1
        row.baseline_nothing += not base_f1
        row.too_long += len(mine) > convention.subject_max
        if row.commits <= show:
            print(f"  {f1:.2f} {sample.subject[:90]}\n       {mine}")
    return row


def most_used(convention: Convention) -> str:
    """The type the history used most; what a drafter that reads no diff would say."""
    return usual_name(convention.types[0]) if convention.types else ""


def total(rows: Sequence[Row]) -> Row:
    """All commits of all repositories in one row."""
    result = Row("all", seconds=[s for row in rows for s in row.seconds or ()])
    for key in ("commits", "type_hits", "baseline_type_hits", "most_used_hits", "overlap", "baseline_overlap", "nothing_shared", "baseline_nothing", "too_long"):  # fmt: skip
        setattr(result, key, sum(getattr(row, key) for row in rows))
    return result


def synthetic(count: int) -> bytes:
    """A patch of `count` files with thirty changed lines each, in several languages."""
    parts = []
    for n in range(count):
        ending, line = (("py", "    value_{} = retry(client, timeout={})"), ("ts", "  const value{} = await retry(client, {});"), ("go", "\tvalue{} := retry(client, {})"), ("md", "Item {} of the list, see `retry` and {}."))[n % 4]  # fmt: skip
        name = f"src/area{n % 7}/file_{n}.{ending}"
        body = [f"-{line.format(i, i)}\n+{line.format(i, i + n)}\n" for i in range(15)]
        parts.append(f"diff --git a/{name} b/{name}\nindex 1..2 100644\n--- a/{name}\n+++ b/{name}\n@@ -1,15 +1,15 @@ def area{n}():\n{''.join(body)}")  # fmt: skip
    return "".join(parts).encode()


def timings() -> list[list[str]]:
    """Best of seven, in milliseconds, for patches of several sizes."""
    rows = []
    for count in (1, 10, 100, 200, 1000):
        patch = synthetic(count)
        reading, drafting = [], []
        for _ in range(7):
            begin = time.perf_counter()
            files = parse(patch)
            middle = time.perf_counter()
            draft(files, Convention(style=Style.CONVENTIONAL))
            reading.append(middle - begin)
            drafting.append(time.perf_counter() - middle)
        rows.append([str(count), str(count * 30), f"{min(reading) * 1e3:.1f}", f"{min(drafting) * 1e3:.1f}"])  # fmt: skip
    return rows


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def report(rows: Sequence[Row], names: Sequence[str], count: int) -> str:
    """The text of DRAFTER.md."""
    whole = total(rows)
    spent = sorted(s * 1e3 for s in whole.seconds or ())
    git_version = subprocess.run(["git", "--version"], capture_output=True, text=True, check=True).stdout.split()[-1]  # fmt: skip
    middle, high = statistics.median(spent), spent[int(len(spent) * 0.99)]
    return REPORT_TEXT.format(
        command=f"python tests/bench/drafter.py --commits {count} --write {' '.join(names)}",
        date=datetime.now(UTC).date(),
        python=platform.python_version(),
        git=git_version,
        table=table(HEAD, [r.cells() for r in (*rows, whole)]),
        too_long=whole.too_long,
        middle=f"{middle:.1f}",
        high=f"{high:.1f}",
        timings=table(["files", "changed lines", "parse, ms", "draft, ms"], timings()),
    )


REPORT_TEXT = """\
# How good the rule-based drafter is

Made by `tests/bench/drafter.py`; do not edit.

    {command}

{date}, Python {python}, git {git}.

{table}

No subject was longer than its convention allows, but for {too_long}.
Drafting took {middle} ms per commit in the median, {high} ms at the 99th percentile.

## What is compared

* **Commits**: no merges, not by bots, with a conventional type in the subject, at most 60 files and
  3 MB of patch; evenly spread over the history. Where the repository cannot be read, it is skipped.
* **What the drafter is given**: the patch, and the convention learned from the 200 commits *before*
  the drafted one; no branch name, no hint, none of the commit's own words. Where that history is
  mostly not conventional, the conventional style is asked for, as a user's setting would.
* **Type agrees**: the draft's type is the human's (`doc` is `docs`, `feature` is `feat` and so on).
  Next to it the naive baseline, which always says `chore`, and the type most used in those 200.
* **Subject F1**: the words of both subjects without prefix and without a trailing `(#123)`; split
  at everything that is no letter or digit and within `camelCase`; lower case; stop words left out;
  `ing`, `ed`, `es`, `s` cut off where three letters stay. Twice the shared words over all words,
  averaged over commits. The baseline's subject is “update” and the name of the file with most
  changed lines. “No word shared” is how often F1 is zero.
* People describe reasons a diff does not show: two people would not reach 1 either.

## Tuned elsewhere

Rules and weights were made on other repositories than these: {tuned}. None of the repositories in
the table was looked at while they were made; the table was first printed when they were done.

## Time

Best of seven on made-up patches of thirty changed lines a file.

{timings}
"""
TUNED = (
    "commitlint, bubbletea, vuejs/core, python-semantic-release, starship, nix, go-github, ratatui, "
    "angular-cli, google-http-java-client, release-please, argo-cd, mem0, the OpenFeature Java SDK, "
    "cocogitto, helmfile, Nextcloud for Android, langextract, opentelemetry-rust, dvc; and, by eye "
    "only, cli/cli, fzf, requests, mockito, Catch2, gitmoji"
)
REPORT_TEXT = REPORT_TEXT.replace("{tuned}", TUNED)


def main() -> int:
    """Measures the repositories named on the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("repositories", nargs="*", metavar="REPOSITORY")
    parser.add_argument("--commits", type=int, default=100, help="commits of each (100)")
    parser.add_argument(
        "--show", type=int, default=0, help="print the first so many drafts of each"
    )
    parser.add_argument("--write", action="store_true", help="write DRAFTER.md next to this file")
    options = parser.parse_args()
    rows: list[Row] = []
    names: list[str] = []
    with tempfile.TemporaryDirectory(prefix="aircher-bench-") as scratch:
        for given in options.repositories:
            place = Path(given)
            if "://" in given:
                place = Path(scratch) / str(len(rows))
                subprocess.run(
                    ["git", "clone", "-q", "--bare", "--", given, str(place)], check=True
                )
            name = [p for p in given.rstrip("/").removesuffix("/repo").removesuffix(".git").split("/") if p][-1]  # fmt: skip
            names.append(name.replace("+", "/"))
            rows.append(measure(names[-1], place, options.commits, options.show))
            print(" ".join(rows[-1].cells()), file=sys.stderr)
    if not rows:
        print(table(["files", "changed lines", "parse, ms", "draft, ms"], timings()))
        return 0
    text = report(rows, names, options.commits)
    print(text)
    if options.write:
        REPORT.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
