"""Signing in to Google Cloud: a short-lived token by Google's default credentials, renewed in time.

They are a file (a service account's, what `gcloud auth application-default login` writes, a
workload's of another cloud, one account in the name of another) or, on a machine of Google's, its
metadata server. The google-auth library signs and asks; it is an extra (`aircher[vertex]`), loaded
when first needed and in a thread, for it takes a tenth of a second. What it sends goes over the one
road like all else, and only where `google_addresses` says.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from aircherd.core.clock import Clock
from aircherd.core.errors import ErrorKind, ProviderError
from aircherd.providers.base import Host, HttpRequest, departing, reaching
from aircherd.providers.failures import made
from aircherd.providers.google_addresses import is_near, may_ask, runs_a_program, source
from aircherd.providers.http import Head, Road, Timeouts

SCOPE = "https://www.googleapis.com/auth/cloud-platform"
_EARLY = 300.0
"""Seconds before its end at which a token is renewed; half its life where that is shorter."""
_SECONDS = 20.0
"""What a renewal may take."""
_FILE = "GOOGLE_APPLICATION_CREDENTIALS"
_TIMEOUTS = Timeouts(connect=5.0, first_byte=10.0, idle=10.0)


@dataclass(frozen=True, slots=True)
class _Answer:
    """What google-auth wants of an HTTP answer."""

    status: int
    headers: Mapping[str, str]
    data: bytes


class GoogleSignIn:
    """Gives the token of one host; called for each request."""

    def __init__(self, host: Host, clock: Clock) -> None:
        """`host.key` names the file; None asks the machine, where that is one of Google's."""
        self._host = host
        self._clock = clock
        self._renewing = asyncio.Lock()
        self._token: str | None = None
        self._until = 0.0
        self.told: Mapping[str, str] = {}
        """What the sign-in says of the host: its project, where nobody else has."""

    async def __call__(self) -> str:
        """The token. Raises ProviderError; then nothing was sent to a model."""
        async with self._renewing:
            if self._token is None or self._clock.monotonic() >= self._until:
                loop = asyncio.get_running_loop()
                token, life = await asyncio.to_thread(self._renew, loop)
                self._token = token
                self._until = self._clock.monotonic() + life - min(_EARLY, life / 2)
            return self._token

    def forget(self) -> None:
        """The token was refused: the next request signs in again."""
        self._token = None

    def _renew(self, loop: asyncio.AbstractEventLoop) -> tuple[str, float]:
        """A fresh token and the seconds it lives. In a thread."""
        try:
            from google.auth import exceptions
        except ImportError:
            raise self._error(
                ErrorKind.AUTHENTICATION,
                "signing in to Google needs the google-auth package; install aircher[vertex]",
            ) from None
        refused: list[str] = []

        def ask(
            url: str,
            method: str = "GET",
            body: Any = None,
            headers: Any = None,
            timeout: Any = None,
            **_: Any,
        ) -> _Answer:
            if not (may_ask(url, allowed) or (method == "GET" and url == given)):
                refused.append(urlsplit(url).hostname or url)
                raise exceptions.TransportError("refused")
            limit = min(_SECONDS, timeout) if isinstance(timeout, int | float) else _SECONDS
            sent = self._fetch(url, method, body, dict(headers or {}), limit)
            try:
                return asyncio.run_coroutine_threadsafe(sent, loop).result(_SECONDS)
            except (ProviderError, TimeoutError) as error:
                raise exceptions.TransportError(str(error)) from None

        told = self._read()
        who = self._file if self._host.key else "the environment"
        allowed, given = self._host.options.get("sign_in_at", "").split(), None
        try:
            given = source(told)
            credentials = self._credentials(told, ask)
            credentials.refresh(ask)
        except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
            raise self._error(
                ErrorKind.AUTHENTICATION, f"{self._file} is no sign-in Google gave ({error})"
            ) from None
        except exceptions.GoogleAuthError as error:
            if refused:
                raise self._error(
                    ErrorKind.AUTHENTICATION,
                    f"{who} sends its sign-in to {refused[0]}, which is not Google's; if "
                    f"that is right, write it in providers.{self._host.name}.sign_in_at",
                ) from None
            if isinstance(error, exceptions.TransportError):
                raise self._error(ErrorKind.NETWORK_ERROR, f"no sign-in: {error}") from None
            why = error.args[0] if error.args else type(error).__name__
            raise self._error(
                ErrorKind.AUTHENTICATION, f"Google did not take the sign-in ({why})"
            ) from None
        ends = credentials.expiry
        life = 0.0
        if ends is not None:
            # It is in UTC without saying so.
            life = (ends - self._clock.now().replace(tzinfo=None)).total_seconds()
        return str(credentials.token), max(0.0, life)

    def _credentials(self, told: Mapping[str, Any], ask: Any) -> Any:
        """The credentials a file describes, or this machine's own."""
        if not told:
            return self._machine(ask)
        if runs_a_program(told):
            raise self._error(
                ErrorKind.AUTHENTICATION,
                f"{self._file} names a program to run, which is never done on the word of such a "
                "file; use a service account's, or a workload's whose token is in a file",
            )
        from google.auth import (
            aws,
            external_account_authorized_user,
            identity_pool,
            impersonated_credentials,
        )
        from google.oauth2 import credentials, service_account

        scopes = [SCOPE]
        match told.get("type"):
            case "service_account":
                return service_account.Credentials.from_service_account_info(told, scopes=scopes)
            case "authorized_user":
                return credentials.Credentials.from_authorized_user_info(told, scopes=scopes)
            case "external_account":
                amazon = str(told["subject_token_type"]).endswith("aws4_request")
                kind = aws if amazon else identity_pool
                return kind.Credentials.from_info(told, scopes=scopes)
            case "external_account_authorized_user":
                return external_account_authorized_user.Credentials.from_info(told)
            case "impersonated_service_account":
                of = impersonated_credentials.Credentials
                return of.from_impersonated_service_account_info(told, scopes=scopes)
        raise self._error(
            ErrorKind.AUTHENTICATION,
            f"{self._file} is of no kind that is known here; use a service account's file or what "
            "`gcloud auth application-default login` writes",
        )

    def _machine(self, ask: Any) -> Any:
        """What the metadata server of this machine gives."""
        import google.auth

        found, project = google.auth.default(scopes=[SCOPE], request=ask)
        self.told = {"project": project} if project else {}
        return found

    @property
    def _file(self) -> Path:
        return Path(self._host.key or "").expanduser()

    def _read(self) -> dict[str, Any]:
        if not self._host.key and self._host.options.get("machine") and not os.environ.get(_FILE):
            return {}
        if not self._host.key:
            raise self._error(
                ErrorKind.AUTHENTICATION,
                "no sign-in to Google; run `gcloud auth application-default login` or name a "
                "service account's file in GOOGLE_APPLICATION_CREDENTIALS",
            )
        try:
            value = json.loads(self._file.read_text("utf-8"))
        except (OSError, ValueError, RecursionError) as error:
            raise self._error(
                ErrorKind.AUTHENTICATION,
                f"{self._file} cannot be read as a sign-in ({type(error).__name__})",
            ) from None
        return value if isinstance(value, dict) and value else {"type": None}

    async def _fetch(
        self, url: str, method: str, body: Any, headers: dict[str, str], seconds: float
    ) -> _Answer:
        parts = urlsplit(url)
        there = Host(
            name=self._host.name,
            family="",
            base_url=f"{parts.scheme}://{parts.netloc}",
            shut=self._host.shut,
            barred=self._host.barred,
            # No proxy leads to the metadata server or to this machine itself.
            proxy=None if is_near(url) else self._host.proxy,
        )
        # A sign-in is no text of the user's, and its secrets belong on no list of what was sent.
        departing.set(None)
        reaching.set(lambda _: None)
        road = Road(there, _TIMEOUTS, self._clock)
        data = body.encode() if isinstance(body, str) else bytes(body or b"")
        request = HttpRequest(method=method, url=url, headers=headers, body=data)
        try:
            found: tuple[Head, bytes] = await road.fetch(
                request, deadline=self._clock.monotonic() + seconds
            )
        finally:
            await road.aclose()
        return _Answer(found[0].status, found[0].headers, found[1])

    def _error(self, kind: ErrorKind, what: str) -> ProviderError:
        return made(
            self._host.name, kind, what, can_retry=kind is ErrorKind.NETWORK_ERROR, sent=False
        )
