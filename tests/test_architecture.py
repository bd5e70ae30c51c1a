"""Who may know whom, as in `daemon/ARCHITECTURE.md`, read off the sources themselves."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROOTS = {
    "aircherd": ROOT / "daemon",
    "aircher_protocol": ROOT / "protocol",
    "aircher": ROOT / "editors" / "terminal",
}

# --- the table ---------------------------------------------------------------------------------
# A room is a package or some modules that belong together. A module belongs to the room with the
# longest name it begins with.

LAYERS: dict[str, int] = {
    "aircher_protocol": 0,
    "aircherd.version": 1,
    "aircherd.runtime": 0,
    "aircherd.hardening": 0,
    "aircherd.beat": 0,
    "aircherd.threads": 0,
    "aircherd.landing": 0,
    "aircherd.roots": 0,
    "aircherd.core": 1,
    "aircherd.tasks": 2,
    "aircherd.routing": 2,
    "aircherd.commits": 2,
    "aircherd.edits": 2,
    "aircherd.excerpts": 2,
    "aircherd.findings": 2,
    "aircherd.providers": 3,
    "aircherd.ledger": 3,
    "aircherd.workspace": 3,
    "aircherd.config": 3,
    "aircherd.outbound": 3,
    "aircherd.trust": 3,
    "aircherd.gateway": 4,
    "aircherd.features": 5,
    "aircherd.server": 6,
    "aircherd.porch": 7,
    "aircherd.top": 7,
    "aircher": 8,
}

MEMBERS: dict[str, str] = {
    # What stands between an editor and its first byte, and what keeps daemons to one.
    "aircherd.forward": "aircherd.porch",
    "aircherd.ending": "aircherd.porch",
    "aircherd.pipes": "aircherd.porch",
    "aircherd.names": "aircherd.porch",
    "aircherd.stopping": "aircherd.porch",
    "aircherd.autostart": "aircherd.porch",
    "aircherd.resume": "aircherd.porch",
    "aircherd.asked": "aircherd.porch",
    "aircherd.frames": "aircherd.porch",
    "aircherd.detached": "aircherd.porch",
    "aircherd.singleton": "aircherd.porch",
    # The command line and the composition root.
    "aircherd.cli": "aircherd.top",
    "aircherd.__main__": "aircherd.top",
    "aircherd.tasks.__main__": "aircherd.top",
    "aircherd.app": "aircherd.top",
    "aircherd.start": "aircherd.top",
    "aircherd.logs": "aircherd.top",
    "aircherd.shown": "aircherd.top",
    "aircherd.doctor": "aircherd.top",
    "aircherd.furnishing": "aircherd.top",
    "aircherd.keys": "aircherd.top",
    "aircherd.prompts": "aircherd.top",
    "aircherd.prices": "aircherd.top",
    "aircherd.why": "aircherd.top",
    "aircherd.quality": "aircherd.top",
    # The gateway's attempts, and what it can buy where.
    "aircherd.attempt": "aircherd.gateway",
    "aircherd.counting": "aircherd.gateway",
    "aircherd.market": "aircherd.gateway",
    "aircherd.knowledge": "aircherd.gateway",
    # What every request passes before it is sent.
    "aircherd.egress": "aircherd.gateway",
    "aircherd.booking": "aircherd.gateway",
    "aircherd.announcing": "aircherd.gateway",
    "aircherd.endpoint": "aircherd.gateway",
    "aircherd.fleet": "aircherd.gateway",
    "aircherd.answers": "aircherd.gateway",
    "aircherd.flights": "aircherd.gateway",
    "aircherd.settling": "aircherd.gateway",
    "aircherd.sharing": "aircherd.gateway",
    "aircherd.seat": "aircherd.gateway",
    "aircherd.standing": "aircherd.gateway",
    "aircherd.strategies": "aircherd.gateway",
    "aircherd.network": "aircherd.gateway",
    "aircherd.health": "aircherd.gateway",
    "aircherd.warming": "aircherd.gateway",
    "aircherd.telemetry": "aircherd.gateway",
    "aircherd.tally": "aircherd.gateway",
    "aircherd.spreading": "aircherd.gateway",
}

DOORS = {("aircherd.top", "aircherd.porch")}
"""Side by side, yet one may import the other: the command line stands on the porch."""

MAY_KNOW_ONLY: dict[str, frozenset[str]] = {
    "aircher_protocol": frozenset(),
    "aircherd.version": frozenset({"aircher_protocol"}),
    "aircherd.runtime": frozenset(),
    "aircherd.hardening": frozenset(),
    "aircherd.beat": frozenset(),
    "aircherd.threads": frozenset(),
    "aircherd.landing": frozenset(),
    "aircherd.roots": frozenset(),
    "aircherd.core": frozenset(),
    "aircherd.tasks": frozenset({"aircherd.core"}),
    "aircherd.routing": frozenset({"aircherd.core"}),
    "aircherd.commits": frozenset({"aircherd.core"}),
    "aircherd.outbound": frozenset({"aircherd.core"}),
    "aircherd.trust": frozenset({"aircherd.core", "aircherd.roots"}),
    "aircherd.edits": frozenset({"aircherd.core"}),
    "aircherd.excerpts": frozenset({"aircherd.core"}),
    "aircherd.findings": frozenset({"aircherd.core"}),
    "aircherd.porch": frozenset({"aircherd.runtime", "aircherd.version"}),
    "aircher": frozenset({"aircher_protocol"}),
}
"""Rooms that may know less than their layer would let them."""

WIRE = frozenset({"aircherd.server", "aircherd.top", "aircher"})
"""Rooms that may know the protocol's types."""

