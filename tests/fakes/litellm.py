"""LiteLLM's proxy before a real engine: the only Gemini dialect to be had that really streams.

It is half a gigabyte and never a dependency: it runs in an environment of its own, whose Python
`AIRCHER_LITELLM` names; `make slow` makes it once, in the user's cache.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

KEY = "sk-7d0c2f4be19a48f6"
"""It refuses to start with a weak one."""


def interpreter() -> str | None:
    """The Python it runs in; None where there is none."""
    return os.environ.get("AIRCHER_LITELLM")


@contextlib.contextmanager
def litellm(engine: str) -> Iterator[str]:
    """Its address, without any path. `engine` is an OpenAI-compatible base with a model `tiny`."""
    python = interpreter()
    assert python, "AIRCHER_LITELLM names no Python with LiteLLM's proxy"
    with tempfile.TemporaryDirectory(prefix="aircher-litellm-") as folder:
        row = {"model": "openai/tiny", "api_base": engine, "api_key": "none"}
        config = Path(folder) / "config.yaml"
        # JSON is YAML too.
        config.write_text(
            json.dumps({"model_list": [{"model_name": "tiny", "litellm_params": row}]}), "utf-8"
        )
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        program = str(Path(python).with_name("litellm"))
        process = subprocess.Popen(
            [program, "--config", str(config), "--host", "127.0.0.1", "--port", str(port)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=folder,
            env={
                **os.environ,
                "LITELLM_MASTER_KEY": KEY,
                "LITELLM_LOCAL_MODEL_COST_MAP": "True",
                "LITELLM_TELEMETRY": "False",
            },
        )
        try:
            _wait(f"http://127.0.0.1:{port}/health/liveliness", process)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(20)


def _wait(url: str, process: subprocess.Popen[bytes]) -> None:
    for _ in range(900):
        assert process.poll() is None, "the proxy ended while it started"
        with contextlib.suppress(OSError), urllib.request.urlopen(url, timeout=2):
            return
        time.sleep(0.1)
    raise AssertionError("the proxy did not answer in time")
