"""The one way a conversation with any model is written down.

Wire families translate to and from these values; nothing else knows a provider's format.
Unknown numbers are None, never zero.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Literal

from aircherd.core.catalog import Effort, ModelSpec
from aircherd.core.money import NanoUsd, Price, nano_from_pico

Role = Literal["system", "user", "assistant", "tool"]
PICTURE_TOKENS = 50_000
"""The most tokens one picture is billed as: OpenAI's small models of 2024 count 48,169 for the
largest (2,833 and 5,667 for each of eight tiles); everybody else's count is far below."""
PICTURE_BYTES = 4_096
"""Bytes of text a picture is taken to be worth when it is looked for room in a window."""


@dataclass(frozen=True, slots=True)
class TextPart:
    """Plain text."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImagePart:
    """A picture: its bytes and media type, or an address the provider fetches itself."""

    media_type: str | None = None
    data: bytes | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCallPart:
    """The model asks for a tool."""

    id: str
    name: str
    arguments: str
    """JSON text, as the model wrote it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolResultPart:
    """What a tool answered."""

    call_id: str
    name: str
    content: str
    is_error: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OpaquePart:
    """State only its maker understands (thinking signatures, encrypted reasoning).

    Sent back unchanged to the provider and model it came from, dropped for any other.
    """

    provider: str
    model: str
    payload: dict[str, Any]


ContentPart = TextPart | ImagePart | ToolCallPart | ToolResultPart | OpaquePart


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One turn of a conversation."""

    role: Role
    parts: tuple[ContentPart, ...]

    @classmethod
    def of(cls, role: Role, text: str) -> Message:
        """A turn that is only text."""
        return cls(role=role, parts=(TextPart(text),))

    @property
    def text(self) -> str:
        """The text parts, joined."""
        return "".join([part.text for part in self.parts if isinstance(part, TextPart)])


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """A function the model may ask for."""

    name: str
    description: str
    parameters: dict[str, Any]
    """JSON Schema of the arguments."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseFormat:
    """Asks for JSON: any object, or one that fits a schema."""

    json_schema: dict[str, Any] | None = None
    name: str = "answer"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatRequest:
    """What is asked of one model, before any provider's format."""

    model: str
    """The provider's own id of the model."""
    messages: tuple[Message, ...]
    max_output: int
    """Tokens the answer may have, thinking included. Always sent: it bounds the bill."""
    temperature: float | None = None
    top_p: float | None = None
    seed: int | None = None
    presence_penalty: float | None = None
    frequency_penalty: float | None = None
    stop: tuple[str, ...] = ()
    effort: Effort | None = None
    """None leaves it to the model."""
    tools: tuple[Tool, ...] = ()
    tool_choice: str | None = None
    """`auto`, `none`, `required`, or a tool's name."""
    parallel_tool_calls: bool = True
    """False asks for one call at a time, where the provider can be told."""
    response_format: ResponseFormat | None = None
    stream: bool = True
    num_ctx: int | None = None
    """Context window to allocate, for engines that let the caller choose (Ollama)."""
    spec: ModelSpec | None = None
    """What is known of the model; None lets a family send only what every model accepts."""
    # Bytes and pictures, once somebody asked: the request itself never changes.
    _sizes: list[int] = field(default_factory=list, init=False, repr=False, compare=False)

    @property
    def pictures(self) -> int:
        """Pictures in it, which are no text: what they come to is reckoned by the piece."""
        return self._measured()[1]

    @property
    def prompt_bytes(self) -> int:
        """UTF-8 bytes of everything that is sent as prompt text, pictures apart."""
        return self._measured()[0]

    def _measured(self) -> list[int]:
        if self._sizes:
            return self._sizes
        total = pictures = 0
        for message in self.messages:
            for part in message.parts:
                if type(part) is TextPart:
                    text = part.text
                    total += len(text if text.isascii() else text.encode("utf-8", "surrogatepass"))
                    continue
                match part:
                    case (
                        ToolCallPart(name=name, arguments=said)
                        | ToolResultPart(name=name, content=said)
                    ):
                        total += len(name.encode()) + len(said.encode())
                    case ImagePart():
                        pictures += 1
                    case OpaquePart() as opaque:
                        total += len(repr(opaque.payload).encode())
        for tool in self.tools:
            words = (tool.name, tool.description, repr(tool.parameters))
            total += sum(len(word.encode()) for word in words)
        if self.response_format is not None:
            total += len(repr(self.response_format.json_schema).encode())
        self._sizes[:] = (total, pictures)
        return self._sizes


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """Tokens of one call in disjoint classes: no token is in two of them.

    Providers overlap them in different ways (OpenAI counts cached tokens inside the prompt,
    Anthropic beside it; OpenAI counts reasoning inside the completion, Gemini beside it);
    each wire family takes them apart. None means the provider did not say.
    """

    input: int | None
    """Prompt tokens that were neither read from nor written to a cache."""
    output: int | None
    """Visible answer tokens, thinking excluded."""
    cache_read: int = 0
    cache_write: int = 0
    cache_write_long: int = 0
    reasoning: int = 0
    """Thinking tokens; billed as output."""
    estimated: bool = False
    """True when any number here is our own count rather than the provider's."""
    reported_cost: NanoUsd | None = None
    """What the provider itself says it charged, where it says so."""
    before: int = 0
    """Prompt tokens others had before these in the same request: rounding up is for all of it."""

    @property
    def prompt_total(self) -> int | None:
        """All prompt tokens, cached or not."""
        if self.input is None:
            return None
        return self.input + self.cache_read + self.cache_write + self.cache_write_long

    @property
    def output_total(self) -> int | None:
        """All answer tokens, thinking included."""
        return None if self.output is None else self.output + self.reasoning

    def filled(self, *, input: int, output: int) -> Usage:  # noqa: A002 - the field's name
        """The same usage with our own counts where the provider said nothing."""
        if self.input is not None and self.output is not None:
            return self
        return replace(
            self,
            input=input if self.input is None else self.input,
            output=output if self.output is None else self.output,
            estimated=True,
        )


