"""Pictures a provider would refuse are refused before anything is sent, with the limit named."""

from __future__ import annotations

from dataclasses import replace

import pytest

from aircherd.core.chat import ChatRequest, ImagePart, Message
from aircherd.core.clock import SystemClock
from aircherd.core.errors import Unsupported
from aircherd.core.settings import Settings
from aircherd.providers import registry
from aircherd.providers.anthropic.encode import LIMITS as ANTHROPIC
from aircherd.providers.cohere.encode import LIMITS as COHERE
from aircherd.providers.gemini.turns import LIMITS as GEMINI
from aircherd.providers.images import ImageLimits, address, check
from aircherd.providers.openai_responses.turns import LIMITS as OPENAI
from aircherd.providers.workshop import Whole
from providers.doors import question, talk


def asked(*pictures: ImagePart) -> ChatRequest:
    return question("", messages=(Message(role="user", parts=pictures),))


def picture(size: int = 4, kind: str | None = "image/png") -> ImagePart:
    return ImagePart(data=bytes(size), media_type=kind)


LINK = ImagePart(url="https://example.com/a.png")


@pytest.mark.parametrize(
    ("limits", "pictures", "said"),
    [
        (ANTHROPIC, (picture(kind="image/tiff"),), "takes no image/tiff; give the picture as one"),
        (ANTHROPIC, (picture(5_242_881),), "at most 5.24 MB and this one has 5.24 MB"),
        (ANTHROPIC, (picture(5_000_000),) * 5, "takes 32 MB of pictures in one request"),
        (ANTHROPIC, (picture(),) * 101, "takes 100 pictures in one request and these are 101"),
        (GEMINI, (LINK,), "give the file instead of its address"),
        (GEMINI, (picture(16_000_000),), "takes 20 MB of pictures"),
        (COHERE, (picture(),) * 21, "takes 20 pictures"),
        (OPENAI, (picture(40_000_000),), "takes 50 MB of pictures"),
    ],
)
def test_what_would_be_refused_is_refused_here(
    limits: ImageLimits, pictures: tuple[ImagePart, ...], said: str
) -> None:
    with pytest.raises(Unsupported, match=said):
        check("acme", asked(*pictures), limits)


@pytest.mark.parametrize(
    ("limits", "pictures"),
    [
        (ANTHROPIC, (picture(5_242_880), LINK, picture(kind=None))),
        (GEMINI, (picture(15_000_000 - 1, "image/heic"),)),
        (ImageLimits(media=None), (picture(kind="image/avif"),)),
        (ImageLimits(), ()),
    ],
)
def test_what_is_taken_passes(limits: ImageLimits, pictures: tuple[ImagePart, ...]) -> None:
    check("acme", asked(*pictures), limits)


HOSTS = {host.name: host for host in registry.hosts(Settings(), {})}


@pytest.mark.parametrize(
    ("name", "pictures", "said"),
    [
        ("anthropic", (picture(5_242_881),), "anthropic takes pictures of at most 5.24 MB"),
        ("gemini", (picture(16_000_000),), "gemini takes 20 MB of pictures"),
        ("cohere", (picture(),) * 21, "cohere takes 20 pictures"),
        ("openai", (picture(40_000_000),), "openai takes 50 MB of pictures"),
        ("ollama", (LINK,), "ollama takes pictures as bytes only"),
        ("groq", (picture(3_100_000),), "groq takes 4 MB of pictures"),
        ("groq", (picture(),) * 6, "groq takes 5 pictures"),
        ("mistral", (picture(10_000_001),), "mistral takes pictures of at most 10 MB"),
        ("mistral", (picture(),) * 9, "mistral takes 8 pictures"),
        ("mistral", (picture(kind="image/heic"),), "mistral takes no image/heic"),
        ("xai", (picture(20_971_521),), "xai takes pictures of at most 21 MB"),
        ("xai", (picture(kind="image/webp"),), "xai takes no image/webp; .* png, jpeg"),
    ],
)
async def test_each_host_s_limit_is_named_and_nothing_sent(
    name: str, pictures: tuple[ImagePart, ...], said: str
) -> None:
    host = replace(HOSTS[name], key="k")
    provider = registry.connect(host, Settings(), SystemClock())
    assert isinstance(provider, Whole)
    with pytest.raises(Unsupported, match=said):
        provider.draft(asked(*pictures))
    with pytest.raises(Unsupported, match=said):
        await talk(provider, asked(*pictures))
    await provider.aclose()


def test_a_picture_as_an_address() -> None:
    assert address(LINK) == "https://example.com/a.png"
    assert address(picture(3, None)) == "data:image/png;base64,AAAA"
