"""What a choice was made from, small enough to stand in the books, and the same choice made anew.

Kept are the models that decided it and some that were refused, not all that were weighed: leaving
out a model that came after the first dozen and was no provider's best changes nothing before it.
A choice that was stored in another form than this version's is not replayed.

Most of it is the same from one request to the next: it is packed once and used again for as long
as it is, and only what is a request's own stands behind it, as it is.
"""

from __future__ import annotations

import base64
import binascii
import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, NamedTuple

from aircherd.core.books import Limit, Period, Spending
from aircherd.core.catalog import Capability, ModelRef, ProviderState
from aircherd.core.jsontext import flag, optional, quoted
from aircherd.core.money import NanoUsd
from aircherd.core.plan import Plan, Refusal
from aircherd.core.settings import CostSettings, Settings, TaskRule
from aircherd.core.tasks import Detection, TaskKind
from aircherd.routing import rows
from aircherd.routing.escalation import escalated, ladder
from aircherd.routing.expecting import Known, Warm
from aircherd.routing.selector import Need, Offer, select

FORM = 2
"""Number of the form below; one that means something else gets another."""
REFUSED = 12
"""Refused models that are kept, so that it can be told why not those."""
LARGEST = 1_000_000
"""Bytes that are unpacked at most."""
_THEN = datetime(2000, 1, 1, tzinfo=UTC)
_PERIOD = Period(key="", start=_THEN, end=_THEN)


def packed(
    plan: Plan,
    need: Need,
    offers: Sequence[Offer],
    states: Sequence[ProviderState],
    settings: Settings,
    known: Known,
) -> str:
    """Everything the plan follows from: compressed JSON in ASCII, a colon, and JSON."""
    task, warm = need.detection.task, need.warm
    about = ",".join(
        (
            quoted(task),
            f"{need.prompt_bytes},{flag(need.shrinkable)},{need.max_output}",
            rows.features(need.features),
            optional(need.requested),
            optional(need.workspace),
            "null" if warm is None else rows.warm(warm),
        )
    )
    limits = ",".join(
        [
            f"[{rows.limit(one.limit)},{one.limit.amount},{one.spent},{one.held}]"
            for one in known.standing
            # Another repository's limit has no say, and its name no place here.
            if not one.limit.scope.startswith("workspace:")
            or one.limit.scope == f"workspace:{need.workspace}"
        ]
    )
    own = f'{{"weighed":{len(offers)},"need":[{about}],"limits":[{limits}]}}'
    same = _Same(plan.decisive, plan.refused, offers, states, settings, known)
    before = _lasting.get(task)
    if before is None or not before[0].still(same):
        before = _lasting[task] = (same, _packed_lasting(task, same, ladder(plan)))
    return f"{before[1]}:{own.encode('utf-8', 'replace').decode()}"


class _Same(NamedTuple):
    """What the part of it follows from that lasts."""

    decisive: tuple[ModelRef, ...]
    refused: tuple[Refusal, ...]
    offers: Sequence[Offer]
    states: Sequence[ProviderState]
    settings: Settings
    known: Known

    def still(self, other: _Same) -> bool:
        """Whether the same follows from another one's. Of what is large, only the very same
        values will do, and no list, which may have changed."""
        return (
            self.offers is other.offers
            and isinstance(self.offers, tuple)
            and self.settings is other.settings
            and self.known.models is other.known.models
            and self.known.paces is other.known.paces
            and self.known.task == other.known.task
            and self.states == other.states
            and self.decisive == other.decisive
            and self.refused == other.refused
        )


_lasting: dict[TaskKind, tuple[_Same, str]] = {}


def _packed_lasting(task: TaskKind, of: _Same, steps: Sequence[ModelRef]) -> str:
    settings, costs, known = of.settings, of.settings.costs, of.known
    wanted = {*of.decisive, *steps}
    refused = [r for r in of.refused if r.model is not None][:REFUSED]
    wanted |= {ModelRef(r.provider, r.model or "") for r in refused}
    chosen = [offer for offer in of.offers if offer.spec.ref in wanted]
    names = {str(offer.spec.ref) for offer in chosen}
    value = {
        "form": FORM,
        "offers": [rows.of_offer(offer) for offer in chosen],
        "states": [[s.name, s.local, s.usable, s.why_not, s.cooling_down] for s in of.states],
        "settings": [
            settings.prefer,
            settings.default,
            settings.fallback_order,
            settings.allow,
            settings.hold,
            settings.egress,
            settings.task_models.get(task, ()),
            rows.of_rule(settings.task_rules.get(task, TaskRule())),
        ],
        "costs": [
            costs.unpriced_ceiling,
            costs.auto_downgrade,
            costs.thresholds,
            costs.request_limit,
            costs.downgrade_paths,
        ],
        "usual": [
            rows.of_usual(known.task),
            {name: rows.of_usual(usual) for name, usual in known.models.items() if name in names},
        ],
        "paces": {name: rows.of_pace(pace) for name, pace in known.paces.items() if name in names},
    }
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return base64.b85encode(zlib.compress(text.encode("utf-8", "replace"), 6)).decode("ascii")


