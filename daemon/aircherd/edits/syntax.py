"""Whether an edit leaves a text that parses: by Python's own parser, or tree-sitter's.

tree-sitter is an extra; its packages are loaded when the first text of their language is checked.
"""

from __future__ import annotations

import ast
import warnings
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any

_GRAMMARS: dict[str, tuple[str, str]] = {
    "c": ("tree_sitter_c", "language"),
    "cpp": ("tree_sitter_cpp", "language"),
    "csharp": ("tree_sitter_c_sharp", "language"),
    "css": ("tree_sitter_css", "language"),
    "go": ("tree_sitter_go", "language"),
    "html": ("tree_sitter_html", "language"),
    "java": ("tree_sitter_java", "language"),
    "javascript": ("tree_sitter_javascript", "language"),
    "javascriptreact": ("tree_sitter_javascript", "language"),
    "json": ("tree_sitter_json", "language"),
    "php": ("tree_sitter_php", "language_php"),
    "python": ("tree_sitter_python", "language"),
    "ruby": ("tree_sitter_ruby", "language"),
    "rust": ("tree_sitter_rust", "language"),
    "shellscript": ("tree_sitter_bash", "language"),
    "typescript": ("tree_sitter_typescript", "language_typescript"),
    "typescriptreact": ("tree_sitter_typescript", "language_tsx"),
}
"""LSP's language to the module of its grammar and the function that gives it."""
_ALSO = {
    "bash": "shellscript",
    "c-sharp": "csharp",
    "c_sharp": "csharp",
    "cs": "csharp",
    "golang": "go",
    "js": "javascript",
    "jsx": "javascriptreact",
    "python3": "python",
    "sh": "shellscript",
    "ts": "typescript",
    "tsx": "typescriptreact",
}
"""What editors call some of them instead: Neovim goes by file types, Helix and Emacs have names of
their own."""
_LARGEST = 2_000_000


@dataclass(frozen=True, slots=True)
class Parsed:
    """What a parser said."""

    parser: str | None
    """None when nothing here parses the language."""
    errors: int = 0
    detail: str = ""
    """The first error, in words."""


def parse(text: str, language: str | None) -> Parsed:
    """Parses a text. Never raises."""
    if len(text) > _LARGEST:
        return Parsed(None, detail="the file is too large to be parsed")
    language = _ALSO.get(language or "", language)
    if language == "python":
        return _python(text)
    grammar = _parser(language) if language else None
    if grammar is None:
        return Parsed(None, detail=f"no parser for {language or 'this kind of file'} is installed")
    return _tree(grammar, text)


def breaks(before: str, after: str, language: str | None) -> tuple[Parsed, bool]:
    """What is said of the new text, and whether it has errors the old one had not."""
    now = parse(after, language)
    if now.parser is None or not now.errors:
        return now, False
    was = parse(before, language)
    return now, now.errors > was.errors


def _python(text: str) -> Parsed:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(text)
    except SyntaxError as error:
        return Parsed("python", 1, f"line {error.lineno}: {error.msg}")
    except (ValueError, RecursionError, MemoryError) as error:
        return Parsed(None, detail=f"it cannot be parsed ({type(error).__name__})")
    return Parsed("python", detail="parses as Python")


@cache
def _parser(language: str) -> Any | None:
    if language not in _GRAMMARS:
        return None
    module, name = _GRAMMARS[language]
    try:
        sitter, grammar = import_module("tree_sitter"), import_module(module)
        return sitter.Parser(sitter.Language(getattr(grammar, name)()))
    except (ImportError, AttributeError, ValueError, TypeError):
        # Not installed, or a grammar of another age than the library.
        return None


def _tree(parser: Any, text: str) -> Parsed:
    root = parser.parse(text.encode("utf-8", "replace")).root_node
    if not root.has_error:
        return Parsed("tree-sitter", detail="parses by tree-sitter")
    errors, first, pending = 0, None, [root]
    while pending and errors < 1_000:
        node = pending.pop()
        if node.is_error or node.is_missing:
            errors += 1
            line = node.start_point[0] + 1
            first = line if first is None else min(first, line)
        elif node.has_error:
            pending += node.children
    return Parsed("tree-sitter", max(1, errors), f"line {first or 1}: syntax error")
