"""Parameters and results of every aircher method.

attrs, frozen, keyword-only; the docstring under a field is its documentation in every generated
file. Names are snake_case here and camelCase on the wire. Money is whole nano-dollars (10^-9 USD)
with a text beside it for people; null means unknown, never zero.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import attrs

from aircher_protocol.conversation import ChatMessage as ChatMessage
from aircher_protocol.conversation import ModelState, ToolCall
from aircher_protocol.conversation import Role as Role


class TaskKind(StrEnum):
    """What a developer can be asking for."""

    COMMIT_MESSAGES = "commit_messages"
    """A message for staged changes."""
    SUMMARIES = "summaries"
    """A short account of something long."""
    CODE_REVIEW = "code_review"
    """Faults and risks in code."""
    DOCUMENTATION = "documentation"
    """Comments, docstrings, pages."""
    REFACTORING = "refactoring"
    """Better structure, same behaviour."""
    DEBUGGING = "debugging"
    """Why something fails, and the remedy."""
    QUICK_QUESTIONS = "quick_questions"
    """A question with a short answer."""
    CODE_GENERATION = "code_generation"
    """New code."""
    DEFAULT = "default"
    """None of these, or nothing is clear."""


class DeltaKind(StrEnum):
    """What to do with a piece of text that arrives before the result."""

    APPEND = "append"
    """Add it to the text so far."""
    REPLACE = "replace"
    """It is the whole text so far: a draft was repaired, or another model started over."""
    THINKING = "thinking"
    """The model thinks aloud; show it apart or not at all."""


@attrs.frozen(kw_only=True)
class Money:
    """An amount, for programs and for people."""

    nano_usd: int | None
    """Whole nano-dollars; null when the price is unknown."""
    text: str
    """Such as `$0.0004` or `unknown`."""
    estimated: bool = False
    """Whether any number behind it is our own count rather than the provider's."""


@attrs.frozen(kw_only=True)
class TokenUsage:
    """Tokens in disjoint classes; null means the provider did not say."""

    input: int | None
    """Prompt tokens outside any cache."""
    output: int | None
    """Visible answer tokens."""
    cache_read: int = 0
    """Prompt tokens read from the provider's cache."""
    cache_write: int = 0
    """Prompt tokens written to the provider's cache."""
    reasoning: int = 0
    """Thinking tokens, billed as output."""
    estimated: bool = False
    """Whether any number is our own count."""


@attrs.frozen(kw_only=True)
class EvidenceLine:
    """One reason to believe in a task."""

    task: TaskKind
    """The task it speaks for."""
    weight: float
    """How much it adds."""
    text: str
    """The reason, for a person."""


@attrs.frozen(kw_only=True)
class CandidateLine:
    """A model that may answer."""

    provider: str
    """Its provider."""
    model: str
    """Its name there."""
    local: bool
    """Whether it runs on this machine."""
    why: str
    """Why it stands at this place."""
    expected: Money
    """What the call will probably cost."""
    worst: Money
    """What it can cost at most; this much is reserved before anything is sent."""


@attrs.frozen(kw_only=True)
class RefusalLine:
    """A provider or model that may not answer."""

    provider: str
    """The provider."""
    model: str | None = None
    """The model; null when the whole provider is refused."""
    why: str
    """The reason, in words a user can act on."""


@attrs.frozen(kw_only=True)
class Reason:
    """Why this model: the same object in the answer, the log and the usage row."""

    task: TaskKind
    """What the request was taken for."""
    confidence: float
    """How firmly, 0 to 1."""
    evidence: tuple[EvidenceLine, ...] = ()
    """Why it was taken for that."""
    candidates: tuple[CandidateLine, ...] = ()
    """Models in the order they are tried."""
    refused: tuple[RefusalLine, ...] = ()
    """Models that were not, and why."""
    summary: str
    """The whole in one line."""


@attrs.frozen(kw_only=True)
class AttemptLine:
    """One call that was tried for this answer."""

    provider: str
    """Who was asked."""
    model: str
    """Which model."""
    outcome: str
    """`done`, `interrupted`, `cancelled`, or an error kind."""
    sent: bool
    """Whether the provider may have seen the text."""
    cost: Money
    """What it cost."""
    error: str | None = None
    """What went wrong, in words."""


@attrs.frozen(kw_only=True)
class Answer:
    """What every method that asks a model gives back."""

    request_id: str
    """Id of this operation in the books and the log."""
    text: str
    """The whole text, also when it was streamed."""
    finish: str
    """`stop`, `length`, `content_filter`, ... ; anything but `stop` is worth showing."""
    requested: str | None = None
    """The model the caller named, if any."""
    provider: str
    """Who answered; `aircher` for the rule-based drafter."""
    model: str
    """Which model; `rules` for the rule-based drafter."""
    local: bool
    """Whether it was answered on this machine."""
    attempts: tuple[AttemptLine, ...] = ()
    """Every call that was tried, the answering one last."""
    usage: TokenUsage | None = None
    """Tokens of the answering call; null when no model was asked."""
    cost: Money
    """What all attempts cost together."""
    today: Money
    """What has been spent today, this included."""
    duration_ms: int
    """From receipt to result."""
    first_token_ms: int | None = None
    """From receipt to the first piece of text; null when there was none."""
    reason: Reason
    """Why this model."""
    notices: tuple[str, ...] = ()
    """What the user should know, each one line ending with what to do."""
    tool_calls: tuple[ToolCall, ...] = ()
    """Functions the model asks for, where it was offered any."""
    state: tuple[ModelState, ...] = ()
    """What belongs into the next request with this turn, for the model that made it."""


