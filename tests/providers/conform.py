"""Official SDK types as they would be if they checked everything.

Pydantic looks into an `Iterable[...]` only while it is walked, and a TypedDict lets keys pass that
it does not know; here both are checked: lists are lists, and a key nobody has is refused.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from pydantic import TypeAdapter
from pydantic_core import SchemaValidator


@cache
def whole(kind: Any) -> SchemaValidator:
    """A validator of this type that looks at every element and every key."""
    # Without the switch a model class is checked by the validator it already has.
    return SchemaValidator(_checked(TypeAdapter(kind).core_schema), _use_prebuilt=False)


def fits(kind: Any, body: dict[str, Any], *, beside: frozenset[str] = frozenset()) -> None:
    """Raises ValidationError unless the official SDK has a place for all of this body.

    `beside` names top-level keys that servers of this dialect have of their own.
    """
    whole(kind).validate_python({k: v for k, v in body.items() if k not in beside})


def _checked(schema: Any) -> Any:
    if isinstance(schema, list | tuple):
        return type(schema)(_checked(one) for one in schema)
    if not isinstance(schema, dict):
        return schema
    found = {name: _checked(value) for name, value in schema.items()}
    if found.get("type") == "generator":
        found["type"] = "list"
    elif found.get("type") in ("typed-dict", "model-fields"):
        found["extra_behavior"] = "forbid"
    if "extra_fields_behavior" in found:
        found["extra_fields_behavior"] = "forbid"
    return found
