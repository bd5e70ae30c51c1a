"""Side by side with what others use: `make bench-peers`.

Each peer stands in an environment of its own in the user's cache. One far side on loopback answers
all of them; turns are taken in rotation, so that a busy machine is as busy for each. A table goes
to the terminal and into PEERS.md; the README shows its ratios.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import os
import platform
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "aircher-bench"
LITELLM, PORTKEY, OPENAI = "1.106.2", "1.15.2", "3.52.0"
KEY = "sk-7d0c2f4be19a48f6"
DELTAS, ROUNDS, SECONDS = 200, 3, 0.5
WORKS = (("plain", 1), ("plain", 16), ("stream", 1))
# Node 20 hands on answers whose headers may not be added to, which Portkey's gateway does.
MEND = (
    "const f=globalThis.fetch;"
    "globalThis.fetch=async(...a)=>{const r=await f(...a);return new Response(r.body,r)};"
)


@dataclass
class Contender:
    """Somebody who takes part."""

    name: str
    command: list[str]
    """What drives it."""
    server: int | None = None
    """The process that does the work, where it is not the driver."""
    process: subprocess.Popen[str] | None = None
    took: dict[tuple[str, int], list[float]] = field(default_factory=dict)
    cpu: dict[tuple[str, int], list[float]] = field(default_factory=dict)
    rate: dict[tuple[str, int], list[float]] = field(default_factory=dict)
    memory: float = 0.0

    def turn(self, work: tuple[str, int], seconds: float, *, keep: bool = True) -> None:
        """One turn at one kind of work."""
        assert self.process is not None
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        before = 0.0 if self.server is None else used(self.server)
        self.process.stdin.write(f"{work[0]} {work[1]} {seconds}\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"{self.name} ended in the middle of {work}")
        said = json.loads(line)
        cpu = said["cpu"] if self.server is None else used(self.server) - before
        if not keep:
            return
        self.took.setdefault(work, []).extend(said["took"])
        self.cpu.setdefault(work, []).append(cpu * 1000 / len(said["took"]))
        self.rate.setdefault(work, []).append(len(said["took"]) / said["seconds"])
        self.memory = max(self.memory, resident(self.server or self.process.pid))


def used(pid: int) -> float:
    """Processor seconds of a process, all its threads."""
    text = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(text[11]) + int(text[12])) / os.sysconf("SC_CLK_TCK")


def resident(pid: int) -> float:
    """Megabytes in memory."""
    for line in Path(f"/proc/{pid}/status").read_text("utf-8").splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return 0.0


def environment(name: str, *packages: str) -> str:
    """The Python of an environment with these packages, made when it is not there."""
    folder = CACHE / name
    python = folder / "bin" / "python"
    if not (folder / ".ok").exists():
        print(f"installing {', '.join(packages)} …", flush=True)
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
        pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, *packages], check=True)
        (folder / ".ok").touch()
    return str(python)


def portkey() -> Path:
    """Portkey's gateway, installed when it is not there."""
    folder = CACHE / "portkey"
    if not (folder / ".ok").exists():
        print(f"installing @portkey-ai/gateway {PORTKEY} …", flush=True)
        folder.mkdir(parents=True, exist_ok=True)
        quiet = ["--no-audit", "--no-fund", "--ignore-scripts"]
        wanted = f"@portkey-ai/gateway@{PORTKEY}"
        subprocess.run(["npm", "install", "--prefix", str(folder), *quiet, wanted], check=True)
        (folder / ".ok").touch()
    (folder / "mend.cjs").write_text(MEND, "utf-8")
    return folder


