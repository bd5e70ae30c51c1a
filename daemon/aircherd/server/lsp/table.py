"""Every method of LSP that is answered, and by whom."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from aircherd.server.dispatch import Handler, Notified
from aircherd.server.house import House
from aircherd.server.lsp import (
    actions,
    commands,
    completion,
    configuration,
    diagnostics,
    intent,
    lenses,
    progress,
    sync,
)


def handlers(house: House, asked: Mapping[str, Handler]) -> Mapping[str, Handler]:
    """Requests; `asked` are the protocol's own methods, which commands go through."""
    return {
        "workspace/executeCommand": partial(commands.execute, asked),
        "textDocument/codeAction": actions.actions,
        "codeAction/resolve": actions.resolve,
        "textDocument/codeLens": lenses.lenses,
        "textDocument/completion": partial(completion.completion, house),
        "textDocument/diagnostic": diagnostics.pull,
    }


def notified(house: House) -> Mapping[str, Notified]:
    """Notifications."""
    return {
        "initialized": partial(intent.initialized, house),
        "textDocument/didOpen": partial(intent.opened, house),
        "textDocument/didChange": partial(sync.changed, house),
        "textDocument/didSave": partial(sync.saved, house),
        "textDocument/didClose": partial(sync.closed, house),
        "workspace/didChangeConfiguration": configuration.changed,
        "workspace/didChangeWorkspaceFolders": partial(intent.folders_changed, house),
        "window/workDoneProgress/cancel": progress.cancelled,
    }