@attrs.frozen(kw_only=True)
class LeftOut:
    """A file, or part of one, that was not sent to the model."""

    path: str
    """Its path in the repository; bytes that are not UTF-8 are shown as \\xNN."""
    why: str
    """Such as `lock file`, `binary`, `3 of 9 hunks`."""


@attrs.frozen(kw_only=True)
class Check:
    """One rule of the repository's convention, held against the message."""

    rule: str
    """Such as `type-enum` or `subject-max-length`, after commitlint where it has the rule."""
    ok: bool
    """Whether the final message keeps it."""
    detail: str
    """What was found, for a person."""
    repaired: bool = False
    """Whether the draft broke it and was mended."""


@attrs.frozen(kw_only=True)
class CommitMessageParams:
    """Asks for a message for what is staged."""

    workspace: str
    """Any path in the repository, absolute, or its file URI."""
    hint: str | None = None
    """What the user wants said or changed."""
    previous: str | None = None
    """A message the user rejected; the new one will differ."""
    model: str | None = None
    """`provider/model` to use it and no other; `aircher/rules` for the rule-based drafter."""
    amend: bool = False
    """Describe HEAD's own change together with what is staged."""
    delta_token: str | int | None = None
    """When set, text arrives as `aircher/delta` with this token before the result."""
    client: str | None = None
    """Name of the program that asks, for the books."""
    idempotency_key: str | None = None
    """The same key within a day means the same request: asked and paid once, answered alike."""
    finish_unattended: bool = False
    """Go on when the connection ends: the answer is given under the idempotency key, within a day.
    A cancel ends it all the same."""
    send_secrets: tuple[str, ...] = ()
    """Kinds of secrets, as `aircher/plan` names them, that this one request sends as they are; the
    log and the list of what was sent say so."""


@attrs.frozen(kw_only=True)
class CommitMessage:
    """A message that can be committed as it stands."""

    answer: Answer
    """The text, who wrote it, what it cost and why."""
    subject: str
    """Its first line."""
    body: str
    """The rest, without the blank line between; empty when there is none."""
    convention: str
    """What was learned of the repository's habit, in one line."""
    checks: tuple[Check, ...]
    """Each rule and whether it is kept."""
    files: int
    """How many files are staged."""
    left_out: tuple[LeftOut, ...] = ()
    """What the model did not see."""


@attrs.frozen(kw_only=True)
class Position:
    """A place between two characters, as LSP has it."""

    line: int
    """0-based."""
    character: int
    """0-based, in units of the session's position encoding."""


@attrs.frozen(kw_only=True)
class Range:
    """What lies between two places, as LSP has it."""

    start: Position
    """Its beginning."""
    end: Position
    """Its end, not included."""


class NeighbourKind(StrEnum):
    """How a place stands to what is asked about."""

    ENCLOSING = "enclosing"
    """The symbol around the range, in the same document."""
    DEFINITION = "definition"
    """Where something is defined that the range uses."""
    REFERENCE = "reference"
    """Where the range's own symbol is used."""


@attrs.frozen(kw_only=True)
class Neighbour:
    """A place an editor's own symbols name. Only the place is sent: the daemon reads the lines
    itself, inside the same workspace and under its rules."""

    kind: NeighbourKind
    """How it stands to what is asked about."""
    uri: str
    """The file."""
    range: Range
    """Its lines; for a definition all of it, or its name."""


@attrs.frozen(kw_only=True)
class DocumentRef:
    """A file, and what an editor knows of it."""

    uri: str
    """Its URI."""
    version: int | None = None
    """The editor's version of it; null when it is not open there."""
    text: str | None = None
    """Its text; null takes the daemon's synced copy, or the file on disk inside the workspace."""
    language_id: str | None = None
    """The editor's name for its language; null judges by the file's name."""
    neighbours: tuple[Neighbour, ...] = ()
    """What the editor's other language servers say stands near the range, the nearest first; what
    fits is shown to the model, the rest is named in `leftOut`."""


@attrs.frozen(kw_only=True)
class AskParams:
    """Asks a question."""

    prompt: str
    """The question."""
    workspace: str | None = None
    """Any path in the repository it is asked in, absolute, or its file URI."""
    conversation: str | None = None
    """The conversation to go on with, as an earlier answer named it; null begins one."""
    document: DocumentRef | None = None
    """A file the question is about."""
    range: Range | None = None
    """The part of it the question is about."""
    model: str | None = None
    """`provider/model` to use it and no other."""
    max_output_tokens: int | None = None
    """Upper bound of the answer; null for the task's own."""
    delta_token: str | int | None = None
    """When set, text arrives as `aircher/delta` with this token before the result."""
    client: str | None = None
    """Name of the program that asks, for the books."""
    idempotency_key: str | None = None
    """The same key within a day means the same request: asked and paid once, answered alike."""
    finish_unattended: bool = False
    """Go on when the connection ends: the answer is given under the idempotency key, within a day.
    A cancel ends it all the same."""
    send_secrets: tuple[str, ...] = ()
    """Kinds of secrets, as `aircher/plan` names them, that this one request sends as they are; the
    log and the list of what was sent say so."""