PURE = (
    "aircherd.core",
    "aircherd.tasks",
    "aircherd.routing",
    "aircherd.commits",
    "aircherd.edits",
    "aircherd.excerpts",
    "aircherd.findings",
)
"""No waiting, no files, no processes, no network: they cannot fail for outside reasons."""

OUTSIDE = {"os", "io", "subprocess", "socket", "asyncio", "threading", "sqlite3", "tempfile"}
OUTSIDE |= {"shutil", "http", "urllib", "ssl", "select", "signal", "multiprocessing", "logging"}

OTHERS: dict[str, tuple[str, ...]] = {
    "pygls": ("aircherd.server",),
    "lsprotocol": ("aircherd.server",),
    "aiohappyeyeballs": ("aircherd.providers.connections",),
    "httptools": ("aircherd.providers.incoming",),
    "uvloop": ("aircherd.start",),
    "certifi": ("aircherd.providers.tls",),
    "httpx": ("aircherd.providers.proxied",),
    # Inside the official client of a script, as its transport: it opens no socket.
    "httpx2": ("aircher_protocol.openai_official",),
    "openai": ("aircher_protocol.openai_official",),
    "sqlite_utils": ("aircherd.ledger",),
    "sqlite3": ("aircherd.ledger",),
    "git": ("aircherd.workspace",),
    "watchfiles": ("aircherd.workspace.elsewhere",),
    "tomlkit": ("aircherd.config",),
    "keyring": ("aircherd.config.ring",),
    "platformdirs": ("aircherd.config",),
    "pathspec": ("aircherd.outbound",),
    "rich": ("aircher",),
    "pygal": ("aircher.charts",),
    "google": ("aircherd.providers.google",),
    "opentelemetry": ("aircherd.telemetry",),
    "requests": ("aircherd.telemetry",),
    "rs_bpe": ("aircherd.providers.tokenizer",),
    "attrs": ("aircher_protocol", "aircherd.server", "aircherd.config"),
    "attr": (),
    "cattrs": ("aircher_protocol", "aircherd.server", "aircherd.config"),
}
"""The modules or packages that may import each of other people's packages."""

