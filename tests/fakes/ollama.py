"""A local engine that speaks Ollama's own API, in a process of its own: `python -m fakes.ollama`.

It listens at Ollama's port on loopback, says one thing, and truncates what is longer than its
window without a word, as the real one does.
"""

from __future__ import annotations

import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

MODEL = "qwen3.5:4b"
WINDOW = 32_768


class Engine(BaseHTTPRequestHandler):
    """One request."""

    def do_GET(self) -> None:
        """What is installed, and which version this is."""
        row = {"name": MODEL, "model": MODEL, "size": 3_000_000_000, "details": {"family": "qwen3"}}
        self._say({"version": "0.13.0", "models": [row]})

    def do_POST(self) -> None:
        """What a model is, and an answer."""
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path == "/api/show":
            info = {"general.architecture": "qwen3", "qwen3.context_length": WINDOW}
            self._say({"model_info": info, "capabilities": ["completion"]})
            return
        prompt = sum(len(message["content"]) for message in body.get("messages", ())) // 4
        self.send_response(200)
        self.send_header("Content-Type", "application/x-ndjson")
        self.send_header("Connection", "close")
        self.end_headers()
        for word in ("Add ", "the ", "mean"):
            self._line({"message": {"role": "assistant", "content": word}, "done": False})
        self._line(
            {
                "message": {"role": "assistant", "content": ""},
                "done": True,
                "done_reason": "stop",
                "prompt_eval_count": max(1, min(prompt, WINDOW)),
                "eval_count": 3,
            }
        )
        self.close_connection = True

    def _line(self, value: dict[str, Any]) -> None:
        self.wfile.write(json.dumps({"model": MODEL, **value}).encode() + b"\n")

    def _say(self, value: dict[str, Any]) -> None:
        text = json.dumps(value).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 -- its base's name
        """Says nothing."""


if __name__ == "__main__":
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 11434
    with ThreadingHTTPServer(("127.0.0.1", port), Engine) as server:
        print("ready", flush=True)
        server.serve_forever()