class VectorPurpose(StrEnum):
    """What vectors are for; some providers insist on being told."""

    DOCUMENT = "document"
    """Texts to be found."""
    QUERY = "query"
    """What they are looked for with."""
    CLASSIFICATION = "classification"
    """Telling kinds of text apart."""
    CLUSTERING = "clustering"
    """Finding texts that are alike."""


@attrs.frozen(kw_only=True)
class EmbedParams:
    """Asks for a vector for each of some texts."""

    texts: tuple[str, ...]
    """The texts, 2,048 at most; none may be empty."""
    model: str | None = None
    """`provider/model`; null takes the usual one. Vectors of two models cannot be compared."""
    purpose: VectorPurpose = VectorPurpose.DOCUMENT
    """What the vectors are for."""
    dimensions: int | None = None
    """Length of each vector, for models that can be told; null leaves it to the model."""
    workspace: str | None = None
    """Any path in the repository the texts are from, absolute, or its file URI."""
    client: str | None = None
    """Name of the program that asks, for the books."""
    idempotency_key: str | None = None
    """The same key within a day means the same request: asked and paid once, answered alike."""
    finish_unattended: bool = False
    """Go on when the connection ends: the answer is given under the idempotency key, within a day.
    A cancel ends it all the same."""


@attrs.frozen(kw_only=True)
class Embedded:
    """A vector for each text."""

    vectors: tuple[tuple[float, ...], ...]
    """In the order of the texts."""
    request_id: str
    """Names the operation in the books."""
    provider: str
    """Who made them."""
    model: str
    """With which model."""
    local: bool
    """Whether on this machine."""
    usage: TokenUsage | None
    """Tokens; null when nothing is known."""
    cost: Money
    """What it cost."""
    duration_ms: int
    """From request to answer."""
    notices: tuple[str, ...] = ()
    """What the user should know."""


@attrs.frozen(kw_only=True)
class ImageParams:
    """Asks for pictures."""

    prompt: str
    """What they should show."""
    model: str | None = None
    """`provider/model`; null takes the usual one, which the answer names."""
    count: int = 1
    """How many, 10 at most; some providers make one at a time."""
    size: str | None = None
    """Such as `1024x1024`, or the provider's own word for one; null leaves it to the model."""
    quality: str | None = None
    """The provider's own word for it; null leaves it to the model."""
    workspace: str | None = None
    """Any path in the repository they are for, absolute, or its file URI."""
    client: str | None = None
    """Name of the program that asks, for the books."""
    idempotency_key: str | None = None
    """The same key within a day means the same request: asked and paid once, answered alike."""
    finish_unattended: bool = False
    """Go on when the connection ends: the answer is given under the idempotency key, within a day.
    A cancel ends it all the same."""


@attrs.frozen(kw_only=True)
class PictureFile:
    """One picture."""

    data: str
    """Its bytes, base64."""
    media_type: str
    """Such as `image/png`."""


@attrs.frozen(kw_only=True)
class Pictured:
    """Pictures."""

    pictures: tuple[PictureFile, ...]
    """As many as were made."""
    text: str
    """Words the model sent along; often empty."""
    request_id: str
    """Names the operation in the books."""
    provider: str
    """Who made them."""
    model: str
    """With which model."""
    local: bool
    """Whether on this machine."""
    usage: TokenUsage | None
    """Tokens; null when nothing is known."""
    cost: Money
    """What it cost."""
    duration_ms: int
    """From request to answer."""
    notices: tuple[str, ...] = ()
    """What the user should know."""


class CountedBy(StrEnum):
    """Who counted tokens."""

    PROVIDER = "provider"
    """The provider's own count."""
    TOKENIZER = "tokenizer"
    """A tokenizer on this machine: near."""
    BOUND = "bound"
    """Nobody; there are not more than this."""


@attrs.frozen(kw_only=True)
class CountTokensParams:
    """Asks how many tokens a conversation is at a model."""

    messages: tuple[ChatMessage, ...]
    """The conversation."""
    model: str
    """`provider/model`: each counts differently."""
    workspace: str | None = None
    """Any path in the repository it is from, absolute, or its file URI."""
    client: str | None = None
    """Name of the program that asks."""


@attrs.frozen(kw_only=True)
class CountedTokens:
    """How many tokens a conversation is."""

    tokens: int
    """How many."""
    how: CountedBy
    """Who counted."""
    provider: str
    """At which provider."""
    model: str
    """At which model."""
    why: str | None
    """Why it is not the provider's own count; null when it is."""


@attrs.frozen(kw_only=True)
class DeltaParams:
    """A piece of text on its way to a result."""

    token: str | int
    """The request's `deltaToken`."""
    seq: int
    """1, 2, 3, ... without gaps."""
    kind: DeltaKind
    """What to do with it. Applying all of them in order gives the result's text."""
    text: str
    """The text."""


@attrs.frozen(kw_only=True)
class WaitingParams:
    """A request's place in the line for a busy provider, as it got in and as the line moved on; or
    that it shares an answer that is being made for the same request."""

    token: str | int
    """The request's `deltaToken`."""
    provider: str
    """Whose turn it waits for."""
    place: int
    """1 for the next one; 0 when its turn came and it is being asked."""
    expected_seconds: float | None = None
    """How long that may take; null while nobody knows."""
    shared: bool = False
    """Whether the same is being asked already: the place is that request's, the answer both's."""


