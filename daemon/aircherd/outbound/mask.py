"""Secrets replaced by placeholders, and the way back for edits on this machine.

A placeholder is plain ASCII: `<secret:aws-access-token:1f0c2a9b>`. Its last part is made of the
secret and of a key that lives as long as the process: the same secret has the same placeholder in
every request, so that a conversation stays readable and a provider's prompt cache stays warm, and
nobody who does not know the key can write the placeholder of a secret into a file.
"""

from __future__ import annotations

import hashlib
import json
import re
import secrets
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from aircherd.core.chat import (
    ChatRequest,
    ContentPart,
    ImagePart,
    TextPart,
    ToolCallPart,
    ToolResultPart,
)
from aircherd.outbound.scanner import Finding, Unscannable, scan

PLACEHOLDER = re.compile(r"<secret:[a-z0-9-]{1,60}:[0-9a-f]{8}>")
_KEY = secrets.token_bytes(32)


@dataclass(frozen=True, slots=True, kw_only=True)
class Masked:
    """Texts without their secrets."""

    texts: tuple[str, ...]
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Placeholder → secret. Kept in memory while the request lasts, never written."""
    kinds: Mapping[str, int] = field(default_factory=dict)
    """Rule → how many different secrets it found."""
    let: Mapping[str, int] = field(default_factory=dict)
    """The same for those the request sends as they are, because its caller said so."""

    def after(self, earlier: Masked) -> Masked:
        """The same, knowing also what was taken out of an earlier request of one conversation."""
        return replace(self, secrets={**earlier.secrets, **self.secrets})

    def restored(self, text: str) -> str:
        """The text with the secrets back. Only for what stays on this machine."""
        return PLACEHOLDER.sub(lambda found: self.secrets.get(found[0], found[0]), text)

    def hidden(self, text: str) -> str:
        """The text without these secrets, also where nothing around them tells what they are."""
        for name, secret in sorted(self.secrets.items(), key=lambda one: -len(one[1])):
            text = text.replace(secret, name)
        return text


def mask(texts: Sequence[str], let: frozenset[str] = frozenset()) -> Masked:
    """The texts with a placeholder for each secret but those of the kinds in `let`.

    Raises Unscannable. Run it in a thread.
    """
    given: dict[str, str] = {}
    as_they_are: dict[str, str] = {}
    kinds: Counter[str] = Counter()
    out: list[str] = []
    for text in texts:
        digest = _digest(text) if len(text) >= _WORTH else None
        if digest is not None and digest in _clean:
            out.append(text)
            continue
        parts: list[str] = []
        at = 0
        findings = scan(text)
        if digest is not None and not findings:
            _remember(digest)
        for finding in findings:
            if finding.rule in let:
                as_they_are[finding.secret] = finding.rule
                continue
            if finding.secret not in given:
                given[finding.secret] = _placeholder(finding)
                kinds[finding.rule] += 1
            parts += (text[at : finding.begin], given[finding.secret])
            at = finding.end
        out.append("".join((*parts, text[at:])))
    return Masked(
        texts=tuple(out),
        secrets={name: secret for secret, name in given.items()},
        kinds=dict(sorted(kinds.items())),
        let=dict(sorted(Counter(as_they_are.values()).items())),
    )


_WORTH = 512
_MOST_CLEAN = 4096
_clean: dict[bytes, None] = {}
"""Digests of long texts no secret was found in: most of a conversation is said again every turn."""


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


def _remember(digest: bytes) -> None:
    _clean[digest] = None
    while len(_clean) > _MOST_CLEAN:
        # Another thread may be at it too.
        _clean.pop(next(iter(_clean), digest), None)


def _placeholder(finding: Finding) -> str:
    rule = re.sub(r"[^a-z0-9-]", "-", finding.rule.lower())[:60]
    mark = hashlib.blake2b(finding.secret.encode("utf-8", "surrogatepass"), key=_KEY, digest_size=4)
    return f"<secret:{rule}:{mark.hexdigest()}>"


def masked_request(
    request: ChatRequest, let: frozenset[str] = frozenset()
) -> tuple[ChatRequest, Masked]:
    """A request without the secrets in any of its texts, as in `mask`. Raises Unscannable."""
    texts = _plain_texts(request)
    if texts is None:
        collected: list[str] = []

        def collect(text: str) -> str:
            collected.append(text)
            return text

        _rewritten(request, collect)
        texts = collected
    found = mask(texts, let)
    if not found.secrets:
        return request, found
    new = iter(found.texts)
    return _rewritten(request, lambda _: next(new)), found


def _plain_texts(request: ChatRequest) -> list[str] | None:
    """The texts of a request that holds nothing but text, in the order of `_rewritten`."""
    if request.tools or request.stop or request.response_format is not None:
        return None
    parts = [part for message in request.messages for part in message.parts]
    texts = [part.text for part in parts if type(part) is TextPart]
    return texts if len(texts) == len(parts) else None


def _rewritten(request: ChatRequest, change: Callable[[str], str]) -> ChatRequest:
    """The request with every text in it changed, always in the same order.

    Left as they are: pictures, unless their bytes are text (a drawing, or a file that is none), and
    opaque state, which is its maker's own and goes back to nobody else.
    """

    def part_of(part: ContentPart) -> ContentPart:
        match part:
            case TextPart(text):
                return TextPart(change(text))
            case ToolCallPart():
                return replace(part, name=change(part.name), arguments=change(part.arguments))
            case ToolResultPart():
                return replace(part, name=change(part.name), content=change(part.content))
            case ImagePart(url=str(url)):
                return replace(part, url=change(url))
            case ImagePart(data=bytes(data)) if (written := _text_of(data)) is not None:
                return replace(part, data=change(written).encode("utf-8", "surrogatepass"))
            case _:
                return part

    def value_of(value: Any) -> Any:
        match value:
            case str():
                return change(value)
            case dict():
                return {name: value_of(inner) for name, inner in value.items()}
            case list():
                return [value_of(inner) for inner in value]
            case _:
                return value

    def schema_of(schema: Any) -> Any:
        # A name tells what its value is, and may be a secret itself: so once more as one text.
        alone, whole = value_of(schema), json.dumps(schema, ensure_ascii=False, default=str)
        changed = change(whole)
        if changed == whole:
            return alone
        try:
            return _both(schema, alone, json.loads(changed))
        except ValueError:
            raise Unscannable(
                "A schema holds a secret that cannot be taken out of it, so nothing was sent; "
                "leave the secret out."
            ) from None

    form = request.response_format
    return replace(
        request,
        messages=tuple(
            replace(message, parts=tuple(part_of(part) for part in message.parts))
            for message in request.messages
        ),
        tools=tuple(
            replace(
                tool,
                description=change(tool.description),
                parameters=schema_of(tool.parameters),
            )
            for tool in request.tools
        ),
        stop=tuple(change(text) for text in request.stop),
        response_format=(
            None if form is None else replace(form, json_schema=schema_of(form.json_schema))
        ),
    )


def _text_of(data: bytes) -> str | None:
    """The bytes of a picture as text; None for those of a real one, which are none."""
    try:
        return None if b"\0" in data[:8_000] else data.decode("utf-8")
    except UnicodeDecodeError:
        return None


def _both(value: Any, alone: Any, named: Any) -> Any:
    """What was found in the texts of a value alone, and in the whole with its names."""
    match value, alone, named:
        case dict(), dict(), dict():
            return {
                new: _both(value[name], alone[name], inner)
                for name, (new, inner) in zip(value, named.items(), strict=True)
            }
        case list(), list(), list():
            return [_both(*three) for three in zip(value, alone, named, strict=True)]
        case _:
            return named if alone == value else alone
