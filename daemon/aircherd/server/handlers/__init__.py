"""One file, one method. A handler converts and calls; it decides nothing."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from aircherd.server.dispatch import Handler, Notified
from aircherd.server.handlers import (
    ask,
    chat,
    commit_message,
    correct_task,
    count_tokens,
    detect_task,
    document,
    dump,
    embed,
    explain,
    feedback,
    fix,
    forget,
    generate,
    image,
    metrics,
    models,
    note,
    outbox,
    plan,
    providers,
    refactor,
    reload,
    review,
    status,
    summarize,
    trust,
    usage,
    workspace,
)
from aircherd.server.house import House
from aircherd.server.lsp import table
from aircherd.server.once import Once


def handlers(house: House) -> Mapping[str, Handler]:
    """Every method of the protocol and who answers it."""
    once = Once(house)
    asked: dict[str, Handler] = {
        "aircher/commitMessage": once.keyed(commit_message.handle),
        "aircher/ask": once.keyed(ask.handle),
        "aircher/chat": once.keyed(chat.handle),
        "aircher/review": once.keyed(review.handle),
        "aircher/explain": once.keyed(explain.handle),
        "aircher/summarize": once.keyed(summarize.handle),
        "aircher/fix": once.keyed(fix.handle),
        "aircher/document": once.keyed(document.handle),
        "aircher/refactor": once.keyed(refactor.handle),
        "aircher/generate": once.keyed(generate.handle),
        "aircher/feedback": partial(feedback.handle, house),
        "aircher/embed": once.keyed(embed.handle),
        "aircher/image": once.keyed(image.handle),
        "aircher/countTokens": partial(count_tokens.handle, house),
        "aircher/usage": partial(usage.handle, house),
        "aircher/models": models.Models(house).handle,
        "aircher/providers": partial(providers.handle, house),
        "aircher/status": partial(status.handle, house),
        "aircher/metrics": partial(metrics.handle, house),
        "aircher/dump": partial(dump.handle, house),
        "aircher/detectTask": partial(detect_task.handle, house),
        "aircher/correctTask": partial(correct_task.handle, house),
        "aircher/plan": partial(plan.handle, house),
        "aircher/workspace": partial(workspace.handle, house),
        "aircher/note": partial(note.handle, house),
        "aircher/reload": partial(reload.handle, house),
        "aircher/trust": partial(trust.handle, house),
        "aircher/outbox": partial(outbox.handle, house),
        "aircher/forget": partial(forget.handle, house),
    }
    return {**asked, **table.handlers(house, asked)}


def notified(house: House) -> Mapping[str, Notified]:
    """Every notification that is taken, and by whom."""
    return table.notified(house)
