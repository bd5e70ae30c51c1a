"""One JSON line in, one JSON line out: what `python -m aircherd.tasks` speaks.

In: `{"id", "message", "context"}`, the context an object of file, language, selection, git,
last_command and diagnostics; any part may be missing, null or odd. Out: `{"id", "task",
"confidence", "evidence"}`, or `{"id", "error"}` for a line that is no JSON object.
"""

from __future__ import annotations

import json
from typing import Any

from aircherd.tasks.context import Situation
from aircherd.tasks.detector import Detector

MAX_LINE = 4_000_000
_MAX_TEXT = 20_000


def answer(detector: Detector, line: str) -> str:
    """The answer to one line, without its line break."""
    identity: Any = None
    try:
        if len(line) > MAX_LINE:
            raise ValueError(f"The line is longer than {MAX_LINE} characters; send a shorter one.")
        try:
            asked = json.loads(line)
        except (ValueError, RecursionError):
            raise ValueError("The line is not JSON; send one JSON object a line.") from None
        if not isinstance(asked, dict):
            raise ValueError("The line is not a JSON object; send an object with a message.")
        identity = asked.get("id")
        message = asked.get("message")
        found = detector.detect(_text(message) or "", situation(asked.get("context")))
    except ValueError as wrong:
        return json.dumps({"id": identity, "error": str(wrong)}, ensure_ascii=True)
    return json.dumps(
        {
            "id": identity,
            "task": found.task.value,
            "confidence": round(found.confidence, 4),
            "evidence": [piece.text for piece in found.evidence],
        },
        ensure_ascii=True,
    )


def situation(context: object) -> Situation:
    """A situation from whatever was sent; what makes no sense is not known."""
    if not isinstance(context, dict):
        return Situation()
    ran, code = _command(context.get("last_command"))
    state = context.get("git")
    if isinstance(state, dict):
        state = state.get("state")
    return Situation(
        command=_text(context.get("command")),
        diagnostics=_count(context.get("diagnostics")),
        file=_text(context.get("file")),
        language=_text(context.get("language")),
        selection=_text(context.get("selection")),
        git=state.strip().lower() if isinstance(state, str) else None,
        last_command=ran,
        last_exit=code,
    )


def _text(value: object) -> str | None:
    if isinstance(value, str):
        return value[:_MAX_TEXT]
    if isinstance(value, list):
        parts = [part.get("text") if isinstance(part, dict) else part for part in value[:50]]
        return "\n".join(part for part in parts if isinstance(part, str))[:_MAX_TEXT]
    if isinstance(value, dict) and isinstance(value.get("text"), str):
        return str(value["text"])[:_MAX_TEXT]
    return None


def _count(value: object) -> int:
    if isinstance(value, list | dict):
        return min(len(value), 1_000_000)
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return 0
    try:
        return max(0, min(int(value), 1_000_000))
    except (ValueError, OverflowError):
        return 0


def _command(value: object) -> tuple[str | None, int | None]:
    if isinstance(value, dict):
        code = value.get("exit", value.get("exit_code", value.get("status")))
        ran = _text(value.get("command") or value.get("cmd"))
        return ran, code if isinstance(code, int) and not isinstance(code, bool) else None
    return _text(value), None
