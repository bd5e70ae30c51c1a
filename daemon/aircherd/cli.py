"""The commands of `aircherd`, but for `connect`, which `__main__` takes to `forward` directly.

Imports stand inside the commands: `aircherd stop` need not load a language server.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any

from aircherd import shown
from aircherd.version import __version__

NOT_RUNNING = 3
"""Exit code of `status` without a daemon, as the Linux Standard Base has it for services."""

STOP_SECONDS = 20.0
"""How long `stop` waits for a daemon to finish what it has in hand."""

_THEIR_OWN = ("config", "doctor", "keys", "prices", "prompts", "quality", "why")
"""Commands with a parser of their own: `main` of the module of that name."""

_PLAIN = ("aircher/metrics",)
"""Methods of which `call` prints the text alone: what reads it knows its form."""

_ABOUT = "The daemon between your editors and every language model. One per user."


def main(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code; a failure is one sentence on stderr."""
    from aircherd.autostart import Unreachable
    from aircherd.runtime import Refused

    try:
        # These have their own options; argparse would take `--help` for itself.
        if arguments[:1] and arguments[0] in _THEIR_OWN:
            name = "config.cli" if arguments[0] == "config" else arguments[0]
            own = import_module(f"aircherd.{name}")
            told = (_tell_running,) if arguments[0] not in ("config", "doctor", "prompts") else ()
            code = int(own.main(list(arguments[1:]), *told))
        else:
            options = _parser().parse_args(arguments)
            code = int(options.run(options))
        sys.stdout.flush()
    except (Refused, Unreachable, _Failed) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # `aircherd logs | head`: point stdout elsewhere, or Python complains again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    return code


class _Failed(Exception):
    """A command could not do its work. The text is for the user."""


def _serve(options: argparse.Namespace) -> int:
    from aircherd import start

    # pathlib would be loaded for this alone, before every command.
    if options.config and not (options.stdio and os.path.isfile(options.config)):  # noqa: PTH113
        raise _Failed("--config wants a file that is there, and --stdio: it is for one client.")
    return start.run(stdio=options.stdio, config=options.config)


def _stop(_: argparse.Namespace) -> int:
    pid = _stop_running()
    print("aircherd was not running." if pid is None else f"aircherd (pid {pid}) has stopped.")
    return 0


def _restart(_: argparse.Namespace) -> int:
    from aircherd import autostart, runtime

    _stop_running()
    connection = autostart.reach()
    end = runtime.peer(connection)
    connection.close()
    print(f"aircherd runs{f' (pid {end[0]})' if end else ''}.")
    return 0


def _status(options: argparse.Namespace) -> int:
    from aircherd import autostart

    connection = autostart.dial()
    if connection is None:
        print("null" if options.json else "aircherd is not running.")
        return NOT_RUNNING
    connection.close()
    status = _ask("aircher/status", {})
    if options.json:
        print(shown.as_json(status))
        return 0
    minutes = float(status["uptimeSeconds"]) / 60
    print(f"aircherd {status['version']} runs (pid {status['pid']}) for {minutes:.0f} min.")
    print(f"sessions {status['sessions']}, requests in flight {status['inFlight']}")
    print(f"ledger   {status['ledger']}")
    for notice in status.get("notices", ()):
        print(notice)
    return 0


def _call(options: argparse.Namespace) -> int:
    text = sys.stdin.read() if options.params == "-" else options.params
    try:
        params = json.loads(text)
    except ValueError as error:
        raise _Failed(f"The parameters are not JSON: {error}. Quote them with '…'.") from None
    if not isinstance(params, dict):
        raise _Failed("The parameters must be a JSON object, such as '{}'.")
    result = _ask(options.method, params, stream=options.stream)
    if options.method in _PLAIN:
        # What reads it wants it as it is, and takes no JSON.
        sys.stdout.write(shown.inert(result["text"]))
    else:
        print(shown.as_json(result))
    return 0


def _dump(_: argparse.Namespace) -> int:
    from aircherd import logs

    facts = {**json.loads(_ask("aircher/dump", {})["text"]), "complaints": logs.complaints()}
    print(shown.as_json(facts))
    return 0


