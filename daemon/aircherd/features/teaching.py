"""The task detector with what this user taught it."""

from __future__ import annotations

import datetime as dt
import logging
from pathlib import Path

from aircherd.config import corrections as store
from aircherd.config.detector import bundled
from aircherd.core.clock import Clock
from aircherd.core.errors import InvalidRequest
from aircherd.core.tasks import TaskKind
from aircherd.tasks.context import facts
from aircherd.tasks.corrections import Correction, Corrections
from aircherd.tasks.detector import MAX_CHARACTERS, Detector, Situation
from aircherd.tasks.features import features
from aircherd.tasks.text import read

log = logging.getLogger(__name__)


class Teaching:
    """Bundled weights and the user's corrections, which change while the daemon runs.

    Weights and file are read when the first message is judged, not at start.
    """

    def __init__(self, path: Path, clock: Clock) -> None:
        self._path = path
        self._clock = clock
        self._detector: Detector | None = None

    def detector(self) -> Detector:
        """The detector as taught so far. A damaged file is told of in the log and left alone."""
        if self._detector is None:
            try:
                kept = store.load(self._path)
            except InvalidRequest as damaged:
                log.warning("%s", damaged)
                kept = Corrections()
            self._detector = Detector(bundled(), kept)
        return self._detector

    def corrections(self) -> tuple[Correction, ...]:
        """What was taught, the oldest first. Raises InvalidRequest for a damaged file."""
        return store.load(self._path).kept

    def correct(self, message: str, situation: Situation, task: TaskKind) -> None:
        """Learns what a message was. Raises InvalidRequest when it cannot be kept."""
        model = bundled()
        found = features(read(message[:MAX_CHARACTERS]), facts(situation), model.lexicon)
        day = dt.datetime.date(self._clock.now()).isoformat()
        kept = store.load(self._path).learn(found, task, day)
        store.save(self._path, kept)
        self._detector = Detector(model, kept)

    def forget(self, before: str) -> int:
        """Forgets what was taught before a day (ISO); how much. Raises InvalidRequest."""
        known = store.load(self._path)
        kept = known.since(before)
        if kept != known:
            store.save(self._path, kept)
            self._detector = None
        return len(known.kept) - len(kept.kept)

    def reset(self) -> None:
        """Forgets everything. Raises InvalidRequest when the file cannot be written."""
        store.save(self._path, Corrections())
        self._detector = Detector(bundled(), Corrections())
