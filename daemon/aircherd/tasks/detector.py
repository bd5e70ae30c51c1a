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
from aircherd.tasks.model import LABELS, Model, scales
from aircherd.tasks.patterns import COMMANDS
from aircherd.tasks.text import read

__all__ = ["Detector", "Situation", "detect"]

MAX_CHARACTERS = 20_000
_PIECES = 6
_SMALLEST = 0.15
"""Weight below which a reason is not worth telling."""
_SURE = 0.99


class Detector:
    """What every message is shown to. Holds no state but what it was given."""

    def __init__(self, model: Model | None = None, corrections: Corrections | None = None) -> None:
        self.model = model
        self.corrections = corrections

    def detect(self, message: str, situation: Situation | None = None) -> Detection:
        """What this message is asking for."""
        situation = situation or Situation()
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
        best = max(range(len(LABELS)), key=lambda lane: chances[lane])
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
            unsure = chances[LABELS.index(TaskKind.DEFAULT)]
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
    """The reasons that spoke for the answer, the strongest first."""
    pieces: dict[str, float] = {}
    for group, scale in scales(found)[:2]:
        for name in group:
            text = found.notes.get(name)
            if text is None:
                continue
            weights = model.weights((name,))
            gain = scale * (weights[best] - sum(weights) / len(weights))
            if gain > _SMALLEST:
                pieces[text] = pieces.get(text, 0.0) + gain
    if not pieces:
        pieces = _by_words(model, found, best)
    ordered = sorted(pieces.items(), key=lambda item: (-item[1], item[0]))
    return [
        Evidence(task=LABELS[best], weight=round(weight, 3), text=text) for text, weight in ordered
    ]


def _by_words(model: Model, found: Features, best: int) -> dict[str, float]:
    """The words that spoke for the answer, where nothing better known did."""
    pieces: dict[str, float] = {}
    scale = scales(found)[2][1]
    for name in found.words:
        word = name.removeprefix("w:")
        if word != name and word[:1].isalnum():
            weights = model.weights((name, f"v:{word}"))
            gain = scale * (weights[best] - sum(weights) / len(weights))
            if gain > 0:
                pieces[f'says "{word}"'] = gain
    return pieces
