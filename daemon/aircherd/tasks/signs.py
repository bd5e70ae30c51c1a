"""What a file's name and a terminal's command say about the work at hand."""

from __future__ import annotations

import re

MAX_PATH = 400
MAX_COMMAND = 400

_NAMES = {
    "readme": "docs",
    "contributing": "docs",
    "authors": "docs",
    "changelog": "changes",
    "changes": "changes",
    "history": "changes",
    "news": "changes",
    "commit_editmsg": "message",
    "merge_msg": "message",
    "dockerfile": "config",
    "makefile": "config",
}
_ENDINGS = {
    "md": "markdown",
    "mdx": "markdown",
    "rst": "docs",
    "adoc": "docs",
    "txt": "text",
    "pdf": "text",
    "docx": "text",
    "eml": "text",
    "srt": "text",
    "vtt": "text",
    "log": "log",
    "err": "log",
    "out": "log",
    "stderr": "log",
    "dmp": "log",
    "diff": "patch",
    "patch": "patch",
    "rej": "patch",
    "json": "config",
    "toml": "config",
    "yaml": "config",
    "yml": "config",
    "ini": "config",
    "cfg": "config",
    "lock": "config",
}
_LANGUAGES = {
    "markdown": "markdown",
    "plaintext": "text",
    "text": "text",
    "log": "log",
    "diff": "patch",
    "patch": "patch",
    "git-commit": "message",
    "gitcommit": "message",
    "restructuredtext": "docs",
    "asciidoc": "docs",
}
_PROSE_NAMES = re.compile(
    r"meeting|minutes|notes|transcript|retro|standup|thread|report|summary|postmortem|interview"
    r"|discussion|rfc|agenda|survey|feedback"
)
_DOC_PLACES = re.compile(r"(?:^|/)(?:docs?|wiki|man|documentation|guides?|manual|tutorials?)/")

_COMMANDS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("stage", re.compile(r"git (?:add|stage|rm|mv|restore --staged|reset head)\b")),
    ("commit", re.compile(r"git commit\b|git merge\b|git cherry-pick|cz c|git rebase")),
    (
        "review",
        re.compile(r"(?:gh|glab) (?:pr|mr) (?:checkout|diff|view|review)|git (?:diff|show)\b"),
    ),
    ("pull", re.compile(r"git (?:fetch|pull|checkout|switch)\b|gh pr\b")),
    ("history", re.compile(r"git (?:log|shortlog|blame|whatchanged|reflog)\b|journalctl")),
    (
        "test",
        re.compile(
            r"pytest|unittest|tox\b|nox\b|jest|vitest|mocha|rspec|phpunit|ctest|go test"
            r"|(?:cargo|npm|pnpm|yarn|bun|dotnet|mvn|gradlew?|make|mix|swift|deno|sbt|rake|bazel)"
            r" (?:run )?(?:-\S+ )?(?:test|check|verify|nextest)|playwright|cypress"
        ),
    ),
    (
        "docs",
        re.compile(
            r"mkdocs|sphinx|typedoc|jsdoc|doxygen|cargo doc|godoc|pdoc|docusaurus|javadoc|rustdoc"
            r"|make (?:docs|html)|vitepress|mdbook|pydoc|interrogate|pydocstyle|antora|hugo"
        ),
    ),
    (
        "new",
        re.compile(
            r"(?:cargo|dotnet|rails|ng|mix|nx|flutter|poetry|uv) (?:new|init|create|generate|g)\b"
            r"|(?:npm|pnpm|yarn|bun) (?:init|create)|npx create|startproject|startapp|git init"
            r"|^(?:mkdir|touch)\b|cookiecutter|degit|go mod init|vite@"
        ),
    ),
    (
        "lint",
        re.compile(
            r"ruff|flake8|pylint|eslint|clippy|rubocop|golangci|sonar|radon|jscpd|black\b|prettier"
            r"|isort|gofmt|cargo fmt|stylelint|semgrep|bandit|biome|vulture|knip|phpcs|tokei|cloc"
        ),
    ),
    (
        "build",
        re.compile(
            r"cargo (?:build|check)|(?:npm|pnpm|yarn|bun) (?:run )?(?:build|start|dev)|tsc\b|make\b"
            r"|gcc|clang|g\+\+|cmake|mvn|gradlew?|go (?:build|vet)|dotnet build|docker|mypy|javac"
            r"|webpack|vite build|bazel|swift build|rustc|ninja|terraform|helm|kubectl apply"
        ),
    ),
    ("debugger", re.compile(r"\b(?:gdb|lldb|pdb|dlv|strace|valgrind|core|coredumpctl|dmesg|rr)\b")),
    (
        "read",
        re.compile(
            r"^(?:cat|less|more|tail|head|bat|wc|pandoc|pdftotext)\b|kubectl logs|docker logs"
        ),
    ),
    (
        "ask",
        re.compile(
            r"^(?:man|help|tldr|apropos|which|type|info|whatis|grep|rg|ag|find|ls)\b|--help"
        ),
    ),
    (
        "run",
        re.compile(
            r"python|node\b|cargo run|go run|ruby|java\b|php\b|flask|uvicorn|rails s|^\./|deno|curl"
        ),
    ),
)
_FAILED = re.compile(
    r"exit(?:ed)?(?: code| status)?[ :=]*(?:with )?(?:code )?-?[1-9]|fail|error|exception"
    r"|traceback|panic|\u2717|\u2718|\u2716|\u274c|segmentation|core dumped|aborted|denied"
    r"|not found|non-?zero|killed|timed? ?out|refused|(?:returned|code|status) [1-9]"
    r"|rc=[1-9]|\([1-9]\d?\)$"
)
_PASSED = re.compile(
    r"\b0 (?:failed|errors|failures)|exit(?: code| status)?[ :=]*0\b|\bok\b|passed"
)


def file_kind(path: str | None, language: str | None) -> str | None:
    """What kind of file a path, or else a language, speaks of."""
    if path:
        low = path[-MAX_PATH:].replace("\\", "/").lower()
        name = low.rsplit("/", 1)[-1]
        stem, _, ending = name.rpartition(".")
        known = _NAMES.get(stem or name) or _NAMES.get(name)
        if known is not None:
            return known
        kind = _ENDINGS.get(ending if stem else "")
        if kind in ("markdown", "text"):
            if _PROSE_NAMES.search(name):
                return "prose"
            return "docs" if _DOC_PLACES.search(low) else kind
        if kind is not None:
            return kind
        if "test" in name or "spec" in name or low.startswith("tests/") or "/tests/" in low:
            return "test"
        return "code"
    if language:
        return _LANGUAGES.get(language.lower(), "code")
    return None


def command_kind(command: str, code: int | None) -> tuple[str, bool]:
    """What kind of command it was, and whether it failed as far as that can be told."""
    low = command[:MAX_COMMAND].strip().lower()
    kind = next((name for name, pattern in _COMMANDS if pattern.search(low)), "other")
    if code is not None:
        return kind, code != 0
    return kind, bool(_FAILED.search(low) and not _PASSED.search(low))
