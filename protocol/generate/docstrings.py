"""The docstrings of classes, and those under their fields, which Python itself does not keep."""

from __future__ import annotations

import ast
import inspect
import sys
from functools import cache
from typing import Any


def about(kind: type[Any]) -> str:
    """What a class says of itself. Raises ValueError when it says nothing."""
    text = inspect.cleandoc(kind.__dict__.get("__doc__") or "")
    if not text or text.startswith(f"{kind.__name__}("):
        raise ValueError(f"{kind.__name__} has no docstring; write one.")
    return text


def under(kind: Any, name: str) -> str:
    """What stands under a field or value. Raises ValueError when nothing does."""
    found = _under(kind).get(name)
    if not found:
        raise ValueError(f"{kind.__name__}.{name} has no docstring under it; write one.")
    return found


@cache
def _classes(module: str) -> dict[str, ast.ClassDef]:
    tree = ast.parse(inspect.getsource(sys.modules[module]))
    return {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}


@cache
def _under(kind: Any) -> dict[str, str]:
    found: dict[str, str] = {}
    last: str | None = None
    for node in _classes(kind.__module__)[kind.__name__].body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            last = node.target.id
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            last = node.targets[0].id
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and last:
            found[last] = inspect.cleandoc(str(node.value.value))
            last = None
        else:
            last = None
    return found
