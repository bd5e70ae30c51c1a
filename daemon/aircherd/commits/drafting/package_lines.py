"""How packages and their versions stand in manifests, lock files, workflows and image files."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from enum import StrEnum

from aircherd.commits.drafting.word_set import word_set
from aircherd.commits.roles import Role

LINE = 300


class Source(StrEnum):
    """Where a dependency is named."""

    LIBRARY = "library"
    ACTION = "action"
    IMAGE = "image"
    TOOL = "tool"
    LOCK = "lock"
    OWN = "own"
    """The project's own version."""


_VERSION = r"[v^~<>=! ]{0,4}\d[\w.*+-]{0,60}(?:, ?[<>=!~]{1,2} ?[\w.*]{1,30}){0,3}"


_IS_VERSION = re.compile(
    rf"(?:{_VERSION}(?: \|\| [\w.^~ ]{{1,30}})?|[v^~<>=! ]{{0,4}}(?:x|\*|latest|next)|(?:workspace|npm|catalog|file|link|git\+?\w*|github)[:@].{{1,120}})"
)


_JSON = re.compile(r'\s*"([^"]{1,120})"\s*:\s*"([^"]{1,140})"')


_TOML = re.compile(r"""\s*["']?([\w.@/-]{1,100})["']?\s*=\s*["']([^"']{1,100})["']""")


_TOML_TABLE = re.compile(
    r"""\s*["']?([\w.-]{1,100})["']?\s*=\s*\{[^}]{0,200}?version\s*=\s*["']([^"']{1,60})["']"""
)


_REQUIREMENT = re.compile(
    r"""\s*["']?([A-Za-z][\w.-]{0,80})(?:\[[\w, .-]{1,60}\])?\s{0,3}(?:([~=<>!]=?=?\s{0,2}[\w.*+-]{1,40}(?:\s{0,2},\s{0,2}[~=<>!]=?\s{0,2}[\w.*]{1,30}){0,3}))?\s*(?:;[^"']{1,100})?["']?,?\s*(?:\\|#.{0,120})?$"""
)


_GO = re.compile(
    r"(?:require )?\s*([\w.-]{1,60}\.[\w-]{1,20}/\S{1,140}) (v\d\S{1,80})(?: // indirect)?"
)


_GO_LINE = re.compile(r"(go|toolchain) (?:go)?(\d[\w.]{0,20})")


_GEM = re.compile(
    r"\s*(?:gem|\w+\.add_(?:development_|runtime_)?dependency)[ (]['\"]([\w.-]{1,80})['\"],? ?(?:['\"]([^'\"]{1,40})['\"])?"
)


_USES = re.compile(
    r"""\s*(?:- )?uses:\s*["']?([\w./-]{1,120})@([\w.-]{1,80})["']?(?:\s*#\s*(?:tag=|pin@)?(v?\d[\w.-]{0,40}))?"""
)


_FROM = re.compile(
    r"\s*FROM (?:--platform=\S{1,60} )?([\w./-]{1,140})(?::([\w.-]{1,100}))?(?:@sha256:(\w{64}))?",
    re.IGNORECASE,
)


_IMAGE = re.compile(r"""\s*(?:- )?image:\s*["']?([\w./-]{1,140}):([\w.-]{1,100})""")


_COORDINATE = re.compile(r"""[^"']{0,80}["']([\w.-]{1,80}):([\w.-]{1,80}):([\w.+-]{1,40})["']""")


_PLUGIN = re.compile(
    r"""\s*(?:id|kotlin|alias)[ (]["']([\w.-]{2,80})["']\)? version ?\(?["']([\w.-]{1,40})["']"""
)


_PACKAGE_REFERENCE = re.compile(
    r'[^<]{0,80}<(?:PackageReference|PackageVersion) (?:Include|Update)="([\w.]{1,100})" Version="([\w.*-]{1,40})"'
)


_ARTIFACT = re.compile(r"\s*<artifactId>([\w.-]{1,100})</artifactId>")


_XML_VERSION = re.compile(r"\s*<version>([\w.-]{1,60})</version>")


