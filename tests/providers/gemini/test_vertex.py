"""Gemini on Google Cloud: the sign-in, the addresses, and what is asked differently there."""

from __future__ import annotations

import asyncio
import json
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from google.auth import jwt
from google.genai import types as official

from aircherd.core.catalog import Capability
from aircherd.core.chat import ChatRequest, Message, Tool
from aircherd.core.clock import SystemClock
from aircherd.core.errors import ErrorKind, ProviderError, Unsupported
from aircherd.core.operations import EmbedRequest
from aircherd.core.settings import ProviderSettings, Settings
from aircherd.providers import registry
from aircherd.providers.base import Host
from aircherd.providers.gemini import Gemini, vertex
from aircherd.providers.google import SCOPE, GoogleSignIn
from aircherd.providers.workshop import Whole
from fakes.scripted import Exchange, FarSide, far_side
from providers.doors import question, talk

FAMILY = Gemini()
USUAL = "https://aiplatform.googleapis.com/v1"
HOST = Host(
    name="vertex",
    family="gemini",
    base_url=USUAL,
    key="t-1",
    options={"sign_in": "google", "usual": USUAL, "project": "p-1", "location": "global"},
)


@pytest.fixture(scope="module")
def private_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


class Ticking(SystemClock):
    """A clock that can be moved on."""

    ahead = 0.0

    def monotonic(self) -> float:
        return super().monotonic() + self.ahead

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=self.ahead)


def account(folder: Path, key: rsa.RSAPrivateKey, uri: str, **more: Any) -> str:
    """A service account's file."""
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    told = {
        "type": "service_account",
        "project_id": "p-file",
        "private_key_id": "k",
        "private_key": pem.decode(),
        "client_email": "me@p-file.iam.gserviceaccount.com",
        "token_uri": uri,
        **more,
    }
    file = folder / "account.json"
    file.write_text(json.dumps(told))
    return str(file)


async def tokens(exchange: Exchange) -> None:
    """Gives a token with a number, in a moment, so that others may come meanwhile."""
    await asyncio.sleep(0.02)
    number = len(GIVEN) + 1
    GIVEN.append(exchange.body)
    body = json.dumps({"access_token": f"t-{number}", "expires_in": 3600, "token_type": "Bearer"})
    await exchange.start(kind="application/json")
    await exchange.send(body.encode())


GIVEN: list[bytes] = []


@pytest.fixture(autouse=True)
def _fresh() -> None:
    GIVEN.clear()


def signing_in(far: FarSide, file: str | None, clock: SystemClock) -> GoogleSignIn:
    return GoogleSignIn(at(far.base, file), clock)


def at(base: str, file: str | None, **more: Any) -> Host:
    """A host whose sign-in may be sent to a far side, as the user may write."""
    where = {"sign_in_at": base}
    return Host(name="vertex", family="gemini", base_url=base, key=file, options=where, **more)


async def test_a_service_account_signs_for_the_whole_platform(
    tmp_path: Path, private_key: rsa.RSAPrivateKey
) -> None:
    async with far_side(tokens) as far:
        file = account(tmp_path, private_key, f"{far.base}/token")
        assert await signing_in(far, file, SystemClock())() == "t-1"
    asked = parse_qs(GIVEN[0].decode())
    assert asked["grant_type"] == ["urn:ietf:params:oauth:grant-type:jwt-bearer"]
    claims: Any = jwt.decode(asked["assertion"][0], verify=False)  # type: ignore[no-untyped-call]
    assert (claims["iss"], claims["scope"]) == ("me@p-file.iam.gserviceaccount.com", SCOPE)


async def test_who_is_told_to_stay_offline_does_not_sign_in_either(
    tmp_path: Path, private_key: rsa.RSAPrivateKey
) -> None:
    async with far_side(tokens) as far:
        file = account(tmp_path, private_key, f"{far.base}/token")
        host = at(far.base, file, barred="offline")
        with pytest.raises(ProviderError, match="no sign-in"):
            await GoogleSignIn(host, SystemClock())()
        assert far.seen == []


