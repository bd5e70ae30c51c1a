"""Learns from git what a user keeps of the messages that were suggested.

A suggestion is awaited until a commit of the same files lands, or a day has passed, as marks that
say nothing by themselves (`acceptance_pending`); what is stored for good is how near the two were.
Of several suggestions for one change the nearest to the commit is what was kept, and the others
were thrown away: one that was printed may be it although a hook asked for another after it.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aircherd import runtime
from aircherd.config import learned
from aircherd.core.catalog import ModelRef
from aircherd.core.errors import AircherError, InvalidConfig
from aircherd.core.settings import Settings
from aircherd.core.snapshot import PastCommit
from aircherd.core.tasks import TaskKind
from aircherd.features.acceptance_awaited import MOST_PATHS, WORD, Awaited, Draft, landed, of_row
from aircherd.features.acceptance_pending import Pending, ref_of
from aircherd.features.edits_kept import EditsKept
from aircherd.routing.acceptance import Record, moved, words
from aircherd.routing.selector import Offer
from aircherd.workspace.repositories import Repositories

log = logging.getLogger(__name__)

EVERY = 15.0
"""Seconds between two looks at repositories a commit is awaited in; none otherwise."""
_LOOKED_AT = 20
"""Commits that are looked at for the one a suggestion became."""
_MOST_ROOTS = 64
WATCHED = 3_600.0
"""Seconds after the last suggestion in which there are looks by themselves; then, with the next."""
PATIENCE = 24 * 3_600.0
"""Seconds after which a suggestion is forgotten, whatever became of it."""
_SCORES = {"accepted": 1.0, "applied": 1.0, "edited": 0.7, "rejected": 0.0, "dismissed": 0.0}


class Acceptance:
    """Records of what was kept, and the suggestions whose commit is awaited."""

    def __init__(
        self,
        settings: Callable[[], Settings],
        repositories: Repositories,
        path: Path | None = None,
    ) -> None:
        self._path = path or Path(runtime.learned_path())
        self._settings = settings
        self._repositories = repositories
        self._records: learned.Records | None = None
        self._judgements: dict[TaskKind, tuple[tuple[Offer, ...], tuple[Offer, ...]]] = {}
        self._awaited: dict[str, Awaited] = {}
        self._last: dict[str, ModelRef] = {}
        self._looking: asyncio.Task[None] | None = None
        self.pending = Pending(self._path.with_name("awaited.json"))
        """Keeps what is awaited over a restart."""
        self.edits = EditsKept(repositories, self.learn, pending=self.pending, wanted=self._wanted)
        """The edits whose commit is awaited."""
        self.pending.part("suggested", self._kept, self._again)
        self.pending.part(
            "last",
            lambda: {root: str(ref) for root, ref in self._last.items()},
            lambda kept: self._last.update({r: ref_of(ref) for r, ref in kept.items()}),
        )

    async def suggested(self, ref: ModelRef, message: str, path: str) -> None:
        """A message was suggested for what is staged around a path; marks of it are kept."""
        try:
            before = await asyncio.to_thread(lambda: self._repositories.at(path).staged())
        except AircherError as error:
            log.info("nothing is learned of %s: %s", path, error)
            return
        self._last.pop(before.root, None)
        self._last[before.root] = ref
        if len(self._last) > _MOST_ROOTS:
            del self._last[next(iter(self._last))]
        self.pending.changed(soon=True)
        if not self._wanted():
            return
        await self.look()
        loop = asyncio.get_running_loop()
        paths = frozenset(self.pending.mark(change.path) for change in before.staged)
        draft = Draft(ref, self._marked(message))
        earlier = self._awaited.get(before.root)
        now = Awaited((draft,), before.head, paths, loop.time()).after(earlier)
        self._let_go(earlier, now)
        self._awaited[before.root] = now
        self.pending.changed(soon=True)
        self._look_on()

    def outcome(self, ref: ModelRef, task: TaskKind, outcome: str) -> None:
        """What a user said of an answer or one of its findings."""
        if self._wanted() and outcome in _SCORES:
            self.learn(ref, task, _SCORES[outcome])

    async def taken(self, operation: str, ref: ModelRef, task: TaskKind) -> None:
        """A user took an answer whole: learned of an edit once it is committed, else at once."""
        if not self._wanted():
            return
        if await self.edits.taken(operation, ref, task):
            self._look_on()
        else:
            self.learn(ref, task, 1.0)

    def _look_on(self) -> None:
        if self._looking is None or self._looking.done():
            self._looking = asyncio.get_running_loop().create_task(self._look_now_and_then())

    def last(self, root: str) -> ModelRef | None:
        """Who made the newest suggestion in a work tree."""
        return self._last.get(root)

    async def look(self) -> None:
        """Compares what was suggested with the commits that have landed since."""
        await self.edits.look()
        now = asyncio.get_running_loop().time()
        for root, awaited in tuple(self._awaited.items()):
            if now - awaited.at > PATIENCE:
                self._let_go(self._awaited.pop(root))
                self.pending.changed()
                continue
            try:
                commits = await asyncio.to_thread(self._history, root)
            except AircherError as error:
                log.info("no look at %s: %s", root, error)
                continue
            commit = landed(commits, awaited, self.pending.mark)
            if commit is not None and self._awaited.get(root) is awaited:
                del self._awaited[root]
                self.pending.changed(soon=True)
                for ref, near in awaited.fates(self._marked(commit.message)):
                    self.learn(ref, TaskKind.COMMIT_MESSAGES, near)

    def _let_go(self, awaited: Awaited | None, later: Awaited | None = None) -> None:
        for draft in () if awaited is None else awaited.left_out(later):
            self.learn(draft.ref, TaskKind.COMMIT_MESSAGES, 0.0)

    def learn(self, ref: ModelRef, task: TaskKind, near: float) -> None:
        """One more trial, on disk as well."""
        records = self.records()
        key = (str(ref), task)
        day = datetime.now(UTC).date().isoformat()
        records[key] = records.get(key, Record()).with_one(near, day)
        self._judgements.clear()
        try:
            learned.save(self._path, records)
        except OSError as error:
            log.warning("what was learned cannot be kept: %s", error)

    def records(self) -> learned.Records:
        """Everything learned so far. A damaged file is told of in the log and left alone."""
        if self._records is None:
            try:
                self._records = learned.load(self._path)
            except InvalidConfig as error:
                log.warning("%s", error)
                self._records = {}
        return self._records

    def judged(self, task: TaskKind, offers: tuple[Offer, ...]) -> tuple[Offer, ...]:
        """The offers with their quality at this task as this user showed it."""
        if not self._wanted() or not self.records():
            return offers
        known = self._judgements.get(task)
        if known is None or known[0] is not offers:
            judged = tuple(self._judged(task, offer) for offer in offers)
            known = self._judgements[task] = (offers, judged)
        return known[1]

    def forget(self) -> None:
        """Reads the file anew when it is needed next."""
        self._records = None
        self._judgements.clear()

    def forget_of(
        self, workspace: str | None, before: str | None, since: float | None = None
    ) -> int:
        """Forgets suggestions and edits whose commit is awaited, of a workspace, from before an
        instant (monotonic, `since`), or both; and records of before a day (ISO), which name no
        workspace; how many records. Raises OSError."""
        for root, awaited in tuple(self._awaited.items()):
            if workspace in (None, root) and (since is None or awaited.at < since):
                del self._awaited[root]
        if since is None:
            # Who suggested last is known of by no time; it goes with its workspace.
            for root in [root for root in self._last if workspace in (None, root)]:
                del self._last[root]
        self.edits.forget(workspace, since)
        self.pending.flush()
        known = self.records()
        if workspace is not None or before is None or not known:
            return 0
        # Nobody can tell how old a record without a day is.
        kept = {key: one for key, one in known.items() if (one.last or "") >= before}
        if len(kept) == len(known):
            return 0
        learned.save(self._path, kept)
        self._records = kept
        self._judgements.clear()
        return len(known) - len(kept)

    def resume(self) -> None:
        """Goes on looking for what was awaited before a restart. Called in the running loop."""
        if self._wanted() and (self._awaited or self.edits.latest is not None):
            self._look_on()

    def _marked(self, message: str) -> tuple[str, ...]:
        return tuple(self.pending.mark(word, WORD) for word in words(message))

    def _kept(self) -> Any:
        found = self._awaited.items()
        return [[root, *one.row()] for root, one in found if len(one.paths) <= MOST_PATHS]

    def _again(self, rows: Any) -> None:
        for root, *row in rows:
            self._awaited[str(root)] = of_row(row)

    def _wanted(self) -> bool:
        return self._settings().learn_acceptance

    def _history(self, root: str) -> tuple[PastCommit, ...]:
        return self._repositories.at(root).history(_LOOKED_AT)

    def _judged(self, task: TaskKind, offer: Offer) -> Offer:
        record = self.records().get((str(offer.spec.ref), task))
        quality = moved(offer.spec.quality, record)
        if quality == offer.spec.quality:
            return offer
        return replace(offer, spec=replace(offer.spec, quality=quality))

    async def _look_now_and_then(self) -> None:
        # A running loop and `time.monotonic`, by which edits are remembered, count alike.
        now = time.monotonic
        while now() - max([a.at for a in self._awaited.values()], default=-WATCHED) < WATCHED or (
            self.edits.latest is not None and now() - self.edits.latest < WATCHED
        ):
            await asyncio.sleep(EVERY)
            await self.look()
