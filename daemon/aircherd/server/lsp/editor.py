"""What one editor has open and was shown. Held in memory, and gone with its connection."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

from aircherd.server.lsp.documents import Documents
from aircherd.server.lsp.findings import Findings
from aircherd.server.lsp.pages import Pages


@dataclass(slots=True)
class Switches:
    """What an editor's settings may turn off. Nothing here costs, names or sends anything.

    An editor's settings may come from the workspace's own files, so hosts, models, keys and limits
    are never taken from them. A plug-in turns off what it has its own way of offering.
    """

    code_actions: bool = True
    code_lens: bool = True
    completion: bool = True
    diagnostics: bool = True


@dataclass(slots=True)
class Editor:
    """The state of one session that outlives its requests."""

    documents: Documents = field(default_factory=Documents)
    findings: Findings = field(default_factory=Findings)
    pages: Pages = field(default_factory=Pages)
    initially: Switches = field(default_factory=Switches)
    """As the session was opened."""
    switches: Switches = field(default_factory=Switches)
    """As they are now."""
    progress: dict[str | int, asyncio.Task[Any]] = field(default_factory=dict)
    """Tasks that show progress, by its token."""
    running: dict[str, asyncio.Task[Any]] = field(default_factory=dict)
    """Commands that ask a model now, by what exactly they were asked."""

    def misread(self, params: Any) -> None:
        """A notification with these parameters was not understood. A document it was about may
        have changed by it."""
        about = params.get("textDocument") if isinstance(params, dict) else None
        uri = about.get("uri") if isinstance(about, dict) else None
        if isinstance(uri, str):
            self.documents.doubt(uri)
