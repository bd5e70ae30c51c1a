"""Anthropic's Messages API, after the types of its official SDK (2.11.0) and its documentation.

Quirk `bearer` is not needed: both `x-api-key` and a bearer token are taken; the row says which.
Options of the row: `version`, the dated API version to speak where no request needs an older one.
"""

from aircherd.providers.anthropic.family import Anthropic

__all__ = ["Anthropic"]