async def test_many_requests_at_once_sign_in_once_and_again_before_it_ends(
    tmp_path: Path, private_key: rsa.RSAPrivateKey
) -> None:
    clock = Ticking()
    async with far_side(tokens) as far:
        sign_in = signing_in(far, account(tmp_path, private_key, f"{far.base}/token"), clock)
        assert set(await asyncio.gather(*(sign_in() for _ in range(20)))) == {"t-1"}
        clock.ahead = 3200.0
        assert await sign_in() == "t-1"
        clock.ahead = 3400.0
        assert await sign_in() == "t-2", "it has less than five minutes left"
        sign_in.forget()
        assert await sign_in() == "t-3"
    assert len(GIVEN) == 3


async def test_signing_keeps_the_loop_free(
    tmp_path: Path, private_key: rsa.RSAPrivateKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    where: list[bool] = []
    renew = GoogleSignIn._renew

    def told(self: GoogleSignIn, loop: asyncio.AbstractEventLoop) -> tuple[str, float]:
        where.append(threading.current_thread() is threading.main_thread())
        return renew(self, loop)

    monkeypatch.setattr(GoogleSignIn, "_renew", told)
    async with far_side(tokens) as far:
        await signing_in(far, account(tmp_path, private_key, f"{far.base}/token"), SystemClock())()
    assert where == [False]


async def test_gcloud_s_own_sign_in(tmp_path: Path) -> None:
    file = tmp_path / "adc.json"
    async with far_side(tokens) as far:
        told = {
            "type": "authorized_user",
            "client_id": "c",
            "client_secret": "s",
            "refresh_token": "r-1",
            "token_uri": f"{far.base}/token",
        }
        file.write_text(json.dumps(told))
        sign_in = signing_in(far, str(file), SystemClock())
        credentials = sign_in._credentials(told, None)
        assert credentials.refresh_token == "r-1"
        # Google's own address is fixed for these; the far side stands in for it.
        credentials._token_uri = f"{far.base}/token"
        sign_in._credentials = lambda *_: credentials  # type: ignore[method-assign]
        assert await sign_in() == "t-1"
    assert parse_qs(GIVEN[0].decode())["refresh_token"] == ["r-1"]


async def refused(file: str | None) -> ProviderError:
    async with far_side(tokens) as far:
        with pytest.raises(ProviderError) as caught:
            await signing_in(far, file, SystemClock())()
    assert not caught.value.sent, "no model was asked"
    return caught.value


async def test_what_is_wrong_with_a_sign_in_is_said(tmp_path: Path) -> None:
    assert "gcloud auth application-default login" in str(await refused(None))
    assert "cannot be read" in str(await refused(str(tmp_path / "none.json")))
    file = tmp_path / "x.json"
    file.write_text('{"type": "service_account"}')
    assert "no sign-in Google gave" in str(await refused(str(file)))
    for text in ("{}", "[]", '{"type": "pirate"}'):
        file.write_text(text)
        error = await refused(str(file))
        assert "of no kind that is known" in str(error)
        assert error.error_kind is ErrorKind.AUTHENTICATION


async def test_a_sign_in_google_refuses(tmp_path: Path, private_key: rsa.RSAPrivateKey) -> None:
    async def no(exchange: Exchange) -> None:
        await exchange.start("400 Bad Request", kind="application/json")
        await exchange.send(b'{"error":"invalid_grant","error_description":"Invalid signature."}')

    async with far_side(no) as far:
        file = account(tmp_path, private_key, f"{far.base}/token")
        with pytest.raises(ProviderError, match="did not take the sign-in") as caught:
            await signing_in(far, file, SystemClock())()
    assert caught.value.error_kind is ErrorKind.AUTHENTICATION
    assert "PRIVATE KEY" not in str(caught.value)


async def test_nobody_to_sign_in_at_is_a_matter_of_the_network(
    tmp_path: Path, private_key: rsa.RSAPrivateKey
) -> None:
    async with far_side(tokens) as far:
        gone = far.base
    file = account(tmp_path, private_key, f"{gone}/token")
    sign_in = GoogleSignIn(at(gone, file), SystemClock())
    with pytest.raises(ProviderError) as caught:
        await sign_in()
    assert (caught.value.error_kind, caught.value.sent) == (ErrorKind.NETWORK_ERROR, False)


async def test_without_the_extra_it_says_which_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "google.auth", None)
    assert "aircher[vertex]" in str(await refused("x.json"))


