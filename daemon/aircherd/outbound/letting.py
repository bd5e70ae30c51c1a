"""What a caller lets through; apart from `mask`, so that noting it loads no rules."""

from __future__ import annotations

from contextvars import ContextVar

send_secrets: ContextVar[frozenset[str]] = ContextVar("send_secrets", default=frozenset())
"""Kinds of secrets that what runs now sends as they are. Said by the caller of one request, and by
nothing else: no setting, no repository and no model can."""