def replayed(text: str, turned: str = "") -> Plan:
    """The plan that follows from what was packed. Raises ValueError for what is not understood.

    An escalation is gone through again; how requests were spread over equals is a matter of chance
    and is not.
    """
    try:
        value = _unpacked(text)
        if value["form"] != FORM:
            raise ValueError("it was stored by another version")
        plan = select(*_inputs(value))
    except (KeyError, TypeError, AttributeError, IndexError) as error:
        raise ValueError(f"it cannot be read ({error})") from None
    for step in turned.split("; "):
        how, _, what = step.partition(" ")
        provider, _, model = what.partition("/")
        ref = ModelRef(provider, model)
        if how == "escalated":
            plan = escalated(plan, ref)
        elif how == "again":
            plan = replace(
                plan, candidates=tuple(one for one in plan.candidates if one.spec.ref == ref)
            )
    return plan


def weighed(text: str) -> int:
    """How many models there were. Raises ValueError for what is not understood."""
    return int(_unpacked(text)["weighed"])


def _unpacked(text: str) -> dict[str, Any]:
    try:
        lasting, mark, own = text.partition(":")
        unpacker = zlib.decompressobj()
        raw = unpacker.decompress(base64.b85decode(lasting), LARGEST)
        if unpacker.unconsumed_tail:
            raise ValueError("it is too large")
        value = json.loads(raw)
        if mark and isinstance(value, dict):
            more = json.loads(own[:LARGEST])
            value = {**value, **more} if isinstance(more, dict) else None
    except (zlib.error, binascii.Error, RecursionError) as error:
        raise ValueError(f"it cannot be read ({error})") from None
    if not isinstance(value, dict):
        raise ValueError("it is no choice")
    return value


def _inputs(
    value: Mapping[str, Any],
) -> tuple[Need, list[Offer], list[ProviderState], Settings, Known]:
    task, prompt, shrinkable, most, features, requested, workspace, warm = value["need"]
    prefer, default, order, allow, hold, egress, named, rule = value["settings"]
    ceiling, down, thresholds, request_limit, paths = value["costs"]
    at_task, models = value["usual"]
    need = Need(
        detection=Detection(task=TaskKind(task), confidence=1.0),
        prompt_bytes=prompt,
        shrinkable=shrinkable,
        max_output=most,
        features=frozenset(Capability(name) for name in features),
        requested=requested,
        workspace=workspace,
        warm=None if warm is None else Warm(ref=ModelRef(warm[0], warm[1]), tokens=warm[2]),
    )
    settings = Settings(
        prefer=prefer,
        default=default,
        fallback_order=tuple(order),
        allow=None if allow is None else tuple(allow),
        hold=hold,
        egress=egress,
        task_models={TaskKind(task): tuple(named)},
        task_rules={TaskKind(task): rows.rule_of(rule)},
        costs=CostSettings(
            unpriced_ceiling=ceiling,
            auto_downgrade=down,
            alert_threshold=min(thresholds),
            request_limit=request_limit,
            downgrade_paths={name: tuple(steps) for name, steps in paths.items()},
        ),
    )
    known = Known(
        task=rows.usual_of(at_task),
        models={name: usual for name, row in models.items() if (usual := rows.usual_of(row))},
        paces={name: rows.pace_of(row) for name, row in value["paces"].items()},
        standing=tuple(
            Spending(
                limit=Limit(scope=scope, period=_PERIOD, amount=NanoUsd(amount), label=label),
                spent=NanoUsd(spent),
                held=NanoUsd(held),
            )
            for scope, label, amount, spent, held in value["limits"]
        ),
    )
    states = [
        ProviderState(name=name, local=local, usable=usable, why_not=why, cooling_down=cooling)
        for name, local, usable, why, cooling in value["states"]
    ]
    return need, [rows.offer_of(row) for row in value["offers"]], states, settings, known