async def test_a_refused_token_is_not_used_again(
    tmp_path: Path, private_key: rsa.RSAPrivateKey
) -> None:
    """The whole way: configuration to answer, with a token that is taken back in between."""
    answers = iter(["401 Unauthorized", "200 OK", "200 OK"])
    seen: list[str] = []

    async def serve(exchange: Exchange) -> None:
        first = exchange.head.split(b"\r\n", 1)[0].decode()
        if "/token" in first:
            await tokens(exchange)
            return
        head = exchange.head.decode().lower()
        seen.append(head.partition("authorization: bearer ")[2].partition("\r\n")[0])
        assert "/projects/p-file/locations/global/publishers/google/models/m:" in first
        await exchange.start(next(answers))
        row = {"candidates": [{"content": {"parts": [{"text": "hi"}]}, "finishReason": "STOP"}]}
        await exchange.send(b"data: " + json.dumps(row).encode() + b"\n\n")

    async with far_side(serve) as far:
        file = account(tmp_path, private_key, f"{far.base}/token")
        written = ProviderSettings(
            name="vertex", base_url=far.base, key_variable="SIGN_IN", sign_in_at=(far.base,)
        )
        settings = Settings(providers={"vertex": written})
        found = registry.hosts(settings, {"SIGN_IN": file})
        host = next(h for h in found if h.name == "vertex")
        provider = registry.connect(host, settings, SystemClock())
        assert isinstance(provider, Whole)
        with pytest.raises(ProviderError):
            await talk(provider, question("q"))
        for _ in range(2):
            assert "".join((await talk(provider, question("q"))).text) == "hi"
        await provider.aclose()
    assert seen == ["t-1", "t-2", "t-2"]


# --- where --------------------------------------------------------------------------------------


def hosts(environ: dict[str, str], **written: Any) -> Host | None:
    providers = {"vertex": ProviderSettings(name="vertex", **written)} if written else {}
    found = registry.hosts(Settings(providers=providers), environ)
    return next((host for host in found if host.name == "vertex"), None)


def test_it_is_used_only_where_the_configuration_names_it(tmp_path: Path) -> None:
    environ = {"GOOGLE_APPLICATION_CREDENTIALS": str(tmp_path / "a"), "GOOGLE_CLOUD_PROJECT": "p"}
    assert hosts(environ) is None
    named = hosts(environ, enabled=True)
    assert named is not None
    assert named.key == str(tmp_path / "a")
    assert named.options["project"] == "p"
    assert named.base_url == USUAL


def test_the_usual_file_is_found_and_its_project_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    assert (nobody := hosts({}, enabled=True)) is not None
    assert (nobody.key, nobody.needs_key) == (None, True)
    file = tmp_path / vertex.USUAL_FOLDER / vertex.USUAL_FILE
    file.parent.mkdir(parents=True)
    file.write_text('{"type": "authorized_user", "quota_project_id": "q-1"}')
    found = hosts({}, enabled=True)
    assert found is not None
    assert found.key == str(file)
    assert found.options["project"] == "q-1"
    assert found.headers["x-goog-user-project"] == "q-1"


@pytest.mark.parametrize(
    ("location", "base"),
    [
        ("global", USUAL),
        ("europe-west4", "https://europe-west4-aiplatform.googleapis.com/v1"),
        ("eu", "https://aiplatform.eu.rep.googleapis.com/v1"),
        ("evil.com/x?", "https://evilcomx-aiplatform.googleapis.com/v1"),
    ],
)
def test_each_location_has_its_address(location: str, base: str) -> None:
    found = hosts({"GOOGLE_CLOUD_LOCATION": location}, enabled=True)
    assert found is not None
    assert found.base_url == base


