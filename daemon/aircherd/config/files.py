"""Files the user may be looking at, written so that no reader ever sees half of one."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from aircherd import runtime


def user_file() -> Path:
    """The user's configuration file, whether it exists or not."""
    return Path(runtime.config_dir()) / "config.toml"


def whole(path: Path, text: str, *, mode: int | None = None) -> None:
    """Writes a file whole or not at all, with the access it had, or `mode`."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # A link stays a link: people keep their dot-files in repositories.
    target = path.resolve()
    handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    if mode is None and target.exists():
        Path(temporary).chmod(target.stat().st_mode & 0o777)
    Path(temporary).replace(target)
