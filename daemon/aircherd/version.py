"""The version of aircher, from the one place it is written."""

from aircher_protocol.version import __version__

__all__ = ["__version__"]
