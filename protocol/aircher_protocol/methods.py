"""METHODS: every method of the protocol, in one table."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import attrs

from aircher_protocol import commands as c
from aircher_protocol import types as t
from aircher_protocol.chat import ChatParams


class Direction(StrEnum):
    """Who sends it, in the words of LSP's metaModel."""

    CLIENT_TO_SERVER = "clientToServer"
    SERVER_TO_CLIENT = "serverToClient"


@attrs.frozen(kw_only=True)
class Method:
    """One request or notification."""

    name: str
    """Its name on the wire."""
    params: type[Any]
    """Type of its parameters."""
    result: type[Any] | None
    """Type of its result; None for notifications."""
    direction: Direction = Direction.CLIENT_TO_SERVER
    """Who sends it."""
    since: int = 1
    """Protocol version it came with."""
    cancellable: bool = False
    """Whether `$/cancelRequest` stops it early."""
    streams: bool = False
    """Whether it sends `aircher/delta` when given a `deltaToken`."""
    doc: str
    """What it is for."""


def _request(
    name: str,
    params: type[Any],
    result: type[Any],
    doc: str,
    *,
    cancellable: bool = False,
    streams: bool = False,
) -> Method:
    return Method(
        name=name,
        params=params,
        result=result,
        doc=doc,
        cancellable=cancellable,
        streams=streams,
    )


def _notification(name: str, params: type[Any], doc: str) -> Method:
    return Method(
        name=name, params=params, result=None, direction=Direction.SERVER_TO_CLIENT, doc=doc
    )


METHODS: dict[str, Method] = {
    method.name: method
    for method in (
        _request(
            "aircher/commitMessage",
            t.CommitMessageParams,
            t.CommitMessage,
            "Writes a commit message for what is staged, in the repository's own convention.",
            cancellable=True,
            streams=True,
        ),
        _request(
            "aircher/ask",
            t.AskParams,
            c.AskResult,
            "Answers one question, or the next of a conversation.",
            cancellable=True,
            streams=True,
        ),
        _request(
            "aircher/chat",
            ChatParams,
            t.Answer,
            "Continues a conversation given in full.",
            cancellable=True,
            streams=True,
        ),
        _request(
            "aircher/review",
            c.ReviewParams,
            c.Review,
            "Finds the faults of a change, on the lines it changed, or of code.",
            cancellable=True,
            streams=True,
        ),
        _request(
            "aircher/explain",
            c.ExplainParams,
            c.Prose,
            "Says what code does.",
            cancellable=True,
            streams=True,
        ),
        _request(
            "aircher/summarize",
            c.SummarizeParams,
            c.Prose,
            "Gives a short account of a file, a change, a branch or its commits.",
            cancellable=True,
            streams=True,
        ),
        _request(
            "aircher/fix",
            c.FixParams,
            c.EditProposal,
            "Proposes the remedy of a problem.",
            cancellable=True,
            streams=True,
        ),
        _request(
            "aircher/document",
            c.DocumentParams,
            c.EditProposal,
            "Proposes documentation: a docstring, or a section of the front page.",
            cancellable=True,
            streams=True,
        ),
        _request(
            "aircher/refactor",
            c.RefactorParams,
            c.EditProposal,
            "Proposes another structure with the same behaviour.",
            cancellable=True,
            streams=True,
        ),
        _request(
            "aircher/generate",
            c.GenerateParams,
            c.EditProposal,
            "Proposes new code at the cursor, or tests.",
            cancellable=True,
            streams=True,
        ),
        _request(
            "aircher/feedback",
            c.FeedbackParams,
            c.FeedbackResult,
            "Tells what a user did with an answer or a finding.",
        ),
        _request(
            "aircher/embed",
            t.EmbedParams,
            t.Embedded,
            "Makes a vector for each text, under the same limits as any other call.",
            cancellable=True,
        ),
        _request(
            "aircher/image",
            t.ImageParams,
            t.Pictured,
            "Makes pictures, each reserved for at its dearest before it is asked for.",
            cancellable=True,
        ),
        _request(
            "aircher/countTokens",
            t.CountTokensParams,
            t.CountedTokens,
            "Counts a conversation's tokens: the provider, a tokenizer here, or a bound.",
            cancellable=True,
        ),
        _request(
            "aircher/usage",
            t.UsageParams,
            t.UsageReport,
            "The books: today, the month, by task, provider and model, and every limit.",
        ),
        _request(
            "aircher/models",
            t.ModelsParams,
            t.ModelList,
            "Which models can be used, with price and window, and what is wrong with the rest.",
            cancellable=True,
        ),
        _request(
            "aircher/providers",
            t.ProvidersParams,
            t.ProviderList,
            "Every provider and its state.",
            cancellable=True,
        ),
        _request("aircher/status", t.StatusParams, t.Status, "How the daemon is."),
        _request(
            "aircher/metrics", t.MetricsParams, t.Metrics, "Figures for a monitor, as OpenMetrics."
        ),
        _request(
            "aircher/dump", t.DumpParams, t.Dump, "What helps to find a fault, and no secret."
        ),
        _request(
            "aircher/detectTask",
            t.DetectTaskParams,
            t.DetectedTask,
            "What a message would be taken for, and why. No model is asked.",
        ),
        _request(
            "aircher/correctTask",
            t.CorrectTaskParams,
            t.TaskCorrections,
            "Teaches what a message was, lists what was taught, or forgets it.",
        ),
        _request(
            "aircher/plan",
            t.PlanParams,
            t.PlanResult,
            "A dry run: what a request would send, to whom, at what cost. Nothing is sent.",
            cancellable=True,
        ),
        _request(
            "aircher/reload",
            t.ReloadParams,
            t.ReloadResult,
            "Reads the configuration again.",
        ),
        _request(
            "aircher/workspace",
            t.WorkspaceParams,
            t.Workspace,
            "What a repository and the work on it look like, now or from now on.",
            cancellable=True,
        ),
        _request(
            "aircher/note",
            t.NoteParams,
            t.Noted,
            "Tells of open documents, the selection, problems shown, or a command that was run.",
        ),
        _request(
            "aircher/trust",
            t.TrustParams,
            t.TrustState,
            "Whether a workspace's own settings are accepted; accepts or revokes them.",
        ),
        _request(
            "aircher/outbox",
            t.OutboxParams,
            t.OutboxResult,
            "What has left for models on other machines: to whom, how much, its hash.",
        ),
        _request(
            "aircher/forget",
            t.ForgetParams,
            t.Forgotten,
            "Takes usage of a workspace or from before a day out of the books.",
        ),
        _notification(
            "aircher/workspaceChanged",
            t.WorkspaceChangedParams,
            "A repository this connection subscribed to, or the work on it, changed.",
        ),
        _notification("aircher/delta", t.DeltaParams, "A piece of text on its way to a result."),
        _notification(
            "aircher/waiting",
            t.WaitingParams,
            "A request got in line for a busy provider, and its place; or it shares an answer.",
        ),
        _notification(
            "aircher/budget",
            t.BudgetParams,
            "Spending crossed a limit's alert threshold, or a call was refused by it.",
        ),
        _notification(
            "aircher/statusChanged",
            t.StatusChangedParams,
            "The daemon is busy or idle, and what was spent; at most once a second.",
        ),
    )
}
"""Every method by its name on the wire. `$/cancelRequest` is LSP's own."""