_XML_PROPERTY = re.compile(
    r"\s*<([\w.-]{1,80}?)[.-]?[vV]ersion(?:\.([\w.-]{1,60}))?>(\d[\w.-]{0,40})</"
)


_REPO = re.compile(r"\s*-? ?repo: \S{0,120}?([\w.-]{1,80})(?:\.git)?\s*$")


_REV = re.compile(r"\s*rev:\s*['\"]?([\w.-]{1,60})")


_GRADLE_WRAPPER = re.compile(r"distributionUrl=\S{0,80}?gradle-(\d[\w.-]{0,20}?)-(?:bin|all)")


_LOCK_NAME = re.compile(
    r"""(?:name = "([\w.-]{1,100})"|\s*"(?:node_modules/)?(@?[\w./-]{1,100})": \{|"?(@?[\w./-]{1,80})@[^:]{1,200}:\s*$|\s*"name": "([\w./-]{1,100})")"""
)


_LOCK_VERSION = re.compile(r"""\s*(?:version = "|"version": "|version:? ")v?([\w.+-]{1,60})"?""")


_PNPM_KEY = re.compile(r"\s+'?/?(@?[\w./-]{1,80})@(\d[\w.+-]{0,40})(?:\([^)]{0,200}\)){0,4}'?:\s*$")


_NOT_A_PACKAGE = word_set(
    """
    version name node npm yarn pnpm type main module license packageManager description python
    edition rust-version requires-python target-version line-length path python_version
    minversion language_version channel engine resolver
    """
)


_SHA = re.compile(r"[0-9a-f]{40,64}")


Pairs = dict[str, str]


def reader_of(
    name: str, role: Role
) -> tuple[Callable[[Sequence[str], Pairs, Pairs], None] | None, Source]:
    if role is Role.LOCK:
        return (_pnpm if name.startswith("pnpm") else _lock), Source.LOCK
    if role is Role.CI or name in ("action.yml", "action.yaml"):
        return _by_line(_action), Source.ACTION
    if name.startswith(("dockerfile", "containerfile")) or name.endswith(".dockerfile"):
        return _by_line(_image), Source.IMAGE
    if "compose" in name and name.endswith((".yml", ".yaml")):
        return _by_line(_image), Source.IMAGE
    if name.startswith(".pre-commit"):
        return _pre_commit, Source.TOOL
    if name in (
        ".nvmrc",
        ".node-version",
        ".python-version",
        ".tool-versions",
        "gradle-wrapper.properties",
    ):
        return _by_line(_tool(name)), Source.TOOL
    if name == "pom.xml":
        return _maven, Source.LIBRARY
    for ending, parse in _LINES:
        if name.endswith(ending):
            return _by_line(parse), Source.LIBRARY
    if name.startswith("requirements") or (
        role is Role.MANIFEST and name in ("setup.py", "setup.cfg")
    ):
        return _by_line(_requirement), Source.LIBRARY
    return None, Source.LIBRARY


def _by_line(
    parse: Callable[[str], tuple[str, str] | None],
) -> Callable[[Sequence[str], Pairs, Pairs], None]:
    def read(lines: Sequence[str], old: Pairs, new: Pairs) -> None:
        for line in lines:
            if line[0:1] in ("+", "-") and (pair := parse(line[1:LINE])):
                (new if line[0] == "+" else old).setdefault(*pair)

    return read


def _package_json(line: str) -> tuple[str, str] | None:
    found = _JSON.match(line)
    if found and found[1] not in _NOT_A_PACKAGE and _IS_VERSION.fullmatch(found[2]):
        return found[1], found[2]
    return None


def _toml(line: str) -> tuple[str, str] | None:
    found = _TOML_TABLE.match(line) or _TOML.match(line)
    if found and found[1] not in _NOT_A_PACKAGE and _IS_VERSION.fullmatch(found[2]):
        return found[1], found[2]
    return None


def _pyproject(line: str) -> tuple[str, str] | None:
    if pair := _toml(line):
        return pair
    return _requirement(line) if line.lstrip()[:1] in ('"', "'") else None


def _requirement(line: str) -> tuple[str, str] | None:
    found = _REQUIREMENT.match(line)
    if found and (found[2] or line.lstrip()[:1] not in ("'", '"')):
        return found[1], (found[2] or "*")
    return None