def test_the_configuration_s_project_and_location_count_first() -> None:
    environ = {"GOOGLE_CLOUD_PROJECT": "p-env", "GOOGLE_CLOUD_LOCATION": "us"}
    found = hosts(environ, project="p-mine", location="europe-west4")
    assert found is not None
    assert (found.options["project"], found.options["location"]) == ("p-mine", "europe-west4")
    assert found.base_url == "https://europe-west4-aiplatform.googleapis.com/v1"


def test_no_project_is_said_before_anything_is_sent() -> None:
    host = Host(name="vertex", family="gemini", base_url=USUAL, options={"sign_in": "google"})
    asked = ChatRequest(model="gemini-3.8-flash", messages=(), max_output=9)
    with pytest.raises(Unsupported, match=r"providers\.vertex\.project"):
        FAMILY.encode(host, asked)


# --- what is asked differently ------------------------------------------------------------------


def test_chat_and_count() -> None:
    tool = Tool(name="f", description="d", parameters={"type": "object"})
    asked = ChatRequest(
        model="gemini-3.8-flash",
        messages=(Message.of("system", "s"), Message.of("user", "q")),
        max_output=9,
        tools=(tool,),
    )
    encoded = FAMILY.encode(HOST, asked)
    where = f"{USUAL}/projects/p-1/locations/global/publishers/google/models/gemini-3.8-flash"
    assert encoded.url == f"{where}:streamGenerateContent?alt=sse"
    assert encoded.headers["Authorization"] == "Bearer t-1"
    counted = FAMILY.count_request(HOST, asked)
    assert counted is not None
    assert counted.url == f"{where}:countTokens"
    body = json.loads(counted.body)
    assert set(body) == {"contents", "systemInstruction", "tools"}
    official.Tool.model_validate(body["tools"][0])


def test_its_list() -> None:
    first = FAMILY.list_request(HOST)
    assert first.url.startswith(
        "https://aiplatform.googleapis.com/v1beta1/publishers/google/models?"
    )
    page = {
        "publisherModels": [
            {"name": "publishers/google/models/gemini-3.8-flash", "versionId": "default"},
            {"name": "publishers/google/models/gemini-embedding-2"},
            {"name": "publishers/google/models/imagen-4"},
        ],
        "nextPageToken": "n 1",
    }
    body = json.dumps(page).encode()
    found = {spec.ref.model: spec for spec in FAMILY.parse_models(HOST, body)}
    assert set(found) == {"gemini-3.8-flash", "gemini-embedding-2"}
    assert found["gemini-3.8-flash"].said is None
    assert found["gemini-embedding-2"].said == {Capability.EMBEDDINGS}
    following = FAMILY.next_page(HOST, body)
    assert following is not None
    assert following.url.endswith("&pageToken=n%201")
    assert FAMILY.parse_health(HOST, body) == "the key is taken"


def test_vectors_of_either_kind() -> None:
    new = EmbedRequest(model="gemini-embedding-2", texts=("a", "b"), purpose="query", dimensions=8)
    encoded = FAMILY.embed_request(HOST, new)
    assert encoded.url.endswith("gemini-embedding-2:batchEmbedContents")
    config = {"taskType": "RETRIEVAL_QUERY", "outputDimensionality": 8}
    assert json.loads(encoded.body)["requests"][1] == {
        "content": {"parts": [{"text": "b"}]},
        "embedContentConfig": config,
    }
    answer = {"embeddings": [{"values": [1]}, {"values": [2]}], "usageMetadata": {}}
    found = FAMILY.parse_embeddings(HOST, new, json.dumps(answer).encode())
    assert (found.vectors, found.usage.input) == (((1.0,), (2.0,)), None)
    old = EmbedRequest(model="text-embedding-005", texts=("a",), dimensions=8)
    encoded = FAMILY.embed_request(HOST, old)
    assert encoded.url.endswith("text-embedding-005:predict")
    assert json.loads(encoded.body) == {
        "instances": [{"content": "a", "task_type": "RETRIEVAL_DOCUMENT"}],
        "parameters": {"outputDimensionality": 8},
    }
    row = {"embeddings": {"values": [3], "statistics": {"token_count": 4}}}
    found = FAMILY.parse_embeddings(HOST, old, json.dumps({"predictions": [row]}).encode())
    assert (found.vectors, found.usage.input) == (((3.0,),), 4)
