"""What an editor told a daemon, so that another one can be told the same when the first dies.

A daemon may be killed at any moment. The editor's documents, settings and folders are said again
to the next one; a request that had brought no text yet is asked again where that can cost nothing
twice; every other one gets an error that says to ask again. Only whole messages reach the editor,
so that half a message of the dead is never followed by one of the living.

Standard library only, and nothing is parsed while the editor waits for its first answer.
"""

from __future__ import annotations

from aircherd.asked import Asked
from aircherd.frames import Frames, message, read

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_KEPT_BYTES = 4 * 1024 * 1024
"""Bytes of documents that are kept to be said again; beyond it the longest-known one is read from
the disk by the next daemon instead."""
_FOLDER_CHANGES = 100
_UNREAD = 64
_UNREAD_BYTES = 256 * 1024


def leave_no_core() -> None:
    """No core file of this process: it keeps the editor's texts, also those never saved."""
    import resource

    try:
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    except (OSError, ValueError):
        return  # the system will not have it


class Record:
    """Both halves of a conversation, as far as they matter to the next daemon."""

    def __init__(self) -> None:
        self.able = True
        """Whether another daemon could go on from here: all that was said came in messages."""
        self._said, self._heard = Frames(), Frames()
        self._unread: list[tuple[bool, bytes]] = []
        self._unread_bytes = 0
        self._opening: list[bytes] = []
        self._folders: list[bytes] = []
        self._settings = b""
        self._documents: dict[str, list[bytes]] = {}
        self._document_bytes = 0
        self._asked: dict[tuple[type, Any], list[Asked]] = {}
        """By id. One that was used twice is owed two answers; the later one is refused first."""
        self._begun: set[tuple[type, Any]] = set()
        self._progress: dict[tuple[type, Any], Any] = {}
        self._greeting: Any = None
        self._greeted = self._registered = False
        self._resumed = False

    @property
    def between(self) -> bool:
        """Whether the editor has begun no message that it has not finished."""
        return not self._said.rest

    def said(self, block: bytes) -> None:
        """The editor said this."""
        if not self.able:
            return
        for frame in self._said.feed(block):
            self._note(True, frame)
        self.able = not self._said.lost

    def heard(self, block: bytes) -> tuple[bytes, bytes]:
        """The daemon said this: what of it goes to the editor, and what is answered for it."""
        # One answer is not for the editor, whatever the editor itself may say meanwhile.
        wanted = self.able or self._greeted
        frames = self._heard.feed(block) if wanted or self._heard.rest else None
        if frames is None:
            return block, b""
        if self._heard.lost or not wanted:
            self.able = self._greeted = False
            loose = bytes(self._heard.rest)
            self._heard = Frames()
            return b"".join(frames) + loose, b""
        if not self._resumed:
            for frame in frames:
                self._note(False, frame)
            return b"".join(frames), b""
        on, back = [], []
        for frame in frames:
            answer = self._for_the_dead(frame)
            if answer is None:
                if self.able:
                    self._note(False, frame)
                on.append(frame)
            else:
                back.append(answer)
        return b"".join(on), b"".join(back)

    def again(self) -> tuple[bytes, bytes]:
        """The daemon is dead: what the next one is told first, and what the editor is."""
        self._digest()
        self._heard = Frames()
        self._resumed = True
        self._greeted = self._greeting is not None and self._key(self._greeting) not in self._asked
        words = [*self._opening, *self._folders, self._settings]
        words += [frame for frames in self._documents.values() for frame in frames]
        answers = [
            message({"method": "$/progress", "params": {"token": token, "value": {"kind": "end"}}})
            for token in self._progress.values()
        ]
        self._progress.clear()
        for key, waiting in list(self._asked.items()):
            if waiting[0].method == "initialize":
                continue
            kept: list[Asked] = []
            for asked in waiting:
                begun = self._key(asked.params.get("deltaToken")) in self._begun
                reply = asked.reply(begun=begun or bool(kept))
                if reply is None:
                    asked.again = True
                    kept.append(asked)
                    words.append(asked.frame)
                else:
                    answers.append(message({"id": key[1], **reply}))
            self._asked[key] = kept
            if not kept:
                del self._asked[key]
        if self._greeted:
            text = "aircherd was started anew; open files and settings are known to it again."
            params = {"type": 3, "message": text}
            answers.append(message({"method": "window/logMessage", "params": params}))
        # What has come of the editor's next message belongs to the next daemon whole.
        return b"".join(words) + bytes(self._said.rest), b"".join(answers)

    def _for_the_dead(self, frame: bytes) -> bytes | None:
        """An answer to what only the first daemon had to say; None for everything else."""
        if not self._greeted and b"client/registerCapability" not in frame:
            return None
        content = read(frame)
        if content.get("method") == "client/registerCapability" and self._registered and self.able:
            # The editor registered it when the first one asked.
            return message({"id": content.get("id"), "result": None})
        if "method" not in content and self._key(content.get("id")) == self._key(self._greeting):
            self._greeted = False
            return b""
        return None

    def _note(self, said: bool, frame: bytes) -> None:
        self._unread.append((said, frame))
        self._unread_bytes += len(frame)
        if len(self._unread) > _UNREAD or self._unread_bytes > _UNREAD_BYTES:
            self._digest()

    def _digest(self) -> None:
        unread, self._unread, self._unread_bytes = self._unread, [], 0
        for said, frame in unread:
            content = read(frame)
            if said:
                self._editor_said(content, frame)
            else:
                self._daemon_said(content)

    def _editor_said(self, content: dict[str, Any], frame: bytes) -> None:
        method, params, number = content.get("method"), content.get("params"), content.get("id")
        params = params if isinstance(params, dict) else {}
        if not isinstance(method, str):
            return
        if number is not None:
            self._asked.setdefault(self._key(number), []).append(Asked(frame, method, params))
            if method == "initialize":
                self._greeting, self._opening = number, [frame]
        elif method == "initialized":
            self._opening.append(frame)
        elif method == "$/cancelRequest":
            for asked in self._asked.get(self._key(params.get("id")), ()):
                asked.cancelled = True
        elif method == "workspace/didChangeConfiguration":
            self._settings = frame
        elif method == "workspace/didChangeWorkspaceFolders":
            self._folders = [*self._folders[1 - _FOLDER_CHANGES :], frame]
        elif method.startswith("textDocument/did"):
            self._document(method, params, frame)

    def _document(self, method: str, params: dict[str, Any], frame: bytes) -> None:
        document = params.get("textDocument")
        uri = document.get("uri") if isinstance(document, dict) else None
        if not isinstance(uri, str):
            return
        if method in ("textDocument/didOpen", "textDocument/didClose"):
            self._drop(uri)
        if method == "textDocument/didOpen":
            self._documents[uri] = []
        if method in ("textDocument/didOpen", "textDocument/didChange") and uri in self._documents:
            self._documents[uri].append(frame)
            self._document_bytes += len(frame)
        while self._document_bytes > _KEPT_BYTES:
            self._drop(next(iter(self._documents)))

    def _drop(self, uri: str) -> None:
        self._document_bytes -= sum(map(len, self._documents.pop(uri, [])))

    def _daemon_said(self, content: dict[str, Any]) -> None:
        method, params = content.get("method"), content.get("params")
        params = params if isinstance(params, dict) else {}
        if method is None:
            self._answered(self._key(content.get("id")))
        elif method == "aircher/delta":
            self._begun.add(self._key(params.get("token")))
        elif method == "client/registerCapability":
            self._registered = True
        elif method == "$/progress":
            value, token = params.get("value"), params.get("token")
            kind = value.get("kind") if isinstance(value, dict) else None
            if kind == "begin":
                self._progress[self._key(token)] = token
            elif kind == "end":
                self._progress.pop(self._key(token), None)

    def _answered(self, key: tuple[type, Any]) -> None:
        waiting = self._asked.get(key)
        if waiting:
            self._begun.discard(self._key(waiting.pop().params.get("deltaToken")))
        if not waiting:
            self._asked.pop(key, None)

    @staticmethod
    def _key(number: Any) -> tuple[type, Any]:
        """An id as JSON tells them apart: 1 is not "1"."""
        return (type(number), number) if isinstance(number, int | str) else (type(None), None)
