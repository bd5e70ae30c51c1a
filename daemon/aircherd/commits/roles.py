"""What part a file plays in a project, told from its path alone."""

from __future__ import annotations

import re
from enum import StrEnum
from functools import lru_cache

from aircherd.commits.drafting.word_set import word_set


class Role(StrEnum):
    """The part a file plays."""

    SOURCE = "source"
    TEST = "test"
    DOCS = "docs"
    CHANGELOG = "changelog"
    EXAMPLE = "example"
    CI = "ci"
    BUILD = "build"
    MANIFEST = "manifest"
    """Names what the project depends on: package.json, Cargo.toml, go.mod."""
    LOCK = "lock"
    CONFIG = "config"
    """Settings of the project's tools or of the program itself."""
    MIGRATION = "migration"
    STYLESHEET = "stylesheet"
    MARKUP = "markup"
    TRANSLATION = "translation"
    ASSET = "asset"
    GENERATED = "generated"
    OTHER = "other"


LOCK_FILES = word_set(
    """
    bun.lock bun.lockb cargo.lock composer.lock deno.lock flake.lock gemfile.lock go.sum
    go.work.sum gradle.lockfile mix.lock npm-shrinkwrap.json package-lock.json
    package.resolved packages.lock.json pdm.lock pipfile.lock pixi.lock pnpm-lock.yaml
    podfile.lock poetry.lock pubspec.lock uv.lock yarn.lock
    """
)

MANIFESTS = word_set(
    """
    cargo.toml composer.json deno.json directory.packages.props gemfile go.mod
    libs.versions.toml mix.exs package.json package.swift pipfile pnpm-workspace.yaml pom.xml
    pubspec.yaml pyproject.toml setup.cfg setup.py
    """
)

_BUILD_FILES = word_set(
    """
    build build.bazel build.gradle build.gradle.kts build.rs build.zig cmakelists.txt
    configure.ac containerfile default.nix dockerfile flake.nix gnumakefile gradle.properties
    gradlew gradlew.bat gulpfile.js justfile lerna.json makefile makefile.am manifest.in
    meson.build meson_options.txt meson.options module.bazel nx.json rakefile settings.gradle
    settings.gradle.kts shell.nix snapcraft.yaml tox.ini turbo.json workspace
    """
)

_CI_FILES = word_set(
    """
    appveyor.yml azure-pipelines.yml bitbucket-pipelines.yml codecov.yml .codecov.yml
    jenkinsfile .appveyor.yml .cirrus.yml .drone.yml .gitlab-ci.yml .travis.yml
    cloudbuild.yaml
    """
)

_DOC_FILES = re.compile(
    r"(?:readme|contributing|contributors|authors|license|licence|copying|notice|security|support"
    r"|code_of_conduct|maintainers|governance|roadmap|install|upgrading|thanks|credits|todo"
    r"|migration|backers|sponsors|faq|codeowners)(?:[-_.][\w-]{1,20})?(?:\.(?:md|markdown|txt|rst|adoc|org))?$"
)
_CHANGELOG = re.compile(
    r"(?:change[-_]?logs?|changes|history|release[-_]?notes|news|whatsnew)(?:[-_.][\w.-]{1,20})?"
    r"(?:\.(?:md|markdown|txt|rst|adoc))?$"
)
_TEST_NAME = re.compile(
    r"(?:.*[._-](?:tests?|spec|specs|e2e|cy)\.[a-z.]{1,8}|tests?[_.-].*\.\w{1,5}|tests?\.\w{1,4}|conftest\.py"
    r"|.*_(?:test|spec)s?\.\w{1,5}|.*\.snap)$"
)
_TEST_CAMEL = re.compile(
    r"(?:\w*[a-z0-9](?:Tests?|TestCase|IT|Spec)|Test[A-Z]\w*)\.(?:java|kt|cs|swift|php|scala|groovy|cpp|cc|m)$"
)
_TEST_DIRS = word_set(
    """
    test tests __tests__ __test__ spec specs testdata testing e2e fixtures __fixtures__
    __snapshots__ __mocks__ cypress integration-tests androidtest unittests unit_tests
    test-utils testutil testutils functional-tests selftest selftests goldens
    """
)
_DOC_DIRS = frozenset({"doc", "docs", "documentation", "website", "man", "manual", "wiki", "adr"})
_EXAMPLE_DIRS = frozenset(
    {"example", "examples", "demo", "demos", "sample", "samples", "tutorials"}
)
_CI_DIRS = frozenset({".circleci", ".buildkite", ".kokoro", ".gitlab", ".woodpecker", ".ci"})
_GENERATED_DIRS = frozenset(
    {"dist", "node_modules", "vendor", "third_party", "thirdparty", "__generated__", "generated"}
)
_TRANSLATION_DIRS = frozenset(
    {"locale", "locales", "i18n", "l10n", "translations", "lang", "langs"}
)
_GENERATED_NAME = re.compile(
    r"(?:.*\.min\.(?:js|css)|.*\.(?:js|css|mjs)\.map|.*\.pb\.(?:go|cc|h)|.*_pb2(?:_grpc)?\.pyi?"
    r"|.*[._-](?:gen|generated)\.\w{1,5}|zz_generated.*|.*\.g\.dart|.*-accessors\.go|.*_string\.go)$"
)
_CONFIG_NAME = re.compile(
    r"(?:\..*(?:rc|ignore|config|attributes|lint\w*)(?:\.\w{2,5})?|.*\.config\.[cm]?[jt]s|tsconfig.*\.json|\.pre-commit.*"
    r"|renovate\.json5?|\.editorconfig|\.golangci.*|\.goreleaser.*|mypy\.ini|pytest\.ini|ruff\.toml"
    r"|rustfmt\.toml|clippy\.toml|deny\.toml|biome\.jsonc?|typos\.toml|_typos\.toml|cliff\.toml"
    r"|\.clang-\w+|\.tool-versions|\.nvmrc|\.node-version|\.python-version|\.mailmap|\.gitmodules"
    r"|rust-toolchain.*|netlify\.toml|vercel\.json|\.env.*|.*\.code-workspace)$"
)  # fmt: skip

