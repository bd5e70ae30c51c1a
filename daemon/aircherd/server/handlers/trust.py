"""aircher/trust"""

from __future__ import annotations

import asyncio

from aircher_protocol.types import TrustAction, TrustedWorkspace, TrustParams, TrustState
from aircherd.core.errors import InvalidRequest
from aircherd.roots import between, top_of
from aircherd.server import convert
from aircherd.server.dispatch import Call
from aircherd.server.house import House
from aircherd.trust.place import Place, look
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
    top = top_of(path)
    folders = (top, *between(top, (path,)))
    if params.action is TrustAction.REVOKE:
        accepted = {one.root for one in trust.listed()}
        root = next((one for one in reversed(folders) if one in accepted), top)
        trust.revoke(root)
        return _state(trust, _place(root))
    places = [_place(folder) for folder in folders]
    # What stands in the way, the outermost of it first; else the nearest that says something.
    shut = next((one for one in places if trust.why_not(one) is not None), None)
    place = shut or next((one for one in reversed(places) if one.speaks), places[0])
    if params.action is TrustAction.ACCEPT:
        if params.digest != place.digest:
            raise InvalidRequest(
                f"What {place.root} says is not what was shown; look at it again, then accept it."
            )
        trust.accept(place)
    return _state(trust, place)


def _place(root: str) -> Place:
    try:
        return look(root)
    except OSError as error:
        raise InvalidRequest(f"{root} cannot be looked at: {error.strerror}.") from None


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
