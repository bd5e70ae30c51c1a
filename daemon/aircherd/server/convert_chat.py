"""A conversation on the wire to domain values and back: pictures, tools, calls, results."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence

from aircher_protocol import chat as c
from aircher_protocol import conversation as w
from aircherd.core.catalog import Effort
from aircherd.core.chat import (
    ContentPart,
    ImagePart,
    Message,
    OpaquePart,
    ResponseFormat,
    Role,
    TextPart,
    Tool,
    ToolCallPart,
    ToolResultPart,
)
from aircherd.core.errors import InvalidRequest
from aircherd.features.chat import Manner

_ROLES: dict[w.Role, Role] = {
    w.Role.SYSTEM: "system",
    w.Role.USER: "user",
    w.Role.ASSISTANT: "assistant",
    w.Role.TOOL: "tool",
}
_NO_ARGUMENTS = {"type": "object", "properties": {}}


def turns(messages: Sequence[w.ChatMessage]) -> tuple[Message, ...]:
    """The turns that say something; results that follow one another are one turn.

    Raises InvalidRequest for what cannot be meant.
    """
    made: list[Message] = []
    called: dict[str, str] = {}
    for message in messages:
        if message.tool_calls and message.role is not w.Role.ASSISTANT:
            raise InvalidRequest("Only the assistant asks for tools; move toolCalls to its turn.")
        called |= {call.id: call.name for call in message.tool_calls}
        if message.role is w.Role.TOOL:
            result = _result(message, called)
            if made and made[-1].role == "tool":
                result = Message(role="tool", parts=(*made.pop().parts, *result.parts))
            made.append(result)
            continue
        parts: list[ContentPart] = [_state(state) for state in message.state]
        if message.content:
            parts.append(TextPart(message.content))
        parts += [_part(part) for part in message.parts]
        parts += [ToolCallPart(id=o.id, name=o.name, arguments=o.arguments)
                  for o in message.tool_calls]  # fmt: skip
        if any(not isinstance(part, OpaquePart) for part in parts):
            made.append(Message(role=_ROLES[message.role], parts=_joined(parts)))
    return tuple(made)


def _joined(parts: Sequence[ContentPart]) -> tuple[ContentPart, ...]:
    """Words that follow one another as one text: a secret may begin in one and end in the next."""
    made: list[ContentPart] = []
    for part in parts:
        last = made[-1] if made else None
        if isinstance(part, TextPart) and isinstance(last, TextPart):
            made[-1] = TextPart(last.text + part.text)
        else:
            made.append(part)
    return tuple(made)


def manner(params: c.ChatParams) -> Manner:
    """How the answer is to be made. Raises InvalidRequest for a tool nobody offers."""
    names = [tool.name for tool in params.tools]
    if len(set(names)) < len(names) or not all(names):
        raise InvalidRequest("Each tool needs a name of its own; rename one.")
    choice = params.tool_choice
    if choice is not None and choice not in ("auto", "none", "required", *names):
        raise InvalidRequest(f"There is no tool {choice!r} to choose; offer it, or leave it out.")
    if not names and choice not in (None, "auto", "none"):
        raise InvalidRequest("A tool is demanded and none is offered; offer one.")
    form = params.response_format
    return Manner(
        temperature=params.temperature,
        top_p=params.top_p,
        seed=params.seed,
        presence_penalty=params.presence_penalty,
        frequency_penalty=params.frequency_penalty,
        stop=tuple(text for text in params.stop if text),
        effort=None if params.effort is None else Effort(params.effort.value),
        tools=tuple(
            Tool(
                name=tool.name,
                description=tool.description,
                parameters=_NO_ARGUMENTS if tool.parameters is None else tool.parameters,
            )
            for tool in params.tools
        ),
        tool_choice=choice if names else None,
        parallel_tool_calls=params.parallel_tool_calls,
        response_format=(
            None if form is None else ResponseFormat(json_schema=form.schema, name=form.name)
        ),
    )


def calls(found: Sequence[ToolCallPart]) -> tuple[w.ToolCall, ...]:
    """The functions a model asks for."""
    return tuple(w.ToolCall(id=o.id, name=o.name, arguments=o.arguments) for o in found)


def state(found: Sequence[OpaquePart]) -> tuple[w.ModelState, ...]:
    """What goes back to the model with its turn."""
    return tuple(w.ModelState(provider=o.provider, model=o.model, payload=o.payload) for o in found)


def _result(message: w.ChatMessage, called: dict[str, str]) -> Message:
    name = called.get(message.tool_call_id or "")
    if name is None or message.tool_call_id is None:
        raise InvalidRequest(
            "A tool's result must name a call that was made before it; set toolCallId to its id."
        )
    if any(part.text is None for part in message.parts):
        raise InvalidRequest("The result of a tool is text; describe a picture in words.")
    content = message.content + "".join(part.text or "" for part in message.parts)
    part = ToolResultPart(call_id=message.tool_call_id, name=name, content=content)
    return Message(role="tool", parts=(part,))


def _part(part: w.ChatPart) -> ContentPart:
    given = [value for value in (part.text, part.data, part.url) if value is not None]
    if len(given) != 1:
        raise InvalidRequest("A part is one of text, data or url; make two parts of it.")
    if part.text is not None:
        return TextPart(part.text)
    if part.url is not None:
        # Nothing of this machine is read on the word of an address.
        if not part.url.startswith(("https://", "http://")):
            raise InvalidRequest("A picture's address begins with https://; give a file as data.")
        return ImagePart(url=part.url)
    if part.media_type is not None and not part.media_type.lower().startswith("image/"):
        # A film or a document is billed by its length, and is held for as one picture here.
        raise InvalidRequest(f"{part.media_type[:60]!r} is no picture; give an image/ type.")
    try:
        data = base64.b64decode(part.data or "", validate=True)
    except (binascii.Error, ValueError):
        raise InvalidRequest("The bytes of a picture are no base64; encode them anew.") from None
    if not data:
        raise InvalidRequest("A picture has no bytes; leave it out.")
    return ImagePart(media_type=part.media_type, data=data)


def _state(given: w.ModelState) -> OpaquePart:
    return OpaquePart(provider=given.provider, model=given.model, payload=given.payload)
