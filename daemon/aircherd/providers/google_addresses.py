"""Where a sign-in to Google may be asked for: Google's own hosts, and what the user adds.

A sign-in's file says where to send what is in it, and such a file can come from anybody. So its
word does not count: a token is asked for at Google over TLS, at the metadata server of the machine
(which is told nothing), or at an address of the user's own configuration (`sign_in_at`). Hosts are
those of google-auth's constants; `accounts.google.com` stands in files of before 2018.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

METADATA = frozenset(
    {"metadata.google.internal", "169.254.169.254", "fd00:ec2::254", "169.254.170.2"}
)
"""Addresses that reach no further than the host of a virtual machine."""
_GOOGLE = ("googleapis.com", "accounts.google.com")
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_CLOUD_MARKS = ("GCE_METADATA_HOST", "GCE_METADATA_ROOT", "K_SERVICE", "CLOUD_RUN_JOB")
"""Variables that are set where a metadata server is near."""
_PRODUCT = Path("/sys/class/dmi/id/product_name")


def may_ask(url: str, also: Iterable[str]) -> bool:
    """Whether a sign-in may be asked for there; `also` are addresses the user wrote."""
    scheme, host, port = place = origin(url)
    if place in {origin(one) for one in also}:
        return True
    if scheme == "http":
        return host in METADATA and port == 80
    ours = any(host == one or host.endswith(f".{one}") for one in _GOOGLE)
    return scheme == "https" and port == 443 and ours


def source(told: Mapping[str, Any]) -> str | None:
    """The address a workload's own token is fetched from, by its file: this one and no other.

    Nothing is sent to it but what the file itself holds, so any host over TLS will do, and this
    machine; the token that comes back goes to Google only.
    """
    found = told.get("credential_source")
    url = found.get("url") if isinstance(found, dict) else None
    if not isinstance(url, str):
        return None
    return url if urlsplit(url).scheme == "https" or is_near(url) else None


def is_near(url: str) -> bool:
    """Whether an address is this machine, or the host it is a guest of."""
    return (urlsplit(url).hostname or "").lower() in METADATA | _LOOPBACK


def runs_a_program(told: Mapping[str, Any]) -> bool:
    """Whether a sign-in's file, or one inside it, names a program to run."""
    found = told.get("credential_source")
    if isinstance(found, dict) and "executable" in found:
        return True
    inner = told.get("source_credentials")
    return isinstance(inner, dict) and runs_a_program(inner)


def in_the_cloud(environ: Mapping[str, str], product: Path = _PRODUCT) -> bool:
    """Whether this machine is one of Google's, which has a metadata server. Asks nobody."""
    if environ.get("NO_GCE_CHECK") == "true":
        return False
    if any(environ.get(name) for name in _CLOUD_MARKS):
        return True
    try:
        return product.read_text("utf-8", "replace").startswith("Google")
    except OSError:
        return False


def origin(url: str) -> tuple[str, str, int | None]:
    """Scheme, host and port, as they are compared."""
    parts = urlsplit(url)
    usual = {"https": 443, "http": 80}.get(parts.scheme)
    try:
        port = parts.port
    except ValueError:
        port = -1
    return parts.scheme, (parts.hostname or "").lower(), usual if port is None else port
