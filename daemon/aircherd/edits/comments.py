"""Whether an edit changes comments and nothing else."""

from __future__ import annotations

import ast
import warnings

_MARKS = ("#", "//", "/*", "*", "--", ";;", "%", "///", '"""', "'''", "<!--", "-->")


def only_comments(before: str, after: str, language: str | None) -> bool:
    """Whether two texts differ in comments, documentation strings and blank lines only."""
    if language == "python":
        old, new = _tree(before), _tree(after)
        if old is not None and new is not None:
            return old == new
    return _code(before) == _code(after)


def _tree(text: str) -> str | None:
    """What Python makes of a text, its documentation strings left out; None for no Python."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            body = node.body
            if body and isinstance(body[0], ast.Expr) and _is_text(body[0].value):
                node.body = body[1:] or [ast.Pass()]
            elif not body:
                node.body = [ast.Pass()]
    return ast.dump(tree)


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _code(text: str) -> list[str]:
    """The lines that are no comment as a whole, without the white space around them."""
    found: list[str] = []
    block: str | None = None
    for raw in text.splitlines():
        line = raw.strip()
        if block is not None:
            if block in line:
                block = None
            continue
        if not line or line.startswith(_MARKS):
            for opening, closing in (("/*", "*/"), ('"""', '"""'), ("'''", "'''"), ("<!--", "-->")):
                if line.startswith(opening) and closing not in line[len(opening) :]:
                    block = closing
            continue
        found.append(line)
    return found
