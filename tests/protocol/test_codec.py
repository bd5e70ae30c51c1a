"""JSON and back: strict about values, tolerant of what it does not know, every fault at once."""

from __future__ import annotations

import json
import types as pytypes
from enum import Enum
from typing import Any, Union, get_args, get_origin, get_type_hints

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aircher_protocol import codec
from aircher_protocol.chat import ChatParams
from aircher_protocol.codec import MAX_DEPTH, ParamsError, ParseError, structure, unstructure
from aircher_protocol.errors import BudgetState, ErrorData, FieldError
from aircher_protocol.jsontext import dump
from aircher_protocol.methods import METHODS
from aircher_protocol.types import CommitMessageParams, DetectTaskParams

KINDS = {m.params for m in METHODS.values()} | {m.result for m in METHODS.values() if m.result}
KINDS |= {ErrorData, BudgetState, FieldError}


def values(hint: Any) -> st.SearchStrategy[Any]:
    """Any value a type may have."""
    if hint is Any:
        return st.none() | st.integers() | st.text()
    if isinstance(hint, type) and attrs.has(hint):
        hints = get_type_hints(hint)
        return st.builds(hint, **{f.name: values(hints[f.name]) for f in attrs.fields(hint)})
    if isinstance(hint, type) and issubclass(hint, Enum):
        return st.sampled_from(hint)
    origin = get_origin(hint)
    if origin in (Union, pytypes.UnionType):
        return st.one_of([values(one) for one in get_args(hint)])
    if origin is tuple:
        item = get_args(hint)[0]
        # Lists of objects within lists of objects grow fast: one of each shows what there is.
        return st.lists(values(item), max_size=1 if attrs.has(item) else 3).map(tuple)
    if origin is dict:
        return st.dictionaries(st.text(), st.integers() | st.text(), max_size=3)
    if hint is float:
        return st.floats(allow_nan=False, allow_infinity=False)
    return {
        str: st.text(max_size=20),
        int: st.integers(-(2**62), 2**62),
        bool: st.booleans(),
        type(None): st.none(),
    }[hint]


@pytest.mark.parametrize("kind", sorted(KINDS, key=lambda kind: kind.__name__))
def test_every_type_survives_the_wire(kind: type[Any]) -> None:
    @settings(max_examples=25, deadline=None)
    @given(values(kind))
    def through(value: Any) -> None:
        body = dump(value)
        assert body == dump(unstructure(value))
        assert structure(kind, codec.parse(body)) == value

    through()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)


@pytest.mark.parametrize("kind", sorted(KINDS, key=lambda kind: kind.__name__))
def test_anything_else_is_refused_in_words_and_nothing_worse(kind: type[Any]) -> None:
    names = [codec.camel(field.name) for field in attrs.fields(kind)] or ["x"]

    @settings(max_examples=25, deadline=None)
    @given(JSON | st.dictionaries(st.sampled_from(names), JSON, max_size=4))
    def refused(value: Any) -> None:
        found: tuple[FieldError, ...] = ()
        try:
            assert isinstance(structure(kind, value), kind)
        except ParamsError as error:
            found = error.fields or (FieldError(path="", message="nothing named"),)
        for field in found:
            assert field.message.startswith(("must be ", "is missing"))

    refused()


@pytest.mark.parametrize("kind", sorted(KINDS, key=lambda kind: kind.__name__))
def test_every_field_that_is_missing_is_named_at_once(kind: type[Any]) -> None:
    needed = [f.name for f in attrs.fields(kind) if f.default is attrs.NOTHING]
    if not needed:
        assert structure(kind, {}) == kind()
        return
    with pytest.raises(ParamsError) as caught:
        structure(kind, {})
    assert [f.path for f in caught.value.fields] == [codec.camel(name) for name in needed]
    assert {f.message for f in caught.value.fields} == {"is missing"}


def test_every_wrong_field_is_named_at_once_by_its_wire_path() -> None:
    with pytest.raises(ParamsError) as caught:
        structure(
            ChatParams,
            {
                "messages": [{"role": "pirate", "content": 1}, "x", {"content": "x"}],
                "maxOutputTokens": "many",
                "temperature": True,
            },
        )
    assert {field.path: field.message for field in caught.value.fields} == {
        "messages[0].role": "must be one of system, user, assistant, tool, not a string",
        "messages[0].content": "must be a string, not a whole number",
        "messages[1]": "must be an object, not a string",
        "messages[2].role": "is missing",
        "maxOutputTokens": "must be a whole number, not a string",
        "temperature": "must be a number, not true or false",
    }


def test_a_wrong_value_is_never_repeated() -> None:
    with pytest.raises(ParamsError) as caught:
        structure(CommitMessageParams, {"workspace": ["my private text"]})
    assert "private" not in str(caught.value)


def test_fields_nobody_knows_are_ignored_and_names_are_camel_case() -> None:
    made = structure(CommitMessageParams, {"workspace": "/x", "deltaToken": 7, "fromTheFuture": 1})
    assert made.delta_token == 7
    assert unstructure(made)["deltaToken"] == 7
    assert "delta_token" not in unstructure(made)


@pytest.mark.parametrize("bad", [True, 1.0, "1", None, [], {}])
def test_only_a_whole_number_is_one(bad: Any) -> None:
    body = {"scope": "daily", "limit": bad, "spent": 0, "held": 0, "needed": 0}
    with pytest.raises(ParamsError):
        structure(BudgetState, body)


def test_a_whole_number_is_a_number_too() -> None:
    made = structure(ChatParams, {"messages": [], "temperature": 1})
    assert made.temperature == 1.0
    assert isinstance(made.temperature, float)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff{}",
        b'{"a": NaN}',
        b'{"a": Infinity}',
        b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1),
        b'{"a":' * 100_000,
    ],
    ids=["empty", "open", "not utf-8", "nan", "infinity", "deep", "very deep"],
)
def test_what_is_no_json_is_refused(body: bytes) -> None:
    with pytest.raises(ParseError):
        codec.parse(body)


def test_brackets_inside_texts_are_not_depth() -> None:
    text = "[{" * 5_000 + '\\"' + "[" * 5_000
    assert codec.parse(json.dumps({"a": text}).encode()) == {"a": text}


def test_a_lone_surrogate_does_not_stop_a_message() -> None:
    assert dump({"a": "x\ud800y"}) == b'{"a":"x?y"}'


def test_keys_that_are_no_identifiers_survive() -> None:
    value = {"from": 1, "class": 2, "a-b": {"jsonrpc": "2.0"}}
    params = structure(METHODS["aircher/plan"].params, {"method": "m", "params": value})
    assert params.params == value


def test_an_empty_message_is_fine_where_it_may_be() -> None:
    assert structure(DetectTaskParams, {"message": ""}).message == ""
