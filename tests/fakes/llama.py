"""A real llama.cpp server with a tiny random model: `python -m fakes.llama` serves until Ctrl-C."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

_SERVE = """
import sys, time
import xllamacpp
p = xllamacpp.CommonParams()
p.model.path = sys.argv[1]
p.hostnames = ["127.0.0.1"]
p.port = 0
p.n_ctx = 8192
p.n_parallel = 2
p.model_alias = {"tiny"}
server = xllamacpp.Server(p)
print(server.listening_address, flush=True)
sys.stdin.read()
"""


@contextlib.contextmanager
def llama(*, calls: bool = False) -> Iterator[str]:
    """The server's OpenAI-compatible base address. Its model is called `tiny`.

    One that `calls` has a template with tools; its weights are random, so it calls only when a
    request says that it should prefer to (`logit_bias`).
    """
    from fakes import mkgguf

    with tempfile.TemporaryDirectory(prefix="aircher-llama-") as folder:
        model = Path(folder) / "tiny.gguf"
        mkgguf.write(model, calls=calls)
        process = subprocess.Popen(
            [sys.executable, "-c", _SERVE, str(model)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "PYTHONWARNINGS": "ignore"},
        )
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            address = process.stdout.readline().decode().strip()
            assert address, "the engine did not start"
            _wait(f"{address}/v1/models")
            yield f"{address}/v1"
        finally:
            process.stdin.close()
            process.stdout.close()
            process.terminate()
            process.wait(10)


def _wait(url: str) -> None:
    for _ in range(200):
        with contextlib.suppress(OSError), urllib.request.urlopen(url, timeout=2) as answer:
            if json.load(answer).get("data"):
                return
        time.sleep(0.05)
    raise AssertionError("the engine did not answer in time")


if __name__ == "__main__":
    with llama() as base:
        print(base, flush=True)
        with contextlib.suppress(KeyboardInterrupt):
            time.sleep(1e6)
