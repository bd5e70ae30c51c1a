"""Reads configuration files into settings. All mistakes at once; a mistake costs only its key."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any

from aircherd.config.catalogue import bundled
from aircherd.config.fit import check, fitted
from aircherd.config.layers import laid_over
from aircherd.config.narrow import narrower, not_plain, too_deep
from aircherd.config.options import OPTIONS, TABLES, find
from aircherd.config.pools import idle_pools
from aircherd.config.positions import nearest, positions
from aircherd.config.renew import places, renewed
from aircherd.config.resolve import resolve
from aircherd.config.synonyms import Step, current, own_names, renamed_value
from aircherd.config.variables import wrong_name
from aircherd.core.settings import Problem, Settings

MIGRATE = "it works; `aircher config migrate` rewrites it"
_MOST_HINTS = 20
_MOST_KEYS = 500
"""In a repository's file."""
_MONEY = ("costs.", "cost.", "budget.", "budgets.", "limits.", "models.rules.")
"""What a limit may be meant by: a mistake there is never taken for none."""
LARGEST_FILE = 256 * 1024
"""Bytes; a configuration larger than this is a mistake."""


def user_settings(path: Path, over: Path | None = None) -> tuple[Settings, tuple[Problem, ...]]:
    """The settings a user's file makes, and everything that is wrong with it.

    No file is no mistake: every setting has a default. `over` is a file that lies over it.
    """
    values, problems = read(path)
    if over is not None:
        others, wrong = read(over)
        values, problems, path = laid_over(values, others), [*problems, *wrong], over
    settings, more = resolve(values, str(path))
    settings, gone = renewed(settings, bundled().retired, date.today())
    named = [(key, message, "write the new name to be rid of this") for key, message in gone]
    named += idle_pools(values, settings)
    if named:
        known = positions(path.read_text("utf-8"))
        for key, message, hint in named:
            line, column = places(known, key)
            more.append(
                Problem(file=str(path), line=line, column=column, message=message, hint=hint)
            )
    held = next((problem for problem in (*problems, *more) if problem.severe), None)
    if held is not None:
        settings = replace(settings, hold=f"mend the configuration first: {held}")
    return settings, (*problems, *more)


def newer(old: Settings, new: Settings) -> Settings:
    """The settings to go on with when a file was changed while it was in use.

    A file that is broken as a whole changes nothing; one that is broken where it speaks of money
    changes all but the money. What was understood before stays in force.
    """
    if new.hold is None:
        return new
    if old.hold is not None:
        return new
    return replace(new, costs=old.costs, hold=None) if new != _nothing(new) else old


def _nothing(settings: Settings) -> Settings:
    """What an empty file makes, with the same hold."""
    plain, _ = resolve({}, "")
    return replace(plain, hold=settings.hold)


