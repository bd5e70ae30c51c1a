"""The direct way to JSON text says, to the byte, what the long way says."""

from __future__ import annotations

import json
from typing import Any

import attrs
import pytest

from aircher_protocol import jsontext
from aircher_protocol import types as t
from aircher_protocol.codec import unstructure
from aircher_protocol.jsontext import Text, dump, lasting, text


@attrs.frozen(kw_only=True)
class _Alone:
    only_one: Any = None


@attrs.frozen
class _Empty:
    pass


def _long_way(value: Any) -> bytes:
    said = json.dumps(unstructure(value), ensure_ascii=False, separators=(",", ":"))
    return said.encode("utf-8", "replace")


HARD = 'a "quoted" \\ word,\n\ttabs \x00 and \x1f, \u2028, é, 漢, 😀 and \ud800'
MONEY = t.Money(nano_usd=12_345, text="$0.000012", estimated=True)
LINE = t.AttemptLine(provider="far", model=HARD, outcome="done", sent=True, cost=MONEY, error=None)
VALUES: list[Any] = [
    *(None, True, False, 0, -1, 2**70, 0.1, 1e22, 1e-9, -0.0, "", HARD, (), [], {}),
    *(MONEY, LINE, (LINE, LINE), [MONEY, {"a": (1, 2)}], _Empty(), _Alone()),
    *(_Alone(only_one=MONEY), _Alone(only_one={"x": [HARD, 1.5]}), _Alone(only_one=(MONEY,))),
    t.EvidenceLine(task=t.TaskKind.DEBUGGING, weight=0.25, text=HARD),
    {"jsonrpc": "2.0", "id": "x", "result": LINE},
    {"params": {"line": MONEY, "kind": t.TaskKind.DEBUGGING}},
]


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_the_text_is_the_long_ways(value: Any) -> None:
    assert dump(value) == _long_way(value)


def test_what_was_written_already_stands_as_it_is() -> None:
    message = {"jsonrpc": "2.0", "id": 7, "result": text(LINE)}
    assert isinstance(message["result"], Text)
    assert dump(message) == _long_way({"jsonrpc": "2.0", "id": 7, "result": LINE})


def test_what_lasts_is_written_once_and_as_it_is() -> None:
    for count in range(40):
        lines = lasting((LINE, t.RefusalLine(provider=f"p{count}", model=None, why=HARD)))
        for _ in range(3):
            assert dump(_Alone(only_one=lines)) == _long_way(_Alone(only_one=lines))
    again = lasting(lines)
    assert again is lines
    assert dump({"result": again}) == _long_way({"result": lines})
    assert len(jsontext._lasting) <= jsontext._MOST_LASTING


@pytest.mark.parametrize("number", [float("nan"), float("inf"), -float("inf")])
def test_what_no_text_can_hold_is_refused(number: float) -> None:
    for value in (number, _Alone(only_one=number), {"result": _Alone(only_one=[number])}):
        with pytest.raises(ValueError, match="JSON compliant"):
            dump(value)


def test_what_is_no_value_of_the_protocol_is_refused() -> None:
    with pytest.raises(TypeError):
        dump({"result": [object()]})
