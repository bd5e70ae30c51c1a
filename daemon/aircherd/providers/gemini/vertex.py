"""Gemini on Google Cloud (Vertex AI): where it lives, and what is asked differently there.

Facts from google-genai's `_api_client.py` and `models.py`, its `vertex` halves. A host is one of
these when its row has the option `sign_in = "google"`; `project` and `location` say where.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

from aircherd.core.catalog import Capability, ModelRef, ModelSpec
from aircherd.core.chat import Usage
from aircherd.core.errors import Unsupported
from aircherd.core.operations import Embeddings, EmbedRequest
from aircherd.providers.base import Host
from aircherd.providers.google_addresses import in_the_cloud
from aircherd.providers.openai_chat.usage import number

SIGN_IN = "google"
EVERYWHERE = "global"
"""The location without a place; the newest models answer there first."""
USUAL_FOLDER = ".config/gcloud"
USUAL_FILE = "application_default_credentials.json"
"""Where `gcloud auth application-default login` leaves its sign-in, below the home folder."""
_WIDE = ("us", "eu")
_LIST = "root:/v1beta1/publishers/google/models?pageSize=200"
"""Google's own models; version 1 has no such list."""


def is_vertex(host: Host) -> bool:
    """Whether this host is Google Cloud rather than Google's AI Studio."""
    return host.options.get("sign_in") == SIGN_IN


def placed(host: Host, environ: Mapping[str, str], home: Path) -> Host:
    """The host with its sign-in file, project, location and address; any other host unchanged.

    What the configuration says counts before the environment, and that before the file.
    """
    if not is_vertex(host):
        return host
    # What lies about on this machine is for Google's own address; another must be told its file.
    own = host.base_url == host.options.get("usual")
    usual = Path(environ.get("CLOUDSDK_CONFIG") or home / USUAL_FOLDER) / USUAL_FILE
    file = host.key or (str(usual) if own and usual.is_file() else None)
    machine = own and file is None and in_the_cloud(environ)
    told = _said_by(file)
    project = (
        host.options.get("project")
        or environ.get("GOOGLE_CLOUD_PROJECT")
        or told.get("project_id")
        or told.get("quota_project_id")
    )
    location = (
        host.options.get("location") or environ.get("GOOGLE_CLOUD_LOCATION") or EVERYWHERE
    ).strip()
    options = {**host.options, "location": location}
    if machine:
        options["machine"] = "yes"
    headers = dict(host.headers)
    if isinstance(project, str) and project.strip():
        options["project"] = project.strip()
    if isinstance(told.get("quota_project_id"), str):
        headers["x-goog-user-project"] = told["quota_project_id"]
    base = host.base_url
    if base == host.options.get("usual"):
        base = address(location)
    return replace(
        host,
        key=file,
        key_later=host.key_later or machine,
        needs_key=True,
        base_url=base,
        options=options,
        headers=headers,
    )


def address(location: str) -> str:
    """The base address of a location."""
    if location == EVERYWHERE:
        return "https://aiplatform.googleapis.com/v1"
    if location in _WIDE:
        return f"https://aiplatform.{location}.rep.googleapis.com/v1"
    safe = "".join(c for c in location if c.isascii() and (c.isalnum() or c == "-"))
    return f"https://{safe}-aiplatform.googleapis.com/v1"


def path(host: Host, model: str, verb: str) -> str:
    """Where a model is asked. Raises Unsupported where no project is known."""
    project = host.options.get("project")
    if not project:
        raise Unsupported(
            f"{host.name} needs a Google Cloud project; set providers.{host.name}.project or "
            "GOOGLE_CLOUD_PROJECT."
        )
    location = host.options.get("location", EVERYWHERE)
    where = f"/projects/{quote(project, safe='')}/locations/{quote(location, safe='')}"
    return f"{where}/publishers/google/models/{model}:{verb}"


def list_path(token: str | None = None) -> str:
    """Where its models are listed, from a page on."""
    return _LIST if token is None else f"{_LIST}&pageToken={quote(token, safe='')}"


def models_of(host: Host, value: Any) -> tuple[ModelSpec, ...]:
    """The Gemini models in its list, which tells names only."""
    found = []
    for row in value.get("publisherModels") or []:
        name = str(row["name"]).rsplit("/", 1)[-1]
        if not name.startswith(("gemini", "text-embedding")):
            continue
        embeds = "embedding" in name
        can = {Capability.EMBEDDINGS} if embeds else {Capability.CHAT, Capability.STREAMING}
        spec = ModelSpec(ref=ModelRef(host.name, name), local=False, capabilities=frozenset(can))
        found.append(replace(spec, said=spec.capabilities) if embeds else spec)
    return tuple(found)


def embed_verb(model: str) -> str:
    """Which verb makes vectors: the Gemini models have one of their own."""
    return "batchEmbedContents" if model.startswith("gemini") else "predict"


def embed_body(request: EmbedRequest, purpose: str) -> dict[str, Any]:
    """The body of a request for vectors."""
    if embed_verb(request.model) == "predict":
        rows = [{"content": text, "task_type": purpose} for text in request.texts]
        body: dict[str, Any] = {"instances": rows}
        if request.dimensions is not None:
            body["parameters"] = {"outputDimensionality": request.dimensions}
        return body
    config: dict[str, Any] = {"taskType": purpose}
    if request.dimensions is not None:
        config["outputDimensionality"] = request.dimensions
    return {
        "requests": [
            {"content": {"parts": [{"text": text}]}, "embedContentConfig": config}
            for text in request.texts
        ]
    }


def embeddings_of(request: EmbedRequest, value: Any) -> Embeddings:
    """The vectors, and their tokens where they are told."""
    if "predictions" in value:
        rows = [row["embeddings"] for row in value["predictions"]]
        counts = [number((row.get("statistics") or {}).get("token_count")) for row in rows]
        known = [count for count in counts if count is not None]
        tokens = sum(known) if len(known) == len(rows) else None
    else:
        rows = value["embeddings"]
        tokens = number((value.get("usageMetadata") or {}).get("promptTokenCount"))
    return Embeddings(
        vectors=tuple(tuple(float(x) for x in row["values"]) for row in rows),
        usage=Usage(input=tokens, output=0),
        model=request.model,
    )


def _said_by(file: str | None) -> dict[str, Any]:
    """What a sign-in file says of itself; nothing where it cannot be read."""
    if file is None:
        return {}
    try:
        value = json.loads(Path(file).expanduser().read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}