def free_port() -> int:
    """A port nobody has."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@contextlib.contextmanager
def running(command: list[str], ready: str, **more: str) -> Iterator[int]:
    """A server, until the block ends; its process id."""
    process = subprocess.Popen(
        command, env={**os.environ, **more}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        for _ in range(900):
            if process.poll() is not None:
                raise SystemExit(f"{command[0]} ended while it started")
            try:
                with urllib.request.urlopen(ready, timeout=2):
                    break
            except urllib.error.HTTPError:
                break
            except OSError:
                time.sleep(0.1)
        yield process.pid
    finally:
        process.terminate()
        process.wait(20)


@contextlib.contextmanager
def everybody(folder: Path) -> Iterator[list[Contender]]:
    """All contenders, each ready to take turns."""
    plain = environment("openai", f"openai=={OPENAI}", "httpx", "aiohttp")
    heavy = environment("litellm", f"litellm[proxy]=={LITELLM}")
    gateway = portkey()
    driver, ours = str(HERE / "contender.py"), sys.executable
    with contextlib.ExitStack() as stack:
        far = stack.enter_context(
            subprocess.Popen(
                [ours, str(HERE / "upstream.py"), str(DELTAS)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
        )
        assert far.stdin is not None
        assert far.stdout is not None
        stack.callback(far.stdin.close)
        base = f"http://127.0.0.1:{far.stdout.readline().strip()}/v1"
        row = {"model": "openai/m", "api_base": base, "api_key": "k"}
        setup = folder / "proxy.yaml"
        setup.write_text(
            json.dumps({"model_list": [{"model_name": "m", "litellm_params": row}]}), "utf-8"
        )
        ports = free_port(), free_port()
        proxy = stack.enter_context(
            running(
                [
                    *(str(Path(heavy).with_name("litellm")), "--config", str(setup)),
                    *("--host", "127.0.0.1", "--port", str(ports[0])),
                ],
                f"http://127.0.0.1:{ports[0]}/health/liveliness",
                LITELLM_LOCAL_MODEL_COST_MAP="True",
                LITELLM_TELEMETRY="False",
                LITELLM_MASTER_KEY=KEY,
            )
        )
        script = gateway / "node_modules/@portkey-ai/gateway/build/start-server.js"
        key = stack.enter_context(
            running(
                [
                    *("node", "-r", str(gateway / "mend.cjs"), str(script)),
                    *(f"--port={ports[1]}", "--headless"),
                ],
                f"http://127.0.0.1:{ports[1]}/",
            )
        )
        daemon, path = stack.enter_context(aircherd(folder, base))
        told = ("x-portkey-provider=openai", f"x-portkey-custom-host={base}", "Authorization=x")
        through = (f"http://127.0.0.1:{ports[0]}/v1", f"http://127.0.0.1:{ports[1]}/v1")
        all_of_them = [
            Contender("httpx, direct", [plain, driver, "httpx", base]),
            Contender("aiohttp, direct", [plain, driver, "aiohttp", base]),
            Contender("openai SDK, direct", [plain, driver, "openai", base]),
            Contender("LiteLLM SDK, direct", [heavy, driver, "litellm", base]),
            Contender("through Portkey's gateway", [ours, driver, "http", through[1], *told], key),
            Contender(
                "through LiteLLM's proxy",
                [ours, driver, "http", through[0], f"Authorization=Bearer {KEY}"],
                proxy,
            ),
            Contender("through aircherd", [ours, driver, "aircher", path], daemon),
        ]
        for one in all_of_them:
            one.process = stack.enter_context(
                subprocess.Popen(
                    one.command,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    text=True,
                    env={**os.environ, "LITELLM_LOCAL_MODEL_COST_MAP": "True"},
                )
            )
            assert one.process.stdin is not None
            assert one.process.stdout is not None
            stack.callback(one.process.stdin.close)
            one.process.stdout.readline()
        yield all_of_them


@contextlib.contextmanager
def aircherd(folder: Path, base: str) -> Iterator[tuple[int, str]]:
    """A daemon with everything on; its process id and its socket."""
    for name in ("RUNTIME_DIR", "STATE_HOME", "CONFIG_HOME", "CACHE_HOME"):
        place = folder / name
        place.mkdir(mode=0o700)
        os.environ[f"XDG_{name}"] = str(place)
    settings = folder / "CONFIG_HOME" / "aircher" / "config.toml"
    settings.parent.mkdir()
    settings.write_text(
        f'[providers]\ndefault = "far"\n[providers.far]\nbase_url = "{base}"\n'
        'models = ["short", "long"]\nlocal = false\ncontext = 32768\n'
        "input_per_million = 0.1\noutput_per_million = 0.5\n"
        "[providers.ollama]\nenabled = false\n[costs]\ndaily_limit = 1000.0\n",
        "utf-8",
    )
    from aircherd import runtime

    process = subprocess.Popen([sys.executable, "-m", "aircherd", "serve"])
    path = runtime.socket_path()
    try:
        while not Path(path).exists():
            time.sleep(0.05)
        yield process.pid, path
    finally:
        process.terminate()
        process.wait(20)


def median(values: list[float]) -> float:
    """The middle one."""
    return statistics.median(values)


def table(everyone: list[Contender]) -> str:
    """All figures, and each as a part of the official SDK's."""
    mark = next(one for one in everyone if one.name.startswith("openai"))
    lines = []
    for work, title in zip(WORKS, _TITLES, strict=True):
        lines += [
            f"\n### {title}\n",
            "| | p50 ms | p99 ms | a second | CPU ms | CPU, of the SDK's |",
        ]
        lines.append("|---|--:|--:|--:|--:|--:|")
        for one in everyone:
            took = sorted(one.took[work])
            cpu = median(one.cpu[work])
            lines.append(
                f"| {one.name} | {median(took):.2f} | {took[int(len(took) * 0.99)]:.2f} "
                f"| {median(one.rate[work]):.0f} | {cpu:.2f} ({spread(one.cpu[work])}) "
                f"| {cpu / median(mark.cpu[work]):.2f} × |"
            )
    lines += ["\n### Memory after it\n", "| | MB |", "|---|--:|"]
    lines += [f"| {one.name} | {one.memory:.0f} |" for one in everyone]
    return "\n".join(lines)