def cost_of(usage: Usage, price: Price) -> NanoUsd:
    """What these tokens cost at this price, rounded up once, at the end.

    Raises ValueError when a token count is unknown: fill it first.
    """
    prompt = usage.prompt_total
    if prompt is None or usage.input is None or usage.output is None:
        raise ValueError("cannot price a call whose token counts are unknown")
    row = price.at(prompt)
    write = row.input if row.cache_write is None else row.cache_write
    write_long = write if row.cache_write_long is None else row.cache_write_long
    read = row.input if row.cache_read is None else row.cache_read
    before = usage.before * row.input
    whole = nano_from_pico(
        before
        + usage.input * row.input
        + usage.cache_read * read
        + usage.cache_write * write
        + usage.cache_write_long * write_long
        + (usage.output + usage.reasoning) * row.output
    )
    return NanoUsd(whole - nano_from_pico(before))


class FinishReason(StrEnum):
    """Why an answer ended."""

    STOP = "stop"
    LENGTH = "length"
    TOOL_CALLS = "tool_calls"
    CONTENT_FILTER = "content_filter"
    ERROR = "error"
    PAUSE = "pause"
    CANCELLED = "cancelled"
    INTERRUPTED = "interrupted"
    """The connection ended before the provider said the answer was complete."""
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class TextDelta:
    """More of the answer."""

    text: str


@dataclass(frozen=True, slots=True)
class ThinkingDelta:
    """More of what the model thinks aloud; never part of the answer."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCallDelta:
    """A tool call, complete."""

    call: ToolCallPart


@dataclass(frozen=True, slots=True, kw_only=True)
class OpaqueDelta:
    """State to be sent back with this turn."""

    part: OpaquePart


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageReport:
    """The provider's count so far; each report replaces the one before."""

    usage: Usage


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """The provider answered and says which model speaks."""

    model: str | None = None
    provider_request_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Something the user should know about this call, such as a prompt that was cut."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """The provider said the answer is complete. Exactly one, and last but for usage."""

    reason: FinishReason
    raw: str | None = None
    """The provider's own word for it."""


StreamEvent = (
    Started
    | TextDelta
    | ThinkingDelta
    | ToolCallDelta
    | OpaqueDelta
    | UsageReport
    | Notice
    | Finished
)


@dataclass(slots=True)
class Transcript:
    """What has come of a stream so far."""

    text: list[str] = field(default_factory=list)
    thinking: list[str] = field(default_factory=list)
    calls: list[ToolCallPart] = field(default_factory=list)
    opaque: list[OpaquePart] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    usage: Usage | None = None
    finished: Finished | None = None
    started: Started | None = None

    def add(self, event: StreamEvent) -> None:
        """Takes one event into account."""
        if type(event) is TextDelta:
            self.text.append(event.text)
        elif type(event) is ThinkingDelta:
            self.thinking.append(event.text)
        elif type(event) is UsageReport:
            self.usage = event.usage
        elif type(event) is Started:
            self.started = event
        elif type(event) is Finished:
            self.finished = event
        elif type(event) is ToolCallDelta:
            self.calls.append(event.call)
        elif type(event) is OpaqueDelta:
            self.opaque.append(event.part)
        elif type(event) is Notice:
            self.notices.append(event.text)