@attrs.frozen(kw_only=True)
class UsageParams:
    """Asks for the books."""

    workspace: str | None = None
    """Only what was spent for this repository."""
    days: int = 30
    """How many days of history to give, today included; at most 400."""
    baseline: str | None = None
    """`provider/model` that savings are reckoned against; null takes the user's own setting."""


@attrs.frozen(kw_only=True)
class LimitLine:
    """Where one limit stands."""

    label: str
    """Such as `daily`."""
    limit: Money
    """The limit."""
    spent: Money
    """Settled in this period."""
    held: Money
    """What calls in flight may still cost."""
    resets_at: str
    """When the period ends, ISO 8601 with the user's offset."""


@attrs.frozen(kw_only=True)
class UsageTotal:
    """Sums over a period or a group."""

    name: str
    """The period or the group's name."""
    requests: int
    """Operations; retries do not add to it."""
    attempts: int
    """Calls that reached for a provider."""
    cost: Money
    """What they cost."""
    input: int
    """Prompt tokens, cached ones included."""
    output: int
    """Answer tokens, thinking included."""
    cached: int
    """Prompt tokens read from a cache."""
    unpriced: int
    """Calls of unknown price; their cost is not in the sum."""


@attrs.frozen(kw_only=True)
class DayPart:
    """What one group cost on one day."""

    date: str
    """The local date, such as `2026-11-21`."""
    name: str
    """The group's name."""
    cost: Money
    """What it cost."""


@attrs.frozen(kw_only=True)
class ProjectionLine:
    """What the month will have cost once it is over. About four months in five end in the range."""

    low: Money
    """The lower end of the range."""
    likely: Money
    """The middle."""
    high: Money
    """The upper end of the range."""
    days: int
    """Whole days of history it is drawn from."""


@attrs.frozen(kw_only=True)
class SavingsLine:
    """What was paid, against what one model would have cost for the same tokens."""

    baseline: str
    """That model, `provider/model`."""
    instead: Money
    """What it would have cost."""
    paid: Money
    """What was paid."""
    saved: Money
    """The difference; below zero when the baseline would have been cheaper."""
    share: float | None
    """Saved part, 0 to 1; null when the baseline costs nothing."""


@attrs.frozen(kw_only=True)
class LatencyLine:
    """How quick one model was over its latest whole answers, in milliseconds."""

    name: str
    """`provider/model`."""
    answers: int
    """How many answers the figures are of."""
    first_median: int | None = None
    """To the first piece of text; null when no answer told."""
    first_p90: int | None = None
    """Nine of ten were quicker."""
    median: int
    """To the end."""
    p90: int
    """Nine of ten were quicker."""


@attrs.frozen(kw_only=True)
class AcceptanceLine:
    """What a user kept of one model's answers to one task. Counts and nearness; no text is kept."""

    name: str
    """`provider/model`."""
    task: TaskKind
    """Which task."""
    answers: int
    """Answers something is known of."""
    kept: int
    """Taken as they were."""
    edited: int
    """Taken and changed."""
    dropped: int
    """Thrown away."""
    acceptance: float
    """Mean nearness of what was kept to what was answered, 0 to 1."""


@attrs.frozen(kw_only=True)
class UsageReport:
    """The books: today, this month, and the month by group."""

    zone: str
    """IANA name of the zone the days are counted in."""
    today: UsageTotal
    """Since local midnight."""
    month: UsageTotal
    """Since the first of the month."""
    by_task: tuple[UsageTotal, ...]
    """The month by task."""
    by_provider: tuple[UsageTotal, ...]
    """The month by provider."""
    by_model: tuple[UsageTotal, ...]
    """The month by model."""
    limits: tuple[LimitLine, ...]
    """Every limit in force."""
    session: UsageTotal | None = None
    """Since the daemon started."""
    week: UsageTotal | None = None
    """Since Monday."""
    by_workspace: tuple[UsageTotal, ...] = ()
    """The month by repository; an empty name for what belongs to none."""
    by_branch: tuple[UsageTotal, ...] = ()
    """The month by branch; an empty name for what belongs to none."""
    days: tuple[UsageTotal, ...] = ()
    """The last days by date, oldest first; days without a call are left out."""
    days_by_task: tuple[DayPart, ...] = ()
    """The same by date and task."""
    projection: ProjectionLine | None = None
    """What the month will probably cost; null while it is too early to say."""
    savings: SavingsLine | None = None
    """The month against one model for everything; null when there is none to compare with."""
    latency: tuple[LatencyLine, ...] = ()
    """How quick each model was lately, the most used first."""
    acceptance: tuple[AcceptanceLine, ...] = ()
    """What became of answers since it is learned, by model and task."""
    cache_saved: Money | None = None
    """What reading prompts from providers' caches saved this month, at today's prices; null when
    nothing was read from one."""
    repeats: int = 0
    """Answers that were given again without asking, since the daemon started."""
    repeats_saved: Money | None = None
    """What those would have cost."""


@attrs.frozen(kw_only=True)
class ModelsParams:
    """Asks which models can be used."""

    refresh: bool = False
    """Ask the providers again instead of answering from memory."""


