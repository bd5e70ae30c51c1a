"""From a message and a situation to a task, with evidence a person can read.

No model call, no network, no file: the weights are handed in. An editor command that names its task
decides; else explicit words beat context, and context decides when words do not. Below the model's
calibrated threshold the answer is `default`. Without weights the patterns of `floor.py` answer.
"""

from __future__ import annotations

from aircherd.core.tasks import Detection, Evidence, TaskKind
from aircherd.tasks import floor
from aircherd.tasks.context import Situation, facts
from aircherd.tasks.corrections import Corrections
from aircherd.tasks.features import Features, features
from aircherd.tasks.model import LABELS, Model, factors
from aircherd.tasks.patterns import COMMANDS
from aircherd.tasks.text import read

__all__ = ["Detector", "Situation", "detect"]

MAX_CHARACTERS = 20_000
_PIECES = 6
_SMALLEST = 0.15
"""Weight below which a reason is not worth telling."""
_SURE = 0.99
_NOTHING = Situation()
_DEFAULT = LABELS.index(TaskKind.DEFAULT)


class Detector:
    """What every message is shown to. Holds no state but what it was given."""

    def __init__(self, model: Model | None = None, corrections: Corrections | None = None) -> None:
        self.model = model
        self.corrections = corrections

    def detect(self, message: str, situation: Situation | None = None) -> Detection:
        """What this message is asking for."""
        situation = situation or _NOTHING
        message = message[:MAX_CHARACTERS]
        named = _commanded(situation)
        if named is not None:
            return named
        if self.model is None:
            return floor.detect(message, situation)
        found = features(read(message), facts(situation), self.model.lexicon)
        scores = self.model.scores(found)
        learned = self.corrections.weigh(found) if self.corrections is not None else None
        if learned is not None:
            scores = [score + more for score, more in zip(scores, learned, strict=True)]
        chances = self.model.probabilities(scores)
        best = chances.index(max(chances))
        evidence = _evidence(self.model, found, best)
        if learned is not None and learned[best] > _SMALLEST:
            evidence.insert(
                0,
                Evidence(
                    task=LABELS[best],
                    weight=learned[best],
                    text="you corrected a message like this",
                ),
            )
        task = LABELS[best]
        if task is not TaskKind.DEFAULT and chances[best] < self.model.threshold:
            unsure = chances[_DEFAULT]
            return Detection(
                task=TaskKind.DEFAULT, confidence=unsure, evidence=tuple(evidence[:_PIECES])
            )
        return Detection(task=task, confidence=chances[best], evidence=tuple(evidence[:_PIECES]))


def detect(message: str, situation: Situation | None = None) -> Detection:
    """What this message is asking for, by patterns alone."""
    return Detector().detect(message, situation)


def _commanded(situation: Situation) -> Detection | None:
    if situation.command is None:
        return None
    name = situation.command.rsplit("/", 1)[-1].rsplit(".", 1)[-1].lower()
    task = COMMANDS.get(name)
    if task is None:
        return None
    reason = Evidence(task=task, weight=6.0, text=f"the command is {name}")
    return Detection(task=task, confidence=_SURE, evidence=(reason,))


def _evidence(model: Model, found: Features, best: int) -> list[Evidence]:
    """The strongest reasons that spoke for the answer, the strongest first."""
    notes, leanings = found.notes, model.leanings
    pieces: dict[str, float] = {}
    of_ideas, of_words, _, _ = factors(found)
    for group, scale in ((found.facts, 1.0), (found.ideas, of_ideas)):
        for name in group:
            if name in notes:
                gain = scale * leanings[name][best]
                if gain > _SMALLEST:
                    text = notes[name]
                    pieces[text] = pieces.get(text, 0.0) + gain
    if not pieces:
        pieces = _by_words(model, found, best, of_words)
    ordered = sorted([(-weight, text) for text, weight in pieces.items()])
    task = LABELS[best]
    return [
        Evidence(task=task, weight=round(-weight, 3), text=text)
        for weight, text in ordered[:_PIECES]
    ]


def _by_words(model: Model, found: Features, best: int, scale: float) -> dict[str, float]:
    """The words that spoke for the answer, where nothing better known did."""
    pieces: dict[str, float] = {}
    for name in found.alone:
        if name[:2] == "w:" and name[2:3].isalnum():
            gain = scale * model.leanings[name][best]
            if gain > 0:
                pieces[f'says "{name[2:]}"'] = gain
    return pieces
