"""The numbers and words of failure are those of JSON-RPC, LSP and the daemon's own core."""

from __future__ import annotations

import pytest
from lsprotocol import types as lsp

from aircher_protocol.codec import ParamsError, camel
from aircher_protocol.errors import Code, ErrorKind, FieldError
from aircher_protocol.methods import METHODS
from aircher_protocol.types import TaskKind
from aircherd.core import errors as core
from aircherd.core.tasks import TaskKind as CoreTask
from aircherd.server.errors import translate
from aircherd.server.handlers import handlers


def test_every_code_is_the_one_json_rpc_and_lsp_have_under_that_name() -> None:
    theirs = {**lsp.ErrorCodes.__members__, **lsp.LSPErrorCodes.__members__}
    for code in Code:
        name = "".join(word.capitalize() for word in code.name.split("_"))
        assert theirs[name].value == code.value, name


def test_the_words_of_the_wire_are_the_words_of_the_house() -> None:
    assert [(k.name, k.value) for k in ErrorKind] == [(k.name, k.value) for k in core.ErrorKind]
    assert [(k.name, k.value) for k in TaskKind] == [(k.name, k.value) for k in CoreTask]
    for kind in ErrorKind:
        assert kind.value == camel(kind.name.lower())


def test_every_method_has_a_handler_and_every_handler_a_method() -> None:
    requests = {name for name, method in METHODS.items() if method.result is not None}
    asked = handlers(None)  # type: ignore[arg-type]
    assert {name for name in asked if name.startswith("aircher/")} == requests


def test_methods_stand_under_their_own_names() -> None:
    for name, method in METHODS.items():
        assert method.name == name
        assert name.startswith("aircher/")
        has_token = "delta_token" in {f.name for f in method.params.__attrs_attrs__}
        assert has_token == method.streams


@pytest.mark.parametrize("kind", core.ErrorKind)
def test_a_failure_of_any_kind_keeps_it_on_the_wire(kind: core.ErrorKind) -> None:
    failed = core.ProviderError(
        message="No. Try again.", error_kind=kind, provider="p", can_retry=True, retry_after=2.0
    )
    error = translate(failed, "aircher/ask")
    assert error["code"] == -32803
    assert error["data"]["kind"] == kind.value
    assert (error["data"]["retryable"], error["data"]["retryAfter"]) == (True, 2.0)


def test_every_class_of_failure_has_its_own_kind() -> None:
    plain = [
        one
        for one in core.AircherError.__subclasses__()
        if one not in (core.BudgetExceeded, core.ProviderError)
    ]
    kinds = [translate(one("No. Try again."), "x")["data"]["kind"] for one in plain]
    assert len(set(kinds)) == len(kinds)
    assert "unknown" not in kinds


def test_bad_parameters_and_crashes_have_codes_of_their_own() -> None:
    bad = translate(ParamsError((FieldError(path="a.b", message="is missing"),)), "aircher/ask")
    assert (bad["code"], bad["data"]["fields"]) == (
        -32602,
        [{"path": "a.b", "message": "is missing"}],
    )
    crash = translate(RuntimeError("secret text"), "aircher/ask")
    assert crash["code"] == -32603
    assert crash["data"]["errorId"] in crash["message"]
    assert "secret" not in str(crash)