def _go_mod(line: str) -> tuple[str, str] | None:
    if (found := _GO.match(line)) and "// indirect" not in line:
        return found[1], found[2]
    found = _GO_LINE.match(line)
    return (found[1], found[2]) if found else None


def _gem(line: str) -> tuple[str, str] | None:
    found = _GEM.match(line)
    return (found[1], found[2] or "*") if found else None


def _gradle(line: str) -> tuple[str, str] | None:
    if found := _COORDINATE.match(line):
        return found[2], found[3]
    found = _PLUGIN.match(line)
    return (found[1], found[2]) if found else None


def _csproj(line: str) -> tuple[str, str] | None:
    found = _PACKAGE_REFERENCE.match(line)
    return (found[1], found[2]) if found else None


def _action(line: str) -> tuple[str, str] | None:
    if found := _USES.match(line):
        version = found[3] or found[2]
        return found[1], version[:7] if _SHA.fullmatch(version) else version
    return _image(line) if "image:" in line else None


def _image(line: str) -> tuple[str, str] | None:
    found = _FROM.match(line) or _IMAGE.match(line)
    if found is None:
        return None
    digest = found.groups()[2] if len(found.groups()) > 2 else None
    return found[1], (found[2] or (digest or "latest")[:7])


def _tool(name: str) -> Callable[[str], tuple[str, str] | None]:
    tool = {".nvmrc": "node", ".node-version": "node", ".python-version": "python"}.get(name, "")

    def read(line: str) -> tuple[str, str] | None:
        if name.startswith("gradle"):
            found = _GRADLE_WRAPPER.match(line)
            return ("gradle", found[1]) if found else None
        words = line.split()
        if tool and len(words) == 1:
            return tool, words[0]
        return (
            (words[0], words[1]) if not tool and len(words) == 2 and words[1][0].isdigit() else None
        )

    return read


_LINES: tuple[tuple[str, Callable[[str], tuple[str, str] | None]], ...] = (
    ("package.json", _package_json),
    ("composer.json", _package_json),
    ("deno.json", _package_json),
    ("pyproject.toml", _pyproject),
    ("pipfile", _toml),
    (".toml", _toml),
    ("go.mod", _go_mod),
    ("gemfile", _gem),
    (".gemspec", _gem),
    (".gradle", _gradle),
    (".gradle.kts", _gradle),
    (".csproj", _csproj),
    ("directory.packages.props", _csproj),
    ("setup.py", _requirement),
    ("setup.cfg", _requirement),
)


def _maven(lines: Sequence[str], old: Pairs, new: Pairs) -> None:
    artifact = None
    for line in lines:
        text = line[1:LINE]
        if found := _ARTIFACT.match(text):
            artifact = found[1]
        elif line[0:1] in ("+", "-"):
            into = new if line[0] == "+" else old
            if found := _XML_PROPERTY.match(text):
                into.setdefault(found[2] or found[1], found[3])
            elif artifact and (found := _XML_VERSION.match(text)):
                into.setdefault(artifact, found[1])


def _pre_commit(lines: Sequence[str], old: Pairs, new: Pairs) -> None:
    hook = None
    for line in lines:
        text = line[1:LINE]
        if found := _REPO.match(text):
            hook = found[1]
        elif hook and line[0:1] in ("+", "-") and (found := _REV.match(text)):
            (new if line[0] == "+" else old).setdefault(hook, found[1])


def _lock(lines: Sequence[str], old: Pairs, new: Pairs) -> None:
    package = None
    for line in lines:
        text = line[1:LINE]
        if found := _LOCK_NAME.match(text):
            package = next(g for g in found.groups() if g)
        elif package and line[0:1] in ("+", "-") and (found := _LOCK_VERSION.match(text)):
            (new if line[0] == "+" else old).setdefault(package, found[1])


def _pnpm(lines: Sequence[str], old: Pairs, new: Pairs) -> None:
    for line in lines:
        if line[0:1] in ("+", "-") and (found := _PNPM_KEY.match(line[1:LINE])):
            (new if line[0] == "+" else old).setdefault(found[1], found[2])
