"""aircher/fix"""

from __future__ import annotations

from aircher_protocol.commands import DiagnosticRef, EditProposal, FixParams
from aircherd.features.fix import Wish, fix
from aircherd.server import convert_commands as commands
from aircherd.server.dispatch import Call, Client
from aircherd.server.house import House


async def handle(house: House, call: Call[FixParams]) -> EditProposal:
    """Proposes the remedy of a problem."""
    found = wish(call.params, call.session)
    proposed = await fix(
        house.desk,
        house.sources,
        found,
        call.sink,
        commands.asked(call),
        commands.now(call, found.wanted),
    )
    return commands.proposal(proposed, await house.today(), call.session.encoding)


def wish(params: FixParams, client: Client) -> Wish:
    """The problem."""
    shown = params.diagnostic
    return Wish(
        wanted=commands.required(params.document, client),
        span=commands.span(params.range or (shown.range if shown is not None else None)),
        encoding=client.encoding,
        diagnostic=None if shown is None else _said(shown),
        error=params.error,
        instruction=params.instruction,
        workspace=commands.workspace(params),
    )


def _said(shown: DiagnosticRef) -> str:
    """Such as `mypy [name-defined]: Name "x" is not defined`."""
    rule = f"[{shown.code}]" if shown.code is not None else ""
    head = " ".join(part for part in (shown.source or "", rule) if part)
    return f"{head}: {shown.message}" if head else shown.message
