"""A keyring in a file, for the keyring library to find: `PYTHON_KEYRING_BACKEND` names it."""

from __future__ import annotations

import json
import os
from pathlib import Path

from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked


class InAFile(KeyringBackend):
    """Keeps what it is given in the file `TEST_KEYRING` names; refuses while `LOCKED` is there."""

    priority = 1.0  # type: ignore[assignment]

    def _all(self) -> dict[str, str]:
        path = Path(os.environ["TEST_KEYRING"])
        if path.with_name("LOCKED").exists():
            raise KeyringLocked
        found: dict[str, str] = json.loads(path.read_text("utf-8")) if path.exists() else {}
        return found

    def _write(self, values: dict[str, str]) -> None:
        Path(os.environ["TEST_KEYRING"]).write_text(json.dumps(values), "utf-8")

    def get_password(self, service: str, username: str) -> str | None:
        return self._all().get(f"{service} {username}")

    def set_password(self, service: str, username: str, password: str) -> None:
        self._write({**self._all(), f"{service} {username}": password})

    def delete_password(self, service: str, username: str) -> None:
        values = self._all()
        del values[f"{service} {username}"]
        self._write(values)
