"""Where the keys of a provider come from when the environment has none: a program's output.

The user's own command, or a child that opens the keyring. Run when a key is first needed, off the
loop, once for all who wait; what it printed is kept in memory until the provider refuses it.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Callable, Sequence

from aircherd.config.keybook import LONGEST_KEY, Kept, usable
from aircherd.core.errors import ErrorKind, ProviderError
from aircherd.core.settings import ProviderSettings

SECONDS = 60.0
"""How long a program may take: it may have to ask for a passphrase."""
_MOST = 64 * 1024


class KeySource:
    """The keys one program prints."""

    def __init__(
        self,
        provider: str,
        command: Sequence[str],
        *,
        first_line: bool,
        secret: Callable[[str], None],
        seconds: float = SECONDS,
    ) -> None:
        """`first_line`: password managers print further lines that are no keys. `secret` is told
        each key before anybody else has it."""
        self._provider = provider
        self._command = tuple(command)
        self._first_line = first_line
        self._secret = secret
        self._seconds = seconds

    async def __call__(self) -> tuple[str, ...]:
        """The keys. Raises ProviderError(authentication); what was printed is never in it."""
        try:
            printed = await asyncio.wait_for(_printed(self._command), self._seconds)
        except TimeoutError:
            raise self._failed(f"took longer than {self._seconds:.0f} s") from None
        except OSError as error:
            raise self._failed(f"cannot be run ({error.strerror})") from None
        if isinstance(printed, int):
            raise self._failed(f"ended with code {printed}")
        lines = printed.decode("utf-8", "replace").splitlines()
        keys = [line.strip() for line in (lines[:1] if self._first_line else lines)]
        wrong = "printed nothing" if not keys else next(filter(None, map(usable, keys)), None)
        if wrong is not None:
            raise self._failed(wrong if not keys else f"printed a key that {wrong}")
        for key in keys:
            self._secret(key)
        return tuple(keys)

    def _failed(self, what: str) -> ProviderError:
        program = self._command[0] if self._first_line else "the keyring"
        return ProviderError(
            message=f"The program that gives {self._provider}'s key, {program}, {what}; "
            "run it in a terminal to see why.",
            error_kind=ErrorKind.AUTHENTICATION,
            provider=self._provider,
            sent=False,
        )


def source_for(
    provider: str,
    written: ProviderSettings | None,
    found: Kept | None,
    secret: Callable[[str], None],
) -> KeySource | None:
    """Where a provider's keys are to be had; None when nowhere but in the environment."""
    if written is not None and written.key_command:
        return KeySource(provider, written.key_command, first_line=True, secret=secret)
    if found is not None and found.where == "keyring":
        command = (sys.executable, "-P", "-m", "aircherd.config.ring", found.name)
        return KeySource(provider, command, first_line=False, secret=secret)
    return None


async def _printed(command: tuple[str, ...]) -> bytes | int:
    """What a program printed, or the code it failed with. Cancelled, it is killed."""
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        cwd="/",  # Nothing of a repository decides which program or file is meant.
        start_new_session=True,
    )
    assert process.stdout is not None
    try:
        out = await process.stdout.read(_MOST)
        while len(out) <= LONGEST_KEY and (more := await process.stdout.read(_MOST)):
            out += more
        code = await process.wait()
    except BaseException:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await asyncio.shield(process.wait())
        raise
    return out if code == 0 else code