def _tell_running() -> None:
    """Has a running daemon read keys and configuration again; without one there is nobody to."""
    from aircherd import autostart

    connection = autostart.dial()
    if connection is not None:
        connection.close()
        _ask("aircher/reload", {})


def _logs(options: argparse.Namespace) -> int:
    from aircherd import logs

    return logs.run(options)


def _ask(method: str, params: dict[str, Any], *, stream: bool = False) -> Any:
    """Send one request, starting the daemon if need be, and give its result as plain JSON."""
    import asyncio

    from aircher_protocol.client import AsyncClient, ConnectionLost, RemoteError
    from aircher_protocol.codec import unstructure
    from aircher_protocol.methods import METHODS
    from aircher_protocol.types import DeltaKind, DeltaParams

    def show(delta: DeltaParams) -> None:
        if delta.kind is not DeltaKind.THINKING:
            start_over = "\n" if delta.kind is DeltaKind.REPLACE else ""
            print(start_over + shown.inert(delta.text), end="", file=sys.stderr, flush=True)

    async def ask() -> Any:
        client = AsyncClient(name="aircherd call")
        try:
            await client.start()
            if stream and method in METHODS:
                return unstructure(await client.call(method, params, on_delta=show))
            return await client.request(method, params)
        finally:
            await client.close()
            if stream:
                print(file=sys.stderr)

    try:
        return asyncio.run(ask())
    except (RemoteError, ConnectionLost) as error:
        raise _Failed(str(error)) from None


def _stop_running() -> int | None:
    """Ask the running daemon to leave and wait for it. Its pid, or None when there was none."""
    from aircherd import stopping

    try:
        return stopping.stop(STOP_SECONDS)
    except stopping.NotStoppedError as error:
        raise _Failed(str(error)) from None


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="aircherd", description=_ABOUT)
    parser.add_argument("--version", action="version", version=f"aircherd {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)

    def command(name: str, run: Any, text: str) -> argparse.ArgumentParser:
        made: argparse.ArgumentParser = commands.add_parser(name, help=text, description=text)
        made.set_defaults(run=run)
        return made

    command(
        "connect", None, "Join stdin and stdout to the daemon, starting it if need be. For editors."
    )
    serve = command("serve", _serve, "Be the daemon, in the foreground.")
    serve.add_argument("--stdio", action="store_true", help="serve one editor on stdin and stdout")
    serve.add_argument(
        "--config", metavar="FILE", help="with --stdio: settings over the user's own, never wider"
    )
    command("stop", _stop, "Ask the daemon to leave, and wait until it has.")
    command("restart", _restart, "Stop the daemon and start it again.")
    status = command("status", _status, "Say how the daemon is. Exit code 3 when it does not run.")
    status.add_argument("--json", action="store_true", help="print what the daemon answers")
    call = command("call", _call, "Send one request and print its result as JSON.")
    call.add_argument("method", metavar="METHOD", help="such as aircher/commitMessage")
    call.add_argument(
        "params", metavar="JSON", nargs="?", default="{}", help="an object; `-` reads stdin"
    )
    call.add_argument("--stream", action="store_true", help="show the text on stderr as it comes")
    logs = command("logs", _logs, "Show the daemon's log.")
    logs.add_argument("-f", "--follow", action="store_true", help="go on as it grows")
    logs.add_argument("-n", "--lines", type=int, default=50, metavar="N", help="how many (50)")
    debug = command("debug", _dump, "Look inside a running daemon.")
    debug.add_argument(
        "what", choices=("dump",), help="everything that helps to find a fault, and no secret"
    )
    command("config", None, "Show and change the configuration.")
    command("keys", None, "Keep keys of providers, each for one address.")
    command("prompts", None, "Show, change and reset what models are told.")
    command("prices", None, "Show the price table, and take up a newer one.")
    command("why", None, "Say why a request went to the model it went to.")
    command("quality", None, "Show what you kept of suggestions; --table all estimates.")
    command("doctor", None, "Check everything and say what to do about what is wrong.")
    return parser