def read(
    path: Path, *, workspace: bool = False, text: str | None = None
) -> tuple[dict[str, Any], list[Problem]]:
    """The known keys of one file, as path → checked value, and what is wrong with the rest.

    With `text` that is what the file holds and `path` only its name.
    """
    try:
        raw = (path.read_bytes() if text is None else text.encode())[: LARGEST_FILE + 1]
    except FileNotFoundError:
        return {}, []
    except OSError as error:
        return {}, [_whole(path, f"cannot be read: {error.strerror}", "make it readable")]
    if len(raw) > LARGEST_FILE:
        return {}, [_whole(path, "is larger than 256 KiB", "is this the right file?")]
    try:
        text = raw.decode("utf-8")
        if workspace and (deep := too_deep(text)) is not None:
            return {}, [_whole(path, deep, "write it with fewer tables in one another")]
        document = tomllib.loads(text)
    except UnicodeDecodeError as error:
        return {}, [_whole(path, f"is not UTF-8 (byte {error.start})", "save it as UTF-8")]
    except tomllib.TOMLDecodeError as error:
        line, column = _place(str(error))
        what = str(error).partition(" (at ")[0]
        hint = "nothing of this file is used until it is mended"
        return {}, [
            Problem(file=str(path), line=line, column=column, message=what, hint=hint, severe=True)
        ]
    except (RecursionError, ValueError):
        return {}, [_whole(path, "holds a value nothing can read", "write it shorter")]
    own = own_names(document)
    if workspace and sum(1 for _ in islice(_leaves(document, own), _MOST_KEYS + 1)) > _MOST_KEYS:
        return {}, [_whole(path, f"has more than {_MOST_KEYS} keys", "is this the right file?")]
    known = positions(text)
    values: dict[str, Any] = {}
    problems: list[Problem] = []
    said: set[Step] = set()
    unknown = 0
    places_of: dict[str, str] = {}
    for written, value in _leaves(document, own):
        path_now, steps = current(written, own)
        line, column = nearest(written, known)

        # In a repository's file every key closes something, so a mistake must not leave it open.
        money = workspace or f"{path_now}.".startswith(_MONEY)

        def complain(
            message: str,
            hint: str,
            line: int = line,
            column: int = column,
            severe: bool = money,
        ) -> None:
            problems.append(
                Problem(
                    file=str(path),
                    line=line,
                    column=column,
                    message=message,
                    hint=hint,
                    severe=severe,
                )
            )

        option = find(path_now)
        if option is None:
            unknown += 1
            hint = (
                did_you_mean(path_now) if unknown <= _MOST_HINTS else "see `aircher config schema`"
            )
            complain(f"unknown key {written!r:.200}", hint)
            continue
        if workspace and not option.workspace:
            complain(
                f"{written!r} may not be set by a repository",
                "a repository can only narrow; set it in your own file",
                severe=False,
            )
            continue
        for old, new in (step for step in steps if step not in said):
            complain(f"{old!r} is another way to write {new!r}", MIGRATE, severe=False)
        said.update(steps)
        wrong = check(option, value) or wrong_name(option, value)
        if not wrong and workspace:
            wrong = not_plain(option, value)
        if wrong:
            complain(f"{written!r} {wrong}", f"write {option.path} = {option.example}")
            continue
        value = renamed_value(path_now, fitted(option, value), own)
        if values.get(path_now, value) != value:
            first = places_of[path_now]
            lower = option.kind == "usd"
            closed = narrower(path_now, values[path_now], value)
            hint = "the lower one counts; keep one" if lower else "keep one of them"
            complain(f"{written!r} says something else than {first!r}", hint, severe=False)
            if lower:
                value = min(value, values[path_now])
            elif closed is not None:
                value = closed
            elif steps:  # What is written under its own name counts.
                continue
        values[path_now], places_of[path_now] = value, written
    return values, problems


def _leaves(
    table: Mapping[str, Any], own: frozenset[str], prefix: str = ""
) -> Iterator[tuple[str, Any]]:
    for key, value in table.items():
        path = f"{prefix}.{key}" if prefix else key
        option = find(current(path, own)[0])
        if isinstance(value, dict) and (option is None or option.kind not in TABLES):
            yield from _leaves(value, own, path)
        else:
            yield path, value


def did_you_mean(path: str) -> str:
    """What to write instead of a key nobody knows."""
    names = [option.path for option in OPTIONS]
    parts = path.split(".")
    if len(parts) == 3 and parts[0] == "providers":
        names = [n.replace("*", parts[1]) for n in names if n.startswith("providers.*")]
    close = difflib.get_close_matches(path, names, n=1, cutoff=0.5)
    return f"did you mean {close[0]!r}?" if close else "see `aircher config schema`"


def _place(message: str) -> tuple[int, int]:
    numbers = [int(word.rstrip(",)")) for word in message.split() if word.rstrip(",)").isdigit()]
    return (numbers[-2], numbers[-1]) if len(numbers) >= 2 and "(at line" in message else (0, 0)


def _whole(path: Path, message: str, hint: str) -> Problem:
    return Problem(file=str(path), line=0, column=0, message=message, hint=hint, severe=True)