_SOURCES = word_set(
    """
    py pyi pyx js mjs cjs jsx ts mts cts tsx vue svelte astro go rs java kt kts scala groovy c
    h cc cpp cxx hpp hh hxx m mm cs fs vb rb php swift sh bash zsh fish ps1 bat lua vim pl pm
    r jl ex exs erl hs ml mli clj cljs dart zig nim d el lisp sol proto thrift graphql gql tf
    nix y l awk asm s cu nu sql cmake in bzl star coffee pug
    """
)
_ASSETS = word_set(
    """
    png jpg jpeg gif svg ico webp avif bmp tiff icns mp3 mp4 webm ogg wav mov woff woff2 ttf
    otf eot pdf psd ai sketch fig zip gz tar jar dylib so dll exe wasm bin cast tape
    """
)
_DOC_ENDINGS = word_set(
    """
    md markdown rst adoc asciidoc mdx org 1 5 7 8
    """
)
_STYLES = frozenset({"css", "scss", "sass", "less", "styl", "pcss"})
_SETTINGS = word_set(
    """
    json json5 jsonc yml yaml toml ini cfg conf properties xml plist env hcl
    """
)


@lru_cache(4096)
def role_of(path: str) -> Role:
    """The part the file plays. `path` has `/` between its parts."""
    *folders, name = path.lower().split("/")
    parts = set(folders)
    stem, _, ending = name.rpartition(".")
    if not stem:
        ending = ""
    return (
        _by_name(name, folders)
        or _by_folder(parts, folders, name, path.rsplit("/", 1)[-1], ending)
        or _by_ending(name, ending)
    )


def _by_name(name: str, folders: list[str]) -> Role | None:
    if name in LOCK_FILES:
        return Role.LOCK
    if _GENERATED_NAME.fullmatch(name):
        return Role.GENERATED
    if ".changeset" in folders or _CHANGELOG.fullmatch(name):
        return Role.CHANGELOG
    if name in _CI_FILES or (
        folders[:1] == [".github"] and folders[1:2] in (["workflows"], ["actions"])
    ):
        return Role.CI
    if not _TEST_DIRS.isdisjoint(folders):
        return Role.TEST
    if (
        name in MANIFESTS
        or name.startswith("requirements")
        or name.endswith((".csproj", ".gemspec", ".podspec"))
    ):
        return Role.MANIFEST
    return None


def _by_folder(
    parts: set[str], folders: list[str], name: str, cased: str, ending: str
) -> Role | None:
    if not _CI_DIRS.isdisjoint(parts):
        return Role.CI
    if _TEST_NAME.fullmatch(name) or _TEST_CAMEL.fullmatch(cased):
        return Role.TEST
    if any(f.endswith(("-tests", "_tests", "-test", "tests")) for f in folders):
        return Role.TEST
    if not _GENERATED_DIRS.isdisjoint(parts):
        return Role.GENERATED
    if (
        not _TRANSLATION_DIRS.isdisjoint(parts)
        or (name == "strings.xml")
        or ending in ("po", "pot")
    ):
        return Role.TRANSLATION
    if not _EXAMPLE_DIRS.isdisjoint(parts):
        return Role.EXAMPLE
    if folders[:1] == [".github"]:
        return Role.DOCS if ending == "md" or "issue_template" in parts else Role.CI
    if not _DOC_DIRS.isdisjoint(parts) and ending not in _STYLES:
        return Role.ASSET if ending in _ASSETS else Role.DOCS
    if not {"migrations", "migrate"}.isdisjoint(parts):
        return Role.MIGRATION
    return None


def _by_ending(name: str, ending: str) -> Role:
    if _DOC_FILES.fullmatch(name) or ending in _DOC_ENDINGS:
        return Role.DOCS
    if name in _BUILD_FILES or name.startswith(
        ("dockerfile", "docker-compose", "webpack.", "rollup.", "esbuild.")
    ):
        return Role.BUILD
    if ending in (
        "gradle",
        "mk",
        "am",
        "bazel",
        "cmake",
        "spec",
        "props",
        "targets",
        "sln",
        "vcxproj",
        "pbxproj",
    ):
        return Role.BUILD
    if _CONFIG_NAME.fullmatch(name):
        return Role.CONFIG
    if ending in _SOURCES:
        return Role.SOURCE
    if ending in _STYLES:
        return Role.STYLESHEET
    if ending in ("html", "htm", "xhtml", "hbs", "ejs", "jinja", "j2", "tmpl", "twig", "erb"):
        return Role.MARKUP
    if ending in _ASSETS:
        return Role.ASSET
    if ending in _SETTINGS:
        return Role.CONFIG
    if ending == "txt":
        return Role.DOCS
    return Role.OTHER
