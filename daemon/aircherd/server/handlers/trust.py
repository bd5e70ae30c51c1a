"""aircher/trust"""

from __future__ import annotations

import asyncio

from aircher_protocol.types import TrustAction, TrustedWorkspace, TrustParams, TrustState
from aircherd.core.errors import InvalidRequest
from aircherd.server import convert
from aircherd.server.dispatch import Call
from aircherd.server.house import House
from aircherd.trust.place import Place, look, top_of
from aircherd.trust.store import Trust


async def handle(house: House, call: Call[TrustParams]) -> TrustState:
    """Says or changes how the trust in a workspace stands."""
    params = call.params
    if params.action is TrustAction.WINDOW:
        if params.trusted is None:
            raise InvalidRequest("Say in `trusted` whether the editor trusts its folder.")
        call.session.restricted = not params.trusted
        return TrustState(trusted=params.trusted)
    if params.workspace is None:
        if params.action is not TrustAction.SHOW:
            raise InvalidRequest("Name the workspace this is about.")
        return TrustState(trusted=False, accepted=await asyncio.to_thread(_listed, house.trust))
    path = convert.path_of(params.workspace)
    return await asyncio.to_thread(_about, house.trust, path, params)


def _about(trust: Trust, path: str, params: TrustParams) -> TrustState:
    root = top_of(path)
    if params.action is TrustAction.REVOKE:
        trust.revoke(root)
    try:
        place = look(root)
    except OSError as error:
        raise InvalidRequest(f"{root} cannot be looked at: {error.strerror}.") from None
    if params.action is TrustAction.ACCEPT:
        if params.digest != place.digest:
            raise InvalidRequest(
                f"What {root} says is not what was shown; look at it again, then accept it."
            )
        trust.accept(place)
    return _state(trust, place)


def _state(trust: Trust, place: Place) -> TrustState:
    why = trust.why_not(place)
    return TrustState(
        root=place.root,
        trusted=why is None,
        why=why,
        file=None if place.said is None else place.said.decode("utf-8", "replace"),
        digest=place.digest,
        accepted=_listed(trust),
    )


def _listed(trust: Trust) -> tuple[TrustedWorkspace, ...]:
    return tuple(
        TrustedWorkspace(root=one.root, at=one.at, digest=one.digest) for one in trust.listed()
    )
