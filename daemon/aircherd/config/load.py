"""Reads configuration files into settings. All mistakes at once; a mistake costs only its key."""

from __future__ import annotations

import difflib
import math
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from aircherd.config.catalogue import bundled
from aircherd.config.durations import seconds
from aircherd.config.options import OPTIONS, Option, find
from aircherd.config.positions import nearest, positions
from aircherd.config.renew import places, renewed
from aircherd.config.resolve import resolve
from aircherd.config.synonyms import Step, current, own_names, renamed_value
from aircherd.config.variables import wrong_name
from aircherd.core.money import usd
from aircherd.core.settings import Problem, Settings

MIGRATE = "it works; `aircher config migrate` rewrites it"
LARGEST_FILE = 256 * 1024
"""Bytes; a configuration larger than this is a mistake."""


def user_settings(path: Path) -> tuple[Settings, tuple[Problem, ...]]:
    """The settings a user's file makes, and everything that is wrong with it.

    No file is no mistake: every setting has a default.
    """
    values, problems = read(path)
    settings, more = resolve(values, str(path))
    settings, gone = renewed(settings, bundled().retired, date.today())
    if gone:
        known = positions(path.read_text("utf-8"))
        hint = "write the new name to be rid of this"
        for key, message in gone:
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
    known, own = positions(text), own_names(document)
    values: dict[str, Any] = {}
    problems: list[Problem] = []
    said: set[Step] = set()
    places_of: dict[str, str] = {}
    for written, value in _leaves(document, own):
        path_now, steps = current(written, own)
        line, column = nearest(written, known)

        # In a repository's file every key closes something, so a mistake must not leave it open.
        money = workspace or path_now.partition(".")[0] in (
            "costs", "cost", "budget", "budgets", "limits",
        )  # fmt: skip

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
            complain(f"unknown key {written!r}", did_you_mean(path_now))
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
        if wrong:
            complain(f"{written!r} {wrong}", f"write {option.path} = {option.example}")
            continue
        value = renamed_value(path_now, fitted(option, value), own)
        if values.get(path_now, value) != value:
            first = places_of[path_now]
            lower = option.kind == "usd"
            hint = "the lower one counts; keep one" if lower else "keep one of them"
            complain(f"{written!r} says something else than {first!r}", hint, severe=False)
            if lower:
                value = min(value, values[path_now])
            elif steps:  # What is written under its own name counts.
                continue
        values[path_now], places_of[path_now] = value, written
    return values, problems


def fitted(option: Option, value: Any) -> Any:
    """A checked value as the rest of the house has it: lengths of time in seconds."""
    return seconds(value) if option.kind == "seconds" else value


def check(option: Option, value: Any) -> str | None:
    """What is wrong with a value, in words; None when it fits."""
    match option.kind:
        case "text":
            fits = isinstance(value, str) and bool(value)
        case "bool":
            fits = isinstance(value, bool)
        case "whole":
            fits = isinstance(value, int) and not isinstance(value, bool)
        case "number" | "usd":
            fits = _is_amount(value)
        case "seconds":
            fits = seconds(value) is not None
        case "texts":
            fits = isinstance(value, list) and all(isinstance(v, str) and v for v in value)
        case "text or texts":
            many = isinstance(value, list) and all(isinstance(v, str) and v for v in value)
            fits = many or (isinstance(value, str) and bool(value))
        case "numbers":
            fits = isinstance(value, list) and bool(value) and all(_is_amount(v) for v in value)
        case "map":
            fits = isinstance(value, dict) and all(isinstance(v, str) for v in value.values())
        case "usds":
            fits = isinstance(value, dict) and all(_is_amount(v) for v in value.values())
    if not fits:
        secret = option.path.endswith((".api_key_env", ".api_key_command", ".headers"))
        return f"must be {_KINDS[option.kind]}" + ("" if secret else f", not {value!r:.40}")
    if option.choices and value not in option.choices:
        return f"must be one of {', '.join(option.choices)}, not {value!r:.40}"
    for number in value if option.kind == "numbers" else (value,):
        if option.least is not None and number < option.least:
            return f"must be at least {option.least:g}, not {number}"
        if option.most is not None and number > option.most:
            return f"must be at most {option.most:g}, not {number}"
    if option.kind == "usd":
        usd(value)
    return None


def _is_amount(value: Any) -> bool:
    fits = isinstance(value, int | float) and not isinstance(value, bool)
    return fits and math.isfinite(value) and value >= 0


_KINDS = {
    "text": "a text",
    "bool": "true or false",
    "whole": "a whole number",
    "number": "a number of 0 or more",
    "seconds": 'a number of seconds or a length of time such as "5m"',
    "usd": "an amount in dollars, 0 or more",
    "texts": "a list of texts",
    "text or texts": "a text or a list of texts",
    "map": "a table of texts",
    "numbers": "a list of numbers of 0 or more",
    "usds": "a table of amounts in dollars",
}


def _leaves(
    table: Mapping[str, Any], own: frozenset[str], prefix: str = ""
) -> Iterator[tuple[str, Any]]:
    for key, value in table.items():
        path = f"{prefix}.{key}" if prefix else key
        option = find(current(path, own)[0])
        if isinstance(value, dict) and (option is None or option.kind not in ("map", "usds")):
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
