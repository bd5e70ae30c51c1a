"""Server-sent events, sans-I/O, after the WHATWG parsing rules."""

from __future__ import annotations

from dataclasses import dataclass

from aircherd.providers.lines import MAX_LINE, LineSplitter


@dataclass(frozen=True, slots=True)
class ServerEvent:
    """One event: its name, empty for the usual ones, and its data."""

    name: str
    data: str


def single(data: bytes, at: int) -> tuple[str | None, int]:
    """The data of the event that begins at a byte, where it is one plain row, as nearly all are,
    and where it ends. None leaves it to a decoder."""
    if not data.startswith(b"data: ", at):
        return None, at
    end = data.find(b"\n", at)
    if end < 0 or data[end : end + 2] != b"\n\n" or end - at > MAX_LINE:
        return None, at
    row = data[at + 6 : end]
    if b"\r" in row:
        return None, at
    try:
        return row.decode("utf-8"), end + 2
    except UnicodeDecodeError:
        return None, at


class SseDecoder:
    """Bytes in, events out. Strict UTF-8: raises UnicodeDecodeError, LineTooLong."""

    def __init__(self) -> None:
        self._lines = LineSplitter()
        self._data: list[str] = []
        self._name = ""
        self._begun = False
        self._wrong: UnicodeDecodeError | None = None
        self.stray: list[str] = []
        """Lines that are no field of an event, such as a bare JSON error where events belong."""

    @property
    def between(self) -> bool:
        """Whether all that came are whole events: the next byte begins another one."""
        idle = self._begun and not self._data and not self._name and self._wrong is None
        return idle and self._lines.between

    @property
    def fresh(self) -> bool:
        """Whether nothing came yet."""
        return not self._begun and self._lines.between

    def skipped(self) -> None:
        """A whole event was read by `single` between two others, or as the first."""
        self._begun = True

    def feed(self, data: bytes) -> list[ServerEvent]:
        """The events these bytes complete; what is wrong behind one is raised by the next call."""
        if self._wrong is not None:
            raise self._wrong
        events: list[ServerEvent] = []
        try:
            for raw in self._lines.feed(data):
                self._row(raw, events)
        except UnicodeDecodeError as error:
            if not events:
                raise
            self._wrong = error
        return events

    def end(self) -> list[ServerEvent]:
        """The body ended. An event whose closing blank line is missing is given all the same.

        The WHATWG rules drop it; providers that forget the last blank line are common, and a cut
        stream is told by its missing terminal signal, not by this.
        """
        if self._wrong is not None:
            raise self._wrong
        events: list[ServerEvent] = []
        rest = self._lines.rest()
        if rest:
            event = self._line(rest.decode("utf-8"))
            events += [event] if event else []
        last = self._line("")
        return events + ([last] if last else [])

    def _row(self, raw: bytes, events: list[ServerEvent]) -> None:
        if not self._begun:
            self._begun = True
            raw = raw.removeprefix(b"\xef\xbb\xbf")
        # The two lines nearly all events are made of; `_line` reads the rest.
        if raw.startswith(b"data: "):
            self._data.append(raw[6:].decode("utf-8"))
        elif not raw and self._data:
            rows = self._data
            whole = rows[0] if len(rows) == 1 else "\n".join(rows)
            events.append(ServerEvent(self._name, whole))
            self._data, self._name = [], ""
        else:
            event = self._line(raw.decode("utf-8"))
            if event is not None:
                events.append(event)

    def _line(self, line: str) -> ServerEvent | None:
        if not line:
            if not self._data:
                self._name = ""
                return None
            event = ServerEvent(self._name, "\n".join(self._data))
            self._data, self._name = [], ""
            return event
        if line.startswith(":"):
            return None
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if field == "data":
            self._data.append(value)
        elif field == "event":
            self._name = value
        elif field not in ("id", "retry") and len(self.stray) < 200:
            self.stray.append(line)
        return None
