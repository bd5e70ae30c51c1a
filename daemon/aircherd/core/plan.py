"""Which model answers, and why: the values that selection gives and everybody shows."""

from __future__ import annotations

from dataclasses import dataclass, replace

from aircherd.core.catalog import ModelRef, ModelSpec
from aircherd.core.money import NanoUsd
from aircherd.core.tasks import Detection

POOLED = "; one of the pool of "
"""Stands in a candidate's reason before what made its order among models that are equals."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A model that may answer, at its place in the order."""

    spec: ModelSpec
    why: str
    """Why it stands at this place, such as `cheapest model good enough for commit messages`."""
    expected: NanoUsd | None
    """What the call will probably cost; None when the price is unknown."""
    worst: NanoUsd | None
    """What it can cost at most; this is what is reserved."""
    cached: int = 0
    """Prompt tokens that are expected to be read from its provider's cache."""
    takes_ms: int | None = None
    """Milliseconds until its answer is probably whole; None for a model nobody has timed."""

    def dearer(self, worst: NanoUsd) -> Candidate:
        """The same with another bound of what it can cost."""
        return Candidate(
            spec=self.spec,
            why=self.why,
            expected=self.expected,
            worst=worst,
            cached=self.cached,
            takes_ms=self.takes_ms,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A model that may not answer."""

    provider: str
    model: str | None
    """None when the whole provider is refused."""
    why: str
    """Such as `no key in $OPENAI_API_KEY` or `cooling down 22 s`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Every choice made for one operation, before anything is sent."""

    detection: Detection
    candidates: tuple[Candidate, ...]
    refused: tuple[Refusal, ...]
    requested: str | None = None
    """The model the caller named, if any."""
    notices: tuple[str, ...] = ()
    """What the caller should know about the choice, each one line."""
    pressed: bool = False
    """Whether a limit decided who comes first; then the order is not to be spread."""
    decisive: tuple[ModelRef, ...] = ()
    """The models without which the choice would not have come out as it did."""
    inputs: str = ""
    """What the choice was made from, as `routing.replay` packs it; empty when nobody asked."""
    turned: str = ""
    """What changed the order after the choice, step by step, `; ` between them: `escalated
    PROVIDER/MODEL`, `spread STRATEGY` over providers, `spread PROVIDER STRATEGY` over a pool of its
    models, `again PROVIDER/MODEL` for a second round at one model."""

    def among(self, candidates: tuple[Candidate, ...]) -> Plan:
        """The plan with its candidates reckoned anew."""
        return self._with(candidates, self.requested, self.notices, self.inputs)

    def asked(self, requested: str | None, notices: tuple[str, ...], inputs: str) -> Plan:
        """The plan with the name the caller used, what is to be said of it, and its inputs."""
        return self._with(self.candidates, requested, notices, inputs)

    def _with(
        self,
        candidates: tuple[Candidate, ...],
        requested: str | None,
        notices: tuple[str, ...],
        inputs: str,
    ) -> Plan:
        # Twice for every request: `replace` takes as long again to find out what the fields are.
        return Plan(
            detection=self.detection,
            candidates=candidates,
            refused=self.refused,
            requested=requested,
            notices=notices,
            pressed=self.pressed,
            decisive=self.decisive,
            inputs=inputs,
            turned=self.turned,
        )

    def turn(self, step: str, candidates: tuple[Candidate, ...]) -> Plan:
        """The plan with its candidates in another order, or fewer of them, and why."""
        turned = f"{self.turned}; {step}" if self.turned else step
        return replace(self, candidates=candidates, turned=turned)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One call that was tried for an operation, whatever came of it."""

    provider: str
    model: str
    outcome: str
    """`done`, `interrupted`, `cancelled`, or an error kind."""
    sent: bool
    """Whether the provider may have seen the text."""
    cost: NanoUsd | None
    """None when the price is unknown."""
    error: str | None = None
