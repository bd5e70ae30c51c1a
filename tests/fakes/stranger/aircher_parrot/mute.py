"""A provider that cannot even be imported."""

from __future__ import annotations

raise SystemExit("no voice")