SENDS = frozenset({"stream", "embed", "paint"})
"""What a provider is called with that leaves for it."""
ROADS = ("aircherd.providers.http", "aircherd.providers.remote", "aircherd.providers.workshop")
"""Modules a text could be sent by."""

LENGTH = 250
LONGER: dict[str, tuple[int, str]] = {
    "aircherd.core.chat": (370, "values only: the vocabulary of every provider in one place"),
    "aircher_protocol.codec": (270, "both directions of one converter"),
    "aircher_protocol.types": (1490, "values only: one class per message, a line per field"),
    "aircher_protocol.commands": (520, "values only, as its sister `types`"),
    "aircher_protocol.methods": (290, "a table: an entry per method"),
    "aircher_protocol.client": (343, "one class asynchronous, its twin for plain scripts"),
    "aircherd.commits.drafting.languages": (255, "a table: one entry per language"),
    "aircherd.commits.drafting.package_lines": (325, "a pattern per manifest format"),
    "aircherd.ledger.store": (270, "the one face of the books: every way in, each a few lines"),
    "aircherd.ledger.writer": (
        255,
        "one thread from its queue to the disk, and each way that can fail",
    ),
    "aircherd.core.settings": (262, "values only: a field per setting"),
    "aircherd.config.resolve": (255, "every setting from what was written, in one place"),
    "aircherd.config.options": (400, "a table: an entry per key"),
    "aircherd.providers.registry": (265, "every host as it is set, and how it is connected"),
    "aircherd.features.commit_message": (325, "one request, one file: model, repair, rules"),
    "aircherd.gateway": (354, "reserve, stream, settle are read together or not understood"),
    "aircherd.market": (355, "what each host said, what was written, what it comes to"),
    "aircherd.routing.selector": (275, "the rules of selection, in their order"),
    "aircherd.app": (395, "the composition root names every room once"),
    "aircherd.features.desk": (256, "plan, fit and ask: what every feature stands on"),
    "aircherd.server.session": (285, "a connection from its first byte to its last"),
}


# --- reading -----------------------------------------------------------------------------------


def read_sources() -> dict[str, ast.Module]:
    """Every module of ours by its dotted name, generated ones left out."""
    found = {}
    for package, root in ROOTS.items():
        for path in sorted((root / package).rglob("*.py")):
            if path.name.endswith("_gen.py"):
                continue
            parts = path.relative_to(root).with_suffix("").parts
            name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
            found[name] = ast.parse(path.read_text(encoding="utf-8"), str(path))
    return found


SOURCES = read_sources()


def room_of(module: str) -> str | None:
    """The room a module belongs to; None for one the table does not know."""
    if module in MEMBERS:
        return MEMBERS[module]
    parts = module.split(".")
    for count in range(len(parts), 0, -1):
        name = ".".join(parts[:count])
        if name in LAYERS:
            return name
    return None


def imports(
    name: str, tree: ast.AST, known: Mapping[str, ast.Module], *, deep: bool = True
) -> Iterator[tuple[int, str]]:
    """Line and dotted name of each import; `deep` also counts those inside functions."""
    for node in ast.walk(tree) if deep else _at_the_top(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom):
            if node.level:
                yield node.lineno, f"a relative import in {name}"
                continue
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                whole = inner in known or node.module in ROOTS
                yield node.lineno, inner if whole else str(node.module)


