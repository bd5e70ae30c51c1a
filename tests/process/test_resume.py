"""A daemon dies under an editor, and the editor need not know."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable
from typing import Any

import pytest

from aircher_protocol.codec import structure
from aircher_protocol.errors import ErrorData, ErrorKind
from aircher_protocol.methods import METHODS, Direction
from aircherd.asked import FREE
from aircherd.frames import Frames, read
from aircherd.resume import Record
from figures import Figure

from .parts import Connect, Standin, alive, until
from .test_ending import EXIT, SHUTDOWN, frame

Start = Callable[..., Connect]


def request(number: int | str, method: str, **params: Any) -> bytes:
    return frame({"jsonrpc": "2.0", "id": number, "method": method, "params": params})


def notice(method: str, **params: Any) -> bytes:
    return frame({"jsonrpc": "2.0", "method": method, "params": params})


def opened(uri: str) -> bytes:
    return notice("textDocument/didOpen", textDocument={"uri": uri, "text": "x" * 100})


def changed(uri: str, text: str = "y") -> bytes:
    return notice("textDocument/didChange", textDocument={"uri": uri}, contentChanges=[text])


GREETING = request(1, "initialize") + notice("initialized")


def hear(forwarder: Connect) -> dict[str, Any]:
    """The next message the editor gets."""
    header = b""
    while not header.endswith(b"\r\n\r\n"):
        byte = forwarder.hear(1)
        assert byte, header
        header += byte
    message: dict[str, Any] = json.loads(forwarder.hear(int(header.split()[1])))
    return message


def messages(raw: bytes) -> list[dict[str, Any]]:
    frames = Frames()
    found = [read(one) for one in frames.feed(raw)]
    assert not frames.rest
    return found


def begin(connect: Start) -> Connect:
    forwarder = connect("rpc")
    forwarder.say(GREETING)
    assert hear(forwarder)["id"] == 1
    return forwarder


def kill(standin: Standin) -> None:
    os.kill(standin.noted("begin")[-1], signal.SIGKILL)


def leave(forwarder: Connect) -> None:
    forwarder.say(SHUTDOWN + EXIT)
    forwarder.finish()
    assert forwarder.ended() == (0, "")


def test_the_next_daemon_is_told_what_the_first_one_knew(connect: Start, standin: Standin) -> None:
    forwarder = begin(connect)
    forwarder.say(opened("file:///a") + opened("file:///b") + changed("file:///a"))
    forwarder.say(notice("textDocument/didClose", textDocument={"uri": "file:///b"}))
    forwarder.say(notice("workspace/didChangeConfiguration", settings={"x": 1}))
    until(lambda: standin.noted("heard:workspace/didChangeConfiguration"), "the settings")
    kill(standin)
    assert hear(forwarder)["method"] == "window/logMessage"
    forwarder.say(request(2, "aircher/status"))
    assert hear(forwarder)["result"]["version"] == "9.9"
    _, second = standin.noted("begin")

    def heard(what: str) -> int:
        return standin.noted(f"heard:{what}").count(second)

    assert heard("initialize") == heard("initialized") == 1
    assert heard("textDocument/didOpen") == heard("textDocument/didChange") == 1
    assert heard("workspace/didChangeConfiguration") == 1
    leave(forwarder)


@pytest.mark.parametrize(
    ("method", "params", "again"),
    [
        ("aircher/detectTask", {}, True),
        ("textDocument/codeAction", {}, True),
        ("aircher/ask", {"idempotencyKey": "k"}, True),
        ("aircher/ask", {}, False),
        ("aircher/feedback", {}, False),
        ("workspace/executeCommand", {"arguments": [{"idempotencyKey": "k"}]}, True),
        ("workspace/executeCommand", {"arguments": [{}]}, False),
    ],
)
def test_what_can_cost_nothing_twice_is_asked_again(
    connect: Start, standin: Standin, method: str, params: dict[str, Any], again: bool
) -> None:
    forwarder = begin(connect)
    forwarder.say(request(7, method, waitsFor="ever", **params))
    until(lambda: standin.noted("waits"), "a daemon that was asked")
    kill(standin)
    found = [hear(forwarder), hear(forwarder)]
    (answer,) = [one for one in found if one.get("id") == 7]
    assert ("result" in answer) == again
    if not again:
        assert answer["error"]["code"] == -32803
        data = structure(ErrorData, answer["error"]["data"])
        assert (data.kind, data.retryable) == (ErrorKind.INTERRUPTED, True)
    leave(forwarder)
    assert len(standin.noted("waits")) == 1 + again


def test_a_text_that_had_begun_is_never_begun_again(connect: Start, standin: Standin) -> None:
    forwarder = begin(connect)
    forwarder.say(request(7, "aircher/ask", deltaToken="t", idempotencyKey="k", waitsFor="text"))
    assert hear(forwarder)["method"] == "aircher/delta"
    kill(standin)
    assert hear(forwarder)["error"]["data"]["kind"] == "interrupted"
    leave(forwarder)
    assert len(standin.noted("waits")) == 1


def test_it_goes_on_through_death_after_death(
    connect: Start, standin: Standin, figure: Figure
) -> None:
    forwarder = begin(connect)
    for number in range(2, 5):
        kill(standin)
        assert hear(forwarder)["method"] == "window/logMessage"
        forwarder.say(request(number, "aircher/status"))
        assert hear(forwarder)["id"] == number
    leave(forwarder)
    figure("3 deaths in a row, the editor noticed a message")


def test_a_message_cut_by_the_death_arrives_whole(connect: Start, standin: Standin) -> None:
    forwarder = begin(connect)
    asked = request(2, "aircher/status")
    forwarder.say(asked[:30])
    kill(standin)
    assert hear(forwarder)["method"] == "window/logMessage"
    forwarder.say(asked[30:])
    assert hear(forwarder)["id"] == 2
    leave(forwarder)


def test_one_that_was_told_to_leave_is_not_started_again(connect: Start, standin: Standin) -> None:
    forwarder = begin(connect)
    standin.end(signal.SIGTERM)
    code, said = forwarder.ended()
    assert (code, said.count("\n")) == (1, 1)
    assert len(standin.noted("begin")) == 1


def test_one_that_is_started_anew_is_taken(connect: Start, standin: Standin) -> None:
    forwarder = begin(connect)
    standin.end(signal.SIGTERM)
    connect("rpc")
    assert hear(forwarder)["method"] == "window/logMessage"
    leave(forwarder)
    assert alive(standin.noted("begin")[-1])


def test_daemons_that_keep_dying_are_given_up(connect: Start, standin: Standin) -> None:
    forwarder = begin(connect)
    for count in range(1, 5):
        until(lambda n=count: len(standin.noted("heard:initialize")) == n, f"daemon {count}")
        kill(standin)
    code, said = forwarder.ended()
    assert (code, said.count("\n")) == (1, 1)
    assert len(standin.noted("begin")) == 4


def test_half_a_message_of_the_dead_never_reaches_the_editor() -> None:
    record = Record()
    record.said(GREETING)
    whole = frame({"jsonrpc": "2.0", "id": 1, "result": {}})
    for cut in range(1, len(whole)):
        assert record.heard(whole[:cut]) == (b"", b"")
        record.again()
        # The greeting was never answered: the next daemon's answer is the editor's.
        assert record.heard(whole[:cut]) == (b"", b"")
        record.again()
    assert record.heard(whole) == (whole, b"")


def test_what_only_the_first_daemon_had_to_say_is_answered_in_the_editors_place() -> None:
    record = Record()
    record.said(GREETING)
    answer = frame({"jsonrpc": "2.0", "id": 1, "result": {}})
    register = request("a-1", "client/registerCapability", registrations=[])
    assert record.heard(answer + register) == (answer + register, b"")
    record.again()
    on, back = record.heard(answer + request("b-1", "client/registerCapability"))
    assert on == b""
    (reply,) = messages(back)
    assert reply == {"jsonrpc": "2.0", "id": "b-1", "result": None}
    other = frame({"jsonrpc": "2.0", "id": 1, "result": "the editor's next request 1"})
    assert record.heard(other) == (other, b"")


def test_a_bar_of_progress_is_ended() -> None:
    record = Record()
    record.said(GREETING)
    for token, kinds in (("open", ("begin", "report")), ("done", ("begin", "end"))):
        for kind in kinds:
            record.heard(notice("$/progress", token=token, value={"kind": kind}))
    _, answers = record.again()
    ended = [one["params"] for one in messages(answers) if one["method"] == "$/progress"]
    assert ended == [{"token": "open", "value": {"kind": "end"}}]


def test_what_is_kept_is_bounded() -> None:
    record = Record()
    record.said(GREETING)
    for number in range(3):
        record.said(opened(f"file:///{number}"))
    for _ in range(100):
        record.said(changed("file:///1", "z" * 60_000))
    words, _ = record.again()
    uris = [one["params"]["textDocument"]["uri"] for one in messages(words)[2:]]
    assert uris == ["file:///2"]
    for number in range(1000):
        record.said(notice("workspace/didChangeWorkspaceFolders", event={"number": number}))
    words, _ = record.again()
    assert len(messages(words)) < 110


def test_cancelled_and_last_requests_are_answered_here() -> None:
    record = Record()
    record.said(GREETING + request(2, "aircher/detectTask"))
    record.said(notice("$/cancelRequest", id=2) + request(3, "shutdown"))
    _, answers = record.again()
    found = {one["id"]: one for one in messages(answers) if "id" in one}
    assert found[2]["error"]["code"] == -32800
    assert found[3]["result"] is None


def test_an_id_that_was_used_twice_is_answered_twice() -> None:
    record = Record()
    record.said(GREETING + request(2, "aircher/ask") + request(2, "aircher/ask"))
    _, answers = record.again()
    assert [one["id"] for one in messages(answers) if "id" in one] == [2, 2]
    record.said(request(3, "aircher/ask") + request(3, "aircher/ask"))
    refusal = frame({"jsonrpc": "2.0", "id": 3, "error": {"code": -32600, "message": "in use"}})
    assert record.heard(refusal) == (refusal, b"")
    _, answers = record.again()
    assert [one["id"] for one in messages(answers) if "id" in one] == [3]


def test_bytes_that_are_no_messages_pass_as_they_are() -> None:
    record = Record()
    record.said(GREETING)
    assert record.heard(b"Conte") == (b"", b"")
    assert record.heard(b"xt: 5") == (b"Context: 5", b"")
    assert not record.able
    assert record.heard(b"Content-Length: 5\r\n\r\nab") == (b"Content-Length: 5\r\n\r\nab", b"")


def test_an_editor_that_garbles_meanwhile_is_not_greeted_twice() -> None:
    record = Record()
    record.said(GREETING)
    greeted = frame({"jsonrpc": "2.0", "id": 1, "result": {"capabilities": {}}})
    assert record.heard(greeted) == (greeted, b"")
    record.again()
    record.said(b"Content-Length: what\r\n\r\n")
    assert not record.able
    told = notice("window/logMessage", type=3, message="hello")
    asked = frame({"jsonrpc": "2.0", "id": 7, "method": "client/registerCapability", "params": {}})
    # The greeting again, in two blocks, and what follows it.
    assert record.heard(greeted[:30]) == (b"", b"")
    assert record.heard(greeted[30:] + told + asked[:20]) == (told, b"")
    assert record.heard(asked[20:]) == (asked, b"")
    # From then on all bytes pass as they are.
    assert record.heard(told[:9]) == (told[:9], b"")
    assert record.heard(told[9:]) == (told[9:], b"")


def test_what_is_free_to_ask_again_is_in_the_protocol() -> None:
    ours = {
        name: method
        for name, method in METHODS.items()
        if method.direction is Direction.CLIENT_TO_SERVER
    }
    assert ours.keys() >= FREE
    assert not [name for name in FREE if hasattr(ours[name].params, "idempotency_key")]
