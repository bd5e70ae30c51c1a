"""The Cohere family: version 2 of its chat and embedding API, version 1 of the rest.

It has no quirks of its own.
"""

from aircherd.providers.cohere.family import Cohere

__all__ = ["Cohere"]