def _at_the_top(tree: ast.AST) -> Iterator[ast.AST]:
    """Nodes that run when the module is imported."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        yield node
        yield from _at_the_top(node)


# --- the rules, each a function from sources to complaints --------------------------------------


def unknown_rooms(sources: Mapping[str, ast.Module]) -> list[str]:
    known = {"aircherd"}  # the package itself holds a docstring
    return [f"{name}: in no room" for name in sources if not room_of(name) and name not in known]


def wrong_directions(sources: Mapping[str, ast.Module]) -> list[str]:
    wrong = []
    for name, tree in sources.items():
        here = room_of(name)
        for line, target in imports(name, tree, sources):
            there = room_of(target)
            if target == "aircherd" or here is None or there is None or here == there:
                continue
            allowed = MAY_KNOW_ONLY.get(here)
            if allowed is not None:
                right = there in allowed
            elif there == "aircher_protocol":
                right = here in WIRE
            else:
                right = LAYERS[there] < LAYERS[here] or (here, there) in DOORS
            if not right:
                wrong.append(f"{name}:{line} imports {target}")
    return wrong


def strangers(sources: Mapping[str, ast.Module]) -> list[str]:
    """Other people's packages outside their rooms, and any nobody has a room for."""
    wrong = []
    for name, tree in sources.items():
        for line, target in imports(name, tree, sources):
            top = target.partition(".")[0]
            if top in ROOTS:
                continue
            if top in OTHERS:
                rooms = OTHERS[top]
                if not any(name == room or name.startswith(f"{room}.") for room in rooms):
                    wrong.append(f"{name}:{line} imports {top}")
            elif top not in sys.stdlib_module_names:
                wrong.append(f"{name}:{line} imports {target}")
    return wrong


def impurities(sources: Mapping[str, ast.Module]) -> list[str]:
    wrong = []
    files = {"read_text", "read_bytes", "write_text", "write_bytes"}
    for name, tree in sources.items():
        if room_of(name) not in PURE:
            continue
        for line, target in imports(name, tree, sources):
            if target.partition(".")[0] in OUTSIDE and target != "os.path":
                wrong.append(f"{name}:{line} imports {target}")
        for node in ast.walk(tree):
            if isinstance(node, ast.AsyncFunctionDef | ast.Await | ast.AsyncFor | ast.AsyncWith):
                wrong.append(f"{name}:{node.lineno} waits")
            if isinstance(node, ast.Call):
                called = node.func
                if isinstance(called, ast.Name) and called.id in ("open", "print", "input"):
                    wrong.append(f"{name}:{node.lineno} calls {called.id}")
                if isinstance(called, ast.Attribute) and called.attr in files:
                    wrong.append(f"{name}:{node.lineno} calls {called.attr}")
    return wrong


def ways_round_the_gate(sources: Mapping[str, ast.Module]) -> list[str]:
    """Calls that send a text to a provider, other than right behind the outbound gate."""
    wrong = []
    for name, tree in sources.items():
        room = room_of(name)
        if room == "aircherd.providers" or name.startswith("aircherd.tasks"):
            continue
        for line, target in imports(name, tree, sources):
            if target.startswith(ROADS):
                wrong.append(f"{name}:{line} imports {target}")
        for function in ast.walk(tree):
            if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            called = [
                (node.lineno, node.func.attr)
                for node in ast.walk(function)
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
            ]
            gate = [line for line, what in called if what == "passed"]
            for line, what in called:
                behind = room == "aircherd.gateway" and gate and min(gate) < line
                if what in SENDS and not behind:
                    wrong.append(f"{name}:{line} calls {what}")
    return wrong


def cycles(sources: Mapping[str, ast.Module]) -> list[str]:
    graph = {
        name: {t for _, t in imports(name, tree, sources, deep=False) if t in sources and t != name}
        for name, tree in sources.items()
    }
    done: set[str] = set()
    found: list[str] = []

    def visit(name: str, path: tuple[str, ...]) -> None:
        if name in path:
            found.append(" → ".join((*path[path.index(name) :], name)))
            return
        if name not in done:
            for target in sorted(graph[name]):
                visit(target, (*path, name))
            done.add(name)

    for name in sorted(graph):
        visit(name, ())
    return found


# --- the tests ---------------------------------------------------------------------------------

RULES = [unknown_rooms, wrong_directions, strangers, impurities, ways_round_the_gate, cycles]


@pytest.mark.parametrize("rule", RULES)
def test_the_house_stands(rule) -> None:
    assert rule(SOURCES) == []


