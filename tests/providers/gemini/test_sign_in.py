"""Google's default credentials in full, and that no file sends what is in it elsewhere."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from google.auth.compute_engine import _metadata

from aircherd.config.layers import laid_over
from aircherd.core.clock import SystemClock
from aircherd.core.errors import ErrorKind, ProviderError
from aircherd.core.settings import ProviderSettings, Settings
from aircherd.providers import registry
from aircherd.providers.gemini import vertex
from aircherd.providers.google import GoogleSignIn
from aircherd.providers.google_addresses import in_the_cloud, may_ask, source
from aircherd.providers.workshop import Whole
from fakes.scripted import Exchange, FarSide, far_side
from providers.doors import question, talk
from providers.test_proxied import proxy

from .test_vertex import account, at, tokens

AUDIENCE = "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/q"


@pytest.fixture(scope="module")
def private_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


class Google:
    """A token server, a metadata server, and whoever gives a workload its own token."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, bytes]] = []
        """(what, head, body) of each request."""

    async def __call__(self, exchange: Exchange) -> None:
        head = exchange.head.decode()
        path = head.split(" ")[1].removeprefix("/v1")
        self.asked.append((path.partition("?")[0], head.lower(), exchange.body))
        said: Any
        match path.partition("?")[0]:
            case "/own":
                said = {"token": "from-the-workload"}
            case "/sts":
                kind = "urn:ietf:params:oauth:token-type:access_token"
                said = {"access_token": "t-sts", "issued_token_type": kind,
                        "token_type": "Bearer", "expires_in": 3600}  # fmt: skip
            case _ if path.startswith("/impersonate"):
                said = {"accessToken": "t-other", "expireTime": "2099-01-01T00:00:00Z"}
            case "/token":
                said = {"access_token": "t-user", "expires_in": 3600, "token_type": "Bearer"}
            case _ if "metadata-flavor: google" in head.lower():
                await self.metadata(exchange, path)
                return
            case _:
                await exchange.start("404 Not Found")
                return
        await exchange.start(kind="application/json")
        await exchange.send(json.dumps(said).encode())

    async def metadata(self, exchange: Exchange, path: str) -> None:
        """What a machine of Google's is told about itself."""
        more = "Metadata-Flavor: Google\r\n"
        if path.startswith("/computeMetadata/v1/project/project-id"):
            await exchange.start(kind="text/plain", more=more)
            await exchange.send(b"p-machine")
            return
        await exchange.start(kind="application/json", more=more)
        if "/token" in path:
            said = {"access_token": "t-machine", "expires_in": 3600, "token_type": "Bearer"}
            await exchange.send(json.dumps(said).encode())
        elif "/service-accounts/" in path:
            account = {"email": "me@p.iam.gserviceaccount.com", "scopes": [], "aliases": []}
            await exchange.send(json.dumps(account).encode())

    @property
    def paths(self) -> list[str]:
        """What was asked, in order."""
        return [path for path, _, _ in self.asked]


def workload(far: FarSide, folder: Path, origin: dict[str, Any], **more: Any) -> str:
    """The file of a workload of another cloud."""
    told = {
        "type": "external_account",
        "audience": AUDIENCE,
        "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
        "token_url": f"{far.base}/sts",
        "credential_source": origin,
        **more,
    }
    file = folder / "workload.json"
    file.write_text(json.dumps(told))
    return str(file)


async def test_a_workload_s_token_from_a_file(tmp_path: Path) -> None:
    google = Google()
    (tmp_path / "own").write_text("from-a-file")
    async with far_side(google) as far:
        file = workload(far, tmp_path, {"file": str(tmp_path / "own")})
        assert await GoogleSignIn(at(far.base, file), SystemClock())() == "t-sts"
    ((_, _, body),) = google.asked
    sent = parse_qs(body.decode())
    assert sent["subject_token"] == ["from-a-file"]
    assert sent["audience"] == [AUDIENCE]
    assert sent["scope"] == ["https://www.googleapis.com/auth/cloud-platform"]


