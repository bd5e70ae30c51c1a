"""Why a request went where it went, as it stands with it in the books."""

from __future__ import annotations

from aircherd.core.jsontext import number, optional, quoted
from aircherd.core.plan import Candidate, Plan, Refusal
from aircherd.core.same import Same
from aircherd.routing.rows import as_json


def reason_json(plan: Plan) -> str:
    """The choice, for the books: compact, and nothing of the prompt in it."""
    found = plan.detection
    evidence = ",".join([quoted(one.text) for one in found.evidence[:4]])
    return (
        f'{{"task":{quoted(found.task)},"confidence":{round(found.confidence, 3)!r},'
        f'"evidence":[{evidence}],"requested":{optional(plan.requested)},'
        f'"candidates":[{",".join([_candidate(one) for one in plan.candidates[:5]])}],'
        f'"refused":[{_refused(plan.refused)}],'
        f'"turned":{quoted(plan.turned)},"inputs":{as_json(plan.inputs)}}}'
    )


def _candidate(one: Candidate) -> str:
    return (
        f'{{"model":{quoted(str(one.spec.ref))},"why":{quoted(one.why)},'
        f'"expected":{number(one.expected)},"worst":{number(one.worst)},'
        f'"quality":{number(one.spec.quality)},"takes":{number(one.takes_ms)}}}'
    )


def _refusals(refused: tuple[Refusal, ...]) -> str:
    return ",".join([_refusal(one) for one in refused[:12]])


_refused = Same(_refusals)


def _refusal(one: Refusal) -> str:
    return (
        f'{{"provider":{quoted(one.provider)},"model":{optional(one.model)},'
        f'"why":{quoted(one.why)}}}'
    )