@attrs.frozen(kw_only=True)
class ModelLine:
    """One model."""

    provider: str
    """Its provider."""
    model: str
    """Its name there."""
    local: bool
    """Whether it runs on this machine."""
    usable: bool
    """Whether a request could go to it now."""
    why: str
    """Why not, when it is not usable; what it is chosen for, when it is."""
    context: int | None = None
    """Tokens of prompt and answer together."""
    max_output: int | None = None
    """Tokens an answer may have."""
    input_per_million: str | None = None
    """USD per million prompt tokens; null when unknown."""
    output_per_million: str | None = None
    """USD per million answer tokens; null when unknown."""
    quality: float | None = None
    """0 to 1 over coding tasks."""
    capabilities: tuple[str, ...] = ()
    """What it can do."""
    tasks: tuple[TaskKind, ...] = ()
    """What it is asked first for."""
    first_token_ms: int | None = None
    """Half of its latest answers began sooner; null when it has not answered here."""
    answer_ms: int | None = None
    """Half of its latest answers were whole sooner."""
    answers: int = 0
    """How many answers these figures are of."""
    retires: str | None = None
    """The day it is or was switched off, where that is announced."""


@attrs.frozen(kw_only=True)
class ModelList:
    """What can be used."""

    models: tuple[ModelLine, ...]
    """Usable ones first."""
    price_table: str
    """Source and day of the prices."""


@attrs.frozen(kw_only=True)
class ProvidersParams:
    """Asks about providers."""

    check: bool = False
    """Ask each one whether it answers, at no cost in tokens."""


@attrs.frozen(kw_only=True)
class EndpointLine:
    """One place a provider is asked at: the only one, or one replica of several."""

    name: str
    """The provider's name, with a number for a replica."""
    circuit: str
    """`closed`: asked as usual. `open`: left alone. `half-open`: the next request tries it."""
    cooling_seconds: float
    """Seconds until it may be asked again; 0 when it may."""
    in_flight: int
    """Requests it is answering."""
    waiting: int
    """Requests in line for it."""
    at_once: int | None = None
    """Requests it is given at once; null for no limit."""
    answers: int
    """Whole answers since the daemon started."""
    failures: int
    """Failed attempts since the daemon started."""
    last_used_seconds_ago: float | None = None
    """Since it was last asked; null before the first time."""
    first_p50_ms: int | None = None
    """Median time to the first text, in milliseconds; null before the first answer."""
    first_p90_ms: int | None = None
    """The same for nine answers out of ten."""
    first_p99_ms: int | None = None
    """The same for ninety-nine out of a hundred."""
    requests_left: int | None = None
    """Requests its rate limit still allows; null when it says nothing of one."""
    tokens_left: int | None = None
    """Tokens its rate limit still allows; null when it says nothing of one."""
    last_error: str | None = None
    """What went wrong last; null when nothing did."""
    last_error_seconds_ago: float | None = None
    """How long ago that was."""


@attrs.frozen(kw_only=True)
class ProviderLine:
    """One provider."""

    name: str
    """Its name in the configuration and the books."""
    family: str
    """Which kind of API it speaks."""
    origin: str
    """Scheme, host and port; the only place its key is ever sent to."""
    local: bool
    """Whether it runs on this machine."""
    key_variable: str | None = None
    """Environment variable its key is looked for in."""
    key_present: bool = False
    """Whether a key was found. The key itself is never shown."""
    usable: bool
    """Whether a request could go to it now."""
    state: str
    """`ready`, `no key`, `unreachable`, `cooling down`, `off`, `unchecked`."""
    detail: str = ""
    """The last failure in words, with what to do."""
    models: int | None = None
    """How many models it offers; null when it was not asked."""
    endpoints: tuple[EndpointLine, ...] = ()
    """How it is doing, from the traffic; empty when it cannot be asked at all."""


@attrs.frozen(kw_only=True)
class ProviderList:
    """Every provider that is configured or built in."""

    providers: tuple[ProviderLine, ...]
    """In the order they are tried."""


@attrs.frozen(kw_only=True)
class StatusParams:
    """Asks how the daemon is."""


@attrs.frozen(kw_only=True)
class RequestLine:
    """A request that is with a model, or waits for one."""

    task: str
    """What it is taken for, such as `commit_messages`."""
    client: str
    """Who asked, by its own name."""
    provider: str | None = None
    """Whom it is with, or waits for; null before the first was chosen."""
    model: str | None = None
    """Which of its models."""
    stage: str
    """`waiting`: in line, or between two tries. `asked`: no text yet. `writing`: text comes."""
    seconds: float
    """Since it was asked for."""


@attrs.frozen(kw_only=True)
class Status:
    """How the daemon is."""

    version: str
    """Of the daemon."""
    protocol: int
    """Version of this protocol."""
    pid: int
    """Process id."""
    uptime_seconds: float
    """Since it started."""
    sessions: int
    """Connected editors and scripts."""
    in_flight: int
    """Requests being answered, beside the one for this status."""
    busy: bool
    """Whether a model is being asked."""
    settling: bool = False
    """Whether a call that has ended is still being booked."""
    requests: tuple[RequestLine, ...] = ()
    """Those of them that are with a model or wait for one, longest first; a hundred at most."""
    offline: bool
    """Whether only this machine is used."""
    ledger: str
    """`ok`, or why nothing can be spent."""
    last_model: str | None = None
    """Who answered last."""
    today: Money
    """Spent since local midnight."""
    month: Money
    """Spent since the first of the month."""
    limits: tuple[LimitLine, ...] = ()
    """Every limit in force."""
    notices: tuple[str, ...] = ()
    """What the user should know, each one line ending with what to do."""


