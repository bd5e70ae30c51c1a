"""The version of aircher; one number for daemon, protocol and shims."""

__version__ = "0.1.0"
