"""Threads that are there before they are needed, and are handed work without a lock.

Whoever starts a thread waits for it to say that it runs. One that finds no memory for its first
step never says so (CPython's `threading.Thread.start`), and its starter waits for good; were that
the event loop, the daemon would answer nobody ever again. So the loop starts no such thread once
the daemon is up: what it hands over goes to threads that were started with it. Nor does it take the
two locks of `ThreadPoolExecutor.submit`: where memory ends while they are let go, one stays taken.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from concurrent.futures import Future, InvalidStateError, ThreadPoolExecutor
from contextlib import suppress
from queue import SimpleQueue
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")
_Job = tuple["Future[Any]", Callable[..., Any], tuple[Any, ...], dict[str, Any]]

MOST = 8
"""Threads for files, git and whatever else blocks, at most; each holds some tens of kilobytes."""


class Pool(ThreadPoolExecutor):
    """So many threads, all of them running, and one queue, which takes no lock of Python's.

    It is one of the library's by its type alone, which asyncio asks for.
    """

    def __init__(self, most: int, name: str) -> None:
        """Raises RuntimeError when there cannot be so many; then there is none."""
        super().__init__(most, name)
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._ended = False
        self._begun: list[threading.Thread] = []
        try:
            for number in range(most):
                one = threading.Thread(target=self._work, name=f"{name}_{number}", daemon=True)
                one.start()
                self._begun.append(one)
        except BaseException:
            self.shutdown(wait=False)
            raise

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Hands over a call. Raises RuntimeError after the end."""
        if self._ended:
            raise RuntimeError("cannot schedule new futures after shutdown")
        future: Future[T] = Future()
        self._jobs.put((future, fn, args, kwargs))
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Ends the threads once what was handed over is done, or at once what they have begun."""
        if not self._ended:
            self._ended = True
            while cancel_futures and not self._jobs.empty():
                job = self._jobs.get()
                if job is not None:
                    job[0].cancel()
            for _ in self._begun:
                self._jobs.put(None)
        for one in self._begun if wait else ():
            one.join()

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            try:
                _done(job)
            except MemoryError as error:
                # It ends what was asked for, and not the thread.
                with suppress(MemoryError, InvalidStateError):
                    job[0].set_exception(error)
            del job


def _done(job: _Job) -> None:
    future, call, words, named = job
    if not future.set_running_or_notify_cancel():
        return
    try:
        result = call(*words, **named)
    except BaseException as error:
        future.set_exception(error)
    else:
        future.set_result(result)


def pool(most: int, name: str) -> Pool:
    """A pool of so many threads, all of them running. Raises RuntimeError when there cannot be so
    many; then there is none."""
    return Pool(most, name)


def shared() -> Pool:
    """What `asyncio.to_thread` uses."""
    return pool(min(MOST, (os.cpu_count() or 1) + 4), "asyncio")