@attrs.frozen(kw_only=True)
class MetricsParams:
    """Asks for figures a monitor can read."""


@attrs.frozen(kw_only=True)
class Metrics:
    """Figures of this moment."""

    text: str
    """OpenMetrics text; figures that are not known are left out."""


@attrs.frozen(kw_only=True)
class DumpParams:
    """Asks for what helps to find a fault."""


@attrs.frozen(kw_only=True)
class Dump:
    """What a daemon knows of itself."""

    text: str
    """A JSON object: versions, process, requests, tasks, endpoints, settings.
    Its fields are for people and may change; no key, no prompt and no answer is in it."""


@attrs.frozen(kw_only=True)
class StatusChangedParams:
    """Sent at most once a second while something changes."""

    busy: bool
    """Whether a model is being asked."""
    in_flight: int
    """Requests being answered."""
    task: TaskKind | None = None
    """What the newest one is."""
    model: str | None = None
    """Who answers it, or answered last."""
    last: Money | None = None
    """What the last answer cost."""
    today: Money
    """Spent since local midnight."""
    session: Money | None = None
    """Spent by this daemon since it started."""
    month: Money | None = None
    """Spent since the first of the month."""
    limit_state: str = "unknown"
    """`none` (no limit is set), `ok`, `near` (an alert threshold is crossed), `reached`, or
    `unknown` while the books cannot be read."""
    limit: LimitLine | None = None
    """The limit of which the greatest part is spent or held."""


@attrs.frozen(kw_only=True)
class BudgetParams:
    """Sent once each time spending crosses a threshold of a limit, or is refused by it."""

    level: str
    """`warning` at the alert threshold, `exceeded` when a call was refused."""
    line: LimitLine
    """The limit."""
    message: str
    """For the user."""


@attrs.frozen(kw_only=True)
class DetectTaskParams:
    """Asks what a message would be taken for. Nothing is sent anywhere."""

    message: str
    """What the user typed; may be empty."""
    workspace: str | None = None
    """Any path in the repository, absolute, or its file URI."""
    command: str | None = None
    """The editor command that was used, such as `commit`."""


@attrs.frozen(kw_only=True)
class DetectedTask:
    """What a message is taken for."""

    task: TaskKind
    """The task; `default` when nothing is clear."""
    confidence: float
    """0 to 1."""
    evidence: tuple[EvidenceLine, ...]
    """Why, strongest first."""


@attrs.frozen(kw_only=True)
class CorrectTaskParams:
    """Teaches what a message was, forgets everything taught, or with neither asks for the list."""

    message: str | None = None
    """What the user typed; may be empty."""
    task: TaskKind | None = None
    """What it was. The message itself is not kept, only hashes of its telling words."""
    workspace: str | None = None
    """Any path in the repository, absolute, or its file URI, for a message like `go`."""
    reset: bool = False
    """Forget every correction; sent alone."""


@attrs.frozen(kw_only=True)
class TaskCorrection:
    """One thing a user taught."""

    task: TaskKind
    """What the message was."""
    day: str
    """When it was taught, ISO."""
    hint: str
    """The telling ideas of the message; none of its words."""


@attrs.frozen(kw_only=True)
class TaskCorrections:
    """What the user taught the task detector."""

    corrections: tuple[TaskCorrection, ...]
    """The oldest first; at most 200 are kept."""


@attrs.frozen(kw_only=True)
class PlanParams:
    """Asks what a request would send, to whom, and what it could cost. Nothing is sent."""

    method: str
    """The method that would be called, such as `aircher/commitMessage`."""
    params: dict[str, Any]
    """Its parameters."""


@attrs.frozen(kw_only=True)
class MaskedSecret:
    """One kind of secret that was replaced by placeholders."""

    kind: str
    """The rule that found it."""
    count: int
    """How many different ones."""


@attrs.frozen(kw_only=True)
class PlanResult:
    """What would happen."""

    reason: Reason
    """Which models, in which order, and why."""
    provider: str
    """Who would be asked first; `aircher` when only the rule-based drafter is left."""
    model: str
    """Which model."""
    local: bool
    """Whether the text would stay on this machine."""
    origin: str | None = None
    """Scheme, host and port it would go to; null when nothing would be sent."""
    messages: tuple[ChatMessage, ...] = ()
    """The exact text that would be sent."""
    prompt_bytes: int = 0
    """Its length in UTF-8 bytes."""
    prompt_tokens: int | None = None
    """Our estimate of its length in tokens."""
    max_output_tokens: int | None = None
    """The longest answer that would be allowed."""
    worst: Money
    """What it could cost at most."""
    expected: Money
    """What it will probably cost."""
    left_out: tuple[LeftOut, ...] = ()
    """What would not be sent."""
    notices: tuple[str, ...] = ()
    """What the user should know."""
    body: str | None = None
    """The request's body byte for byte, UTF-8; null when nothing would be sent."""
    sha256: str | None = None
    """SHA-256 of those bytes, as `aircher/outbox` shows it afterwards."""
    masked: tuple[MaskedSecret, ...] = ()
    """Secrets that were taken out of it."""


