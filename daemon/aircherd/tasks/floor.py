"""The floor: the patterns of the specification, weighed, for when there are no trained weights.

Linear time: words are scanned once and only the first `MAX_WORDS` count.
"""

from __future__ import annotations

import math

from aircherd.core.tasks import Detection, Evidence, TaskKind
from aircherd.tasks.context import Situation, git_state
from aircherd.tasks.patterns import GAP, PHRASES, WORDS

MAX_CHARACTERS = 20_000
MAX_WORDS = 3_000
ABSTAIN = 0.45
_STAGED_WEIGHT = 0.9
_CONFLICT_WEIGHT = 0.5
_DIAGNOSTICS_WEIGHT = 0.8
_BASE = 1.0
"""Weight of `default`: what the evidence has to outweigh."""


def detect(message: str, situation: Situation) -> Detection:
    """What this message is asking for."""
    evidence = _from_words(message)
    evidence += _from_context(situation, explicit=bool(evidence))
    scores: dict[TaskKind, float] = {}
    for piece in evidence:
        scores[piece.task] = scores.get(piece.task, 0.0) + piece.weight
    if not scores:
        return Detection(task=TaskKind.DEFAULT, confidence=1.0)
    best = max(scores, key=lambda task: (scores[task], task))
    total = math.exp(_BASE) + sum(math.exp(min(score, 30.0)) for score in scores.values())
    confidence = math.exp(min(scores[best], 30.0)) / total
    ordered = tuple(sorted(evidence, key=lambda e: -e.weight))[:8]
    if confidence < ABSTAIN:
        return Detection(task=TaskKind.DEFAULT, confidence=1.0 - confidence, evidence=ordered)
    return Detection(task=best, confidence=confidence, evidence=ordered)


def _words(message: str) -> list[str]:
    text = message[:MAX_CHARACTERS].lower()
    spaced = "".join(c if c.isalnum() or c in "'_" else " " for c in text)
    return spaced.split()[:MAX_WORDS]


def _from_words(message: str) -> list[Evidence]:
    words = _words(message)
    places: dict[str, list[int]] = {}
    for place, word in enumerate(words):
        places.setdefault(word, []).append(place)
    found: list[Evidence] = []
    for task, table in WORDS.items():
        found.extend(
            Evidence(task=task, weight=weight, text=f'says "{word}"')
            for word, weight in table.items()
            if word in places
        )
    for task, phrase, weight in PHRASES:
        if _in_order(phrase, places):
            found.append(Evidence(task=task, weight=weight, text=f'says "{" ".join(phrase)}"'))
    return found


def _in_order(phrase: tuple[str, ...], places: dict[str, list[int]]) -> bool:
    if any(word not in places for word in phrase):
        return False
    reach = set(places[phrase[0]])
    for word in phrase[1:]:
        following = places[word]
        reach = {at for at in following if any(at - gap in reach for gap in range(1, GAP + 1))}
        if not reach:
            return False
    return True


def _from_context(situation: Situation, *, explicit: bool) -> list[Evidence]:
    found: list[Evidence] = []
    scale = 0.5 if explicit else 2.0
    state = git_state(situation)
    if state == "staged":
        found.append(
            Evidence(
                task=TaskKind.COMMIT_MESSAGES,
                weight=_STAGED_WEIGHT * scale,
                text="changes are staged",
            )
        )
    if state == "merge":
        found.append(
            Evidence(
                task=TaskKind.COMMIT_MESSAGES,
                weight=_CONFLICT_WEIGHT * scale,
                text="a merge is in progress",
            )
        )
    if situation.diagnostics:
        found.append(
            Evidence(
                task=TaskKind.DEBUGGING,
                weight=_DIAGNOSTICS_WEIGHT * scale,
                text=f"the editor shows {situation.diagnostics} problems",
            )
        )
    return found