def short(everyone: list[Contender]) -> str:
    """What the README shows."""
    lines = ["| | plain request | 16 at once | 200 deltas | memory |", "|---|--:|--:|--:|--:|"]
    for one in everyone:
        cells = " | ".join(f"{shown(median(one.cpu[work]))} ms" for work in WORKS)
        lines.append(f"| {one.name} | {cells} | {one.memory:.0f} MB |")
    return "\n".join(lines)


def shown(milliseconds: float) -> str:
    """Two figures that matter."""
    return f"{milliseconds:.0f}" if milliseconds >= 10 else f"{milliseconds:.1f}"


def put(path: Path, shown: str) -> None:
    """Puts a table between its two marks."""
    before, mark, rest = path.read_text("utf-8").partition("<!-- peers -->\n")
    _, end, after = rest.partition("<!-- /peers -->")
    if mark and end:
        path.write_text(f"{before}{mark}{shown}\n{end}{after}", "utf-8")


_TITLES = ("A plain request", "Plain requests, 16 callers", f"A stream of {DELTAS} deltas")


def spread(values: list[float]) -> str:
    """The lowest and the highest turn."""
    return f"{min(values):.2f}–{max(values):.2f}"


def main() -> int:
    """Runs everything and writes the page."""
    own = os.environ.copy()
    try:
        with tempfile.TemporaryDirectory(prefix="ab-") as folder, everybody(Path(folder)) as all_:
            for one in all_:
                for work in WORKS:
                    one.turn(work, 0.3, keep=False)
            for number in range(ROUNDS):
                for work in WORKS:
                    turns = all_[number % len(all_) :] + all_[: number % len(all_)]
                    for one in turns:
                        one.turn(work, SECONDS)
                print(f"round {number + 1} of {ROUNDS}", flush=True)
            whole = table(all_)
            put(ROOT / "README.md", short(all_))
    finally:
        os.environ.clear()
        os.environ.update(own)
    page = (
        "<!-- Generated by `make bench-peers`. -->\n# aircherd beside what others use\n\n"
        f"`make bench-peers`, {dt.datetime.now(dt.UTC):%Y-%m-%d}, Python "
        f"{platform.python_version()}, {os.cpu_count()} cores, load "
        f"{os.getloadavg()[1]:.1f} before the end: other work on the machine stretches "
        "milliseconds; CPU and ratios hold better.\n"
        f"openai {OPENAI}, LiteLLM {LITELLM}, Portkey's gateway {PORTKEY} on node "
        f"(mended by one line: see `MEND` in `peers.py`).\n\n"
        f"One far side on loopback, a prompt of 1 KB, {ROUNDS} interleaved turns of {SECONDS} s "
        "each. CPU is a request's processor time in the process that does the work, as the median "
        "of the turns (lowest–highest). Through aircherd a request is looked at, planned, held for "
        "durably, scanned for secrets, noted and streamed, and right after its answer settled "
        "durably and logged; the others book nothing.\n"
        f"{whole}\n"
    )
    print(whole)
    (HERE / "PEERS.md").write_text(page, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
