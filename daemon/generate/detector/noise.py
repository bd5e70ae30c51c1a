"""Small rewordings of a message that do not change what it asks for."""

from __future__ import annotations

import random

from aircherd.tasks.context import Situation

KINDS = ("lower", "upper", "marks", "typo", "polite", "spaces")
_BEFORE = ("please ", "hey, ", "can you ", "hi! ", "quick one: ", "ok so ", "bitte ", "pls ")
_AFTER = (" please", " thanks", " pls", ", thanks!", " :)", " asap", " thx")
_KEYS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")


def reword(message: str, kind: str, chance: random.Random) -> str:
    """The message in another dress."""
    if kind == "lower":
        return message.lower()
    if kind == "upper":
        return message[:1].upper() + message[1:] if chance.random() < 0.7 else message.upper()
    if kind == "marks":
        if message.rstrip()[-1:] in ("?", ".", "!"):
            return message.rstrip()[:-1]
        return message + chance.choice((".", "!", "..", " "))
    if kind == "typo":
        return typo(message, chance)
    if kind == "polite":
        if chance.random() < 0.5:
            return chance.choice(_BEFORE) + message[:1].lower() + message[1:]
        return message.rstrip() + chance.choice(_AFTER)
    return message.replace(" ", "  ", 2) + " "


def typo(message: str, chance: random.Random) -> str:
    """One letter of one longer word swapped, dropped, doubled or missed."""
    words = message.split(" ")
    long = [at for at, word in enumerate(words) if len(word) > 4 and word.isalpha()]
    if not long:
        return message
    at = chance.choice(long)
    word = words[at]
    spot = chance.randrange(1, len(word) - 1)
    way = chance.randrange(4)
    if way == 0:
        word = word[:spot] + word[spot + 1] + word[spot] + word[spot + 2 :]
    elif way == 1:
        word = word[:spot] + word[spot + 1 :]
    elif way == 2:
        word = word[:spot] + word[spot] + word[spot:]
    else:
        row = next((keys for keys in _KEYS if word[spot].lower() in keys), "asdf")
        word = word[:spot] + chance.choice(row) + word[spot + 1 :]
    words[at] = word
    return " ".join(words)


_FILES = ("src/app.ts", "main.py", "lib/x.rb", "server.go", "README.md", "tests/test_a.py", "a.log")
_COMMANDS = ("git status", "ls", "pytest -q", "npm test (exit 1)", "cargo build", "git add -A")
_STATES = ("staged", "unstaged", "clean", "clean", "merge")


def surroundings(chance: random.Random) -> Situation:
    """A situation that has nothing to do with the message."""
    return Situation(
        git=chance.choice(_STATES) if chance.random() < 0.6 else None,
        diagnostics=chance.randrange(1, 6) if chance.random() < 0.25 else 0,
        file=chance.choice(_FILES) if chance.random() < 0.6 else None,
        selection="x = f(a)\nreturn x" if chance.random() < 0.2 else None,
        last_command=chance.choice(_COMMANDS) if chance.random() < 0.35 else None,
    )