async def test_a_workload_s_token_from_an_address_and_an_account_in_its_place(
    tmp_path: Path,
) -> None:
    google = Google()
    async with far_side(google) as far:
        form = {"type": "json", "subject_token_field_name": "token"}
        file = workload(
            far,
            tmp_path,
            {"url": f"{far.base}/own", "headers": {"Metadata": "True"}, "format": form},
            service_account_impersonation_url=f"{far.base}/impersonate/me@p:generateAccessToken",
        )
        assert await GoogleSignIn(at(far.base, file), SystemClock())() == "t-other"
    assert google.paths == ["/own", "/sts", "/impersonate/me@p:generateAccessToken"]
    assert "metadata: true" in google.asked[0][1]
    assert parse_qs(google.asked[1][2].decode())["subject_token"] == ["from-the-workload"]
    assert "authorization: bearer t-sts" in google.asked[2][1]


async def test_one_account_in_the_name_of_another(
    tmp_path: Path, private_key: rsa.RSAPrivateKey
) -> None:
    google = Google()
    async with far_side(google) as far:
        inner = json.loads(Path(account(tmp_path, private_key, f"{far.base}/token")).read_text())
        told = {
            "type": "impersonated_service_account",
            "service_account_impersonation_url": (
                "https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/"
                "other@p.iam.gserviceaccount.com:generateAccessToken"
            ),
            "source_credentials": inner,
        }
        file = tmp_path / "other.json"
        file.write_text(json.dumps(told))
        sign_in = GoogleSignIn(at(far.base, str(file)), SystemClock())
        made = sign_in._credentials(told, None)
        assert made._target_principal == "other@p.iam.gserviceaccount.com"
        # Google's own address is fixed for these; the far side stands in for it.
        made._iam_endpoint_override = f"{far.base}/impersonate"
        sign_in._credentials = lambda *_: made  # type: ignore[method-assign]
        assert await sign_in() == "t-other"
    assert google.paths == ["/token", "/impersonate"]


async def test_the_machine_s_own_sign_in_and_project(monkeypatch: pytest.MonkeyPatch) -> None:
    google = Google()
    seen: list[str] = []

    async def serve(exchange: Exchange) -> None:
        line = exchange.head.split(b"\r\n", 1)[0].decode()
        if "/publishers/" not in line:
            await google(exchange)
            return
        seen.append(line + exchange.head.decode().lower())
        await exchange.start()
        row = {"candidates": [{"content": {"parts": [{"text": "hi"}]}, "finishReason": "STOP"}]}
        await exchange.send(b"data: " + json.dumps(row).encode() + b"\n\n")

    async with far_side(serve) as far:
        place = far.base.removeprefix("http://").removesuffix("/v1")
        monkeypatch.setattr(_metadata, "_GCE_METADATA_HOST", place)
        monkeypatch.setenv("GCE_METADATA_IP", place)
        monkeypatch.setitem(registry.rows()["vertex"]["options"], "usual", far.base)
        written = ProviderSettings(name="vertex", base_url=far.base, sign_in_at=(far.base,))
        found = registry.hosts(Settings(providers={"vertex": written}), {"K_SERVICE": "s"})
        host = next(h for h in found if h.name == "vertex")
        assert host.keyed
        assert host.key is None
        # The location's address would be Google's own; the far side stands in for it.
        provider = registry.connect(
            vertex.replace(host, base_url=far.base), Settings(), SystemClock()
        )
        assert isinstance(provider, Whole)
        assert "".join((await talk(provider, question("q"))).text) == "hi"
        await provider.aclose()
    assert "/projects/p-machine/locations/global/" in seen[0]
    assert "authorization: bearer t-machine" in seen[0]


