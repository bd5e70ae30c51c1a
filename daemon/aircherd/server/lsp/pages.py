"""Texts for a person to read: opened in the editor as a file, or shown as a message."""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
import shutil
import tempfile
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path

from aircherd import runtime
from aircherd.commits.inert import inert
from aircherd.server.dispatch import Connection
from aircherd.server.lsp.markdown import harmless
from aircherd.server.outgoing import NoAnswer

log = logging.getLogger(__name__)

ERROR, WARNING, INFO = 1, 2, 3
"""Kinds of messages, by LSP's numbers."""
MOST = 20
"""Pages of one editor that are kept."""
_SHOW_SECONDS = 30.0
_LONGEST_MESSAGE = 3_000


@dataclass(slots=True)
class Pages:
    """One session's files, in a folder that only this user can enter and that goes with it."""

    folder: Path | None = None
    kept: deque[Path] = field(default_factory=deque)

    def write(self, name: str, text: str) -> Path:
        """A new file with this text. Blocks. Raises OSError, `runtime.Refused`."""
        if self.folder is None:
            parent = runtime.runtime_dir()
            _sweep(parent)
            self.folder = Path(tempfile.mkdtemp(prefix=f"pages-{os.getpid()}-", dir=parent))
        path = self.folder / f"{name}-{secrets.token_hex(3)}.md"
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        with os.fdopen(os.open(path, flags, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
        self.kept.append(path)
        while len(self.kept) > MOST:
            self.kept.popleft().unlink(missing_ok=True)
        return path

    def remove(self) -> None:
        """Takes everything away."""
        if self.folder is not None:
            shutil.rmtree(self.folder, ignore_errors=True)
            self.folder = None


def message(connection: Connection, kind: int, text: str) -> None:
    """Shows a message."""
    connection.notify("window/showMessage", {"type": kind, "message": inert(text)})


async def show(connection: Connection, name: str, text: str) -> str:
    """Shows a Markdown text; how: `document`, or `message` where the editor opens no files."""
    text = harmless(text).rstrip() + "\n"
    pages = connection.editor.pages
    path: Path | None = None
    if connection.client.can("window.showDocument.support") is True:
        try:
            if pages.folder is None:
                connection.at_end(pages.remove)
            path = await asyncio.to_thread(pages.write, name, text)
            answer = await connection.request(
                "window/showDocument",
                {"uri": path.as_uri(), "external": False, "takeFocus": True},
                seconds=_SHOW_SECONDS,
            )
            if isinstance(answer, dict) and answer.get("success") is True:
                return "document"
        except (OSError, runtime.Refused, NoAnswer) as error:
            log.info("a text is shown as a message: %s", error)
    if len(text) > _LONGEST_MESSAGE:
        rest = f"the rest stands in {path}" if path is not None else "the command's result has all"
        text = f"{text[:_LONGEST_MESSAGE]}… ({rest})"
    message(connection, INFO, text)
    return "message"


def _sweep(parent: str) -> None:
    """Removes what daemons left that were killed."""
    for folder in Path(parent).glob("pages-*-*"):
        pid = folder.name.split("-")[1]
        if pid.isdigit() and Path("/proc/self").exists() and not Path("/proc", pid).exists():
            shutil.rmtree(folder, ignore_errors=True)
