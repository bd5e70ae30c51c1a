"""`ProviderManager`: providers and their clients for Python programs, over the daemon.

    with ProviderManager("provider.config.toml") as manager:
        print(manager.send(model="openai:gpt-6-luna", prompt="Hello").text)
        client = manager.get_client("cloud.openai")
        client.chat.completions.create(model="gpt-6-luna", messages=[…])

A file given here lies over the user's own configuration and never widens its limits. Every call is
planned, reserved for, and booked as an editor's is.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from aircher_protocol.client import CONNECT
from aircher_protocol.errors import ErrorData, ErrorKind
from aircher_protocol.line import Line
from aircher_protocol.openai_client import OpenAIShape
from aircher_protocol.openai_request import full_name
from aircher_protocol.provider_errors import ProviderNotFoundError, translated
from aircher_protocol.types import Answer, ModelLine, ProviderLine

_SYNONYMS = {"claude": "anthropic", "google": "gemini"}


class ProviderManager:
    """The providers one program may use. Close it, or use it as a context manager."""

    def __init__(self, config: str | None = None, *, name: str = "python") -> None:
        """Without a file the user's running daemon answers, with one a daemon of its own beside it.

        Raises ConnectionLost when it cannot be reached.
        """
        command: Sequence[str] = CONNECT
        if config is not None:
            command = (*CONNECT[:-1], "serve", "--stdio", "--config", config)
        self._line = Line(name=name, command=command)
        self._clients: dict[str, Any] = {}

    def __enter__(self) -> ProviderManager:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def clients(self) -> Mapping[str, Any]:
        """A client for every provider that can be used now, by `cloud.NAME` or `custom.NAME`
        (those on this machine)."""
        usable = [line for line in self._providers() if line.usable]
        return {_section(line): self.get_client(line.name) for line in usable}

    def get_client(self, name: str) -> Any:
        """A client for one provider: `openai`, `cloud.openai` or `custom.ollama`.

        A real `openai.OpenAI` where that package is installed, else one of its shape. Made once.
        Raises ProviderNotFoundError.
        """
        provider = self.get_provider(name).name
        if provider not in self._clients:
            self._clients[provider] = self._made(provider)
        return self._clients[provider]

    def get_provider(self, name: str) -> ProviderLine:
        """How one provider is. Raises ProviderNotFoundError."""
        bare = name.removeprefix("cloud.").removeprefix("custom.")
        for line in self._providers():
            if line.name in (bare, _SYNONYMS.get(bare)):
                return line
        raise _not_found(f"There is no provider {name!r}; `aircher doctor` shows which there are.")

    def get_provider_for_model(self, model: str) -> ProviderLine:
        """The provider that would answer for a model. Raises ProviderNotFoundError."""
        lines = self._models()
        meant = {model, model.replace(":", "/", 1)}
        for line in sorted(lines, key=lambda line: not line.usable):
            if line.model == model or f"{line.provider}/{line.model}" in meant:
                return self.get_provider(line.provider)
        provider, mark, _rest = model.replace(":", "/", 1).partition("/")
        with translated():
            params = {"prompt": "?", "model": model}
            plan = self._line.call("aircher/plan", {"method": "aircher/ask", "params": params})
        if plan.reason.candidates:
            return self.get_provider(plan.reason.candidates[0].provider)
        if mark:
            return self.get_provider(provider)
        raise _not_found(f"No provider in use has {model!r}; `aircher models --all` lists them.")

    def validate_provider(self, name: str, *, check: bool = False) -> bool:
        """Whether a provider is there and can be used; with `check` it is asked, at no cost."""
        bare = name.removeprefix("cloud.").removeprefix("custom.")
        lines = self._line.call("aircher/providers", {"check": check}).providers
        names = (bare, _SYNONYMS.get(bare))
        return any(line.name in names and line.usable for line in lines)

    def send(self, *, prompt: str, model: str | None = None, **more: Any) -> Answer:
        """The answer to one prompt; `.text` is the text. Without a model one is chosen.

        `more` are other parameters of `aircher/chat`, such as `temperature` or `workspace`.
        Raises ProviderNotFoundError, ProviderAuthError, ProviderRateLimitError, ProviderAPIError,
        or RemoteError for what is no provider's doing, such as a limit that was reached.
        """
        params: dict[str, Any] = {"messages": [{"role": "user", "content": prompt}], **more}
        if model is not None:
            params["model"] = model
        with translated():
            answer: Answer = self._line.call("aircher/chat", params)
        return answer

    def embed(self, *, texts: Sequence[str], model: str | None = None) -> list[tuple[float, ...]]:
        """A vector for each text; without a model by the usual one. Raises as `send`."""
        params: dict[str, Any] = {"texts": list(texts)}
        if model is not None:
            params["model"] = full_name(model, None)
        with translated():
            return list(self._line.call("aircher/embed", params).vectors)

    def close(self) -> None:
        """Closes every client and the connection. Raises ExceptionGroup with every failure."""
        failures: list[Exception] = []
        closing: list[tuple[str, Callable[[], object]]] = [
            *((name, client.close) for name, client in self._clients.items()),
            ("the connection", self._line.close),
        ]
        self._clients = {}
        for name, close in closing:
            try:
                close()
            except Exception as error:
                error.add_note(f"while closing {name}")
                failures.append(error)
        if failures:
            raise ExceptionGroup("Not everything could be closed", failures)

    def _made(self, provider: str) -> Any:
        if not all(importlib.util.find_spec(name) for name in ("openai", "httpx2")):
            return OpenAIShape(self._line, provider)
        from aircher_protocol.openai_official import official

        return official(self._line, provider)

    def _providers(self) -> tuple[ProviderLine, ...]:
        with translated():
            found: tuple[ProviderLine, ...] = self._line.call("aircher/providers", {}).providers
        return found

    def _models(self) -> tuple[ModelLine, ...]:
        with translated():
            found: tuple[ModelLine, ...] = self._line.call("aircher/models", {}).models
        return found


def _section(line: ProviderLine) -> str:
    return f"{'custom' if line.local else 'cloud'}.{line.name}"


def _not_found(message: str) -> ProviderNotFoundError:
    data = ErrorData(kind=ErrorKind.MODEL_NOT_FOUND, code="PROVIDER_NOT_FOUND", error_id="local")
    return ProviderNotFoundError(0, message, data)