@attrs.frozen(kw_only=True)
class ReloadParams:
    """Asks the daemon to read its configuration again."""


@attrs.frozen(kw_only=True)
class ConfigProblem:
    """One mistake in a configuration file."""

    file: str
    """The file."""
    line: int
    """1-based; 0 when the whole file is meant."""
    column: int
    """1-based; 0 when the whole line is meant."""
    message: str
    """What is wrong."""
    hint: str = ""
    """What to write instead."""


@attrs.frozen(kw_only=True)
class ReloadResult:
    """What reading the configuration again gave."""

    changed: bool
    """Whether anything is different now."""
    problems: tuple[ConfigProblem, ...] = ()
    """Every mistake found; the settings they touch keep their defaults."""


@attrs.frozen(kw_only=True)
class WorkspaceParams:
    """Asks what a repository and the work on it look like now. No model is asked."""

    workspace: str
    """Any path in the repository, absolute, or its file URI."""
    sync: bool = False
    """Look afresh: the answer holds every change that ended before the request was sent. Otherwise
    the answer of a watched repository may be up to two seconds old."""
    subscribe: bool | None = None
    """True: watch the repository and send `aircher/workspaceChanged` until the connection ends;
    false: no longer; null: as it is."""


@attrs.frozen(kw_only=True)
class StagedFile:
    """A path that differs between HEAD and the index."""

    path: str
    """In the repository; bytes that are not UTF-8 are shown as \\xNN."""
    old_path: str | None = None
    """Where it was, for renames and copies."""
    kind: str
    """The letter git has for it: A, C, D, M, R, T, U."""
    size: int | None = None
    """Bytes of the new content; null when there is none or it is not known."""


@attrs.frozen(kw_only=True)
class LocalFile:
    """A path that differs between the index and the work tree."""

    path: str
    """In the repository; ends with `/` for a folder told as a whole."""
    kind: str
    """The letter git has for it: A, D, M, T, U, or ? when it is untracked."""
    size: int | None = None
    """Bytes; null when it is gone, is a folder, or was not measured."""


@attrs.frozen(kw_only=True)
class ChangedFile:
    """A file that was changed in the last minutes."""

    path: str
    """In the repository."""
    language: str | None = None
    """LSP's identifier, by its name; null when the name does not tell."""
    changed_at: str
    """ISO 8601, UTC."""


@attrs.frozen(kw_only=True)
class FailedLog:
    """A log, written in the last minutes, whose end tells of a failure."""

    path: str
    """In the repository."""
    line: str
    """The last line that says so."""
    changed_at: str
    """ISO 8601, UTC."""


@attrs.frozen(kw_only=True)
class DocumentState:
    """A file that stands open in an editor."""

    path: str
    """Its path or file URI."""
    language: str | None = None
    """The editor's name for its language."""
    unsaved: bool = False
    """Whether it holds changes that are not on disk."""


@attrs.frozen(kw_only=True)
class SelectionState:
    """What is selected in an editor."""

    path: str
    """Path or file URI of the document."""
    first_line: int
    """1-based."""
    last_line: int
    """1-based, the last line that is touched."""


@attrs.frozen(kw_only=True)
class DiagnosticCounts:
    """How many problems an editor shows, by severity."""

    errors: int = 0
    """Errors."""
    warnings: int = 0
    """Warnings."""
    information: int = 0
    """Information."""
    hints: int = 0
    """Hints."""


@attrs.frozen(kw_only=True)
class RanCommand:
    """A command that was run in the workspace."""

    text: str
    """As it was typed."""
    exit_code: int | None = None
    """Null when it is not known."""
    at: str | None = None
    """ISO 8601, UTC; null in what is sent to the daemon, which knows the time."""


@attrs.frozen(kw_only=True)
class Workspace:
    """A repository and the work on it at one moment. Null is not known, never none."""

    root: str
    """Absolute path of the work tree."""
    branch: str | None
    """Null when HEAD is detached."""
    head: str | None
    """Commit id; null before the first commit."""
    upstream: str | None = None
    """What the branch follows, such as `origin/main`; null when it follows nothing."""
    ahead: int | None = None
    """Commits the upstream lacks."""
    behind: int | None = None
    """Commits the branch lacks."""
    operation: str
    """What git is in the middle of: `none`, `merge`, `rebase`, `cherry-pick`, `revert` or
    `bisect`."""
    conflicted: tuple[str, ...] = ()
    """Paths with conflicts."""
    staged: tuple[StagedFile, ...] = ()
    """What a commit would take, at most 500 of it."""
    staged_count: int
    """How many there are in all."""
    local: tuple[LocalFile, ...] | None = None
    """What is not staged, untracked files included, at most 500 of it."""
    local_count: int | None = None
    """How many there are in all."""
    recent: tuple[ChangedFile, ...] = ()
    """Changed in the last ten minutes, newest first."""
    failing_logs: tuple[FailedLog, ...] = ()
    """Logs of the last ten minutes that end in a failure, newest first."""
    documents: tuple[DocumentState, ...] = ()
    """What editors have open."""
    selection: SelectionState | None = None
    """What is selected in the editor that spoke last."""
    diagnostics: DiagnosticCounts | None = None
    """Problems the editor that spoke last shows; null when none told."""
    commands: tuple[RanCommand, ...] = ()
    """The last ones, newest first."""
    watched: bool
    """Whether this repository is watched; otherwise it was looked at once, for this answer."""
    degraded: str | None = None
    """Why changes may be noticed late, for a person; null when they are told at once."""
    taken_at: str | None = None
    """When git was last asked, ISO 8601, UTC."""