async def test_without_a_file_nobody_is_asked_on_other_machines(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("aircherd.providers.gemini.vertex.in_the_cloud", lambda _: False)
    written = ProviderSettings(name="vertex", project="p")
    found = registry.hosts(Settings(providers={"vertex": written}), {})
    host = next(h for h in found if h.name == "vertex")
    assert not host.keyed
    with pytest.raises(ProviderError, match="gcloud auth application-default login"):
        await GoogleSignIn(host, SystemClock())()


# --- where a sign-in may be sent -----------------------------------------------------------------


def alone(far: FarSide, file: str) -> GoogleSignIn:
    """A sign-in without a word of the user's about addresses."""
    return GoogleSignIn(vertex.replace(at(far.base, file), options={}), SystemClock())


async def test_a_file_does_not_say_where_its_secret_goes(
    tmp_path: Path, private_key: rsa.RSAPrivateKey
) -> None:
    google = Google()
    (tmp_path / "own").write_text("from-a-file")
    async with far_side(google) as far:
        for file in (
            account(tmp_path, private_key, f"{far.base}/token"),
            workload(far, tmp_path, {"file": str(tmp_path / "own")}),
        ):
            with pytest.raises(ProviderError, match=r"127\.0\.0\.1.*sign_in_at") as caught:
                await alone(far, file)()
            assert caught.value.error_kind is ErrorKind.AUTHENTICATION
            assert not caught.value.sent
    assert google.asked == []


async def test_an_address_nobody_can_read_is_said_of_the_file(tmp_path: Path) -> None:
    async with far_side(Google()) as far:
        file = workload(far, tmp_path, {"url": "https://[::1/own"})
        with pytest.raises(ProviderError, match="no sign-in Google gave") as caught:
            await alone(far, file)()
    assert caught.value.error_kind is ErrorKind.AUTHENTICATION


async def test_a_workload_s_own_token_goes_to_google_only(tmp_path: Path) -> None:
    google = Google()
    async with far_side(google) as far:
        form = {"type": "json", "subject_token_field_name": "token"}
        file = workload(far, tmp_path, {"url": f"{far.base}/own", "format": form})
        with pytest.raises(ProviderError, match="sign_in_at"):
            await alone(far, file)()
    assert google.paths == ["/own"], "its own token is fetched, and goes nowhere"


async def test_no_program_is_run_on_the_word_of_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES", "1")
    ran = tmp_path / "ran"
    program = {"executable": {"command": f"{sys.executable} -c \"open('{ran}','w')\""}}
    google = Google()
    async with far_side(google) as far:
        file = workload(far, tmp_path, program)
        nested = tmp_path / "nested.json"
        inner = json.loads(Path(file).read_text())
        told = {"type": "impersonated_service_account", "source_credentials": inner}
        nested.write_text(json.dumps(told))
        for one in (file, str(nested)):
            with pytest.raises(ProviderError, match="program to run"):
                await GoogleSignIn(at(far.base, one), SystemClock())()
    assert google.asked == []
    assert not ran.exists()


@pytest.mark.parametrize(
    ("url", "may"),
    [
        ("https://oauth2.googleapis.com/token", True),
        ("https://sts.googleapis.com/v1/token", True),
        ("https://sts.europe-west4.rep.googleapis.com/v1/token", True),
        ("https://accounts.google.com/o/oauth2/token", True),
        ("http://169.254.169.254", True),
        ("http://metadata.google.internal/computeMetadata/v1/", True),
        ("http://[fd00:ec2::254]/latest/api/token", True),
        ("http://oauth2.googleapis.com/token", False),
        ("https://oauth2.googleapis.com:8443/token", False),
        ("https://googleapis.com.evil.example/token", False),
        ("https://evilgoogleapis.com/token", False),
        ("https://oauth2.googleapis.com@evil.example/token", False),
        ("http://169.254.169.254:8080/", False),
        ("http://127.0.0.1/token", False),
        ("https://sts.example.com/token", False),
        ("https://mine.example/other", True),
        ("https://mine.example:444/token", False),
        ("http://mine.example/token", False),
        ("file:///etc/passwd", False),
        ("https://x:99999/", False),
    ],
)
def test_which_addresses(url: str, may: bool) -> None:
    assert may_ask(url, ["https://mine.example/token"]) is may


def test_the_source_of_a_workload_s_token() -> None:
    for url, taken in (
        ("https://token.actions.example/x", True),
        ("http://169.254.169.254/metadata/identity", True),
        ("http://127.0.0.1:5000/token", True),
        ("http://elsewhere.example/token", False),
    ):
        assert bool(source({"credential_source": {"url": url}})) is taken
    assert source({"credential_source": {"file": "x"}}) is source({}) is None


def test_another_file_does_not_send_the_user_s_sign_in_elsewhere() -> None:
    key = "providers.vertex.sign_in_at"
    assert key not in laid_over({}, {key: ["https://evil.example"]})
    own = {key: ["https://mine.example", "https://b.example"]}
    assert laid_over(own, {key: ["https://mine.example"]})[key] == ["https://mine.example"]
    assert key not in laid_over(own, {key: ["https://evil.example"]})


def test_a_moved_address_is_not_given_what_lies_about(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    file = tmp_path / vertex.USUAL_FOLDER / vertex.USUAL_FILE
    file.parent.mkdir(parents=True)
    file.write_text('{"type": "authorized_user"}')
    for base, key in ((None, str(file)), ("https://elsewhere.example/v1", None)):
        written = ProviderSettings(name="vertex", base_url=base)
        found = registry.hosts(Settings(providers={"vertex": written}), {"K_SERVICE": "s"})
        host = next(h for h in found if h.name == "vertex")
        assert (host.key, host.keyed) == (key, key is not None)
    elsewhere = tmp_path / "sdk"
    elsewhere.mkdir()
    (elsewhere / vertex.USUAL_FILE).write_text('{"type": "authorized_user"}')
    written = ProviderSettings(name="vertex")
    environ = {"CLOUDSDK_CONFIG": str(elsewhere)}
    found = registry.hosts(Settings(providers={"vertex": written}), environ)
    assert next(h for h in found if h.name == "vertex").key == str(elsewhere / vertex.USUAL_FILE)


def test_which_machines_are_google_s(tmp_path: Path) -> None:
    product = tmp_path / "product_name"
    assert not in_the_cloud({}, product)
    product.write_text("Standard PC\n")
    assert not in_the_cloud({}, product)
    assert in_the_cloud({"K_SERVICE": "s"}, product)
    product.write_text("Google Compute Engine\n")
    assert in_the_cloud({}, product)
    assert not in_the_cloud({"NO_GCE_CHECK": "true"}, product)


async def test_a_sign_in_goes_by_the_proxy_the_user_named_and_never_past_it(
    tmp_path: Path, private_key: rsa.RSAPrivateKey
) -> None:
    file = account(tmp_path, private_key, "https://oauth2.googleapis.com/token")
    async with proxy(b"HTTP/1.1 403 Forbidden\r\n\r\n") as way:
        host = at("https://aiplatform.googleapis.com", file, proxy=way.address)
        with pytest.raises(ProviderError, match="proxy refuses"):
            await GoogleSignIn(host, SystemClock())()
    assert [seen.split(b" HTTP")[0] for seen in way.seen] == [b"CONNECT oauth2.googleapis.com:443"]


async def test_what_is_near_is_asked_for_a_sign_in_without_a_proxy(
    tmp_path: Path, private_key: rsa.RSAPrivateKey
) -> None:
    async with proxy() as way, far_side(tokens) as far:
        file = account(tmp_path, private_key, f"{far.base}/token")
        assert await GoogleSignIn(at(far.base, file, proxy=way.address), SystemClock())() == "t-1"
    assert way.seen == []