PLANTED = [
    (unknown_rooms, "aircherd.elsewhere", "x = 1"),
    (wrong_directions, "aircherd.core.money", "from aircherd.tasks import detector"),
    (wrong_directions, "aircherd.core.money", "import aircherd.server"),
    (wrong_directions, "aircherd.tasks.detector", "from aircherd.routing import selector"),
    (wrong_directions, "aircherd.routing.x", "import aircherd.runtime"),
    (wrong_directions, "aircherd.ledger.x", "def f():\n from aircherd import config"),
    (wrong_directions, "aircherd.features.x", "from aircher_protocol.types import Answer"),
    (wrong_directions, "aircherd.forward", "from aircherd.core import errors"),
    (wrong_directions, "aircher_protocol.x", "import aircherd.core"),
    (wrong_directions, "aircher.x", "import aircherd.runtime"),
    (wrong_directions, "aircherd.server.x", "from aircherd.app import run"),
    (wrong_directions, "aircherd.singleton", "import aircherd.cli"),
    (strangers, "aircherd.features.x", "import httptools"),
    (strangers, "aircherd.providers.http2", "import httptools"),
    (strangers, "aircherd.forward", "import attrs"),
    (strangers, "aircher.x", "from pygls.lsp import server"),
    (strangers, "aircherd.server.x", "import requests"),
    (strangers, "aircherd.core.x", "from . import money"),
    (ways_round_the_gate, "aircherd.features.x", "def f(p, r):\n p.stream(r)"),
    (ways_round_the_gate, "aircherd.features.x", "def f(p, r):\n x.passed(r)\n p.stream(r)"),
    (ways_round_the_gate, "aircherd.gateway", "def f(p, r):\n p.embed(r)"),
    (ways_round_the_gate, "aircherd.gateway", "def f(p, r):\n p.stream(r)\n x.passed(r)"),
    (ways_round_the_gate, "aircherd.market", "from aircherd.providers.http import Road"),
    (impurities, "aircherd.core.x", "async def f(): ..."),
    (impurities, "aircherd.tasks.x", "open('x')"),
    (impurities, "aircherd.commits.x", "from pathlib import Path\nPath('x').read_text()"),
    (impurities, "aircherd.routing.x", "import subprocess"),
]


@pytest.mark.parametrize(("rule", "name", "code"), PLANTED)
def test_each_rule_finds_what_breaks_it(rule, name: str, code: str) -> None:
    assert rule({"aircherd.tasks.detector": ast.parse(""), name: ast.parse(code)}) != []


def test_a_cycle_is_found_but_not_one_that_only_types_make() -> None:
    a = ast.parse("import aircherd.core.b")
    assert cycles({"aircherd.core.a": a, "aircherd.core.b": ast.parse("import aircherd.core.a")})
    later = ast.parse(
        "if TYPE_CHECKING:\n import aircherd.core.a\ndef f():\n import aircherd.core.a"
    )
    assert not cycles({"aircherd.core.a": a, "aircherd.core.b": later})


def test_modules_are_short_enough_to_read() -> None:
    lengths = {}
    for name, tree in SOURCES.items():
        path = _path(name)
        limit, _ = LONGER.get(name, (LENGTH, ""))
        lines = path.read_text(encoding="utf-8").count("\n")
        if lines > limit:
            lengths[name] = lines
        assert tree is not None
    assert lengths == {}


def test_every_package_but_the_roots_has_an_init() -> None:
    """The roots must have none: `daemon` is what python-daemon is imported as."""
    for package, root in ROOTS.items():
        assert not (root / "__init__.py").exists()
        assert (root / package / "py.typed").exists()
        for folder in (root / package).rglob("*"):
            if folder.is_dir() and folder.name != "__pycache__" and list(folder.glob("*.py")):
                assert (folder / "__init__.py").exists(), folder


def _path(name: str) -> Path:
    base = ROOTS[name.partition(".")[0]].joinpath(*name.split("."))
    return base / "__init__.py" if base.is_dir() else base.with_suffix(".py")