@attrs.frozen(kw_only=True)
class WorkspaceChangedParams:
    """A watched repository, or the work on it, is different now."""

    root: str
    """Absolute path of its work tree."""
    serial: int
    """1, 2, 3, ... while it is watched; a gap means that something was left out."""
    changed: tuple[str, ...]
    """Names of the fields of `workspace` that differ."""
    workspace: Workspace | None = None
    """As it is now; null when it cannot be read."""
    problem: str | None = None
    """Why it cannot be read, ending with what to do."""


@attrs.frozen(kw_only=True)
class NoteParams:
    """Tells what only an editor or a shell can know. Kept in memory; nothing of it is sent on.

    What is left out stays as it was told before. What an editor told is dropped with its
    connection.
    """

    workspace: str
    """Any path in the repository, absolute, or its file URI."""
    documents: tuple[DocumentState, ...] | None = None
    """All that stand open."""
    selection: SelectionState | None = None
    """What is selected."""
    diagnostics: DiagnosticCounts | None = None
    """How many problems are shown."""
    command: RanCommand | None = None
    """A command that was run."""


@attrs.frozen(kw_only=True)
class Noted:
    """What became of a note."""

    root: str
    """Absolute path of the work tree it was taken for."""
    kept: bool
    """False when nobody watches that repository, so that nobody could see the note."""


class TrustAction(StrEnum):
    """What to do about the trust in a workspace."""

    SHOW = "show"
    """Say how it stands."""
    ACCEPT = "accept"
    """Accept its settings file as it was shown."""
    REVOKE = "revoke"
    """Forget that it was accepted."""
    WINDOW = "window"
    """Say whether the editor trusts its folder; counts for this connection."""


@attrs.frozen(kw_only=True)
class TrustParams:
    """Asks or tells whether a workspace's own settings may be used."""

    action: TrustAction = TrustAction.SHOW
    """What to do."""
    workspace: str | None = None
    """Any path in the workspace, absolute, or its file URI; needed but for `window`."""
    digest: str | None = None
    """For `accept`: the digest that came with what was shown, so that nothing else is accepted."""
    trusted: bool | None = None
    """For `window`: what the editor says."""


@attrs.frozen(kw_only=True)
class TrustedWorkspace:
    """One workspace as it was accepted."""

    root: str
    """Its canonical path."""
    at: str
    """When, ISO 8601, UTC."""
    digest: str
    """SHA-256 of its settings file then."""


@attrs.frozen(kw_only=True)
class TrustState:
    """How the trust in a workspace stands."""

    root: str | None = None
    """Canonical path of the workspace, or of the folder on the way to the path, that is meant."""
    trusted: bool
    """Whether models may be asked for it."""
    why: str | None = None
    """Why not, ending with what to do."""
    file: str | None = None
    """What its settings file says; null when there is none or it cannot be read."""
    digest: str | None = None
    """SHA-256 of that file."""
    accepted: tuple[TrustedWorkspace, ...] = ()
    """Every workspace that was accepted."""


@attrs.frozen(kw_only=True)
class OutboxParams:
    """Asks what has left for models on other machines."""

    limit: int = 20
    """How many lines, the newest first."""
    operation: str | None = None
    """Only this request."""


@attrs.frozen(kw_only=True)
class Departed:
    """One request that was about to leave."""

    at: str
    """When, ISO 8601, UTC."""
    operation: str
    """The request it belongs to."""
    client: str
    """Who asked."""
    workspace: str | None = None
    """For which workspace."""
    provider: str
    """For whom."""
    model: str
    """For which model."""
    origin: str
    """Scheme, host and port it went to."""
    bytes: int
    """Length of its body."""
    sha256: str
    """SHA-256 of its body."""
    masked: tuple[MaskedSecret, ...] = ()
    """Secrets that were taken out of it."""
    unmasked: tuple[MaskedSecret, ...] = ()
    """Secrets that were left in it, because the request asked for that."""
    body: str | None = None
    """The body; kept only with `outbound.keep_text = true`."""


@attrs.frozen(kw_only=True)
class OutboxResult:
    """What has left, the newest first."""

    sent: tuple[Departed, ...] = ()
    """The lines."""
    keeps_text: bool
    """Whether bodies are kept."""


@attrs.frozen(kw_only=True)
class ForgetParams:
    """Asks to forget usage and what is kept beside it: of a workspace, of an age, or of both."""

    workspace: str | None = None
    """Absolute path of its root, or its file URI."""
    older_than_days: int | None = None
    """0 means everything before today."""


@attrs.frozen(kw_only=True)
class Forgotten:
    """What was forgotten."""

    deleted: int
    """Calls taken out of the books."""
    nameless: int
    """Calls of this month or week: their amounts stay for the limits, their names are gone."""
    sent: int
    """Lines taken out of the list of what was sent."""
    answers: int = 0
    """Answers kept on disk that are gone."""
    learned: int = 0
    """Records of what was kept of suggestions, and corrections of the task detector."""
    logged: int = 0
    """Lines taken out of the log."""
