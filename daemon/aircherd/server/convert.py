"""Domain values to wire values and back. The price of keeping wire types above this line."""

from __future__ import annotations

from functools import lru_cache
from urllib.parse import unquote, urlsplit

from aircher_protocol import types as t
from aircher_protocol.jsontext import lasting
from aircherd.core.books import Latency, Spending, UsageLine, UsageTotals
from aircherd.core.chat import Usage
from aircherd.core.errors import InvalidRequest
from aircherd.core.money import NanoUsd, PicoUsd, show
from aircherd.core.plan import Attempt, Candidate, Plan, Refusal
from aircherd.core.same import Same
from aircherd.core.settings import Problem
from aircherd.core.tasks import Evidence
from aircherd.features.desk import Told
from aircherd.routing.acceptance import Record
from aircherd.routing.projection import Projection
from aircherd.routing.savings import Savings
from aircherd.routing.selector import summary
from aircherd.server import convert_chat


@lru_cache(512)
def money(amount: NanoUsd | None, *, estimated: bool = False) -> t.Money:
    """An amount; None is said to be unknown."""
    if amount is None:
        return t.Money(nano_usd=None, text="unknown", estimated=False)
    return t.Money(nano_usd=amount, text=show(amount), estimated=estimated)


def path_of(workspace: str) -> str:
    """The path a workspace parameter means: a path, or a file URI."""
    if workspace.startswith("file:"):
        parts = urlsplit(workspace)
        if parts.netloc not in ("", "localhost"):
            raise InvalidRequest(f"{workspace} lies on another machine; give a local path.")
        return unquote(parts.path)
    if not workspace.startswith("/"):
        raise InvalidRequest(f"The workspace {workspace!r} must be an absolute path or a file URI.")
    return workspace


def evidence(items: tuple[Evidence, ...]) -> tuple[t.EvidenceLine, ...]:
    """Reasons for a task."""
    return tuple(
        t.EvidenceLine(task=t.TaskKind(e.task), weight=e.weight, text=e.text) for e in items
    )


def task(kind: str | None) -> t.TaskKind | None:
    """A task; None stays None."""
    return None if kind is None else t.TaskKind(kind)


def reason(plan: Plan) -> t.Reason:
    """Why this model."""
    return t.Reason(
        task=t.TaskKind(plan.detection.task),
        confidence=plan.detection.confidence,
        evidence=evidence(plan.detection.evidence),
        candidates=tuple(_candidate(c) for c in plan.candidates[:8]),
        refused=_refused(plan.refused),
        summary=summary(plan),
    )


def _refusals(found: tuple[Refusal, ...]) -> tuple[t.RefusalLine, ...]:
    lines = [
        t.RefusalLine(provider=one.provider, model=one.model, why=one.why) for one in found[:20]
    ]
    return lasting(tuple(lines))


_refused = Same(_refusals)


def _candidate(candidate: Candidate) -> t.CandidateLine:
    ref = candidate.spec.ref
    return t.CandidateLine(
        provider=ref.provider,
        model=ref.model,
        local=candidate.spec.local,
        why=candidate.why,
        expected=money(candidate.expected, estimated=True),
        worst=money(candidate.worst, estimated=True),
    )


def _attempt(attempt: Attempt) -> t.AttemptLine:
    return t.AttemptLine(
        provider=attempt.provider,
        model=attempt.model,
        outcome=attempt.outcome,
        sent=attempt.sent,
        cost=money(attempt.cost),
        error=attempt.error,
    )


def usage(found: Usage | None) -> t.TokenUsage | None:
    """Tokens of one call."""
    if found is None:
        return None
    return t.TokenUsage(
        input=found.input,
        output=found.output,
        cache_read=found.cache_read,
        cache_write=found.cache_write + found.cache_write_long,
        reasoning=found.reasoning,
        estimated=found.estimated,
    )


def answer(told: Told, today: NanoUsd | None) -> t.Answer:
    """An answer with who gave it, what it cost and why."""
    return t.Answer(
        request_id=told.operation,
        text=told.text,
        finish=str(told.finish),
        requested=told.plan.requested,
        provider=told.ref.provider,
        model=told.ref.model,
        local=told.local,
        attempts=tuple(_attempt(a) for a in told.attempts),
        usage=usage(told.usage),
        cost=money(told.cost, estimated=told.estimated),
        today=money(today),
        duration_ms=told.duration_ms,
        first_token_ms=told.first_token_ms,
        reason=reason(told.plan),
        notices=told.notices,
        tool_calls=convert_chat.calls(told.calls),
        state=convert_chat.state(told.state),
    )


def total(name: str, totals: UsageTotals) -> t.UsageTotal:
    """A row of the usage report."""
    return t.UsageTotal(
        name=name,
        requests=totals.operations,
        attempts=totals.attempts,
        cost=money(totals.cost, estimated=bool(totals.estimated)),
        input=totals.input,
        output=totals.output,
        cached=totals.cached,
        unpriced=totals.unpriced,
    )


def limit(spending: Spending, zone_end: str) -> t.LimitLine:
    """Where one limit stands; `zone_end` is the end of its period in the user's zone."""
    return t.LimitLine(
        label=spending.limit.label,
        limit=money(spending.limit.amount),
        spent=money(spending.spent),
        held=money(spending.held),
        resets_at=zone_end,
    )


def part(line: UsageLine) -> t.DayPart:
    """One group of one day, named `DATE NAME`."""
    date, _, name = line.name.partition(" ")
    return t.DayPart(date=date, name=name, cost=money(line.totals.cost))


def projection(found: Projection | None) -> t.ProjectionLine | None:
    """What a month will probably cost."""
    if found is None:
        return None
    return t.ProjectionLine(
        low=money(found.low, estimated=True),
        likely=money(found.likely, estimated=True),
        high=money(found.high, estimated=True),
        days=found.days,
    )


def savings(found: Savings | None) -> t.SavingsLine | None:
    """A month against one model for everything."""
    if found is None:
        return None
    return t.SavingsLine(
        baseline=found.baseline,
        instead=money(found.instead, estimated=True),
        paid=money(found.paid),
        saved=difference(NanoUsd(found.saved)),
        share=found.share,
    )


def acceptance(model: str, task: str, found: Record) -> t.AcceptanceLine:
    """What was kept of one model's answers to one task."""
    return t.AcceptanceLine(
        name=model,
        task=t.TaskKind(task),
        answers=found.trials,
        kept=found.kept,
        edited=found.edited,
        dropped=found.dropped,
        acceptance=found.acceptance or 0.0,
    )


def difference(amount: NanoUsd) -> t.Money:
    """An amount that may be below zero, of our own reckoning."""
    sign = "-" if amount < 0 else ""
    text = sign + show(NanoUsd(abs(amount)))
    return t.Money(nano_usd=amount, text=text, estimated=True)


def latency(found: Latency) -> t.LatencyLine:
    """How quick one model was."""
    return t.LatencyLine(
        name=found.name,
        answers=found.answers,
        first_median=found.first_median,
        first_p90=found.first_p90,
        median=found.median,
        p90=found.p90,
    )


def per_million_text(price: PicoUsd) -> str:
    """A unit price as USD per million tokens."""
    whole, part = divmod(price, 1_000_000)
    return f"{whole}.{part:06d}".rstrip("0").ljust(len(str(whole)) + 3, "0")


def problem(found: Problem) -> t.ConfigProblem:
    """One mistake in a configuration file."""
    return t.ConfigProblem(
        file=found.file,
        line=found.line,
        column=found.column,
        message=found.message,
        hint=found.hint,
    )
